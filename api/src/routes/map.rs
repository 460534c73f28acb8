//! Operations of the tag "Map".

use albumen_domain::asset::Position;
use albumen_projections::{
    albums::MapMarker,
    library::{MapFilter, MarkerPages},
};
use axum::{Json, extract::State, response::Response};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::Caller,
    app::App,
    dto::map::{MapMarkerResponseDto, MapMarkersQuery, MapReverseGeocodeQuery, MapReverseGeocodeResponseDto},
    edge::{
        ApiError, ValidQuery,
        pages::{Pages, json_array},
    },
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_map_markers)).routes(routes!(reverse_geocode))
}

/// A marker on the wire.
pub(super) fn marker(marker: MapMarker) -> MapMarkerResponseDto {
    MapMarkerResponseDto {
        city: marker.city,
        country: marker.country,
        id: marker.id,
        lat: marker.latitude,
        lon: marker.longitude,
        state: marker.state,
    }
}

/// Where the caller's assets were taken, the newest first.
#[utoipa::path(
    get, path = "/map/markers", tag = "Map", operation_id = "getMapMarkers",
    params(MapMarkersQuery),
    responses((status = 200, body = Vec<MapMarkerResponseDto>))
)]
async fn get_map_markers(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<MapMarkersQuery>,
) -> Result<Response, ApiError> {
    // Also those whom the caller does not want to see in the timeline.
    let partners = match query.with_partners {
        Some(true) => app.reads.sharing().sharing_with(caller.user_id(), false).await?,
        Some(false) | None => Vec::new(),
    };
    let filter = MapFilter {
        user: caller.user_id(),
        partners,
        with_albums: query.with_shared_albums == Some(true),
        with_archive: query.is_archived == Some(true),
        favorite: query.is_favorite,
        taken: (query.file_created_after.map(|time| time.0), query.file_created_before.map(|time| time.0)),
    };
    json_array(app.reads.library().markers(filter).await?).await
}

impl Pages for MarkerPages {
    type Item = MapMarkerResponseDto;

    async fn next(&mut self) -> Result<Vec<MapMarkerResponseDto>, ApiError> {
        Ok(Self::next_page(self).await?.into_iter().map(marker).collect())
    }
}

/// What a position is called.
#[utoipa::path(
    get, path = "/map/reverse-geocode", tag = "Map", operation_id = "reverseGeocode",
    params(MapReverseGeocodeQuery),
    responses((status = 200, body = Vec<MapReverseGeocodeResponseDto>))
)]
async fn reverse_geocode(
    State(app): State<App>,
    _caller: Caller,
    ValidQuery(query): ValidQuery<MapReverseGeocodeQuery>,
) -> Result<Json<Vec<MapReverseGeocodeResponseDto>>, ApiError> {
    let position = Position { latitude: query.lat, longitude: query.lon };
    let place = app.decoder.locate(position).await.map_err(|failure| ApiError::internal("reverseGeocode", failure))?;
    Ok(Json(vec![MapReverseGeocodeResponseDto { city: place.city, country: place.country, state: place.state }]))
}
