//! The map: where assets were taken.
//!
//! Every visit asks for all of it. So markers are kept in memory, packed, by owner and month: what the database is
//! asked at each visit is what the markers of each month come to (see `markers.rs`), and only months of which that is
//! another are read again. The markers that others have put into albums are kept likewise, by what those of each album
//! come to.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::Arc,
};

use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

use super::{kept::Shelf, markers::stored_micros, queries::LibraryQueries};
use crate::runtime::{ReadError, Standing};

/// Markers that are told at a time: some hundred microseconds of work, and the first are soon there.
const MARKERS_PER_PAGE: usize = 2_000;
/// Of all markers that are kept: those of 250,000 assets.
const MOST_KEPT_BYTES: usize = 12 << 20;
/// What others' markers in albums are drawn from.
const SOURCES_OF_ALBUMS: [&str; 3] = ["albums", "identity", "library"];

/// Which assets stand on a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapFilter {
    /// Whose map it is.
    pub user: Uuid,
    /// Other users whose timeline is on it.
    pub partners: Vec<Uuid>,
    /// With what is in the albums of the user, whoever put it there.
    pub with_albums: bool,
    /// With what the user has in the archive.
    pub with_archive: bool,
    /// Marked by the user, or not.
    pub favorite: Option<bool>,
    /// Bounds of the time of capture, included.
    pub taken: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
}

impl MapFilter {
    fn owners(&self) -> Vec<Uuid> {
        let mut owners: Vec<Uuid> = self.partners.iter().copied().chain([self.user]).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    fn shows(&self, pin: &Pin, is_mine: bool) -> bool {
        let (after, before) = &self.taken;
        (!pin.is_archived || (is_mine && self.with_archive))
            // Which of theirs others like is not told.
            && self.favorite.is_none_or(|wanted| (pin.is_favorite && is_mine) == wanted)
            && after.is_none_or(|after| pin.taken_at >= stored_micros(after))
            && before.is_none_or(|before| pin.taken_at <= stored_micros(before))
    }
}

/// What a place of capture is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Town.
    pub city: Option<String>,
    /// State, province or canton.
    pub state: Option<String>,
    /// Country.
    pub country: Option<String>,
}

/// A marker as it is kept.
#[derive(Debug)]
struct Pin {
    id: Uuid,
    /// See [`stored_micros`].
    taken_at: i64,
    latitude: f64,
    longitude: f64,
    /// Which of the places.
    place: u32,
    is_archived: bool,
    is_favorite: bool,
}

/// Markers, the newest first and of equals by their ids, and what they are drawn from.
#[derive(Debug, Default)]
struct Pins {
    pins: Vec<Pin>,
    places: Vec<Place>,
    digest: i64,
}

impl Pins {
    fn bytes(&self) -> usize {
        let texts = self.places.iter().flat_map(|place| [&place.city, &place.state, &place.country]);
        size_of::<Self>()
            + self.pins.len() * size_of::<Pin>()
            + self.places.len() * size_of::<Place>()
            + texts.flatten().map(String::len).sum::<usize>()
    }

    /// Of rows of `markers_of_month.sql`; the digest is that of these.
    fn read(rows: Vec<(Pin, Place, i64)>) -> Self {
        let mut all = Self { pins: Vec::with_capacity(rows.len()), ..Self::default() };
        let mut numbers: HashMap<Place, u32> = HashMap::new();
        for (pin, place, marker) in rows {
            let next = numbers.len() as u32;
            let place = *numbers.entry(place).or_insert(next);
            all.pins.push(Pin { place, ..pin });
            all.digest ^= marker;
        }
        let mut places: Vec<(u32, Place)> = numbers.into_iter().map(|(place, number)| (number, place)).collect();
        places.sort_unstable_by_key(|(number, _)| *number);
        all.places = places.into_iter().map(|(_, place)| place).collect();
        all
    }
}

fn pin_of(row: &tokio_postgres::Row) -> (Pin, Place, i64) {
    let pin = Pin {
        id: row.get(0),
        taken_at: stored_micros(row.get(6)),
        latitude: row.get(1),
        longitude: row.get(2),
        place: 0,
        is_archived: row.get(7),
        is_favorite: row.get(8),
    };
    (pin, Place { city: row.get(3), state: row.get(4), country: row.get(5) }, row.get(9))
}

/// The markers that are kept.
#[derive(Clone, Default)]
pub(super) struct KeptMarkers(Arc<Shelf<Subject, Pins, MOST_KEPT_BYTES>>);

/// Whose markers.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    /// Of an owner, of a month in UTC.
    Month(Uuid, NaiveDate),
    /// Of all but these owners, in albums of a user.
    InAlbums(Uuid, Vec<Uuid>),
}

impl KeptMarkers {
    fn get(&self, subject: &Subject, digest: i64) -> Option<Arc<Pins>> {
        self.0.get(subject, |pins| pins.digest == digest)
    }

    fn keep(&self, subject: Subject, pins: &Arc<Pins>) {
        self.0.keep(subject, pins, pins.bytes());
    }
}

/// Markers and what they are of.
struct Sheet {
    pins: Arc<Pins>,
    is_mine: bool,
}

/// Some markers, in order.
#[derive(Default)]
pub struct MarkerPage {
    sheets: Vec<Arc<Pins>>,
    /// Sheet and place in it.
    order: Vec<(u32, u32)>,
}

/// Where an asset was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marker {
    /// The asset.
    pub id: Uuid,
    /// In degrees.
    pub latitude: f64,
    /// In degrees.
    pub longitude: f64,
    /// Which one of [`MarkerPage::places`].
    pub place: usize,
}

impl MarkerPage {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The places of the markers, and perhaps others.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.sheets.iter().flat_map(|sheet| &sheet.places)
    }

    /// The markers.
    pub fn markers(&self) -> impl Iterator<Item = Marker> {
        let mut places = 0;
        let mut first_places = Vec::with_capacity(self.sheets.len());
        for sheet in &self.sheets {
            first_places.push(places);
            places += sheet.places.len();
        }
        self.order.iter().filter_map(move |(sheet, pin)| {
            let first_place = first_places.get(*sheet as usize)?;
            let Pin { id, latitude, longitude, place, .. } =
                self.sheets.get(*sheet as usize)?.pins.get(*pin as usize)?;
            let place = first_place + *place as usize;
            Some(Marker { id: *id, latitude: *latitude, longitude: *longitude, place })
        })
    }
}

/// What the markers of an owner of a month come to.
type OfMonth = (Uuid, i64);

/// Markers that are read as they are asked for; no connection is held between two pages.
pub struct MarkerPages {
    library: LibraryQueries,
    filter: MapFilter,
    /// What is still to be read, the newest month last.
    months: Vec<(NaiveDate, Vec<OfMonth>)>,
    /// What others have put into albums, and how much of it was told.
    others: Arc<Pins>,
    others_told: usize,
    /// What was read and not told yet, from `told` on.
    ready: MarkerPage,
    told: usize,
}

impl MarkerPages {
    /// The next ones; none at the end.
    ///
    /// # Errors
    /// The database is away.
    pub async fn next_page(&mut self) -> Result<MarkerPage, ReadError> {
        while self.told >= self.ready.order.len() {
            self.told = 0;
            self.ready = match self.months.pop() {
                Some((month, parts)) => {
                    let mut sheets = Vec::with_capacity(parts.len() + 1);
                    for (owner, digest) in parts {
                        let pins = self.library.pins_of_month(owner, month, digest).await?;
                        sheets.push(Sheet { pins, is_mine: owner == self.filter.user });
                    }
                    self.merged(sheets, Some(month))
                }
                None if self.others_told < self.others.pins.len() => self.merged(Vec::new(), None),
                None => return Ok(MarkerPage::default()),
            };
        }
        let end = self.ready.order.len().min(self.told + MARKERS_PER_PAGE);
        let order = self.ready.order[self.told..end].to_vec();
        self.told = end;
        Ok(MarkerPage { sheets: self.ready.sheets.clone(), order })
    }

    /// The sheets of a month with those of others that are not older than it; with all that are left at the end.
    fn merged(&mut self, mut sheets: Vec<Sheet>, month: Option<NaiveDate>) -> MarkerPage {
        let mut order: Vec<(u32, u32)> = Vec::new();
        let mut add = |number: usize, sheet: &Sheet, pins: std::ops::Range<usize>| {
            let shown = pins.filter(|pin| self.filter.shows(&sheet.pins.pins[*pin], sheet.is_mine));
            order.extend(shown.map(|pin| (number as u32, pin as u32)));
        };
        for (number, sheet) in sheets.iter().enumerate() {
            add(number, sheet, 0..sheet.pins.pins.len());
        }
        let begin = month.map_or(i64::MIN, |month| stored_micros(begin_of(month)));
        let until = self.others.pins.partition_point(|pin| pin.taken_at >= begin).max(self.others_told);
        if until > self.others_told {
            let others = Sheet { pins: self.others.clone(), is_mine: false };
            add(sheets.len(), &others, self.others_told..until);
            sheets.push(others);
            self.others_told = until;
        }
        if sheets.len() > 1 {
            // Runs in order, which this kind of sorting merges.
            order.sort_by_key(|(sheet, pin)| {
                let pin = &sheets[*sheet as usize].pins.pins[*pin as usize];
                (Reverse(pin.taken_at), pin.id)
            });
        }
        MarkerPage { sheets: sheets.into_iter().map(|sheet| sheet.pins).collect(), order }
    }
}

/// The first moment of a month, in UTC.
fn begin_of(month: NaiveDate) -> DateTime<Utc> {
    month.and_time(NaiveTime::MIN).and_utc()
}

/// The first moment behind it.
fn end_of(month: NaiveDate) -> DateTime<Utc> {
    month.checked_add_months(Months::new(1)).map_or(DateTime::<Utc>::MAX_UTC, begin_of)
}

impl LibraryQueries {
    /// Where assets were taken, the newest first, page by page: a map can have very many.
    ///
    /// # Errors
    /// The database is away.
    pub async fn markers(&self, filter: MapFilter) -> Result<MarkerPages, ReadError> {
        let owners = filter.owners();
        let sql = "SELECT month, owner_id, digest FROM library.marker_sum WHERE owner_id = ANY($1)";
        let read = |row: &tokio_postgres::Row| (row.get(0), (row.get(1), row.get(2)));
        let mut months: BTreeMap<NaiveDate, Vec<OfMonth>> = BTreeMap::new();
        for (month, of_month) in self.query(sql, &[&owners], read).await? {
            months.entry(month).or_default().push(of_month);
        }
        let (after, before) = filter.taken;
        months.retain(|month, _| {
            after.is_none_or(|after| end_of(*month) > after) && before.is_none_or(|before| begin_of(*month) <= before)
        });
        // What others like is not told, so nothing of theirs is among the favourites.
        let with_others = filter.with_albums && filter.favorite != Some(true);
        let others = if with_others { self.pins_in_albums(filter.user, owners).await? } else { Arc::default() };
        Ok(MarkerPages {
            library: self.clone(),
            filter,
            months: months.into_iter().collect(),
            others,
            others_told: 0,
            ready: MarkerPage::default(),
            told: 0,
        })
    }

    /// The markers of an owner of a month; `digest` is what they come to.
    async fn pins_of_month(&self, owner: Uuid, month: NaiveDate, digest: i64) -> Result<Arc<Pins>, ReadError> {
        let subject = Subject::Month(owner, month);
        if let Some(pins) = self.markers.get(&subject, digest) {
            return Ok(pins);
        }
        let (begin, end) = (begin_of(month), end_of(month));
        let rows = self.query(include_str!("sql/markers_of_month.sql"), &[&owner, &begin, &end], pin_of).await?;
        let pins = Arc::new(Pins::read(rows));
        self.markers.keep(subject, &pins);
        Ok(pins)
    }

    /// What others have put into albums of the user: all but these owners.
    async fn pins_in_albums(&self, user: Uuid, owners: Vec<Uuid>) -> Result<Arc<Pins>, ReadError> {
        let read = |row: &tokio_postgres::Row| (row.get::<_, Uuid>(0), row.get::<_, Uuid>(1), row.get::<_, i64>(2));
        let sql = include_str!("sql/digests_of_albums.sql");
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let digest_now = async || {
            let albums = self.query(sql, &[&user, &owners], read).await?;
            // They come in no order.
            Ok::<_, ReadError>(albums.iter().fold(0_u64, |all, album| all ^ hasher.hash_one(album)).cast_signed())
        };
        let subject = Subject::InAlbums(user, owners.clone());
        if let Some(pins) = self.markers.get(&subject, digest_now().await?) {
            return Ok(pins);
        }
        // What was drawn and what it was drawn from belong together only where nothing moved meanwhile.
        let before = Standing::of(&self.pool, &SOURCES_OF_ALBUMS).await?;
        let digest = digest_now().await?;
        let rows = self.query(include_str!("sql/markers_in_albums.sql"), &[&user, &owners], pin_of).await?;
        let pins = Arc::new(Pins { digest, ..Pins::read(rows) });
        if Standing::of(&self.pool, &SOURCES_OF_ALBUMS).await? == before {
            self.markers.keep(subject, &pins);
        }
        Ok(pins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins(count: usize, digest: i64) -> Arc<Pins> {
        let pin = |number: usize| Pin {
            id: Uuid::from_u128(number as u128),
            taken_at: 0,
            latitude: 0.0,
            longitude: 0.0,
            place: 0,
            is_archived: false,
            is_favorite: false,
        };
        Arc::new(Pins { pins: (0..count).map(pin).collect(), places: vec![Place::default()], digest })
    }

    #[test]
    fn what_is_kept_is_found_until_it_is_another() {
        let (kept, subject) = (KeptMarkers::default(), Subject::Month(Uuid::nil(), NaiveDate::MIN));
        kept.keep(subject.clone(), &pins(2, 7));
        assert_eq!(kept.get(&subject, 7).map(|pins| pins.pins.len()), Some(2));
        assert!(kept.get(&subject, 8).is_none());
        kept.keep(subject.clone(), &pins(3, 8));
        assert!(kept.get(&subject, 7).is_none());
        assert_eq!(kept.get(&subject, 8).map(|pins| pins.pins.len()), Some(3));
        assert_eq!(kept.0.bytes(), pins(3, 8).bytes());
    }
}
