//! Whose faces are whose: those of an owner that are nobody's are compared with all others, and now and then
//! all are grouped anew.
//!
//! Faces are compared soon after they were found, in the company of others; while more are being found, those
//! alone that are new. When nobody looks for faces any more, all that are nobody's have their turn. So it is
//! whatever the order in which they arrive, and a server that is stopped in the middle goes on where it was.
//!
//! The people follow from one model. When another one is chosen, they stay as they are until it has seen all
//! faces of an owner; then these are grouped anew ([`regroup`]).

mod regroup;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use albumen_commands::{Context, Joint};
use albumen_domain::{
    face::{Assigned, ClusteringRules, Face, FaceCommand, FaceSource, MeasuredFace, cluster},
    person::{NewPerson, Person, PersonCommand},
    processing::{FacesClustered, Job, JobRequested, Processing, ProcessingCommand},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{
    face_vectors::SeenFace,
    people::{ClusteringRow, PersonRow},
    work::Claimed,
};
use chrono::{NaiveDate, Utc};
use uuid::Uuid;

use super::{
    Failure, Outcome, Workshop, count,
    runner::{Worker, report_together},
};

/// Owners whose faces are compared at once. Those of one owner are compared by one process alone.
const OWNERS: Concurrency = Concurrency { concurrency: 2 };
/// Assignments in one append: more would hold up others who write.
const BATCH_FACES: usize = 2_000;
/// Whoever is looking for faces may take so long before somebody else has their turn.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// New faces are worth a look at all when they are a fiftieth of them.
const LEAST_SHARE: i64 = 50;
/// Between looks whether somebody does.
const IDLE_POLL: Duration = Duration::from_millis(500);

/// Compares faces that are nobody's with all others.
#[derive(Clone, Copy)]
pub(super) struct FaceClustering;

impl Worker for FaceClustering {
    const JOB: Job = Job::FaceClustering;

    fn concurrency(_: &JobSettings) -> Concurrency {
        OWNERS
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        workshop.reads.wait_for(work.revision).await;
        let chosen = workshop.chosen_model(Job::FaceDetection).await?;
        let state = workshop.reads.people().clustering(work.owner_id).await?;
        match &state.model {
            Some(model) if *model != chosen => {
                // Until the new model has seen all faces, nothing of it can be compared with what is there.
                Awaited::Seen(work.owner_id).wait(workshop).await?;
                regroup::regroup(workshop, Self::JOB, work, &chosen).await
            }
            _ => compare(workshop, work, &chosen, &state).await,
        }
    }
}

/// Groups all faces anew.
#[derive(Clone, Copy)]
pub(super) struct FaceRegrouping;

impl Worker for FaceRegrouping {
    const JOB: Job = Job::FaceRegrouping;

    fn concurrency(_: &JobSettings) -> Concurrency {
        OWNERS
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        workshop.reads.wait_for(work.revision).await;
        let model = workshop.chosen_model(Job::FaceDetection).await?;
        Awaited::Seen(work.owner_id).wait(workshop).await?;
        regroup::regroup(workshop, Self::JOB, work, &model).await
    }
}

/// Asks for the faces of those owners to be compared in whose photos faces were looked for since.
///
/// # Errors
/// The database is away.
pub async fn ask_for_new(workshop: &Workshop) -> Result<(), Failure> {
    for owner in workshop.reads.people().not_compared().await? {
        let command = ProcessingCommand::RequestJob(JobRequested { owner, job: Job::FaceClustering });
        let context = Context::job("face-clustering", None);
        workshop.commands.execute::<Processing>(owner, command, &context).await.map_err(Failure::for_now)?;
    }
    Ok(())
}

/// What somebody waits for.
#[derive(Clone, Copy)]
enum Awaited {
    /// No face of an owner is to be looked for any more.
    Seen(Uuid),
    /// Nobody makes pictures or looks for faces.
    Idle,
}

impl Awaited {
    async fn holds(self, workshop: &Workshop) -> Result<bool, Failure> {
        let work = workshop.reads.work();
        match self {
            Self::Seen(owner) => Ok(!work.is_pending(owner, &[Job::FaceDetection]).await?),
            Self::Idle => {
                let (pictures, faces) = (work.counts(Job::Previews).await?, work.counts(Job::FaceDetection).await?);
                Ok(pictures.active + faces.active == 0)
            }
        }
    }

    /// Waits a while; what is not so by then has to wait for another turn.
    async fn wait(self, workshop: &Workshop) -> Result<(), Failure> {
        let begun = tokio::time::Instant::now();
        while !self.holds(workshop).await? {
            if begun.elapsed() > IDLE_TIMEOUT {
                return Err(Failure::untried("faces are still being looked for"));
            }
            tokio::time::sleep(IDLE_POLL).await;
        }
        Ok(())
    }
}

/// While faces are being found, those that are new have their turn when they are many beside the others: all have to
/// be looked at for it.
async fn is_worthwhile(workshop: &Workshop, work: &Claimed, model: &str, horizon: i64) -> Result<bool, Failure> {
    let (all, new) = workshop.reads.face_vectors().count(work.owner_id, model, horizon).await?;
    Ok(new > 0 && new * LEAST_SHARE >= all)
}

async fn compare(workshop: &Workshop, work: &Claimed, model: &str, state: &ClusteringRow) -> Result<Outcome, Failure> {
    let is_complete =
        Awaited::Idle.holds(workshop).await? || !is_worthwhile(workshop, work, model, state.horizon).await?;
    if is_complete {
        Awaited::Idle.wait(workshop).await?;
    }
    let began_at = Utc::now();
    let Known { mut seen, persons } = Known::of(workshop, work.owner_id, model).await?;
    let is_meant = |face: &&SeenFace| is_open(face) && (is_complete || face.position > state.horizon);
    let queue: Vec<Uuid> = seen.iter().filter(is_meant).map(|face| face.id).collect();
    let faces: Vec<MeasuredFace> = seen.iter_mut().map(|face| measured(face, face.person)).collect();
    let (looked_at, births) = (queue.len(), births(&persons));
    let assigned = clustered(workshop.rules(), faces, births, queue).await?;
    let created: HashSet<Uuid> = assigned.iter().filter(|one| one.is_new).map(|one| one.person).collect();
    let clustered = FacesClustered {
        owner: work.owner_id,
        lease: work.lease_id,
        revision: work.revision,
        model: model.to_owned(),
        generation: state.generation.max(1),
        is_complete,
        horizon: seen.iter().map(|face| face.position).max().unwrap_or(state.horizon),
        began_at,
        looked_at: count(looked_at),
        assigned: count(assigned.len()),
        created: count(created.len()),
    };
    let is_told = tell(workshop, work, &seen, &persons, &assigned, clustered).await?;
    Ok(if is_told { Outcome::Settled } else { Outcome::Nothing })
}

/// Puts what was found into the log, in pieces, each of which holds by itself; the report comes last.
async fn tell(
    workshop: &Workshop,
    work: &Claimed,
    seen: &[SeenFace],
    persons: &[PersonRow],
    assigned: &[Assigned],
    clustered: FacesClustered,
) -> Result<bool, Failure> {
    let mut shown: HashSet<Uuid> =
        persons.iter().filter(|person| person.feature_face_id.is_some()).map(|person| person.id).collect();
    let gone = gone_persons(seen);
    let generation = clustered.generation;
    let mut pieces = assigned.chunks(BATCH_FACES).peekable();
    let mut report = Some(clustered);
    loop {
        let piece = pieces.next().unwrap_or_default();
        let mut joint = Joint::default();
        joint.ask::<Person>(beginnings(work.owner_id, piece, &mut shown));
        let group = |one: &Assigned| {
            let gone = gone.get(&one.face).copied();
            (one.face, FaceCommand::Group { person: Some(one.person), generation, gone })
        };
        joint.ask::<Face>(piece.iter().map(group).collect());
        let is_last = pieces.peek().is_none();
        if let Some(report) = report.take_if(|_| is_last) {
            joint.ask::<Processing>(vec![(work.owner_id, ProcessingCommand::ReportClustering(report))]);
        }
        if !report_together(workshop, Job::FaceClustering, work, &joint).await? {
            return Ok(false);
        }
        if is_last {
            return Ok(true);
        }
    }
}

/// Who begins, and whom from now on a face stands for: the first of theirs, where there was none.
fn beginnings(owner: Uuid, piece: &[Assigned], shown: &mut HashSet<Uuid>) -> Vec<(Uuid, PersonCommand)> {
    let mut commands = Vec::new();
    for one in piece {
        if !shown.insert(one.person) {
            continue;
        }
        if one.is_new {
            commands.push((one.person, PersonCommand::Create(Box::new(NewPerson { owner, ..NewPerson::default() }))));
        }
        commands.push((one.person, PersonCommand::ChooseFeatureFace { face: one.face }));
    }
    commands
}

/// All that is known of the faces of an owner.
struct Known {
    seen: Vec<SeenFace>,
    persons: Vec<PersonRow>,
}

impl Known {
    async fn of(workshop: &Workshop, owner: Uuid, model: &str) -> Result<Self, Failure> {
        let seen = workshop.reads.face_vectors().seen(owner, model).await?;
        let persons = workshop.reads.people().all_of(owner).await?;
        Ok(Self { seen, persons })
    }
}

/// Whether a face waits for a person: a detector found it, and no user has said anything about it.
const fn is_open(face: &SeenFace) -> bool {
    matches!(face.source, FaceSource::MachineLearning) && !face.is_removed && !face.by_hand && face.person.is_none()
}

/// Takes the vector along: there can be a hundred thousand.
fn measured(face: &mut SeenFace, person: Option<Uuid>) -> MeasuredFace {
    MeasuredFace {
        id: face.id,
        vector: std::mem::take(&mut face.vector),
        person,
        taken_on: face.taken_at.date_naive(),
        is_in_timeline: face.is_in_timeline,
        is_in_trash: face.is_in_trash,
    }
}

/// Of faces that are said to be somebody's who is gone: whose.
fn gone_persons(seen: &[SeenFace]) -> HashMap<Uuid, Uuid> {
    let gone = seen.iter().filter(|face| face.person.is_none());
    gone.filter_map(|face| Some((face.id, face.said_person?))).collect()
}

fn births(persons: &[PersonRow]) -> BTreeMap<Uuid, NaiveDate> {
    persons.iter().filter_map(|person| Some((person.id, person.birth_date?))).collect()
}

/// Takes a core for as long as it takes.
async fn clustered(
    rules: ClusteringRules,
    faces: Vec<MeasuredFace>,
    births: BTreeMap<Uuid, NaiveDate>,
    queue: Vec<Uuid>,
) -> Result<Vec<Assigned>, Failure> {
    let run = move || cluster(rules, faces, &births, &queue, &mut |_| Uuid::new_v4());
    tokio::task::spawn_blocking(run).await.map_err(Failure::for_now)
}

impl Workshop {
    fn rules(&self) -> ClusteringRules {
        let in_force = self.configuration.current();
        let settings = &in_force.settings.machine_learning.facial_recognition;
        ClusteringRules {
            min_faces: usize::try_from(settings.min_faces).unwrap_or(1).max(1),
            max_distance: settings.max_distance,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn seen(id: u128) -> SeenFace {
        SeenFace {
            id: Uuid::from_u128(id),
            position: 1,
            vector: vec![1.0],
            person: None,
            said_person: None,
            source: FaceSource::MachineLearning,
            by_hand: false,
            is_removed: false,
            taken_at: DateTime::UNIX_EPOCH,
            is_in_timeline: true,
            is_in_trash: false,
        }
    }

    #[test]
    fn faces_wait_until_somebody_says_something_about_them() {
        assert!(is_open(&seen(1)));
        for face in [
            SeenFace { source: FaceSource::Manual, ..seen(1) },
            SeenFace { source: FaceSource::Exif, ..seen(1) },
            SeenFace { is_removed: true, ..seen(1) },
            SeenFace { by_hand: true, ..seen(1) },
            SeenFace { person: Some(Uuid::nil()), ..seen(1) },
        ] {
            assert!(!is_open(&face), "{face:?}");
        }
        // Whom a user had named can be gone since.
        assert!(is_open(&SeenFace { said_person: Some(Uuid::nil()), ..seen(1) }));
    }

    #[test]
    fn whoever_begins_is_shown_by_their_first_face() {
        let (owner, new, old) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let one = |face, person, is_new| Assigned { face: Uuid::from_u128(face), person, is_new };
        let piece = [one(10, new, true), one(11, new, true), one(12, old, false)];
        let mut shown = HashSet::from([old]);
        let commands = beginnings(owner, &piece, &mut shown);
        let choose = PersonCommand::ChooseFeatureFace { face: Uuid::from_u128(10) };
        assert_eq!(commands.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [new, new]);
        assert_eq!(commands[1].1, choose);
        let commands = beginnings(owner, &piece[2..], &mut HashSet::new());
        assert_eq!(commands, [(old, PersonCommand::ChooseFeatureFace { face: Uuid::from_u128(12) })]);
    }
}
