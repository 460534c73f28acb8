//! Wire types of text in pictures.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use albumen_projections::texts::LineRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;

/// A line of text in a picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetOcrResponseDto {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    pub box_score: f64,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub text: String,
    pub text_score: f64,
    pub x1: f64,
    pub x2: f64,
    pub x3: f64,
    pub x4: f64,
    pub y1: f64,
    pub y2: f64,
    pub y3: f64,
    pub y4: f64,
}

impl From<LineRow> for AssetOcrResponseDto {
    fn from(line: LineRow) -> Self {
        let LineRow { id, asset_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text, .. } = line;
        Self { asset_id, box_score, id, text, text_score, x1, x2, x3, x4, y1, y2, y3, y4 }
    }
}
