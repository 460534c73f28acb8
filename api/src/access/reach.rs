//! What somebody reaches of what others have: through an album, from a partner, or by a link.

use std::collections::HashSet;

use albumen_projections::library::AssetPaths;
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// Those of the assets of others with which the principal may do `permission`.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn reached(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<HashSet<Uuid>, ApiError> {
        if ids.is_empty() || !is_open_to_others(permission) {
            return Ok(HashSet::new());
        }
        if let Some(link) = auth.link() {
            if permission == "asset.download" && !link.allow_download {
                return Ok(HashSet::new());
            }
            return Ok(self.reads.sharing().reachable_by_link(link.id, ids).await?.into_iter().collect());
        }
        let mut reached: HashSet<Uuid> =
            self.reads.albums().reachable(auth.user_id(), ids).await?.into_iter().collect();
        let left: Vec<Uuid> = ids.iter().filter(|id| !reached.contains(id)).copied().collect();
        if !left.is_empty() {
            reached.extend(self.reads.sharing().shown_by_partners(auth.user_id(), &left).await?);
        }
        Ok(reached)
    }

    /// Those of the assets that the principal may put into an album (`asset.share`): their own and
    /// those of partners, never a locked one, not even while unlocked.
    ///
    /// # Errors
    /// The database is away.
    pub async fn shareable(&self, auth: &Auth, ids: &[Uuid]) -> Result<HashSet<Uuid>, ApiError> {
        // Whoever comes by a link has nothing of their own.
        if auth.link().is_some() {
            return Ok(HashSet::new());
        }
        let found = self.reads.library().paths(ids).await?;
        let (mine, others): (Vec<AssetPaths>, Vec<AssetPaths>) =
            found.into_iter().partition(|asset| asset.owner_id == auth.user_id());
        let is_shareable = |asset: &AssetPaths| asset.visibility != "locked" && asset.status != "deleted";
        let mut shareable: HashSet<Uuid> = mine.into_iter().filter(is_shareable).map(|asset| asset.id).collect();
        if !others.is_empty() {
            let others: Vec<Uuid> = others.into_iter().map(|asset| asset.id).collect();
            shareable.extend(self.reads.sharing().shown_by_partners(auth.user_id(), &others).await?);
        }
        Ok(shareable)
    }

    /// Refuses unless the principal may look at a user's timeline: their own, or that of a partner.
    /// What a partner has archived is nobody else's to see.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn timeline_for(&self, auth: &Auth, permission: &str, user: Uuid) -> Result<(), ApiError> {
        if auth.is(user) {
            return Ok(());
        }
        let is_partner = auth.link().is_none()
            && permission == "timeline.read"
            && self.reads.sharing().sharing_with(auth.user_id(), false).await?.contains(&user);
        if is_partner { Ok(()) } else { Err(ApiError::no_access(permission)) }
    }

    /// The partners whose photos stand among the principal's own.
    ///
    /// # Errors
    /// The database is away.
    pub async fn partners_in_timeline(&self, auth: &Auth) -> Result<Vec<Uuid>, ApiError> {
        if auth.link().is_some() {
            return Ok(Vec::new());
        }
        Ok(self.reads.sharing().sharing_with(auth.user_id(), true).await?)
    }
}

/// What may be done with the assets of others: look, not change.
fn is_open_to_others(permission: &str) -> bool {
    matches!(permission, "asset.read" | "asset.view" | "asset.download")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_look_and_do_not_touch() {
        assert!(["asset.read", "asset.view", "asset.download"].into_iter().all(is_open_to_others));
        assert!(!["asset.update", "asset.delete", "asset.share", "asset.copy"].into_iter().any(is_open_to_others));
    }
}
