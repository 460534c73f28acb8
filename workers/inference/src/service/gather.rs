//! Pictures that come at about the same time are shown to a model at once, where that takes less time: on a GPU.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::queue::Queue;
use crate::{
    clip::Seen,
    models::{Loaded, Shared},
    session::Fault,
};

/// So long the first picture waits for others. A GPU takes about as long for one picture as for some.
const LONGEST_WAIT: Duration = Duration::from_millis(5);

type Embedded = Result<Vec<f32>, Fault>;

/// Those that wait, by the place of their model in memory.
#[derive(Default)]
pub(super) struct Gatherer {
    groups: Mutex<HashMap<usize, Group>>,
}

struct Group {
    /// Held, so that its place is its own.
    model: Shared,
    waiting: Vec<Waiting>,
    full: Arc<Notify>,
}

struct Waiting {
    seen: Seen,
    answer: oneshot::Sender<Embedded>,
}

impl Gatherer {
    /// The embedding of a picture; none when what was to give it broke off.
    pub(super) async fn embed(self: &Arc<Self>, queue: &Arc<Queue>, model: &Shared, seen: Seen) -> Option<Embedded> {
        let (answer, answered) = oneshot::channel();
        self.join(queue, model, Waiting { seen, answer });
        answered.await.ok()
    }

    fn join(self: &Arc<Self>, queue: &Arc<Queue>, model: &Shared, waiting: Waiting) {
        let place = Arc::as_ptr(model).addr();
        let mut groups = self.groups.lock();
        let group = groups.entry(place).or_insert_with(|| {
            let full = Arc::new(Notify::new());
            // A task of its own: whoever brought the first picture may leave, and the others are answered still.
            tokio::spawn(self.clone().lead(queue.clone(), place, full.clone()));
            Group { model: model.clone(), waiting: Vec::new(), full }
        });
        group.waiting.push(waiting);
        if let Loaded::Visual(visual) = &**model
            && group.waiting.len() >= visual.max_batch()
        {
            group.full.notify_one();
        }
    }

    async fn lead(self: Arc<Self>, queue: Arc<Queue>, place: usize, full: Arc<Notify>) {
        // Whether others came in time or not: it goes on.
        if !queue.is_alone() {
            let _ = tokio::time::timeout(LONGEST_WAIT, full.notified()).await;
        }
        // Who comes until there is a seat comes along.
        let _seat = queue.seat().await;
        let group = self.groups.lock().remove(&place);
        if let Some(group) = group {
            // Whoever is not answered learns that it broke off.
            let _ = tokio::task::spawn_blocking(move || group.answer()).await;
        }
    }
}

impl Group {
    fn answer(self) {
        let Loaded::Visual(visual) = &*self.model else { return };
        let mut waiting = self.waiting;
        // Who has left meanwhile takes no place in a batch.
        waiting.retain(|waiting| !waiting.answer.is_closed());
        while !waiting.is_empty() {
            // One batch after the other: how many it takes may turn out by the first.
            let batch = waiting.drain(..visual.max_batch().min(waiting.len()));
            let (seen, answers): (Vec<_>, Vec<_>) = batch.map(|waiting| (waiting.seen, waiting.answer)).unzip();
            for (answer, embedded) in answers.into_iter().zip(visual.embed_all(&seen)) {
                // Who has left is not told.
                let _ = answer.send(embedded);
            }
        }
    }
}
