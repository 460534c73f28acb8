//! Questions about what models see in faces.

use std::collections::HashSet;

use albumen_domain::face::FaceSource;
use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use pgvector::HalfVector;
use uuid::Uuid;

use crate::runtime::{ReadError, query};

/// Questions about what models see in faces.
#[derive(Clone)]
pub struct FaceVectorQueries {
    pool: Pool,
}

/// A face that a model has seen.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFace {
    /// Its id.
    pub id: Uuid,
    /// Position of the event that brought the vector.
    pub position: i64,
    /// What the model sees.
    pub vector: Vec<f32>,
    /// Whose it is.
    pub person: Option<Uuid>,
    /// Whose it is by the last word on it; they can be gone.
    pub said_person: Option<Uuid>,
    /// Who found it.
    pub source: FaceSource,
    /// A user said whose it is, or that it is nobody's.
    pub by_hand: bool,
    /// A user said that it is no face.
    pub is_removed: bool,
    /// When the photo was taken.
    pub taken_at: DateTime<Utc>,
    /// Whether the photo is in the timeline.
    pub is_in_timeline: bool,
    /// Whether the photo is in the trash, or on its way out.
    pub is_in_trash: bool,
}

/// A face that is like another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearFace {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub person: Option<Uuid>,
    /// The cosine distance.
    pub distance: f32,
}

impl FaceVectorQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// All faces of an owner that a model has seen, in the order in which it saw them.
    ///
    /// # Errors
    /// The database is away.
    pub async fn seen(&self, owner: Uuid, model: &str) -> Result<Vec<SeenFace>, ReadError> {
        query(&self.pool, include_str!("sql/seen.sql"), &[&owner, &model], |row| {
            let vector: HalfVector = row.get(2);
            let (visibility, status): (&str, &str) = (row.get(9), row.get(10));
            SeenFace {
                id: row.get(0),
                position: row.get(1),
                vector: vector.as_slice().iter().map(|number| number.to_f32()).collect(),
                person: row.get(3),
                said_person: row.get(4),
                source: FaceSource::by_name(row.get(5)).unwrap_or(FaceSource::MachineLearning),
                by_hand: row.get(6),
                is_removed: row.get(7),
                taken_at: row.get(8),
                is_in_timeline: visibility == "timeline",
                is_in_trash: status != "active",
            }
        })
        .await
    }

    /// How many faces of an owner a model has seen, and how many of those after a position.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count(&self, owner: Uuid, model: &str, after: i64) -> Result<(i64, i64), ReadError> {
        let sql = "SELECT count(*), count(*) FILTER (WHERE position > $3) FROM face_vectors.face_vector
                   WHERE owner_id = $1 AND model = $2";
        let found = query(&self.pool, sql, &[&owner, &model, &after], |row| (row.get(0), row.get(1))).await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Those of an asset's faces that a model has seen.
    ///
    /// # Errors
    /// The database is away.
    pub async fn seen_on(&self, asset: Uuid, model: &str) -> Result<HashSet<Uuid>, ReadError> {
        let sql = "SELECT face_id FROM face_vectors.face_vector WHERE asset_id = $1 AND model = $2";
        Ok(query(&self.pool, sql, &[&asset, &model], |row| row.get(0)).await?.into_iter().collect())
    }

    /// Whether a model has seen a face.
    ///
    /// # Errors
    /// The database is away.
    pub async fn has_seen(&self, face: Uuid, model: &str) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM face_vectors.face_vector WHERE face_id = $1 AND model = $2";
        Ok(!query(&self.pool, sql, &[&face, &model], |_| ()).await?.is_empty())
    }

    /// The faces of the same owner that are most like a face, without those that were removed.
    ///
    /// # Errors
    /// The database is away.
    pub async fn nearest(&self, face: Uuid, model: &str, limit: i64) -> Result<Vec<NearFace>, ReadError> {
        query(&self.pool, include_str!("sql/nearest.sql"), &[&face, &model, &limit], |row| NearFace {
            id: row.get(0),
            person: row.get(1),
            distance: row.get(2),
        })
        .await
    }
}
