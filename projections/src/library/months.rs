//! The months of the timeline, kept while nothing moves.
//!
//! Every visit asks for them, and to count them is to look at every month, and at whatever lies under something else
//! in a stack. So an answer is kept with where the read models stood that it was drawn from, and is good while they
//! stand there: their rows and their positions change together, in one transaction, whichever process applies them.

use std::sync::Arc;

use chrono::NaiveDate;
use deadpool_postgres::Pool;
use uuid::Uuid;

use super::{
    kept::Shelf,
    timeline::{BucketFilter, TimeBy},
};
use crate::runtime::{ReadError, Standing};

/// Months with how many assets they have, in the order of the answer.
pub(super) type Months = Vec<(NaiveDate, i64)>;

/// Of all answers that are kept: those to the visitors of a large installation, each of some kilobytes.
const MOST_KEPT_BYTES: usize = 2 << 20;
/// What the counts are drawn from.
const SOURCES: [&str; 2] = ["library", "stacks"];

/// The answers that are kept.
#[derive(Clone, Default)]
pub(super) struct KeptMonths(Arc<Shelf<Question, Answer, MOST_KEPT_BYTES>>);

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

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.owners.len() * size_of::<Uuid>()
    }
}

impl Answer {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.months.len() * size_of::<(NaiveDate, i64)>()
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
        if let Some(answer) = self.0.get(&question, |answer| answer.drawn_from.covers(&drawn_from)) {
            return Ok(answer.months.clone());
        }
        let answer = Arc::new(Answer { drawn_from, months: counting.await? });
        let bytes = question.bytes() + answer.bytes();
        self.0.keep(question, &answer, bytes);
        Ok(answer.months.clone())
    }
}
