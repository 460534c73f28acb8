//! What each operation asks for: credentials and, of API keys, a permission.
//!
//! One table for all routes. The published document takes its permissions from it, the guard
//! refuses what is not in it, and a test holds it against the routes.

use axum::http::Method;

/// Who may call an operation at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone, known or not.
    Anyone,
    /// Any user.
    User,
    /// Administrators.
    Admin,
}

/// What one operation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The method.
    pub method: &'static str,
    /// The path below `/api`, with `{name}` for its parameters.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// The permission that an API key needs.
    pub permission: Option<&'static str>,
}

const fn policy(method: &'static str, path: &'static str, who: Who, permission: Option<&'static str>) -> Policy {
    Policy { method, path, who, permission }
}

impl Policy {
    /// Whether it is open to who comes by a shared link, too.
    #[must_use]
    pub fn is_for_links(&self) -> bool {
        LINK_OPERATIONS.contains(&(self.method, self.path))
    }
}

/// The operations that are open to who comes by a shared link: those that take its key.
pub const LINK_OPERATIONS: &[(&str, &str)] = &[
    ("GET", "/albums/{id}"),
    ("GET", "/albums/{id}/map-markers"),
    ("POST", "/assets"),
    ("GET", "/assets/{id}"),
    ("GET", "/assets/{id}/original"),
    ("GET", "/assets/{id}/thumbnail"),
    ("GET", "/assets/{id}/video/playback"),
    ("GET", "/assets/{id}/video/stream/main.m3u8"),
    ("DELETE", "/assets/{id}/video/stream/{sessionId}"),
    ("GET", "/assets/{id}/video/stream/{sessionId}/{variantIndex}/playlist.m3u8"),
    ("GET", "/assets/{id}/video/stream/{sessionId}/{variantIndex}/{filename}"),
    ("POST", "/download/archive"),
    ("POST", "/download/info"),
    ("POST", "/search/metadata"),
    ("POST", "/shared-links/login"),
    ("GET", "/shared-links/me"),
    ("GET", "/timeline/bucket"),
    ("GET", "/timeline/buckets"),
];

use Who::{Admin, Anyone, User};

/// Every operation that is built.
#[rustfmt::skip]
pub const POLICIES: &[Policy] = &[
    policy("GET", "/admin/config", Admin, Some("adminConfig.read")),
    policy("PUT", "/admin/config", Admin, Some("adminConfig.update")),
    policy("GET", "/admin/config/defaults", Admin, Some("adminConfig.read")),
    policy("POST", "/admin/maintenance/login", Anyone, None),
    policy("GET", "/admin/maintenance/status", Anyone, None),
    policy("POST", "/admin/notifications", Admin, Some("all")),
    policy("POST", "/admin/notifications/templates/{name}", Admin, Some("all")),
    policy("POST", "/admin/notifications/test-email", Admin, Some("all")),
    policy("GET", "/admin/read-models", Admin, Some("readModel.read")),
    policy("POST", "/admin/read-models/{name}/cancel", Admin, Some("readModel.update")),
    policy("DELETE", "/admin/read-models/{name}/kept", Admin, Some("readModel.delete")),
    policy("POST", "/admin/read-models/{name}/rebuild", Admin, Some("readModel.update")),
    policy("POST", "/admin/read-models/{name}/resume", Admin, Some("readModel.update")),
    policy("POST", "/admin/read-models/{name}/swap-back", Admin, Some("readModel.update")),
    policy("GET", "/admin/status", Admin, Some("all")),
    policy("GET", "/admin/users", Admin, Some("adminUser.read")),
    policy("POST", "/admin/users", Admin, Some("adminUser.create")),
    policy("DELETE", "/admin/users/{id}", Admin, Some("adminUser.delete")),
    policy("GET", "/admin/users/{id}", Admin, Some("adminUser.read")),
    policy("PUT", "/admin/users/{id}", Admin, Some("adminUser.update")),
    policy("GET", "/admin/users/{id}/calendar-heatmap", Admin, Some("adminUser.read")),
    policy("GET", "/admin/users/{id}/preferences", Admin, Some("adminUser.read")),
    policy("PUT", "/admin/users/{id}/preferences", Admin, Some("adminUser.update")),
    policy("POST", "/admin/users/{id}/restore", Admin, Some("adminUser.delete")),
    policy("GET", "/admin/users/{id}/sessions", Admin, Some("adminSession.read")),
    policy("GET", "/admin/users/{id}/statistics", Admin, Some("adminUser.read")),
    policy("GET", "/activities", User, Some("activity.read")),
    policy("POST", "/activities", User, Some("activity.create")),
    policy("GET", "/activities/statistics", User, Some("activity.statistics")),
    policy("DELETE", "/activities/{id}", User, Some("activity.delete")),
    policy("GET", "/albums", User, Some("album.read")),
    policy("POST", "/albums", User, Some("album.create")),
    policy("PUT", "/albums/assets", User, Some("albumAsset.create")),
    policy("GET", "/albums/statistics", User, Some("album.statistics")),
    policy("DELETE", "/albums/{id}", User, Some("album.delete")),
    policy("GET", "/albums/{id}", User, Some("album.read")),
    policy("PATCH", "/albums/{id}", User, Some("album.update")),
    policy("DELETE", "/albums/{id}/assets", User, Some("albumAsset.delete")),
    policy("PUT", "/albums/{id}/assets", User, Some("albumAsset.create")),
    policy("GET", "/albums/{id}/map-markers", User, Some("album.read")),
    policy("DELETE", "/albums/{id}/user/{userId}", User, Some("albumUser.delete")),
    policy("PUT", "/albums/{id}/user/{userId}", User, Some("albumUser.update")),
    policy("PUT", "/albums/{id}/users", User, Some("albumUser.create")),
    policy("GET", "/api-keys", User, Some("apiKey.read")),
    policy("POST", "/api-keys", User, Some("apiKey.create")),
    policy("GET", "/api-keys/me", User, None),
    policy("DELETE", "/api-keys/{id}", User, Some("apiKey.delete")),
    policy("GET", "/api-keys/{id}", User, Some("apiKey.read")),
    policy("PUT", "/api-keys/{id}", User, Some("apiKey.update")),
    policy("POST", "/api-keys/{id}/rotate", User, Some("apiKey.rotate")),
    policy("GET", "/asset-files", User, Some("assetFile.read")),
    policy("GET", "/asset-files/{id}", User, Some("assetFile.read")),
    policy("GET", "/asset-files/{id}/download", User, Some("assetFile.download")),
    policy("DELETE", "/assets", User, Some("asset.delete")),
    policy("POST", "/assets", User, Some("asset.upload")),
    policy("PUT", "/assets", User, Some("asset.update")),
    policy("POST", "/assets/bulk-upload-check", User, Some("asset.upload")),
    policy("PUT", "/assets/copy", User, Some("asset.copy")),
    policy("POST", "/assets/jobs", User, Some("job.create")),
    policy("DELETE", "/assets/metadata", User, Some("asset.update")),
    policy("PUT", "/assets/metadata", User, Some("asset.update")),
    policy("GET", "/assets/statistics", User, Some("asset.statistics")),
    policy("GET", "/assets/{id}", User, Some("asset.read")),
    policy("PUT", "/assets/{id}", User, Some("asset.update")),
    policy("GET", "/assets/{id}/metadata", User, Some("asset.read")),
    policy("PUT", "/assets/{id}/metadata", User, Some("asset.update")),
    policy("DELETE", "/assets/{id}/metadata/{key}", User, Some("asset.update")),
    policy("GET", "/assets/{id}/metadata/{key}", User, Some("asset.read")),
    policy("GET", "/assets/{id}/ocr", User, Some("asset.read")),
    policy("GET", "/assets/{id}/original", User, Some("asset.download")),
    policy("GET", "/assets/{id}/thumbnail", User, Some("asset.view")),
    policy("GET", "/assets/{id}/video/playback", User, Some("asset.view")),
    policy("POST", "/auth/admin-sign-up", Anyone, None),
    policy("POST", "/auth/change-password", User, Some("auth.changePassword")),
    policy("POST", "/auth/login", Anyone, None),
    policy("POST", "/auth/logout", User, Some("all")),
    policy("DELETE", "/auth/pin-code", User, Some("pinCode.delete")),
    policy("POST", "/auth/pin-code", User, Some("pinCode.create")),
    policy("PUT", "/auth/pin-code", User, Some("pinCode.update")),
    policy("POST", "/auth/session/lock", User, Some("all")),
    policy("POST", "/auth/session/unlock", User, Some("all")),
    policy("GET", "/auth/status", User, Some("all")),
    policy("POST", "/auth/validateToken", User, None),
    policy("POST", "/download/archive", User, Some("asset.download")),
    policy("POST", "/download/info", User, Some("asset.download")),
    policy("DELETE", "/duplicates", User, Some("duplicate.delete")),
    policy("GET", "/duplicates", User, Some("duplicate.read")),
    policy("POST", "/duplicates/resolve", User, Some("duplicate.delete")),
    policy("DELETE", "/duplicates/{id}", User, Some("duplicate.delete")),
    policy("GET", "/partners", User, Some("partner.read")),
    policy("POST", "/partners", User, Some("partner.create")),
    policy("DELETE", "/partners/{id}", User, Some("partner.delete")),
    policy("POST", "/partners/{id}", User, Some("partner.create")),
    policy("PUT", "/partners/{id}", User, Some("partner.update")),
    policy("GET", "/faces", User, Some("face.read")),
    policy("POST", "/faces", User, Some("face.create")),
    policy("DELETE", "/faces/{id}", User, Some("face.delete")),
    policy("PUT", "/faces/{id}", User, Some("face.update")),
    policy("GET", "/map/markers", User, Some("map.read")),
    policy("GET", "/map/reverse-geocode", User, Some("map.search")),
    policy("GET", "/memories", User, Some("memory.read")),
    policy("POST", "/memories", User, Some("memory.create")),
    policy("GET", "/memories/statistics", User, Some("memory.statistics")),
    policy("DELETE", "/memories/{id}", User, Some("memory.delete")),
    policy("GET", "/memories/{id}", User, Some("memory.read")),
    policy("PUT", "/memories/{id}", User, Some("memory.update")),
    policy("DELETE", "/memories/{id}/assets", User, Some("memoryAsset.delete")),
    policy("PUT", "/memories/{id}/assets", User, Some("memoryAsset.create")),
    policy("DELETE", "/people", User, Some("person.delete")),
    policy("GET", "/people", User, Some("person.read")),
    policy("POST", "/people", User, Some("person.create")),
    policy("PUT", "/people", User, Some("person.update")),
    policy("POST", "/people/merge", User, Some("person.merge")),
    policy("DELETE", "/people/{id}", User, Some("person.delete")),
    policy("GET", "/people/{id}", User, Some("person.read")),
    policy("PUT", "/people/{id}", User, Some("person.update")),
    policy("POST", "/people/{id}/merge", User, Some("person.merge")),
    policy("PUT", "/people/{id}/reassign", User, Some("person.reassign")),
    policy("GET", "/people/{id}/statistics", User, Some("person.statistics")),
    policy("GET", "/people/{id}/thumbnail", User, Some("person.read")),
    policy("GET", "/search/cities", User, Some("asset.read")),
    policy("GET", "/search/explore", User, Some("asset.read")),
    policy("POST", "/search/large-assets", User, Some("asset.read")),
    policy("GET", "/config", User, Some("userConfig.read")),
    policy("GET", "/config/defaults", User, Some("userConfig.read")),
    policy("GET", "/jobs", Admin, Some("job.read")),
    policy("POST", "/jobs", Admin, Some("job.create")),
    policy("PUT", "/jobs/{name}", Admin, Some("job.create")),
    policy("GET", "/libraries", Admin, Some("library.read")),
    policy("POST", "/libraries", Admin, Some("library.create")),
    policy("DELETE", "/libraries/{id}", Admin, Some("library.delete")),
    policy("GET", "/libraries/{id}", Admin, Some("library.read")),
    policy("PUT", "/libraries/{id}", Admin, Some("library.update")),
    policy("GET", "/libraries/{id}/statistics", Admin, Some("library.statistics")),
    policy("POST", "/libraries/{id}/validate", Admin, Some("all")),
    policy("DELETE", "/notifications", User, Some("notification.delete")),
    policy("GET", "/notifications", User, Some("notification.read")),
    policy("PUT", "/notifications", User, Some("notification.update")),
    policy("DELETE", "/notifications/{id}", User, Some("notification.delete")),
    policy("GET", "/notifications/{id}", User, Some("notification.read")),
    policy("PUT", "/notifications/{id}", User, Some("notification.update")),
    policy("GET", "/public/config", Anyone, None),
    policy("GET", "/public/config/defaults", Anyone, None),
    policy("GET", "/queues", Admin, Some("queue.read")),
    policy("GET", "/queues/{name}", Admin, Some("queue.read")),
    policy("PUT", "/queues/{name}", Admin, Some("queue.update")),
    policy("DELETE", "/queues/{name}/jobs", Admin, Some("queueJob.delete")),
    policy("GET", "/queues/{name}/jobs", Admin, Some("queueJob.read")),
    policy("GET", "/history", User, Some("history.read")),
    policy("POST", "/history/{position}/undo", User, Some("history.undo")),
    policy("POST", "/search/metadata", User, Some("asset.read")),
    policy("GET", "/search/person", User, Some("person.read")),
    policy("GET", "/search/places", User, Some("asset.read")),
    policy("POST", "/search/random", User, Some("asset.read")),
    policy("POST", "/search/smart", User, Some("asset.read")),
    policy("POST", "/search/statistics", User, Some("asset.statistics")),
    policy("GET", "/search/suggestions", User, Some("asset.read")),
    policy("GET", "/server/about", User, Some("server.about")),
    policy("GET", "/server/apk-links", User, Some("server.apkLinks")),
    policy("GET", "/server/config", Anyone, None),
    policy("GET", "/server/features", Anyone, None),
    policy("DELETE", "/server/license", Admin, Some("serverLicense.delete")),
    policy("GET", "/server/license", Admin, Some("serverLicense.read")),
    policy("PUT", "/server/license", Admin, Some("serverLicense.update")),
    policy("GET", "/server/media-types", Anyone, None),
    policy("GET", "/server/ping", Anyone, None),
    policy("GET", "/server/statistics", Admin, Some("server.statistics")),
    policy("GET", "/server/storage", User, Some("server.storage")),
    policy("GET", "/server/version", Anyone, None),
    policy("GET", "/server/version-check", User, Some("server.versionCheck")),
    policy("GET", "/server/version-history", Anyone, None),
    policy("GET", "/shared-links", User, Some("sharedLink.read")),
    policy("POST", "/shared-links", User, Some("sharedLink.create")),
    policy("POST", "/shared-links/login", User, Some("all")),
    policy("GET", "/shared-links/me", User, Some("all")),
    policy("DELETE", "/shared-links/{id}", User, Some("sharedLink.delete")),
    policy("GET", "/shared-links/{id}", User, Some("sharedLink.read")),
    policy("PATCH", "/shared-links/{id}", User, Some("sharedLink.update")),
    policy("DELETE", "/shared-links/{id}/assets", User, Some("sharedLink.update")),
    policy("PUT", "/shared-links/{id}/assets", User, Some("sharedLink.update")),
    policy("DELETE", "/sessions", User, Some("session.delete")),
    policy("GET", "/sessions", User, Some("session.read")),
    policy("POST", "/sessions", User, Some("session.create")),
    policy("DELETE", "/sessions/{id}", User, Some("session.delete")),
    policy("PUT", "/sessions/{id}", User, Some("session.update")),
    policy("POST", "/sessions/{id}/lock", User, Some("session.lock")),
    policy("DELETE", "/stacks", User, Some("stack.delete")),
    policy("GET", "/stacks", User, Some("stack.read")),
    policy("POST", "/stacks", User, Some("stack.create")),
    policy("DELETE", "/stacks/{id}", User, Some("stack.delete")),
    policy("GET", "/stacks/{id}", User, Some("stack.read")),
    policy("PUT", "/stacks/{id}", User, Some("stack.update")),
    policy("DELETE", "/stacks/{id}/assets/{assetId}", User, Some("stack.update")),
    policy("GET", "/system-config", Admin, Some("systemConfig.read")),
    policy("PUT", "/system-config", Admin, Some("systemConfig.update")),
    policy("GET", "/system-config/defaults", Admin, Some("systemConfig.read")),
    policy("GET", "/system-config/storage-template-options", Admin, Some("systemConfig.read")),
    policy("DELETE", "/sync/ack", User, Some("syncCheckpoint.delete")),
    policy("GET", "/sync/ack", User, Some("syncCheckpoint.read")),
    policy("POST", "/sync/ack", User, Some("syncCheckpoint.update")),
    policy("POST", "/sync/stream", User, Some("sync.stream")),
    policy("GET", "/system-metadata/admin-onboarding", Admin, Some("systemMetadata.read")),
    policy("POST", "/system-metadata/admin-onboarding", Admin, Some("systemMetadata.update")),
    policy("GET", "/system-metadata/reverse-geocoding-state", Admin, Some("systemMetadata.read")),
    policy("GET", "/system-metadata/version-check-state", Admin, Some("systemMetadata.read")),
    policy("GET", "/tags", User, Some("tag.read")),
    policy("POST", "/tags", User, Some("tag.create")),
    policy("PUT", "/tags", User, Some("tag.create")),
    policy("PUT", "/tags/assets", User, Some("tag.asset")),
    policy("DELETE", "/tags/{id}", User, Some("tag.delete")),
    policy("GET", "/tags/{id}", User, Some("tag.read")),
    policy("PUT", "/tags/{id}", User, Some("tag.update")),
    policy("DELETE", "/tags/{id}/assets", User, Some("tag.asset")),
    policy("PUT", "/tags/{id}/assets", User, Some("tag.asset")),
    policy("GET", "/timeline/bucket", User, Some("asset.read")),
    policy("GET", "/timeline/buckets", User, Some("asset.read")),
    policy("POST", "/trash/empty", User, Some("asset.delete")),
    policy("POST", "/trash/restore", User, Some("asset.delete")),
    policy("POST", "/trash/restore/assets", User, Some("asset.delete")),
    policy("GET", "/users", User, Some("user.read")),
    policy("GET", "/users/me", User, Some("user.read")),
    policy("PUT", "/users/me", User, Some("user.update")),
    policy("GET", "/users/me/calendar-heatmap", User, Some("user.read")),
    policy("DELETE", "/users/me/license", User, Some("userLicense.delete")),
    policy("GET", "/users/me/license", User, Some("userLicense.read")),
    policy("PUT", "/users/me/license", User, Some("userLicense.update")),
    policy("DELETE", "/users/me/onboarding", User, Some("userOnboarding.delete")),
    policy("GET", "/users/me/onboarding", User, Some("userOnboarding.read")),
    policy("PUT", "/users/me/onboarding", User, Some("userOnboarding.update")),
    policy("GET", "/users/me/preferences", User, Some("userPreference.read")),
    policy("PUT", "/users/me/preferences", User, Some("userPreference.update")),
    policy("DELETE", "/users/profile-image", User, Some("userProfileImage.delete")),
    policy("POST", "/users/profile-image", User, Some("userProfileImage.update")),
    policy("GET", "/users/{id}", User, Some("user.read")),
    policy("GET", "/users/{id}/profile-image", User, Some("userProfileImage.read")),
    policy("GET", "/view/folder", User, Some("folder.read")),
    policy("GET", "/view/folder/unique-paths", User, Some("folder.read")),
];

/// The policy of an operation, by its matched path with or without the `/api` before it.
#[must_use]
pub fn policy_of(method: &Method, path: &str) -> Option<&'static Policy> {
    let path = path.strip_prefix("/api").unwrap_or(path);
    let of = |method: &str| POLICIES.iter().find(|policy| policy.method == method && policy.path == path);
    match *method {
        // HEAD is GET without the body.
        Method::HEAD => of("GET"),
        // Where an operation is not of this method, it is an old name of PUT.
        Method::PATCH => of("PATCH").or_else(|| of("PUT")),
        _ => of(method.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_operation_has_two_policies() {
        for (index, policy) in POLICIES.iter().enumerate() {
            let same = |other: &Policy| (other.method, other.path) == (policy.method, policy.path);
            assert!(!POLICIES[index + 1..].iter().any(same), "{} {}", policy.method, policy.path);
        }
    }

    #[test]
    fn patch_is_a_method_of_its_own_or_an_old_name_of_put() {
        let permission = |path| policy_of(&Method::PATCH, path).and_then(|policy| policy.permission);
        assert_eq!(permission("/api/albums/{id}"), Some("album.update"));
        assert_eq!(permission("/assets/{id}"), Some("asset.update"));
        assert_eq!(permission("/albums/{id}/users"), Some("albumUser.create"));
        assert_eq!(permission("/trash/empty"), None);
    }

    #[test]
    fn what_takes_the_key_of_a_link_is_open_to_links() {
        let document = crate::server::openapi_document();
        for policy in POLICIES {
            let operation = &document["paths"][policy.path][policy.method.to_lowercase()];
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let takes_slug =
                parameters.iter().any(|parameter| parameter["name"] == "slug" && parameter["in"] == "query");
            assert_eq!(policy.is_for_links(), takes_slug, "{} {}", policy.method, policy.path);
        }
    }

    #[test]
    fn what_administers_is_for_administrators() {
        // Who is an administrator nobody can tell while a server is being maintained.
        let open = ["/admin/maintenance/login", "/admin/maintenance/status"];
        for policy in POLICIES.iter().filter(|policy| policy.path.starts_with("/admin")) {
            let expected = if open.contains(&policy.path) { Who::Anyone } else { Who::Admin };
            assert_eq!(policy.who, expected, "{}", policy.path);
        }
    }
}
