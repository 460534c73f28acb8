//! What there is to look for: places, cameras, and an asset for each.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{queries::LibraryQueries, rows::AssetRow};
use crate::{
    albums::MapMarker,
    runtime::{ReadError, TableRow},
};

/// Markers that are read at a time: some milliseconds of work, and the first are soon there.
const MARKERS_PER_PAGE: i64 = 2_000;

/// A value that assets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suggested {
    /// Of the place of capture.
    Country,
    /// Of the place of capture.
    State,
    /// Of the place of capture.
    City,
    /// Maker of the camera.
    Make,
    /// Model of the camera.
    Model,
    /// Model of the lens.
    LensModel,
}

/// What else has to hold of the assets whose values are asked for. What is absent does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuggestionFilter {
    /// Exactly this.
    pub country: Option<String>,
    /// Exactly this.
    pub state: Option<String>,
    /// Exactly this.
    pub make: Option<String>,
    /// Exactly this.
    pub model: Option<String>,
    /// Exactly this.
    pub lens_model: Option<String>,
}

impl Suggested {
    /// The column, its table, and the columns that may restrict it.
    const fn place(self) -> (&'static str, &'static str, [&'static str; 2]) {
        match self {
            Self::Country => ("country", "place_count", ["country", "state"]),
            Self::State => ("state", "place_count", ["country", "state"]),
            Self::City => ("city", "place_count", ["country", "state"]),
            Self::Make => ("make", "camera_count", ["model", "lens_model"]),
            Self::Model => ("model", "camera_count", ["make", "lens_model"]),
            Self::LensModel => ("lens_model", "camera_count", ["make", "model"]),
        }
    }

    /// What restricts it of what was given.
    const fn restrictions(self, filter: &SuggestionFilter) -> [&Option<String>; 2] {
        match self {
            Self::Country => [&None, &None],
            Self::State => [&filter.country, &None],
            Self::City => [&filter.country, &filter.state],
            Self::Make => [&filter.model, &filter.lens_model],
            Self::Model => [&filter.make, &filter.lens_model],
            Self::LensModel => [&filter.make, &filter.model],
        }
    }
}

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
        self.partners.iter().copied().chain([self.user]).collect()
    }
}

/// A marker and the time of capture.
type Marked = (DateTime<Utc>, MapMarker);

fn marked(row: &tokio_postgres::Row) -> Marked {
    (row.get(6), MapMarker::from_row(row))
}

/// Markers that are read as they are asked for; no connection is held between two pages.
pub struct MarkerPages {
    library: LibraryQueries,
    filter: MapFilter,
    /// What others have put into albums and was not told yet.
    others: VecDeque<Marked>,
    /// Time and id of the last one that was read.
    behind: (Option<DateTime<Utc>>, Uuid),
    is_done: bool,
}

impl MarkerPages {
    /// The next ones; none at the end.
    ///
    /// # Errors
    /// The database is away.
    pub async fn next_page(&mut self) -> Result<Vec<MapMarker>, ReadError> {
        let mut page = Vec::new();
        // Of others there can be pages of their own.
        if !self.is_done {
            page = self.read().await?;
            self.is_done = (page.len() as i64) < MARKERS_PER_PAGE;
        }
        if let Some((time, marker)) = page.last() {
            self.behind = (Some(*time), marker.id);
        }
        Ok(self.merged(page))
    }

    async fn read(&self) -> Result<Vec<Marked>, ReadError> {
        let Self { filter, behind, .. } = self;
        let owners = filter.owners();
        let parameters: [&(dyn ToSql + Sync); 8] = [
            &filter.user,
            &owners,
            &filter.with_archive,
            &filter.favorite,
            &filter.taken.0,
            &behind.0,
            &behind.1,
            &MARKERS_PER_PAGE,
        ];
        self.library.query(include_str!("sql/markers.sql"), &parameters, marked).await
    }

    /// The page with those of others that come before its end; with all that are left where it is the last.
    fn merged(&mut self, page: Vec<Marked>) -> Vec<MapMarker> {
        let place = |time: DateTime<Utc>, id: Uuid| (std::cmp::Reverse(time), id);
        let mut merged = Vec::with_capacity(page.len());
        for (time, marker) in page {
            while let Some((_, theirs)) =
                self.others.pop_front_if(|(other, theirs)| place(*other, theirs.id) < place(time, marker.id))
            {
                merged.push(theirs);
            }
            merged.push(marker);
        }
        if self.is_done {
            merged.extend(self.others.drain(..).map(|(_, theirs)| theirs));
        }
        merged
    }
}

impl LibraryQueries {
    /// The values that assets of these owners in the timeline have, in ascending order.
    ///
    /// # Errors
    /// The database is away.
    pub async fn suggestions(
        &self,
        owners: &[Uuid],
        what: Suggested,
        filter: &SuggestionFilter,
    ) -> Result<Vec<String>, ReadError> {
        let (column, table, [first, second]) = what.place();
        let [first_value, second_value] = what.restrictions(filter);
        let sql = format!(
            "SELECT DISTINCT {column} FROM library.{table}
             WHERE owner_id = ANY($1) AND {column} <> ''
               AND ($2::text IS NULL OR {first} = $2) AND ($3::text IS NULL OR {second} = $3)
             ORDER BY {column}"
        );
        self.query(&sql, &[&owners, first_value, second_value], |row| row.get(0)).await
    }

    /// A photo in the timeline for each city that these owners have at least `minimum` assets of, by
    /// the names of the cities.
    ///
    /// # Errors
    /// The database is away.
    pub async fn photo_per_city(
        &self,
        owners: &[Uuid],
        minimum: i64,
        limit: Option<i64>,
    ) -> Result<Vec<AssetRow>, ReadError> {
        let columns = AssetRow::column_list("photo.");
        let sql = format!("SELECT {columns} {}", include_str!("sql/photo_per_city.sql"));
        self.query(&sql, &[&owners, &minimum, &limit], AssetRow::from_row).await
    }

    /// The photos in an owner's timeline that were uploaded last, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn newest_photos(&self, owner: Uuid, limit: i64) -> Result<Vec<AssetRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM library.asset
             WHERE owner_id = $1 AND status = 'active' AND visibility = 'timeline' AND kind = 'image'
             ORDER BY created_at DESC, id LIMIT $2",
            AssetRow::column_list("")
        );
        self.query(&sql, &[&owner, &limit], AssetRow::from_row).await
    }

    /// Where assets were taken, the newest first, page by page: a map can have very many.
    ///
    /// # Errors
    /// The database is away.
    pub async fn markers(&self, filter: MapFilter) -> Result<MarkerPages, ReadError> {
        let others = if filter.with_albums { self.others_in_albums(&filter).await? } else { Vec::new() };
        let before = filter.taken.1;
        Ok(MarkerPages {
            library: self.clone(),
            filter,
            others: others.into(),
            behind: (before, Uuid::nil()),
            is_done: false,
        })
    }

    /// What others have put into albums of the user.
    async fn others_in_albums(&self, filter: &MapFilter) -> Result<Vec<Marked>, ReadError> {
        let (after, before) = &filter.taken;
        let owners = filter.owners();
        let parameters: [&(dyn ToSql + Sync); 5] = [&filter.user, &owners, &filter.favorite, after, before];
        self.query(include_str!("sql/markers_in_albums.sql"), &parameters, marked).await
    }

    /// The photos that an owner took on this day of a month in each year before `year`, with their
    /// years, the oldest first. Only those that can be shown.
    ///
    /// # Errors
    /// The database is away.
    pub async fn on_this_day(
        &self,
        owner: Uuid,
        month: u32,
        day: u32,
        year: i32,
    ) -> Result<Vec<(i32, Uuid)>, ReadError> {
        let (month, day) = (month as i32, day as i32);
        self.query(include_str!("sql/on_this_day.sql"), &[&owner, &month, &day, &year], |row| (row.get(0), row.get(1)))
            .await
    }
}
