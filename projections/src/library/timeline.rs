//! The timeline: months and what is in them.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{months::Months, queries::LibraryQueries, tile::Tile};
use crate::{
    people::SHOWING,
    runtime::ReadError,
    stacks::{StackQueries, StackSummary, UNDER_ANOTHER},
    tags::WITH_TAG,
};

/// By which time assets fall into months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

/// The assets of a month, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Tiles one after the other, in no order.
    packed: Vec<u8>,
    /// Where they begin, in order.
    order: Vec<usize>,
    /// The stacks of those that lie on top of one, where the filter asked for tops.
    stacks: HashMap<Uuid, StackSummary>,
}

/// Conditions on `$2` to `$4`: status, visibility, favourite.
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

    /// All conditions on an asset but its month and its place in a stack, with their parameters. `status` is that of
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
        (conditions, parameters)
    }

    pub(super) const fn status(&self) -> &'static str {
        if self.trashed { "trashed" } else { "active" }
    }

    const fn direction(&self) -> &'static str {
        if self.ascending { "ASC" } else { "DESC" }
    }

    /// By what an asset is sorted within its bucket: by the local day and then the instant, or by
    /// the time of the upload; the id decides between equals.
    fn place_of(&self, tile: &Tile<'_>) -> (i64, i64, Uuid) {
        let (day, instant) = match self.by {
            TimeBy::Taken => (i64::from(tile.local_taken_at.date().num_days_from_ce()), tile.taken_at),
            TimeBy::Created => (0, tile.created_at),
        };
        let micros = instant.timestamp_micros();
        if self.ascending { (day, micros, tile.id) } else { (-day, -micros, tile.id) }
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
        let counting = async {
            let summed = self.summed_buckets(filter).await?;
            if filter.tops_of_stacks { self.without_buried(summed, filter).await } else { Ok(summed) }
        };
        self.months.or_counted(&self.pool, filter, counting).await
    }

    async fn summed_buckets(&self, filter: &BucketFilter) -> Result<Months, ReadError> {
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
    async fn without_buried(&self, mut months: Months, filter: &BucketFilter) -> Result<Months, ReadError> {
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

    async fn counted_buckets(&self, filter: &BucketFilter) -> Result<Months, ReadError> {
        let month = filter.by.month();
        let status = filter.status();
        let (mut conditions, parameters) = filter.conditions(&status);
        if filter.tops_of_stacks {
            conditions.push_str(&format!(" AND NOT {UNDER_ANOTHER}"));
        }
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
        // One row instead of hundreds; the database would also sort by calls of functions, which
        // plain numbers here do without.
        let sql = format!("SELECT string_agg(tile, '') FROM library.asset WHERE {conditions} AND {within}");
        let rows = self.query(&sql, &parameters, |row| row.get::<_, Option<Vec<u8>>>(0)).await?;
        let packed = rows.into_iter().next().flatten().unwrap_or_default();
        let bucket = Bucket::sorted(packed, |tile| filter.place_of(tile));
        if filter.tops_of_stacks { self.with_stacks(bucket, filter).await } else { Ok(bucket) }
    }

    /// With the stacks, and without what lies under something else in one. Of owners without stacks, no asset is
    /// asked for.
    async fn with_stacks(&self, bucket: Bucket, filter: &BucketFilter) -> Result<Bucket, ReadError> {
        let stacks = StackQueries::new(self.pool.clone());
        if !filter.owners.is_empty() && !stacks.any_of(&filter.owners).await? {
            return Ok(bucket);
        }
        let stacks = stacks.of_assets(&bucket.ids()).await?;
        Ok(bucket.with_tops_of(stacks))
    }
}

impl Bucket {
    fn sorted<K: Ord>(packed: Vec<u8>, place_of: impl Fn(&Tile<'_>) -> K) -> Self {
        let mut places = Vec::new();
        let mut rest = packed.as_slice();
        loop {
            let begin = packed.len() - rest.len();
            let Some(tile) = Tile::take(&mut rest) else { break };
            places.push((place_of(&tile), begin));
        }
        debug_assert!(rest.is_empty(), "what is left is no tile");
        places.sort_unstable();
        let order = places.into_iter().map(|(_, begin)| begin).collect();
        Self { packed, order, stacks: HashMap::new() }
    }

    fn with_tops_of(mut self, stacks: HashMap<Uuid, StackSummary>) -> Self {
        let packed = &self.packed;
        self.order.retain(|begin| {
            let tile = packed.get(*begin..).and_then(|mut rest| Tile::take(&mut rest));
            let stack = tile.and_then(|tile| Some((tile.id, stacks.get(&tile.id)?)));
            stack.is_none_or(|(id, stack)| stack.primary_asset_id == id)
        });
        self.stacks = stacks;
        self
    }

    /// The stack that an asset lies on top of.
    #[must_use]
    pub fn stack(&self, asset: Uuid) -> Option<&StackSummary> {
        self.stacks.get(&asset)
    }

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

    /// Their ids.
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        self.tiles().map(|tile| tile.id).collect()
    }

    /// What is shown of each.
    pub fn tiles(&self) -> impl Iterator<Item = Tile<'_>> {
        self.order.iter().filter_map(|begin| Tile::take(&mut self.packed.get(*begin..)?))
    }
}
