//! A device, as a phone app would be.

use std::collections::{BTreeMap, BTreeSet};

use albumen_projections::{
    ReadModels,
    albums::AlbumRow,
    identity::AccountRow,
    memories::MemoryRow,
    people::{FaceRow, PersonRow},
    stacks::StackRow,
    sync::{Beginning, CheckpointChange, Data, Device, EntityType, ExifView, Line, RequestType},
    texts::LineRow,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::sight::{Sight, Stacked, themselves, to_everybody, told_of_face, told_of_person};

/// What a device has.
pub struct Copy {
    device: Device,
    own: Option<(AccountRow, i64)>,
    users: BTreeMap<Uuid, AccountRow>,
    assets: BTreeMap<Uuid, Stacked>,
    stacks: BTreeMap<Uuid, StackRow>,
    exifs: BTreeMap<Uuid, ExifView>,
    partners: BTreeMap<(Uuid, Uuid), bool>,
    partner_assets: BTreeMap<Uuid, Stacked>,
    partner_exifs: BTreeMap<Uuid, ExifView>,
    partner_stacks: BTreeMap<Uuid, StackRow>,
    albums: BTreeMap<Uuid, AlbumRow>,
    members: BTreeMap<(Uuid, Uuid), String>,
    links: BTreeSet<(Uuid, Uuid)>,
    linked: BTreeMap<Uuid, Stacked>,
    linked_exifs: BTreeMap<Uuid, ExifView>,
    settings: BTreeSet<String>,
    values: BTreeMap<(Uuid, String), Value>,
    memories: BTreeMap<Uuid, MemoryRow>,
    recalled: BTreeSet<(Uuid, Uuid)>,
    persons: BTreeMap<Uuid, PersonRow>,
    faces: BTreeMap<Uuid, FaceRow>,
    lines: BTreeMap<Uuid, LineRow>,
}

impl Copy {
    /// One of a user that has nothing yet.
    pub fn of(user: Uuid) -> Self {
        Self {
            device: Device { user, session: Uuid::from_u128(rand_id()), reset_pending: false },
            own: None,
            users: BTreeMap::new(),
            assets: BTreeMap::new(),
            stacks: BTreeMap::new(),
            exifs: BTreeMap::new(),
            partners: BTreeMap::new(),
            partner_assets: BTreeMap::new(),
            partner_exifs: BTreeMap::new(),
            partner_stacks: BTreeMap::new(),
            albums: BTreeMap::new(),
            members: BTreeMap::new(),
            links: BTreeSet::new(),
            linked: BTreeMap::new(),
            linked_exifs: BTreeMap::new(),
            settings: BTreeSet::new(),
            values: BTreeMap::new(),
            memories: BTreeMap::new(),
            recalled: BTreeSet::new(),
            persons: BTreeMap::new(),
            faces: BTreeMap::new(),
            lines: BTreeMap::new(),
        }
    }

    /// Takes in what it does not have yet, or the first lines of it. Answers with their types.
    pub async fn synchronise(
        &mut self,
        models: &ReadModels,
        now: DateTime<Utc>,
        breaks_after: Option<usize>,
    ) -> Vec<EntityType> {
        let begin = async || models.begin_sync(self.device, RequestType::ALL, now).await.expect("begins");
        let mut stream = match begin().await {
            Beginning::Stream(stream) => stream,
            Beginning::Reset => {
                // It was away for too long: it has nothing any more, and asks again.
                let forgotten = CheckpointChange::ForgetAll;
                models.sync().checkpoints().change(self.device.session, forgotten).await.expect("forgets");
                let again = begin().await;
                *self = Self { device: self.device, ..Self::of(self.device.user) };
                let Beginning::Stream(stream) = again else { panic!("a reset is asked for once") };
                stream
            }
        };
        let (mut acks, mut types) = (BTreeMap::new(), Vec::new());
        'lines: while let Some(lines) = stream.next_lines().await.expect("goes on") {
            for line in lines {
                if breaks_after.is_some_and(|bound| types.len() >= bound) {
                    break 'lines;
                }
                types.push(line.entity);
                acks.insert(line.ack.entity, line.ack.text(now.timestamp_millis()));
                self.take(line);
            }
        }
        models.sync().checkpoints().change(self.device.session, CheckpointChange::Set(&acks)).await.expect("notes");
        types
    }

    fn take(&mut self, line: Line) {
        let me = self.device.user;
        match line.data {
            Data::Nothing => {}
            Data::Account(account) => _ = self.users.insert(account.id, to_everybody(*account)),
            Data::OwnAccount(account, bytes) => {
                assert_eq!(account.id, me, "nobody is told another's own account");
                self.own = Some((themselves(*account), bytes));
            }
            Data::Asset(asset, stack) if line.entity == EntityType::AssetV2 => {
                assert_eq!(asset.owner_id, me, "its owner's");
                self.assets.insert(asset.id, (*asset, stack));
            }
            Data::Asset(asset, stack) if of_partners(line.entity) => {
                assert_ne!(asset.visibility, "locked", "what is locked is sent to its owner alone");
                assert!(self.partners.contains_key(&(asset.owner_id, me)), "the partner comes first");
                self.partner_assets.insert(asset.id, (*asset, stack));
            }
            Data::Asset(asset, stack) => {
                assert_ne!(asset.visibility, "locked", "what is locked is sent to its owner alone");
                self.linked.insert(asset.id, (*asset, stack));
            }
            Data::Stack(stack) if of_partners(line.entity) => _ = self.partner_stacks.insert(stack.id, *stack),
            // What lies on top can have gone before it was stacked.
            Data::Stack(stack) => _ = self.stacks.insert(stack.id, *stack),
            Data::Exif(exif) if line.entity == EntityType::AssetExifV1 => {
                assert!(self.assets.contains_key(&exif.id), "the asset comes first");
                self.exifs.insert(exif.id, *exif);
            }
            Data::Exif(exif) if of_partners(line.entity) => _ = self.partner_exifs.insert(exif.id, *exif),
            Data::Partner { by, with, in_timeline } => {
                assert!([by, with].contains(&me) && [by, with].iter().all(|user| self.users.contains_key(user)));
                self.partners.insert((by, with), in_timeline);
            }
            Data::Exif(exif) => _ = self.linked_exifs.insert(exif.id, *exif),
            Data::Album(album) => _ = self.albums.insert(album.id, *album),
            Data::AlbumUser { album, user, role } => {
                assert!(self.albums.contains_key(&album) && self.users.contains_key(&user), "parents come first");
                self.members.insert((album, user), role);
            }
            Data::AlbumAsset { album, asset } => {
                let has_asset = self.linked.contains_key(&asset) || self.assets.contains_key(&asset);
                assert!(self.albums.contains_key(&album) && has_asset, "parents come first");
                self.links.insert((album, asset));
            }
            Data::UserMetadata(key, account) => {
                assert_eq!(account.id, me);
                self.settings.insert(key);
            }
            Data::AssetMetadata { asset, key, value } => {
                assert!(self.assets.contains_key(&asset), "the asset comes first");
                self.values.insert((asset, key), value);
            }
            Data::Memory(memory) => {
                assert_eq!(memory.owner_id, me, "its owner's");
                self.memories.insert(memory.id, *memory);
            }
            Data::MemoryAsset { memory, asset } => {
                assert!(self.memories.contains_key(&memory), "the memory comes first");
                self.recalled.insert((memory, asset));
            }
            Data::Person(person) => {
                assert_eq!(person.owner_id, me, "their owner's");
                self.persons.insert(person.id, told_of_person(*person));
            }
            Data::Face(face) => {
                assert!(self.assets.contains_key(&face.asset_id), "the asset comes first");
                self.faces.insert(face.id, told_of_face(*face));
            }
            Data::Text(line) => {
                assert!(self.assets.contains_key(&line.asset_id), "the asset comes first");
                self.lines.insert(line.id, *line);
            }
            Data::Gone(gone) => self.lose(line.entity, gone.scope, (gone.a, gone.b), gone.key),
        }
    }

    /// What belongs to something goes with it.
    fn lose(&mut self, entity: EntityType, scope: Uuid, (id, other): (Uuid, Uuid), key: String) {
        match entity {
            EntityType::UserDeleteV1 => {
                self.users.remove(&id);
                self.members.retain(|(_, user), _| *user != id);
            }
            EntityType::AssetDeleteV1 => {
                self.assets.remove(&id);
                self.exifs.remove(&id);
                self.values.retain(|(asset, _), _| *asset != id);
                self.recalled.retain(|(_, asset)| *asset != id);
                self.faces.retain(|_, face| face.asset_id != id);
                self.lines.retain(|_, line| line.asset_id != id);
            }
            EntityType::AlbumDeleteV1 => {
                self.albums.remove(&id);
                self.members.retain(|(album, _), _| *album != id);
                self.links.retain(|(album, _)| *album != id);
            }
            EntityType::PartnerDeleteV1 => {
                self.partners.remove(&(id, other));
                if other == self.device.user {
                    let (assets, exifs) = (&mut self.partner_assets, &mut self.partner_exifs);
                    assets.retain(|_, (asset, _)| asset.owner_id != id);
                    exifs.retain(|asset, _| assets.contains_key(asset));
                    self.partner_stacks.retain(|_, stack| stack.owner_id != id);
                }
            }
            EntityType::PartnerAssetDeleteV1 => {
                self.partner_assets.remove(&id);
                self.partner_exifs.remove(&id);
            }
            EntityType::MemoryDeleteV1 => {
                self.memories.remove(&id);
                self.recalled.retain(|(memory, _)| *memory != id);
            }
            EntityType::MemoryToAssetDeleteV1 => _ = self.recalled.remove(&(scope, id)),
            EntityType::PersonDeleteV1 => _ = self.persons.remove(&id),
            EntityType::AssetFaceDeleteV1 => _ = self.faces.remove(&id),
            EntityType::AssetOcrDeleteV1 => self.lines.retain(|_, line| line.asset_id != id),
            EntityType::PartnerStackDeleteV1 => _ = self.partner_stacks.remove(&id),
            EntityType::StackDeleteV1 => _ = self.stacks.remove(&id),
            EntityType::AlbumUserDeleteV1 => _ = self.members.remove(&(scope, id)),
            EntityType::AlbumToAssetDeleteV1 => _ = self.links.remove(&(scope, id)),
            EntityType::UserMetadataDeleteV1 => _ = self.settings.remove(&key),
            EntityType::AssetMetadataDeleteV1 => _ = self.values.remove(&(id, key)),
            other => panic!("{} tells of nothing that goes", other.as_str()),
        }
    }

    /// Compares with what its user may see. What it keeps of assets in albums counts as long as they
    /// are in one.
    pub fn assert_shows(&self, sight: &Sight, who: &str) {
        let is_linked = |asset: &Uuid| self.links.iter().any(|(_, linked)| linked == asset);
        let mut linked = self.linked.clone();
        linked.retain(|id, _| is_linked(id));
        let mut linked_exifs = self.linked_exifs.clone();
        linked_exifs.retain(|id, _| is_linked(id));
        // A user is removed when their last asset is gone. Where a history has it otherwise, what
        // happens to the rest is not told.
        let (mut seen, mut seen_exifs) = (sight.linked.clone(), sight.linked_exifs.clone());
        for (assets, exifs) in [(&mut linked, &mut linked_exifs), (&mut seen, &mut seen_exifs)] {
            let orphans = assets.extract_if(.., |_, (asset, _)| !sight.users.contains_key(&asset.owner_id));
            orphans.for_each(|(id, _)| _ = exifs.remove(&id));
        }
        assert_eq!(self.own, sight.own, "{who}: its user");
        assert_eq!(self.users, sight.users, "{who}: users");
        assert_eq!(self.assets, sight.assets, "{who}: assets");
        assert_eq!(self.stacks, sight.stacks, "{who}: stacks");
        assert_eq!(self.exifs, sight.exifs, "{who}: what is known of their making");
        assert_eq!(self.partners, sight.partners, "{who}: partners");
        assert_eq!(self.partner_assets, sight.partner_assets, "{who}: partners' assets");
        assert_eq!(self.partner_exifs, sight.partner_exifs, "{who}: what is known of the making of those");
        assert_eq!(self.partner_stacks, sight.partner_stacks, "{who}: partners' stacks");
        assert_eq!(self.albums, sight.albums, "{who}: albums");
        assert_eq!(self.members, sight.members, "{who}: members");
        assert_eq!(self.links, sight.links, "{who}: what is in albums");
        assert_eq!(linked, seen, "{who}: assets in albums");
        assert_eq!(linked_exifs, seen_exifs, "{who}: what is known of the making of those");
        assert_eq!(self.settings, sight.settings, "{who}: settings");
        assert_eq!(self.values, sight.values, "{who}: clients' values");
        assert_eq!(self.memories, sight.memories, "{who}: memories");
        assert_eq!(self.recalled, sight.recalled, "{who}: what is in memories");
        assert_eq!(self.persons, sight.persons, "{who}: persons");
        assert_eq!(self.faces, sight.faces, "{who}: faces");
        assert_eq!(self.lines, sight.lines, "{who}: text in pictures");
    }
}

fn of_partners(entity: EntityType) -> bool {
    entity.as_str().starts_with("Partner")
}

/// Each device has a session of its own.
fn rand_id() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static SESSIONS: AtomicU64 = AtomicU64::new(1);
    SESSIONS.fetch_add(1, Ordering::Relaxed).into()
}
