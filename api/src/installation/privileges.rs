//! Root hands over: the whole process becomes the service user before it opens anything.
//!
//! PostgreSQL refuses to run as root, and a server that reads strangers' files should own as little as it can.

use std::ffi::CString;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{User, geteuid, initgroups, setgid, setuid};

use super::folders::Owner;
use super::{Config, InstallationError};

/// The system user that owns an installation started by root.
pub const SERVICE_USER: &str = "albumen";

/// Files are for the owner, and readable to a group that backs them up.
const UMASK: u32 = 0o027;

/// Makes the data folder ready and leaves the process as the user who owns it. Call it first, before the runtime, the
/// database or any file is opened: for every subcommand, so that what root does leaves no file of root's behind.
pub fn enter(config: &Config) -> Result<(), InstallationError> {
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(UMASK));
    if geteuid().is_root() {
        let user = ensure_service_user()?;
        config.data.prepare(Some(owner_of(&user)))?;
        refuse_closed_folders(config.data.root(), &user)?;
        become_user(&user)?;
    } else {
        config.data.prepare(None)?;
    }
    config.data.check_access()
}

/// The service user, made if the system has none.
pub(super) fn ensure_service_user() -> Result<User, InstallationError> {
    if let Some(user) = find_service_user()? {
        return Ok(user);
    }
    let made = Command::new("useradd")
        .args(["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"])
        .args(["--shell", "/usr/sbin/nologin", SERVICE_USER])
        .output()
        .map_err(|error| refused(format!("useradd cannot be run ({error}); create the user yourself")))?;
    // Another start may have made it in the meantime, which is as good.
    find_service_user()?
        .ok_or_else(|| refused(format!("useradd did not create it: {}", String::from_utf8_lossy(&made.stderr).trim())))
}

fn find_service_user() -> Result<Option<User>, InstallationError> {
    User::from_name(SERVICE_USER).map_err(|errno| refused(format!("the list of users cannot be read: {errno}")))
}

fn refused(reason: String) -> InstallationError {
    InstallationError::ServiceUser { user: SERVICE_USER.to_owned(), reason }
}

pub(super) fn owner_of(user: &User) -> Owner {
    Owner { uid: user.uid.as_raw(), gid: user.gid.as_raw() }
}

/// A folder inside one that is closed to the user (`/root`, say) would fail later with a message that explains nothing.
fn refuse_closed_folders(data: &Path, user: &User) -> Result<(), InstallationError> {
    let closed = data.ancestors().skip(1).find(|folder| !may_enter(folder, user));
    match closed {
        Some(path) => Err(InstallationError::ClosedFolder { user: user.name.clone(), path: path.to_owned() }),
        None => Ok(()),
    }
}

fn may_enter(folder: &Path, user: &User) -> bool {
    let Ok(found) = std::fs::metadata(folder) else { return true };
    let bit = if found.uid() == user.uid.as_raw() {
        0o100
    } else if found.gid() == user.gid.as_raw() {
        0o010
    } else {
        0o001
    };
    found.mode() & bit != 0
}

/// Groups first, then group, then user: in any other order the right to change the rest is gone too early.
fn become_user(user: &User) -> Result<(), InstallationError> {
    let name = CString::new(user.name.as_str()).map_err(|_| refused("its name holds a NUL".to_owned()))?;
    initgroups(&name, user.gid)
        .and_then(|()| setgid(user.gid))
        .and_then(|()| setuid(user.uid))
        .map_err(|errno| refused(format!("the kernel refuses to change users: {errno}")))
}
