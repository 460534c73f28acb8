//! Operations of the tag "Asset files": what lies beside an original, for clients of version 3.2.
//!
//! They are their owner's alone to list: a sidecar says where a picture was taken and what its owner says of it.

mod picture_facts;

use std::time::SystemTime;

use albumen_domain::asset::media_type;
use albumen_projections::library::AssetRow;
use albumen_workers::media::store::MediaPath;
use axum::{Json, extract::State, http::HeaderMap, response::Response};
use chrono::{DateTime, Utc};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::picture_facts::PictureFacts;
use super::{asset_files::FileBytes, asset_response::absolute_path};
use crate::{
    access::{Auth, Caller},
    app::App,
    dto::{
        asset_files::{AssetFileResponseDto, AssetFileType, AssetFilesQuery},
        paths::IdPath,
    },
    edge::{
        ApiError, ValidPath, ValidQuery,
        files::{CachePolicy, FileOptions, serve_file},
    },
};

/// The kinds of files, each with what makes a file's id of its asset's. A file has no stream and no row of its own,
/// so its id has to tell whose it is. The numbers are odd ones without a pattern that leave a UUID's version alone.
const KINDS: [(AssetFileType, u128); 4] = [
    (AssetFileType::Fullsize, 0x6d1f_8a35_0000_0000_0000_c7e2_91b4_5d03),
    (AssetFileType::Preview, 0x25c9_e47b_0000_0000_0000_1a86_d3f0_79e5),
    (AssetFileType::Thumbnail, 0x93b2_0d6f_0000_0000_0000_e85c_4a17_b629),
    (AssetFileType::Sidecar, 0xf84a_537d_0000_0000_0000_36d1_0e9b_c2a7),
];

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_asset_files))
        .routes(routes!(get_asset_file))
        .routes(routes!(download_asset_file))
}

/// The files beside an original.
#[utoipa::path(
    get, path = "/asset-files", tag = "Asset files", operation_id = "searchAssetFiles",
    params(AssetFilesQuery),
    responses((status = 200, body = Vec<AssetFileResponseDto>))
)]
async fn search_asset_files(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<AssetFilesQuery>,
) -> Result<Json<Vec<AssetFileResponseDto>>, ApiError> {
    let asset = app.own_details_for(&caller, "assetFile.read", query.asset_id).await?;
    let mut found = Vec::new();
    for (kind, _) in KINDS {
        if let Some(path) = path_of(&asset, kind) {
            found.extend(shown(&app, &asset, kind, path).await?);
        }
    }
    let fits = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
    found.retain(|file| {
        query.kind.is_none_or(|kind| kind == file.kind)
            && fits(query.is_edited, file.is_edited)
            && fits(query.is_progressive, file.is_progressive)
            && fits(query.is_transparent, file.is_transparent)
    });
    Ok(Json(found))
}

/// One file beside an original.
#[utoipa::path(
    get, path = "/asset-files/{id}", tag = "Asset files", operation_id = "getAssetFile",
    params(IdPath),
    responses((status = 200, body = AssetFileResponseDto))
)]
async fn get_asset_file(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<AssetFileResponseDto>, ApiError> {
    const PERMISSION: &str = "assetFile.read";
    let (asset, kind) = file_for(&app, &caller, PERMISSION, path.id).await?;
    let path = path_of(&asset, kind).ok_or_else(|| ApiError::no_access(PERMISSION))?;
    let file = shown(&app, &asset, kind, path).await?;
    file.map(Json).ok_or_else(|| ApiError::no_access(PERMISSION))
}

/// Sends a file that lies beside an original.
#[utoipa::path(
    get, path = "/asset-files/{id}/download", tag = "Asset files", operation_id = "downloadAssetFile",
    params(IdPath),
    responses((status = 200, content_type = "application/octet-stream", body = inline(FileBytes)))
)]
async fn download_asset_file(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Response, ApiError> {
    const PERMISSION: &str = "assetFile.download";
    let send = async {
        let (asset, kind) = file_for(&app, &caller, PERMISSION, path.id).await?;
        let path = path_of(&asset, kind).ok_or_else(|| ApiError::no_access(PERMISSION))?;
        let local = MediaPath::parse(path).ok().and_then(|path| app.media.local_path(&path));
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let options = FileOptions::new(media_type::mime(path), CachePolicy::PrivateWithCache).named(name);
        serve_file(&local.ok_or_else(ApiError::not_found)?, &headers, options).await
    };
    send.await.map_err(ApiError::masked_as_missing_file)
}

/// The asset and the kind that an id means, if there is such a file and it is the caller's.
async fn file_for(app: &App, caller: &Auth, permission: &str, id: Uuid) -> Result<(AssetRow, AssetFileType), ApiError> {
    for (kind, _) in KINDS {
        match app.own_details_for(caller, permission, asset_of(id, kind)).await {
            Ok(asset) if path_of(&asset, kind).is_some() => return Ok((asset, kind)),
            Ok(_) => {}
            Err(error) if error.is_no_access() => {}
            Err(error) => return Err(error),
        }
    }
    Err(ApiError::no_access(permission))
}

fn number_of(kind: AssetFileType) -> u128 {
    KINDS.iter().find(|(known, _)| *known == kind).map_or(0, |(_, number)| *number)
}

fn id_of(asset: Uuid, kind: AssetFileType) -> Uuid {
    Uuid::from_u128(asset.as_u128() ^ number_of(kind))
}

/// The other way round: twice makes it what it was.
fn asset_of(file: Uuid, kind: AssetFileType) -> Uuid {
    id_of(file, kind)
}

fn path_of(asset: &AssetRow, kind: AssetFileType) -> Option<&str> {
    match kind {
        AssetFileType::Fullsize => asset.fullsize_path.as_deref(),
        AssetFileType::Preview => asset.preview_path.as_deref(),
        AssetFileType::Thumbnail => asset.thumbnail_path.as_deref(),
        AssetFileType::Sidecar => asset.sidecar_path.as_deref(),
        AssetFileType::EncodedVideo => None,
    }
}

/// What a file is; none where it is not there any more.
async fn shown(
    app: &App,
    asset: &AssetRow,
    kind: AssetFileType,
    path: &str,
) -> Result<Option<AssetFileResponseDto>, ApiError> {
    let Some(local) = MediaPath::parse(path).ok().and_then(|path| app.media.local_path(&path)) else {
        return Ok(None);
    };
    let facts = tokio::task::spawn_blocking(move || PictureFacts::of_file(&local)).await;
    let facts = facts.map_err(ApiError::internal_outside_handlers)?;
    let Ok((facts, modified)) = facts else { return Ok(None) };
    Ok(Some(AssetFileResponseDto {
        created_at: asset.created_at.into(),
        id: id_of(asset.id, kind),
        is_edited: path.contains("_edited."),
        is_progressive: facts.is_progressive,
        is_transparent: facts.is_transparent,
        path: absolute_path(app, path),
        kind,
        updated_at: DateTime::<Utc>::from(modified.max(SystemTime::UNIX_EPOCH)).into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_file_tells_its_asset_and_is_that_of_no_other() {
        let asset = Uuid::new_v4();
        let ids: Vec<Uuid> = KINDS.iter().map(|(kind, _)| id_of(asset, *kind)).collect();
        for (id, (kind, _)) in ids.iter().zip(KINDS) {
            assert_eq!(asset_of(*id, kind), asset);
            assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122));
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1);
        }
        assert!(!ids.contains(&asset));
    }
}
