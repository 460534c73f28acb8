//! The people who are most like somebody.

use albumen_domain::processing::Job;
use uuid::Uuid;

use crate::{access::Auth, app::App, dto::people::PeopleQuery, edge::ApiError};

/// The face that others are compared with, and who compares.
pub(super) struct Near {
    pub(super) face: Uuid,
    pub(super) model: String,
}

/// None when nobody is to be near anybody.
pub(super) async fn wanted(app: &App, caller: &Auth, query: &PeopleQuery) -> Result<Option<Near>, ApiError> {
    let face = match (query.closest_person_id, query.closest_asset_id) {
        (None, None) => return Ok(None),
        (Some(person), _) => {
            app.persons_among(caller, &[person]).await?.into_iter().find_map(|person| person.feature_face_id)
        }
        // Clients name a face, whatever it is called.
        (None, Some(face)) => app.own_face(caller, face).await?.map(|face| face.id),
    };
    let not_found = || ApiError::not_found_because("Person not found");
    let face = face.ok_or_else(not_found)?;
    let model = model(app, caller).await?.ok_or_else(not_found)?;
    // Nobody is near a face that nobody has looked at.
    if !app.reads.face_vectors().has_seen(face, &model).await? {
        return Err(not_found());
    }
    Ok(Some(Near { face, model }))
}

/// The model that the caller's people follow from; before there are any, the one that finds faces.
async fn model(app: &App, caller: &Auth) -> Result<Option<String>, ApiError> {
    if let Some(model) = app.reads.people().clustering(caller.user_id()).await?.model {
        return Ok(Some(model));
    }
    Ok(app.reads.work().chosen_models().await?.remove(&Job::FaceDetection))
}
