//! What is told of a thing: no more of it than devices keep.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    albums::AlbumRow,
    identity::AccountRow,
    library::AssetRow,
    memories::MemoryRow,
    people::{FaceRow, PersonRow},
    stacks::StackRow,
    texts::LineRow,
};

/// Declares a part of an asset's row that is read by itself.
macro_rules! part_of_an_asset {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type),+ }

        impl $name {
            pub(super) const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];

            /// The columns of it, each after `prefix`.
            pub(super) fn column_list(prefix: &str) -> String {
                Self::COLUMNS.iter().map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
            }

            /// Reads it from a row that begins with these columns.
            pub(super) fn from_row(row: &Row) -> Self {
                let mut columns = 0..;
                $(let $field = row.get(columns.next().unwrap_or_default());)+
                Self { $($field),+ }
            }
        }

        impl From<&AssetRow> for $name {
            fn from(row: &AssetRow) -> Self {
                Self { $($field: row.$field.clone()),+ }
            }
        }
    };
}

part_of_an_asset! {
    /// An asset, as a grid of pictures needs it. The fields are those of [`AssetRow`].
    #[allow(missing_docs)]
    pub struct AssetView {
        id: Uuid,
        owner_id: Uuid,
        kind: String,
        visibility: String,
        favorite: bool,
        taken_at: DateTime<Utc>,
        local_taken_at: NaiveDateTime,
        created_at: DateTime<Utc>,
        file_modified_at: DateTime<Utc>,
        trashed_at: Option<DateTime<Utc>>,
        width: Option<i32>,
        height: Option<i32>,
        thumbhash: Option<Vec<u8>>,
        duration_ms: Option<i64>,
        live_photo_video_id: Option<Uuid>,
        file_name: String,
        checksum: Vec<u8>,
    }
}

part_of_an_asset! {
    /// What is known of an asset's making. The fields are those of [`AssetRow`].
    #[allow(missing_docs)]
    pub struct ExifView {
        id: Uuid,
        description: String,
        raw_width: Option<i32>,
        raw_height: Option<i32>,
        size_bytes: i64,
        orientation: Option<i16>,
        date_time_original: Option<DateTime<Utc>>,
        modify_date: Option<DateTime<Utc>>,
        time_zone: Option<String>,
        latitude: Option<f64>,
        longitude: Option<f64>,
        projection_type: Option<String>,
        city: Option<String>,
        state: Option<String>,
        country: Option<String>,
        make: Option<String>,
        model: Option<String>,
        lens_model: Option<String>,
        f_number: Option<f64>,
        focal_length_mm: Option<f64>,
        iso: Option<i32>,
        exposure_time: Option<String>,
        profile_description: Option<String>,
        rating: Option<i16>,
        frames_per_second: Option<f64>,
    }
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Nothing: it only acknowledges or ends.
    Nothing,
    /// A user.
    Account(Box<AccountRow>),
    /// The user who asks, and how many bytes they use.
    OwnAccount(Box<AccountRow>, i64),
    /// An asset, and the stack that it is in.
    Asset(Box<AssetView>, Option<Uuid>),
    /// A stack.
    Stack(Box<StackRow>),
    /// What is known of an asset's making.
    Exif(Box<ExifView>),
    /// An album. Its thumbnail is one that is in it.
    Album(Box<AlbumRow>),
    /// A member of an album.
    AlbumUser {
        /// Of which album.
        album: Uuid,
        /// Who.
        user: Uuid,
        /// `owner`, `editor` or `viewer`.
        role: String,
    },
    /// An asset in an album.
    AlbumAsset {
        /// In which album.
        album: Uuid,
        /// Which asset.
        asset: Uuid,
    },
    /// Who shows what is theirs to whom.
    Partner {
        /// Who shows it.
        by: Uuid,
        /// To whom.
        with: Uuid,
        /// Whether it stands in the other's timeline.
        in_timeline: bool,
    },
    /// Something that a user has set: by which name, and the account that holds it.
    UserMetadata(String, Box<AccountRow>),
    /// A client's value.
    AssetMetadata {
        /// With which asset.
        asset: Uuid,
        /// Its name.
        key: String,
        /// The value.
        value: Value,
    },
    /// A memory.
    Memory(Box<MemoryRow>),
    /// An asset in a memory.
    MemoryAsset {
        /// In which memory.
        memory: Uuid,
        /// Which asset.
        asset: Uuid,
    },
    /// A person.
    Person(Box<PersonRow>),
    /// A face.
    Face(Box<FaceRow>),
    /// A line of text.
    Text(Box<LineRow>),
    /// Something is gone.
    Gone(GoneKey),
}

/// What is gone. Which of the ids mean what is up to the type of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoneKey {
    /// The user, or the album, by which it was reached.
    pub scope: Uuid,
    /// Its first id.
    pub a: Uuid,
    /// Its second id.
    pub b: Uuid,
    /// Its name.
    pub key: String,
    /// When it went.
    pub at: DateTime<Utc>,
}
