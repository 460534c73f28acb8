//! Whether a principal may touch persons and faces: who owns them may, and nobody else.

use albumen_projections::people::{FaceRow, PersonRow};
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError};

impl App {
    /// The person, if the principal may do `permission` with them.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn person_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<PersonRow, ApiError> {
        let found = self.reads.people().person(id).await?;
        found.filter(|person| auth.is(person.owner_id)).ok_or_else(|| ApiError::no_access(permission))
    }

    /// Those of the persons who are the principal's.
    ///
    /// # Errors
    /// The database is away.
    pub async fn persons_among(&self, auth: &Auth, ids: &[Uuid]) -> Result<Vec<PersonRow>, ApiError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.reads.people().persons(ids).await?;
        found.retain(|person| auth.is(person.owner_id));
        Ok(found)
    }

    /// The face, if it is on an asset of the principal's.
    ///
    /// # Errors
    /// The database is away.
    pub async fn own_face(&self, auth: &Auth, id: Uuid) -> Result<Option<FaceRow>, ApiError> {
        let found = self.reads.people().faces(&[id]).await?;
        Ok(found.into_iter().find(|face| auth.is(face.owner_id)))
    }

    /// All of the persons, if the principal may do `permission` with each of them.
    ///
    /// # Errors
    /// 400 when one of them cannot be accessed.
    pub async fn persons_for(&self, auth: &Auth, permission: &str, ids: &[Uuid]) -> Result<Vec<PersonRow>, ApiError> {
        let found = self.persons_among(auth, ids).await?;
        let is_there = |id: &Uuid| found.iter().any(|person| person.id == *id);
        if ids.iter().all(is_there) { Ok(found) } else { Err(ApiError::no_access(permission)) }
    }

    /// The face, if the principal may do `permission` with it: if they may change the asset that shows
    /// it, and that is not in the trash.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn face_for(&self, auth: &Auth, permission: &str, id: Uuid) -> Result<FaceRow, ApiError> {
        let no_access = || ApiError::no_access(permission);
        let found = self.reads.people().faces(&[id]).await?.into_iter().next().ok_or_else(no_access)?;
        let assets = self.assets_for(auth, permission, &[found.asset_id]).await?;
        if assets.iter().all(|asset| asset.status == "active") { Ok(found) } else { Err(no_access()) }
    }
}
