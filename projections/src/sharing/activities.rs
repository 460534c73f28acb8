//! Questions about what members say. What deleted users said, and what was said about assets in the
//! trash, is not shown.

use uuid::Uuid;

use super::{SharingQueries, rows::ActivityRow};
use crate::{
    identity::AccountRow,
    runtime::{ReadError, TableRow},
};

/// Which activities of an album are meant. What is absent does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// This one.
    pub id: Option<Uuid>,
    /// About this asset.
    pub asset: Option<Uuid>,
    /// About the album as a whole alone.
    pub of_album_alone: bool,
    /// Likes, or comments.
    pub likes: Option<bool>,
    /// Of this user.
    pub user: Option<Uuid>,
}

/// An activity with whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityOf {
    /// What was said.
    pub activity: ActivityRow,
    /// By whom.
    pub account: AccountRow,
}

impl SharingQueries {
    /// What was said about an album, the oldest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn activities(&self, album: Uuid, filter: &ActivityFilter) -> Result<Vec<ActivityOf>, ReadError> {
        let sql = format!(
            "SELECT {}, {} {} {} ORDER BY activity.created_at, activity.id",
            AccountRow::column_list("account."),
            ActivityRow::column_list("activity."),
            include_str!("sql/shown_activities.sql"),
            "AND ($2::uuid IS NULL OR activity.id = $2)
             AND ($3::uuid IS NULL OR activity.asset_id = $3)
             AND (NOT $4 OR activity.asset_id IS NULL)
             AND ($5::boolean IS NULL OR (activity.comment IS NULL) = $5)
             AND ($6::uuid IS NULL OR activity.user_id = $6)",
        );
        let first = AccountRow::COLUMNS.len();
        let ActivityFilter { id, asset, of_album_alone, likes, user } = filter;
        self.query(&sql, &[&album, id, asset, of_album_alone, likes, user], |row| ActivityOf {
            account: AccountRow::from_row(row),
            activity: activity_from(row, first),
        })
        .await
    }

    /// How many comments and likes an album has, or one asset of it.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count_activities(&self, album: Uuid, asset: Option<Uuid>) -> Result<(i64, i64), ReadError> {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE activity.comment IS NOT NULL), \
             count(*) FILTER (WHERE activity.comment IS NULL) {} AND ($2::uuid IS NULL OR activity.asset_id = $2)",
            include_str!("sql/shown_activities.sql"),
        );
        let rows = self.query(&sql, &[&album, &asset], |row| (row.get(0), row.get(1))).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// One activity, shown or not.
    ///
    /// # Errors
    /// The database is away.
    pub async fn activity(&self, id: Uuid) -> Result<Option<ActivityRow>, ReadError> {
        let sql = format!("SELECT {} FROM sharing.activity WHERE id = $1", ActivityRow::column_list(""));
        Ok(self.query(&sql, &[&id], ActivityRow::from_row).await?.into_iter().next())
    }
}

fn activity_from(row: &tokio_postgres::Row, first: usize) -> ActivityRow {
    ActivityRow {
        id: row.get(first),
        album_id: row.get(first + 1),
        asset_id: row.get(first + 2),
        user_id: row.get(first + 3),
        comment: row.get(first + 4),
        created_at: row.get(first + 5),
    }
}
