//! The populated places of the world: which one is near, and which ones are so called. The data are those
//! of GeoNames (CC BY 4.0); `workers/places/make` says how they came here.

use std::{
    collections::HashMap,
    io::{self, Read},
    sync::OnceLock,
};

use albumen_domain::asset::Position;
use albumen_projections::text::{self, Trigram};
use flate2::read::GzDecoder;

use super::{DecodeFailure, NamedPlace};

const DATA: &[u8] = include_bytes!("../../../places/places.tsv.gz");
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Places that a search finds at most.
const MAX_FOUND: usize = 20;
/// What is less alike is not found.
const MIN_SIMILARITY: f32 = 0.5;
/// How far away a name is that there isn't.
const DISTANCE_OF_NOTHING: f32 = 0.1;
/// The longest name that is searched for: the longest place has some 80 letters.
const MAX_QUERY_LETTERS: usize = 200;

/// A populated place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub name: &'static str,
    /// Empty when it is not known.
    pub state: &'static str,
    /// Empty when it is not known.
    pub district: &'static str,
    /// Two letters.
    pub country_code: &'static str,
    pub position: Position,
    /// On the unit sphere.
    direction: [f64; 3],
}

/// All of them, read at the first use. They stay as long as the process, which is not long.
pub(super) fn all() -> Result<&'static [Place], DecodeFailure> {
    static PLACES: OnceLock<Result<Vec<Place>, String>> = OnceLock::new();
    let places = PLACES.get_or_init(|| read().map_err(|error| format!("the table of places is damaged: {error}")));
    places.as_deref().map_err(DecodeFailure::of_circumstances)
}

fn read() -> io::Result<Vec<Place>> {
    let mut table = String::new();
    GzDecoder::new(DATA).read_to_string(&mut table)?;
    let table: &'static str = table.leak();
    table.lines().map(|line| place_of(line).ok_or_else(|| io::Error::other(line))).collect()
}

fn place_of(line: &'static str) -> Option<Place> {
    let mut fields = line.split('\t');
    let (name, state, district, country_code) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let position = Position { latitude: fields.next()?.parse().ok()?, longitude: fields.next()?.parse().ok()? };
    Some(Place { name, state, district, country_code, position, direction: direction_of(position) })
}

fn direction_of(position: Position) -> [f64; 3] {
    let (latitude, longitude) = (position.latitude.to_radians(), position.longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

/// The nearest place, and how far it is in kilometres. All are looked at: that takes less time than the
/// question's way here.
pub(super) fn nearest(position: Position) -> Result<Option<(&'static Place, f64)>, DecodeFailure> {
    let wanted = direction_of(position);
    let chord_squared =
        |place: &Place| -> f64 { place.direction.iter().zip(wanted).map(|(left, right)| (left - right).powi(2)).sum() };
    let measured = all()?.iter().map(|place| (place, chord_squared(place)));
    let nearest = measured.min_by(|(_, left), (_, right)| left.total_cmp(right));
    Ok(nearest.map(|(place, chord)| (place, 2.0 * EARTH_RADIUS_KM * (chord.sqrt() / 2.0).min(1.0).asin())))
}

/// The places whose name, or that of their state or district, is like this one, the most alike first.
pub(super) fn search(name: &str) -> Result<Vec<NamedPlace>, DecodeFailure> {
    let name: String = name.chars().take(MAX_QUERY_LETTERS).collect();
    let index = index()?;
    let mut search = Search::new(index, &name);
    let mut found: Vec<(f32, &Place)> = Vec::new();
    for (place, names) in all()?.iter().zip(&index.names_of) {
        if names.iter().any(|name| search.is_alike(*name)) {
            let distance = names.iter().map(|name| search.distance(*name)).sum();
            found.push((distance, place));
        }
    }
    found.sort_by(|(a, left), (b, right)| a.total_cmp(b).then_with(|| left.name.cmp(right.name)));
    found.truncate(MAX_FOUND);
    Ok(found.into_iter().map(|(_, place)| named(place)).collect())
}

fn named(place: &Place) -> NamedPlace {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    NamedPlace {
        name: place.name.to_owned(),
        state: said(place.state),
        district: said(place.district),
        latitude: place.position.latitude,
        longitude: place.position.longitude,
    }
}

/// All names that places have, by the groups of letters in them.
struct Index {
    /// Each once; the first is empty.
    names: Vec<&'static str>,
    /// For each place the numbers of its name, its state's and its district's.
    names_of: Vec<[u32; 3]>,
    /// Groups with the numbers of the names that have them, sorted.
    groups: Vec<(Trigram, u32)>,
}

fn index() -> Result<&'static Index, DecodeFailure> {
    static INDEX: OnceLock<Index> = OnceLock::new();
    let places = all()?;
    Ok(INDEX.get_or_init(|| Index::of(places)))
}

impl Index {
    fn of(places: &[Place]) -> Self {
        let mut names = vec![""];
        let mut numbers: HashMap<&'static str, u32> = HashMap::from([("", 0)]);
        let mut number = |name: &'static str| {
            *numbers.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() as u32 - 1
            })
        };
        let names_of =
            places.iter().map(|place| [number(place.name), number(place.state), number(place.district)]).collect();
        let of_name = |(number, name): (usize, &&'static str)| {
            text::trigrams(name).into_iter().map(move |group| (group, number as u32))
        };
        let mut groups: Vec<(Trigram, u32)> = names.iter().enumerate().flat_map(of_name).collect();
        groups.sort_unstable();
        Self { names, names_of, groups }
    }

    fn with(&self, group: Trigram) -> &[(Trigram, u32)] {
        let first = self.groups.partition_point(|(other, _)| *other < group);
        let length = self.groups[first..].partition_point(|(other, _)| *other == group);
        &self.groups[first..first + length]
    }
}

struct Search {
    index: &'static Index,
    wanted: text::Query,
    /// How many of the wanted groups each name has.
    common: Vec<u16>,
    /// What was computed already.
    similarities: HashMap<u32, f32>,
}

impl Search {
    fn new(index: &'static Index, name: &str) -> Self {
        let wanted = text::Query::new(name);
        let mut common = vec![0_u16; index.names.len()];
        for group in wanted.trigrams() {
            for (_, name) in index.with(*group) {
                common[*name as usize] += 1;
            }
        }
        Self { index, wanted, common, similarities: HashMap::new() }
    }

    /// Names that have less than half of the groups cannot be half as alike.
    fn is_alike(&mut self, name: u32) -> bool {
        let common = usize::from(self.common[name as usize]);
        common > 0 && common * 2 >= self.wanted.trigrams().len() && self.similarity(name) >= MIN_SIMILARITY
    }

    fn similarity(&mut self, name: u32) -> f32 {
        let (wanted, text) = (&self.wanted, self.index.names[name as usize]);
        *self.similarities.entry(name).or_insert_with(|| wanted.strict_word_similarity(text))
    }

    fn distance(&mut self, name: u32) -> f32 {
        if name == 0 { DISTANCE_OF_NOTHING } else { 1.0 - self.similarity(name) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found(name: &str) -> Vec<(String, Option<String>)> {
        search(name).unwrap().into_iter().map(|place| (place.name, place.state)).collect()
    }

    #[test]
    fn places_are_found_by_their_names() {
        let zurich = found("zurich");
        assert_eq!(zurich[0], ("Zürich".to_owned(), Some("Zurich".to_owned())));
        assert_eq!(zurich.len(), MAX_FOUND);
        assert!(zurich.iter().all(|(name, state)| name.contains("rich") || state.as_deref() == Some("Zurich")));
        assert!(found("Berlin").iter().any(|(name, state)| name == "Berlin" && state.as_deref() == Some("Berlin")));
        assert!(found("san francisco california").iter().any(|(name, _)| name.contains("San Francisco")));
        assert_eq!(found("xqzxqz"), []);
        assert_eq!(found(" "), []);
    }

    /// What the index leaves out would not have been found.
    #[test]
    fn the_index_loses_nothing() {
        let wanted = text::Query::new("neustadt");
        let mut expected: Vec<&str> = all()
            .unwrap()
            .iter()
            .filter(|place| {
                [place.name, place.state, place.district]
                    .iter()
                    .any(|name| wanted.strict_word_similarity(name) >= MIN_SIMILARITY)
            })
            .map(|place| place.name)
            .collect();
        let index = index().unwrap();
        let mut search = Search::new(index, "neustadt");
        let places = all().unwrap().iter().zip(&index.names_of);
        let mut found: Vec<&str> = places
            .filter(|(_, names)| names.iter().any(|name| search.is_alike(*name)))
            .map(|(place, _)| place.name)
            .collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
        assert!(!found.is_empty());
    }

    #[test]
    fn every_line_is_a_place() {
        let places = all().unwrap();
        assert!(places.len() > 130_000);
        assert!(places.iter().all(|place| !place.name.is_empty() && place.country_code.len() == 2));
    }
}
