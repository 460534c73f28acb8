//! Looks whether the same picture is there twice.

use std::collections::BTreeSet;

use albumen_commands::Context;
use albumen_domain::{
    asset::{Asset, AssetCommand, Edit},
    processing::{DuplicatesSought, Job, ProcessingCommand},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{
    library::{AssetRow, MetadataFilter},
    vectors::{Space, nearest::Nearest},
    work::Claimed,
};
use uuid::Uuid;

use super::{Failure, Outcome, Workshop, runner::Worker};

/// One after the other: two that are alike would each make a group of their own.
const AT_ONCE: Concurrency = Concurrency { concurrency: 1 };
/// Of so many that are near, those that are near enough are the same.
const CANDIDATES: i64 = 64;

#[derive(Clone, Copy)]
pub(super) struct Duplicates;

impl Worker for Duplicates {
    const JOB: Job = Job::DuplicateDetection;

    fn concurrency(_settings: &JobSettings) -> Concurrency {
        AT_ONCE
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset(work).await? else { return Ok(Outcome::Nothing) };
        let is_stacked = !workshop.reads.stacks().of_assets(&[asset.id]).await?.is_empty();
        if is_shown(&asset) && asset.status == "active" && !is_stacked {
            let same = same_pictures(workshop, &asset).await?;
            regroup(workshop, work, &asset, &same).await?;
        }
        Ok(Outcome::Report(ProcessingCommand::ReportDuplicates(DuplicatesSought {
            owner: asset.owner_id,
            lease: work.lease_id,
            revision: work.revision,
        })))
    }
}

/// Neither hidden nor locked.
fn is_shown(asset: &AssetRow) -> bool {
    matches!(asset.visibility.as_str(), "timeline" | "archive")
}

/// Assets of the same owner and kind that show the same, nearest first.
async fn same_pictures(workshop: &Workshop, asset: &AssetRow) -> Result<Vec<AssetRow>, Failure> {
    let max_distance = workshop.configuration.current().settings.machine_learning.duplicate_detection.max_distance;
    let vectors = workshop.reads.vectors();
    let space = vectors.serving().await?;
    let space: Space = space.ok_or_else(|| Failure::untried("there are no vectors to compare yet"))?;
    let vector = vectors.vector(&space, asset.id).await?;
    let from = vector.ok_or_else(|| Failure::for_now("the asset has no vector yet"))?;
    let filter = MetadataFilter {
        owners: vec![asset.owner_id],
        kind: Some(asset.kind.clone()),
        unstacked: true,
        // The asset itself is among them.
        limit: CANDIDATES + 1,
        ..MetadataFilter::default()
    };
    let near = vectors.nearest(Nearest { space: &space, from: &from, filter: &filter }).await?;
    let is_same = |found: &AssetRow| found.id != asset.id && is_shown(found);
    let near = near.into_iter().filter(|near| near.distance <= max_distance).map(|near| near.asset);
    Ok(near.filter(is_same).collect())
}

/// All that are the same come into one group: that of the asset, else the first there is, else a new one. Whoever has
/// nobody leaves their group.
async fn regroup(workshop: &Workshop, work: &Claimed, asset: &AssetRow, same: &[AssetRow]) -> Result<(), Failure> {
    let group = match same {
        [] => None,
        _ => {
            let known = asset.duplicate_id.or_else(|| same.iter().find_map(|other| other.duplicate_id));
            Some(known.unwrap_or_else(Uuid::new_v4))
        }
    };
    let mut meant: BTreeSet<Uuid> = same.iter().map(|other| other.id).collect();
    meant.insert(asset.id);
    let merged: Vec<Uuid> =
        same.iter().filter_map(|other| other.duplicate_id).filter(|id| Some(*id) != group).collect();
    if !merged.is_empty() {
        let members = workshop.reads.library().duplicates(asset.owner_id, Some(&merged)).await?;
        meant.extend(members.iter().map(|member| member.id));
    }
    let command = || AssetCommand::Edit(Box::new(Edit { duplicate_group: Some(group), ..Edit::default() }));
    let commands = meant.into_iter().map(|id| (id, command())).collect();
    let context = Context::job(Job::DuplicateDetection.as_str(), Some(work.revision));
    let executed = workshop.commands.execute_many::<Asset>(commands, &context).await.map_err(Failure::for_now)?;
    if let Some(position) = executed.position {
        // The next one has to know of the group.
        workshop.reads.wait_for(position).await;
    }
    Ok(())
}
