//! Who shares with whom besides the members of albums: partners, links for anybody who has them, and
//! what members say about albums.
//!
//! As in [`crate::albums`], what is shown of assets, albums and users is joined by name when somebody
//! asks. A link or a comment whose album is gone with its owner stays here unseen.

mod activities;
mod apply;
mod link_assets;
mod links;
mod partners;
mod rows;

use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;

pub use activities::{ActivityFilter, ActivityOf};
pub use apply::Sharing;
pub use links::{LinkFilter, LinkPrincipal};
pub use partners::{Partner, PartnerDirection};
pub use rows::{ActivityRow, PartnershipRow, SharedLinkAssetRow, SharedLinkRow};

use crate::runtime::{ReadError, query};

/// Questions about what is shared.
#[derive(Clone)]
pub struct SharingQueries {
    pool: Pool,
}

impl SharingQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn query<R>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&tokio_postgres::Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        query(&self.pool, sql, parameters, read).await
    }
}
