//! How many assets of each month lie under something else in a stack.
//!
//! Counting looks at each of them, and the timeline asks for it at every visit. So an answer is kept with where the
//! read models stood that it was drawn from, and is good while they stand there: their rows and their positions
//! change together, in one transaction, whichever process applies them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;
use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::timeline::{BucketFilter, SELECTED, TimeBy};
use crate::runtime::{ReadError, query};

/// Answers that are kept: one for each visitor of a large installation, each of some kilobytes.
const MOST_ANSWERS: usize = 256;
/// What the count is drawn from.
const SOURCES: [&str; 2] = ["library", "stacks"];

/// The answers that are kept.
#[derive(Clone, Default)]
pub(super) struct BuriedCounts(Arc<Mutex<HashMap<Question, Answer>>>);

/// What of a filter an answer depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    owners: Vec<Uuid>,
    status: &'static str,
    visibility: Option<String>,
    favorite: Option<bool>,
    by: TimeBy,
}

#[derive(Clone)]
struct Answer {
    drawn_from: Vec<(String, i64)>,
    months: Arc<HashMap<NaiveDate, i64>>,
}

impl Question {
    fn of(filter: &BucketFilter) -> Self {
        Self {
            owners: filter.owners.clone(),
            status: filter.status(),
            visibility: filter.visibility.clone(),
            favorite: filter.favorite,
            by: filter.by,
        }
    }

    async fn ask(&self, pool: &Pool) -> Result<HashMap<NaiveDate, i64>, ReadError> {
        let sql = format!(
            "SELECT {} AS month, count(*) FROM stacks.stack_asset AS layer
             JOIN library.asset AS asset ON asset.id = layer.asset_id
             WHERE layer.owner_id = ANY($1) AND NOT layer.is_primary AND {SELECTED} GROUP BY 1",
            self.by.month()
        );
        let parameters: [&(dyn ToSql + Sync); 4] = [&self.owners, &self.status, &self.visibility, &self.favorite];
        Ok(query(pool, &sql, &parameters, |row| (row.get(0), row.get(1))).await?.into_iter().collect())
    }
}

impl BuriedCounts {
    /// By month, those of the filter's owners that are not on top.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn of(
        &self,
        pool: &Pool,
        filter: &BucketFilter,
    ) -> Result<Arc<HashMap<NaiveDate, i64>>, ReadError> {
        let question = Question::of(filter);
        // Asked first: an answer may be younger than it says, never older.
        let drawn_from = positions(pool).await?;
        if let Some(months) = self.kept(&question, &drawn_from) {
            return Ok(months);
        }
        let months = Arc::new(question.ask(pool).await?);
        self.keep(question, Answer { drawn_from, months: months.clone() });
        Ok(months)
    }

    fn kept(&self, question: &Question, drawn_from: &[(String, i64)]) -> Option<Arc<HashMap<NaiveDate, i64>>> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(question).filter(|answer| answer.drawn_from == drawn_from).map(|answer| answer.months.clone())
    }

    fn keep(&self, question: Question, answer: Answer) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST_ANSWERS && !answers.contains_key(&question) {
            answers.clear();
        }
        answers.insert(question, answer);
    }
}

/// Where the read models stand.
async fn positions(pool: &Pool) -> Result<Vec<(String, i64)>, ReadError> {
    let sql = "SELECT instance, position FROM public.projection_checkpoint WHERE instance = ANY($1) ORDER BY instance";
    query(pool, sql, &[&SOURCES.as_slice()], |row| (row.get(0), row.get(1))).await
}
