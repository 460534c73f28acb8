//! Whether a principal may touch an album, and what albums let them do with assets of others. An
//! album of others is answered like one that does not exist.

use std::collections::HashSet;

use albumen_projections::library::AssetPaths;
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// What the principal is in the album (`owner`, `editor` or `viewer`), if that suffices for
    /// `permission`.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn album_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<String, ApiError> {
        let role = self.album_role(auth, id).await?;
        role.filter(|role| grants(role, permission)).ok_or_else(|| ApiError::no_access(permission))
    }

    /// Like [`Self::album_for`], where the API has words of its own for an album that is not there.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn known_album_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<String, ApiError> {
        let role = self.album_role(auth, id).await?.ok_or_else(|| ApiError::bad_request("Album not found"))?;
        if grants(&role, permission) { Ok(role) } else { Err(ApiError::no_access(permission)) }
    }

    /// Those of the albums with which the principal may do `permission`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn albums_for(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<HashSet<Uuid>, ApiError> {
        let roles = self.reads.albums().roles(auth.user_id(), ids).await?;
        Ok(roles.into_iter().filter(|(_, role)| grants(role, permission)).map(|(id, _)| id).collect())
    }

    /// Refuses unless the principal may do `permission` with each of the albums.
    ///
    /// # Errors
    /// 400 when one of them cannot be accessed.
    pub async fn all_albums_for(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<(), ApiError> {
        if ids.is_empty() {
            return Ok(());
        }
        let granted = self.albums_for(auth, permission, ids).await?;
        if ids.iter().all(|id| granted.contains(id)) { Ok(()) } else { Err(ApiError::no_access(permission)) }
    }

    /// Those of the assets that the principal may put into an album (`asset.share`): their own, never
    /// a locked one, not even while unlocked.
    ///
    /// # Errors
    /// The database is away.
    pub async fn shareable(&self, auth: &Auth, ids: &[Uuid]) -> Result<HashSet<Uuid>, ApiError> {
        let found = self.reads.library().paths(ids).await?;
        let is_shareable = |asset: &AssetPaths| {
            asset.owner_id == auth.user_id() && asset.visibility != "locked" && asset.status != "deleted"
        };
        Ok(found.into_iter().filter(is_shareable).map(|asset| asset.id).collect())
    }

    /// Whether an album shows the principal an asset of somebody else.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn reaches(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<bool, ApiError> {
        self.reaches_all(auth, permission, &[id]).await
    }

    /// Whether albums show the principal all of these different assets of others.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn reaches_all(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<bool, ApiError> {
        if ids.is_empty() {
            return Ok(true);
        }
        if !is_open_to_members(permission) {
            return Ok(false);
        }
        Ok(self.reads.albums().reachable(auth.user_id(), ids).await?.len() == ids.len())
    }

    async fn album_role(&self, auth: &Auth, id: Uuid) -> Result<Option<String>, ApiError> {
        let roles = self.reads.albums().roles(auth.user_id(), &[id]).await?;
        Ok(roles.into_iter().next().map(|(_, role)| role))
    }
}

/// What a member may do in an album.
fn grants(role: &str, permission: &str) -> bool {
    match permission {
        "album.read" | "album.download" => matches!(role, "owner" | "editor" | "viewer"),
        "album.update" | "album.share" | "albumAsset.create" | "albumAsset.delete" => {
            matches!(role, "owner" | "editor")
        }
        "album.delete" => role == "owner",
        _ => false,
    }
}

/// What a member of an album may do with the assets of others in it: look, not change.
fn is_open_to_members(permission: &str) -> bool {
    matches!(permission, "asset.read" | "asset.view" | "asset.download")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_one_below_may() {
        let all = [
            "album.read",
            "album.download",
            "album.update",
            "album.share",
            "albumAsset.create",
            "albumAsset.delete",
            "album.delete",
        ];
        let count = |role| all.iter().filter(|permission| grants(role, permission)).count();
        assert_eq!(["viewer", "editor", "owner", ""].map(count), [2, 6, 7, 0]);
        assert!(!grants("owner", "asset.read"));
    }

    #[test]
    fn members_look_and_do_not_touch() {
        assert!(["asset.read", "asset.view", "asset.download"].into_iter().all(is_open_to_members));
        assert!(!["asset.update", "asset.delete", "asset.share", "asset.copy"].into_iter().any(is_open_to_members));
    }
}
