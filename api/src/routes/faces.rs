//! Operations of the tag "Faces".

use albumen_domain::face::{DecidedBy, Face, FaceBox, FaceCommand, FaceSource, NewFace};
use albumen_projections::people::FaceOfPerson;
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::people::{after_moving, present::person};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        faces::{AssetFaceCreateDto, AssetFaceDeleteDto, AssetFaceResponseDto, FaceDto, FacesQuery, SourceType},
        paths::IdPath,
        people::PersonResponseDto,
    },
    edge::{ApiError, ValidJson, ValidPath, ValidQuery},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_faces, create_face)).routes(routes!(reassign_faces_by_id, delete_face))
}

impl SourceType {
    /// By the stored name.
    fn of(source: &str) -> Self {
        match source {
            "manual" => Self::Manual,
            "exif" => Self::Exif,
            _ => Self::MachineLearning,
        }
    }
}

/// The faces on an asset, from left to right.
#[utoipa::path(
    get, path = "/faces", tag = "Faces", operation_id = "getFaces",
    params(FacesQuery),
    responses((status = 200, body = Vec<AssetFaceResponseDto>))
)]
async fn get_faces(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<FacesQuery>,
) -> Result<Json<Vec<AssetFaceResponseDto>>, ApiError> {
    app.asset_for(&caller, "asset.read", query.id).await?;
    let faces = app.reads.people().faces_on(query.id).await?;
    Ok(Json(faces.into_iter().map(|face| shown(&app, &caller, face)).collect()))
}

/// Whose face it is, is told to the person's owner alone.
fn shown(app: &App, auth: &Auth, found: FaceOfPerson) -> AssetFaceResponseDto {
    let FaceOfPerson { face, person: whose } = found;
    AssetFaceResponseDto {
        bounding_box_x1: face.x1.into(),
        bounding_box_x2: face.x2.into(),
        bounding_box_y1: face.y1.into(),
        bounding_box_y2: face.y2.into(),
        id: face.id,
        image_height: face.frame_height.into(),
        image_width: face.frame_width.into(),
        person: whose.filter(|whose| auth.is(whose.owner_id)).map(|whose| person(app, whose)),
        source_type: Some(SourceType::of(&face.source)),
    }
}

/// Draws a face.
#[utoipa::path(
    post, path = "/faces", tag = "Faces", operation_id = "createFace",
    request_body = AssetFaceCreateDto,
    responses((status = 201))
)]
async fn create_face(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AssetFaceCreateDto>,
) -> Result<StatusCode, ApiError> {
    let whose = app.person_for(&caller, "person.read", body.person_id).await?;
    app.assets_for(&caller, "asset.update", &[body.asset_id]).await?;
    let new = NewFace {
        owner: caller.user_id(),
        asset: body.asset_id,
        source: FaceSource::Manual,
        area: area_of(&body).ok_or_else(|| ApiError::bad_request("Asset does not have valid dimensions"))?,
        person: Some(whose.id),
    };
    app.execute::<Face>(Uuid::new_v4(), FaceCommand::Add(new), &request.context).await?;
    after_moving(&app, &request, &[], &[whose.id]).await?;
    Ok(StatusCode::CREATED)
}

/// The box in the frame that the client displays; none when that frame has no area.
fn area_of(body: &AssetFaceCreateDto) -> Option<FaceBox> {
    let bounded = |pixels: i64| i32::try_from(pixels.clamp(i32::MIN.into(), i32::MAX.into())).unwrap_or(i32::MAX);
    (body.image_width > 0 && body.image_height > 0).then(|| FaceBox {
        frame_width: bounded(body.image_width),
        frame_height: bounded(body.image_height),
        left: bounded(body.x),
        top: bounded(body.y),
        right: bounded(body.x.saturating_add(body.width)),
        bottom: bounded(body.y.saturating_add(body.height)),
    })
}

/// Gives a face to another person: that of the path.
#[utoipa::path(
    put, path = "/faces/{id}", tag = "Faces", operation_id = "reassignFacesById",
    params(IdPath),
    request_body = FaceDto,
    responses((status = 200, body = PersonResponseDto))
)]
async fn reassign_faces_by_id(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<FaceDto>,
) -> Result<Json<PersonResponseDto>, ApiError> {
    let target = app.person_for(&caller, "person.update", path.id).await?;
    let face = app.face_for(&caller, "person.create", body.id).await?;
    let assign = FaceCommand::Assign { person: target.id, by: DecidedBy::Hand };
    app.execute::<Face>(face.id, assign, &request.context).await?;
    let concerned: Vec<Uuid> = face.person_id.into_iter().chain([target.id]).collect();
    after_moving(&app, &request, &[face.id], &concerned).await?;
    let now = app.person_for(&caller, "person.update", target.id).await?;
    Ok(Json(person(&app, now)))
}

/// Says that there is no face, or with `force` forgets it.
#[utoipa::path(
    delete, path = "/faces/{id}", tag = "Faces", operation_id = "deleteFace",
    params(IdPath),
    request_body = AssetFaceDeleteDto,
    responses((status = 204))
)]
async fn delete_face(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<AssetFaceDeleteDto>,
) -> Result<StatusCode, ApiError> {
    let face = app.face_for(&caller, "face.delete", path.id).await?;
    let command = if body.force { FaceCommand::Delete } else { FaceCommand::Remove };
    app.execute::<Face>(face.id, command, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(x: i64, width: i64, image_width: i64) -> AssetFaceCreateDto {
        AssetFaceCreateDto {
            asset_id: Uuid::nil(),
            height: 20,
            image_height: 50,
            image_width,
            person_id: Uuid::nil(),
            width,
            x,
            y: 10,
        }
    }

    #[test]
    fn boxes_are_kept_as_they_were_drawn() {
        let area = area_of(&drawn(5, 30, 100)).expect("a frame");
        assert_eq!((area.left, area.right, area.top, area.bottom), (5, 35, 10, 30));
        assert_eq!((area.frame_width, area.frame_height), (100, 50));
        assert_eq!(area_of(&drawn(5, 30, 0)), None);
        let beyond = area_of(&drawn(i64::MAX, i64::MAX, 100)).expect("a frame");
        assert_eq!((beyond.left, beyond.right), (i32::MAX, i32::MAX));
    }
}
