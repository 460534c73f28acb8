//! What an event makes of an asset's row.

use albumen_domain::{
    AnyEvent, Personal, Recorded,
    asset::{
        AssetEvent, AssetUploaded, DetailMatter, DetailsEdited, DetailsWithdrawn, LocatedPosition, RatingEdit,
        TakenAtEdit,
        metadata::{Chosen, Sources, Tags, interpret, without_place},
    },
    processing::{MetadataRead, PreviewKind, PreviewsMade, ProcessingEvent},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{folding::folded, rows::AssetRow};

mod before;

pub use before::{before, is_read};

/// What persons said about an asset, the newest word on each matter. Kept with the row, because
/// what the file says may be read again later and must not win.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Edits {
    /// Empty when they removed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<TakenAtEdit>,
    /// Where it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LocatedPosition>,
    /// They took back where it was taken, and what was read since can still be of a sidecar that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_withdrawn: Option<Withdrawn>,
    /// How good it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<RatingEdit>,
    /// With which lens it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens_model: Option<String>,
    /// Something about its tags; which ones is the business of `tags`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tagged: bool,
}

/// How far a word that was taken back is from being nowhere any more. A sidecar that still says it brings it back
/// to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withdrawn {
    /// By the event at this position, and the sidecar may still say it.
    At(i64),
    /// The event at this position tells that the sidecar says it no more; what was asked for before can have been
    /// read before.
    WrittenAt(i64),
}

impl Withdrawn {
    /// After the event at `position`, which answers what was asked for at `revision`: a sidecar was written, with
    /// what persons said by then.
    const fn written(self, position: i64, revision: i64) -> Self {
        match self {
            Self::At(withdrawn) if revision >= withdrawn => Self::WrittenAt(position),
            unwritten => unwritten,
        }
    }

    /// After a reading that was asked for at `revision`: none when it saw what was written since.
    const fn read(self, revision: i64) -> Option<Self> {
        match self {
            Self::WrittenAt(written) if revision >= written => None,
            unread => Some(unread),
        }
    }
}

impl Edits {
    fn of(row: &AssetRow) -> Self {
        serde_json::from_value(row.edits.clone()).unwrap_or_default()
    }

    fn add(&mut self, edited: &DetailsEdited) {
        if let Some(description) = edited.description.as_ref().and_then(Personal::known) {
            self.description = Some(description.clone());
        }
        if edited.taken_at.is_some() {
            self.taken_at.clone_from(&edited.taken_at);
        }
        if let Some(position) = edited.position.as_ref().and_then(Personal::known) {
            self.position = Some(position.clone());
            self.position_withdrawn = None;
        }
        if edited.rating.is_some() {
            self.rating = edited.rating;
        }
        if edited.lens_model.is_some() {
            self.lens_model.clone_from(&edited.lens_model);
        }
    }

    fn show_in(&self, row: &mut AssetRow) {
        if let Some(description) = &self.description {
            row.description_folded = folded(description);
            row.description.clone_from(description);
        }
        if let Some(taken_at) = &self.taken_at {
            row.date_time_original = Some(taken_at.instant);
            row.time_zone.clone_from(&taken_at.time_zone);
            row.set_taken_at(taken_at.instant, taken_at.local);
        }
        if let Some(located) = &self.position {
            row.latitude = Some(located.position.latitude);
            row.longitude = Some(located.position.longitude);
            row.city.clone_from(&located.place.city);
            row.state.clone_from(&located.place.state);
            row.country.clone_from(&located.place.country);
        }
        if let Some(rating) = self.rating {
            row.rating = rating.stars;
        }
        if let Some(lens_model) = &self.lens_model {
            row.lens_model = Some(lens_model.clone());
        }
    }
}

/// Cameras write a UUID. The column is indexed, and an entry of an index has to fit a page.
const MAX_LIVE_PHOTO_ID_BYTES: usize = 255;

/// First day of the month.
pub(super) fn month_of(local: NaiveDateTime) -> NaiveDate {
    local.date().with_day(1).unwrap_or_else(|| local.date())
}

impl AssetRow {
    /// The row of an asset that was just uploaded.
    pub(super) fn uploaded(id: Uuid, at: DateTime<Utc>, uploaded: &AssetUploaded) -> Self {
        let taken_at = uploaded.file_created_at;
        Self {
            id,
            owner_id: uploaded.owner,
            month: month_of(taken_at.naive_utc()),
            kind: uploaded.kind.as_str().to_owned(),
            visibility: uploaded.visibility.as_str().to_owned(),
            status: "active".to_owned(),
            favorite: uploaded.favorite,
            tile: Vec::new(),
            marker: None,
            taken_at,
            local_taken_at: taken_at.naive_utc(),
            created_at: at,
            updated_at: at,
            trashed_at: None,
            width: None,
            height: None,
            thumbhash: None,
            duration_ms: uploaded.duration_ms,
            projection_type: None,
            live_photo_video_id: uploaded.live_photo_video,
            city: None,
            state: None,
            country: None,
            latitude: None,
            longitude: None,
            duplicate_id: None,
            file_name: uploaded.file_name.known().cloned().unwrap_or_default(),
            file_name_folded: uploaded.file_name.known().map(|name| folded(name)).unwrap_or_default(),
            path: uploaded.path.clone(),
            sidecar_path: uploaded.sidecar_path.clone(),
            size_bytes: uploaded.size_bytes,
            checksum: STANDARD.decode(&uploaded.checksum).unwrap_or_default(),
            file_modified_at: uploaded.file_modified_at,
            uploaded_file_created_at: uploaded.file_created_at,
            time_zone: None,
            date_time_original: None,
            modify_date: None,
            raw_width: None,
            raw_height: None,
            orientation: None,
            make: None,
            model: None,
            lens_model: None,
            f_number: None,
            focal_length_mm: None,
            iso: None,
            exposure_time: None,
            frames_per_second: None,
            rating: None,
            description: String::new(),
            description_folded: String::new(),
            tags: Value::Array(Vec::new()),
            live_photo_id: None,
            burst_id: None,
            bits_per_sample: None,
            colorspace: None,
            profile_description: None,
            thumbnail_path: None,
            preview_path: None,
            fullsize_path: None,
            edits: Value::Object(serde_json::Map::new()),
        }
    }

    /// What persons said about it.
    #[must_use]
    pub fn said(&self) -> Edits {
        Edits::of(self)
    }

    /// A row with nothing in it but its times.
    #[cfg(test)]
    pub(super) fn for_tests(at: DateTime<Utc>) -> Self {
        use albumen_domain::asset::{AssetKind, Visibility};
        let uploaded = AssetUploaded {
            owner: Uuid::from_u128(7),
            kind: AssetKind::Image,
            file_name: Personal::Known(String::new()),
            path: String::new(),
            size_bytes: 0,
            checksum: String::new(),
            file_created_at: at,
            file_modified_at: at,
            duration_ms: None,
            favorite: false,
            visibility: Visibility::Timeline,
            live_photo_video: None,
            sidecar_path: None,
        };
        Self::uploaded(Uuid::nil(), at, &uploaded)
    }

    fn set_taken_at(&mut self, instant: DateTime<Utc>, local: NaiveDateTime) {
        self.taken_at = instant;
        self.local_taken_at = local;
        self.month = month_of(local);
    }

    /// Applies an event of this asset, other than its first, its last and its key values.
    pub(super) fn evolve(&mut self, recorded: &Recorded, event: &AssetEvent) {
        let at = recorded.recorded_at;
        self.updated_at = at;
        match event {
            AssetEvent::Uploaded(_) | AssetEvent::Deleted(_) => {}
            AssetEvent::KeyValueSet(_) | AssetEvent::KeyValueRemoved(_) => {}
            AssetEvent::Tagged(_) | AssetEvent::Untagged(_) => {
                self.keep(&Edits { tagged: true, ..Edits::of(self) });
            }
            AssetEvent::TagsRead(_) => {}
            AssetEvent::DetailsEdited(edited) => self.edit(edited),
            AssetEvent::DetailsWithdrawn(withdrawn) => self.withdraw(recorded.position, withdrawn),
            AssetEvent::FavoriteChanged(changed) => self.favorite = changed.favorite,
            AssetEvent::VisibilityChanged(changed) => changed.visibility.as_str().clone_into(&mut self.visibility),
            AssetEvent::Trashed(_) => self.leave("trashed", Some(at)),
            AssetEvent::Restored(_) => self.leave("active", None),
            AssetEvent::DeletionRequested(_) => self.leave("deleted", self.trashed_at.or(Some(at))),
            AssetEvent::LivePhotoLinked(linked) => self.live_photo_video_id = Some(linked.video),
            AssetEvent::LivePhotoUnlinked(_) => self.live_photo_video_id = None,
            AssetEvent::DuplicateGroupChanged(changed) => self.duplicate_id = changed.group,
            AssetEvent::SidecarReplaced(replaced) => self.sidecar_path.clone_from(&replaced.path),
        }
    }

    fn leave(&mut self, status: &str, trashed_at: Option<DateTime<Utc>>) {
        status.clone_into(&mut self.status);
        self.trashed_at = trashed_at;
    }

    fn keep(&mut self, edits: &Edits) {
        self.edits = serde_json::to_value(edits).unwrap_or_default();
    }

    fn edit(&mut self, edited: &DetailsEdited) {
        let mut edits = Edits::of(self);
        edits.add(edited);
        edits.show_in(self);
        self.keep(&edits);
    }

    /// Only of what was unknown before it was said is it taken back, so nothing is left to show until
    /// the file is read again.
    fn withdraw(&mut self, position: i64, withdrawn: &DetailsWithdrawn) {
        let mut edits = Edits::of(self);
        for matter in &withdrawn.matters {
            match matter {
                DetailMatter::Position => {
                    edits.position = None;
                    edits.position_withdrawn = Some(Withdrawn::At(position));
                    (self.latitude, self.longitude) = (None, None);
                    (self.city, self.state, self.country) = (None, None, None);
                }
                DetailMatter::LensModel => {
                    edits.lens_model = None;
                    self.lens_model = None;
                }
            }
        }
        self.keep(&edits);
    }

    /// Applies an outcome of slow work on this asset.
    pub(super) fn work_done(&mut self, recorded: &Recorded, event: &ProcessingEvent) {
        match event {
            ProcessingEvent::MetadataRead(read) => {
                self.updated_at = recorded.recorded_at;
                self.show_metadata(read);
            }
            ProcessingEvent::PreviewsMade(made) => {
                self.updated_at = recorded.recorded_at;
                self.show_previews(made);
            }
            ProcessingEvent::SidecarWritten(written) => {
                let mut edits = Edits::of(self);
                if let Some(withdrawn) = &mut edits.position_withdrawn {
                    *withdrawn = withdrawn.written(recorded.position, written.revision);
                    self.keep(&edits);
                }
            }
            ProcessingEvent::JobRequested(_)
            | ProcessingEvent::PersonThumbnailMade(_)
            | ProcessingEvent::AttemptFailed(_)
            | ProcessingEvent::DuplicatesSought(_)
            | ProcessingEvent::FacesDetected(_)
            | ProcessingEvent::FacesClustered(_)
            | ProcessingEvent::PeopleRegrouped(_)
            | ProcessingEvent::MailSettled(_) => {}
        }
    }

    fn show_metadata(&mut self, read: &MetadataRead) {
        let mut edits = Edits::of(self);
        if let Some(withdrawn) = edits.position_withdrawn {
            edits.position_withdrawn = withdrawn.read(read.revision);
            self.keep(&edits);
        }
        let nothing = Tags::new();
        let sidecar = read.sidecar.as_ref().and_then(Personal::known);
        // What was taken back is no more, whatever a sidecar says that was read too early.
        let believed = edits.position_withdrawn.and(sidecar).and_then(without_place);
        // Its names are of the place that the sidecar says.
        let place = if believed.is_some() { None } else { read.place.as_ref().and_then(Personal::known) };
        let sources = Sources {
            file: read.file.known().unwrap_or(&nothing),
            sidecar: believed.as_ref().or(sidecar),
            stat: &read.stat,
            probe: read.probe.as_ref(),
            place,
            uploaded_file_created_at: self.uploaded_file_created_at,
            is_video: self.kind == "video",
        };
        self.show_chosen(interpret(&sources));
        edits.show_in(self);
    }

    fn show_chosen(&mut self, chosen: Chosen) {
        self.set_taken_at(chosen.taken_at, chosen.local_taken_at);
        self.date_time_original = Some(chosen.taken_at);
        self.modify_date = Some(chosen.modified_at);
        self.file_modified_at = chosen.modified_at;
        self.time_zone = chosen.time_zone;
        self.width = chosen.width.or(self.width);
        self.height = chosen.height.or(self.height);
        self.raw_width = chosen.raw_width;
        self.raw_height = chosen.raw_height;
        self.orientation = chosen.orientation;
        self.make = chosen.make;
        self.model = chosen.model;
        self.lens_model = chosen.lens_model;
        self.f_number = chosen.f_number;
        self.focal_length_mm = chosen.focal_length_mm;
        self.iso = chosen.iso;
        self.exposure_time = chosen.exposure_time;
        self.frames_per_second = chosen.frames_per_second;
        self.rating = chosen.rating;
        self.description_folded = folded(&chosen.description);
        self.description = chosen.description;
        self.latitude = chosen.position.map(|position| position.latitude);
        self.longitude = chosen.position.map(|position| position.longitude);
        self.city = chosen.place.city;
        self.state = chosen.place.state;
        self.country = chosen.place.country;
        self.live_photo_id = chosen.live_photo_id.filter(|id| id.len() <= MAX_LIVE_PHOTO_ID_BYTES);
        self.burst_id = chosen.burst_id;
        self.projection_type = chosen.projection_type;
        self.bits_per_sample = chosen.bits_per_sample;
        self.colorspace = chosen.colorspace;
        self.profile_description = chosen.profile_description;
        self.tags = Value::from(chosen.tags);
        // A picture that does not move has no length, whatever its client said.
        let said = self.duration_ms.filter(|_| self.kind == "video");
        self.duration_ms = chosen.duration_ms.or(said);
    }

    fn show_previews(&mut self, made: &PreviewsMade) {
        let path = |kind| made.files.iter().find(|file| file.kind == kind).map(|file| file.path.clone());
        self.thumbnail_path = path(PreviewKind::Thumbnail);
        self.preview_path = path(PreviewKind::Preview);
        self.fullsize_path = path(PreviewKind::Fullsize);
        self.thumbhash = made.thumbhash.as_ref().and_then(|hash| STANDARD.decode(hash).ok());
        if self.width.is_none() || self.height.is_none() {
            self.width = Some(made.width);
            self.height = Some(made.height);
        }
    }
}

/// What an asset was after `events`: those of its own stream and of the work on it, in order. None
/// before its upload and after its end.
fn as_of<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Option<AssetRow> {
    let mut row = None;
    for recorded in events {
        match (&recorded.event, &mut row) {
            (AnyEvent::Asset(AssetEvent::Uploaded(uploaded)), _) => {
                row = Some(AssetRow::uploaded(recorded.stream.id, recorded.recorded_at, uploaded));
            }
            (AnyEvent::Asset(AssetEvent::Deleted(_)), _) => row = None,
            (AnyEvent::Asset(event), Some(row)) => row.evolve(recorded, event),
            (AnyEvent::Processing(event), Some(row)) => row.work_done(recorded, event),
            _ => {}
        }
    }
    row
}

#[cfg(test)]
mod tests;
