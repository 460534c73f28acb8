//! What the allocator keeps of what is not used any more.
//!
//! To run a graph takes large tensors for a moment, over and over, and to load one pieces of its file. glibc gives what is
//! large back to the kernel at once, which clears its pages anew for the next: a third of the time that CLIP takes for
//! eight pictures. What is small it keeps, an arena for each thread: with CLIP and faces loaded that was a third to a half
//! of their weights on top. So a program that runs graphs has one arena, which keeps what a run needs until
//! [`give_back`].

/// What is larger is the kernel's again as soon as it is free: weights, above all. It is the most that glibc takes.
#[cfg(target_env = "gnu")]
const LARGEST_KEPT_BYTES: i32 = 32 << 20;
/// Of the end of the arena, so much is kept: what SCRFD takes for one picture.
#[cfg(target_env = "gnu")]
const MOST_KEPT_BYTES: i32 = 64 << 20;

/// Sets the allocator up, before there are threads.
pub fn suit_allocator() {
    #[cfg(target_env = "gnu")]
    {
        use nix::libc::{M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, mallopt};
        // SAFETY: each sets a number of the allocator's and touches nothing that is in use.
        #[allow(unsafe_code)]
        unsafe {
            // Those who ask for memory often are few, and what one has let go of another can take.
            mallopt(M_ARENA_MAX, 1);
            mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES);
            mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES);
        }
    }
}

/// Gives back to the kernel what is not used.
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
