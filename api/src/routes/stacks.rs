//! Operations of the tag "Stacks".

use std::collections::{HashMap, HashSet};

use albumen_domain::stack::{Stack, StackCommand};
use albumen_projections::{library::AssetRow, stacks::StackRow};
use axum::{Json, extract::State, http::StatusCode, response::Response, routing::patch};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::asset_response::{Extras, asset_response};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        paths::IdPath,
        stacks::{StackAssetPath, StackCreateDto, StackResponseDto, StackUpdateDto, StacksQuery},
        trash::BulkIdsDto,
    },
    edge::{ApiError, Taking, ValidJson, ValidPath, ValidQuery},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_stacks, create_stack, delete_stacks))
        .routes(routes!(get_stack, update_stack, delete_stack))
        .routes(routes!(remove_asset_from_stack))
        // The old method of the same operation.
        .route("/stacks/{id}", patch(update_stack))
}

/// The caller's stacks.
#[utoipa::path(
    get, path = "/stacks", tag = "Stacks", operation_id = "searchStacks",
    params(StacksQuery),
    responses((status = 200, body = Vec<StackResponseDto>))
)]
async fn search_stacks(
    State(app): State<App>,
    caller: Caller,
    taking: Taking,
    ValidQuery(query): ValidQuery<StacksQuery>,
) -> Result<Response, ApiError> {
    let found = async {
        let stacks = app.reads.stacks().of_owner(caller.user_id(), None, query.primary_asset_id).await?;
        responses(&app, &caller, stacks).await
    };
    // What is locked is among them for who has unlocked it.
    let what = format!("stacks {:?} {}", query.primary_asset_id, caller.is_elevated());
    app.kept(&caller, what, &taking, &["stacks", "library"], found).await
}

/// Stacks assets. Stacks that one of them lies on top of go into the new one.
#[utoipa::path(
    post, path = "/stacks", tag = "Stacks", operation_id = "createStack",
    request_body = StackCreateDto,
    responses((status = 201, body = StackResponseDto))
)]
async fn create_stack(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<StackCreateDto>,
) -> Result<(StatusCode, Json<StackResponseDto>), ApiError> {
    app.assets_for(&caller, "asset.update", &body.asset_ids).await?;
    let mut assets = body.asset_ids;
    let mut commands = Vec::new();
    for (stack, change) in freed(&app, &assets).await? {
        if let Freed::Whole(members) = &change {
            assets.extend(members);
        }
        commands.push((stack, change.command()));
    }
    let id = Uuid::new_v4();
    commands.push((id, StackCommand::Create { owner: caller.user_id(), assets }));
    app.execute_many::<Stack>(commands, &request.context).await?;
    Ok((StatusCode::CREATED, Json(shown(&app, &caller, id).await?)))
}

/// What is done to a stack so that its assets can be in another one.
enum Freed {
    /// It goes, and these come along.
    Whole(Vec<Uuid>),
    /// It loses these.
    Part(Vec<Uuid>),
}

impl Freed {
    fn command(self) -> StackCommand {
        match self {
            Self::Whole(_) => StackCommand::Delete,
            Self::Part(assets) => StackCommand::Lose(assets),
        }
    }
}

/// The stacks in which `assets` are, each once. One under a primary goes whole.
async fn freed(app: &App, assets: &[Uuid]) -> Result<Vec<(Uuid, Freed)>, ApiError> {
    let mut of_stacks: HashMap<Uuid, (Vec<Uuid>, bool)> = HashMap::new();
    for (asset, stack, is_primary) in app.reads.stacks().holding(assets).await? {
        let (members, goes_whole) = of_stacks.entry(stack).or_default();
        members.push(asset);
        *goes_whole |= is_primary;
    }
    let mut freed = Vec::with_capacity(of_stacks.len());
    for (stack, (members, goes_whole)) in of_stacks {
        let change =
            if goes_whole { Freed::Whole(app.reads.stacks().members(stack).await?) } else { Freed::Part(members) };
        freed.push((stack, change));
    }
    Ok(freed)
}

/// Lays one asset into the stack in which another is; their two stacks become one.
pub(super) async fn join_that_of(app: &App, request: &Request, source: Uuid, target: Uuid) -> Result<(), ApiError> {
    let found = app.reads.stacks().holding(&[source, target]).await?;
    let stack_of = |asset| found.iter().find(|(id, ..)| *id == asset).map(|(_, stack, _)| *stack);
    let commands = match (stack_of(source), stack_of(target)) {
        (Some(from), Some(to)) if from != to => {
            let members = app.reads.stacks().members(from).await?;
            vec![(from, StackCommand::Delete), (to, StackCommand::AddAssets(members))]
        }
        (Some(from), None) => vec![(from, StackCommand::AddAssets(vec![target]))],
        _ => Vec::new(),
    };
    app.execute_many::<Stack>(commands, &request.context).await?;
    Ok(())
}

/// Deletes stacks; the assets stay.
#[utoipa::path(
    delete, path = "/stacks", tag = "Stacks", operation_id = "deleteStacks",
    request_body = BulkIdsDto,
    responses((status = 204))
)]
async fn delete_stacks(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<StatusCode, ApiError> {
    app.all_stacks_for(&caller, "stack.delete", &body.ids).await?;
    let ids: HashSet<Uuid> = body.ids.into_iter().collect();
    let commands = ids.into_iter().map(|id| (id, StackCommand::Delete)).collect();
    app.execute_many::<Stack>(commands, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One stack.
#[utoipa::path(
    get, path = "/stacks/{id}", tag = "Stacks", operation_id = "getStack",
    params(IdPath),
    responses((status = 200, body = StackResponseDto))
)]
async fn get_stack(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<StackResponseDto>, ApiError> {
    app.stack_for(&caller, "stack.read", path.id).await?;
    Ok(Json(shown(&app, &caller, path.id).await?))
}

/// Lets another asset of a stack lie on top.
#[utoipa::path(
    put, path = "/stacks/{id}", tag = "Stacks", operation_id = "updateStack",
    params(IdPath),
    request_body = StackUpdateDto,
    responses((status = 200, body = StackResponseDto))
)]
async fn update_stack(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<StackUpdateDto>,
) -> Result<Json<StackResponseDto>, ApiError> {
    app.stack_for(&caller, "stack.update", path.id).await?;
    if let Some(primary) = body.primary_asset_id {
        app.execute::<Stack>(path.id, StackCommand::ChoosePrimary(primary), &request.context).await?;
    }
    Ok(Json(shown(&app, &caller, path.id).await?))
}

/// Deletes a stack; the assets stay.
#[utoipa::path(
    delete, path = "/stacks/{id}", tag = "Stacks", operation_id = "deleteStack",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_stack(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    app.stack_for(&caller, "stack.delete", path.id).await?;
    app.execute::<Stack>(path.id, StackCommand::Delete, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an asset out of a stack, other than the one on top.
#[utoipa::path(
    delete, path = "/stacks/{id}/assets/{assetId}", tag = "Stacks", operation_id = "removeAssetFromStack",
    params(StackAssetPath),
    responses((status = 204))
)]
async fn remove_asset_from_stack(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<StackAssetPath>,
) -> Result<StatusCode, ApiError> {
    app.stack_for(&caller, "stack.update", path.id).await?;
    app.execute::<Stack>(path.id, StackCommand::TakeOut(path.asset_id), &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(app: &App, auth: &Auth, id: Uuid) -> Result<StackResponseDto, ApiError> {
    let found = app.reads.stacks().of_owner(auth.user_id(), Some(&[id]), None).await?;
    // It was just written; who is slow to know it will know it in a moment.
    responses(app, auth, found).await?.pop().ok_or_else(ApiError::try_again)
}

async fn responses(app: &App, auth: &Auth, stacks: Vec<StackRow>) -> Result<Vec<StackResponseDto>, ApiError> {
    let ids: Vec<Uuid> = stacks.iter().map(|stack| stack.id).collect();
    let mut of_stacks = app.reads.stacks().assets(&ids).await?;
    let is_shown = |asset: &AssetRow| asset.visibility != "locked" || auth.is_elevated();
    let with_exif = || Extras { exif: true, ..Extras::default() };
    let response = |stack: StackRow| StackResponseDto {
        assets: of_stacks
            .remove(&stack.id)
            .unwrap_or_default()
            .into_iter()
            .filter(is_shown)
            .map(|asset| asset_response(app, auth, asset, with_exif()))
            .collect(),
        id: stack.id,
        primary_asset_id: stack.primary_asset_id,
    };
    Ok(stacks.into_iter().map(response).collect())
}
