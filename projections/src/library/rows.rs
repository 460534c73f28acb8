//! The rows of this read model.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::runtime::{TableRow, table};

table! {
    /// An asset.
    pub struct AssetRow = "asset" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Whose.
        owner_id: Uuid = "uuid",
        /// First day of the month of `local_taken_at`.
        month: NaiveDate = "date",
        /// `image`, `video`, `audio` or `other`.
        kind: String = "text",
        /// `timeline`, `archive`, `hidden` or `locked`.
        visibility: String = "text",
        /// `active`, `trashed` or `deleted` (to be removed for good).
        status: String = "text",
        /// Whether its owner marked it.
        favorite: bool = "boolean",
        /// What the timeline shows, packed: see [`super::Tile`].
        tile: Vec<u8> = "bytea",
        /// What stands for all that maps tell of it; none where it is on no map: see `markers`.
        marker: Option<i64> = "bigint",
        /// Instant of capture.
        taken_at: DateTime<Utc> = "timestamptz",
        /// Wall clock at the place of capture.
        local_taken_at: NaiveDateTime = "timestamp",
        /// When it was uploaded.
        created_at: DateTime<Utc> = "timestamptz",
        /// When anything of it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
        /// When it was put into the trash.
        trashed_at: Option<DateTime<Utc>> = "timestamptz",
        /// As displayed, in pixels.
        width: Option<i32> = "integer",
        /// As displayed, in pixels.
        height: Option<i32> = "integer",
        /// Of the picture.
        thumbhash: Option<Vec<u8>> = "bytea",
        /// Of a video or an animation.
        duration_ms: Option<i64> = "bigint",
        /// Upper case.
        projection_type: Option<String> = "text",
        /// The moving half of a live photo.
        live_photo_video_id: Option<Uuid> = "uuid",
        /// Where it was taken.
        city: Option<String> = "text",
        /// Where it was taken.
        state: Option<String> = "text",
        /// Where it was taken.
        country: Option<String> = "text",
        /// Where it was taken.
        latitude: Option<f64> = "double precision",
        /// Where it was taken.
        longitude: Option<f64> = "double precision",
        /// Its group of duplicates.
        duplicate_id: Option<Uuid> = "uuid",
        /// As its owner knows it.
        file_name: String = "text",
        /// The same for searching: see [`super::folding`].
        file_name_folded: String = "text",
        /// Relative to the media root.
        path: String = "text",
        /// Relative to the media root.
        sidecar_path: Option<String> = "text",
        /// Length of the original.
        size_bytes: i64 = "bigint",
        /// SHA-1 of the original.
        checksum: Vec<u8> = "bytea",
        /// Of the original.
        file_modified_at: DateTime<Utc> = "timestamptz",
        /// What the client said at the upload.
        uploaded_file_created_at: DateTime<Utc> = "timestamptz",
        /// IANA name or `UTC+n`.
        time_zone: Option<String> = "text",
        /// Instant of capture, once the file was read.
        date_time_original: Option<DateTime<Utc>> = "timestamptz",
        /// Last change of the file, once it was read.
        modify_date: Option<DateTime<Utc>> = "timestamptz",
        /// As stored, in pixels.
        raw_width: Option<i32> = "integer",
        /// As stored, in pixels.
        raw_height: Option<i32> = "integer",
        /// EXIF, 1 to 8.
        orientation: Option<i16> = "smallint",
        /// Maker of the camera.
        make: Option<String> = "text",
        /// Model of the camera.
        model: Option<String> = "text",
        /// Model of the lens.
        lens_model: Option<String> = "text",
        /// Aperture number.
        f_number: Option<f64> = "double precision",
        /// In millimetres.
        focal_length_mm: Option<f64> = "double precision",
        /// Sensitivity.
        iso: Option<i32> = "integer",
        /// As text.
        exposure_time: Option<String> = "text",
        /// Of a video.
        frames_per_second: Option<f64> = "double precision",
        /// −1, or 1 to 5.
        rating: Option<i16> = "smallint",
        /// Empty when there is none.
        description: String = "text",
        /// The same for searching: see [`super::folding`].
        description_folded: String = "text",
        /// Array of hierarchical names.
        tags: Value = "jsonb",
        /// Joins the halves of a live photo.
        live_photo_id: Option<String> = "text",
        /// Joins the pictures of a burst.
        burst_id: Option<String> = "text",
        /// Per channel.
        bits_per_sample: Option<i32> = "integer",
        /// Name of the colour space.
        colorspace: Option<String> = "text",
        /// Of the colour profile.
        profile_description: Option<String> = "text",
        /// Relative to the media root.
        thumbnail_path: Option<String> = "text",
        /// Relative to the media root.
        preview_path: Option<String> = "text",
        /// Relative to the media root.
        fullsize_path: Option<String> = "text",
        /// What persons said, in the form of `fold::Edits`: it outlasts every new reading.
        edits: Value = "jsonb",
    }
}

/// Columns of which no answer about an asset tells anything, and what stands for them where only answers are made of
/// the row: they are a third of it.
const UNTOLD: [(&str, &str); 16] = [
    ("tile", "''::bytea"),
    ("marker", "NULL::bigint"),
    ("file_name_folded", "''::text"),
    ("sidecar_path", "NULL::text"),
    ("frames_per_second", "NULL::double precision"),
    ("description_folded", "''::text"),
    ("tags", "'[]'::jsonb"),
    ("live_photo_id", "NULL::text"),
    ("burst_id", "NULL::text"),
    ("bits_per_sample", "NULL::integer"),
    ("colorspace", "NULL::text"),
    ("profile_description", "NULL::text"),
    ("thumbnail_path", "NULL::text"),
    ("preview_path", "NULL::text"),
    ("fullsize_path", "NULL::text"),
    ("edits", "'{}'::jsonb"),
];

impl AssetRow {
    /// All columns as [`TableRow::column_list`] has them, but without what no answer tells.
    pub(crate) fn told_columns(prefix: &str) -> String {
        let told = |column: &&str| match UNTOLD.iter().find(|(untold, _)| untold == column) {
            Some((_, nothing)) => (*nothing).to_owned(),
            None => format!("{prefix}{column}"),
        };
        Self::COLUMNS.iter().map(told).collect::<Vec<_>>().join(", ")
    }
}

table! {
    /// What lists tell of an asset that does not say how it was made: a third of its columns. It is read alone.
    pub struct AssetBrief = "asset" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Whose.
        owner_id: Uuid = "uuid",
        /// `image`, `video`, `audio` or `other`.
        kind: String = "text",
        /// `timeline`, `archive`, `hidden` or `locked`.
        visibility: String = "text",
        /// Whether its owner marked it.
        favorite: bool = "boolean",
        /// Instant of capture.
        taken_at: DateTime<Utc> = "timestamptz",
        /// Wall clock at the place of capture.
        local_taken_at: NaiveDateTime = "timestamp",
        /// When it was uploaded.
        created_at: DateTime<Utc> = "timestamptz",
        /// When anything of it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
        /// When it was put into the trash.
        trashed_at: Option<DateTime<Utc>> = "timestamptz",
        /// As displayed, in pixels.
        width: Option<i32> = "integer",
        /// As displayed, in pixels.
        height: Option<i32> = "integer",
        /// Of the picture.
        thumbhash: Option<Vec<u8>> = "bytea",
        /// Of a video or an animation.
        duration_ms: Option<i64> = "bigint",
        /// The moving half of a live photo.
        live_photo_video_id: Option<Uuid> = "uuid",
        /// Its group of duplicates.
        duplicate_id: Option<Uuid> = "uuid",
        /// As its owner knows it.
        file_name: String = "text",
        /// Relative to the media root.
        path: String = "text",
        /// SHA-1 of the original.
        checksum: Vec<u8> = "bytea",
        /// Of the original.
        file_modified_at: DateTime<Utc> = "timestamptz",
    }
}

impl From<AssetRow> for AssetBrief {
    fn from(row: AssetRow) -> Self {
        Self {
            id: row.id,
            owner_id: row.owner_id,
            kind: row.kind,
            visibility: row.visibility,
            favorite: row.favorite,
            taken_at: row.taken_at,
            local_taken_at: row.local_taken_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            trashed_at: row.trashed_at,
            width: row.width,
            height: row.height,
            thumbhash: row.thumbhash,
            duration_ms: row.duration_ms,
            live_photo_video_id: row.live_photo_video_id,
            duplicate_id: row.duplicate_id,
            file_name: row.file_name,
            path: row.path,
            checksum: row.checksum,
            file_modified_at: row.file_modified_at,
        }
    }
}

table! {
    /// A value that a client keeps with an asset.
    pub struct KeyValueRow = "asset_key_value" [asset_id, key] {
        /// With which asset.
        asset_id: Uuid = "uuid",
        /// The client's own name for it.
        key: String = "text",
        /// Any JSON object.
        value: Value = "jsonb",
        /// When it was stored.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// What is in sight of an album, of one owner.
    pub struct AlbumSumRow = "album_sum" [album_id, owner_id] {
        /// Of which album.
        album_id: Uuid = "uuid",
        /// Whose assets.
        owner_id: Uuid = "uuid",
        /// How many.
        assets: i64 = "bigint",
        /// The first, by the wall clock at the place of capture.
        first_taken_at: NaiveDateTime = "timestamp",
        /// The last.
        last_taken_at: NaiveDateTime = "timestamp",
        /// When one of them last changed.
        last_updated_at: DateTime<Utc> = "timestamptz",
        /// The newest.
        newest_id: Uuid = "uuid",
        /// When that was taken.
        newest_taken_at: DateTime<Utc> = "timestamptz",
        /// The markers of all of them in one, see `markers`: it is another when there is another one, or elsewhere.
        digest: i64 = "bigint",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_has_its_column_and_its_type() {
        for (untold, nothing) in UNTOLD {
            let kind = AssetRow::COLUMNS.iter().zip(AssetRow::TYPES).find(|(column, _)| **column == untold);
            let (_, kind) = kind.expect("is a column");
            assert!(nothing.ends_with(&format!("::{kind}")), "{untold}: {nothing}");
        }
        assert_eq!(AssetRow::told_columns("").split(", ").count(), AssetRow::COLUMNS.len());
    }
}
