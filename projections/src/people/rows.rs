//! The rows of this read model.

use albumen_domain::{
    Personal,
    face::{DecidedBy, FaceAdded, FaceBox, FaceSource},
    person::{PersonCreated, PersonDetailsChanged, PersonSettingsChanged},
    processing::{FacesClustered, PeopleRegrouped},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// A person.
    pub struct PersonRow = "person" [id] {
        /// Their id.
        id: Uuid = "uuid",
        /// Whose photos show them.
        owner_id: Uuid = "uuid",
        /// Empty when there is none.
        name: String = "text",
        /// Day of birth.
        birth_date: Option<NaiveDate> = "date",
        /// Kept out of sight.
        hidden: bool = "boolean",
        /// Shown first.
        favorite: bool = "boolean",
        /// `#` and hexadecimal digits.
        color: Option<String> = "text",
        /// The face that stands for them.
        feature_face_id: Option<Uuid> = "uuid",
        /// Relative to the media root.
        thumbnail_path: Option<String> = "text",
        /// Faces in sight.
        face_count: i64 = "bigint",
        /// When somebody said that there is such a person.
        created_at: DateTime<Utc> = "timestamptz",
        /// When anything of them last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// A face.
    pub struct FaceRow = "face" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// On which asset.
        asset_id: Uuid = "uuid",
        /// Whose that is.
        owner_id: Uuid = "uuid",
        /// Whose face it is.
        person_id: Option<Uuid> = "uuid",
        /// Whose it is by the last word on it: since then they can have become another one, or be gone.
        said_person_id: Option<Uuid> = "uuid",
        /// `machine-learning`, `exif` or `manual`.
        source: String = "text",
        /// Of the frame in which the box is measured.
        frame_width: i32 = "integer",
        /// Of the frame in which the box is measured.
        frame_height: i32 = "integer",
        /// Left side of the box.
        x1: i32 = "integer",
        /// Upper side of the box.
        y1: i32 = "integer",
        /// Right side of the box.
        x2: i32 = "integer",
        /// Lower side of the box.
        y2: i32 = "integer",
        /// A user said whose it is, or that it is nobody's.
        by_hand: bool = "boolean",
        /// Of the run of the clusterer that said whose it is.
        generation: Option<i64> = "bigint",
        /// When a user said that it is no face.
        removed_at: Option<DateTime<Utc>> = "timestamptz",
        /// Not removed, and its asset is in the timeline.
        in_sight: bool = "boolean",
        /// When anything of it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// How far the faces of an owner are compared with each other.
    pub struct ClusteringRow = "clustering" [owner_id] {
        /// Whose faces.
        owner_id: Uuid = "uuid",
        /// Of which grouping the people are; 0 before the first.
        generation: i64 = "bigint",
        /// By the vectors of which model; none before the first.
        model: Option<String> = "text",
        /// Position of the newest vector that was known then.
        horizon: i64 = "bigint",
        /// When the faces were last counted up for all of them to have their turn.
        clustered_at: Option<DateTime<Utc>> = "timestamptz",
        /// When faces were last looked for.
        detected_at: Option<DateTime<Utc>> = "timestamptz",
    }
}

table! {
    /// An asset that is not in the timeline, or is gone: then it is both.
    pub struct OutOfSightRow = "out_of_sight" [asset_id] {
        /// Which asset.
        asset_id: Uuid = "uuid",
        /// Archived, hidden or locked.
        is_elsewhere: bool = "boolean",
        /// In the trash, or on the way out.
        is_trashed: bool = "boolean",
    }
}

impl ClusteringRow {
    /// Before anything of this owner was compared.
    #[must_use]
    pub const fn new(owner_id: Uuid) -> Self {
        Self { owner_id, generation: 0, model: None, horizon: 0, clustered_at: None, detected_at: None }
    }

    pub(super) fn compare(&mut self, clustered: &FacesClustered) {
        self.generation = clustered.generation;
        self.model = Some(clustered.model.clone());
        self.horizon = clustered.horizon;
        if clustered.is_complete {
            self.clustered_at = Some(clustered.began_at);
        }
    }

    pub(super) fn regroup(&mut self, regrouped: &PeopleRegrouped) {
        self.generation = regrouped.generation;
        self.model = Some(regrouped.model.clone());
        self.horizon = regrouped.horizon;
        self.clustered_at = Some(regrouped.began_at);
    }
}

/// Nothing of an erased value is shown.
fn shown(name: &Personal<String>) -> String {
    name.known().cloned().unwrap_or_default()
}

impl PersonRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &PersonCreated) -> Self {
        Self {
            id,
            owner_id: created.owner,
            name: shown(&created.name),
            birth_date: created.birth_date.as_ref().and_then(Personal::known).copied(),
            hidden: created.hidden,
            favorite: created.favorite,
            color: created.color.clone(),
            feature_face_id: None,
            thumbnail_path: None,
            face_count: 0,
            created_at: at,
            updated_at: at,
        }
    }

    pub(super) fn describe(&mut self, changed: &PersonDetailsChanged) {
        if let Some(name) = &changed.name {
            self.name = shown(name);
        }
        if let Some(birth_date) = &changed.birth_date {
            self.birth_date = birth_date.known().copied().flatten();
        }
    }

    pub(super) fn set(&mut self, changed: &PersonSettingsChanged) {
        self.hidden = changed.hidden.unwrap_or(self.hidden);
        self.favorite = changed.favorite.unwrap_or(self.favorite);
        if let Some(color) = &changed.color {
            self.color.clone_from(&color.hex);
        }
    }
}

impl FaceRow {
    /// Where it is.
    #[must_use]
    pub const fn area(&self) -> FaceBox {
        FaceBox {
            frame_width: self.frame_width,
            frame_height: self.frame_height,
            left: self.x1,
            top: self.y1,
            right: self.x2,
            bottom: self.y2,
        }
    }

    pub(super) fn added(id: Uuid, at: DateTime<Utc>, added: &FaceAdded, person_id: Option<Uuid>) -> Self {
        Self {
            id,
            asset_id: added.asset,
            owner_id: added.owner,
            person_id,
            said_person_id: added.person,
            source: added.source.as_str().to_owned(),
            frame_width: added.area.frame_width,
            frame_height: added.area.frame_height,
            x1: added.area.left,
            y1: added.area.top,
            x2: added.area.right,
            y2: added.area.bottom,
            by_hand: person_id.is_some() && added.source == FaceSource::Manual,
            generation: None,
            removed_at: None,
            in_sight: true,
            updated_at: at,
        }
    }

    /// `said` is whose it is said to be, `person` the same while they are there.
    pub(super) fn give_to(&mut self, said: Option<Uuid>, person: Option<Uuid>, by: DecidedBy, at: DateTime<Utc>) {
        self.person_id = person;
        self.said_person_id = said;
        self.by_hand = by == DecidedBy::Hand;
        self.generation = match by {
            DecidedBy::Clustering { generation } => Some(generation),
            DecidedBy::Hand | DecidedBy::File => None,
        };
        self.updated_at = at;
    }
}
