//! Whether a principal may touch an object. A failed check is one answer for the whole request,
//! and the same for what does not exist, so that nobody learns what others have.

use albumen_projections::library::{AssetPaths, AssetRow};
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// The asset, if the principal may do `permission` with it.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn asset_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<AssetPaths, ApiError> {
        let found = self.access.load(id).await?.ok_or_else(|| ApiError::no_access(permission))?;
        if may_touch(auth, found.owner_id, &found.visibility)
            || self.reached(auth, permission, &[id]).await?.contains(&id)
        {
            Ok(found)
        } else {
            Err(ApiError::no_access(permission))
        }
    }

    /// All that is known of the asset, if the principal may read it.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn details_for(&self, auth: &Auth, id: Uuid) -> Result<AssetRow, ApiError> {
        const PERMISSION: &str = "asset.read";
        let found = self.details.load(id).await?.ok_or_else(|| ApiError::no_access(PERMISSION))?;
        if may_touch(auth, found.owner_id, &found.visibility)
            || self.reached(auth, PERMISSION, &[id]).await?.contains(&id)
        {
            Ok(found)
        } else {
            Err(ApiError::no_access(PERMISSION))
        }
    }

    /// All that is known of the asset, if it is the principal's.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn own_details_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<AssetRow, ApiError> {
        let found = self.details.load(id).await?.filter(|found| may_touch(auth, found.owner_id, &found.visibility));
        found.ok_or_else(|| ApiError::no_access(permission))
    }

    /// All of the assets, if the principal may do `permission` with each of them.
    ///
    /// # Errors
    /// 400 when one of them cannot be accessed.
    pub async fn assets_for(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<Vec<AssetPaths>, ApiError> {
        let mut wanted = ids.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let found = self.reads.library().paths(&wanted).await?;
        let is_others = |asset: &&AssetPaths| !may_touch(auth, asset.owner_id, &asset.visibility);
        let others: Vec<Uuid> = found.iter().filter(is_others).map(|asset| asset.id).collect();
        let reached = self.reached(auth, permission, &others).await?;
        if found.len() == wanted.len() && others.iter().all(|id| reached.contains(id)) {
            Ok(found)
        } else {
            Err(ApiError::no_access(permission))
        }
    }
}

/// An owner may do everything with what is theirs; what is locked only while unlocked.
pub(super) fn may_touch(auth: &Auth, owner: Uuid, visibility: &str) -> bool {
    auth.is(owner) && (visibility != "locked" || auth.is_elevated())
}
