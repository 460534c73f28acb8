//! Writing rows of a read model in bulk, inside the transaction of a batch.

use std::collections::HashMap;

use tokio_postgres::{Row, Statement, Transaction, types::ToSql};
use uuid::Uuid;

use super::table::TableRow;

/// Statements of one connection, by their text. A projection has a few dozen.
pub(crate) type StatementCache = HashMap<String, Statement>;

/// The transaction of a batch. Tables are found through the search path, so the same `apply`
/// fills the live tables and those of a rebuild.
pub struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    statements: &'a mut StatementCache,
}

impl<'a> Writer<'a> {
    pub(crate) const fn new(transaction: &'a Transaction<'a>, statements: &'a mut StatementCache) -> Self {
        Self { transaction, statements }
    }

    async fn prepared(&mut self, sql: String) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.get(&sql) {
            return Ok(statement.clone());
        }
        let statement = self.transaction.prepare(&sql).await?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// All rows whose first key column is one of `ids`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load<R: TableRow>(&mut self, ids: &[Uuid]) -> Result<Vec<R>, tokio_postgres::Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {} FROM {} WHERE {} = ANY($1)", R::column_list(""), R::TABLE, R::KEY[0]);
        let statement = self.prepared(sql).await?;
        let rows = self.transaction.query(&statement, &[&ids]).await?;
        Ok(rows.iter().map(R::from_row).collect())
    }

    /// Inserts rows, or replaces those of the same key. No two may have the same key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn save<R: TableRow>(&mut self, rows: &[&R]) -> Result<(), tokio_postgres::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let statement = self.prepared(upsert_sql::<R>()).await?;
        let columns = R::columns(rows);
        self.transaction.execute(&statement, &borrowed(&columns)).await?;
        Ok(())
    }

    /// Deletes the rows of these keys.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete<R: TableRow>(&mut self, rows: &[&R]) -> Result<(), tokio_postgres::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let statement = self.prepared(delete_sql::<R>()).await?;
        let keys = R::keys(rows);
        self.transaction.execute(&statement, &borrowed(&keys)).await?;
        Ok(())
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// The database failed.
    pub async fn execute(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, tokio_postgres::Error> {
        let statement = self.prepared(sql.to_owned()).await?;
        self.transaction.execute(&statement, parameters).await
    }

    /// Runs a query.
    ///
    /// # Errors
    /// The database failed.
    pub async fn query(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = self.prepared(sql.to_owned()).await?;
        self.transaction.query(&statement, parameters).await
    }
}

fn borrowed(columns: &[super::table::Column]) -> Vec<&(dyn ToSql + Sync)> {
    columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect()
}

fn arrays(types: &[&str]) -> String {
    let array = |(index, name): (usize, &&str)| format!("${}::{name}[]", index + 1);
    types.iter().enumerate().map(array).collect::<Vec<_>>().join(", ")
}

fn upsert_sql<R: TableRow>() -> String {
    let changes: Vec<String> = R::COLUMNS
        .iter()
        .filter(|column| !R::KEY.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let action = if changes.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", changes.join(", ")) };
    format!(
        "INSERT INTO {} ({}) SELECT * FROM UNNEST({}) ON CONFLICT ({}) DO {action}",
        R::TABLE,
        R::column_list(""),
        arrays(R::TYPES),
        R::KEY.join(", "),
    )
}

fn delete_sql<R: TableRow>() -> String {
    let types: Vec<&str> = R::KEY
        .iter()
        .filter_map(|key| R::COLUMNS.iter().position(|column| column == key).map(|index| R::TYPES[index]))
        .collect();
    let matches: Vec<String> = R::KEY.iter().map(|key| format!("{}.{key} = gone.{key}", R::TABLE)).collect();
    format!(
        "DELETE FROM {} USING UNNEST({}) AS gone ({}) WHERE {}",
        R::TABLE,
        arrays(&types),
        R::KEY.join(", "),
        matches.join(" AND "),
    )
}
