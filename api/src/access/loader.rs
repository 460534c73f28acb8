//! Who owns which asset and where its files are, asked many at a time.
//!
//! A page of thumbnails asks the same question hundreds of times at once. Questions that wait
//! while one is being answered are joined into the next query, so that under load a query answers
//! many of them, and an idle server answers each at once.

use std::collections::{HashMap, HashSet};

use albumen_projections::{
    ReadError,
    library::{AssetPaths, LibraryQueries},
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::edge::ApiError;

/// Questions that may wait; more have to wait to wait.
const QUEUE_LENGTH: usize = 4_096;
/// Assets asked for in one query.
const MAX_BATCH: usize = 256;

type Answer = oneshot::Sender<Result<Option<AssetPaths>, String>>;

/// See the module's words.
#[derive(Clone)]
pub struct AccessLoader {
    questions: mpsc::Sender<(Uuid, Answer)>,
}

impl AccessLoader {
    /// Starts to answer, by asking `library`.
    #[must_use]
    pub fn start(library: LibraryQueries) -> Self {
        let (questions, waiting) = mpsc::channel(QUEUE_LENGTH);
        tokio::spawn(answer(library, waiting));
        Self { questions }
    }

    /// What has to be known of one asset.
    ///
    /// # Errors
    /// The database is away.
    pub async fn paths(&self, id: Uuid) -> Result<Option<AssetPaths>, ApiError> {
        let (answer, answered) = oneshot::channel();
        self.questions.send((id, answer)).await.map_err(|_| ApiError::try_again())?;
        let outcome = answered.await.map_err(|_| ApiError::try_again())?;
        outcome.map_err(|error| {
            tracing::warn!(error, "assets could not be looked up");
            ApiError::try_again()
        })
    }
}

async fn answer(library: LibraryQueries, mut waiting: mpsc::Receiver<(Uuid, Answer)>) {
    let mut questions = Vec::with_capacity(MAX_BATCH);
    while waiting.recv_many(&mut questions, MAX_BATCH).await > 0 {
        let ids: HashSet<Uuid> = questions.iter().map(|(id, _)| *id).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let found = library.paths(&ids).await;
        tell(questions.drain(..), found);
    }
}

fn tell(questions: impl Iterator<Item = (Uuid, Answer)>, found: Result<Vec<AssetPaths>, ReadError>) {
    let found: Result<HashMap<Uuid, AssetPaths>, String> =
        found.map(|rows| rows.into_iter().map(|row| (row.id, row)).collect()).map_err(|error| error.to_string());
    for (id, answer) in questions {
        // Who asked may be gone.
        let _ = answer.send(found.as_ref().map(|rows| rows.get(&id).cloned()).map_err(Clone::clone));
    }
}
