//! Sending originals, small pictures and films.
//!
//! A page of the timeline asks for hundreds of thumbnails at once, so their way is short: one
//! look-up that is shared with those who ask at the same time, one hop to a blocking thread.

use albumen_domain::asset::media_type;
use albumen_projections::library::AssetPaths;
use albumen_workers::media::store::MediaPath;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::Caller,
    app::App,
    dto::{
        assets::{AssetDownloadQuery, AssetMediaQuery, AssetMediaSize},
        forms,
        paths::IdPath,
        shared_links::SharedLinkQuery,
    },
    edge::{
        ApiError, ValidPath, ValidQuery,
        files::{CachePolicy, FileOptions, serve_file},
    },
};

/// The operations of this tag that send files.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(download_asset)).routes(routes!(view_asset)).routes(routes!(play_asset_video))
}

/// Describes the bytes of a file in the document.
pub struct FileBytes;

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        forms::binary().into()
    }
}

impl ToSchema for FileBytes {}

/// Sends the original.
#[utoipa::path(
    get, path = "/assets/{id}/original", tag = "Assets", operation_id = "downloadAsset",
    params(IdPath, AssetDownloadQuery),
    responses((status = 200, content_type = "application/octet-stream", body = inline(FileBytes)))
)]
async fn download_asset(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    ValidPath(path): ValidPath<IdPath>,
    ValidQuery(_query): ValidQuery<AssetDownloadQuery>,
) -> Result<Response, ApiError> {
    let send = async {
        let asset = app.asset_for(&caller, "asset.download", path.id).await?;
        let name = format!("{}{}", base_name(&asset.file_name), media_type::extension(&asset.path));
        send(&app, &headers, &asset.path, Some(name)).await
    };
    send.await.map_err(ApiError::masked_as_missing_file)
}

/// Sends a film in a form that browsers play.
#[utoipa::path(
    get, path = "/assets/{id}/video/playback", tag = "Assets", operation_id = "playAssetVideo",
    params(IdPath, SharedLinkQuery),
    responses((status = 200, content_type = "application/octet-stream", body = inline(FileBytes)))
)]
async fn play_asset_video(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Response, ApiError> {
    let play = async {
        let asset = app.asset_for(&caller, "asset.view", path.id).await?;
        if asset.kind != "video" {
            return Err(ApiError::not_found());
        }
        send(&app, &headers, &asset.path, None).await
    };
    play.await.map_err(ApiError::masked_as_missing_file)
}

/// Sends a small picture, or says where else to look.
#[utoipa::path(
    get, path = "/assets/{id}/thumbnail", tag = "Assets", operation_id = "viewAsset",
    params(IdPath, AssetMediaQuery),
    responses((status = 200, content_type = "application/octet-stream", body = inline(FileBytes)))
)]
async fn view_asset(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(raw_query): RawQuery,
    ValidPath(path): ValidPath<IdPath>,
    ValidQuery(query): ValidQuery<AssetMediaQuery>,
) -> Result<Response, ApiError> {
    let asset = app.asset_for(&caller, "asset.view", path.id).await?;
    let size = query.size.unwrap_or(AssetMediaSize::Thumbnail);
    match picture(&asset, size, query.edited) {
        Picture::File(picture) => {
            // The name of the file is one of the things that a link can hide.
            let id = asset.id.to_string();
            let base = if caller.sees_no_metadata() { id.as_str() } else { base_name(&asset.file_name) };
            let name = format!("{base}_{}{}", size_name(size), media_type::extension(picture));
            send(&app, &headers, picture, Some(name)).await
        }
        Picture::Original => Ok(found(&redirect_to("original", None, raw_query.as_deref()))),
        Picture::Preview => Ok(found(&redirect_to("thumbnail", Some("preview"), raw_query.as_deref()))),
        Picture::Missing => Err(ApiError::not_found_because("Asset media not found")),
    }
}

/// What answers the wish for a picture.
#[derive(Debug, PartialEq, Eq)]
enum Picture<'a> {
    File(&'a str),
    Original,
    Preview,
    Missing,
}

fn picture<'a>(asset: &'a AssetPaths, size: AssetMediaSize, edited: bool) -> Picture<'a> {
    let file = |path: Option<&'a str>| path.map_or(Picture::Missing, Picture::File);
    match size {
        AssetMediaSize::Original => Picture::Original,
        AssetMediaSize::Thumbnail => file(asset.thumbnail_path.as_deref()),
        AssetMediaSize::Preview => file(asset.preview_path.as_deref()),
        AssetMediaSize::Fullsize if is_shown_as_it_is(asset) && !edited => Picture::Original,
        AssetMediaSize::Fullsize => asset.fullsize_path.as_deref().map_or(Picture::Preview, Picture::File),
    }
}

fn is_shown_as_it_is(asset: &AssetPaths) -> bool {
    asset.kind == "image" && media_type::is_web_image(&asset.path)
}

const fn size_name(size: AssetMediaSize) -> &'static str {
    match size {
        AssetMediaSize::Original => "original",
        AssetMediaSize::Fullsize => "fullsize",
        AssetMediaSize::Preview => "preview",
        AssetMediaSize::Thumbnail => "thumbnail",
    }
}

/// A file's name without its extension.
fn base_name(file_name: &str) -> &str {
    file_name.strip_suffix(media_type::extension(file_name)).unwrap_or(file_name)
}

/// A relative address with the query of the request, but for the size.
fn redirect_to(place: &str, size: Option<&str>, query: Option<&str>) -> String {
    let kept = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("size="));
    let size = size.map(|size| format!("size={size}"));
    let pairs: Vec<&str> = size.as_deref().into_iter().chain(kept).collect();
    if pairs.is_empty() { place.to_owned() } else { format!("{place}?{}", pairs.join("&")) }
}

fn found(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        return ApiError::not_found().into_response();
    };
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

async fn send(app: &App, headers: &HeaderMap, path: &str, name: Option<String>) -> Result<Response, ApiError> {
    let local = MediaPath::parse(path).ok().and_then(|path| app.media.local_path(&path));
    let local = local.ok_or_else(ApiError::not_found)?;
    let options = FileOptions::new(media_type::mime(path), CachePolicy::PrivateWithCache);
    let options = match name {
        Some(name) => options.named(name),
        None => options,
    };
    serve_file(&local, headers, options).await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn asset(kind: &str, path: &str) -> AssetPaths {
        AssetPaths {
            id: Uuid::nil(),
            owner_id: Uuid::nil(),
            visibility: "timeline".into(),
            status: "active".into(),
            kind: kind.into(),
            file_name: "a.b.jpg".into(),
            path: path.into(),
            thumbnail_path: Some("thumbs/a_thumbnail.webp".into()),
            preview_path: None,
            fullsize_path: None,
        }
    }

    #[test]
    fn what_is_missing_is_looked_for_elsewhere() {
        use AssetMediaSize::{Fullsize, Original, Preview, Thumbnail};
        let photo = asset("image", "upload/a.jpg");
        let raw = asset("image", "upload/a.dng");
        let film = asset("video", "upload/a.mp4");
        let with_fullsize = AssetPaths { fullsize_path: Some("thumbs/a_fullsize.jpeg".into()), ..raw.clone() };
        for (asset, size, edited, expected) in [
            (&photo, Thumbnail, false, Picture::File("thumbs/a_thumbnail.webp")),
            (&photo, Preview, false, Picture::Missing),
            (&photo, Original, false, Picture::Original),
            (&photo, Fullsize, false, Picture::Original),
            (&photo, Fullsize, true, Picture::Preview),
            (&raw, Fullsize, false, Picture::Preview),
            (&film, Fullsize, false, Picture::Preview),
            (&with_fullsize, Fullsize, false, Picture::File("thumbs/a_fullsize.jpeg")),
        ] {
            assert_eq!(picture(asset, size, edited), expected, "{size:?} of {}", asset.path);
        }
    }

    #[test]
    fn redirections_keep_the_query() {
        let query = Some("size=fullsize&edited=true&key=k%2B&c=x");
        assert_eq!(redirect_to("original", None, query), "original?edited=true&key=k%2B&c=x");
        let expected = "thumbnail?size=preview&edited=true&key=k%2B&c=x";
        assert_eq!(redirect_to("thumbnail", Some("preview"), query), expected);
        assert_eq!(redirect_to("original", None, Some("size=original")), "original");
        assert_eq!(redirect_to("original", None, None), "original");
    }

    #[test]
    fn names_lose_their_extension_alone() {
        assert_eq!(base_name("a.b.jpg"), "a.b");
        assert_eq!(base_name(".jpg"), ".jpg");
        assert_eq!(base_name("a"), "a");
    }
}
