//! In which archives a download comes.

use albumen_projections::library::Packed;
use albumen_workers::media::layout::TopFolder;
use axum::{Json, extract::State, http::StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    access::{Auth, Caller},
    app::App,
    dto::{
        download::{DownloadArchiveInfo, DownloadInfoDto, DownloadResponseDto},
        shared_links::SharedLinkQuery,
    },
    edge::{ApiError, ValidJson},
    routes::users::preferences::preferences_of,
};

/// Size of an archive where neither the request nor the preferences say one: 4 GiB.
const DEFAULT_ARCHIVE_BYTES: i64 = 4 << 30;

/// Tells in which archives a download comes.
#[utoipa::path(
    post, path = "/download/info", tag = "Download", operation_id = "getDownloadInfo",
    params(SharedLinkQuery),
    request_body = DownloadInfoDto,
    responses((status = 201, body = DownloadResponseDto))
)]
pub(super) async fn get_download_info(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<DownloadInfoDto>,
) -> Result<(StatusCode, Json<DownloadResponseDto>), ApiError> {
    let preferences = preferences_of(&caller.account);
    let preferred = preferences.pointer("/download/archiveSize").and_then(Value::as_i64);
    // What its owner prefers is nothing to who comes by a link.
    let preferred = preferred.filter(|_| caller.link().is_none());
    let archive_bytes = body.archive_size.or(preferred).unwrap_or(DEFAULT_ARCHIVE_BYTES);
    let with_embedded = preferences.pointer("/download/includeEmbeddedVideos").and_then(Value::as_bool) == Some(true);
    let mut assets = wanted(&app, &caller, body).await?;
    assets.extend(moving_halves(&app, &assets, with_embedded).await?);
    let archives = archives_of(&assets, archive_bytes);
    let total_size = archives.iter().map(|archive| archive.size).sum();
    Ok((StatusCode::CREATED, Json(DownloadResponseDto { archives, total_size })))
}

async fn wanted(app: &App, auth: &Auth, body: DownloadInfoDto) -> Result<Vec<Packed>, ApiError> {
    let library = app.reads.library();
    if let Some(ids) = body.asset_ids {
        app.assets_for(auth, "asset.download", &ids).await?;
        return Ok(library.to_pack(&ids).await?);
    }
    if let Some(album) = body.album_id {
        app.album_for(auth, "album.download", album).await?;
        return Ok(library.to_pack_of_album(album).await?);
    }
    match body.user_id {
        Some(user) if auth.is(user) => Ok(library.to_pack_of_owner(user).await?),
        Some(_) => Err(ApiError::no_access("timeline.download")),
        None => Err(ApiError::bad_request("assetIds, albumId, or userId is required")),
    }
}

/// The moving halves of live photos that are not there already. What was cut out of a photo is still
/// in it, and comes along only for who prefers that.
async fn moving_halves(app: &App, assets: &[Packed], with_embedded: bool) -> Result<Vec<Packed>, ApiError> {
    let mut ids: Vec<Uuid> = assets.iter().filter_map(|asset| asset.live_photo_video_id).collect();
    ids.retain(|id| !assets.iter().any(|asset| asset.id == *id));
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut halves = app.reads.library().to_pack(&ids).await?;
    halves.retain(|half| with_embedded || !half.path.starts_with(TopFolder::EncodedVideo.as_str()));
    Ok(halves)
}

/// A new archive begins where the next file would make the last one too large.
fn archives_of(assets: &[Packed], archive_bytes: i64) -> Vec<DownloadArchiveInfo> {
    let mut archives: Vec<DownloadArchiveInfo> = Vec::new();
    for asset in assets {
        match archives.last_mut() {
            Some(archive) if archive.size.saturating_add(asset.size_bytes) <= archive_bytes => {
                archive.size += asset.size_bytes;
                archive.asset_ids.push(asset.id);
            }
            _ => archives.push(DownloadArchiveInfo { asset_ids: vec![asset.id], size: asset.size_bytes }),
        }
    }
    archives
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_filled_and_a_large_file_is_alone() {
        let asset = |number: u128, size_bytes| Packed {
            id: Uuid::from_u128(number),
            size_bytes,
            path: String::new(),
            live_photo_video_id: None,
        };
        let assets = [asset(1, 4), asset(2, 6), asset(3, 1), asset(4, 50), asset(5, 2)];
        let sizes = |bytes| archives_of(&assets, bytes).into_iter().map(|archive| archive.size).collect::<Vec<_>>();
        assert_eq!(sizes(10), [10, 1, 50, 2]);
        assert_eq!(sizes(100), [63]);
        assert_eq!(sizes(1), [4, 6, 1, 50, 2]);
        assert!(archives_of(&[], 10).is_empty());
    }
}
