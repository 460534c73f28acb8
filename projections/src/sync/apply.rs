//! How events change this read model.

mod memories;
mod partners;
mod people;
mod stacks;
mod texts;

use std::{collections::HashSet, sync::Arc};

use albumen_domain::{
    AnyEvent, Recorded,
    album::AlbumEvent,
    asset::{AssetEvent, Visibility},
    erasure::{ErasureEvent, ErasureScope},
    face::FaceEvent,
    memory::MemoryEvent,
    person::PersonEvent,
    processing::ProcessingEvent,
    stack::StackEvent,
    text::TextEvent,
    user::UserEvent,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    change::change_of,
    kind::Kind,
    ledger::{Entry, Gone, Key, Ledger},
    rows::AssetChangeRow,
};
use crate::runtime::{ApplyError, Batch, Projection, Storable, Writer};

/// See the module's words.
pub struct Changes;

#[async_trait::async_trait]
impl Projection for Changes {
    fn name(&self) -> &'static str {
        "sync"
    }

    fn version(&self) -> i32 {
        3
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["asset", "entry", "gone"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Album(_) | AnyEvent::Stack(_) | AnyEvent::Partnership(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Memory(_) | AnyEvent::Person(_) | AnyEvent::Face(_) | AnyEvent::Text(_) => true,
            AnyEvent::Asset(event) => !is_untold(event),
            AnyEvent::Processing(event) => matches!(
                event,
                ProcessingEvent::MetadataRead(_)
                    | ProcessingEvent::PreviewsMade(_)
                    | ProcessingEvent::PersonThumbnailMade(_)
            ),
            AnyEvent::User(event) => !matches!(event, UserEvent::PasswordChanged(_)),
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let Some(now) = events.iter().map(|recorded| recorded.recorded_at).max() else { return Ok(()) };
        let mut state = State::load(writer, events).await?;
        for recorded in events {
            state.apply(recorded);
        }
        state.assets.save(writer).await?;
        state.ledger.save(writer, now).await?;
        Ok(())
    }
}

/// Devices are told nothing of groups of duplicates, sidecars and tags.
const fn is_untold(event: &AssetEvent) -> bool {
    matches!(
        event,
        AssetEvent::DuplicateGroupChanged(_)
            | AssetEvent::SidecarReplaced(_)
            | AssetEvent::Tagged(_)
            | AssetEvent::Untagged(_)
            | AssetEvent::TagsRead(_)
    )
}

/// What goes with an asset, by its first id.
const OF_ASSETS: [Kind; 7] = [
    Kind::AlbumAsset,
    Kind::LockedAlbumAsset,
    Kind::AssetMetadata,
    Kind::StackAsset,
    Kind::MemoryAsset,
    Kind::FaceOfAsset,
    Kind::Text,
];

/// Streams of which the batch has to know what was before.
#[derive(Default)]
struct Named {
    assets: HashSet<Uuid>,
    /// Of which it also has to know in which albums they are.
    linked: HashSet<Uuid>,
    albums: HashSet<Uuid>,
    stacks: HashSet<Uuid>,
    partnerships: HashSet<Uuid>,
    memories: HashSet<Uuid>,
    persons: HashSet<Uuid>,
    /// Of whom it also has to know all faces.
    leaving: HashSet<Uuid>,
    faces: HashSet<Uuid>,
    /// Assets whose text was read.
    read: HashSet<Uuid>,
    users: HashSet<Uuid>,
    gone_users: HashSet<Uuid>,
    erased_owners: HashSet<Uuid>,
}

impl Named {
    fn by(events: &[Arc<Recorded>]) -> Self {
        let mut named = Self::default();
        for recorded in events {
            named.add(recorded);
        }
        named
    }

    fn add(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Asset(event) => {
                self.assets.insert(id);
                match event {
                    AssetEvent::Uploaded(uploaded) => _ = self.users.insert(uploaded.owner),
                    AssetEvent::Deleted(_) | AssetEvent::VisibilityChanged(_) => _ = self.linked.insert(id),
                    _ => {}
                }
            }
            AnyEvent::Processing(ProcessingEvent::PersonThumbnailMade(_)) => {
                self.persons.insert(id);
            }
            AnyEvent::Processing(_) => {
                self.assets.insert(id);
            }
            AnyEvent::Memory(event) => {
                self.memories.insert(id);
                match event {
                    MemoryEvent::Created(created) => self.assets.extend(&created.assets),
                    MemoryEvent::AssetsAdded(added) => self.assets.extend(&added.assets),
                    MemoryEvent::Changed(_) | MemoryEvent::AssetsRemoved(_) | MemoryEvent::Deleted(_) => {}
                }
            }
            AnyEvent::Person(event) => self.add_person(id, event),
            AnyEvent::Face(event) => {
                self.faces.insert(id);
                match event {
                    FaceEvent::Added(added) => self.persons.extend(added.person),
                    FaceEvent::Assigned(assigned) => {
                        self.persons.insert(assigned.person);
                    }
                    FaceEvent::Unassigned(_) | FaceEvent::Removed(_) | FaceEvent::Deleted(_) => {}
                }
            }
            AnyEvent::Text(_) => {
                self.assets.insert(id);
                self.read.insert(id);
            }
            AnyEvent::Album(event) => {
                self.albums.insert(id);
                if let AlbumEvent::AssetsAdded(added) = event {
                    self.assets.extend(&added.assets);
                }
            }
            AnyEvent::Partnership(_) => {
                self.partnerships.insert(id);
            }
            AnyEvent::Stack(event) => {
                self.stacks.insert(id);
                match event {
                    StackEvent::Created(created) => self.assets.extend(&created.assets),
                    StackEvent::AssetsAdded(added) => self.assets.extend(&added.assets),
                    StackEvent::AssetsRemoved(removed) => self.assets.extend(&removed.assets),
                    StackEvent::PrimaryChosen(_) | StackEvent::Deleted(_) => {}
                }
            }
            AnyEvent::User(event) => {
                self.users.insert(id);
                if matches!(event, UserEvent::Removed(_)) {
                    self.gone_users.insert(id);
                }
            }
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => {
                    self.gone_users.insert(id);
                    self.erased_owners.insert(id);
                }
                // The stream of an erasure has the subject's id, whatever that is.
                ErasureScope::Subject => {
                    for set in [&mut self.assets, &mut self.linked, &mut self.albums, &mut self.stacks] {
                        set.insert(id);
                    }
                    for set in [&mut self.memories, &mut self.persons, &mut self.leaving, &mut self.faces] {
                        set.insert(id);
                    }
                }
            },
            _ => {}
        }
    }

    fn add_person(&mut self, id: Uuid, event: &PersonEvent) {
        self.persons.insert(id);
        match event {
            PersonEvent::Created(_) | PersonEvent::DetailsChanged(_) | PersonEvent::SettingsChanged(_) => {}
            PersonEvent::FeatureFaceChosen(chosen) => {
                self.faces.insert(chosen.face);
            }
            PersonEvent::Merged(merged) => {
                self.persons.insert(merged.into);
                self.leaving.insert(id);
            }
            PersonEvent::Deleted(_) => {
                self.leaving.insert(id);
            }
        }
    }
}

struct State {
    assets: Batch<AssetChangeRow>,
    ledger: Ledger,
}

fn list(ids: &HashSet<Uuid>) -> Vec<Uuid> {
    ids.iter().copied().collect()
}

impl State {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let mut named = Named::by(events);
        if !named.erased_owners.is_empty() {
            let owners = list(&named.erased_owners);
            let rows = writer.query("SELECT id FROM asset WHERE owner_id = ANY($1)", &[&owners]).await?;
            let theirs: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
            named.assets.extend(&theirs);
            named.linked.extend(&theirs);
        }
        let mut ledger = Ledger::default();
        let gone_users = list(&named.gone_users);
        ledger.load(writer, &[Kind::AlbumOwner, Kind::AlbumUser, Kind::Partnership], "a", &gone_users).await?;
        ledger.load(writer, &[Kind::Partnership], "b", &gone_users).await?;
        ledger.load(writer, &[Kind::Partnership], "scope", &list(&named.partnerships)).await?;
        ledger.load(writer, &[Kind::Stack, Kind::Memory, Kind::Person, Kind::Face], "scope", &gone_users).await?;
        for user in gone_users {
            named.memories.extend(ledger.within(Kind::Memory, user).iter().map(|key| key.a));
            named.leaving.extend(ledger.within(Kind::Person, user).iter().map(|key| key.a));
            named.faces.extend(ledger.within(Kind::Face, user).iter().map(|key| key.a));
            named.albums.extend(ledger.of(Kind::AlbumUser, user).iter().map(|key| key.scope));
            named.stacks.extend(ledger.within(Kind::Stack, user).iter().map(|key| key.a));
        }
        let of_albums = [Kind::Album, Kind::AlbumOwner, Kind::AlbumUser];
        ledger.load(writer, &of_albums, "scope", &list(&named.albums)).await?;
        ledger.load(writer, &[Kind::Account], "a", &list(&named.users)).await?;
        ledger.load(writer, &OF_ASSETS, "a", &list(&named.linked)).await?;
        ledger.load(writer, &[Kind::Text], "a", &list(&named.read)).await?;
        for asset in &named.linked {
            named.stacks.extend(ledger.of(Kind::StackAsset, *asset).iter().map(|key| key.scope));
        }
        ledger.load(writer, &[Kind::Stack], "a", &list(&named.stacks)).await?;
        ledger.load(writer, &[Kind::StackAsset], "scope", &list(&named.stacks)).await?;
        named.assets.extend(ledger.all(Kind::StackAsset).iter().map(|key| key.a));
        ledger.load(writer, &[Kind::Memory], "a", &list(&named.memories)).await?;
        Self::load_people(&mut ledger, writer, &mut named).await?;
        let assets = Batch::load(writer, named.assets, |row: &AssetChangeRow| row.id).await?;
        // Whoever loses an asset uses less space.
        let owner = |asset: &Uuid| assets.get(*asset).map(|asset| asset.owner_id);
        let owners: HashSet<Uuid> = named.linked.iter().filter_map(owner).collect();
        ledger.load(writer, &[Kind::Account], "a", &list(&owners)).await?;
        Ok(Self { assets, ledger })
    }

    async fn load_people(
        ledger: &mut Ledger,
        writer: &mut Writer<'_>,
        named: &mut Named,
    ) -> Result<(), tokio_postgres::Error> {
        ledger.load(writer, &[Kind::FaceOfPerson], "scope", &list(&named.leaving)).await?;
        named.faces.extend(ledger.all(Kind::FaceOfPerson).iter().map(|key| key.a));
        named.faces.extend(ledger.all(Kind::FaceOfAsset).iter().map(|key| key.b));
        let of_faces = [Kind::Face, Kind::FaceOfPerson, Kind::FeatureFace];
        ledger.load(writer, &of_faces, "a", &list(&named.faces)).await?;
        named.persons.extend(ledger.all(Kind::FeatureFace).iter().map(|key| key.scope));
        ledger.load(writer, &[Kind::Person], "a", &list(&named.persons)).await?;
        ledger.load(writer, &[Kind::FeatureFace], "scope", &list(&named.persons)).await
    }

    fn apply(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        let mut clock = Clock { position: recorded.position, at: recorded.recorded_at, place: 0 };
        match &recorded.event {
            AnyEvent::Asset(event) => self.asset(id, event, &mut clock),
            AnyEvent::Processing(event) => self.processing(id, event, &mut clock),
            AnyEvent::Album(event) => self.album(id, event, &mut clock),
            AnyEvent::Partnership(event) => self.partnership(id, event, &mut clock),
            AnyEvent::Stack(event) => self.stack(id, event, &mut clock),
            AnyEvent::Memory(event) => self.memory(id, event, &mut clock),
            AnyEvent::Person(event) => self.person(id, event, &mut clock),
            AnyEvent::Face(event) => self.face(id, event, &mut clock),
            AnyEvent::Text(TextEvent::Read(read)) => self.text(id, read, &mut clock),
            AnyEvent::User(event) => self.user(id, event, &mut clock),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => {
                    let mut theirs = self.assets.ids_where(|asset| asset.owner_id == id);
                    theirs.sort_unstable();
                    theirs.into_iter().for_each(|asset| self.remove_asset(asset, &mut clock));
                    self.remove_user(id, &mut clock);
                }
                ErasureScope::Subject => {
                    self.remove_asset(id, &mut clock);
                    self.remove_album(id, &mut clock);
                    self.dissolve(id, &mut clock);
                    self.forget_memory(id, &mut clock);
                    self.remove_person(id, None, &mut clock);
                    self.remove_face(id, &mut clock);
                }
            },
            _ => {}
        }
    }

    fn asset(&mut self, id: Uuid, event: &AssetEvent, clock: &mut Clock) {
        if let AssetEvent::Uploaded(uploaded) = event {
            let (change, locked) = (clock.next(), uploaded.visibility == Visibility::Locked);
            let row = AssetChangeRow { id, owner_id: uploaded.owner, locked, change, exif_change: change };
            self.assets.insert(id, row);
            return self.quota_changed(uploaded.owner, clock);
        }
        let Some(owner) = self.assets.get(id).map(|asset| asset.owner_id) else { return };
        let values = |key: &str| Key::new(Kind::AssetMetadata, owner, id).named(&key.to_owned().storable());
        match event {
            AssetEvent::Uploaded(_)
            | AssetEvent::DuplicateGroupChanged(_)
            | AssetEvent::SidecarReplaced(_)
            | AssetEvent::Tagged(_)
            | AssetEvent::Untagged(_)
            | AssetEvent::TagsRead(_) => {}
            AssetEvent::Deleted(_) => self.remove_asset(id, clock),
            AssetEvent::DetailsEdited(edited) => self.touch(id, edited.taken_at.is_some(), true, clock),
            AssetEvent::DetailsWithdrawn(_) => self.touch(id, true, true, clock),
            AssetEvent::VisibilityChanged(changed) => {
                self.touch(id, true, false, clock);
                self.lock(id, changed.visibility == Visibility::Locked, clock);
            }
            AssetEvent::KeyValueSet(set) => self.ledger.put(values(&set.key), clock.entry()),
            AssetEvent::KeyValueRemoved(removed) => self.remove_told(values(&removed.key), clock),
            AssetEvent::FavoriteChanged(_)
            | AssetEvent::Trashed(_)
            | AssetEvent::Restored(_)
            | AssetEvent::DeletionRequested(_)
            | AssetEvent::LivePhotoLinked(_)
            | AssetEvent::LivePhotoUnlinked(_) => self.touch(id, true, false, clock),
        }
    }

    fn processing(&mut self, id: Uuid, event: &ProcessingEvent, clock: &mut Clock) {
        match event {
            ProcessingEvent::MetadataRead(_) => self.touch(id, true, true, clock),
            ProcessingEvent::PreviewsMade(_) => self.touch(id, true, false, clock),
            ProcessingEvent::PersonThumbnailMade(_) => self.touch_person(id, clock),
            ProcessingEvent::JobRequested(_)
            | ProcessingEvent::AttemptFailed(_)
            | ProcessingEvent::DuplicatesSought(_)
            | ProcessingEvent::SidecarWritten(_)
            | ProcessingEvent::FacesDetected(_)
            | ProcessingEvent::FacesClustered(_)
            | ProcessingEvent::PeopleRegrouped(_)
            | ProcessingEvent::MailSettled(_) => {}
        }
    }

    /// An asset changed, or what is known of its making, or both.
    fn touch(&mut self, id: Uuid, itself: bool, exif: bool, clock: &mut Clock) {
        let change = clock.next();
        let Some(asset) = self.assets.change(id) else { return };
        if itself {
            asset.change = change;
        }
        if exif {
            asset.exif_change = change;
        }
    }

    /// A locked asset is out of sight for all but its owner, and in no album for anybody.
    fn lock(&mut self, id: Uuid, locked: bool, clock: &mut Clock) {
        let Some(asset) = self.assets.change(id).filter(|asset| asset.locked != locked) else { return };
        asset.locked = locked;
        if !locked {
            // Partners lost what they knew of its making with the asset.
            asset.exif_change = clock.next();
        }
        let to_partners = Key::new(Kind::PartnerAsset, asset.owner_id, id);
        let (from, to) = if locked {
            self.ledger.tell_gone(to_partners, clock.gone());
            (Kind::AlbumAsset, Kind::LockedAlbumAsset)
        } else {
            self.ledger.untell_gone(to_partners);
            (Kind::LockedAlbumAsset, Kind::AlbumAsset)
        };
        for link in self.ledger.of(from, id) {
            let album = link.scope;
            self.ledger.remove(link);
            self.ledger.put(Key::new(to, album, id), clock.entry());
            if locked {
                self.ledger.tell_gone(Key::new(Kind::AlbumAsset, album, id), clock.gone());
            }
            // The asset that stands for the album may be another one now.
            self.ledger.put(Key::new(Kind::Album, album, album), clock.entry());
        }
    }

    fn remove_asset(&mut self, id: Uuid, clock: &mut Clock) {
        self.remove_faces_of(id, clock);
        let Some(owner) = self.assets.get(id).map(|asset| asset.owner_id) else { return };
        self.assets.remove(id);
        for kind in [Kind::Asset, Kind::PartnerAsset] {
            self.ledger.tell_gone(Key::new(kind, owner, id), clock.gone());
        }
        for link in self.ledger.of(Kind::AlbumAsset, id) {
            let album = link.scope;
            self.remove_told(link, clock);
            self.ledger.put(Key::new(Kind::Album, album, album), clock.entry());
        }
        for link in self.ledger.of(Kind::MemoryAsset, id) {
            self.remove_told(link, clock);
        }
        for member in self.ledger.of(Kind::StackAsset, id) {
            self.take_from_stack(member.scope, &[id], clock);
        }
        self.ledger.untell_gone(Key::new(Kind::Text, owner, id));
        for silent in [Kind::LockedAlbumAsset, Kind::AssetMetadata, Kind::Text] {
            self.ledger.of(silent, id).into_iter().for_each(|key| self.ledger.remove(key));
        }
        self.quota_changed(owner, clock);
    }

    /// Their account tells how much space they use. It is one account, and others are sent it anew as well.
    fn quota_changed(&mut self, user: Uuid, clock: &mut Clock) {
        self.ledger.put(Key::new(Kind::OwnAccount, user, user), clock.entry());
        let everybody = Key::new(Kind::Account, Uuid::nil(), user);
        if self.ledger.get(&everybody).is_some() {
            self.ledger.put(everybody, clock.entry());
        }
    }

    fn remove_told(&mut self, key: Key, clock: &mut Clock) {
        self.ledger.remove(key.clone());
        self.ledger.tell_gone(key, clock.gone());
    }

    fn album(&mut self, id: Uuid, event: &AlbumEvent, clock: &mut Clock) {
        let album = Key::new(Kind::Album, id, id);
        if let AlbumEvent::Created(created) = event {
            self.ledger.put(album, clock.entry());
            self.ledger.put(Key::new(Kind::AlbumOwner, id, created.owner), clock.entry());
            return self.add_member(id, created.owner, clock);
        }
        if let AlbumEvent::Restored(restored) = event {
            self.ledger.put(album, clock.entry());
            self.ledger.put(Key::new(Kind::AlbumOwner, id, restored.owner), clock.entry());
            // Whoever was not told yet that it was gone still is: what does not come back goes that way.
            let members = restored.users.iter().map(|member| member.user);
            for user in members.chain([restored.owner]) {
                let change = clock.next();
                self.ledger.put(Key::new(Kind::AlbumUser, id, user), Entry { created: change, change });
            }
            return;
        }
        // An album whose owner was erased is not there any more.
        if self.ledger.get(&album).is_none() {
            return;
        }
        match event {
            AlbumEvent::Created(_) | AlbumEvent::Restored(_) => {}
            AlbumEvent::Deleted(_) => self.remove_album(id, clock),
            AlbumEvent::DetailsChanged(_) | AlbumEvent::SettingsChanged(_) | AlbumEvent::ThumbnailChosen(_) => {
                self.ledger.put(album, clock.entry());
            }
            AlbumEvent::AssetsAdded(added) => {
                self.ledger.put(album, clock.entry());
                added.assets.iter().for_each(|asset| self.add_link(id, *asset, clock));
            }
            AlbumEvent::AssetsRemoved(removed) => {
                self.ledger.put(album, clock.entry());
                for asset in &removed.assets {
                    self.ledger.remove(Key::new(Kind::LockedAlbumAsset, id, *asset));
                    self.remove_told(Key::new(Kind::AlbumAsset, id, *asset), clock);
                }
            }
            AlbumEvent::UsersAdded(added) => {
                // So that those who have just come are sent the album itself.
                self.ledger.put(album, clock.entry());
                added.users.iter().for_each(|member| self.add_member(id, member.user, clock));
            }
            AlbumEvent::UserRoleChanged(changed) => {
                let key = Key::new(Kind::AlbumUser, id, changed.user);
                if let Some(member) = self.ledger.get(&key) {
                    self.ledger.put(key, Entry { change: clock.next(), ..member });
                }
            }
            AlbumEvent::UserRemoved(removed) => self.remove_member(id, removed.user, clock),
        }
    }

    fn add_link(&mut self, album: Uuid, asset: Uuid, clock: &mut Clock) {
        let Some(locked) = self.assets.get(asset).map(|asset| asset.locked) else { return };
        let kind = if locked { Kind::LockedAlbumAsset } else { Kind::AlbumAsset };
        self.ledger.put(Key::new(kind, album, asset), clock.entry());
    }

    fn add_member(&mut self, album: Uuid, user: Uuid, clock: &mut Clock) {
        let change = clock.next();
        self.ledger.put(Key::new(Kind::AlbumUser, album, user), Entry { created: change, change });
        self.ledger.untell_gone(Key::new(Kind::Album, user, album));
    }

    /// Whoever leaves is told that the album is gone, and the others that they left.
    fn remove_member(&mut self, album: Uuid, user: Uuid, clock: &mut Clock) {
        let key = Key::new(Kind::AlbumUser, album, user);
        if self.ledger.get(&key).is_some() {
            self.remove_told(key, clock);
            self.ledger.tell_gone(Key::new(Kind::Album, user, album), clock.gone());
        }
    }

    fn remove_album(&mut self, id: Uuid, clock: &mut Clock) {
        if self.ledger.get(&Key::new(Kind::Album, id, id)).is_none() {
            return;
        }
        let members = self.ledger.within(Kind::AlbumUser, id);
        self.ledger.clear(id);
        for member in members {
            self.ledger.tell_gone(Key::new(Kind::Album, member.a, id), clock.gone());
        }
    }

    fn user(&mut self, id: Uuid, event: &UserEvent, clock: &mut Clock) {
        let (everybody, themselves) = (Key::new(Kind::Account, Uuid::nil(), id), Key::new(Kind::OwnAccount, id, id));
        let is_known = self.ledger.get(&everybody).is_some();
        // What a user who was erased did after that goes when they do.
        if !is_known && !matches!(event, UserEvent::Registered(_) | UserEvent::Removed(_)) {
            return;
        }
        let set = |name: &str| Key::new(Kind::UserMetadata, id, id).named(name);
        match event {
            UserEvent::Registered(_)
            | UserEvent::ProfileChanged(_)
            | UserEvent::ProfileImageChanged(_)
            | UserEvent::Deleted(_)
            | UserEvent::Restored(_) => {
                self.ledger.put(everybody, clock.entry());
                self.ledger.put(themselves, clock.entry());
            }
            UserEvent::PasswordChanged(_) => {}
            UserEvent::PinChanged(_) => self.ledger.put(themselves, clock.entry()),
            UserEvent::PreferencesChanged(_) => self.ledger.put(set("preferences"), clock.entry()),
            UserEvent::OnboardingChanged(changed) if changed.onboarded => {
                self.ledger.put(set("onboarding"), clock.entry());
            }
            // Whoever is to begin again is where they were before they had set anything.
            UserEvent::OnboardingChanged(_) => self.remove_told(set("onboarding"), clock),
            UserEvent::Licensed(_) => self.ledger.put(set("license"), clock.entry()),
            UserEvent::LicenseRemoved(_) => self.remove_told(set("license"), clock),
            UserEvent::Removed(_) => self.remove_user(id, clock),
        }
    }

    /// Their albums go too, and they leave those of others.
    fn remove_user(&mut self, id: Uuid, clock: &mut Clock) {
        for owned in self.ledger.of(Kind::AlbumOwner, id) {
            self.remove_album(owned.scope, clock);
        }
        for member in self.ledger.of(Kind::AlbumUser, id) {
            self.remove_member(member.scope, id, clock);
        }
        for stack in self.ledger.within(Kind::Stack, id) {
            self.dissolve(stack.a, clock);
        }
        for memory in self.ledger.within(Kind::Memory, id) {
            self.forget_memory(memory.a, clock);
        }
        for person in self.ledger.within(Kind::Person, id) {
            self.remove_person(person.a, None, clock);
        }
        for face in self.ledger.within(Kind::Face, id) {
            self.remove_face(face.a, clock);
        }
        self.part_from_all(id, clock);
        self.ledger.clear(id);
        self.remove_told(Key::new(Kind::Account, Uuid::nil(), id), clock);
    }
}

/// The changes of one event, one after the other.
struct Clock {
    position: i64,
    at: DateTime<Utc>,
    place: usize,
}

impl Clock {
    fn next(&mut self) -> i64 {
        let change = change_of(self.position, self.place);
        self.place += 1;
        change
    }

    /// Of a thing of which nobody asks when it came to be.
    fn entry(&mut self) -> Entry {
        Entry { created: 0, change: self.next() }
    }

    fn gone(&mut self) -> Gone {
        Gone { change: self.next(), at: self.at }
    }
}
