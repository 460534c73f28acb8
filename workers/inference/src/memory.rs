//! When the allocator gives back what is not used any more.

use std::{sync::Arc, time::Duration};

pub use albumen_onnx::memory::{give_back, suit_allocator};

use super::service::Queue;

/// How often it is looked whether requests have come to an end.
const POLL: Duration = Duration::from_secs(1);

/// Gives it back whenever the last of some requests has been answered.
pub(crate) async fn give_back_after_work(queue: Arc<Queue>) {
    let mut given_back = 0;
    loop {
        tokio::time::sleep(POLL).await;
        let answered = queue.answered();
        if answered != given_back && queue.is_empty() {
            given_back = answered;
            // It walks through all that is free, which may take a moment.
            let _ = tokio::task::spawn_blocking(give_back).await;
        }
    }
}
