//! What the allocator keeps of what is not used any more.
//!
//! To run a model takes large tensors for a moment, and to load one pieces of its file. glibc keeps what comes free, an
//! arena for each thread: with CLIP and faces loaded that was a third to a half of their weights on top.

use std::{sync::Arc, time::Duration};

use super::service::Queue;

/// How often it is looked whether requests have come to an end.
const POLL: Duration = Duration::from_secs(1);

/// One arena for all: those who ask for memory often are few here, and what one has let go of another can take.
pub fn share_one_arena() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it sets a number of the allocator's and touches nothing that is in use.
        #[allow(unsafe_code)]
        unsafe {
            nix::libc::mallopt(nix::libc::M_ARENA_MAX, 1);
        }
    }
}

/// Gives back to the system what is not used.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it concerns free memory only, and takes the allocator's own locks.
        #[allow(unsafe_code)]
        unsafe {
            nix::libc::malloc_trim(0);
        }
    }
}

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
