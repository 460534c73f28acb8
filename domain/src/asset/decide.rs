//! The rules of an asset.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    AssetCommand, AssetDeleted, AssetDeletionRequested, AssetEvent, AssetKind, AssetRestored, AssetTagged,
    AssetTagsRead, AssetTrashed, AssetUntagged, AssetUploaded, DetailsEdited, DetailsWithdrawn, DuplicateGroupChanged,
    Edit, FavoriteChanged, KeyValueRemoved, KeyValueSet, LivePhotoLinked, LivePhotoUnlinked, SidecarReplaced, Upload,
    Visibility, VisibilityChanged,
};
use crate::{Aggregate, Claim, Personal, StreamKind, Subject};

/// One owner can hold the same bytes once.
pub const CHECKSUM_CLAIM: &str = "asset-checksum";

/// The most values that clients can store with one asset, so that its stream stays loadable.
const MAX_KEY_VALUES: usize = 256;
/// The longest key of such a value: an index of PostgreSQL takes 2,700 bytes, and a name needs far fewer.
const MAX_KEY_BYTES: usize = 1_000;

/// What the rules have to remember of an asset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asset {
    life: Life,
    owner: Option<Uuid>,
    kind: Option<AssetKind>,
    checksum: String,
    favorite: bool,
    visibility: Option<Visibility>,
    live_photo_video: Option<Uuid>,
    duplicate_group: Option<Uuid>,
    keys: BTreeSet<String>,
    sidecar_path: Option<String>,
    tags: BTreeSet<Uuid>,
    /// A person has said something about its tags, which outlasts what the file says.
    tagged_by_person: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Active,
    Trashed,
    DeletionRequested,
    Deleted,
}

/// Why an asset refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssetRefusal {
    /// No event of it exists, or nothing of it is left.
    #[error("there is no such asset")]
    Unknown,
    /// An id was used twice.
    #[error("an asset with this id exists already; upload it under a new id")]
    Exists,
    /// Only an asset whose deletion was asked for can be confirmed as deleted.
    #[error("the deletion of this asset was not asked for")]
    DeletionNotRequested,
    /// Only photos have a moving half.
    #[error("only a photo can be linked to a live photo video")]
    NotAPhoto,
    /// A client's value that is not there.
    #[error("Metadata with key \"{0}\" not found")]
    NoSuchKey(String),
    /// A key that no index takes.
    #[error("a metadata key has at most {MAX_KEY_BYTES} bytes; choose a shorter one")]
    KeyTooLong,
    /// More values than a stream should carry.
    #[error("an asset holds at most {MAX_KEY_VALUES} metadata keys; remove some first")]
    TooManyKeys,
}

/// The bytes under which an owner's copy of a file is claimed.
#[must_use]
pub fn checksum_claim_key(owner: Uuid, checksum: &str) -> Vec<u8> {
    [owner.as_bytes().as_slice(), checksum.as_bytes()].concat()
}

impl Asset {
    const fn exists(&self) -> bool {
        !matches!(self.life, Life::Unborn | Life::Deleted)
    }

    fn upload(&self, upload: Upload) -> Result<Vec<AssetEvent>, AssetRefusal> {
        if self.life != Life::Unborn {
            return Err(AssetRefusal::Exists);
        }
        Ok(vec![
            AssetUploaded {
                owner: upload.owner,
                kind: upload.kind,
                file_name: upload.file_name.into(),
                path: upload.path,
                size_bytes: upload.size_bytes,
                checksum: upload.checksum,
                file_created_at: upload.file_created_at,
                file_modified_at: upload.file_modified_at,
                duration_ms: upload.duration_ms,
                favorite: upload.favorite,
                visibility: upload.visibility,
                live_photo_video: upload.live_photo_video,
                sidecar_path: upload.sidecar_path,
            }
            .into(),
        ])
    }

    fn edit(&self, edit: Edit) -> Vec<AssetEvent> {
        let mut events = Vec::new();
        let details = DetailsEdited {
            description: edit.description.map(Personal::Known),
            taken_at: edit.taken_at,
            position: edit.position.map(Personal::Known),
            rating: edit.rating,
            lens_model: edit.lens_model,
        };
        if details != DetailsEdited::default() {
            events.push(details.into());
        }
        if let Some(favorite) = edit.favorite.filter(|favorite| *favorite != self.favorite) {
            events.push(FavoriteChanged { favorite }.into());
        }
        if let Some(visibility) = edit.visibility.filter(|visibility| Some(*visibility) != self.visibility) {
            events.push(VisibilityChanged { visibility }.into());
        }
        if let Some(group) = edit.duplicate_group.filter(|group| *group != self.duplicate_group) {
            events.push(DuplicateGroupChanged { group }.into());
        }
        events
    }

    fn link(&self, video: Uuid) -> Result<Vec<AssetEvent>, AssetRefusal> {
        if self.kind != Some(AssetKind::Image) {
            return Err(AssetRefusal::NotAPhoto);
        }
        if self.live_photo_video == Some(video) {
            return Ok(Vec::new());
        }
        Ok(vec![LivePhotoLinked { video }.into()])
    }

    fn tag(&self, tags: Vec<Uuid>) -> Vec<AssetEvent> {
        let new: BTreeSet<Uuid> = tags.into_iter().filter(|tag| !self.tags.contains(tag)).collect();
        if new.is_empty() { Vec::new() } else { vec![AssetTagged { tags: new.into_iter().collect() }.into()] }
    }

    fn untag(&self, tags: Vec<Uuid>) -> Vec<AssetEvent> {
        let gone: BTreeSet<Uuid> = tags.into_iter().filter(|tag| self.tags.contains(tag)).collect();
        if gone.is_empty() { Vec::new() } else { vec![AssetUntagged { tags: gone.into_iter().collect() }.into()] }
    }

    fn read_tags(&self, tags: Vec<Uuid>) -> Vec<AssetEvent> {
        let tags: BTreeSet<Uuid> = tags.into_iter().collect();
        if self.tagged_by_person || tags == self.tags {
            return Vec::new();
        }
        vec![AssetTagsRead { tags: tags.into_iter().collect() }.into()]
    }

    fn change_tags(&mut self, event: &AssetEvent) {
        match event {
            AssetEvent::Tagged(tagged) => self.tags.extend(&tagged.tags),
            AssetEvent::Untagged(untagged) => self.tags.retain(|tag| !untagged.tags.contains(tag)),
            AssetEvent::TagsRead(read) => self.tags = read.tags.iter().copied().collect(),
            _ => {}
        }
        self.tagged_by_person |= !matches!(event, AssetEvent::TagsRead(_));
    }

    fn set_key_value(
        &self,
        key: String,
        value: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Vec<AssetEvent>, AssetRefusal> {
        if key.len() > MAX_KEY_BYTES {
            return Err(AssetRefusal::KeyTooLong);
        }
        if !self.keys.contains(&key) && self.keys.len() >= MAX_KEY_VALUES {
            return Err(AssetRefusal::TooManyKeys);
        }
        Ok(vec![KeyValueSet { key, value: value.into() }.into()])
    }

    fn remove_key_value(&self, key: String) -> Result<Vec<AssetEvent>, AssetRefusal> {
        if !self.keys.contains(&key) {
            return Err(AssetRefusal::NoSuchKey(key));
        }
        Ok(vec![KeyValueRemoved { key }.into()])
    }
}

impl Aggregate for Asset {
    const KIND: StreamKind = StreamKind::Asset;
    type Command = AssetCommand;
    type Event = AssetEvent;
    type Refusal = AssetRefusal;

    fn decide(&self, command: AssetCommand) -> Result<Vec<AssetEvent>, AssetRefusal> {
        if let AssetCommand::Upload(upload) = command {
            return self.upload(*upload);
        }
        if !self.exists() {
            return Err(AssetRefusal::Unknown);
        }
        Ok(match command {
            AssetCommand::Upload(_) => Vec::new(),
            AssetCommand::Edit(edit) => self.edit(*edit),
            AssetCommand::WithdrawDetails(matters) if matters.is_empty() => Vec::new(),
            AssetCommand::WithdrawDetails(matters) => vec![DetailsWithdrawn { matters }.into()],
            AssetCommand::Trash if self.life == Life::Active => vec![AssetTrashed {}.into()],
            AssetCommand::Restore if self.life == Life::Trashed => vec![AssetRestored {}.into()],
            AssetCommand::Trash | AssetCommand::Restore => Vec::new(),
            AssetCommand::RequestDeletion if self.life == Life::DeletionRequested => Vec::new(),
            AssetCommand::RequestDeletion => vec![AssetDeletionRequested {}.into()],
            AssetCommand::ConfirmDeletion if self.life == Life::DeletionRequested => vec![AssetDeleted {}.into()],
            AssetCommand::ConfirmDeletion => return Err(AssetRefusal::DeletionNotRequested),
            AssetCommand::LinkLivePhoto { video } => self.link(video)?,
            AssetCommand::UnlinkLivePhoto => {
                self.live_photo_video.map(|video| LivePhotoUnlinked { video }.into()).into_iter().collect()
            }
            AssetCommand::SetKeyValue { key, value } => self.set_key_value(key, value)?,
            AssetCommand::RemoveKeyValue { key } => self.remove_key_value(key)?,
            AssetCommand::ReplaceSidecar { path } if path == self.sidecar_path => Vec::new(),
            AssetCommand::ReplaceSidecar { path } => vec![SidecarReplaced { path }.into()],
            AssetCommand::Tag(tags) => self.tag(tags),
            AssetCommand::Untag(tags) => self.untag(tags),
            AssetCommand::ReadTags(tags) => self.read_tags(tags),
        })
    }

    fn evolve(&mut self, event: &AssetEvent) {
        match event {
            AssetEvent::Uploaded(uploaded) => {
                *self = Self {
                    life: Life::Active,
                    owner: Some(uploaded.owner),
                    kind: Some(uploaded.kind),
                    checksum: uploaded.checksum.clone(),
                    favorite: uploaded.favorite,
                    visibility: Some(uploaded.visibility),
                    live_photo_video: uploaded.live_photo_video,
                    sidecar_path: uploaded.sidecar_path.clone(),
                    ..Self::default()
                }
            }
            AssetEvent::DetailsEdited(_) | AssetEvent::DetailsWithdrawn(_) => {}
            AssetEvent::FavoriteChanged(changed) => self.favorite = changed.favorite,
            AssetEvent::VisibilityChanged(changed) => self.visibility = Some(changed.visibility),
            AssetEvent::Trashed(_) => self.life = Life::Trashed,
            AssetEvent::Restored(_) => self.life = Life::Active,
            AssetEvent::DeletionRequested(_) => self.life = Life::DeletionRequested,
            AssetEvent::Deleted(_) => self.life = Life::Deleted,
            AssetEvent::LivePhotoLinked(linked) => self.live_photo_video = Some(linked.video),
            AssetEvent::LivePhotoUnlinked(_) => self.live_photo_video = None,
            AssetEvent::KeyValueSet(set) => {
                self.keys.insert(set.key.clone());
            }
            AssetEvent::KeyValueRemoved(removed) => {
                self.keys.remove(&removed.key);
            }
            AssetEvent::DuplicateGroupChanged(changed) => self.duplicate_group = changed.group,
            AssetEvent::SidecarReplaced(replaced) => self.sidecar_path.clone_from(&replaced.path),
            AssetEvent::Tagged(_) | AssetEvent::Untagged(_) | AssetEvent::TagsRead(_) => self.change_tags(event),
        }
    }

    fn claims(&self, _id: Uuid, event: &AssetEvent) -> Vec<Claim> {
        match event {
            AssetEvent::Uploaded(uploaded) => {
                vec![Claim::take(CHECKSUM_CLAIM, checksum_claim_key(uploaded.owner, &uploaded.checksum))]
            }
            AssetEvent::Deleted(_) => self
                .owner
                .map(|owner| Claim::release(CHECKSUM_CLAIM, checksum_claim_key(owner, &self.checksum)))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    fn subject(&self, id: Uuid, event: &AssetEvent) -> Subject {
        let owner = match event {
            AssetEvent::Uploaded(uploaded) => uploaded.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::testing::given;

    fn upload() -> Upload {
        Upload {
            owner: Uuid::from_u128(1),
            kind: AssetKind::Image,
            file_name: "a.jpg".into(),
            path: "upload/a.jpg".into(),
            size_bytes: 3,
            checksum: "sum".into(),
            file_created_at: DateTime::UNIX_EPOCH,
            file_modified_at: DateTime::UNIX_EPOCH,
            duration_ms: None,
            favorite: false,
            visibility: Visibility::Timeline,
            live_photo_video: None,
            sidecar_path: None,
        }
    }

    fn uploaded() -> AssetEvent {
        Asset::default()
            .decide(AssetCommand::Upload(Box::new(upload())))
            .expect("an unborn asset can be uploaded")
            .remove(0)
    }

    #[test]
    fn an_id_is_used_once() {
        let refusal = given::<Asset>([uploaded()]).when(AssetCommand::Upload(Box::new(upload()))).refused();
        assert_eq!(refusal, AssetRefusal::Exists);
    }

    #[test]
    fn nothing_can_be_asked_of_the_unborn_and_the_deleted() {
        assert_eq!(given::<Asset>([]).when(AssetCommand::Trash).refused(), AssetRefusal::Unknown);
        let history = [uploaded(), AssetDeletionRequested {}.into(), AssetDeleted {}.into()];
        assert_eq!(given::<Asset>(history).when(AssetCommand::Restore).refused(), AssetRefusal::Unknown);
    }

    #[test]
    fn trash_and_restore_say_only_what_changes() {
        given::<Asset>([uploaded()]).when(AssetCommand::Restore).then([]);
        given::<Asset>([uploaded()]).when(AssetCommand::Trash).then([AssetTrashed {}.into()]);
        given::<Asset>([uploaded(), AssetTrashed {}.into()]).when(AssetCommand::Trash).then([]);
        given::<Asset>([uploaded(), AssetTrashed {}.into()])
            .when(AssetCommand::Restore)
            .then([AssetRestored {}.into()]);
    }

    #[test]
    fn what_is_to_be_deleted_cannot_be_restored() {
        given::<Asset>([uploaded(), AssetDeletionRequested {}.into()]).when(AssetCommand::Restore).then([]);
    }

    #[test]
    fn a_deletion_is_confirmed_only_after_it_was_asked_for() {
        let refusal = given::<Asset>([uploaded()]).when(AssetCommand::ConfirmDeletion).refused();
        assert_eq!(refusal, AssetRefusal::DeletionNotRequested);
    }

    #[test]
    fn an_edit_yields_an_event_per_kind_of_change() {
        let edit = Edit {
            description: Some("at the lake".into()),
            favorite: Some(true),
            visibility: Some(Visibility::Timeline),
            ..Edit::default()
        };
        given::<Asset>([uploaded()]).when(AssetCommand::Edit(Box::new(edit))).then([
            DetailsEdited { description: Some("at the lake".to_owned().into()), ..DetailsEdited::default() }.into(),
            FavoriteChanged { favorite: true }.into(),
        ]);
    }

    #[test]
    fn what_was_said_can_be_taken_back() {
        let matters = vec![super::super::DetailMatter::Position];
        given::<Asset>([uploaded()])
            .when(AssetCommand::WithdrawDetails(matters.clone()))
            .then([DetailsWithdrawn { matters }.into()]);
        given::<Asset>([uploaded()]).when(AssetCommand::WithdrawDetails(Vec::new())).then([]);
    }

    #[test]
    fn the_checksum_is_claimed_at_birth_and_released_at_the_end() {
        let id = Uuid::from_u128(2);
        let mut asset = Asset::default();
        let birth = uploaded();
        let taken = asset.claims(id, &birth);
        asset.evolve(&birth);
        let released = asset.claims(id, &AssetDeleted {}.into());
        assert_eq!(taken[0].key, released[0].key);
        assert_eq!((taken[0].change, released[0].change), (crate::ClaimChange::Take, crate::ClaimChange::Release));
    }

    #[test]
    fn a_missing_key_is_named() {
        let refusal =
            given::<Asset>([uploaded()]).when(AssetCommand::RemoveKeyValue { key: "mobile-app".into() }).refused();
        assert_eq!(refusal, AssetRefusal::NoSuchKey("mobile-app".into()));
    }

    #[test]
    fn a_key_that_no_index_takes_is_refused() {
        let set = |length| AssetCommand::SetKeyValue { key: "k".repeat(length), value: serde_json::Map::new() };
        assert_eq!(given::<Asset>([uploaded()]).when(set(MAX_KEY_BYTES + 1)).refused(), AssetRefusal::KeyTooLong);
        assert!(Asset::default().decide(set(MAX_KEY_BYTES)).is_err_and(|refusal| refusal == AssetRefusal::Unknown));
    }

    #[test]
    fn a_tag_is_on_it_once() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        let tagged = |tags: &[Uuid]| -> AssetEvent { AssetTagged { tags: tags.to_vec() }.into() };
        given::<Asset>([uploaded(), tagged(&[a])]).when(AssetCommand::Tag(vec![b, a, b])).then([tagged(&[b])]);
        given::<Asset>([uploaded(), tagged(&[a])]).when(AssetCommand::Tag(vec![a])).then([]);
        given::<Asset>([uploaded(), tagged(&[a, b])])
            .when(AssetCommand::Untag(vec![b, c]))
            .then([AssetUntagged { tags: vec![b] }.into()]);
    }

    #[test]
    fn what_a_person_says_about_tags_outlasts_the_file() {
        let [a, b] = [1, 2].map(Uuid::from_u128);
        let read = |tags: &[Uuid]| -> AssetEvent { AssetTagsRead { tags: tags.to_vec() }.into() };
        given::<Asset>([uploaded()]).when(AssetCommand::ReadTags(vec![b, a])).then([read(&[a, b])]);
        given::<Asset>([uploaded(), read(&[a, b])]).when(AssetCommand::ReadTags(vec![b, a])).then([]);
        given::<Asset>([uploaded(), read(&[a])]).when(AssetCommand::ReadTags(Vec::new())).then([read(&[])]);
        let untagged = AssetUntagged { tags: vec![a] };
        given::<Asset>([uploaded(), read(&[a]), untagged.into()]).when(AssetCommand::ReadTags(vec![a])).then([]);
    }

    #[test]
    fn only_a_photo_has_a_moving_half() {
        let video = Upload { kind: AssetKind::Video, ..upload() };
        let birth = Asset::default().decide(AssetCommand::Upload(Box::new(video))).expect("uploads");
        let refusal = given::<Asset>(birth).when(AssetCommand::LinkLivePhoto { video: Uuid::from_u128(3) }).refused();
        assert_eq!(refusal, AssetRefusal::NotAPhoto);
    }
}
