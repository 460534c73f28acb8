//! The index of a space: finds what is near without looking at everything (HNSW).
//!
//! Its graph is built in memory, all of it or, where that does not suffice, many times slower on the disk. So the build
//! alone gets what it needs, as far as the database's own settings say that the machine has it.

use tokio_postgres::{Client, error::SqlState};

use super::queries::Bounds;

/// The vectors that come while it is built.
const GROWTH_PERCENT: i64 = 10;
const LEAST_BUILD_KIB: i64 = 64 << 10;
/// What the setting takes.
const MOST_BUILD_KIB: i64 = i32::MAX as i64;
/// Of the memory that the database takes the machine to have for it and its files (`effective_cache_size`).
const MOST_BUILD_SHARE: i64 = 2;

/// Where an index is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the schema that comes first in the search path, of which nobody knows yet.
    Candidate,
    /// Beside those who read and write the live tables. What a crash has left of one is made anew.
    Live,
}

/// An index that is to be made.
pub(super) struct Build<'a> {
    pub(super) client: &'a Client,
    pub(super) place: Place,
    /// The space's.
    pub(super) id: i32,
    /// How many numbers each of its vectors has.
    pub(super) dimension: i32,
    pub(super) bounds: Bounds,
}

impl Build<'_> {
    /// Makes the index, if there are so many vectors that it is worth it.
    ///
    /// # Errors
    /// The database is away, or has no room.
    pub(super) async fn run(&self) -> Result<(), tokio_postgres::Error> {
        let count: i64 = self.client.query_one(&format!("SELECT count(*) FROM {}", self.table()), &[]).await?.get(0);
        if count < self.bounds.indexed_vectors {
            return Ok(());
        }
        self.give_memory(count).await?;
        let made = match self.make().await {
            // What processes share is bounded apart: a container has 64 MB for it, unless it was given more.
            Err(error) if is_out_of_room(&error) => {
                tracing::info!(%error, "the index of vectors is built by one process");
                self.client.batch_execute("SET max_parallel_maintenance_workers = 0").await?;
                self.make().await
            }
            made => made,
        };
        let reset =
            self.client.batch_execute("RESET maintenance_work_mem; RESET max_parallel_maintenance_workers").await;
        made.and(reset)
    }

    async fn give_memory(&self, count: i64) -> Result<(), tokio_postgres::Error> {
        let bytes = i64::from(self.dimension) * size_of::<u16>() as i64 + self.bounds.graph_bytes;
        let needed_kib = (count.saturating_mul(bytes) / 100).saturating_mul(100 + GROWTH_PERCENT) >> 10;
        let wanted_kib = needed_kib.clamp(LEAST_BUILD_KIB, MOST_BUILD_KIB);
        let sql = "SELECT set_config('maintenance_work_mem', least($1::bigint, most.kib) || 'kB', false)
                   FROM (SELECT pg_size_bytes(current_setting('effective_cache_size')) / 1024 / $2::bigint AS kib) AS most";
        self.client.query_one(sql, &[&wanted_kib, &MOST_BUILD_SHARE]).await?;
        Ok(())
    }

    async fn make(&self) -> Result<(), tokio_postgres::Error> {
        let (id, dimension, table) = (self.id, self.dimension, self.table());
        let index = format!("vector_{id}_nearest");
        let beside = match self.place {
            Place::Candidate => "IF NOT EXISTS",
            Place::Live => {
                self.client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS vectors.{index}")).await?;
                "CONCURRENTLY"
            }
        };
        // By ef_construction each search is better, by m slower.
        let sql = format!(
            "CREATE INDEX {beside} {index} ON {table}
             USING hnsw ((embedding::public.halfvec({dimension})) public.halfvec_cosine_ops)
             WITH (m = 16, ef_construction = 128)"
        );
        self.client.batch_execute(&sql).await
    }

    fn table(&self) -> String {
        let schema = match self.place {
            Place::Candidate => "",
            Place::Live => "vectors.",
        };
        format!("{schema}vector_{}", self.id)
    }
}

fn is_out_of_room(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::DISK_FULL | &SqlState::OUT_OF_MEMORY))
}
