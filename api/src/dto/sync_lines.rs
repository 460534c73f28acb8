//! What the phone apps' copy of a library is made of: the lines of a sync stream of which there are
//! many. They are no part of the published document, whose stream has no schema.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use albumen_projections::sync::{AssetView, ExifView};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use uuid::Uuid;

use super::{
    assets::{AssetTypeEnum, AssetVisibility},
    wire::WireDateTime,
};
/// An asset.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncAssetV2 {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub original_file_name: String,
    pub thumbhash: Option<String>,
    pub checksum: String,
    pub file_created_at: Option<WireDateTime>,
    pub file_modified_at: Option<WireDateTime>,
    pub created_at: Option<WireDateTime>,
    pub local_date_time: Option<WireDateTime>,
    pub duration: Option<i64>,
    #[serde(rename = "type")]
    pub kind: AssetTypeEnum,
    pub deleted_at: Option<WireDateTime>,
    pub is_favorite: bool,
    pub visibility: AssetVisibility,
    pub live_photo_video_id: Option<Uuid>,
    pub stack_id: Option<Uuid>,
    pub library_id: Option<Uuid>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub is_edited: bool,
}

impl SyncAssetV2 {
    /// The asset as `viewer` may see it: whether somebody else likes it is theirs to know.
    #[must_use]
    pub fn seen_by(viewer: Uuid, asset: AssetView, stack: Option<Uuid>) -> Self {
        Self {
            id: asset.id,
            owner_id: asset.owner_id,
            original_file_name: asset.file_name,
            thumbhash: asset.thumbhash.map(|hash| STANDARD.encode(hash)),
            checksum: STANDARD.encode(asset.checksum),
            file_created_at: Some(asset.taken_at.into()),
            file_modified_at: Some(asset.file_modified_at.into()),
            created_at: Some(asset.created_at.into()),
            local_date_time: Some(asset.local_taken_at.and_utc().into()),
            duration: asset.duration_ms,
            kind: AssetTypeEnum::of(&asset.kind),
            deleted_at: asset.trashed_at.map(Into::into),
            is_favorite: asset.favorite && asset.owner_id == viewer,
            visibility: AssetVisibility::of(&asset.visibility),
            live_photo_video_id: asset.live_photo_video_id,
            stack_id: stack,
            library_id: None,
            width: asset.width,
            height: asset.height,
            is_edited: false,
        }
    }
}

/// What is known of an asset's making.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncAssetExifV1 {
    pub asset_id: Uuid,
    pub description: Option<String>,
    pub exif_image_width: Option<i32>,
    pub exif_image_height: Option<i32>,
    pub file_size_in_byte: Option<i64>,
    pub orientation: Option<String>,
    pub date_time_original: Option<WireDateTime>,
    pub modify_date: Option<WireDateTime>,
    pub time_zone: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub projection_type: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub lens_model: Option<String>,
    pub f_number: Option<f64>,
    pub focal_length: Option<f64>,
    pub iso: Option<i32>,
    pub exposure_time: Option<String>,
    pub profile_description: Option<String>,
    pub rating: Option<i16>,
    pub fps: Option<f64>,
}

impl From<ExifView> for SyncAssetExifV1 {
    fn from(exif: ExifView) -> Self {
        Self {
            asset_id: exif.id,
            description: Some(exif.description),
            exif_image_width: exif.raw_width,
            exif_image_height: exif.raw_height,
            file_size_in_byte: Some(exif.size_bytes),
            orientation: exif.orientation.map(|orientation| orientation.to_string()),
            date_time_original: exif.date_time_original.map(Into::into),
            modify_date: exif.modify_date.map(Into::into),
            time_zone: exif.time_zone,
            latitude: exif.latitude,
            longitude: exif.longitude,
            projection_type: exif.projection_type,
            city: exif.city,
            state: exif.state,
            country: exif.country,
            make: exif.make,
            model: exif.model,
            lens_model: exif.lens_model,
            f_number: exif.f_number,
            focal_length: exif.focal_length_mm,
            iso: exif.iso,
            exposure_time: exif.exposure_time,
            profile_description: exif.profile_description,
            rating: exif.rating,
            fps: exif.frames_per_second,
        }
    }
}
