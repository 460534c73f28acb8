//! Makes the vector by which an asset is found.

use std::path::Path;

use albumen_domain::{
    embedding::{self, EmbeddingCommand, EmbeddingMade, EmbeddingRefusal},
    processing::Job,
    system::{Concurrency, JobSettings},
    vector,
};
use albumen_projections::{library::AssetRow, work::Claimed};

use super::{
    Failure, Outcome, Workshop,
    runner::{Worker, report_apart},
};

#[derive(Clone, Copy)]
pub(super) struct Embedding;

impl Worker for Embedding {
    const JOB: Job = Job::Embedding;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.smart_search
    }

    fn is_possible(workshop: &Workshop) -> bool {
        workshop.predictor.is_available()
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset_to_recognise(work).await? else { return Ok(Outcome::Nothing) };
        let Some(chosen) = workshop.model_for(Self::JOB, work).await? else { return Ok(Outcome::Settled) };
        let file = workshop.preview(&asset)?;
        embed_for_today(workshop, work, &asset, &file, &chosen).await?;
        embed(workshop, work, &asset, &file, &chosen).await?;
        Ok(Outcome::Settled)
    }
}

/// While the vectors of another model are made, searches are answered by the old ones: what has come since has to be
/// found too. Where that does not succeed, it is found when searches switch.
async fn embed_for_today(
    workshop: &Workshop,
    work: &Claimed,
    asset: &AssetRow,
    file: &Path,
    chosen: &str,
) -> Result<(), Failure> {
    let vectors = workshop.reads.vectors();
    let Some(space) = vectors.serving().await?.filter(|space| space.model != chosen) else { return Ok(()) };
    if vectors.vector(&space, asset.id).await?.is_none()
        && let Err(failure) = embed(workshop, work, asset, file, &space.model).await
    {
        tracing::debug!(asset = %asset.id, %failure, model = space.model, "not to be found by the old model");
    }
    Ok(())
}

async fn embed(workshop: &Workshop, work: &Claimed, asset: &AssetRow, file: &Path, model: &str) -> Result<(), Failure> {
    let values = workshop.predictor.embed_image(file, model).await?;
    let made = EmbeddingMade {
        owner: asset.owner_id,
        asset: asset.id,
        lease: work.lease_id,
        revision: work.revision,
        model: model.to_owned(),
        dimension: i32::try_from(values.len()).unwrap_or(i32::MAX),
        vector: vector::encode(&values).into(),
    };
    let is_late = |refusal: &EmbeddingRefusal| matches!(refusal, EmbeddingRefusal::Stale { .. });
    let (stream, command) = (vector::stream_id(asset.id, model), EmbeddingCommand::Report(made));
    report_apart::<embedding::Embedding>(workshop, Job::Embedding, work, (stream, command), is_late).await
}
