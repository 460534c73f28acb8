//! What there is to look for: places, cameras, and an asset for each.

use uuid::Uuid;

use super::{queries::LibraryQueries, rows::AssetRow};
use crate::runtime::{ReadError, TableRow};

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
             WHERE owner_id = ANY($1) AND visibility = 'timeline' AND {column} <> ''
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
