//! Writing rows of a read model in bulk, inside the transaction of a batch.

use std::{collections::HashMap, pin::pin};

use bytes::{BufMut, Bytes, BytesMut};
use futures::SinkExt;
use tokio_postgres::{
    Row, Statement, Transaction,
    types::{ToSql, Type},
};
use uuid::Uuid;

use super::table::{CopyError, TableRow, copied_types};

/// Fewer rows are inserted by one statement: a stream takes two more messages there and back.
const LEAST_COPIED_ROWS: usize = 64;

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

    /// Inserts rows whose keys are known to be new: many of them go in as a stream.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add<R: TableRow>(&mut self, rows: &[&R]) -> Result<(), tokio_postgres::Error> {
        match copied_types(R::TYPES).filter(|_| rows.len() >= LEAST_COPIED_ROWS) {
            Some(types) => self.copy(rows, &types).await,
            None => self.save(rows).await,
        }
    }

    async fn copy<R: TableRow>(&mut self, rows: &[&R], types: &[Type]) -> Result<(), tokio_postgres::Error> {
        // A value that cannot be sent is told as an error of the statement that sends it by itself.
        let Ok(chunks) = copied(rows, types) else { return self.save(rows).await };
        let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", R::TABLE, R::column_list(""));
        let statement = self.prepared(sql).await?;
        let sink = self.transaction.copy_in(&statement).await?;
        let mut sink = pin!(sink);
        for chunk in chunks {
            sink.send(chunk).await?;
        }
        sink.finish().await?;
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

/// The rows in the binary form of COPY, in pieces of some size.
fn copied<R: TableRow>(rows: &[&R], types: &[Type]) -> Result<Vec<Bytes>, CopyError> {
    /// Signature, flags and the length of what extends the header.
    const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    const END: i16 = -1;
    /// Large enough that a message costs little, small enough to be freed soon.
    const CHUNK_BYTES: usize = 256 * 1024;
    let columns = i16::try_from(types.len())?;
    let mut chunks = Vec::new();
    let mut chunk = BytesMut::with_capacity(CHUNK_BYTES * 2);
    chunk.put_slice(HEADER);
    for row in rows {
        chunk.put_i16(columns);
        row.copy(types, &mut chunk)?;
        if chunk.len() >= CHUNK_BYTES {
            chunks.push(chunk.split().freeze());
        }
    }
    chunk.put_i16(END);
    chunks.push(chunk.freeze());
    Ok(chunks)
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
    let matches: Vec<String> = R::KEY.iter().map(|key| format!("{}.{key} = unwanted.{key}", R::TABLE)).collect();
    format!(
        "DELETE FROM {} USING UNNEST({}) AS unwanted ({}) WHERE {}",
        R::TABLE,
        arrays(&types),
        R::KEY.join(", "),
        matches.join(" AND "),
    )
}
