//! The asset that all others are made like.

use std::path::Path;

use albumen_workers::media::decode::PictureFormat;
use base64::{Engine, engine::general_purpose::STANDARD};
use deadpool_postgres::Pool;
use uuid::Uuid;

use crate::Fault;

const QUESTION: &str = "SELECT owner_id, thumbnail_path, preview_path, thumbhash FROM library.asset
    WHERE thumbnail_path IS NOT NULL AND preview_path IS NOT NULL AND thumbhash IS NOT NULL AND status = 'active'
    ORDER BY created_at LIMIT 1";

/// An asset that the server has made all small pictures of.
pub(super) struct Pattern {
    pub(super) owner: Uuid,
    pub(super) thumbnail: Picture,
    pub(super) preview: Picture,
    /// Base64.
    pub(super) thumbhash: String,
}

/// A small picture.
pub(super) struct Picture {
    pub(super) bytes: Vec<u8>,
    pub(super) format: PictureFormat,
}

impl Pattern {
    /// The oldest one of the installation.
    pub(super) async fn find(pool: &Pool, media: &Path) -> Result<Self, Fault> {
        let row = pool.get().await?.query_opt(QUESTION, &[]).await?;
        let row = row.ok_or("no asset has a thumbnail yet; run `albumen-bench prepare` first")?;
        Ok(Self {
            owner: row.get(0),
            thumbnail: Picture::read(media, row.get(1))?,
            preview: Picture::read(media, row.get(2))?,
            thumbhash: STANDARD.encode(row.get::<_, Vec<u8>>(3)),
        })
    }
}

impl Picture {
    fn read(media: &Path, path: &str) -> Result<Self, Fault> {
        let bytes = std::fs::read(media.join(path)).map_err(|error| format!("{path} cannot be read: {error}"))?;
        let format = if path.ends_with(".webp") { PictureFormat::Webp } else { PictureFormat::Jpeg };
        Ok(Self { bytes, format })
    }
}
