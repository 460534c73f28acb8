//! The search by words, or by what looks like an asset.

use albumen_projections::vectors::{HalfVector, Space, nearest::Nearest};
use axum::{Json, extract::State};

use super::{own_page, response_page};
use crate::{
    access::{Auth, Caller},
    app::App,
    dto::search::{SearchResponseDto, SmartSearchDto},
    edge::{ApiError, ValidJson},
    routes::asset_response::{Extras, asset_response},
};

/// Results on a page where none is asked for.
const DEFAULT_SIZE: i64 = 100;

/// Finds the assets that are nearest to what was asked for, of those that fit all filters.
#[utoipa::path(
    post, path = "/search/smart", tag = "Search", operation_id = "searchSmart",
    request_body = SmartSearchDto,
    responses((status = 200, body = SearchResponseDto))
)]
pub(super) async fn search_smart(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<SmartSearchDto>,
) -> Result<Json<SearchResponseDto>, ApiError> {
    if !app.configuration.current().settings.machine_learning.searches() {
        return Err(ApiError::bad_request("Smart search is not enabled"));
    }
    let (page, size) = (body.page.unwrap_or(1), body.size.unwrap_or(DEFAULT_SIZE));
    let exif = body.with_exif == Some(true);
    let target = target(&app, &caller, &body).await?;
    let filter = own_page(&app, &caller, body, page, size).await?;
    let rows = match &target {
        Some((space, from)) => app.reads.vectors().nearest(Nearest { space, from, filter: &filter }).await?,
        None => Vec::new(),
    };
    let response = |row| asset_response(&app, &caller, row, Extras { exif, ..Extras::default() });
    let items = rows.into_iter().map(|near| response(near.asset)).collect();
    Ok(Json(response_page(&caller, items, (page - 1).saturating_mul(size), size)))
}

/// From where distances are measured, and in which space; none while there are no vectors at all.
async fn target(app: &App, caller: &Auth, body: &SmartSearchDto) -> Result<Option<(Space, HalfVector)>, ApiError> {
    let words = body.query.as_deref().map(str::trim).filter(|words| !words.is_empty());
    if let Some(words) = words {
        return target_of_words(app, words, body.language.as_deref()).await;
    }
    let id = body.query_asset_id;
    let id = id.ok_or_else(|| ApiError::bad_request("Either `query` or `queryAssetId` must be set"))?;
    app.asset_for(caller, "asset.read", id).await?;
    if let Some(space) = app.reads.vectors().serving().await?
        && let Some(vector) = app.reads.vectors().vector(&space, id).await?
    {
        return Ok(Some((space, vector)));
    }
    Err(ApiError::bad_request(format!("Asset {id} has no embedding")))
}

/// Words are always seen by the model whose vectors they are compared with, whichever is in the configuration.
async fn target_of_words(
    app: &App,
    words: &str,
    language: Option<&str>,
) -> Result<Option<(Space, HalfVector)>, ApiError> {
    let failed = |failure: &dyn std::fmt::Display| ApiError::internal_outside_handlers(failure);
    let space = app.reads.vectors().serving().await?;
    let model = match &space {
        Some(space) => space.model.clone(),
        None => match app.reads.vectors().serving_model().await? {
            Some(model) => model,
            None => app.configuration.current().settings.machine_learning.clip.model_name.clone(),
        },
    };
    let values = app.predictor.embed_text(words, &model, language).await.map_err(|failure| failed(&failure))?;
    let Some(space) = space else { return Ok(None) };
    if i32::try_from(values.len()) != Ok(space.dimension) {
        let (found, wanted) = (values.len(), space.dimension);
        return Err(failed(&format!("the model {model} has made {found} numbers in place of {wanted}")));
    }
    Ok(Some((space, HalfVector::from_f32_slice(&values))))
}
