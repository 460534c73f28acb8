//! Why a file could not be decoded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a file could not be decoded, and whether trying again can help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeFailure {
    /// For a person to read.
    pub reason: String,
    /// The same decoder will always fail at this file: only a newer one can help.
    pub permanent: bool,
}

impl DecodeFailure {
    /// The file is at fault.
    pub(super) fn of_file(reason: impl fmt::Display) -> Self {
        Self { reason: reason.to_string(), permanent: true }
    }

    /// Something around it is at fault, or perhaps is.
    pub(super) fn of_circumstances(reason: impl fmt::Display) -> Self {
        Self { reason: reason.to_string(), permanent: false }
    }
}

impl fmt::Display for DecodeFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl std::error::Error for DecodeFailure {}
