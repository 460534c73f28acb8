//! What is told of newer versions of the API.
//!
//! They are compared with the version that this server speaks, which is the one that clients see; of newer versions of
//! this server it says nothing.

use albumen_domain::system::release::ApiVersion;
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    dto::{
        server::{ReleaseEventV1, ServerVersionResponseDto},
        system_metadata::VersionCheckStateResponseDto,
    },
    edge::ApiError,
    server::API_VERSION,
};

/// The newest version, and when that was noted; empty where nobody has looked yet.
pub async fn checked(app: &App) -> Result<VersionCheckStateResponseDto, ApiError> {
    let noted = app.reads.system().newest_release().await?;
    Ok(VersionCheckStateResponseDto {
        checked_at: noted.as_ref().map(|release| release.checked_at.into()),
        release_version: noted.map(|release| release.release_version),
    })
}

/// What whoever comes in is told of what was noted; nothing while newer versions are not looked for, nor where
/// a moment of the past is shown.
pub async fn noted_news(app: &App) -> Option<ReleaseEventV1> {
    if app.reads.are_past() || !are_wanted(app) {
        return None;
    }
    match app.reads.system().newest_release().await {
        Ok(noted) => noted.and_then(|release| compared(API_VERSION, &release.release_version, release.checked_at)),
        Err(error) => {
            tracing::debug!(%error, "nobody can be told of newer versions");
            None
        }
    }
}

/// What is told of a version that was found; nothing while newer versions are not looked for.
pub fn news(app: &App, version: &str, checked_at: DateTime<Utc>) -> Option<ReleaseEventV1> {
    are_wanted(app).then(|| compared(API_VERSION, version, checked_at)).flatten()
}

/// Whether newer versions are looked for.
fn are_wanted(app: &App) -> bool {
    app.configuration.current().settings.new_version_check.enabled
}

fn compared(spoken: &str, found: &str, checked_at: DateTime<Utc>) -> Option<ReleaseEventV1> {
    let (spoken, found) = (ApiVersion::parse(spoken)?, ApiVersion::parse(found)?);
    let step = spoken.step_to(&found);
    Some(ReleaseEventV1 {
        checked_at: checked_at.into(),
        is_available: step.is_some(),
        release_version: shown(&found),
        server_version: shown(&spoken),
        kind: step,
    })
}

fn shown(version: &ApiVersion) -> ServerVersionResponseDto {
    // No version has larger numbers than clients can read.
    let [major, minor, patch] = version.numbers().map(u64::cast_signed);
    ServerVersionResponseDto { major, minor, patch, prerelease: version.attempt().map(u64::cast_signed) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(found: &str) -> Value {
        serde_json::to_value(compared("3.1.0", found, DateTime::UNIX_EPOCH)).expect("serialises")
    }

    #[test]
    fn a_newer_version_is_told_in_the_form_of_the_reference() {
        let version = |minor: i64, prerelease: Option<i64>| json!({"major": 3, "minor": minor, "patch": 0, "prerelease": prerelease});
        let expected = json!({
            "checkedAt": "1970-01-01T00:00:00.000Z",
            "isAvailable": true,
            "releaseVersion": version(2, Some(4)),
            "serverVersion": version(1, None),
            "type": "preminor",
        });
        assert_eq!(told("v3.2.0-rc.4"), expected);
    }

    #[test]
    fn one_that_is_no_newer_has_no_type() {
        for found in ["v3.1.0", "3.0.9", "3.1.0-rc.1"] {
            let told = told(found);
            assert_eq!((&told["isAvailable"], &told["type"]), (&json!(false), &Value::Null), "{found}");
        }
        assert_eq!(told("no version"), Value::Null);
    }
}
