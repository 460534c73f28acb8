//! Persons who turn out to be one.

use albumen_domain::person::{Person, PersonCommand, PersonEdit};
use albumen_projections::people::PersonRow;
use axum::{Json, extract::State};
use uuid::Uuid;

use super::{after_moving, remove_picture};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        albums::{BulkIdErrorReason, BulkIdResponseDto},
        paths::IdPath,
        people::MergePersonDto,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// Makes other persons one with this one.
#[utoipa::path(
    post, path = "/people/{id}/merge", tag = "People", operation_id = "mergePerson",
    params(IdPath),
    request_body = MergePersonDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
pub(super) async fn merge_person(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<MergePersonDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    if body.ids.contains(&path.id) {
        return Err(ApiError::bad_request("Cannot merge a person into themselves"));
    }
    Ok(Json(merge_into(&app, &caller, &request, path.id, body.ids).await?))
}

/// Makes persons one: the first of them stays, and what is said of it is what is said of all.
#[utoipa::path(
    post, path = "/people/merge", tag = "People", operation_id = "mergePeople",
    request_body = MergePersonDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
pub(super) async fn merge_people(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<MergePersonDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    let Some((first, others)) = body.ids.split_first() else { return Ok(Json(Vec::new())) };
    let others: Vec<Uuid> = others.iter().copied().filter(|id| id != first).collect();
    let results = merge_into(&app, &caller, &request, *first, others).await?;
    let stays = BulkIdResponseDto { error: None, error_message: None, id: *first, success: true };
    Ok(Json([stays].into_iter().chain(results).collect()))
}

async fn merge_into(
    app: &App,
    caller: &Auth,
    request: &Request,
    target: Uuid,
    ids: Vec<Uuid>,
) -> Result<Vec<BulkIdResponseDto>, ApiError> {
    let mut target = app.person_for(caller, "person.update", target).await?;
    let known = app.persons_among(caller, &ids).await?;
    let mut merged: Vec<Uuid> = Vec::new();
    let mut results = Vec::with_capacity(ids.len());
    for id in ids {
        let error = match known.iter().find(|person| person.id == id) {
            None => Some(BulkIdErrorReason::NoPermission),
            // Who was named before is gone by now.
            Some(_) if merged.contains(&id) => Some(BulkIdErrorReason::NotFound),
            Some(source) => merge(app, request, &mut target, source).await.err(),
        };
        if error.is_none() {
            merged.push(id);
        }
        results.push(BulkIdResponseDto { error, error_message: None, id, success: error.is_none() });
    }
    if target.feature_face_id.is_none() {
        after_moving(app, request, &[], &[target.id]).await?;
    }
    Ok(results)
}

async fn merge(
    app: &App,
    request: &Request,
    target: &mut PersonRow,
    source: &PersonRow,
) -> Result<(), BulkIdErrorReason> {
    let failed = |error: ApiError| {
        tracing::warn!(%error, "a person could not be merged");
        BulkIdErrorReason::Unknown
    };
    let edit = inherited(target, source);
    if edit != PersonEdit::default() {
        let inherit = PersonCommand::Edit(Box::new(edit.clone()));
        app.execute::<Person>(target.id, inherit, &request.context).await.map_err(|error| failed(error.into()))?;
        target.name = edit.name.unwrap_or_else(|| target.name.clone());
        target.birth_date = edit.birth_date.flatten().or(target.birth_date);
    }
    let become_one = PersonCommand::MergeInto { person: target.id };
    app.execute::<Person>(source.id, become_one, &request.context).await.map_err(|error| failed(error.into()))?;
    remove_picture(app, source).await;
    Ok(())
}

/// Only what the target does not have itself.
fn inherited(target: &PersonRow, source: &PersonRow) -> PersonEdit {
    PersonEdit {
        name: (target.name.is_empty() && !source.name.is_empty()).then(|| source.name.clone()),
        birth_date: source.birth_date.filter(|_| target.birth_date.is_none()).map(Some),
        ..PersonEdit::default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};

    use super::*;

    fn person(name: &str, year: Option<i32>) -> PersonRow {
        PersonRow {
            id: Uuid::nil(),
            owner_id: Uuid::nil(),
            name: name.to_owned(),
            birth_date: year.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 2)),
            hidden: false,
            favorite: false,
            color: None,
            feature_face_id: None,
            thumbnail_path: None,
            face_count: 0,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_is_known_of_the_target_stays() {
        let all = person("Ada", Some(1815));
        assert_eq!(inherited(&all, &person("Eve", Some(1900))), PersonEdit::default());
        assert_eq!(inherited(&person("", None), &person("", None)), PersonEdit::default());
        let expected =
            PersonEdit { name: Some("Ada".into()), birth_date: Some(all.birth_date), ..PersonEdit::default() };
        assert_eq!(inherited(&person("", None), &all), expected);
    }
}
