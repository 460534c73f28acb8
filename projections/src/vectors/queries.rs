//! Questions to this read model, and the indexes of its live tables.

use deadpool_postgres::Pool;
use pgvector::HalfVector;
use uuid::Uuid;

use super::index::{Build, Place};
use crate::runtime::{ReadError, query};

/// From when on what is done. Tests have smaller libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// With fewer vectors than that there is no index: looking at all of them takes a few milliseconds.
    pub indexed_vectors: i64,
    /// What the index's graph takes of each vector besides its numbers, while it is built: 32 neighbours and how far they
    /// are.
    pub graph_bytes: i64,
    /// Of so few assets all distances are measured: that takes no longer than the index would.
    pub measured_assets: i64,
    /// So many results the index finds in one look: the pages that most people see.
    pub first_results: i64,
    /// So many results are those of the index: more pages than anybody looks at.
    pub head_results: i64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            indexed_vectors: 10_000,
            graph_bytes: 1_024,
            measured_assets: 20_000,
            first_results: 150,
            head_results: 1_000,
        }
    }
}

/// Questions about vectors.
#[derive(Clone)]
pub struct VectorQueries {
    pub(super) pool: Pool,
    pub(super) bounds: Bounds,
}

/// The space of a model's vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Names its table.
    pub id: i32,
    /// Whose vectors.
    pub model: String,
    /// How many numbers each has.
    pub dimension: i32,
    /// Whether there is an index of what is near.
    pub is_indexed: bool,
}

const SPACES: &str = "SELECT space.id, space.model, space.dimension, EXISTS (
        SELECT FROM pg_catalog.pg_index AS made
        WHERE made.indexrelid = to_regclass('vectors.vector_' || space.id || '_nearest') AND made.indisvalid
    ) FROM vectors.space AS space";

impl VectorQueries {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, bounds: Bounds::default() }
    }

    /// The same with other bounds.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// The space that answers searches; none before any is complete.
    ///
    /// # Errors
    /// The database is away.
    pub async fn serving(&self) -> Result<Option<Space>, ReadError> {
        let sql = format!("{SPACES} JOIN vectors.serving AS serving ON serving.model = space.model");
        Ok(query(&self.pool, &sql, &[], space).await?.into_iter().next())
    }

    /// The model that answers searches, also while it has no vectors.
    ///
    /// # Errors
    /// The database is away.
    pub async fn serving_model(&self) -> Result<Option<String>, ReadError> {
        let models = query(&self.pool, "SELECT model FROM vectors.serving", &[], |row| row.get(0)).await?;
        Ok(models.into_iter().next())
    }

    /// All spaces.
    ///
    /// # Errors
    /// The database is away.
    pub async fn spaces(&self) -> Result<Vec<Space>, ReadError> {
        query(&self.pool, &format!("{SPACES} ORDER BY space.id"), &[], space).await
    }

    /// The vector of an asset.
    ///
    /// # Errors
    /// The database is away.
    pub async fn vector(&self, space: &Space, asset: Uuid) -> Result<Option<HalfVector>, ReadError> {
        let sql = "SELECT embedding FROM vectors.vector WHERE asset_id = $1 AND space_id = $2";
        Ok(query(&self.pool, sql, &[&asset, &space.id], |row| row.get(0)).await?.into_iter().next())
    }

    /// Makes the index of a live space beside its readers and writers, if it has so many vectors that it is worth it.
    ///
    /// # Errors
    /// The database is away, or has no room.
    pub async fn make_index(&self, space: &Space) -> Result<(), ReadError> {
        if space.is_indexed {
            return Ok(());
        }
        let client = self.pool.get().await?;
        let Space { id, dimension, .. } = *space;
        let build = Build { client: &client, place: Place::Live, id, dimension, bounds: self.bounds };
        Ok(build.run().await?)
    }
}

fn space(row: &tokio_postgres::Row) -> Space {
    Space { id: row.get(0), model: row.get(1), dimension: row.get(2), is_indexed: row.get(3) }
}
