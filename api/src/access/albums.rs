//! Whether a principal may touch an album. An album of others is answered like one that does not exist.

use std::collections::HashSet;

use albumen_projections::sharing::SharedLinkRow;
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
        if let Some(link) = auth.link() {
            let is_granted = link.album_id == Some(id) && link_grants(link, permission);
            return is_granted.then(|| VISITOR.to_owned()).ok_or_else(|| ApiError::no_access(permission));
        }
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
        if let Some(link) = auth.link() {
            return Ok(link
                .album_id
                .filter(|id| ids.contains(id) && link_grants(link, permission))
                .into_iter()
                .collect());
        }
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

    async fn album_role(&self, auth: &Auth, id: Uuid) -> Result<Option<String>, ApiError> {
        if auth.link().is_some() {
            return Ok(None);
        }
        let roles = self.reads.albums().roles(auth.user_id(), &[id]).await?;
        Ok(roles.into_iter().next().map(|(_, role)| role))
    }
}

/// What somebody is in an album who came to it by a link.
const VISITOR: &str = "visitor";

/// What a link lets its visitors do with its album.
fn link_grants(link: &SharedLinkRow, permission: &str) -> bool {
    match permission {
        "album.read" => true,
        "album.download" => link.allow_download,
        _ => false,
    }
}

/// What a member may do in an album.
fn grants(role: &str, permission: &str) -> bool {
    match permission {
        "album.read" | "album.download" | "activity.create" => matches!(role, "owner" | "editor" | "viewer"),
        "album.update" | "album.share" | "albumAsset.create" | "albumAsset.delete" => {
            matches!(role, "owner" | "editor")
        }
        "album.delete" => role == "owner",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_one_below_may() {
        let all = [
            "album.read",
            "album.download",
            "activity.create",
            "album.update",
            "album.share",
            "albumAsset.create",
            "albumAsset.delete",
            "album.delete",
        ];
        let count = |role| all.iter().filter(|permission| grants(role, permission)).count();
        assert_eq!(["viewer", "editor", "owner", ""].map(count), [3, 7, 8, 0]);
        assert!(!grants("owner", "asset.read"));
    }
}
