//! The newest version of the API, and how it differs from the one that this server speaks.
//!
//! This server is no release of the product whose API it speaks. What can be looked up is therefore never "a newer
//! server": it is that clients may come to speak a newer API than this server does.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use semver::Version;
use serde::{Deserialize, Serialize};

/// A look that finds what the last one found is told to the log once in this time. Looks are made each hour: one by one
/// they would be 8,760 events a year in the one stream that every start reads, and a line each in what administrators
/// are told has happened. So what clients see of the time of the last look can be so much older than it is.
const NOTED_EVERY: TimeDelta = TimeDelta::days(1);
/// No version is written longer.
const MAX_VERSION_BYTES: usize = 64;
/// Clients read numbers as floating ones, which count no further one by one.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// See [`super::SystemEvent::ReleaseFound`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReleaseFound {
    /// The version as it was told, for example `v3.2.0`.
    pub release_version: String,
    /// When it was looked up.
    pub checked_at: DateTime<Utc>,
}

impl ReleaseFound {
    /// Whether it says more than the one before. A clock that was set back is no reason to stay silent.
    pub(super) fn says_more_than(&self, before: &Self) -> bool {
        let since = self.checked_at - before.checked_at;
        self.release_version != before.release_version || since < TimeDelta::zero() || since >= NOTED_EVERY
    }
}

/// Which versions are looked for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum ReleaseChannel {
    /// Those that are finished.
    Stable,
    /// Those that are about to be, too.
    ReleaseCandidate,
}

/// A version of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiVersion(Version);

/// What a newer version raises, in the words of semantic versioning; `Pre…` where it is not finished yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReleaseStep {
    /// The first number.
    Major,
    /// The first number.
    Premajor,
    /// The second.
    Minor,
    /// The second.
    Preminor,
    /// The third.
    Patch,
    /// The third.
    Prepatch,
    /// None of them: it is another attempt at the same version.
    Prerelease,
}

impl ApiVersion {
    /// Reads a version, with or without the `v` that tags have in front; none where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_VERSION_BYTES {
            return None;
        }
        let version = Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()?;
        let numbers = [version.major, version.minor, version.patch];
        numbers.iter().all(|number| *number <= MAX_NUMBER).then_some(Self(version))
    }

    /// Its three numbers.
    #[must_use]
    pub const fn numbers(&self) -> [u64; 3] {
        [self.0.major, self.0.minor, self.0.patch]
    }

    /// Which attempt it is: 2 of `3.2.0-rc.2`. None where it is finished, or does not count its attempts.
    #[must_use]
    pub fn attempt(&self) -> Option<u64> {
        self.0.pre.split('.').find_map(|part| part.parse::<u64>().ok()).filter(|number| *number <= MAX_NUMBER)
    }

    /// The step from this version to another; none where the other is no newer.
    #[must_use]
    pub fn step_to(&self, other: &Self) -> Option<ReleaseStep> {
        let (from, to) = (&self.0, &other.0);
        if from.cmp_precedence(to) != Ordering::Less {
            return None;
        }
        let is_finished = to.pre.is_empty();
        let differs = from.major != to.major || from.minor != to.minor || from.patch != to.patch;
        if !differs && !is_finished {
            return Some(ReleaseStep::Prerelease);
        }
        // Where only the attempt differs, it has become what it was meant to be.
        let raises_major = if differs { from.major != to.major } else { to.minor == 0 && to.patch == 0 };
        let raises_minor = if differs { from.minor != to.minor } else { to.patch == 0 };
        Some(match (raises_major, raises_minor, is_finished) {
            (true, _, true) => ReleaseStep::Major,
            (true, _, false) => ReleaseStep::Premajor,
            (_, true, true) => ReleaseStep::Minor,
            (_, true, false) => ReleaseStep::Preminor,
            (_, _, true) => ReleaseStep::Patch,
            (_, _, false) => ReleaseStep::Prepatch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ApiVersion {
        ApiVersion::parse(text).expect("a version")
    }

    #[test]
    fn a_version_is_read_with_its_v_and_without() {
        assert_eq!(version("v3.2.0"), version("3.2.0"));
        assert_eq!(version("3.20.1").numbers(), [3, 20, 1]);
        assert_eq!(version("3.2.0-rc.2").attempt(), Some(2));
        for counts_nothing in ["3.2.0", "3.2.0-beta", "3.2.0+build.7", "3.2.0-rc.99999999999999999"] {
            assert_eq!(version(counts_nothing).attempt(), None, "{counts_nothing}");
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        let long = format!("3.2.0-{}", "a".repeat(MAX_VERSION_BYTES));
        let numbers = ["3.2.18446744073709551616", "3.9007199254740992.0"];
        for text in
            ["", "v", "vv3.2.0", "3", "3.2", "3.2.x", "-1.0.0", " 3.2.0", "3.2.0 ", "latest", "<b>3.2.0</b>", &long]
        {
            assert_eq!(ApiVersion::parse(text), None, "{text}");
        }
        for text in numbers {
            assert_eq!(ApiVersion::parse(text), None, "{text}");
        }
        assert!(ApiVersion::parse("3.9007199254740991.0").is_some());
    }

    #[test]
    fn a_newer_version_is_told_by_what_it_raises() {
        for (from, to, step) in [
            ("3.1.0", "4.0.0", ReleaseStep::Major),
            ("3.1.5", "4.2.1", ReleaseStep::Major),
            ("3.1.0", "4.0.0-rc.1", ReleaseStep::Premajor),
            ("3.1.0", "v3.2.0", ReleaseStep::Minor),
            ("3.9.0", "3.10.0", ReleaseStep::Minor),
            ("3.1.0", "3.2.0-rc.1", ReleaseStep::Preminor),
            ("3.1.0", "3.1.1", ReleaseStep::Patch),
            ("3.1.0", "3.1.1-rc.1", ReleaseStep::Prepatch),
            ("3.2.0-rc.9", "3.2.0-rc.10", ReleaseStep::Prerelease),
            ("4.0.0-rc.1", "4.0.0", ReleaseStep::Major),
            ("3.2.0-rc.1", "3.2.0", ReleaseStep::Minor),
            ("3.1.1-rc.1", "3.1.1", ReleaseStep::Patch),
            ("3.2.0-rc.1", "3.3.0", ReleaseStep::Minor),
        ] {
            assert_eq!(version(from).step_to(&version(to)), Some(step), "{from} → {to}");
            assert_eq!(version(to).step_to(&version(from)), None, "{to} → {from}");
        }
    }

    #[test]
    fn the_same_version_is_no_newer() {
        for (from, to) in [("3.1.0", "v3.1.0"), ("3.1.0", "3.1.0+build.2"), ("3.1.0", "3.1.0-rc.1")] {
            assert_eq!(version(from).step_to(&version(to)), None, "{from} → {to}");
        }
    }
}
