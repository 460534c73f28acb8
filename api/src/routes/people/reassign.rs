//! Faces that are another person's.

use albumen_domain::face::{DecidedBy, Face, FaceCommand};
use axum::{Json, extract::State};

use super::{after_moving, present};
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        paths::IdPath,
        people::{AssetFaceUpdateDto, PersonResponseDto},
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// Gives a person the faces that others have on assets.
#[utoipa::path(
    put, path = "/people/{id}/reassign", tag = "People", operation_id = "reassignFaces",
    params(IdPath),
    request_body = AssetFaceUpdateDto,
    responses((status = 200, body = Vec<PersonResponseDto>))
)]
pub(super) async fn reassign_faces(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<AssetFaceUpdateDto>,
) -> Result<Json<Vec<PersonResponseDto>>, ApiError> {
    let target = app.person_for(&caller, "person.update", path.id).await?;
    let assets: Vec<_> = body.data.iter().map(|item| item.asset_id).collect();
    app.assets_for(&caller, "person.create", &assets).await?;
    let (mut faces, mut concerned) = (Vec::new(), vec![target.id]);
    for item in &body.data {
        let moving = app.reads.people().faces_of_on(item.person_id, item.asset_id).await?;
        // Whoever has no face there is nobody's business here, and may be others'.
        concerned.extend(moving.first().map(|_| item.person_id));
        faces.extend(moving);
    }
    // Whoever is named twice has moved once.
    faces.sort_unstable();
    faces.dedup();
    let assign = FaceCommand::Assign { person: target.id, by: DecidedBy::Hand };
    let commands = faces.iter().map(|face| (*face, assign.clone())).collect();
    app.execute_many::<Face>(commands, &request.context).await?;
    after_moving(&app, &request, &faces, &concerned).await?;
    let shown = present::person(&app, target);
    Ok(Json(body.data.iter().map(|_| shown.clone()).collect()))
}
