//! Operations of the tag "Partners".

use albumen_commands::CommandError;
use albumen_domain::partnership::{PARTNERSHIP_CLAIM, Partnership, PartnershipBegun, PartnershipCommand};
use albumen_projections::sharing::{self, Partner};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        partners::{PartnerCreateDto, PartnerDirection, PartnerResponseDto, PartnerUpdateDto, PartnersQuery},
        paths::IdPath,
    },
    edge::{ApiError, ValidJson, ValidPath, ValidQuery},
    routes::users::present::user,
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_partners, create_partner)).routes(routes!(
        create_partner_deprecated,
        update_partner,
        remove_partner
    ))
}

impl PartnerDirection {
    const fn meant(self) -> sharing::PartnerDirection {
        match self {
            Self::SharedBy => sharing::PartnerDirection::SharedBy,
            Self::SharedWith => sharing::PartnerDirection::SharedWith,
        }
    }
}

/// Those with whom the caller shares, or who share with the caller.
#[utoipa::path(
    get, path = "/partners", tag = "Partners", operation_id = "getPartners",
    params(PartnersQuery),
    responses((status = 200, body = Vec<PartnerResponseDto>))
)]
async fn get_partners(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<PartnersQuery>,
) -> Result<Json<Vec<PartnerResponseDto>>, ApiError> {
    let partners = app.reads.sharing().partners(caller.user_id(), query.direction.meant(), None).await?;
    Ok(Json(partners.into_iter().map(shown).collect()))
}

/// Begins to share with a user.
#[utoipa::path(
    post, path = "/partners", tag = "Partners", operation_id = "createPartner",
    request_body = PartnerCreateDto,
    responses((status = 201, body = PartnerResponseDto))
)]
async fn create_partner(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<PartnerCreateDto>,
) -> Result<(StatusCode, Json<PartnerResponseDto>), ApiError> {
    begin(&app, &caller, &request, body.shared_with_id).await
}

/// An old form of the same.
#[utoipa::path(
    post, path = "/partners/{id}", tag = "Partners", operation_id = "createPartnerDeprecated",
    params(IdPath),
    responses((status = 201, body = PartnerResponseDto))
)]
async fn create_partner_deprecated(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<(StatusCode, Json<PartnerResponseDto>), ApiError> {
    begin(&app, &caller, &request, path.id).await
}

/// Shows the photos of who shares with the caller among the caller's own, or no longer.
#[utoipa::path(
    put, path = "/partners/{id}", tag = "Partners", operation_id = "updatePartner",
    params(IdPath),
    request_body = PartnerUpdateDto,
    responses((status = 200, body = PartnerResponseDto))
)]
async fn update_partner(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<PartnerUpdateDto>,
) -> Result<Json<PartnerResponseDto>, ApiError> {
    let no_access = || ApiError::no_access("partner.update");
    let direction = PartnerDirection::SharedWith;
    let partner = find(&app, &caller, direction, path.id).await?.ok_or_else(no_access)?;
    let command = PartnershipCommand::ShowInTimeline(body.in_timeline);
    app.execute::<Partnership>(partner.partnership.id, command, &request.context).await?;
    let partner = find(&app, &caller, direction, path.id).await?.ok_or_else(no_access)?;
    Ok(Json(shown(partner)))
}

/// Shares with a user no longer.
#[utoipa::path(
    delete, path = "/partners/{id}", tag = "Partners", operation_id = "removePartner",
    params(IdPath),
    responses((status = 204))
)]
async fn remove_partner(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    let partner = find(&app, &caller, PartnerDirection::SharedBy, path.id).await?.ok_or_else(not_found)?;
    let ended = app.execute::<Partnership>(partner.partnership.id, PartnershipCommand::End, &request.context).await?;
    app.in_force_in("sharing", ended).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn not_found() -> ApiError {
    ApiError::bad_request("Partner not found")
}

async fn begin(
    app: &App,
    caller: &Auth,
    request: &Request,
    shared_with: Uuid,
) -> Result<(StatusCode, Json<PartnerResponseDto>), ApiError> {
    if app.reads.identity().users_among(&[shared_with]).await?.is_empty() {
        return Err(ApiError::bad_request("User not found"));
    }
    let pair = PartnershipBegun { shared_by: caller.user_id(), shared_with };
    let command = PartnershipCommand::Begin(pair);
    match app.execute::<Partnership>(Uuid::new_v4(), command, &request.context).await {
        Err(CommandError::Claimed { name: PARTNERSHIP_CLAIM, .. }) => {
            return Err(ApiError::bad_request("Partner already exists"));
        }
        executed => executed?,
    };
    let partner = find(app, caller, PartnerDirection::SharedBy, shared_with).await?.ok_or_else(not_found)?;
    Ok((StatusCode::CREATED, Json(shown(partner))))
}

async fn find(app: &App, caller: &Auth, direction: PartnerDirection, other: Uuid) -> Result<Option<Partner>, ApiError> {
    Ok(app.reads.sharing().partners(caller.user_id(), direction.meant(), Some(other)).await?.pop())
}

fn shown(partner: Partner) -> PartnerResponseDto {
    let other = user(&partner.account);
    PartnerResponseDto {
        avatar_color: other.avatar_color,
        email: other.email,
        id: other.id,
        in_timeline: Some(partner.partnership.in_timeline),
        name: other.name,
        profile_changed_at: other.profile_changed_at,
        profile_image_path: other.profile_image_path,
    }
}
