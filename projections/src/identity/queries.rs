//! Questions to this read model.

use deadpool_postgres::Pool;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::{AccountRow, ApiKeyRow, InstallationRow, SessionRow, VersionRow};
use crate::runtime::{ReadError, TableRow};

/// Questions about users, sessions, keys and the installation.
#[derive(Clone)]
pub struct IdentityQueries {
    pool: Pool,
}

/// Somebody who came with a session's token.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionPrincipal {
    /// The session. Whether it has expired is for the caller to say, who knows the time.
    pub session: SessionRow,
    /// Its user, who is not deleted.
    pub account: AccountRow,
}

/// A program that came with a key's secret.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyPrincipal {
    /// The key.
    pub key: ApiKeyRow,
    /// Its user, who is not deleted.
    pub account: AccountRow,
}

fn select<R: TableRow>(rest: &str) -> String {
    format!("SELECT {} FROM identity.{} {rest}", R::column_list(""), R::TABLE)
}

impl IdentityQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn rows<R: TableRow>(&self, rest: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<R>, ReadError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(&select::<R>(rest)).await?;
        Ok(client.query(&statement, parameters).await?.iter().map(R::from_row).collect())
    }

    async fn row<R: TableRow>(&self, rest: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Option<R>, ReadError> {
        Ok(self.rows(rest, parameters).await?.into_iter().next())
    }

    /// Whether an administrator exists, deleted or not.
    ///
    /// # Errors
    /// The database is away.
    pub async fn has_admin(&self) -> Result<bool, ReadError> {
        let client = self.pool.get().await?;
        let statement =
            client.prepare_cached("SELECT EXISTS (SELECT FROM identity.person_account WHERE is_admin)").await?;
        Ok(client.query_one(&statement, &[]).await?.get(0))
    }

    /// A user, deleted or not.
    ///
    /// # Errors
    /// The database is away.
    pub async fn account(&self, id: Uuid) -> Result<Option<AccountRow>, ReadError> {
        self.row("WHERE id = $1", &[&id]).await
    }

    /// The user of an address (in lower case), unless deleted.
    ///
    /// # Errors
    /// The database is away.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<AccountRow>, ReadError> {
        self.row("WHERE email = $1 AND deleted_at IS NULL", &[&email]).await
    }

    /// Those of `ids` that are users and not deleted.
    ///
    /// # Errors
    /// The database is away.
    pub async fn users_among(&self, ids: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached("SELECT id FROM identity.person_account WHERE id = ANY($1) AND deleted_at IS NULL")
            .await?;
        Ok(client.query(&statement, &[&ids]).await?.iter().map(|row| row.get(0)).collect())
    }

    /// All users in the order of their creation, with or without the deleted.
    ///
    /// # Errors
    /// The database is away.
    pub async fn accounts(&self, with_deleted: bool) -> Result<Vec<AccountRow>, ReadError> {
        self.rows("WHERE $1 OR deleted_at IS NULL ORDER BY created_at, id", &[&with_deleted]).await
    }

    /// Users who are to be removed for good and are still here.
    ///
    /// # Errors
    /// The database is away.
    pub async fn being_removed(&self) -> Result<Vec<AccountRow>, ReadError> {
        self.rows("WHERE status = 'removing' ORDER BY created_at, id", &[]).await
    }

    /// The session of a token's hash, with its user.
    ///
    /// # Errors
    /// The database is away.
    pub async fn session_by_token(&self, token_hash: &[u8]) -> Result<Option<SessionPrincipal>, ReadError> {
        let Some(session) = self.row::<SessionRow>("WHERE token_hash = $1", &[&token_hash]).await? else {
            return Ok(None);
        };
        let account = self.row("WHERE id = $1 AND deleted_at IS NULL", &[&session.user_id]).await?;
        Ok(account.map(|account| SessionPrincipal { session, account }))
    }

    /// The key of a secret's hash, with its user.
    ///
    /// # Errors
    /// The database is away.
    pub async fn key_by_secret(&self, secret_hash: &[u8]) -> Result<Option<KeyPrincipal>, ReadError> {
        let Some(key) = self.row::<ApiKeyRow>("WHERE secret_hash = $1", &[&secret_hash]).await? else {
            return Ok(None);
        };
        let account = self.row("WHERE id = $1 AND deleted_at IS NULL", &[&key.user_id]).await?;
        Ok(account.map(|account| KeyPrincipal { key, account }))
    }

    /// The sessions of a user, the most recently used first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn sessions(&self, user: Uuid) -> Result<Vec<SessionRow>, ReadError> {
        self.rows("WHERE user_id = $1 ORDER BY updated_at DESC, id", &[&user]).await
    }

    /// One session.
    ///
    /// # Errors
    /// The database is away.
    pub async fn session(&self, id: Uuid) -> Result<Option<SessionRow>, ReadError> {
        self.row("WHERE id = $1", &[&id]).await
    }

    /// A session and all that descend from it.
    ///
    /// # Errors
    /// The database is away.
    pub async fn session_family(&self, id: Uuid) -> Result<Vec<Uuid>, ReadError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(include_str!("session_family.sql")).await?;
        Ok(client.query(&statement, &[&id]).await?.iter().map(|row| row.get(0)).collect())
    }

    /// The keys of a user, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn keys(&self, user: Uuid) -> Result<Vec<ApiKeyRow>, ReadError> {
        self.rows("WHERE user_id = $1 ORDER BY created_at DESC, id", &[&user]).await
    }

    /// One key of a user.
    ///
    /// # Errors
    /// The database is away.
    pub async fn key(&self, user: Uuid, id: Uuid) -> Result<Option<ApiKeyRow>, ReadError> {
        self.row("WHERE id = $1 AND user_id = $2", &[&id, &user]).await
    }

    /// The versions that ran here, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn versions(&self) -> Result<Vec<VersionRow>, ReadError> {
        self.rows("ORDER BY created_at DESC, id", &[]).await
    }

    /// Whether the administrator's first steps are done.
    ///
    /// # Errors
    /// The database is away.
    pub async fn admin_onboarded(&self) -> Result<bool, ReadError> {
        Ok(self.row::<InstallationRow>("", &[]).await?.is_some_and(|installation| installation.admin_onboarded))
    }

    /// The installation's licence.
    ///
    /// # Errors
    /// The database is away.
    pub async fn server_license(&self) -> Result<Option<Value>, ReadError> {
        Ok(self.row::<InstallationRow>("", &[]).await?.and_then(|installation| installation.license))
    }
}
