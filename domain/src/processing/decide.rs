//! The rules of outcomes: each piece of work is answered once.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    AttemptFailed, DuplicatesSought, FacesClustered, FacesDetected, Job, JobRequested, MailSettled, MetadataRead,
    PeopleRegrouped, PersonThumbnailMade, PreviewsMade, ProcessingEvent, SidecarWritten,
};
use crate::{Aggregate, StreamKind, Subject};

/// What the rules have to remember of the work on one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processing {
    /// The newest revision of the input that each job has answered.
    answered_revisions: BTreeMap<Job, i64>,
    /// Leases whose attempts have ended, so that no attempt ends twice.
    last_failed_leases: BTreeMap<Job, Uuid>,
}

/// What a worker reports, or a person asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessingCommand {
    /// Do this job again.
    RequestJob(JobRequested),
    /// The tags of the file.
    ReportMetadata(Box<MetadataRead>),
    /// The small pictures.
    ReportPreviews(PreviewsMade),
    /// The sidecar.
    ReportSidecar(SidecarWritten),
    /// The picture of a person.
    ReportPersonThumbnail(PersonThumbnailMade),
    /// It was looked for the same picture.
    ReportDuplicates(DuplicatesSought),
    /// Faces that were looked for.
    ReportFaces(FacesDetected),
    /// Faces that have become somebody's.
    ReportClustering(FacesClustered),
    /// Faces that were grouped anew.
    ReportRegrouping(PeopleRegrouped),
    /// What came of an e-mail.
    ReportMail(MailSettled),
    /// An attempt came to nothing.
    ReportFailure(AttemptFailed),
}

/// Why a report is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessingRefusal {
    /// The same or a newer input was answered already.
    #[error("revision {revision} of the input of {} was answered already, up to {answered}", job.as_str())]
    Stale {
        /// Which job.
        job: Job,
        /// What the report saw.
        revision: i64,
        /// What was answered.
        answered: i64,
    },
    /// The asset itself says when its files go.
    #[error("this work follows from what was decided: delete the asset")]
    NotOnRequest,
    /// The attempt under this lease has ended already.
    #[error("the attempt under this lease of {} has ended already", job.as_str())]
    AttemptEnded {
        /// Which job.
        job: Job,
    },
}

impl Processing {
    fn fresh(&self, job: Job, lease: Uuid, revision: i64) -> Result<(), ProcessingRefusal> {
        if self.last_failed_leases.get(&job) == Some(&lease) {
            return Err(ProcessingRefusal::AttemptEnded { job });
        }
        match self.answered_revisions.get(&job) {
            Some(&answered) if answered >= revision => Err(ProcessingRefusal::Stale { job, revision, answered }),
            _ => Ok(()),
        }
    }
}

impl Aggregate for Processing {
    const KIND: StreamKind = StreamKind::Processing;
    type Command = ProcessingCommand;
    type Event = ProcessingEvent;
    type Refusal = ProcessingRefusal;

    fn decide(&self, command: ProcessingCommand) -> Result<Vec<ProcessingEvent>, ProcessingRefusal> {
        let event = match command {
            // Files go when their asset's deletion was decided, and never on anybody's request for work.
            ProcessingCommand::RequestJob(JobRequested { job: Job::Deletion, .. }) => {
                return Err(ProcessingRefusal::NotOnRequest);
            }
            ProcessingCommand::RequestJob(requested) => requested.into(),
            ProcessingCommand::ReportMetadata(read) => {
                self.fresh(Job::Metadata, read.lease, read.revision)?;
                (*read).into()
            }
            ProcessingCommand::ReportPreviews(made) => {
                self.fresh(Job::Previews, made.lease, made.revision)?;
                made.into()
            }
            ProcessingCommand::ReportSidecar(written) => {
                self.fresh(Job::Sidecar, written.lease, written.revision)?;
                written.into()
            }
            ProcessingCommand::ReportPersonThumbnail(made) => {
                self.fresh(Job::PersonThumbnail, made.lease, made.revision)?;
                made.into()
            }
            ProcessingCommand::ReportDuplicates(sought) => {
                self.fresh(Job::DuplicateDetection, sought.lease, sought.revision)?;
                sought.into()
            }
            ProcessingCommand::ReportFaces(detected) => {
                self.fresh(Job::FaceDetection, detected.lease, detected.revision)?;
                detected.into()
            }
            ProcessingCommand::ReportClustering(clustered) => {
                self.fresh(Job::FaceClustering, clustered.lease, clustered.revision)?;
                clustered.into()
            }
            // Grouping anew does all that comparing does.
            ProcessingCommand::ReportRegrouping(regrouped) => {
                let jobs = [Job::FaceRegrouping, Job::FaceClustering];
                let fresh = jobs.map(|job| self.fresh(job, regrouped.lease, regrouped.revision));
                if let [Err(refusal), Err(_)] = fresh {
                    return Err(refusal);
                }
                regrouped.into()
            }
            ProcessingCommand::ReportMail(settled) => {
                self.fresh(settled.job, settled.lease, settled.revision)?;
                settled.into()
            }
            ProcessingCommand::ReportFailure(failed) => {
                self.fresh(failed.job, failed.lease, failed.revision)?;
                failed.into()
            }
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &ProcessingEvent) {
        match event {
            ProcessingEvent::JobRequested(_) => {}
            ProcessingEvent::MetadataRead(read) => {
                self.answered_revisions.insert(Job::Metadata, read.revision);
            }
            ProcessingEvent::PreviewsMade(made) => {
                self.answered_revisions.insert(Job::Previews, made.revision);
            }
            ProcessingEvent::SidecarWritten(written) => {
                self.answered_revisions.insert(Job::Sidecar, written.revision);
            }
            ProcessingEvent::PersonThumbnailMade(made) => {
                self.answered_revisions.insert(Job::PersonThumbnail, made.revision);
            }
            ProcessingEvent::DuplicatesSought(sought) => {
                self.answered_revisions.insert(Job::DuplicateDetection, sought.revision);
            }
            ProcessingEvent::FacesDetected(detected) => {
                self.answered_revisions.insert(Job::FaceDetection, detected.revision);
            }
            ProcessingEvent::FacesClustered(clustered) if clustered.is_complete => {
                self.answered_revisions.insert(Job::FaceClustering, clustered.revision);
            }
            ProcessingEvent::FacesClustered(_) => {}
            ProcessingEvent::PeopleRegrouped(regrouped) => {
                for job in [Job::FaceRegrouping, Job::FaceClustering] {
                    let answered = self.answered_revisions.entry(job).or_default();
                    *answered = regrouped.revision.max(*answered);
                }
            }
            ProcessingEvent::MailSettled(settled) => {
                self.answered_revisions.insert(settled.job, settled.revision);
            }
            ProcessingEvent::AttemptFailed(failed) => {
                self.last_failed_leases.insert(failed.job, failed.lease);
            }
        }
    }

    fn subject(&self, id: Uuid, event: &ProcessingEvent) -> Subject {
        let owner = match event {
            ProcessingEvent::JobRequested(requested) => requested.owner,
            ProcessingEvent::MetadataRead(read) => read.owner,
            ProcessingEvent::PreviewsMade(made) => made.owner,
            ProcessingEvent::PersonThumbnailMade(made) => made.owner,
            ProcessingEvent::AttemptFailed(failed) => failed.owner,
            ProcessingEvent::DuplicatesSought(sought) => sought.owner,
            ProcessingEvent::SidecarWritten(written) => written.owner,
            ProcessingEvent::FacesDetected(detected) => detected.owner,
            ProcessingEvent::FacesClustered(clustered) => clustered.owner,
            ProcessingEvent::PeopleRegrouped(regrouped) => regrouped.owner,
            ProcessingEvent::MailSettled(settled) => settled.owner,
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn previews(revision: i64, lease: u128) -> PreviewsMade {
        PreviewsMade {
            owner: Uuid::from_u128(1),
            lease: Uuid::from_u128(lease),
            revision,
            files: Vec::new(),
            thumbhash: None,
            width: 1,
            height: 1,
        }
    }

    fn failure(revision: i64, lease: u128) -> AttemptFailed {
        AttemptFailed {
            owner: Uuid::from_u128(1),
            job: Job::Previews,
            lease: Uuid::from_u128(lease),
            revision,
            attempt: 1,
            reason: "broken".into(),
            retry_at: None,
        }
    }

    #[test]
    fn nobody_can_ask_for_files_to_be_removed() {
        let ask = |job| ProcessingCommand::RequestJob(JobRequested { owner: Uuid::nil(), job });
        assert_eq!(given::<Processing>([]).when(ask(Job::Deletion)).refused(), ProcessingRefusal::NotOnRequest);
        for job in [Job::Previews, Job::PersonThumbnail] {
            assert_eq!(Processing::default().decide(ask(job)).map(|events| events.len()), Ok(1));
        }
    }

    #[test]
    fn a_second_result_is_refused() {
        let refusal = given::<Processing>([previews(5, 1).into()])
            .when(ProcessingCommand::ReportPreviews(previews(5, 2)))
            .refused();
        assert_eq!(refusal, ProcessingRefusal::Stale { job: Job::Previews, revision: 5, answered: 5 });
    }

    #[test]
    fn a_stale_result_is_refused_and_a_newer_one_stands() {
        given::<Processing>([previews(5, 1).into()]).when(ProcessingCommand::ReportPreviews(previews(4, 2))).refused();
        given::<Processing>([previews(5, 1).into()])
            .when(ProcessingCommand::ReportPreviews(previews(6, 2)))
            .then([previews(6, 2).into()]);
    }

    fn clustered(revision: i64, is_complete: bool) -> FacesClustered {
        FacesClustered {
            owner: Uuid::from_u128(1),
            lease: Uuid::from_u128(2),
            revision,
            model: "model".into(),
            generation: 1,
            is_complete,
            horizon: 4,
            began_at: chrono::DateTime::UNIX_EPOCH,
            looked_at: 3,
            assigned: 2,
            created: 1,
        }
    }

    #[test]
    fn faces_are_compared_until_all_had_their_turn() {
        let report = |revision, is_complete| ProcessingCommand::ReportClustering(clustered(revision, is_complete));
        given::<Processing>([clustered(5, false).into()]).when(report(5, true)).then([clustered(5, true).into()]);
        let refusal = given::<Processing>([clustered(5, true).into()]).when(report(5, false)).refused();
        assert_eq!(refusal, ProcessingRefusal::Stale { job: Job::FaceClustering, revision: 5, answered: 5 });
    }

    #[test]
    fn grouping_anew_answers_comparing_too() {
        let regrouped = |revision| PeopleRegrouped {
            owner: Uuid::from_u128(1),
            lease: Uuid::from_u128(3),
            revision,
            model: "model".into(),
            generation: 2,
            horizon: 4,
            began_at: chrono::DateTime::UNIX_EPOCH,
            kept: 1,
            created: 0,
            split: 0,
            merged: 0,
            dissolved: 0,
            moved: 0,
            released: 0,
        };
        let report = |revision| ProcessingCommand::ReportRegrouping(regrouped(revision));
        // Asked for before the last comparison, and still not done.
        given::<Processing>([clustered(5, true).into()]).when(report(4)).then([regrouped(4).into()]);
        given::<Processing>([clustered(5, true).into(), regrouped(4).into()]).when(report(4)).refused();
        given::<Processing>([regrouped(6).into()])
            .when(ProcessingCommand::ReportClustering(clustered(5, true)))
            .refused();
    }

    #[test]
    fn each_kind_of_e_mail_is_answered_for_itself() {
        let settled = |job, revision| MailSettled {
            owner: Uuid::from_u128(1),
            job,
            lease: Uuid::from_u128(4),
            revision,
            sent: true,
        };
        let report = |job, revision| ProcessingCommand::ReportMail(settled(job, revision));
        let invited = || [ProcessingEvent::from(settled(Job::AlbumInvitation, 5))];
        let refusal = given::<Processing>(invited()).when(report(Job::AlbumInvitation, 5)).refused();
        assert_eq!(refusal, ProcessingRefusal::Stale { job: Job::AlbumInvitation, revision: 5, answered: 5 });
        given::<Processing>(invited()).when(report(Job::AlbumNews, 5)).then([settled(Job::AlbumNews, 5).into()]);
    }

    #[test]
    fn an_attempt_ends_once() {
        let refusal = given::<Processing>([failure(5, 1).into()])
            .when(ProcessingCommand::ReportPreviews(previews(5, 1)))
            .refused();
        assert_eq!(refusal, ProcessingRefusal::AttemptEnded { job: Job::Previews });
        given::<Processing>([failure(5, 1).into()])
            .when(ProcessingCommand::ReportFailure(failure(5, 2)))
            .then([failure(5, 2).into()]);
    }
}
