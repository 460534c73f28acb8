//! Tags and stacks, compared with a naive model, which computes them from the whole history each time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::AssetEvent,
    erasure::{ErasureEvent, ErasureScope},
    stack::StackEvent,
    tag::TagEvent,
    user::UserEvent,
};
use albumen_projections::{
    ReadModels,
    library::{BucketFilter, MetadataFilter},
};
use uuid::Uuid;

use crate::naive::{Photo, month, shown};

#[derive(Clone, Debug, Default)]
struct NaiveTag {
    owner: Uuid,
    parent: Option<Uuid>,
    value: String,
    color: Option<String>,
    assets: BTreeSet<Uuid>,
}

#[derive(Clone, Debug, Default)]
struct NaiveStack {
    owner: Uuid,
    primary: Uuid,
    assets: Vec<Uuid>,
}

#[derive(Default)]
struct Naive {
    tags: BTreeMap<Uuid, NaiveTag>,
    stacks: BTreeMap<Uuid, NaiveStack>,
}

impl Naive {
    fn of(events: &[Arc<Recorded>]) -> Self {
        let mut naive = Self::default();
        for recorded in events {
            naive.hear(recorded.stream.id, &recorded.event);
        }
        naive
    }

    fn hear(&mut self, id: Uuid, event: &AnyEvent) {
        match event {
            AnyEvent::Tag(event) => self.hear_tag(id, event),
            AnyEvent::Stack(event) => self.hear_stack(id, event),
            AnyEvent::Asset(AssetEvent::Deleted(_)) => self.lose(id),
            AnyEvent::Asset(event) => self.hear_asset(id, event),
            AnyEvent::User(UserEvent::Removed(_)) => self.lose_user(id),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => self.lose_user(id),
                ErasureScope::Subject => {
                    self.tags.remove(&id);
                    self.lose(id);
                }
            },
            _ => {}
        }
    }

    fn hear_tag(&mut self, id: Uuid, event: &TagEvent) {
        match event {
            TagEvent::Created(created) => {
                let value = shown(created.value.known().map_or("", String::as_str));
                let (owner, parent, color) = (created.owner, created.parent, created.color.clone());
                self.tags.insert(id, NaiveTag { owner, parent, value, color, assets: BTreeSet::new() });
            }
            TagEvent::Colored(colored) => {
                self.tags.entry(id).and_modify(|tag| tag.color.clone_from(&colored.color));
            }
            TagEvent::Deleted(_) => {
                self.tags.remove(&id);
            }
        }
    }

    fn hear_asset(&mut self, asset: Uuid, event: &AssetEvent) {
        for (id, tag) in &mut self.tags {
            match event {
                AssetEvent::Tagged(tagged) if tagged.tags.contains(id) => drop(tag.assets.insert(asset)),
                AssetEvent::Untagged(untagged) if untagged.tags.contains(id) => drop(tag.assets.remove(&asset)),
                AssetEvent::TagsRead(read) if read.tags.contains(id) => drop(tag.assets.insert(asset)),
                AssetEvent::TagsRead(_) => drop(tag.assets.remove(&asset)),
                _ => {}
            }
        }
    }

    fn hear_stack(&mut self, id: Uuid, event: &StackEvent) {
        if let StackEvent::Created(created) = event {
            let stack = NaiveStack { owner: created.owner, primary: created.assets[0], assets: created.assets.clone() };
            self.stacks.insert(id, stack);
        }
        let Some(stack) = self.stacks.get_mut(&id) else { return };
        match event {
            StackEvent::Created(_) => {}
            StackEvent::AssetsAdded(added) => stack.assets.extend(&added.assets),
            StackEvent::PrimaryChosen(chosen) if stack.assets.contains(&chosen.asset) => stack.primary = chosen.asset,
            StackEvent::PrimaryChosen(_) => {}
            StackEvent::AssetsRemoved(removed) => removed.assets.iter().for_each(|asset| stack.lose(*asset)),
            StackEvent::Deleted(_) => stack.assets.clear(),
        }
        self.stacks.retain(|_, stack| stack.assets.len() > 1);
    }

    fn lose(&mut self, asset: Uuid) {
        for tag in self.tags.values_mut() {
            tag.assets.remove(&asset);
        }
        self.stacks.values_mut().for_each(|stack| stack.lose(asset));
        self.stacks.retain(|_, stack| stack.assets.len() > 1);
    }

    fn lose_user(&mut self, user: Uuid) {
        self.tags.retain(|_, tag| tag.owner != user);
        self.stacks.retain(|_, stack| stack.owner != user);
    }

    /// A tag and all below it, as far as each is there.
    fn subtree(&self, tag: Uuid) -> BTreeSet<Uuid> {
        let mut subtree = BTreeSet::from([tag]);
        loop {
            let is_below = |tag: &NaiveTag| tag.parent.is_some_and(|parent| subtree.contains(&parent));
            let below: Vec<Uuid> = self.tags.iter().filter(|(_, tag)| is_below(tag)).map(|(id, _)| *id).collect();
            let before = subtree.len();
            subtree.extend(below);
            if subtree.len() == before {
                return subtree;
            }
        }
    }
}

impl NaiveStack {
    fn lose(&mut self, asset: Uuid) {
        self.assets.retain(|id| *id != asset);
        if let Some(first) = self.assets.first().filter(|_| self.primary == asset) {
            self.primary = *first;
        }
    }
}

/// Every answer about tags and stacks is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>], photos: &[Photo]) {
    let naive = Naive::of(events);
    let owners: BTreeSet<Uuid> = photos.iter().map(|photo| photo.owner).collect();
    for owner in &owners {
        assert_tags(models, &naive, *owner).await;
        assert_stacks(models, &naive, *owner).await;
        assert_timeline(models, &naive, photos, *owner).await;
    }
}

async fn assert_tags(models: &ReadModels, naive: &Naive, owner: Uuid) {
    let found = models.tags().of_owner(owner).await.unwrap();
    let found: BTreeMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
    let mine: BTreeMap<Uuid, &NaiveTag> =
        naive.tags.iter().filter(|(_, tag)| tag.owner == owner).map(|(id, tag)| (*id, tag)).collect();
    assert!(found.keys().eq(mine.keys()), "of {owner}");
    for (id, tag) in &mine {
        let row = &found[id];
        assert_eq!((row.parent_id, &row.value, &row.color), (tag.parent, &tag.value, &tag.color), "{id}");
        let assets: Vec<Uuid> = tag.assets.iter().copied().collect();
        let among: BTreeSet<Uuid> = models.tags().among(*id, &assets).await.unwrap().into_iter().collect();
        assert_eq!(among, tag.assets, "{id}");
        let subtree: BTreeSet<Uuid> = models.tags().subtree(*id).await.unwrap().into_iter().collect();
        assert_eq!(subtree, naive.subtree(*id), "{id}");
    }
    let assets: Vec<Uuid> = naive.tags.values().flat_map(|tag| &tag.assets).copied().collect();
    let of_assets = models.tags().of_assets(&assets).await.unwrap();
    let links = of_assets.iter().flat_map(|(asset, tags)| tags.iter().map(|tag| (tag.id, *asset)));
    let expected = naive.tags.iter().flat_map(|(id, tag)| tag.assets.iter().map(|asset| (*id, *asset)));
    assert_eq!(links.collect::<BTreeSet<_>>(), expected.collect::<BTreeSet<_>>());
}

async fn assert_stacks(models: &ReadModels, naive: &Naive, owner: Uuid) {
    let found = models.stacks().of_owner(owner, None, None).await.unwrap();
    let found: BTreeMap<Uuid, Uuid> = found.into_iter().map(|row| (row.id, row.primary_asset_id)).collect();
    let mine = naive.stacks.iter().filter(|(_, stack)| stack.owner == owner);
    assert_eq!(found, mine.clone().map(|(id, stack)| (*id, stack.primary)).collect::<BTreeMap<_, _>>());
    for (id, stack) in mine {
        assert_eq!(models.stacks().members(*id).await.unwrap(), stack.assets, "{id}");
    }
}

/// Under a tag, and with only the tops of stacks.
async fn assert_timeline(models: &ReadModels, naive: &Naive, photos: &[Photo], owner: Uuid) {
    let mine = BucketFilter { owners: vec![owner], ..BucketFilter::default() };
    let buried: BTreeSet<Uuid> = naive
        .stacks
        .values()
        .flat_map(|stack| stack.assets.iter().filter(|asset| **asset != stack.primary))
        .copied()
        .collect();
    let tops = BucketFilter { tops_of_stacks: true, ..mine.clone() };
    assert_shown(models, photos, &tops, |photo| !buried.contains(&photo.id)).await;
    for id in naive.tags.keys() {
        let subtree = naive.subtree(*id);
        let tagged: BTreeSet<Uuid> =
            subtree.iter().filter_map(|tag| naive.tags.get(tag)).flat_map(|tag| &tag.assets).copied().collect();
        let under = BucketFilter { tag: Some(*id), ..mine.clone() };
        assert_shown(models, photos, &under, |photo| tagged.contains(&photo.id)).await;
        let found = MetadataFilter { owners: vec![owner], tags: vec![*id], limit: 1_000, ..MetadataFilter::default() };
        let is_found = |photo: &&Photo| {
            let is_shown = photo.is_active() && photo.visibility.as_str() != "locked";
            photo.owner == owner && is_shown && tagged.contains(&photo.id)
        };
        let expected: BTreeSet<Uuid> = photos.iter().filter(is_found).map(|photo| photo.id).collect();
        assert_eq!(models.library().count_found(&found).await.unwrap(), expected.len() as i64, "tagged {id}");
        let found = models.library().search(&found).await.unwrap();
        assert_eq!(found.len(), expected.len(), "each once");
        assert_eq!(found.into_iter().map(|row| row.id).collect::<BTreeSet<_>>(), expected, "tagged {id}");
    }
}

async fn assert_shown(models: &ReadModels, photos: &[Photo], filter: &BucketFilter, is_meant: impl Fn(&Photo) -> bool) {
    let is_shown = |photo: &&Photo| {
        filter.owners.contains(&photo.owner)
            && photo.is_active()
            && matches!(photo.visibility.as_str(), "timeline" | "archive")
            && is_meant(photo)
    };
    let mut months: BTreeMap<_, BTreeSet<Uuid>> = BTreeMap::new();
    for photo in photos.iter().filter(is_shown) {
        months.entry(month(photo.local.date())).or_default().insert(photo.id);
    }
    let expected: Vec<_> = months.iter().rev().map(|(month, ids)| (*month, ids.len() as i64)).collect();
    assert_eq!(models.library().buckets(filter).await.unwrap(), expected, "{filter:?}");
    for (month, ids) in months {
        let bucket = models.library().bucket(month, filter).await.unwrap();
        assert_eq!(bucket.tiles().map(|tile| tile.id).collect::<BTreeSet<_>>(), ids, "{month} of {filter:?}");
    }
}
