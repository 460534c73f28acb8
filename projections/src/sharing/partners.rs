//! Questions about partners. Whoever is deleted is nobody's partner until restored.

use uuid::Uuid;

use super::{SharingQueries, rows::PartnershipRow};
use crate::{
    identity::AccountRow,
    runtime::{ReadError, TableRow},
};

/// From whose side a user looks at partnerships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerDirection {
    /// Those with whom the user shares.
    SharedBy,
    /// Those who share with the user.
    SharedWith,
}

/// Somebody on the other side of a partnership.
#[derive(Clone, Debug, PartialEq)]
pub struct Partner {
    /// The partnership.
    pub partnership: PartnershipRow,
    /// The other one.
    pub account: AccountRow,
}

impl SharingQueries {
    /// The partners of a user in the order in which the partnerships began; with `other`, that one alone.
    ///
    /// # Errors
    /// The database is away.
    pub async fn partners(
        &self,
        user: Uuid,
        direction: PartnerDirection,
        other: Option<Uuid>,
    ) -> Result<Vec<Partner>, ReadError> {
        let (mine, theirs) = match direction {
            PartnerDirection::SharedBy => ("shared_by_id", "shared_with_id"),
            PartnerDirection::SharedWith => ("shared_with_id", "shared_by_id"),
        };
        let sql = format!(
            "SELECT {}, {} FROM sharing.partnership AS partnership
             JOIN identity.person_account AS account ON account.id = partnership.{theirs} AND account.deleted_at IS NULL
             WHERE partnership.{mine} = $1 AND ($2::uuid IS NULL OR account.id = $2)
             ORDER BY partnership.created_at, partnership.id",
            AccountRow::column_list("account."),
            PartnershipRow::column_list("partnership."),
        );
        let first = AccountRow::COLUMNS.len();
        self.query(&sql, &[&user, &other], |row| Partner {
            account: AccountRow::from_row(row),
            partnership: partnership_from(row, first),
        })
        .await
    }

    /// Those who share with a user; with `in_timeline`, those alone whom the user wants to see there.
    ///
    /// # Errors
    /// The database is away.
    pub async fn sharing_with(&self, user: Uuid, in_timeline: bool) -> Result<Vec<Uuid>, ReadError> {
        self.query(include_str!("sql/sharing_with.sql"), &[&user, &in_timeline], |row| row.get(0)).await
    }

    /// Those of `assets` that a partner shows a user: in the partner's timeline, or the hidden half
    /// of a photo there; never in the trash, the archive or the locked folder.
    ///
    /// # Errors
    /// The database is away.
    pub async fn shown_by_partners(&self, user: Uuid, assets: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        self.query(include_str!("sql/shown_by_partners.sql"), &[&user, &assets], |row| row.get(0)).await
    }
}

fn partnership_from(row: &tokio_postgres::Row, first: usize) -> PartnershipRow {
    PartnershipRow {
        id: row.get(first),
        shared_by_id: row.get(first + 1),
        shared_with_id: row.get(first + 2),
        in_timeline: row.get(first + 3),
        created_at: row.get(first + 4),
        updated_at: row.get(first + 5),
    }
}
