//! Text in pictures.

use albumen_projections::{
    library::{Condition, Field, MetadataFilter, Test, Values},
    texts::Within,
};
use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::Caller,
    app::App,
    dto::{paths::IdPath, texts::AssetOcrResponseDto},
    edge::{ApiError, ValidPath},
};

/// The operations of the tag "Assets" on text.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_asset_ocr))
}

/// The lines of text on an asset, in the order of reading.
#[utoipa::path(
    get, path = "/assets/{id}/ocr", tag = "Assets", operation_id = "getAssetOcr",
    params(IdPath),
    responses((status = 200, body = Vec<AssetOcrResponseDto>))
)]
async fn get_asset_ocr(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<Vec<AssetOcrResponseDto>>, ApiError> {
    app.asset_for(&caller, "asset.read", path.id).await?;
    let lines = app.reads.texts().lines(path.id).await?;
    Ok(Json(lines.into_iter().map(Into::into).collect()))
}

/// Narrows what is meant to what has a text like this one, and puts what has the texts of conditions in their place.
/// The filter has to know where it looks.
///
/// # Errors
/// The database is away.
pub(super) async fn narrow_to_text(app: &App, filter: &mut MetadataFilter, text: Option<&str>) -> Result<(), ApiError> {
    let texts = app.reads.texts();
    let within = match (filter.albums.as_slice(), filter.within.as_slice()) {
        ([], []) => Within::Owners(&filter.owners),
        ([], albums) | (albums, _) => Within::Albums(albums),
    };
    if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
        filter.among = Some(texts.like(text, within).await?);
    }
    for condition in filter.conditions.each_mut().filter(|condition| condition.field == Field::Text) {
        if let Test::Like(text) = &condition.test {
            let found = texts.like(text, within).await?;
            *condition = Condition { field: Field::Id, test: Test::In(Values::Ids(found)) };
        }
    }
    Ok(())
}
