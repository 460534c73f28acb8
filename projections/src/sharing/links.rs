//! Questions about shared links. A link leads nowhere while its owner, or the owner of its album, is
//! deleted.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{SharingQueries, rows::SharedLinkRow};
use crate::{
    identity::AccountRow,
    library::AssetRow,
    runtime::{ReadError, TableRow},
};

/// Somebody who came by a link.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkPrincipal {
    /// The link. Whether it has expired is for the caller to say, who knows the time.
    pub link: SharedLinkRow,
    /// Its owner, who is not deleted.
    pub account: AccountRow,
}

/// Which links of an owner are meant. What is absent does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkFilter {
    /// This one.
    pub id: Option<Uuid>,
    /// Those that show this album.
    pub album: Option<Uuid>,
}

impl SharingQueries {
    /// The link of a key's hash, with its owner.
    ///
    /// # Errors
    /// The database is away.
    pub async fn link_by_key(&self, key_hash: &[u8]) -> Result<Option<LinkPrincipal>, ReadError> {
        self.principal("link.key_hash = $1", &key_hash).await
    }

    /// The link of a slug, with its owner.
    ///
    /// # Errors
    /// The database is away.
    pub async fn link_by_slug(&self, slug: &str) -> Result<Option<LinkPrincipal>, ReadError> {
        self.principal("link.slug = $1", &slug).await
    }

    async fn principal(
        &self,
        condition: &str,
        parameter: &(dyn ToSql + Sync),
    ) -> Result<Option<LinkPrincipal>, ReadError> {
        let sql = format!(
            "SELECT {} {} AND {condition}",
            SharedLinkRow::column_list("link."),
            include_str!("sql/live_links.sql"),
        );
        let found = self.query(&sql, &[parameter], SharedLinkRow::from_row).await?;
        let Some(link) = found.into_iter().next() else { return Ok(None) };
        let account = self.account(link.owner_id).await?;
        Ok(account.map(|account| LinkPrincipal { link, account }))
    }

    async fn account(&self, id: Uuid) -> Result<Option<AccountRow>, ReadError> {
        let columns = AccountRow::column_list("");
        let sql = format!("SELECT {columns} FROM identity.person_account WHERE id = $1 AND deleted_at IS NULL");
        Ok(self.query(&sql, &[&id], AccountRow::from_row).await?.into_iter().next())
    }

    /// The links of an owner, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn links_of(&self, owner: Uuid, filter: &LinkFilter) -> Result<Vec<SharedLinkRow>, ReadError> {
        let sql = format!(
            "SELECT {} {} AND link.owner_id = $1 AND ($2::uuid IS NULL OR link.id = $2)
             AND ($3::uuid IS NULL OR link.album_id = $3) ORDER BY link.created_at DESC, link.id",
            SharedLinkRow::column_list("link."),
            include_str!("sql/live_links.sql"),
        );
        self.query(&sql, &[&owner, &filter.id, &filter.album], SharedLinkRow::from_row).await
    }

    /// The links to an album, whoever made them.
    ///
    /// # Errors
    /// The database is away.
    pub async fn links_to(&self, album: Uuid) -> Result<Vec<Uuid>, ReadError> {
        self.query("SELECT id FROM sharing.shared_link WHERE album_id = $1", &[&album], |row| row.get(0)).await
    }

    /// The single assets that links show, with the id of the link, the oldest capture first; with
    /// `first_only`, that one alone of each. What is in the trash or locked is not shown.
    ///
    /// # Errors
    /// The database is away.
    pub async fn assets_of_links(&self, links: &[Uuid], first_only: bool) -> Result<Vec<(Uuid, AssetRow)>, ReadError> {
        let columns = AssetRow::column_list("asset.");
        let shown = include_str!("sql/assets_of_links.sql");
        let sql = if first_only {
            // Whole assets are read of the first ones alone.
            format!(
                "SELECT {columns}, first.link_id
                 FROM (SELECT DISTINCT ON (shown.link_id) shown.link_id, asset.id {shown}) AS first
                 JOIN library.asset AS asset ON asset.id = first.id ORDER BY first.link_id"
            )
        } else {
            format!("SELECT {columns}, shown.link_id {shown}")
        };
        let read = |row: &tokio_postgres::Row| (row.get(AssetRow::COLUMNS.len()), AssetRow::from_row(row));
        self.query(&sql, &[&links], read).await
    }

    /// How many single assets a link shows.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count_assets_of_link(&self, link: Uuid) -> Result<i64, ReadError> {
        let rows = self.query(include_str!("sql/count_assets_of_link.sql"), &[&link], |row| row.get(0)).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// Those of `assets` that a link shows by themselves, in sight or not.
    ///
    /// # Errors
    /// The database is away.
    pub async fn among_link(&self, link: Uuid, assets: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT asset_id FROM sharing.shared_link_asset WHERE link_id = $1 AND asset_id = ANY($2)";
        self.query(sql, &[&link, &assets], |row| row.get(0)).await
    }

    /// The links that show `assets` by themselves: link and asset.
    ///
    /// # Errors
    /// The database is away.
    pub async fn links_holding(&self, assets: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, ReadError> {
        let sql = "SELECT link_id, asset_id FROM sharing.shared_link_asset WHERE asset_id = ANY($1)
                   ORDER BY link_id, asset_id";
        self.query(sql, &[&assets], |row| (row.get(0), row.get(1))).await
    }

    /// Those of `assets` that whoever comes by a link can reach: those that it shows, those in its
    /// album, and the moving halves of such photos.
    ///
    /// # Errors
    /// The database is away.
    pub async fn reachable_by_link(&self, link: Uuid, assets: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        self.query(include_str!("sql/reachable_by_link.sql"), &[&link, &assets], |row| row.get(0)).await
    }
}
