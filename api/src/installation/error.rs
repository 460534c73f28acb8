//! What can be wrong with an installation, told so that the person at the terminal can mend it.

use std::path::{Path, PathBuf};

/// Why an installation could not be configured, prepared or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallationError {
    /// A setting has a value that cannot be understood.
    #[error("{name}={value} is not understood: {reason}")]
    Setting {
        /// The environment variable's name, which stands for the flag too.
        name: &'static str,
        /// What was given.
        value: String,
        /// What was expected instead.
        reason: String,
    },
    /// A file or folder could not be made, read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The service user cannot reach the data folder.
    #[error(
        "the user {user} may not enter {}, so it cannot use the data folder inside it; \
         set ALBUMEN_DATA to a folder elsewhere (as root the default is /var/lib/albumen)",
        path.display()
    )]
    ClosedFolder {
        /// The service user.
        user: String,
        /// The closed folder on the way.
        path: PathBuf,
    },
    /// The data folder belongs to somebody else.
    #[error(
        "{} belongs to the user with id {owner}, but albumen runs as the user with id {user}; \
         run albumen as its owner, or hand the folder over by: chown -R {user} {}",
        path.display(), path.display()
    )]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who wants it.
        user: u32,
    },
    /// A media folder has lost the marker that it once had: most likely its disk is not mounted.
    #[error(
        "{} is missing, so the disk with this folder is probably not mounted; mount it, \
         or, if the folder is meant to be new and empty, create that file", marker.display()
    )]
    MissingMarker {
        /// The marker.
        marker: PathBuf,
    },
    /// The service user could not be made or become.
    #[error("cannot run as the system user {user}: {reason}")]
    ServiceUser {
        /// Its name.
        user: String,
        /// What failed.
        reason: String,
    },
    /// Another albumen has the data folder.
    #[error(
        "{} is in use by another albumen ({holder}); stop that one, or set ALBUMEN_DATA to another folder",
        path.display()
    )]
    InUse {
        /// The data folder.
        path: PathBuf,
        /// What the lock file says of its holder.
        holder: String,
    },
    /// No PostgreSQL was found.
    #[error(
        "no PostgreSQL{} with pgvector was found (looked in {looked_in}); run deploy/up, which fetches one, \
         or set ALBUMEN_POSTGRES to the folder that holds its bin/, or DATABASE_URL to a server of your own",
        wanted_major.map(|major| format!(" {major}")).unwrap_or_default()
    )]
    NoPostgres {
        /// The major version that the data folder was made with, if it was.
        wanted_major: Option<u32>,
        /// Where it was looked for.
        looked_in: String,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Its name.
        program: String,
        /// What it said.
        output: String,
    },
    /// PostgreSQL ended, or did not become ready, while it was being started.
    #[error("PostgreSQL did not start: {reason}; its messages are in {}", log.display())]
    PostgresStart {
        /// Its last words, or how long it was waited for.
        reason: String,
        /// The folder or file with its messages.
        log: PathBuf,
    },
    /// A PostgreSQL that an earlier albumen left behind does not go away.
    #[error(
        "a PostgreSQL of this data folder is still running (process {pid}) and does not stop; stop it by: kill -QUIT {pid}"
    )]
    Leftover {
        /// Its process id.
        pid: i32,
    },
    /// The database refused a statement or a connection.
    #[error("the database cannot be used: {0}")]
    Database(#[from] DatabaseProblem),
}

/// A refusal of the database, with the server's own words (the driver's `Display` leaves them out).
#[derive(Debug, thiserror::Error)]
#[error("{}", describe(.0))]
pub struct DatabaseProblem(#[source] tokio_postgres::Error);

fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => refusal.message().to_owned(),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error} ({cause})"),
            None => error.to_string(),
        },
    }
}

impl From<tokio_postgres::Error> for InstallationError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(DatabaseProblem(error))
    }
}

/// Names the path and the action in an I/O error.
pub(super) fn at<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> InstallationError + 'a {
    move |source| InstallationError::File { action, path: path.to_owned(), source }
}
