//! What is asked of all faces of an owner at once.

use std::collections::BTreeMap;

use albumen_domain::{
    AnyEvent, Recorded,
    asset::AssetEvent,
    processing::{Job, ProcessingEvent},
    queue::{QueueEvent, QueueName},
    system::SystemEvent,
};
use chrono::TimeDelta;
use uuid::Uuid;

use super::{Todo, answer, drop_from_queue};
use crate::naive::erases_owner;

/// Whose faces are compared with each other: what is asked of all of them at once.
pub(super) fn comparisons_of_faces(events: &[&Recorded]) -> Vec<Todo> {
    let mut owners: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    let mut todo: BTreeMap<Uuid, BTreeMap<Job, Todo>> = BTreeMap::new();
    let mut model: Option<String> = None;
    for recorded in events {
        let (id, revision) = (recorded.stream.id, recorded.position);
        let later = recorded.recorded_at + TimeDelta::seconds(2);
        let fresh = |owner, job| Todo { asset_id: owner, job, revision, attempts: 0, not_before: None, gave_up: false };
        match &recorded.event {
            AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) => {
                owners.insert(id, uploaded.owner);
            }
            AnyEvent::Asset(AssetEvent::Deleted(_)) => {
                owners.remove(&id);
            }
            AnyEvent::Erasure(_) => {
                owners.remove(&id);
                owners.retain(|_, owner| !erases_owner(recorded, *owner));
                todo.remove(&id);
            }
            AnyEvent::System(SystemEvent::ModelsChosen(chosen)) => {
                let is_other = model != chosen.faces;
                model.clone_from(&chosen.faces);
                match model {
                    Some(_) if is_other => {
                        for owner in owners.values() {
                            let job = Job::FaceClustering;
                            todo.entry(*owner).or_default().insert(job, fresh(*owner, job));
                        }
                    }
                    Some(_) => {}
                    None => todo.clear(),
                }
            }
            AnyEvent::Queue(event) => {
                let job = match event {
                    QueueEvent::Started(started) => {
                        (started.queue == QueueName::FacialRecognition).then_some(Job::FaceClustering)
                    }
                    QueueEvent::Reset(_) => Some(Job::FaceRegrouping),
                    _ => None,
                };
                for owner in owners.values().filter(|_| model.is_some()) {
                    todo.entry(*owner).or_default().extend(job.map(|job| (job, fresh(*owner, job))));
                }
                todo.values_mut().for_each(|todo| drop_from_queue(todo, event, recorded));
            }
            AnyEvent::Processing(ProcessingEvent::FacesDetected(detected))
                if model.is_some() && (detected.added > 0 || detected.measured > 0) =>
            {
                let todo = todo.entry(detected.owner).or_default();
                let waiting = todo.get(&Job::FaceClustering).filter(|todo| !todo.gave_up);
                let not_before = waiting.map_or(Some(later), |todo| todo.not_before);
                todo.insert(Job::FaceClustering, Todo { not_before, ..fresh(detected.owner, Job::FaceClustering) });
            }
            AnyEvent::Processing(ProcessingEvent::JobRequested(requested))
                if requested.job.is_on_owner() && model.is_some() =>
            {
                todo.entry(id).or_default().insert(requested.job, fresh(id, requested.job));
            }
            AnyEvent::Processing(event) => {
                let Some(todo) = todo.get_mut(&id) else { continue };
                if let ProcessingEvent::PeopleRegrouped(regrouped) = event {
                    todo.retain(|_, todo| todo.revision > regrouped.revision);
                }
                answer(todo, event);
                let is_compared =
                    matches!(event, ProcessingEvent::FacesClustered(_) | ProcessingEvent::PeopleRegrouped(_));
                if let Some(todo) = todo.get_mut(&Job::FaceClustering).filter(|_| is_compared) {
                    todo.not_before = Some(later);
                }
            }
            _ => {}
        }
    }
    todo.into_values().flat_map(BTreeMap::into_values).collect()
}
