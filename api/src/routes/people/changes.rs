//! What users say about persons.

use albumen_domain::person::{Person, PersonCommand, PersonEdit};
use axum::{Json, extract::State};
use uuid::Uuid;

use super::{feature, present};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        albums::{BulkIdErrorReason, BulkIdResponseDto},
        paths::IdPath,
        people::{PeopleUpdateDto, PeopleUpdateItem, PersonResponseDto, PersonUpdateDto},
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// Changes a person.
#[utoipa::path(
    put, path = "/people/{id}", tag = "People", operation_id = "updatePerson",
    params(IdPath),
    request_body = PersonUpdateDto,
    responses((status = 200, body = PersonResponseDto))
)]
pub(super) async fn update_person(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(update): ValidJson<PersonUpdateDto>,
) -> Result<Json<PersonResponseDto>, ApiError> {
    let edit = PersonEdit {
        name: update.name,
        birth_date: update.birth_date,
        hidden: update.is_hidden,
        favorite: update.is_favorite,
        color: update.color.map(|color| color.map(|color| with_hash(&color))),
    };
    change(&app, &caller, &request, path.id, edit, update.feature_face_asset_id).await?;
    Ok(Json(present::by_id(&app, path.id).await?))
}

/// Changes persons, each for itself.
#[utoipa::path(
    put, path = "/people", tag = "People", operation_id = "updatePeople",
    request_body = PeopleUpdateDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
pub(super) async fn update_people(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<PeopleUpdateDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    let mut results = Vec::with_capacity(body.people.len());
    for item in body.people {
        let PeopleUpdateItem { birth_date, feature_face_asset_id, id, is_favorite, is_hidden, name, .. } = item;
        // Colours are changed one by one only, as clients know it.
        let edit = PersonEdit { name, birth_date, hidden: is_hidden, favorite: is_favorite, color: None };
        let changed = change(&app, &caller, &request, id, edit, feature_face_asset_id).await;
        let error = changed.is_err().then_some(BulkIdErrorReason::Unknown);
        results.push(BulkIdResponseDto { error, error_message: None, id, success: error.is_none() });
    }
    Ok(Json(results))
}

async fn change(
    app: &App,
    caller: &Auth,
    request: &Request,
    id: Uuid,
    edit: PersonEdit,
    feature_asset: Option<Uuid>,
) -> Result<(), ApiError> {
    app.person_for(caller, "person.update", id).await?;
    // What cannot be shown is refused before anything is changed.
    let face = match feature_asset {
        Some(asset) => Some(feature::face_on(app, caller, id, asset).await?),
        None => None,
    };
    app.execute::<Person>(id, PersonCommand::Edit(Box::new(edit)), &request.context).await?;
    if let Some(face) = face {
        app.execute::<Person>(id, PersonCommand::ChooseFeatureFace { face }, &request.context).await?;
    }
    Ok(())
}

/// Colours are kept with their hash sign.
pub(super) fn with_hash(color: &str) -> String {
    if color.starts_with('#') { color.to_owned() } else { format!("#{color}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_begin_with_a_hash_sign() {
        assert_eq!([with_hash("fff"), with_hash("#fff")], ["#fff", "#fff"]);
    }
}
