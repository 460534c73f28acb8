//! Whether a principal may touch notifications: they are told to one user, and nobody else's.

use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// Refuses unless all of the notifications are told to the principal.
    ///
    /// # Errors
    /// 400 without access to one of them.
    pub async fn notifications_for(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<(), ApiError> {
        let own = self.reads.notifications().among(auth.user_id(), ids).await?;
        if ids.iter().all(|id| own.contains(id)) { Ok(()) } else { Err(ApiError::no_access(permission)) }
    }
}
