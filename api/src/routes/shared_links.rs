//! Operations of the tag "Shared links".

mod assets;
mod cookie;
mod present;
mod visit;

use std::sync::Arc;

use albumen_commands::CommandError;
use albumen_domain::shared_link::{NewSharedLink, SLUG_CLAIM, SharedLink, SharedLinkCommand, SharedLinkEdit};
use albumen_projections::sharing::{LinkFilter, SharedLinkRow};
use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request, ShareKey},
    app::App,
    dto::{
        paths::IdPath,
        shared_links::{
            SharedLinkCreateDto, SharedLinkEditDto, SharedLinkResponseDto, SharedLinkType, SharedLinksQuery,
        },
    },
    edge::{ApiError, Taking, ValidJson, ValidPath, ValidQuery},
    routes::{albums::ALBUMS_ARE_DRAWN_FROM, authentication::Throttle},
};

pub(super) use assets::{add_upload, join_those_of};
pub use visit::previews;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_all_shared_links, create_shared_link))
        .routes(routes!(visit::shared_link_login))
        .routes(routes!(visit::get_my_shared_link))
        .routes(routes!(get_shared_link_by_id, update_shared_link, remove_shared_link))
        .routes(routes!(assets::add_shared_link_assets, assets::remove_shared_link_assets))
        .layer(Extension(Arc::<Throttle>::default()))
}

/// The caller's links, the newest first.
#[utoipa::path(
    get, path = "/shared-links", tag = "Shared links", operation_id = "getAllSharedLinks",
    params(SharedLinksQuery),
    responses((status = 200, body = Vec<SharedLinkResponseDto>))
)]
async fn get_all_shared_links(
    State(app): State<App>,
    caller: Caller,
    taking: Taking,
    ValidQuery(query): ValidQuery<SharedLinksQuery>,
) -> Result<Response, ApiError> {
    let filter = LinkFilter { id: query.id, album: query.album_id };
    let finding = async {
        let links = app.reads.sharing().links_of(caller.user_id(), &filter).await?;
        present::list(&app, &caller, links).await
    };
    // Few links are found as soon as it is known whether anything has moved.
    if filter != LinkFilter::default() {
        return Ok(Json(finding.await?).into_response());
    }
    // They show albums and assets, each from what albums are drawn from.
    app.kept(&caller, "links".to_owned(), &taking, &ALBUMS_ARE_DRAWN_FROM, finding).await
}

/// Makes a link.
#[utoipa::path(
    post, path = "/shared-links", tag = "Shared links", operation_id = "createSharedLink",
    request_body = SharedLinkCreateDto,
    responses((status = 201, body = SharedLinkResponseDto))
)]
async fn create_shared_link(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(wanted): ValidJson<SharedLinkCreateDto>,
) -> Result<(StatusCode, Json<SharedLinkResponseDto>), ApiError> {
    let (album, assets) = what_it_shows(&app, &caller, &wanted).await?;
    let key = ShareKey::random()?;
    let new = NewSharedLink {
        owner: caller.user_id(),
        album,
        assets,
        key: key.plain,
        key_hash: key.hash,
        slug: non_empty(wanted.slug),
        password: non_empty(wanted.password),
        description: wanted.description,
        expires_at: wanted.expires_at.map(|time| time.0),
        allow_upload: wanted.allow_upload.unwrap_or(true),
        allow_download: wanted.allow_download,
        show_metadata: wanted.show_metadata,
    };
    let id = Uuid::new_v4();
    ask(&app, id, SharedLinkCommand::Create(Box::new(new)), &request).await?;
    Ok((StatusCode::CREATED, Json(own(&app, &caller, id).await?)))
}

/// One link of the caller.
#[utoipa::path(
    get, path = "/shared-links/{id}", tag = "Shared links", operation_id = "getSharedLinkById",
    params(IdPath),
    responses((status = 200, body = SharedLinkResponseDto))
)]
async fn get_shared_link_by_id(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<SharedLinkResponseDto>, ApiError> {
    Ok(Json(own(&app, &caller, path.id).await?))
}

/// Changes a link. Its name in addresses goes unless it is named again.
#[utoipa::path(
    patch, path = "/shared-links/{id}", tag = "Shared links", operation_id = "updateSharedLink",
    params(IdPath),
    request_body = SharedLinkEditDto,
    responses((status = 200, body = SharedLinkResponseDto))
)]
async fn update_shared_link(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(change): ValidJson<SharedLinkEditDto>,
) -> Result<Json<SharedLinkResponseDto>, ApiError> {
    find(&app, &caller, path.id).await?;
    let edit = edit_of(change);
    let changed = ask(&app, path.id, SharedLinkCommand::Edit(Box::new(edit)), &request).await?;
    // It may allow less than before.
    app.in_force_in("sharing", changed).await?;
    Ok(Json(own(&app, &caller, path.id).await?))
}

/// Deletes a link.
#[utoipa::path(
    delete, path = "/shared-links/{id}", tag = "Shared links", operation_id = "removeSharedLink",
    params(IdPath),
    responses((status = 204))
)]
async fn remove_shared_link(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    find(&app, &caller, path.id).await?;
    let deleted = app.execute::<SharedLink>(path.id, SharedLinkCommand::Delete, &request.context).await?;
    app.in_force_in("sharing", deleted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the links to an album that is about to go, so that their names are free again.
pub async fn remove_those_of(app: &App, request: &Request, album: Uuid) -> Result<(), ApiError> {
    for link in app.reads.sharing().links_to(album).await? {
        match app.execute::<SharedLink>(link, SharedLinkCommand::Delete, &request.context).await {
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The album or the assets, which the caller must be able to share.
async fn what_it_shows(
    app: &App,
    caller: &Auth,
    wanted: &SharedLinkCreateDto,
) -> Result<(Option<Uuid>, Vec<Uuid>), ApiError> {
    match wanted.kind {
        SharedLinkType::Album => {
            let album = wanted.album_id.ok_or_else(|| ApiError::bad_request("Invalid albumId"))?;
            app.album_for(caller, "album.share", album).await?;
            Ok((Some(album), Vec::new()))
        }
        SharedLinkType::Individual => {
            let assets = wanted.asset_ids.clone().unwrap_or_default();
            if assets.is_empty() {
                return Err(ApiError::bad_request("Invalid assetIds"));
            }
            let shareable = app.shareable(caller, &assets).await?;
            let are_shareable = assets.iter().all(|asset| shareable.contains(asset));
            if are_shareable { Ok((None, assets)) } else { Err(ApiError::no_access("asset.share")) }
        }
    }
}

fn edit_of(change: SharedLinkEditDto) -> SharedLinkEdit {
    let expires_at = change.expires_at.or(change.change_expiry_time.then_some(None));
    SharedLinkEdit {
        slug: Some(non_empty(change.slug.flatten())),
        password: change.password.map(non_empty),
        description: change.description,
        expires_at: expires_at.map(|time| time.map(|time| time.0)),
        allow_upload: change.allow_upload,
        allow_download: change.allow_download,
        show_metadata: change.show_metadata,
    }
}

/// Clients empty a field to say that there is nothing.
fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A command that can take a name that another link has.
async fn ask(
    app: &App,
    id: Uuid,
    command: SharedLinkCommand,
    request: &Request,
) -> Result<albumen_commands::Executed, ApiError> {
    match app.execute::<SharedLink>(id, command, &request.context).await {
        Err(CommandError::Claimed { name: SLUG_CLAIM, .. }) => Err(ApiError::bad_request("Failed to save shared link")),
        executed => Ok(executed?),
    }
}

/// A link of the caller.
async fn find(app: &App, caller: &Auth, id: Uuid) -> Result<SharedLinkRow, ApiError> {
    let filter = LinkFilter { id: Some(id), album: None };
    let found = app.reads.sharing().links_of(caller.user_id(), &filter).await?.pop();
    found.ok_or_else(|| ApiError::bad_request("Shared link not found"))
}

/// The same as its owner sees it.
async fn own(app: &App, caller: &Auth, id: Uuid) -> Result<SharedLinkResponseDto, ApiError> {
    present::whole(app, caller, find(app, caller, id).await?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str) -> SharedLinkEdit {
        edit_of(serde_json::from_str(text).expect("a change"))
    }

    #[test]
    fn a_slug_that_is_not_named_goes_and_all_else_stays() {
        assert_eq!(edit("{}"), SharedLinkEdit { slug: Some(None), ..SharedLinkEdit::default() });
        assert_eq!(edit(r#"{"slug":"a"}"#).slug, Some(Some("a".to_owned())));
        assert_eq!(edit(r#"{"slug":""}"#).slug, Some(None));
    }

    #[test]
    fn ends_and_passwords_can_be_taken_away() {
        assert_eq!(edit(r#"{"expiresAt":null}"#).expires_at, Some(None));
        assert_eq!(edit(r#"{"changeExpiryTime":true}"#).expires_at, Some(None));
        assert_eq!(edit(r#"{"changeExpiryTime":false}"#).expires_at, None);
        let dated = edit(r#"{"changeExpiryTime":true,"expiresAt":"2030-01-01T00:00:00.000Z"}"#);
        assert!(dated.expires_at.flatten().is_some());
        assert_eq!(edit(r#"{"password":""}"#).password, Some(None));
        assert_eq!(edit(r#"{"password":null}"#).password, Some(None));
    }
}
