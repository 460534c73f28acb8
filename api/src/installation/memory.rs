//! What a process holds, and the bound that a person can set.
//!
//! A bound of the kernel's on address space would count what the allocator sets aside and never
//! touches, and would end the process in the middle of a request. So the process looks at what it
//! holds, and stops in good order when that is too much, for whoever runs it to start it again.

use std::time::Duration;

/// How often a process looks: it cannot take much in the meantime, since all its queues are bounded.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Memory that this process holds, without its children; none where the kernel does not say.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kib.parse::<u64>().ok().map(|kib| kib << 10)
}

/// Completes when this process holds more than `bound_mib`; without a bound, never.
pub async fn outgrown(bound_mib: Option<u64>) {
    let Some(bound_mib) = bound_mib else { return std::future::pending().await };
    while resident_bytes().is_none_or(|bytes| bytes >> 20 <= bound_mib) {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bound_below_what_a_process_holds_is_outgrown() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
        outgrown(Some(1)).await;
        assert!(tokio::time::timeout(LOOK_INTERVAL * 2, outgrown(Some(1 << 20))).await.is_err());
    }
}
