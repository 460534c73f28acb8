//! Operations of the tag "Map".

use albumen_domain::asset::Position;
use albumen_projections::{
    albums::MapMarker,
    library::{MapFilter, Marker, MarkerPages, Place},
};
use axum::{Json, extract::State, response::Response};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::Caller,
    app::App,
    dto::map::{MapMarkerResponseDto, MapMarkersQuery, MapReverseGeocodeQuery, MapReverseGeocodeResponseDto},
    edge::{
        ApiError, ValidQuery,
        pages::{Written, json_array},
    },
};

/// Most markers are shorter, so that one allocation is enough.
const USUAL_BYTES: usize = 160;

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

impl Written for MarkerPages {
    async fn write_next(&mut self, out: &mut Vec<u8>) -> Result<(), ApiError> {
        let page = self.next_page().await?;
        out.reserve(page.len() * USUAL_BYTES);
        write(out, page.places(), page.markers()).map_err(ApiError::internal_outside_handlers)
    }
}

/// Appends markers in the form of [`MapMarkerResponseDto`]. There are very many of them, in few places, so what is told
/// of a place is written once.
fn write<'a>(
    out: &mut Vec<u8>,
    places: impl Iterator<Item = &'a Place>,
    markers: impl Iterator<Item = Marker>,
) -> serde_json::Result<()> {
    let places = places.map(around).collect::<Result<Vec<_>, _>>()?;
    for (number, marker) in markers.enumerate() {
        let Some((before, behind)) = places.get(marker.place) else { continue };
        if number > 0 {
            out.push(b',');
        }
        out.extend(before.as_bytes());
        out.extend(marker.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        out.extend(b"\",\"lat\":");
        serde_json::to_writer(&mut *out, &marker.latitude)?;
        out.extend(b",\"lon\":");
        serde_json::to_writer(&mut *out, &marker.longitude)?;
        out.extend(behind.as_bytes());
    }
    Ok(())
}

/// What stands in front of a marker's id, and behind its position.
fn around(place: &Place) -> serde_json::Result<(String, String)> {
    let [city, country, state] = [&place.city, &place.country, &place.state].map(serde_json::to_string);
    Ok((format!(r#"{{"city":{},"country":{},"id":""#, city?, country?), format!(r#","state":{}}}"#, state?)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_written_as_their_document_says() {
        let text = |text: &str| Some(text.to_owned());
        let places = [
            Place { city: text("Berlin"), state: None, country: text("Germany \"DE\"") },
            Place::default(),
            Place { city: text("São\n"), state: text(""), country: None },
        ];
        let at = |number: u128, latitude, longitude, place| Marker {
            id: Uuid::from_u128(number << 90),
            latitude,
            longitude,
            place,
        };
        let markers =
            [at(1, 52.520_008, 13.404_954, 0), at(2, -0.0, 180.0, 2), at(3, 1e-7, -1.0, 1), at(4, 5.0, 1e20, 0)];
        for count in 0..=markers.len() {
            let shown = markers.iter().take(count).map(|shown| {
                let Place { city, state, country } = places[shown.place].clone();
                let (latitude, longitude) = (shown.latitude, shown.longitude);
                marker(MapMarker { id: shown.id, latitude, longitude, city, state, country })
            });
            let expected = serde_json::to_string(&shown.collect::<Vec<_>>()).expect("is JSON");
            let mut out = Vec::new();
            write(&mut out, places.iter(), markers.iter().take(count).copied()).expect("is JSON");
            assert_eq!(format!("[{}]", String::from_utf8_lossy(&out)), expected);
        }
    }
}
