//! Whether a principal may take away what somebody said.

use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// Refuses unless the principal said it, or owns the album about which it was said.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn activity_for(&self, auth: &Auth, id: Uuid) -> Result<(), ApiError> {
        const PERMISSION: &str = "activity.delete";
        let found = self.reads.sharing().activity(id).await?.ok_or_else(|| ApiError::no_access(PERMISSION))?;
        if auth.is(found.user_id) {
            return Ok(());
        }
        let owned = self.albums_for(auth, "album.delete", &[found.album_id]).await?;
        if owned.contains(&found.album_id) { Ok(()) } else { Err(ApiError::no_access(PERMISSION)) }
    }
}
