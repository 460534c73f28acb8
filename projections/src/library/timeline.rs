//! The timeline: months and what is in them.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::queries::LibraryQueries;
use crate::{people::SHOWING, runtime::ReadError, stacks::UNDER_ANOTHER, tags::WITH_TAG};

/// By which time assets fall into months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeBy {
    /// By the wall clock at the place of capture.
    #[default]
    Taken,
    /// By the time of the upload, in UTC.
    Created,
}

impl TimeBy {
    /// The month of an asset's row.
    const fn month(self) -> &'static str {
        match self {
            Self::Taken => "month",
            Self::Created => "date_trunc('month', created_at AT TIME ZONE 'UTC')::date",
        }
    }
}

/// Which assets are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BucketFilter {
    /// Of these users; in an album, none means everybody.
    pub owners: Vec<Uuid>,
    /// In this album; nothing locked is ever in one.
    pub album: Option<Uuid>,
    /// With this tag, or one below it.
    pub tag: Option<Uuid>,
    /// That show this person.
    pub person: Option<Uuid>,
    /// Of stacks only what lies on top.
    pub tops_of_stacks: bool,
    /// In the trash, or not.
    pub trashed: bool,
    /// One visibility; none means timeline and archive.
    pub visibility: Option<String>,
    /// Marked or not, by their owner.
    pub favorite: Option<bool>,
    /// Which time counts.
    pub by: TimeBy,
    /// The oldest first.
    pub ascending: bool,
    /// West, south, east, north in degrees; west may be greater than east, across the date line.
    pub bounds: Option<[f64; 4]>,
}

/// The assets of a month, in columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Ids of the assets.
    pub id: Vec<Uuid>,
    /// Their owners.
    pub owner_id: Vec<Uuid>,
    /// Width divided by height, where both are known.
    pub ratio: Vec<Option<f64>>,
    /// Whether its owner marked it.
    pub favorite: Vec<bool>,
    /// See [`super::AssetRow::visibility`].
    pub visibility: Vec<String>,
    /// See [`super::AssetRow::status`].
    pub status: Vec<String>,
    /// Whether it is a photo.
    pub is_image: Vec<bool>,
    /// Raw bytes.
    pub thumbhash: Vec<Option<Vec<u8>>>,
    /// Instant of capture.
    pub taken_at: Vec<DateTime<Utc>>,
    /// Wall clock at the place of capture.
    pub local_taken_at: Vec<NaiveDateTime>,
    /// When it was uploaded.
    pub created_at: Vec<DateTime<Utc>>,
    /// In milliseconds.
    pub duration_ms: Vec<Option<i64>>,
    /// Upper case.
    pub projection_type: Vec<Option<String>>,
    /// The moving half of a live photo.
    pub live_photo_video_id: Vec<Option<Uuid>>,
    /// Where it was taken.
    pub city: Vec<Option<String>>,
    /// Where it was taken.
    pub country: Vec<Option<String>>,
    /// Where it was taken.
    pub latitude: Vec<Option<f64>>,
    /// Where it was taken.
    pub longitude: Vec<Option<f64>>,
}

const BUCKET_COLUMNS: &str = "id, owner_id, width, height, favorite, visibility, kind = 'image', thumbhash,
    taken_at, local_taken_at, created_at, duration_ms, projection_type, live_photo_video_id, city, country,
    latitude, longitude";
const COLUMN_OF_ID: usize = 0;
const COLUMN_OF_TAKEN_AT: usize = 8;
const COLUMN_OF_LOCAL_TAKEN_AT: usize = 9;
const COLUMN_OF_CREATED_AT: usize = 10;

const SELECTED: &str = "status = $2
    AND CASE WHEN $3::text IS NULL THEN visibility IN ('timeline', 'archive') ELSE visibility = $3 END
    AND ($4::boolean IS NULL OR favorite = $4)";

/// A box that crosses the date line has its west east of its east.
const BOUNDED: &str = "latitude BETWEEN $6 AND $8
    AND CASE WHEN $5::float8 <= $7 THEN longitude BETWEEN $5 AND $7 ELSE longitude >= $5 OR longitude <= $7 END";

impl BucketFilter {
    /// Whose assets, and in which album: the conditions on `$1` and on the parameter of that number.
    fn scope(&self, album_parameter: usize) -> String {
        if self.album.is_none() {
            return "owner_id = ANY($1)".to_owned();
        }
        format!(
            "(cardinality($1::uuid[]) = 0 OR owner_id = ANY($1)) AND visibility <> 'locked'
             AND id IN (SELECT asset_id FROM albums.album_asset WHERE album_id = ${album_parameter})"
        )
    }

    /// All conditions on an asset but its month, with their parameters. `status` is that of
    /// [`Self::status`], which has to live as long as they.
    fn conditions<'a>(&'a self, status: &'a &'static str) -> (String, Vec<&'a (dyn ToSql + Sync)>) {
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&self.owners, status, &self.visibility, &self.favorite];
        if let Some(bounds) = &self.bounds {
            parameters.extend(bounds.iter().map(|bound| bound as &(dyn ToSql + Sync)));
        }
        if let Some(album) = &self.album {
            parameters.push(album);
        }
        let mut conditions = format!("{} AND {SELECTED}", self.scope(parameters.len()));
        if self.bounds.is_some() {
            conditions.push_str(" AND ");
            conditions.push_str(BOUNDED);
        }
        if let Some(tag) = &self.tag {
            parameters.push(tag);
            conditions.push_str(" AND ");
            conditions.push_str(&WITH_TAG.replace('?', &format!("${}", parameters.len())));
        }
        if let Some(person) = &self.person {
            parameters.push(person);
            conditions.push_str(" AND ");
            conditions.push_str(&SHOWING.replace('?', &format!("${}", parameters.len())));
        }
        if self.tops_of_stacks {
            conditions.push_str(&format!(" AND NOT {UNDER_ANOTHER}"));
        }
        (conditions, parameters)
    }

    const fn status(&self) -> &'static str {
        if self.trashed { "trashed" } else { "active" }
    }

    const fn direction(&self) -> &'static str {
        if self.ascending { "ASC" } else { "DESC" }
    }

    /// By what a row is sorted within its bucket: by the local day and then the instant, or by the
    /// time of the upload; the id decides between equals.
    fn place_of(&self, row: &tokio_postgres::Row) -> (i64, i64, Uuid) {
        let micros = |column: usize| row.get::<_, DateTime<Utc>>(column).timestamp_micros();
        let (day, instant) = match self.by {
            TimeBy::Taken => {
                let local: NaiveDateTime = row.get(COLUMN_OF_LOCAL_TAKEN_AT);
                (i64::from(local.date().num_days_from_ce()), micros(COLUMN_OF_TAKEN_AT))
            }
            TimeBy::Created => (0, micros(COLUMN_OF_CREATED_AT)),
        };
        let id = row.get(COLUMN_OF_ID);
        if self.ascending { (day, instant, id) } else { (-day, -instant, id) }
    }
}

impl LibraryQueries {
    /// The months that have assets, with how many.
    ///
    /// # Errors
    /// The database is away.
    pub async fn buckets(&self, filter: &BucketFilter) -> Result<Vec<(NaiveDate, i64)>, ReadError> {
        // Counts are kept of what each user has; what is in an album or a box, say, has to be counted.
        if filter.album.is_some() || filter.bounds.is_some() || filter.tag.is_some() || filter.person.is_some() {
            return self.counted_buckets(filter).await;
        }
        let counted = self.kept_buckets(filter).await?;
        if filter.tops_of_stacks { self.without_buried(counted, filter).await } else { Ok(counted) }
    }

    async fn kept_buckets(&self, filter: &BucketFilter) -> Result<Vec<(NaiveDate, i64)>, ReadError> {
        let direction = filter.direction();
        let dated_by = match filter.by {
            TimeBy::Taken => "taken",
            TimeBy::Created => "created",
        };
        let sql = format!(
            "SELECT month, sum(count)::bigint FROM library.asset_count
             WHERE {} AND {SELECTED} AND dated_by = $5 GROUP BY month ORDER BY month {direction}",
            filter.scope(0)
        );
        let status = filter.status();
        let parameters: [&(dyn ToSql + Sync); 5] =
            [&filter.owners, &status, &filter.visibility, &filter.favorite, &dated_by];
        self.query(&sql, &parameters, |row| (row.get(0), row.get(1))).await
    }

    /// Takes from the months what lies under something else in a stack.
    async fn without_buried(
        &self,
        mut months: Vec<(NaiveDate, i64)>,
        filter: &BucketFilter,
    ) -> Result<Vec<(NaiveDate, i64)>, ReadError> {
        let sql = format!(
            "SELECT {} AS month, count(*) FROM stacks.stack_asset AS layer
             JOIN library.asset AS asset ON asset.id = layer.asset_id
             WHERE layer.owner_id = ANY($1) AND NOT layer.is_primary AND {SELECTED} GROUP BY 1",
            filter.by.month()
        );
        let status = filter.status();
        let parameters: [&(dyn ToSql + Sync); 4] = [&filter.owners, &status, &filter.visibility, &filter.favorite];
        let buried = self.query(&sql, &parameters, |row| (row.get(0), row.get(1))).await?;
        let buried: HashMap<NaiveDate, i64> = buried.into_iter().collect();
        for (month, count) in &mut months {
            *count -= buried.get(month).copied().unwrap_or(0);
        }
        months.retain(|(_, count)| *count > 0);
        Ok(months)
    }

    async fn counted_buckets(&self, filter: &BucketFilter) -> Result<Vec<(NaiveDate, i64)>, ReadError> {
        let month = filter.by.month();
        let status = filter.status();
        let (conditions, parameters) = filter.conditions(&status);
        let sql = format!(
            "SELECT {month} AS month, count(*) FROM library.asset WHERE {conditions} GROUP BY 1 ORDER BY 1 {}",
            filter.direction()
        );
        self.query(&sql, &parameters, |row| (row.get(0), row.get(1))).await
    }

    /// What is in a month. `month` is its first day.
    ///
    /// # Errors
    /// The database is away.
    pub async fn bucket(&self, month: NaiveDate, filter: &BucketFilter) -> Result<Bucket, ReadError> {
        let status = filter.status();
        let (conditions, mut parameters) = filter.conditions(&status);
        parameters.push(&month);
        let month_parameter = format!("${}", parameters.len());
        let within = match filter.by {
            TimeBy::Taken => format!("month = {month_parameter}"),
            TimeBy::Created => format!(
                "created_at >= {month_parameter}::date::timestamp AT TIME ZONE 'UTC'
                 AND created_at < ({month_parameter}::date + interval '1 month') AT TIME ZONE 'UTC'"
            ),
        };
        let sql = format!("SELECT {BUCKET_COLUMNS} FROM library.asset WHERE {conditions} AND {within}");
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(&sql).await?;
        let mut rows = client.query(&statement, &parameters).await?;
        // The database would compare these keys by calls of functions; here they are plain numbers.
        rows.sort_by_cached_key(|row| filter.place_of(row));
        let mut bucket = Bucket::default();
        for row in &rows {
            bucket.push(row, status);
        }
        Ok(bucket)
    }
}

impl Bucket {
    fn push(&mut self, row: &tokio_postgres::Row, status: &str) {
        self.id.push(row.get(COLUMN_OF_ID));
        self.owner_id.push(row.get(1));
        self.ratio.push(ratio(row.get(2), row.get(3)));
        self.favorite.push(row.get(4));
        self.visibility.push(row.get(5));
        self.status.push(status.to_owned());
        self.is_image.push(row.get(6));
        self.thumbhash.push(row.get(7));
        self.taken_at.push(row.get(COLUMN_OF_TAKEN_AT));
        self.local_taken_at.push(row.get(COLUMN_OF_LOCAL_TAKEN_AT));
        self.created_at.push(row.get(COLUMN_OF_CREATED_AT));
        self.duration_ms.push(row.get(11));
        self.projection_type.push(row.get(12));
        self.live_photo_video_id.push(row.get(13));
        self.city.push(row.get(14));
        self.country.push(row.get(15));
        self.latitude.push(row.get(16));
        self.longitude.push(row.get(17));
    }
}

fn ratio(width: Option<i32>, height: Option<i32>) -> Option<f64> {
    match (width, height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => Some(f64::from(width) / f64::from(height)),
        _ => None,
    }
}
