//! Where PostgreSQL's programs lie, and which of several fits the data folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::installation::error::at;
use crate::installation::{Config, DataFolder, InstallationError};

/// Where deploy/up installs for everyone.
const SYSTEM_PREFIX: &str = "/usr/local/lib/albumen";
/// The same for one user, below the home folder.
const USER_PREFIX: &str = ".local/lib/albumen";
/// Where Debian and its kin put theirs, by major version.
const DISTRIBUTION: &str = "/usr/lib/postgresql";
/// The oldest major version whose features the migrations use.
const MIN_MAJOR: u32 = 15;
/// A wheel's programs lie three folders down, since its libraries are found by their relative place.
const PREFIX_DEPTH: usize = 3;

/// One PostgreSQL: the folder that holds `bin/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
    major: u32,
}

impl Programs {
    /// The PostgreSQL that a person named, else the one recorded in the data folder, else the newest installed: always
    /// one of the major version that the data folder was made with.
    pub fn find(config: &Config) -> Result<Self, InstallationError> {
        let wanted = super::cluster::major(&config.data.postgres());
        if let Some(folder) = &config.postgres {
            return Self::at(folder)
                .filter(|found| fits(found, wanted))
                .ok_or_else(|| nothing(wanted, std::slice::from_ref(folder)));
        }
        let places = places(&config.data);
        Self::newest(&places, wanted).ok_or_else(|| nothing(wanted, &places))
    }

    /// The newest PostgreSQL installed on this machine, for a throw-away cluster; `ALBUMEN_POSTGRES` comes first.
    pub fn installed() -> Result<Self, InstallationError> {
        let mut places = prefixes();
        if let Some(named) = std::env::var_os("ALBUMEN_POSTGRES").filter(|folder| !folder.is_empty()) {
            places.insert(0, PathBuf::from(named));
        }
        Self::newest(&places, None).ok_or_else(|| nothing(None, &places))
    }

    fn newest(places: &[PathBuf], wanted: Option<u32>) -> Option<Self> {
        // The first place that has a fitting one wins: what is recorded or nearer to us comes first.
        places.iter().find_map(|place| {
            let mut found: Vec<Self> =
                candidates(place, PREFIX_DEPTH).iter().filter_map(|folder| Self::at(folder)).collect();
            found.retain(|programs| fits(programs, wanted));
            found.into_iter().max_by_key(|programs| programs.major)
        })
    }

    fn at(folder: &Path) -> Option<Self> {
        let output = std::process::Command::new(folder.join("bin/postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let major = parse_major(&text)?;
        has_pgvector(folder, major).then(|| Self { folder: folder.to_owned(), major })
    }

    /// One of its programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Its major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Notes in the data folder what the cluster runs on, for commands that are run without the person's settings.
    pub(super) fn record(&self, data: &DataFolder) -> Result<(), InstallationError> {
        let path = data.postgres_record();
        let line = format!("{}\n", self.folder.display());
        if fs::read_to_string(&path).is_ok_and(|found| found == line) {
            return Ok(());
        }
        fs::write(&path, line).map_err(at("write", &path))
    }
}

/// Every place to look in, the nearest first.
fn places(data: &DataFolder) -> Vec<PathBuf> {
    let recorded = fs::read_to_string(data.postgres_record()).ok().map(|line| PathBuf::from(line.trim()));
    recorded.into_iter().chain(prefixes()).collect()
}

fn prefixes() -> Vec<PathBuf> {
    let beside_us = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.to_owned()));
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(USER_PREFIX));
    let fixed = [PathBuf::from(SYSTEM_PREFIX), PathBuf::from(DISTRIBUTION)];
    beside_us.into_iter().chain(home).chain(fixed).collect()
}

/// Folders with a `bin/postgres`, at most `depth` below a place. Names that cannot hold one are not walked: a place may
/// be somebody's build folder.
fn candidates(place: &Path, depth: usize) -> Vec<PathBuf> {
    if place.join("bin/postgres").is_file() {
        return vec![place.to_owned()];
    }
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let folders = entries.flatten().filter(|entry| may_hold_postgres(&entry.file_name().to_string_lossy()));
    if depth == 0 { Vec::new() } else { folders.flat_map(|entry| candidates(&entry.path(), depth - 1)).collect() }
}

fn may_hold_postgres(name: &str) -> bool {
    name.starts_with("postgresql")
        || name.contains("pginstall")
        || name.contains("pgserver")
        || name.parse::<u32>().is_ok()
}

fn fits(programs: &Programs, wanted: Option<u32>) -> bool {
    wanted.map_or(programs.major >= MIN_MAJOR, |major| programs.major == major)
}

/// The extension's control file: beside the programs, or where Debian keeps what does not depend on the machine.
fn has_pgvector(folder: &Path, major: u32) -> bool {
    let beside = ["share/postgresql/extension", "share/extension"].map(|share| folder.join(share));
    let debian = PathBuf::from(format!("/usr/share/postgresql/{major}/extension"));
    let is_debian = folder.starts_with(DISTRIBUTION);
    beside.iter().chain(is_debian.then_some(&debian)).any(|share| share.join("vector.control").is_file())
}

/// `postgres (PostgreSQL) 18.4 (Debian 18.4-1)` → 18.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split("(PostgreSQL)").nth(1)?.split_whitespace().next()?;
    number.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

fn nothing(wanted_major: Option<u32>, places: &[PathBuf]) -> InstallationError {
    let looked_in = places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ");
    InstallationError::NoPostgres { wanted_major, looked_in }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(parse_major("postgres (PostgreSQL) 18.4\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 17.5 (Debian 17.5-1)"), Some(17));
        assert_eq!(parse_major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(parse_major("something else"), None);
    }

    /// A folder that claims to be a PostgreSQL of a version.
    fn pretend(folder: &Path, version: &str, with_pgvector: bool) {
        use std::os::unix::fs::PermissionsExt;
        let program = folder.join("bin/postgres");
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::write(&program, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let share = folder.join("share/postgresql/extension");
        fs::create_dir_all(&share).unwrap();
        if with_pgvector {
            fs::write(share.join("vector.control"), "").unwrap();
        }
    }

    #[test]
    fn the_newest_with_pgvector_is_taken_and_an_old_cluster_gets_its_own() {
        let scratch = tempfile::tempdir().unwrap();
        let place = scratch.path().to_owned();
        pretend(&place.join("postgresql-16.1/pgserver/too/pginstall"), "16.1", true);
        pretend(&place.join("postgresql-17.2"), "17.2", true);
        pretend(&place.join("postgresql-18.0"), "18.0", false);
        pretend(&place.join("postgresql-14.0"), "14.0", true);
        let newest = |wanted| Programs::newest(std::slice::from_ref(&place), wanted).map(|found| found.major);
        assert_eq!(newest(None), Some(17));
        assert_eq!(newest(Some(16)), None, "four folders down is too deep");
        pretend(&place.join("postgresql-16.1/pgserver/pginstall"), "16.1", true);
        assert_eq!(newest(Some(16)), Some(16));
        assert_eq!(newest(Some(19)), None);
    }
}
