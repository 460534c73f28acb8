//! Grouping all faces of an owner anew, beside the people there are.
//!
//! Everything is made up in memory; what changes is one append, so nobody sees half of it, and people who stay
//! as they are are not touched at all.

use std::collections::{HashMap, HashSet};

use albumen_commands::{CommandError, Joint};
use albumen_domain::{
    face::{
        Assigned, Face, FaceCommand, FaceSource, GroupedFace, GroupedPerson, MeasuredFace, Regrouping, Summary,
        regroup as settle,
    },
    notification::{Notification, NotificationCommand, NotificationCreated, NotificationKind, NotificationLevel},
    person::{NewPerson, Person, PersonCommand},
    processing::{Job, PeopleRegrouped, Processing, ProcessingCommand},
};
use albumen_projections::{
    face_vectors::SeenFace,
    people::{FaceRow, PersonRow},
    work::Claimed,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Context, Failure, Known, Outcome, Workshop, births, clustered, count, gone_persons, measured, report_together,
};
use crate::media::store::MediaPath;

/// Groups all faces of an owner by the vectors of a model.
pub(super) async fn regroup(workshop: &Workshop, job: Job, work: &Claimed, model: &str) -> Result<Outcome, Failure> {
    let (owner, began_at) = (work.owner_id, Utc::now());
    let Known { mut seen, persons } = Known::of(workshop, owner, model).await?;
    let faces = workshop.reads.people().all_faces_of(owner).await?;
    let state = workshop.reads.people().clustering(owner).await?;
    let kept: HashSet<Uuid> = faces.iter().filter(|face| is_kept(face)).map(|face| face.id).collect();
    let anew: Vec<MeasuredFace> =
        seen.iter_mut().map(|face| measured(face, face.person.filter(|_| kept.contains(&face.id)))).collect();
    let queue: Vec<Uuid> = seen.iter().filter(|face| is_grouped(face, &kept)).map(|face| face.id).collect();
    let assigned = clustered(workshop.rules(), anew, births(&persons), queue).await?;
    let people = People { faces: &faces, seen: &seen, persons: &persons, kept: &kept };
    let regrouping = people.settle(&assigned);
    let grouping = Grouping {
        generation: state.generation + 1,
        horizon: seen.iter().map(|face| face.position).max().unwrap_or(state.horizon),
        began_at,
        model,
    };
    let joint = people.tell(work, &grouping, &regrouping);
    if !report_together(workshop, job, work, &joint).await? {
        return Ok(Outcome::Nothing);
    }
    remove_pictures(workshop, &persons, &regrouping).await?;
    if !seen.is_empty() {
        announce(workshop, owner, &regrouping.summary).await?;
    }
    Ok(Outcome::Settled)
}

/// What users and files said stays, and so does what users said is no face.
fn is_kept(face: &FaceRow) -> bool {
    face.by_hand || face.source != FaceSource::MachineLearning.as_str()
}

fn is_grouped(face: &SeenFace, kept: &HashSet<Uuid>) -> bool {
    !face.is_removed && !kept.contains(&face.id)
}

/// Under which the people are from now on.
struct Grouping<'a> {
    generation: i64,
    horizon: i64,
    began_at: DateTime<Utc>,
    model: &'a str,
}

/// The people of an owner as they are.
struct People<'a> {
    faces: &'a [FaceRow],
    seen: &'a [SeenFace],
    persons: &'a [PersonRow],
    kept: &'a HashSet<Uuid>,
}

impl People<'_> {
    fn settle(&self, assigned: &[Assigned]) -> Regrouping {
        let groups: HashMap<Uuid, Uuid> = assigned.iter().map(|one| (one.face, one.person)).collect();
        let grouped: HashSet<Uuid> =
            self.seen.iter().filter(|face| is_grouped(face, self.kept)).map(|face| face.id).collect();
        let face = |face: &FaceRow| GroupedFace {
            id: face.id,
            person: face.person_id,
            group: groups.get(&face.id).copied(),
            // What the model has not seen cannot be grouped.
            is_kept: !grouped.contains(&face.id),
        };
        let faces: Vec<GroupedFace> = self.faces.iter().map(face).collect();
        let known = |person: &PersonRow| GroupedPerson { id: person.id, is_known: is_known(person) };
        settle(&faces, &self.persons.iter().map(known).collect::<Vec<_>>())
    }

    fn tell(&self, work: &Claimed, grouping: &Grouping<'_>, regrouping: &Regrouping) -> Joint {
        let (owner, generation, gone) = (work.owner_id, grouping.generation, gone_persons(self.seen));
        let create =
            |person: &Uuid| (*person, PersonCommand::Create(Box::new(NewPerson { owner, ..NewPerson::default() })));
        let mut begin: Vec<(Uuid, PersonCommand)> = regrouping.created.iter().map(create).collect();
        begin.extend(self.features(regrouping));
        let group = |(face, person): &(Uuid, Option<Uuid>)| {
            (*face, FaceCommand::Group { person: *person, generation, gone: gone.get(face).copied() })
        };
        let report = ProcessingCommand::ReportRegrouping(told(work, grouping, &regrouping.summary));
        let mut joint = Joint::default();
        joint.ask::<Person>(begin);
        joint.ask::<Face>(regrouping.moved.iter().map(group).collect());
        joint.ask::<Person>(regrouping.gone.iter().map(|person| (*person, PersonCommand::Dissolve)).collect());
        joint.ask::<Processing>(vec![(owner, report)]);
        joint
    }

    /// Who is shown by a face that is not theirs any more, or by none, is shown by another.
    fn features(&self, regrouping: &Regrouping) -> Vec<(Uuid, PersonCommand)> {
        let moved: HashMap<Uuid, Option<Uuid>> = regrouping.moved.iter().copied().collect();
        let now = |face: &FaceRow| moved.get(&face.id).copied().unwrap_or(face.person_id);
        let by_id: HashMap<Uuid, &FaceRow> = self.faces.iter().map(|face| (face.id, face)).collect();
        let is_shown = |person: &&PersonRow| {
            let feature = person.feature_face_id.and_then(|face| by_id.get(&face));
            feature.is_some_and(|face| now(face) == Some(person.id))
        };
        let mut shown: HashSet<Uuid> = self.persons.iter().filter(is_shown).map(|person| person.id).collect();
        shown.extend(&regrouping.gone);
        let mut chosen = Vec::new();
        // In the order in which they were seen: the first ones are as good as any.
        let in_order = self.seen.iter().filter_map(|face| by_id.get(&face.id)).copied();
        for face in in_order.chain(self.faces).filter(|face| face.removed_at.is_none()) {
            if let Some(person) = now(face)
                && shown.insert(person)
            {
                chosen.push((person, PersonCommand::ChooseFeatureFace { face: face.id }));
            }
        }
        chosen
    }
}

/// Whether a user has said anything of somebody.
fn is_known(person: &PersonRow) -> bool {
    !person.name.is_empty() || person.birth_date.is_some() || person.hidden || person.favorite || person.color.is_some()
}

fn told(work: &Claimed, grouping: &Grouping<'_>, summary: &Summary) -> PeopleRegrouped {
    PeopleRegrouped {
        owner: work.owner_id,
        lease: work.lease_id,
        revision: work.revision,
        model: grouping.model.to_owned(),
        generation: grouping.generation,
        horizon: grouping.horizon,
        began_at: grouping.began_at,
        kept: count(summary.kept),
        created: count(summary.created),
        split: count(summary.split),
        merged: count(summary.merged),
        dissolved: count(summary.dissolved),
        moved: count(summary.moved),
        released: count(summary.released),
    }
}

async fn remove_pictures(workshop: &Workshop, persons: &[PersonRow], regrouping: &Regrouping) -> Result<(), Failure> {
    // Whom a user has named meanwhile has stayed.
    let stayed = workshop.reads.people().persons(&regrouping.gone).await?;
    let stayed: HashSet<Uuid> = stayed.iter().map(|person| person.id).collect();
    let gone: HashSet<Uuid> = regrouping.gone.iter().copied().filter(|person| !stayed.contains(person)).collect();
    for person in persons.iter().filter(|person| gone.contains(&person.id)) {
        if let Some(path) = &person.thumbnail_path {
            workshop.media.delete(&MediaPath::parse(path)?).await?;
        }
    }
    Ok(())
}

/// Says in words what has changed.
fn words(summary: &Summary) -> String {
    let Summary { kept, created, split, merged, dissolved, moved, released } = summary;
    format!(
        "{kept} people stayed, {created} are new ({split} of them were part of somebody else), {merged} turned out to \
         be somebody else, {dissolved} were nobody; {moved} faces are another person’s, {released} are nobody’s now."
    )
}

/// Tells the administrators; should it fail, the log has it all the same.
async fn announce(workshop: &Workshop, owner: Uuid, summary: &Summary) -> Result<(), Failure> {
    let words = words(summary);
    let accounts = workshop.reads.identity().accounts(false).await?;
    let whose = accounts.iter().find(|account| account.id == owner).map_or("somebody", |account| &account.name);
    tracing::info!(%owner, summary = words, "all faces were grouped anew");
    for admin in accounts.iter().filter(|account| account.is_admin) {
        let created = NotificationCreated {
            user: admin.id,
            level: NotificationLevel::Info,
            kind: NotificationKind::SystemMessage,
            title: format!("The people of {whose} were grouped anew").into(),
            description: Some(words.clone().into()),
            data: None,
            read_at: None,
        };
        let command = NotificationCommand::Create(Box::new(created));
        let context = Context::job(Job::FaceRegrouping.as_str(), None);
        match workshop.commands.execute::<Notification>(Uuid::new_v4(), command, &context).await {
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => tracing::warn!(%error, "an administrator could not be told"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: u128) -> Uuid {
        Uuid::from_u128(id)
    }

    fn face(number: u128, person: Option<u128>, by_hand: bool) -> FaceRow {
        FaceRow {
            id: id(number),
            asset_id: id(number + 1_000),
            owner_id: id(1),
            person_id: person.map(id),
            said_person_id: person.map(id),
            source: FaceSource::MachineLearning.as_str().to_owned(),
            frame_width: 100,
            frame_height: 100,
            x1: 0,
            y1: 0,
            x2: 10,
            y2: 10,
            by_hand,
            generation: None,
            removed_at: None,
            in_sight: true,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn seen(face: &FaceRow) -> SeenFace {
        SeenFace {
            id: face.id,
            position: 1,
            vector: vec![1.0],
            person: face.person_id,
            said_person: face.said_person_id,
            source: FaceSource::MachineLearning,
            by_hand: face.by_hand,
            is_removed: face.removed_at.is_some(),
            taken_at: DateTime::UNIX_EPOCH,
            is_in_timeline: true,
            is_in_trash: false,
        }
    }

    fn person(number: u128, name: &str, feature: u128) -> PersonRow {
        PersonRow {
            id: id(number),
            owner_id: id(1),
            name: name.to_owned(),
            birth_date: None,
            hidden: false,
            favorite: false,
            color: None,
            feature_face_id: Some(id(feature)),
            thumbnail_path: None,
            face_count: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_a_user_said_is_not_grouped_and_features_follow_the_faces() {
        let faces =
            [face(10, Some(2), true), face(11, Some(3), false), face(12, Some(3), false), face(13, None, false)];
        let all: Vec<SeenFace> = faces.iter().map(seen).collect();
        let persons = [person(2, "Ada", 10), person(3, "", 11)];
        let kept: HashSet<Uuid> = faces.iter().filter(|face| is_kept(face)).map(|face| face.id).collect();
        assert_eq!(kept, HashSet::from([id(10)]));
        let people = People { faces: &faces, seen: &all, persons: &persons, kept: &kept };
        let one = |face, person, is_new| Assigned { face: id(face), person: id(person), is_new };
        // The first joins Ada, the others are somebody new, who are the second person by their faces.
        let regrouping = people.settle(&[one(11, 2, false), one(12, 99, true), one(13, 99, true)]);
        assert_eq!(regrouping.moved, [(id(11), Some(id(2))), (id(13), Some(id(3)))]);
        assert_eq!(people.features(&regrouping), [(id(3), PersonCommand::ChooseFeatureFace { face: id(12) })]);
    }

    #[test]
    fn what_the_model_has_not_seen_stays() {
        let faces = [face(10, Some(2), false), face(11, Some(2), false)];
        let all = [seen(&faces[0])];
        let (persons, kept) = ([person(2, "", 10)], HashSet::new());
        let people = People { faces: &faces, seen: &all, persons: &persons, kept: &kept };
        let regrouping = people.settle(&[]);
        assert_eq!((regrouping.moved, regrouping.gone), (vec![(id(10), None)], vec![]));
    }
}
