//! A batch of rows that are loaded once, changed in memory and saved once.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{TableRow, Writer};

/// Rows by id: those of the database, with what the batch has made of them.
pub struct Batch<R> {
    /// The ids that were looked up: of these it is known whether they are in the database.
    loaded: HashSet<Uuid>,
    rows: HashMap<Uuid, R>,
    stored: HashMap<Uuid, R>,
    touched: HashSet<Uuid>,
    /// The same, in the order of the log: what came together lies together, and is read together.
    order: Vec<Uuid>,
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
        let loaded = ids;
        let ids: Vec<Uuid> = loaded.iter().copied().collect();
        let stored: HashMap<Uuid, R> =
            writer.load::<R>(&ids).await?.into_iter().map(|row| (id_of(&row), row)).collect();
        Ok(Self { loaded, rows: stored.clone(), stored, touched: HashSet::new(), order: Vec::new() })
    }

    /// The row of `id`, to look at.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&R> {
        self.rows.get(&id)
    }

    fn touch(&mut self, id: Uuid) {
        if self.touched.insert(id) {
            self.order.push(id);
        }
    }

    /// The row of `id`, to change.
    pub fn change(&mut self, id: Uuid) -> Option<&mut R> {
        self.touch(id);
        self.rows.get_mut(&id)
    }

    /// Changes every row that may have changed: for what follows from the rest of a row.
    pub fn change_touched(&mut self, mut change: impl FnMut(&mut R)) {
        for id in &self.order {
            if let Some(row) = self.rows.get_mut(id) {
                change(row);
            }
        }
    }

    /// Puts a row in.
    pub fn insert(&mut self, id: Uuid, row: R) {
        self.touch(id);
        self.rows.insert(id, row);
    }

    /// Takes a row out.
    pub fn remove(&mut self, id: Uuid) {
        self.touch(id);
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
        self.changes_by_id().map(|(_, old, new)| (old, new))
    }

    fn changes_by_id(&self) -> impl Iterator<Item = (Uuid, Option<&R>, Option<&R>)> {
        let states = self.order.iter().map(|id| (*id, self.stored.get(id), self.rows.get(id)));
        states.filter(|(_, old, new)| old != new)
    }

    /// Writes what changed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        let (mut added, mut saved, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
        for (id, old, new) in self.changes_by_id() {
            match (old, new) {
                (None, Some(new)) if self.loaded.contains(&id) => added.push(new),
                (_, Some(new)) => saved.push(new),
                (Some(old), None) => deleted.push(old),
                (None, None) => {}
            }
        }
        writer.add::<R>(&added).await?;
        writer.save::<R>(&saved).await?;
        writer.delete::<R>(&deleted).await
    }
}
