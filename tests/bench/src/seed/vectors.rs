//! What a model would have made of an asset.

use albumen_domain::{
    embedding::{EmbeddingCommand, EmbeddingMade},
    vector,
};
use uuid::Uuid;

use super::invented::{Invented, spread};

/// The model of a new installation, and how many numbers it makes.
const MODEL: &str = "ViT-B-32__openai";
const DIMENSION: usize = 512;
/// Numbers made of one number without a pattern, a byte each.
const BYTES: usize = size_of::<u64>();

/// The stream and the command. `revision` is a position at or behind that of the asset's pictures.
pub(super) fn of(asset: &Invented, revision: i64) -> (Uuid, EmbeddingCommand) {
    let bytes = (0..DIMENSION / BYTES)
        .flat_map(|part| spread(asset.number * DIMENSION + part, 6).to_le_bytes().map(|byte| f32::from(byte) - 127.5));
    let values: Vec<f32> = bytes.collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let values: Vec<f32> = values.into_iter().map(|value| value / length).collect();
    let made = EmbeddingMade {
        owner: asset.by.owner,
        asset: asset.id,
        lease: Uuid::new_v4(),
        revision,
        model: MODEL.to_owned(),
        dimension: i32::try_from(DIMENSION).unwrap_or(i32::MAX),
        vector: vector::encode(&values).into(),
    };
    (vector::stream_id(asset.id, MODEL), EmbeddingCommand::Report(made))
}
