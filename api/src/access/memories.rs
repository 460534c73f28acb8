//! Whether a principal may touch a memory: its owner may, and nobody else.

use albumen_projections::memories::MemoryRow;
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// The memory, if the principal may do `permission` with it.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn memory_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<MemoryRow, ApiError> {
        let found = self.reads.memories().memory(id).await?;
        found.filter(|memory| auth.is(memory.owner_id)).ok_or_else(|| ApiError::no_access(permission))
    }
}
