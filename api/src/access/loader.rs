//! Rows by their ids, asked many at a time.
//!
//! A page of thumbnails asks the same question hundreds of times at once. Questions that wait
//! while one is being answered are joined into the next query, so that under load a query answers
//! many of them, and an idle server answers each at once.

use std::collections::{HashMap, HashSet};

use albumen_projections::ReadError;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::edge::ApiError;

/// Questions that may wait; more have to wait to wait.
const QUEUE_LENGTH: usize = 4_096;
/// Rows asked for in one query.
const MAX_BATCH: usize = 256;

type Answer<R> = oneshot::Sender<Result<Option<R>, String>>;

/// See the module's words.
pub struct Loader<R> {
    questions: mpsc::Sender<(Uuid, Answer<R>)>,
}

impl<R: Clone + Send + 'static> Loader<R> {
    /// Starts to answer with what `ask` finds: rows with their ids, in any order.
    #[must_use]
    pub fn start<F>(ask: impl Fn(Vec<Uuid>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Vec<(Uuid, R)>, ReadError>> + Send + 'static,
    {
        let (questions, waiting) = mpsc::channel(QUEUE_LENGTH);
        tokio::spawn(answer(ask, waiting));
        Self { questions }
    }

    /// One row; none where there is none.
    ///
    /// # Errors
    /// The database is away.
    pub async fn load(&self, id: Uuid) -> Result<Option<R>, ApiError> {
        let (answer, answered) = oneshot::channel();
        self.questions.send((id, answer)).await.map_err(|_| ApiError::try_again())?;
        let outcome = answered.await.map_err(|_| ApiError::try_again())?;
        outcome.map_err(|error| {
            tracing::warn!(error, "assets could not be looked up");
            ApiError::try_again()
        })
    }
}

async fn answer<R, F>(ask: impl Fn(Vec<Uuid>) -> F, mut waiting: mpsc::Receiver<(Uuid, Answer<R>)>)
where
    R: Clone,
    F: Future<Output = Result<Vec<(Uuid, R)>, ReadError>>,
{
    let mut questions = Vec::with_capacity(MAX_BATCH);
    while waiting.recv_many(&mut questions, MAX_BATCH).await > 0 {
        let ids: HashSet<Uuid> = questions.iter().map(|(id, _)| *id).collect();
        let found = ask(ids.into_iter().collect()).await;
        tell(questions.drain(..), found);
    }
}

fn tell<R: Clone>(questions: impl Iterator<Item = (Uuid, Answer<R>)>, found: Result<Vec<(Uuid, R)>, ReadError>) {
    let found: Result<HashMap<Uuid, R>, String> =
        found.map(|rows| rows.into_iter().collect()).map_err(|error| error.to_string());
    for (id, answer) in questions {
        // Who asked may be gone.
        let _ = answer.send(found.as_ref().map(|rows| rows.get(&id).cloned()).map_err(Clone::clone));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[tokio::test]
    async fn questions_that_wait_share_a_query() {
        let queries = Arc::new(AtomicUsize::new(0));
        let counted = queries.clone();
        let loader = Loader::start(move |ids: Vec<Uuid>| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move { Ok(ids.into_iter().filter(|id| !id.is_nil()).map(|id| (id, id.as_u128())).collect()) }
        });
        let asked = (0..100_u128).map(|number| loader.load(Uuid::from_u128(number)));
        let answers = futures::future::join_all(asked).await;
        assert_eq!(answers[0].as_ref().expect("an answer"), &None);
        assert!((1..100).all(|number| answers[number].as_ref().is_ok_and(|row| *row == Some(number as u128))));
        assert!(queries.load(Ordering::SeqCst) <= 2);
    }
}
