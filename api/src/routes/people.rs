//! Operations of the tag "People".

mod changes;
mod feature;
mod merge;
mod near;
pub(super) mod present;
mod reassign;

use albumen_domain::person::{NewPerson, Person, PersonCommand};
use albumen_projections::people::PersonRow;
use albumen_workers::media::store::MediaPath;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::patch,
};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        forms,
        paths::IdPath,
        people::{PeopleQuery, PeopleResponseDto, PersonCreateDto, PersonResponseDto, PersonStatisticsResponseDto},
        trash::BulkIdsDto,
    },
    edge::{
        ApiError, Taking, ValidJson, ValidPath, ValidQuery,
        files::{CachePolicy, FileOptions, serve_file},
    },
    routes::users::preferences::preferences_of,
};

pub(super) use feature::after_moving;

/// Persons on a page where none is asked for.
const DEFAULT_SIZE: i64 = 500;
/// Faces that make somebody without a name worth showing, where the user does not say.
const DEFAULT_MINIMUM_FACES: i64 = 3;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_all_people, create_person, changes::update_people, delete_people))
        .routes(routes!(get_person, changes::update_person, delete_person))
        .routes(routes!(merge::merge_people))
        .routes(routes!(merge::merge_person))
        .routes(routes!(reassign::reassign_faces))
        .routes(routes!(get_person_statistics))
        .routes(routes!(get_person_thumbnail))
        // An old name of PUT.
        .route("/people/{id}", patch(changes::update_person))
}

/// The people of the caller, the best known first.
#[utoipa::path(
    get, path = "/people", tag = "People", operation_id = "getAllPeople",
    params(PeopleQuery),
    responses((status = 200, body = PeopleResponseDto))
)]
async fn get_all_people(
    State(app): State<App>,
    caller: Caller,
    taking: Taking,
    ValidQuery(query): ValidQuery<PeopleQuery>,
) -> Result<Response, ApiError> {
    let minimum = minimum_faces(&caller);
    let near = near::wanted(&app, &caller, &query).await?;
    // Whoever is near somebody is found by what models see, too, and asked for once.
    if near.is_some() {
        return Ok(Json(page(&app, &caller, &query, minimum, near).await?).into_response());
    }
    let what = format!("people {minimum} {query:?}");
    app.kept(&caller, what, &taking, &["people"], page(&app, &caller, &query, minimum, None)).await
}

async fn page(
    app: &App,
    caller: &Auth,
    query: &PeopleQuery,
    minimum: i64,
    near: Option<near::Near>,
) -> Result<PeopleResponseDto, ApiError> {
    let (page, size) = (query.page.unwrap_or(1), query.size.unwrap_or(DEFAULT_SIZE));
    let (owner, people) = (caller.user_id(), app.reads.people());
    let with_hidden = query.with_hidden == Some(true);
    let offset = (page - 1).saturating_mul(size);
    // One more than the page holds, to see whether there is a next one.
    let mut found = match near {
        Some(near) => people.list_near(owner, with_hidden, minimum, offset, size + 1, near.face, &near.model).await?,
        None => people.list(owner, with_hidden, minimum, offset, size + 1).await?,
    };
    let (total, hidden) = people.totals(owner).await?;
    let has_more = found.len() as i64 > size;
    found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let people = found.into_iter().map(|person| present::person(app, person)).collect();
    Ok(PeopleResponseDto { has_next_page: Some(has_more), hidden, people, total })
}

fn minimum_faces(caller: &Auth) -> i64 {
    let preferences = preferences_of(&caller.account);
    preferences.pointer("/people/minimumFaces").and_then(Value::as_i64).unwrap_or(DEFAULT_MINIMUM_FACES)
}

/// Says that there is somebody.
#[utoipa::path(
    post, path = "/people", tag = "People", operation_id = "createPerson",
    request_body = PersonCreateDto,
    responses((status = 201, body = PersonResponseDto))
)]
async fn create_person(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(wanted): ValidJson<PersonCreateDto>,
) -> Result<(StatusCode, Json<PersonResponseDto>), ApiError> {
    let new = NewPerson {
        owner: caller.user_id(),
        name: wanted.name.unwrap_or_default(),
        birth_date: wanted.birth_date.flatten(),
        hidden: wanted.is_hidden == Some(true),
        favorite: wanted.is_favorite == Some(true),
        color: wanted.color.flatten().map(|color| changes::with_hash(&color)),
    };
    let id = Uuid::new_v4();
    app.execute::<Person>(id, PersonCommand::Create(Box::new(new)), &request.context).await?;
    Ok((StatusCode::CREATED, Json(present::by_id(&app, id).await?)))
}

/// One person.
#[utoipa::path(
    get, path = "/people/{id}", tag = "People", operation_id = "getPerson",
    params(IdPath),
    responses((status = 200, body = PersonResponseDto))
)]
async fn get_person(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<PersonResponseDto>, ApiError> {
    let person = app.person_for(&caller, "person.read", path.id).await?;
    Ok(Json(present::person(&app, person)))
}

/// On how many assets a person is seen.
#[utoipa::path(
    get, path = "/people/{id}/statistics", tag = "People", operation_id = "getPersonStatistics",
    params(IdPath),
    responses((status = 200, body = PersonStatisticsResponseDto))
)]
async fn get_person_statistics(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<PersonStatisticsResponseDto>, ApiError> {
    let person = app.person_for(&caller, "person.read", path.id).await?;
    let assets = app.reads.people().count_assets(person.id).await?;
    Ok(Json(PersonStatisticsResponseDto { assets }))
}

/// The bytes of a file, as the document describes them.
struct FileBytes;

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        forms::binary().into()
    }
}

impl ToSchema for FileBytes {}

/// The picture of a person. Whatever is wrong looks like a missing file.
#[utoipa::path(
    get, path = "/people/{id}/thumbnail", tag = "People", operation_id = "getPersonThumbnail",
    params(IdPath),
    responses((status = 200, body = inline(FileBytes), content_type = "application/octet-stream"))
)]
async fn get_person_thumbnail(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Response, ApiError> {
    let send = async {
        let person = app.person_for(&caller, "person.read", path.id).await?;
        let picture = person.thumbnail_path.and_then(|path| MediaPath::parse(&path).ok());
        let file = picture.and_then(|path| app.media.local_path(&path)).ok_or_else(ApiError::not_found)?;
        serve_file(&file, &headers, FileOptions::new("image/jpeg", CachePolicy::PrivateWithoutCache)).await
    };
    send.await.map_err(ApiError::masked_as_missing_file)
}

/// Forgets a person; the faces stay.
#[utoipa::path(
    delete, path = "/people/{id}", tag = "People", operation_id = "deletePerson",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_person(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    delete(&app, &caller, &request, &[path.id]).await
}

/// Forgets persons; the faces stay.
#[utoipa::path(
    delete, path = "/people", tag = "People", operation_id = "deletePeople",
    request_body = BulkIdsDto,
    responses((status = 204))
)]
async fn delete_people(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<StatusCode, ApiError> {
    delete(&app, &caller, &request, &body.ids).await
}

async fn delete(app: &App, caller: &Auth, request: &Request, ids: &[Uuid]) -> Result<StatusCode, ApiError> {
    let persons = app.persons_for(caller, "person.delete", ids).await?;
    let commands = persons.iter().map(|person| (person.id, PersonCommand::Delete)).collect();
    app.execute_many::<Person>(commands, &request.context).await?;
    for person in &persons {
        remove_picture(app, person).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the picture of who is gone. When that fails a file is left over, and no more.
async fn remove_picture(app: &App, person: &PersonRow) {
    let path = person.thumbnail_path.as_deref().and_then(|path| MediaPath::parse(path).ok());
    let Some(path) = path else { return };
    if let Err(error) = app.media.delete(&path).await {
        tracing::warn!(%error, "the picture of a person could not be removed");
    }
}
