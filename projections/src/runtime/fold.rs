//! A batch of rows that are loaded once, changed in memory and saved once.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{TableRow, Writer};

/// Rows by id: those of the database, with what the batch has made of them.
pub struct Batch<R> {
    rows: HashMap<Uuid, R>,
    stored: HashMap<Uuid, R>,
    touched: HashSet<Uuid>,
}

impl<R: TableRow> Batch<R> {
    /// Loads the rows of `ids`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(
        writer: &mut Writer<'_>,
        ids: impl IntoIterator<Item = Uuid>,
        id_of: fn(&R) -> Uuid,
    ) -> Result<Self, tokio_postgres::Error> {
        let ids: HashSet<Uuid> = ids.into_iter().collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let stored: HashMap<Uuid, R> =
            writer.load::<R>(&ids).await?.into_iter().map(|row| (id_of(&row), row)).collect();
        Ok(Self { rows: stored.clone(), stored, touched: HashSet::new() })
    }

    /// The row of `id`, to look at.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&R> {
        self.rows.get(&id)
    }

    /// The row of `id`, to change.
    pub fn change(&mut self, id: Uuid) -> Option<&mut R> {
        self.touched.insert(id);
        self.rows.get_mut(&id)
    }

    /// Puts a row in.
    pub fn insert(&mut self, id: Uuid, row: R) {
        self.touched.insert(id);
        self.rows.insert(id, row);
    }

    /// Takes a row out.
    pub fn remove(&mut self, id: Uuid) {
        self.touched.insert(id);
        self.rows.remove(&id);
    }

    /// The ids of all rows of the batch that are meant.
    pub fn ids_where(&self, meant: impl Fn(&R) -> bool) -> Vec<Uuid> {
        self.rows.iter().filter(|(_, row)| meant(row)).map(|(id, _)| *id).collect()
    }

    /// Takes out all rows of the batch that are meant.
    pub fn remove_where(&mut self, meant: impl Fn(&R) -> bool) {
        self.ids_where(meant).into_iter().for_each(|id| self.remove(id));
    }

    /// Each row that changed: as it was in the database, and as it is now.
    pub fn changes(&self) -> impl Iterator<Item = (Option<&R>, Option<&R>)> {
        self.touched.iter().map(|id| (self.stored.get(id), self.rows.get(id))).filter(|(old, new)| old != new)
    }

    /// Writes what changed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        let (mut saved, mut deleted) = (Vec::new(), Vec::new());
        for change in self.changes() {
            match change {
                (_, Some(new)) => saved.push(new),
                (Some(old), None) => deleted.push(old),
                (None, None) => {}
            }
        }
        writer.save::<R>(&saved).await?;
        writer.delete::<R>(&deleted).await
    }
}
