//! Reads what a file says about itself.

use albumen_domain::{
    asset::{
        Place, Position, media_type,
        metadata::{FileStat, Probe, Tags, gps_position},
    },
    processing::{Job, MetadataRead, ProcessingCommand},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{library::AssetRow, work::Claimed};
use chrono::{DateTime, Utc};

use super::{Failure, Outcome, Workshop, file_faces, file_tags, live_photo, motion_photo, runner::Worker};
use crate::media::store::{MediaPath, MediaStat};

#[derive(Clone, Copy)]
pub(super) struct Metadata;

impl Worker for Metadata {
    const JOB: Job = Job::Metadata;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.metadata_extraction
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset(work).await? else { return Ok(Outcome::Nothing) };
        let read = read(workshop, work, &asset).await?;
        file_tags::put_on(workshop, work, &asset, &read).await?;
        file_faces::put_on(workshop, work, &asset, &read).await?;
        motion_photo::split(workshop, work, &asset, &read).await?;
        let command = ProcessingCommand::ReportMetadata(Box::new(read));
        if !super::runner::report(workshop, Self::JOB, work, command).await {
            return Ok(Outcome::Nothing);
        }
        live_photo::join(workshop, work).await?;
        Ok(Outcome::Settled)
    }
}

async fn read(workshop: &Workshop, work: &Claimed, asset: &AssetRow) -> Result<MetadataRead, Failure> {
    let file = workshop.exiftool.read(&workshop.local(&asset.path)?).await?;
    let sidecar = sidecar_tags(workshop, asset).await?;
    let stat = workshop.media.stat(&MediaPath::parse(&asset.path)?).await?;
    let place = match gps_position(&file, sidecar.as_ref()) {
        Some(position) if workshop.configuration.current().settings.reverse_geocoding.enabled => {
            locate(workshop, position).await
        }
        _ => None,
    };
    Ok(MetadataRead {
        owner: asset.owner_id,
        lease: work.lease_id,
        revision: work.revision,
        probe: probe(workshop, asset).await?,
        file: file.into(),
        sidecar: sidecar.map(Into::into),
        stat: file_stat(&stat),
        place: place.map(Into::into),
        reader: workshop.exiftool.reader().await?,
    })
}

async fn sidecar_tags(workshop: &Workshop, asset: &AssetRow) -> Result<Option<Tags>, Failure> {
    let Some(path) = &asset.sidecar_path else { return Ok(None) };
    if !workshop.media.exists(&MediaPath::parse(path)?).await? {
        return Ok(None);
    }
    // A broken sidecar takes nothing away from what the file itself says.
    match workshop.exiftool.read(&workshop.local(path)?).await {
        Ok(tags) => Ok(Some(tags)),
        Err(error) if error.is_permanent() => {
            tracing::debug!(asset = %asset.id, %error, "a sidecar cannot be read");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Only what moves has a container worth asking.
async fn probe(workshop: &Workshop, asset: &AssetRow) -> Result<Option<Probe>, Failure> {
    if asset.kind != "video" && !media_type::is_animated_image(&asset.file_name) {
        return Ok(None);
    }
    match workshop.decoder.probe(&workshop.local(&asset.path)?).await {
        Ok(probe) => Ok(Some(probe)),
        // Its tags may still say something; the poster will fail by itself.
        Err(failure) if failure.permanent => {
            tracing::debug!(asset = %asset.id, %failure, "a container cannot be probed");
            Ok(None)
        }
        Err(failure) => Err(failure.into()),
    }
}

/// A place without a name is still a place.
async fn locate(workshop: &Workshop, position: Position) -> Option<Place> {
    workshop
        .decoder
        .locate(position)
        .await
        .inspect_err(|failure| tracing::debug!(%failure, "a place could not be named"))
        .ok()
}

fn file_stat(stat: &MediaStat) -> FileStat {
    FileStat {
        size_bytes: i64::try_from(stat.size_bytes).unwrap_or(i64::MAX),
        modified_at: whole_milliseconds(stat.modified_at.into()),
        created_at: stat.created_at.map(|created_at| whole_milliseconds(created_at.into())),
    }
}

/// The wire has milliseconds, so nothing finer is kept.
fn whole_milliseconds(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}
