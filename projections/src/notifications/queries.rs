//! Questions to this read model.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::runtime::{ReadError, query};

const SELECT: &str = include_str!("sql/select.sql");

/// Questions about what users are told.
#[derive(Clone)]
pub struct NotificationQueries {
    pool: Pool,
}

/// Something a user is told.
#[derive(Clone, Debug, PartialEq)]
pub struct NotificationRow {
    /// Its id.
    pub id: Uuid,
    /// Who is told.
    pub user_id: Uuid,
    /// How much it matters.
    pub level: String,
    /// What it is about.
    pub kind: String,
    /// In short; none for those about albums.
    pub title: Option<String>,
    /// At length.
    pub description: Option<String>,
    /// For the client.
    pub data: Option<Value>,
    /// The album it is about.
    pub album_id: Option<Uuid>,
    /// How that is called by now.
    pub album_name: Option<String>,
    /// Who shared it, or put something into it.
    pub sender_name: Option<String>,
    /// When it was told.
    pub created_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}

/// Which of a user's notifications are meant. What is absent does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationFilter {
    /// This one.
    pub id: Option<Uuid>,
    /// Of this level.
    pub level: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Those that were not read, or those that were.
    pub unread: Option<bool>,
}

fn read(row: &Row) -> NotificationRow {
    NotificationRow {
        id: row.get(0),
        user_id: row.get(1),
        level: row.get(2),
        kind: row.get(3),
        title: row.get(4),
        description: row.get(5),
        data: row.get(6),
        album_id: row.get(7),
        album_name: row.get(8),
        sender_name: row.get(9),
        created_at: row.get(10),
        read_at: row.get(11),
    }
}

impl NotificationQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// What a user is told, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_user(&self, user: Uuid, filter: &NotificationFilter) -> Result<Vec<NotificationRow>, ReadError> {
        let sql = format!(
            "{SELECT} WHERE told.user_id = $1 AND ($2::uuid IS NULL OR told.id = $2)
             AND ($3::text IS NULL OR told.level = $3) AND ($4::text IS NULL OR told.kind = $4)
             AND ($5::boolean IS NULL OR (told.read_at IS NULL) = $5)
             ORDER BY told.created_at DESC, told.id"
        );
        let parameters: [&(dyn ToSql + Sync); 5] = [&user, &filter.id, &filter.level, &filter.kind, &filter.unread];
        query(&self.pool, &sql, &parameters, read).await
    }

    /// Those of `ids` that are told to `user`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn among(&self, user: Uuid, ids: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT id FROM notifications.notification WHERE user_id = $1 AND id = ANY($2)";
        query(&self.pool, sql, &[&user, &ids], |row| row.get(0)).await
    }

    /// What users are told of events after `after` and up to `until`, for those who push it to them.
    ///
    /// # Errors
    /// The database is away.
    pub async fn told_between(&self, after: i64, until: i64) -> Result<Vec<NotificationRow>, ReadError> {
        let sql = format!("{SELECT} WHERE told.position > $1 AND told.position <= $2 ORDER BY told.position, told.id");
        query(&self.pool, &sql, &[&after, &until], read).await
    }

    /// Up to `limit` notifications of which there has been enough: those that were read and told before
    /// these times, and those that were told before `unread_before` and not read.
    ///
    /// # Errors
    /// The database is away.
    pub async fn old(
        &self,
        read_before: DateTime<Utc>,
        told_before: DateTime<Utc>,
        unread_before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT id FROM notifications.notification
                   WHERE read_at < $1 AND created_at < $2 OR read_at IS NULL AND created_at < $3
                   ORDER BY created_at LIMIT $4";
        query(&self.pool, sql, &[&read_before, &told_before, &unread_before, &limit], |row| row.get(0)).await
    }
}
