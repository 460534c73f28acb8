//! What has to be known of many assets to change them.

use chrono::{DateTime, NaiveDateTime, Utc};
use uuid::Uuid;

use super::{queries::LibraryQueries, rows::KeyValueRow};
use crate::runtime::{ReadError, TableRow};

/// When and in which zone an asset was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureDate {
    /// The asset.
    pub id: Uuid,
    /// The instant.
    pub taken_at: DateTime<Utc>,
    /// The wall clock at the place of capture.
    pub local_taken_at: NaiveDateTime,
    /// IANA name or `UTC+n`.
    pub time_zone: Option<String>,
}

impl LibraryQueries {
    /// When assets were taken, in no particular order.
    ///
    /// # Errors
    /// The database is away.
    pub async fn capture_dates(&self, ids: &[Uuid]) -> Result<Vec<CaptureDate>, ReadError> {
        let sql = "SELECT id, taken_at, local_taken_at, time_zone FROM library.asset WHERE id = ANY($1)";
        self.query(sql, &[&ids], |row| CaptureDate {
            id: row.get(0),
            taken_at: row.get(1),
            local_taken_at: row.get(2),
            time_zone: row.get(3),
        })
        .await
    }

    /// Clients' values of assets, by asset and key.
    ///
    /// # Errors
    /// The database is away.
    pub async fn key_values_of(&self, assets: &[Uuid]) -> Result<Vec<KeyValueRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM library.asset_key_value WHERE asset_id = ANY($1) ORDER BY asset_id, key",
            KeyValueRow::column_list("")
        );
        self.query(&sql, &[&assets], KeyValueRow::from_row).await
    }
}
