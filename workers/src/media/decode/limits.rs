//! The bounds that the child sets on itself before it reads a single byte of a file.

use std::{io, time::Duration};

use nix::sys::resource::{UsageWho, getrusage};
use rustix::process::{Resource, Rlimit, setrlimit};

/// Memory of its own that the child may have, unless its parent grants less. A picture of 100
/// megapixels takes 300 MB decoded and some formats hold it twice and with more depth; two
/// children still leave room for the rest on a machine with 4 GiB.
pub(super) const MAX_DATA_MIB: u64 = 1536;
/// With less not even the libraries start.
pub(super) const LEAST_DATA_MIB: u64 = 256;

/// Address space, which also counts libraries and mapped files.
const MAX_ADDRESS_BYTES: u64 = 6 * 1024 * 1024 * 1024;

/// The longest file it may write: a full-size JPEG of 400 megapixels has about 200 MB.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// Files it may have open: its pipes, a source, a target, some libraries.
const MAX_OPEN_FILES: u64 = 128;

/// CPU for one request. The slowest honest ones (a large JPEG XL, a poster of an 8K film) take
/// ten seconds on a slow core.
const MAX_REQUEST_CPU: Duration = Duration::from_secs(60);

/// Steps behind the server: somebody waits for a page, nobody for a thumbnail.
const NICENESS: i32 = 10;

/// Sets all bounds but that on CPU.
pub(super) fn set(data_mib: u64) -> io::Result<()> {
    for (resource, limit) in [
        (Resource::Data, data_mib.clamp(LEAST_DATA_MIB, MAX_DATA_MIB) << 20),
        (Resource::As, MAX_ADDRESS_BYTES),
        (Resource::Fsize, MAX_FILE_BYTES),
        (Resource::Nofile, MAX_OPEN_FILES),
        (Resource::Core, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    nix::sys::prctl::set_no_new_privs()?;
    // Being less nice than asked for is no reason to fail.
    let _ = rustix::process::nice(NICENESS);
    close_inherited();
    Ok(())
}

/// Grants CPU for one more request. The parent's clock is the other bound, but it is only as
/// patient as a busy machine needs; this one ends a loop even if the parent is gone.
pub(super) fn grant_cpu() -> io::Result<()> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let used_seconds = u64::try_from(usage.user_time().tv_sec() + usage.system_time().tv_sec()).unwrap_or_default();
    let limit = used_seconds + MAX_REQUEST_CPU.as_secs();
    setrlimit(Resource::Cpu, Rlimit { current: Some(limit), maximum: None })?;
    Ok(())
}

/// Closes whatever came along beside the three standard streams. Rust opens everything
/// close-on-exec; libraries of the parent may not.
fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<i32> = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        // The listing's own descriptor is among them and closed already: that error is expected.
        let _ = nix::unistd::close(descriptor);
    }
}
