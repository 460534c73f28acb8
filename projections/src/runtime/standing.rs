//! Where read models stand, for answers that are kept.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;

use super::{ReadError, query};

/// Where read models stand. Their rows and their checkpoints change together, in one transaction, whichever process
/// applies them: what was drawn from them is good while they stand there.
///
/// It is to be asked for before anything is drawn: then an answer can be younger than it says, and never older.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing(Vec<Place>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    instance: String,
    position: i64,
    /// Tells tables from those that a rebuild puts in their place, which stand at the same position.
    moved_at: DateTime<Utc>,
}

impl Standing {
    /// Where these read models stand.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn of(pool: &Pool, models: &[&str]) -> Result<Self, ReadError> {
        let sql = "SELECT instance, position, updated_at FROM public.projection_checkpoint
                   WHERE instance = ANY($1) ORDER BY instance";
        let read = |row: &tokio_postgres::Row| (row.get(0), row.get(1), row.get(2));
        Ok(query(pool, sql, &[&models], read).await?.into_iter().collect())
    }

    /// Whether what was drawn from here is as new as what there was to be drawn at `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let is_as_new = |(mine, other): (&Place, &Place)| {
            mine == other || (mine.instance == other.instance && mine.position > other.position)
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(is_as_new)
    }
}

/// From names of read models, their positions and when they moved there.
impl FromIterator<(String, i64, DateTime<Utc>)> for Standing {
    fn from_iter<I: IntoIterator<Item = (String, i64, DateTime<Utc>)>>(places: I) -> Self {
        let place = |(instance, position, moved_at)| Place { instance, position, moved_at };
        Self(places.into_iter().map(place).collect())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn standing(places: &[(&str, i64, i64)]) -> Standing {
        let time = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        places.iter().map(|(name, position, second)| ((*name).to_owned(), *position, time(*second))).collect()
    }

    #[test]
    fn an_answer_is_good_for_whoever_asked_no_later() {
        let asked = standing(&[("library", 7, 0), ("people", 5, 0)]);
        for (drawn, is_good) in [
            (vec![("library", 7, 0), ("people", 5, 0)], true),
            (vec![("library", 8, 1), ("people", 5, 0)], true),
            (vec![("library", 6, 0), ("people", 5, 0)], false),
            // Further in one, and behind in the other.
            (vec![("library", 8, 1), ("people", 4, 0)], false),
            // Other tables stand at the same position.
            (vec![("library", 7, 1), ("people", 5, 0)], false),
            (vec![("library", 7, 0), ("stacks", 9, 0)], false),
            (vec![("library", 7, 0)], false),
        ] {
            assert_eq!(standing(&drawn).covers(&asked), is_good, "{drawn:?}");
        }
    }
}
