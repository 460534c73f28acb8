//! How links look on the wire.

use std::collections::HashMap;

use albumen_projections::{library::AssetRow, sharing::SharedLinkRow};
use uuid::Uuid;

use crate::{
    access::Auth,
    app::App,
    dto::{
        albums::AlbumResponseDto,
        shared_links::{SharedLinkResponseDto, SharedLinkType, ShownAsset},
    },
    edge::ApiError,
    routes::{
        albums::{album_of_link, albums_of_links},
        asset_response::{Extras, asset_response},
    },
};

/// Links in a list, each with one of its assets to stand for it.
pub(super) async fn list(
    app: &App,
    viewer: &Auth,
    links: Vec<SharedLinkRow>,
) -> Result<Vec<SharedLinkResponseDto>, ApiError> {
    let mut assets = assets_of(app, viewer, &links, true).await?;
    let ids: Vec<Uuid> = links.iter().filter_map(|link| link.album_id).collect();
    let albums = if ids.is_empty() { HashMap::new() } else { albums_of_links(app, viewer, &ids).await? };
    let shown = links.into_iter().map(|link| {
        // Several links can show one album.
        let album = link.album_id.and_then(|album| albums.get(&album)).cloned();
        let assets = assets.remove(&link.id).unwrap_or_default();
        response(link, album, assets)
    });
    Ok(shown.collect())
}

/// One link with all of its assets.
pub(super) async fn whole(app: &App, viewer: &Auth, link: SharedLinkRow) -> Result<SharedLinkResponseDto, ApiError> {
    let links = [link];
    let mut assets = assets_of(app, viewer, &links, false).await?;
    let [link] = links;
    let album = match link.album_id {
        Some(album) => album_of_link(app, viewer, album).await?,
        None => None,
    };
    let assets = assets.remove(&link.id).unwrap_or_default();
    Ok(response(link, album, assets))
}

async fn assets_of(
    app: &App,
    viewer: &Auth,
    links: &[SharedLinkRow],
    first_only: bool,
) -> Result<HashMap<Uuid, Vec<ShownAsset>>, ApiError> {
    let ids: Vec<Uuid> = links.iter().filter(|link| link.album_id.is_none()).map(|link| link.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let shown = |row: AssetRow| {
        ShownAsset::of(viewer, asset_response(app, viewer, row, Extras { exif: true, ..Extras::default() }))
    };
    let mut assets: HashMap<Uuid, Vec<ShownAsset>> = HashMap::new();
    for (link, row) in app.reads.sharing().assets_of_links(&ids, first_only).await? {
        assets.entry(link).or_default().push(shown(row));
    }
    Ok(assets)
}

fn response(link: SharedLinkRow, album: Option<AlbumResponseDto>, assets: Vec<ShownAsset>) -> SharedLinkResponseDto {
    SharedLinkResponseDto {
        album,
        allow_download: link.allow_download,
        allow_upload: link.allow_upload,
        assets,
        created_at: link.created_at.into(),
        description: link.description,
        expires_at: link.expires_at.map(Into::into),
        id: link.id,
        key: link.key,
        kind: if link.album_id.is_some() { SharedLinkType::Album } else { SharedLinkType::Individual },
        password: link.password,
        show_metadata: link.show_metadata,
        slug: link.slug,
        user_id: link.owner_id,
    }
}
