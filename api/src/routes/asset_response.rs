//! An asset of the read model as clients see it.

use albumen_domain::asset::{Visibility, media_type};
use albumen_projections::{
    library::{AssetBrief, AssetRow},
    stacks::StackSummary,
};
use albumen_workers::media::store::MediaPath;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::NaiveDateTime;

use crate::{
    access::Auth,
    app::App,
    dto::{
        assets::{AssetResponseDto, AssetStackResponseDto, AssetTypeEnum, AssetVisibility, ExifResponseDto},
        shared_links::{SanitizedAssetResponseDto, ShownAsset},
        tags::TagResponseDto,
        users::UserResponseDto,
    },
};

/// What is told of an asset besides itself.
#[derive(Debug, Default)]
pub struct Extras {
    /// What is known of its making.
    pub exif: bool,
    /// Its owner.
    pub owner: Option<UserResponseDto>,
    /// Its tags, by their paths.
    pub tags: Vec<TagResponseDto>,
    /// The stack that it is in.
    pub stack: Option<StackSummary>,
}

impl AssetTypeEnum {
    /// By the stored name.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        match kind {
            "image" => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            _ => Self::Other,
        }
    }

    /// The stored name.
    #[must_use]
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Other => "other",
        }
    }
}

impl AssetVisibility {
    /// By the stored name.
    #[must_use]
    pub fn of(visibility: &str) -> Self {
        match visibility {
            "archive" => Self::Archive,
            "hidden" => Self::Hidden,
            "locked" => Self::Locked,
            _ => Self::Timeline,
        }
    }

    /// In the words of the rules.
    #[must_use]
    pub const fn meant(self) -> Visibility {
        match self {
            Self::Archive => Visibility::Archive,
            Self::Timeline => Visibility::Timeline,
            Self::Hidden => Visibility::Hidden,
            Self::Locked => Visibility::Locked,
        }
    }
}

/// The asset as `auth` may see it.
#[must_use]
pub fn asset_response(app: &App, auth: &Auth, row: AssetRow, extras: Extras) -> AssetResponseDto {
    let exif_info = extras.exif.then(|| exif_response(&row));
    let Extras { owner, tags, stack, .. } = extras;
    AssetResponseDto {
        exif_info,
        owner,
        tags: Some(tags),
        stack: stack.map(stack_response),
        ..brief_response(app, auth, row.into())
    }
}

/// The asset as `auth` may see it, without anything besides itself.
#[must_use]
pub fn brief_response(app: &App, auth: &Auth, row: AssetBrief) -> AssetResponseDto {
    AssetResponseDto {
        checksum: STANDARD.encode(&row.checksum),
        created_at: row.created_at.into(),
        duplicate_id: row.duplicate_id,
        duration: row.duration_ms,
        exif_info: None,
        file_created_at: row.taken_at.into(),
        file_modified_at: row.file_modified_at.into(),
        has_metadata: true,
        height: row.height.map(i64::from),
        id: row.id,
        is_archived: row.visibility == "archive",
        is_edited: false,
        // Whether somebody else likes it is theirs to know.
        is_favorite: row.favorite && auth.is(row.owner_id),
        is_offline: false,
        is_trashed: row.trashed_at.is_some(),
        library_id: None,
        live_photo_video_id: row.live_photo_video_id,
        local_date_time: as_if_utc(row.local_taken_at).into(),
        original_mime_type: Some(media_type::mime(&row.file_name).to_owned()),
        original_file_name: row.file_name,
        original_path: absolute_path(app, &row.path),
        owner: None,
        owner_id: row.owner_id,
        people: Some(Vec::new()),
        resized: Some(true),
        stack: None,
        tags: Some(Vec::new()),
        thumbhash: row.thumbhash.map(|hash| STANDARD.encode(hash)),
        kind: AssetTypeEnum::of(&row.kind),
        updated_at: row.updated_at.into(),
        visibility: AssetVisibility::of(&row.visibility),
        width: row.width.map(i64::from),
    }
}

fn stack_response(stack: StackSummary) -> AssetStackResponseDto {
    AssetStackResponseDto { asset_count: stack.asset_count, id: stack.id, primary_asset_id: stack.primary_asset_id }
}

impl ShownAsset {
    /// What of an asset `auth` may see.
    #[must_use]
    pub fn of(auth: &Auth, asset: AssetResponseDto) -> Self {
        if !auth.sees_no_metadata() {
            return Self::Whole(Box::new(asset));
        }
        Self::Reduced(Box::new(SanitizedAssetResponseDto {
            duration: asset.duration,
            has_metadata: false,
            height: asset.height,
            id: asset.id,
            live_photo_video_id: asset.live_photo_video_id,
            local_date_time: asset.local_date_time,
            original_mime_type: asset.original_mime_type,
            thumbhash: asset.thumbhash,
            kind: asset.kind,
            width: asset.width,
        }))
    }
}

fn exif_response(row: &AssetRow) -> ExifResponseDto {
    ExifResponseDto {
        city: row.city.clone(),
        country: row.country.clone(),
        date_time_original: row.date_time_original.map(Into::into),
        description: Some(row.description.clone()),
        exif_image_height: row.raw_height.map(i64::from),
        exif_image_width: row.raw_width.map(i64::from),
        exposure_time: row.exposure_time.clone(),
        f_number: row.f_number,
        file_size_in_byte: Some(row.size_bytes),
        focal_length: row.focal_length_mm,
        iso: row.iso.map(i64::from),
        latitude: row.latitude,
        lens_model: row.lens_model.clone(),
        longitude: row.longitude,
        make: row.make.clone(),
        model: row.model.clone(),
        modify_date: row.modify_date.map(Into::into),
        orientation: row.orientation.map(|orientation| orientation.to_string()),
        projection_type: row.projection_type.clone(),
        rating: row.rating.map(i64::from),
        state: row.state.clone(),
        time_zone: row.time_zone.clone(),
    }
}

/// The wall clock at the place of capture is written as if it were UTC.
fn as_if_utc(local: NaiveDateTime) -> chrono::DateTime<chrono::Utc> {
    local.and_utc()
}

/// Clients show where an original lies on the server.
pub(super) fn absolute_path(app: &App, path: &str) -> String {
    let absolute = MediaPath::parse(path).ok().and_then(|path| app.media.local_path(&path));
    absolute.map_or_else(|| path.to_owned(), |path| path.to_string_lossy().into_owned())
}

/// What stands before each path where clients know it whole: the root of the media.
pub(super) fn media_root(app: &App) -> Option<String> {
    let probe = MediaPath::parse("x").ok().and_then(|path| app.media.local_path(&path));
    probe.as_deref().and_then(std::path::Path::parent).map(|root| format!("{}/", root.display()))
}

/// Clients know whole paths, the library those below the root of the media.
pub(super) fn below_root<'a>(app: &App, path: &'a str) -> &'a str {
    let root = media_root(app);
    root.as_deref().and_then(|root| path.strip_prefix(root)).unwrap_or(path)
}
