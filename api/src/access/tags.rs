//! Whether a principal may touch a tag: their own, and nobody else's.

use std::collections::HashSet;

use albumen_projections::tags::TagRow;
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// The tag, if it is the principal's.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn tag_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<TagRow, ApiError> {
        let found = self.reads.tags().owned(auth.user_id(), &[id]).await?;
        found.into_iter().next().ok_or_else(|| ApiError::no_access(permission))
    }

    /// Those of the tags that are the principal's.
    ///
    /// # Errors
    /// The database is away.
    pub async fn tags_of(&self, auth: &Auth, ids: &[Uuid]) -> Result<HashSet<Uuid>, ApiError> {
        let found = self.reads.tags().owned(auth.user_id(), ids).await?;
        Ok(found.into_iter().map(|tag| tag.id).collect())
    }

    /// Those of the assets that the principal may change; what is locked only while unlocked.
    ///
    /// # Errors
    /// The database is away.
    pub async fn changeable(&self, auth: &Auth, ids: &[Uuid]) -> Result<HashSet<Uuid>, ApiError> {
        let found = self.reads.library().paths(ids).await?;
        let is_changeable = |asset: &albumen_projections::library::AssetPaths| {
            super::objects::may_touch(auth, asset.owner_id, &asset.visibility) && asset.status != "deleted"
        };
        Ok(found.into_iter().filter(is_changeable).map(|asset| asset.id).collect())
    }
}
