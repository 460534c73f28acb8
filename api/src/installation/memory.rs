//! What a process holds, and the bound that a person can set.
//!
//! A bound of the kernel's on address space would count what the allocator sets aside and never
//! touches, and would end the process in the middle of a request. So the process looks at what it
//! holds, and stops in good order when that is too much, for whoever runs it to start it again.

use std::time::Duration;

/// How often a process looks: it cannot take much in the meantime, since all its queues are bounded.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// The bound of a container, where there is one; else it says `max`.
const CONTAINER_BOUND: &str = "/sys/fs/cgroup/memory.max";

/// Memory of the machine, or of the container that this process is in.
#[must_use]
pub fn machine_bytes() -> Option<u64> {
    let machine = nix::sys::sysinfo::sysinfo().ok()?.ram_total();
    let bound = std::fs::read_to_string(CONTAINER_BOUND).ok().and_then(|bound| bound.trim().parse().ok());
    Some(bound.map_or(machine, |bound: u64| bound.min(machine)))
}

/// Memory that this process holds, without its children; none where the kernel does not say.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    resident_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The same with the children that work on media. PostgreSQL is none of them: it has bounds of its own, and what its
/// processes share would be counted many times.
#[must_use]
pub fn held_bytes() -> Option<u64> {
    Some(resident_bytes()? + children().into_iter().filter_map(working_bytes).sum::<u64>())
}

fn children() -> Vec<u32> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let listed = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    listed.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

/// None for a child that is gone, or is PostgreSQL.
fn working_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    if status.lines().next()?.ends_with("postgres") { None } else { resident_in(&status) }
}

fn resident_in(status: &str) -> Option<u64> {
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kib.parse::<u64>().ok().map(|kib| kib << 10)
}

/// Completes when this process holds more than `bound_mib`, with its children; without a bound, never.
pub async fn outgrown(bound_mib: Option<u64>) {
    let Some(bound_mib) = bound_mib else { return std::future::pending().await };
    while held_bytes().is_none_or(|bytes| bytes >> 20 <= bound_mib) {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bound_below_what_a_process_holds_is_outgrown() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
        assert!(held_bytes() >= resident_bytes().map(|bytes| bytes / 2));
        outgrown(Some(1)).await;
        assert!(tokio::time::timeout(LOOK_INTERVAL * 2, outgrown(Some(1 << 20))).await.is_err());
    }
}
