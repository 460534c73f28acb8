//! The search by what is known of assets.

mod filter;

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asset_response::{Extras, asset_response};
use crate::{
    access::Caller,
    app::App,
    dto::{
        search::{MetadataSearchDto, SearchAlbumResponseDto, SearchAssetResponseDto, SearchOrderBy, SearchResponseDto},
        shared_links::{SharedLinkQuery, ShownAsset},
    },
    edge::{ApiError, ValidJson},
};

/// Results on a page where none is asked for.
const DEFAULT_SIZE: i64 = 250;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search_assets))
}

/// Finds assets that fit all filters.
#[utoipa::path(
    post, path = "/search/metadata", tag = "Search", operation_id = "searchAssets",
    params(SharedLinkQuery),
    request_body = MetadataSearchDto,
    responses((status = 200, body = SearchResponseDto))
)]
async fn search_assets(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<MetadataSearchDto>,
) -> Result<Json<SearchResponseDto>, ApiError> {
    let (page, size) = (body.page.unwrap_or(1), body.size.unwrap_or(DEFAULT_SIZE));
    let with_exif = body.with_exif == Some(true) || body.order_by == Some(SearchOrderBy::FileSizeInByte);
    app.all_albums_for(&caller, "album.read", body.album_ids.as_deref().unwrap_or_default()).await?;
    let filter = filter::metadata_filter(&app, &caller, body, page, size)?;
    let mut rows = app.reads.library().search(&filter).await?;
    // One more than the page holds was asked for, to see whether there is a next one.
    let has_more = rows.len() as i64 > size;
    rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let whole = |row| asset_response(&app, &caller, row, Extras { exif: with_exif, ..Extras::default() });
    let response = |row| ShownAsset::of(&caller, whole(row));
    let items: Vec<_> = rows.into_iter().map(response).collect();
    let count = items.len() as i64;
    Ok(Json(SearchResponseDto {
        albums: SearchAlbumResponseDto { count: 0, facets: Vec::new(), items: Vec::new(), total: 0 },
        assets: SearchAssetResponseDto {
            count,
            facets: Vec::new(),
            items,
            next_page: has_more.then(|| (page + 1).to_string()),
            total: count,
        },
    }))
}
