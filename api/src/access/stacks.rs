//! Whether a principal may touch a stack: their own, and nobody else's.

use albumen_projections::stacks::StackRow;
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// The stack, if it is the principal's.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn stack_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<StackRow, ApiError> {
        let found = self.reads.stacks().of_owner(auth.user_id(), Some(&[id]), None).await?;
        found.into_iter().next().ok_or_else(|| ApiError::no_access(permission))
    }

    /// Refuses unless each of the stacks is the principal's.
    ///
    /// # Errors
    /// 400 when one of them cannot be accessed.
    pub async fn all_stacks_for(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<(), ApiError> {
        let found = self.reads.stacks().of_owner(auth.user_id(), Some(ids), None).await?;
        let is_mine = |id: &Uuid| found.iter().any(|stack| stack.id == *id);
        if ids.iter().all(is_mine) { Ok(()) } else { Err(ApiError::no_access(permission)) }
    }
}
