//! What a position is called. The tables are loaded in the child, so that their memory goes when it
//! does.

use std::sync::OnceLock;

use albumen_domain::asset::{Place, Position};
use isocountry::CountryCode;
use tzf_rs::EmbeddedFinder;

use super::{DecodeFailure, places};

/// A place further away is not where the picture was taken.
const MAX_DISTANCE_KM: f64 = 25.0;

/// Countries that people call otherwise than the standard does.
const USUAL_NAMES: &[(&str, &str)] = &[
    ("BN", "Brunei"),
    ("BO", "Bolivia"),
    ("CD", "Democratic Republic of the Congo"),
    ("CG", "Republic of the Congo"),
    ("CI", "Ivory Coast"),
    ("CV", "Cape Verde"),
    ("CZ", "Czech Republic"),
    ("FK", "Falkland Islands"),
    ("FM", "Micronesia"),
    ("GB", "United Kingdom"),
    ("IR", "Iran"),
    ("KP", "North Korea"),
    ("KR", "South Korea"),
    ("LA", "Laos"),
    ("MD", "Moldova"),
    ("MF", "Saint Martin"),
    ("MK", "North Macedonia"),
    ("PS", "Palestine"),
    ("RU", "Russia"),
    ("SX", "Sint Maarten"),
    ("SY", "Syria"),
    ("SZ", "Eswatini"),
    ("TR", "Turkey"),
    ("TW", "Taiwan"),
    ("TZ", "Tanzania"),
    ("VA", "Vatican City"),
    ("VE", "Venezuela"),
    ("VG", "British Virgin Islands"),
    ("VI", "U.S. Virgin Islands"),
    ("VN", "Vietnam"),
    ("XK", "Kosovo"),
];

/// Names and time zone of a position; what isn't known is left out.
pub(super) fn locate(position: Position) -> Result<Place, DecodeFailure> {
    let time_zone = time_zone(position);
    let nowhere = Place { time_zone: time_zone.clone(), ..Place::default() };
    let Some((found, distance_km)) = places::nearest(position)? else { return Ok(nowhere) };
    let country = country_name(found.country_code);
    if distance_km > MAX_DISTANCE_KM {
        // In the desert the country is known. Zones of the sea are nobody's.
        let is_on_land = time_zone.as_ref().is_some_and(|zone| !zone.starts_with("Etc/"));
        let is_same = is_on_land && self::time_zone(found.position) == time_zone;
        return Ok(if is_same { Place { country, ..nowhere } } else { nowhere });
    }
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Place { city: said(found.name), state: said(found.state), country, time_zone })
}

fn time_zone(position: Position) -> Option<String> {
    static ZONES: OnceLock<EmbeddedFinder> = OnceLock::new();
    let name = ZONES.get_or_init(EmbeddedFinder::new).get_tz_name(position.longitude, position.latitude);
    (!name.is_empty()).then(|| name.to_owned())
}

fn country_name(code: &str) -> Option<String> {
    let usual = USUAL_NAMES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
    usual.or_else(|| CountryCode::for_alpha2(code).ok().map(|country| country.name())).map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> (String, String, String, String) {
        let place = locate(Position { latitude, longitude }).unwrap();
        let text = |part: Option<String>| part.unwrap_or_default();
        (text(place.city), text(place.state), text(place.country), text(place.time_zone))
    }

    #[test]
    fn positions_get_their_names() {
        for ((latitude, longitude), expected) in [
            ((40.7831, -73.9712), ("Manhattan", "New York", "United States of America", "America/New_York")),
            // In the middle of a quarter of its own.
            ((52.5, 13.35), ("Berlin", "Berlin", "Germany", "Europe/Berlin")),
            // Far from every town, but not at sea.
            ((25.0, 3.0), ("", "", "Algeria", "Africa/Algiers")),
            ((51.5074, -0.1278), ("London", "England", "United Kingdom", "Europe/London")),
            ((-33.45, -70.66), ("", "", "Chile", "America/Santiago")),
            ((35.68, 139.76), ("", "Tokyo", "Japan", "Asia/Tokyo")),
            ((-17.7, 179.99), ("", "", "", "Pacific/Fiji")),
        ] {
            let found = at(latitude, longitude);
            let parts =
                [(&found.0, expected.0), (&found.1, expected.1), (&found.2, expected.2), (&found.3, expected.3)];
            for (found, expected) in parts {
                assert!(expected.is_empty() || found == expected, "{latitude} {longitude}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn the_open_sea_has_only_a_zone() {
        let (city, state, country, zone) = at(-40.0, -120.0);
        assert_eq!((city.as_str(), state.as_str(), country.as_str()), ("", "", ""));
        assert!(zone.starts_with("Etc/GMT"), "{zone}");
    }

    #[test]
    fn every_usual_name_stands_for_a_country() {
        for (code, name) in USUAL_NAMES {
            assert_eq!(country_name(code).unwrap(), *name);
        }
        assert_eq!(country_name("ZZ"), None);
    }
}
