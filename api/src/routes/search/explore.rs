//! What there is to look for.

use albumen_projections::library::{AssetRow, Suggested, SuggestionFilter};
use axum::{Json, extract::State};
use uuid::Uuid;

use super::{Extras, asset_response, tag_response};
use crate::{
    access::Caller,
    app::App,
    dto::{
        assets::AssetResponseDto,
        search::{
            PlacesQuery, PlacesResponseDto, SearchExploreItem, SearchExploreResponseDto, SearchSuggestionType,
            SuggestionsQuery,
        },
        wire::WireDateTime,
    },
    edge::{ApiError, ValidQuery},
};

/// Things to explore of each kind.
const EXPLORED: i64 = 12;
/// A city of fewer assets is not worth a visit.
const MIN_ASSETS_PER_CITY: i64 = 5;

/// Cities and new photos, to begin with.
#[utoipa::path(
    get, path = "/search/explore", tag = "Search", operation_id = "getExploreData",
    responses((status = 200, body = Vec<SearchExploreResponseDto>))
)]
pub(super) async fn get_explore_data(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<SearchExploreResponseDto>>, ApiError> {
    let (owner, library) = (caller.user_id(), app.reads.library());
    let cities = library.photo_per_city(&[owner], MIN_ASSETS_PER_CITY, Some(EXPLORED)).await?;
    let newest = library.newest_photos(owner, EXPLORED).await?;
    let ids: Vec<Uuid> = cities.iter().chain(&newest).map(|row| row.id).collect();
    let tags = app.reads.tags().of_assets(&ids).await?;
    let explored = |field: &str, rows: Vec<AssetRow>, value: fn(&AssetRow) -> String| {
        let item = |row: AssetRow| {
            // A photo can be among both.
            let tags = tags.get(&row.id).into_iter().flatten().cloned().map(tag_response).collect();
            let extras = Extras { tags, ..Extras::default() };
            SearchExploreItem { value: value(&row), data: asset_response(&app, &caller, row, extras) }
        };
        SearchExploreResponseDto { field_name: field.to_owned(), items: rows.into_iter().map(item).collect() }
    };
    Ok(Json(vec![
        explored("exifInfo.city", cities, |row| row.city.clone().unwrap_or_default()),
        explored("createdAt", newest, |row| WireDateTime(row.created_at).to_string()),
    ]))
}

/// A photo of each city.
#[utoipa::path(
    get, path = "/search/cities", tag = "Search", operation_id = "getAssetsByCity",
    responses((status = 200, body = Vec<AssetResponseDto>))
)]
pub(super) async fn get_assets_by_city(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<AssetResponseDto>>, ApiError> {
    let owners = super::timeline_owners(&app, &caller).await?;
    let rows = app.reads.library().photo_per_city(&owners, 1, None).await?;
    let response = |row| asset_response(&app, &caller, row, Extras { exif: true, ..Extras::default() });
    Ok(Json(rows.into_iter().map(response).collect()))
}

/// Values that can be searched for, in ascending order.
#[utoipa::path(
    get, path = "/search/suggestions", tag = "Search", operation_id = "getSearchSuggestions",
    params(SuggestionsQuery),
    responses((status = 200, body = Vec<String>))
)]
pub(super) async fn get_search_suggestions(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<SuggestionsQuery>,
) -> Result<Json<Vec<Option<String>>>, ApiError> {
    let filter = SuggestionFilter {
        country: query.country,
        state: query.state,
        make: query.make,
        model: query.model,
        lens_model: query.lens_model,
    };
    let what = match query.kind {
        SearchSuggestionType::Country => Suggested::Country,
        SearchSuggestionType::State => Suggested::State,
        SearchSuggestionType::City => Suggested::City,
        SearchSuggestionType::CameraMake => Suggested::Make,
        SearchSuggestionType::CameraModel => Suggested::Model,
        SearchSuggestionType::CameraLensModel => Suggested::LensModel,
    };
    let owners = super::timeline_owners(&app, &caller).await?;
    let values = app.reads.library().suggestions(&owners, what, &filter).await?;
    let unknown = (query.include_null == Some(true)).then_some(None);
    Ok(Json(values.into_iter().map(Some).chain(unknown).collect()))
}

/// Places by their names.
#[utoipa::path(
    get, path = "/search/places", tag = "Search", operation_id = "searchPlaces",
    params(PlacesQuery),
    responses((status = 200, body = Vec<PlacesResponseDto>))
)]
pub(super) async fn search_places(
    State(app): State<App>,
    _caller: Caller,
    ValidQuery(query): ValidQuery<PlacesQuery>,
) -> Result<Json<Vec<PlacesResponseDto>>, ApiError> {
    let found = app.decoder.places(&query.name).await;
    let found = found.map_err(|failure| ApiError::internal("searchPlaces", failure))?;
    let shown = |place: albumen_workers::media::decode::NamedPlace| PlacesResponseDto {
        admin1_name: place.state,
        admin2_name: place.district,
        latitude: place.latitude,
        longitude: place.longitude,
        name: place.name,
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}
