//! What a batch does to rows that join two things, such as an asset and an album. One thing can be joined with very
//! many, so the rows are not loaded.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::runtime::{TableRow, Writer};

/// The two ids of a row, in the order of its key.
pub type Pair = (Uuid, Uuid);

/// Whatever is joined with what is gone goes first; then single rows come and go, the last word counting.
pub struct Links<R> {
    cleared: [HashSet<Uuid>; 2],
    changed: HashMap<Pair, Option<R>>,
}

impl<R> Default for Links<R> {
    fn default() -> Self {
        Self { cleared: [HashSet::new(), HashSet::new()], changed: HashMap::new() }
    }
}

impl<R: TableRow> Links<R> {
    /// Joins two things.
    pub fn put(&mut self, pair: Pair, row: R) {
        self.changed.insert(pair, Some(row));
    }

    /// Parts them.
    pub fn remove(&mut self, pair: Pair) {
        self.changed.insert(pair, None);
    }

    /// What the first column of the key names is gone.
    pub fn clear_first(&mut self, id: Uuid) {
        self.cleared[0].insert(id);
        self.changed.retain(|(first, _), _| *first != id);
    }

    /// What the second column of the key names is gone.
    pub fn clear_second(&mut self, id: Uuid) {
        self.cleared[1].insert(id);
        self.changed.retain(|(_, second), _| *second != id);
    }

    /// Writes it.
    pub async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        let (table, [first, second]) = (R::TABLE, [R::KEY[0], R::KEY[1]]);
        for (cleared, column) in self.cleared.iter().zip([first, second]) {
            if !cleared.is_empty() {
                let ids: Vec<Uuid> = cleared.iter().copied().collect();
                writer.execute(&format!("DELETE FROM {table} WHERE {column} = ANY($1)"), &[&ids]).await?;
            }
        }
        let removed = self.changed.iter().filter(|(_, row)| row.is_none()).map(|(pair, _)| *pair);
        let (firsts, seconds): (Vec<Uuid>, Vec<Uuid>) = removed.unzip();
        if !firsts.is_empty() {
            let sql = format!(
                "DELETE FROM {table} USING UNNEST($1::uuid[], $2::uuid[]) AS gone (first, second)
                 WHERE {table}.{first} = gone.first AND {table}.{second} = gone.second"
            );
            writer.execute(&sql, &[&firsts, &seconds]).await?;
        }
        let saved: Vec<&R> = self.changed.values().flatten().collect();
        writer.save(&saved).await
    }
}
