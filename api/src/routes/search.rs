//! The search by what is known of assets.

mod conditions;
mod cursor;
mod explore;
mod filter;
mod smart;

use std::collections::HashSet;

use albumen_projections::library::{AssetRow, Field, MetadataFilter, SortField};
use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    asset_response::{Extras, asset_response},
    people::present::{person, with_people},
    tags::tag_response,
    texts::narrow_to_text,
};
use crate::{
    access::{Auth, Caller},
    app::App,
    dto::{
        assets::AssetResponseDto,
        people::PersonResponseDto,
        search::{
            LargeAssetsQuery, MetadataSearchDto, RandomSearchDto, SearchAlbumResponseDto, SearchAssetResponseDto,
            SearchPeopleQuery, SearchResponseDto, SearchStatisticsResponseDto, StatisticsSearchDto,
        },
        shared_links::{SharedLinkQuery, ShownAsset},
    },
    edge::{ApiError, ValidJson, ValidQuery},
};

/// Results on a page where none is asked for.
const DEFAULT_SIZE: i64 = 250;
/// Persons whom a name finds at most.
const MAX_PERSONS: usize = 100;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_assets))
        .routes(routes!(smart::search_smart))
        .routes(routes!(search_random))
        .routes(routes!(search_large_assets))
        .routes(routes!(search_asset_statistics))
        .routes(routes!(search_person))
        .routes(routes!(explore::search_places))
        .routes(routes!(explore::get_explore_data))
        .routes(routes!(explore::get_assets_by_city))
        .routes(routes!(explore::get_search_suggestions))
}

/// Whose timeline somebody looks at.
async fn timeline_owners(app: &App, caller: &Auth) -> Result<Vec<Uuid>, ApiError> {
    let partners = app.partners_in_timeline(caller).await?;
    Ok(partners.into_iter().chain([caller.user_id()]).collect())
}

/// The partners whose assets can fit, too.
async fn partners(app: &App, caller: &Auth, search: &MetadataSearchDto) -> Result<Vec<Uuid>, ApiError> {
    if filter::suits_partners(search) { app.partners_in_timeline(caller).await } else { Ok(Vec::new()) }
}

/// The question whose answer is assets of the caller and of partners, whatever albums they are in.
async fn own_filter(
    app: &App,
    caller: &Auth,
    search: impl Into<MetadataSearchDto>,
) -> Result<MetadataFilter, ApiError> {
    let search = search.into();
    let size = search.size.unwrap_or(DEFAULT_SIZE);
    let mut filter = own_page(app, caller, search, 1, size).await?;
    filter.limit = size;
    Ok(filter)
}

/// The same for a page of the answer, and one result more.
async fn own_page(
    app: &App,
    caller: &Auth,
    search: impl Into<MetadataSearchDto>,
    page: i64,
    size: i64,
) -> Result<MetadataFilter, ApiError> {
    let search = search.into();
    let partners = partners(app, caller, &search).await?;
    let owners: Vec<Uuid> = partners.iter().copied().chain([caller.user_id()]).collect();
    let text = search.ocr.clone();
    let offset = (page - 1).saturating_mul(size);
    let mut filter = filter::metadata_filter(app, caller, search, partners, offset, size)?;
    app.all_albums_for(caller, "album.read", &conditions::albums(&filter.conditions).0).await?;
    if filter.owners.is_empty() {
        filter.owners = owners;
    }
    narrow_to_text(app, &mut filter, text.as_deref()).await?;
    Ok(filter)
}

/// Finds some assets that fit all filters, others each time.
#[utoipa::path(
    post, path = "/search/random", tag = "Search", operation_id = "searchRandom",
    request_body = RandomSearchDto,
    responses((status = 200, body = Vec<AssetResponseDto>))
)]
async fn search_random(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<RandomSearchDto>,
) -> Result<Json<Vec<AssetResponseDto>>, ApiError> {
    let (exif, wants_people) = (body.with_exif == Some(true), body.with_people == Some(true));
    let filter = own_filter(&app, &caller, body).await?;
    let rows = app.reads.library().search_random(&filter, Uuid::new_v4()).await?;
    let response = |row| asset_response(&app, &caller, row, Extras { exif, ..Extras::default() });
    let mut items: Vec<_> = rows.into_iter().map(response).collect();
    if wants_people {
        with_people(&app, &caller, &mut items).await?;
    }
    Ok(Json(items))
}

/// Finds the largest assets that fit all filters.
#[utoipa::path(
    post, path = "/search/large-assets", tag = "Search", operation_id = "searchLargeAssets",
    params(LargeAssetsQuery),
    responses((status = 200, body = Vec<AssetResponseDto>))
)]
async fn search_large_assets(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<LargeAssetsQuery>,
) -> Result<Json<Vec<AssetResponseDto>>, ApiError> {
    let larger_than = query.min_file_size.unwrap_or(0);
    let mut filter = own_filter(&app, &caller, query).await?;
    filter.larger_than = Some(larger_than);
    filter.sort = vec![(SortField::FileSize, false)];
    let rows = app.reads.library().search(&filter).await?;
    let response = |row| asset_response(&app, &caller, row, Extras { exif: true, ..Extras::default() });
    Ok(Json(rows.into_iter().map(response).collect()))
}

/// Counts the assets that fit all filters.
#[utoipa::path(
    post, path = "/search/statistics", tag = "Search", operation_id = "searchAssetStatistics",
    request_body = StatisticsSearchDto,
    responses((status = 200, body = SearchStatisticsResponseDto))
)]
async fn search_asset_statistics(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<StatisticsSearchDto>,
) -> Result<Json<SearchStatisticsResponseDto>, ApiError> {
    let filter = own_filter(&app, &caller, body).await?;
    let total = app.reads.library().count_found(&filter).await?;
    Ok(Json(SearchStatisticsResponseDto { total }))
}

/// Finds the caller's people by their names.
#[utoipa::path(
    get, path = "/search/person", tag = "Search", operation_id = "searchPerson",
    params(SearchPeopleQuery),
    responses((status = 200, body = Vec<PersonResponseDto>))
)]
async fn search_person(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<SearchPeopleQuery>,
) -> Result<Json<Vec<PersonResponseDto>>, ApiError> {
    let with_hidden = query.with_hidden == Some(true);
    let mut found = app.reads.people().by_name(caller.user_id(), &query.name, with_hidden).await?;
    found.truncate(MAX_PERSONS);
    Ok(Json(found.into_iter().map(|found| person(&app, found)).collect()))
}

/// Whether the persons and the tags that are asked for are the caller's: in an album of many, nobody
/// learns whom and what others know.
async fn knows_all(app: &App, caller: &Auth, filter: &MetadataFilter) -> Result<bool, ApiError> {
    let named = |field, ids: &[Uuid]| -> Vec<Uuid> {
        let more = conditions::ids(filter.conditions.each(), field, true);
        ids.iter().copied().chain(more).collect::<HashSet<_>>().into_iter().collect()
    };
    let (persons, tags) = (named(Field::Persons, &filter.persons), named(Field::Tags, &filter.tags));
    if persons.is_empty() && tags.is_empty() {
        return Ok(true);
    }
    if caller.link().is_some() {
        return Ok(false);
    }
    let known_persons = app.persons_among(caller, &persons).await?.len();
    let known_tags = app.tags_of(caller, &tags).await?.len();
    Ok(known_persons == persons.len() && known_tags == tags.len())
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
    let offset = match &body.cursor {
        Some(cursor) => cursor::offset(cursor)?,
        None => (page - 1).saturating_mul(size),
    };
    let with_people = body.with_people == Some(true);
    let wants_exif = body.with_exif == Some(true);
    app.all_albums_for(&caller, "album.read", body.album_ids.as_deref().unwrap_or_default()).await?;
    // What is in an album is found whosever it is.
    let is_in_albums = body.album_ids.as_ref().is_some_and(|albums| !albums.is_empty());
    let partners = if is_in_albums { Vec::new() } else { partners(&app, &caller, &body).await? };
    let text = body.ocr.clone();
    let mut filter = filter::metadata_filter(&app, &caller, body, partners, offset, size)?;
    app.all_albums_for(&caller, "album.read", &conditions::albums(&filter.conditions).0).await?;
    let with_exif = wants_exif || filter.sort.iter().any(|(field, _)| *field == SortField::FileSize);
    if !filter.albums.is_empty() || !filter.within.is_empty() {
        filter.nothing |= !knows_all(&app, &caller, &filter).await?;
    }
    narrow_to_text(&app, &mut filter, text.as_deref()).await?;
    let rows = app.reads.library().search(&filter).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut tags = app.reads.tags().of_assets(&ids).await?;
    let response = |row: AssetRow| {
        let tags = tags.remove(&row.id).into_iter().flatten().map(tag_response).collect();
        asset_response(&app, &caller, row, Extras { exif: with_exif, tags, ..Extras::default() })
    };
    let mut items: Vec<_> = rows.into_iter().map(response).collect();
    if with_people {
        self::with_people(&app, &caller, &mut items).await?;
    }
    Ok(Json(response_page(&caller, items, offset, size)))
}

/// A page of an answer from `offset` on, made of its results and of one more if there is a next page.
fn response_page(caller: &Auth, mut items: Vec<AssetResponseDto>, offset: i64, size: i64) -> SearchResponseDto {
    let has_more = items.len() as i64 > size;
    items.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let items: Vec<_> = items.into_iter().map(|item| ShownAsset::of(caller, item)).collect();
    let count = items.len() as i64;
    SearchResponseDto {
        albums: SearchAlbumResponseDto { count: 0, facets: Vec::new(), items: Vec::new(), total: 0 },
        assets: SearchAssetResponseDto {
            count,
            facets: Vec::new(),
            items,
            next_cursor: has_more.then(|| cursor::after(offset.saturating_add(size))),
            next_page: has_more.then(|| (offset / size + 2).to_string()),
            total: count,
        },
    }
}
