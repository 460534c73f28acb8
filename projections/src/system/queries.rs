//! Questions to this read model.

use albumen_domain::differences::merge;
use deadpool_postgres::Pool;
use serde_json::{Map, Value};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::{ConfigRow, ExternalLibraryRow, NewestReleaseRow};
use crate::runtime::{ReadError, TableRow, query};

/// Questions about how the installation is set up.
#[derive(Clone)]
pub struct SystemQueries {
    pool: Pool,
}

impl SystemQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// What differs from the default configuration.
    ///
    /// # Errors
    /// The database is away.
    pub async fn config_differences(&self) -> Result<Map<String, Value>, ReadError> {
        let sql = format!("SELECT {} FROM system.config", ConfigRow::column_list(""));
        let row = query(&self.pool, &sql, &[], ConfigRow::from_row).await?.into_iter().next();
        let Some(ConfigRow { plain: Value::Object(mut differences), secrets, .. }) = row else {
            return Ok(Map::new());
        };
        if let Some(Value::Object(secrets)) = secrets {
            merge(&mut differences, secrets);
        }
        Ok(differences)
    }

    /// The newest version of the API, if it was ever looked up.
    ///
    /// # Errors
    /// The database is away.
    pub async fn newest_release(&self) -> Result<Option<NewestReleaseRow>, ReadError> {
        let sql = format!("SELECT {} FROM system.newest_release", NewestReleaseRow::column_list(""));
        Ok(query(&self.pool, &sql, &[], NewestReleaseRow::from_row).await?.into_iter().next())
    }

    /// All external libraries, in the order of their creation.
    ///
    /// # Errors
    /// The database is away.
    pub async fn external_libraries(&self) -> Result<Vec<ExternalLibraryRow>, ReadError> {
        self.libraries("ORDER BY created_at, id", &[]).await
    }

    /// One external library.
    ///
    /// # Errors
    /// The database is away.
    pub async fn external_library(&self, id: Uuid) -> Result<Option<ExternalLibraryRow>, ReadError> {
        Ok(self.libraries("WHERE id = $1", &[&id]).await?.into_iter().next())
    }

    async fn libraries(
        &self,
        rest: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<ExternalLibraryRow>, ReadError> {
        let columns = ExternalLibraryRow::column_list("");
        let sql = format!("SELECT {columns} FROM system.external_library {rest}");
        query(&self.pool, &sql, parameters, ExternalLibraryRow::from_row).await
    }
}
