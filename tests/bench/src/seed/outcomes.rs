//! What workers say of an asset, one after the other.

use albumen_domain::processing::Job;

/// An answer to a job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// What was read of the file.
    Metadata,
    /// What was made of it.
    Previews,
    /// What was written beside it.
    Sidecar,
    /// It came to nothing.
    Failure(Job),
}

impl Outcome {
    /// The job that it answers, as events name it.
    pub(super) const fn job(self) -> &'static str {
        match self {
            Self::Metadata => Job::Metadata.as_str(),
            Self::Previews => Job::Previews.as_str(),
            Self::Sidecar => Job::Sidecar.as_str(),
            Self::Failure(job) => job.as_str(),
        }
    }
}

/// Without these an asset is not there for anybody.
const LEAST: [Outcome; 2] = [Outcome::Metadata, Outcome::Previews];
/// Of an asset that had an eventful life: it was read and shown, written down, read and shown again, and not
/// everything came to something the first time. Nothing is left to do after the last.
const LIFE: [Outcome; 8] = [
    Outcome::Metadata,
    Outcome::Previews,
    Outcome::Failure(Job::Sidecar),
    Outcome::Sidecar,
    Outcome::Failure(Job::Metadata),
    Outcome::Metadata,
    Outcome::Previews,
    Outcome::Metadata,
];

/// Those of each asset: the least, or those of a whole life.
pub(super) const fn outcomes(whole_lives: bool) -> &'static [Outcome] {
    if whole_lives { &LIFE } else { &LEAST }
}
