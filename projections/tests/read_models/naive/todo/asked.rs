//! What is asked for one by one: each wish takes the place of the one before, and goes with the owner.

use std::collections::BTreeMap;

use albumen_domain::{
    AnyEvent, Recorded,
    person::PersonEvent,
    processing::{Job, ProcessingEvent},
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Todo, answer, drop_from_queue};
use crate::naive::erases_owner;

/// Something that is wanted: by whom, what, and not before when.
type Wish = (Uuid, Job, Option<DateTime<Utc>>);

/// Whom which face stands for is said anew each time, or the same asked for again, and ends with the person.
pub(super) fn pictures_of_persons(events: &[&Recorded]) -> Vec<Todo> {
    let wish = |recorded: &Recorded| match &recorded.event {
        AnyEvent::Person(PersonEvent::FeatureFaceChosen(chosen)) => Some((chosen.owner, Job::PersonThumbnail, None)),
        AnyEvent::Processing(ProcessingEvent::JobRequested(requested)) if requested.job == Job::PersonThumbnail => {
            Some((requested.owner, requested.job, None))
        }
        _ => None,
    };
    let ends = |event: &AnyEvent| matches!(event, AnyEvent::Person(PersonEvent::Merged(_) | PersonEvent::Deleted(_)));
    wished_for(events, wish, ends)
}

/// E-mails about albums are asked for anew each time, and news are written five minutes after the last.
pub(super) fn mails(events: &[&Recorded]) -> Vec<Todo> {
    let wish = |recorded: &Recorded| match &recorded.event {
        AnyEvent::Processing(ProcessingEvent::JobRequested(requested)) if requested.job.is_mail() => {
            let is_news = requested.job == Job::AlbumNews;
            let not_before = is_news.then(|| recorded.recorded_at + TimeDelta::minutes(5));
            Some((requested.owner, requested.job, not_before))
        }
        _ => None,
    };
    wished_for(events, wish, |_| false)
}

fn wished_for(
    events: &[&Recorded],
    wish: impl Fn(&Recorded) -> Option<Wish>,
    ends: impl Fn(&AnyEvent) -> bool,
) -> Vec<Todo> {
    let mut todo: BTreeMap<Uuid, (Uuid, BTreeMap<Job, Todo>)> = BTreeMap::new();
    for recorded in events {
        let (id, revision) = (recorded.stream.id, recorded.position);
        if let Some((owner, job, not_before)) = wish(recorded) {
            let fresh = Todo { asset_id: id, job, revision, attempts: 0, not_before, gave_up: false };
            todo.entry(id).or_insert_with(|| (owner, BTreeMap::new())).1.insert(job, fresh);
            continue;
        }
        match &recorded.event {
            event if ends(event) => {
                todo.remove(&id);
            }
            AnyEvent::Processing(event) => {
                if let Some((_, todo)) = todo.get_mut(&id) {
                    answer(todo, event);
                }
            }
            AnyEvent::Queue(event) => {
                todo.values_mut().for_each(|(_, todo)| drop_from_queue(todo, event, recorded));
            }
            AnyEvent::Erasure(_) => {
                todo.remove(&id);
                todo.retain(|_, (owner, _)| !erases_owner(recorded, *owner));
            }
            _ => {}
        }
    }
    todo.into_values().flat_map(|(_, todo)| todo.into_values()).collect()
}
