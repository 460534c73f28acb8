//! Which face stands for a person.

use std::collections::HashSet;

use albumen_domain::person::{Person, PersonCommand};
use uuid::Uuid;

use crate::{
    access::{Auth, Request},
    app::App,
    edge::ApiError,
};

/// The face of a person on an asset, to stand for them.
pub(super) async fn face_on(app: &App, caller: &Auth, person: Uuid, asset: Uuid) -> Result<Uuid, ApiError> {
    app.asset_for(caller, "asset.read", asset).await?;
    let faces = app.reads.people().faces_of_on(person, asset).await?;
    let face = faces.into_iter().next();
    face.ok_or_else(|| ApiError::bad_request("Invalid assetId for feature face or asset is offline"))
}

/// Faces have become another person's: who is shown by none gets one, and who was shown by one of them
/// gets another of their own.
pub async fn after_moving(app: &App, request: &Request, faces: &[Uuid], persons: &[Uuid]) -> Result<(), ApiError> {
    let persons: HashSet<Uuid> = persons.iter().copied().collect();
    let persons: Vec<Uuid> = persons.into_iter().collect();
    for person in app.reads.people().persons(&persons).await? {
        let still_stands = match person.feature_face_id {
            Some(face) if faces.contains(&face) => is_of(app, face, person.id).await?,
            Some(_) => true,
            None => false,
        };
        if still_stands {
            continue;
        }
        if let Some(face) = app.reads.people().some_face_of(person.id, &[]).await? {
            app.execute::<Person>(person.id, PersonCommand::ChooseFeatureFace { face }, &request.context).await?;
        }
    }
    Ok(())
}

async fn is_of(app: &App, face: Uuid, person: Uuid) -> Result<bool, ApiError> {
    let found = app.reads.people().faces(&[face]).await?;
    Ok(found.iter().any(|face| face.person_id == Some(person)))
}
