//! The months of the timeline, kept while nothing moves.
//!
//! Every visit asks for them, and to count them is to look at every month, and at whatever lies under something else
//! in a stack. So an answer is kept with where the read models stood that it was drawn from, and is good while they
//! stand there: their rows and their positions change together, in one transaction, whichever process applies them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;
use deadpool_postgres::Pool;
use uuid::Uuid;

use super::timeline::{BucketFilter, TimeBy};
use crate::runtime::{ReadError, Standing};

/// Months with how many assets they have, in the order of the answer.
pub(super) type Months = Vec<(NaiveDate, i64)>;

/// Answers that are kept: one for each visitor of a large installation, each of some kilobytes.
const MOST_ANSWERS: usize = 256;
/// What the counts are drawn from.
const SOURCES: [&str; 2] = ["library", "stacks"];

/// The answers that are kept.
#[derive(Clone, Default)]
pub(super) struct KeptMonths(Arc<Mutex<HashMap<Question, Answer>>>);

/// What of a filter an answer depends on, where it asks for nothing that is not counted beforehand.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    owners: Vec<Uuid>,
    status: &'static str,
    visibility: Option<String>,
    favorite: Option<bool>,
    by: TimeBy,
    ascending: bool,
    tops_of_stacks: bool,
}

struct Answer {
    drawn_from: Standing,
    months: Months,
}

impl Question {
    fn of(filter: &BucketFilter) -> Self {
        Self {
            owners: filter.owners.clone(),
            status: filter.status(),
            visibility: filter.visibility.clone(),
            favorite: filter.favorite,
            by: filter.by,
            ascending: filter.ascending,
            tops_of_stacks: filter.tops_of_stacks,
        }
    }
}

impl KeptMonths {
    /// The answer to `filter`, which is counted by `counting` where none is kept or something has moved.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn or_counted(
        &self,
        pool: &Pool,
        filter: &BucketFilter,
        counting: impl Future<Output = Result<Months, ReadError>>,
    ) -> Result<Months, ReadError> {
        let question = Question::of(filter);
        // Asked first: an answer may be younger than it says, never older.
        let drawn_from = Standing::of(pool, &SOURCES).await?;
        if let Some(months) = self.kept(&question, &drawn_from) {
            return Ok(months);
        }
        let months = counting.await?;
        self.keep(question, Answer { drawn_from, months: months.clone() });
        Ok(months)
    }

    fn kept(&self, question: &Question, asked_at: &Standing) -> Option<Months> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(question).filter(|answer| answer.drawn_from.covers(asked_at)).map(|answer| answer.months.clone())
    }

    fn keep(&self, question: Question, answer: Answer) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST_ANSWERS && !answers.contains_key(&question) {
            answers.clear();
        }
        answers.insert(question, answer);
    }
}
