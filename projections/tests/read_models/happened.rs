//! Who may read which event, compared with a naive model, which looks at the whole history each time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    Actor, AnyEvent, Recorded, StreamKind,
    asset::{AssetEvent, Visibility},
};
use albumen_projections::{
    ReadModels,
    history::{HistoryFilter, Scope},
};
use serde_json::Value;
use uuid::Uuid;

/// So many entries are asked for at a time: few, so that pages end everywhere.
const PAGE: i64 = 7;

/// Whose each thing is, and which assets are locked.
struct Things {
    owners: BTreeMap<Uuid, Option<Uuid>>,
    locked: BTreeSet<Uuid>,
}

impl Things {
    fn of(events: &[Arc<Recorded>]) -> Self {
        let (mut owners, mut visibility) = (BTreeMap::new(), BTreeMap::new());
        for recorded in events {
            let id = recorded.stream.id;
            owners.entry(id).or_insert_with(|| owner(recorded));
            match &recorded.event {
                AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) => drop(visibility.insert(id, uploaded.visibility)),
                AnyEvent::Asset(AssetEvent::VisibilityChanged(changed)) => {
                    visibility.insert(id, changed.visibility);
                }
                _ => {}
            }
        }
        let locked = visibility.into_iter().filter(|(_, visibility)| *visibility == Visibility::Locked);
        Self { owners, locked: locked.map(|(id, _)| id).collect() }
    }

    fn may_see(&self, recorded: &Recorded, scope: &Scope) -> bool {
        let id = recorded.stream.id;
        let is_open = |unlocked: &bool| *unlocked || !self.locked.contains(&id);
        match scope {
            Scope::Operator => true,
            Scope::Granted { unlocked } => is_open(unlocked),
            Scope::User { id: user, albums, administers, unlocked } => match self.owners[&id] {
                Some(owner) if owner == *user => is_open(unlocked),
                Some(_) => recorded.stream.kind == StreamKind::Album && albums.contains(&id),
                None => *administers,
            },
        }
    }
}

fn owner(recorded: &Recorded) -> Option<Uuid> {
    if recorded.stream.kind == StreamKind::User {
        return Some(recorded.stream.id);
    }
    let tagged = recorded.event.to_tagged().expect("serialises");
    ["owner", "user", "shared_by"]
        .iter()
        .find_map(|name| tagged["data"].get(name).and_then(Value::as_str)?.parse().ok())
}

/// Every answer about what happened is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>]) {
    let things = Things::of(events);
    let users: BTreeSet<Uuid> = things.owners.values().flatten().copied().collect();
    let albums = events.iter().filter(|recorded| recorded.stream.kind == StreamKind::Album);
    let albums: BTreeSet<Uuid> = albums.map(|recorded| recorded.stream.id).collect();
    // Every second album, whoever's it is.
    let albums: Vec<Uuid> = albums.into_iter().step_by(2).collect();
    for (number, id) in users.iter().copied().enumerate() {
        let (administers, unlocked) = (number % 2 == 0, number % 3 == 0);
        let scope = Scope::User { id, albums: albums.clone(), administers, unlocked };
        assert_told(models, events, &things, &HistoryFilter::of(scope.clone(), PAGE)).await;
        let narrow = HistoryFilter { actor: Some(id), ..HistoryFilter::of(scope, PAGE) };
        assert_told(models, events, &things, &narrow).await;
    }
    for thing in things.owners.keys().step_by(9) {
        let granted =
            HistoryFilter { thing: Some(*thing), ..HistoryFilter::of(Scope::Granted { unlocked: false }, PAGE) };
        assert_told(models, events, &things, &granted).await;
        let first = models.history().first(*thing).await.unwrap().expect("something happened to it");
        assert_eq!(first.owner_id, things.owners[thing]);
        assert_eq!(models.history().is_locked(*thing).await.unwrap(), things.locked.contains(thing));
    }
    let all = HistoryFilter::of(Scope::Operator, i64::MAX);
    let some = ["album-created", "asset-uploaded"].map(str::to_owned).to_vec();
    assert_told(models, events, &things, &HistoryFilter { events: some, ..all.clone() }).await;
    let kind = Some(StreamKind::Album.as_str().to_owned());
    assert_told(models, events, &things, &HistoryFilter { kind, ..all.clone() }).await;
    assert_told(models, events, &things, &all).await;
    assert_eq!(models.history().first(Uuid::nil()).await.unwrap(), None);
}

fn is_meant(recorded: &Recorded, filter: &HistoryFilter) -> bool {
    let actor = match &recorded.metadata.actor {
        Actor::User { id } => Some(*id),
        _ => None,
    };
    filter.thing.is_none_or(|thing| thing == recorded.stream.id)
        && filter.kind.as_ref().is_none_or(|kind| kind == recorded.stream.kind.as_str())
        && filter.actor.is_none_or(|wanted| actor == Some(wanted))
        && (filter.events.is_empty() || filter.events.iter().any(|name| name == recorded.event.key().name))
}

/// Page by page, from either end.
async fn assert_told(models: &ReadModels, events: &[Arc<Recorded>], things: &Things, filter: &HistoryFilter) {
    let seen = events.iter().filter(|recorded| things.may_see(recorded, &filter.scope) && is_meant(recorded, filter));
    let expected: Vec<i64> = seen.map(|recorded| recorded.position).collect();
    for newest_first in [true, false] {
        let mut found = Vec::new();
        let mut page = HistoryFilter { newest_first, ..filter.clone() };
        loop {
            let entries = models.history().entries(&page).await.unwrap();
            let Some(last) = entries.last() else { break };
            assert!(entries.len() as i64 <= page.limit);
            if newest_first {
                page.before = Some(last.position)
            } else {
                page.after = Some(last.position)
            }
            found.extend(entries.iter().map(|entry| entry.position));
        }
        if newest_first {
            found.reverse();
        }
        assert_eq!(found, expected, "{filter:?}");
    }
}
