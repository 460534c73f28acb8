//! Writes what persons said about an asset into a sidecar beside its file, so that other programs
//! know it too. The file itself is never touched.

use albumen_commands::{CommandError, Context};
use albumen_domain::{
    asset::{Asset, AssetCommand, TakenAtEdit},
    processing::{Job, ProcessingCommand, SidecarWritten},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{
    library::{AssetRow, Edits},
    work::Claimed,
};
use bytes::Bytes;

use super::{Failure, Outcome, Workshop, runner::Worker};
use crate::media::{
    exiftool::TagValue,
    store::{MediaPath, StoreError, Unconfirmed},
};

/// Sidecars are short texts; what is larger is none.
const MAX_SIDECAR_BYTES: u64 = 16 * 1024 * 1024;
const MILLISECONDS_PER_MINUTE: i64 = 60_000;

#[derive(Clone, Copy)]
pub(super) struct Sidecar;

impl Worker for Sidecar {
    const JOB: Job = Job::Sidecar;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.sidecar
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset(work).await? else { return Ok(Outcome::Nothing) };
        let said = asset.said();
        let tags = if said.tagged { Some(tags_of(workshop, &asset).await?) } else { None };
        let values = values_of(&said, tags.as_deref());
        let path = asset.sidecar_path.clone().unwrap_or_else(|| format!("{}.xmp", asset.path));
        let bytes = written(workshop, &MediaPath::parse(&path)?, &values).await?;
        keep(workshop, work, &asset, &path, bytes).await?;
        let written = SidecarWritten { owner: asset.owner_id, lease: work.lease_id, revision: work.revision, path };
        Ok(Outcome::Report(ProcessingCommand::ReportSidecar(written)))
    }
}

async fn tags_of(workshop: &Workshop, asset: &AssetRow) -> Result<Vec<String>, Failure> {
    let found = workshop.reads.tags().of_assets(&[asset.id]).await?;
    Ok(found.into_values().flatten().map(|tag| tag.value).collect())
}

/// What is to be said in which tags of XMP.
fn values_of(said: &Edits, tags: Option<&[String]>) -> Vec<TagValue> {
    let mut values = Vec::new();
    if let Some(description) = &said.description {
        values.push(TagValue::one("XMP-dc:Description", description.clone()));
        values.push(TagValue::one("XMP-tiff:ImageDescription", description.clone()));
    }
    if let Some(taken_at) = &said.taken_at {
        values.push(TagValue::one("XMP-exif:DateTimeOriginal", with_offset(taken_at)));
    }
    if let Some(located) = &said.position {
        values.push(TagValue::one("XMP-exif:GPSLatitude", located.position.latitude.to_string()));
        values.push(TagValue::one("XMP-exif:GPSLongitude", located.position.longitude.to_string()));
    }
    if let Some(rating) = said.rating {
        values.push(TagValue::one("XMP-xmp:Rating", rating.stars.unwrap_or(0).to_string()));
    }
    if let Some(tags) = tags {
        values.push(TagValue { name: "XMP-digiKam:TagsList", values: tags.to_vec() });
    }
    values
}

/// The wall clock with its distance from UTC.
fn with_offset(taken_at: &TakenAtEdit) -> String {
    let offset = taken_at.local - taken_at.instant.naive_utc();
    // To the nearest: of the two only one may know fractions of a second.
    let minutes = (offset + chrono::TimeDelta::seconds(30)).num_milliseconds().div_euclid(MILLISECONDS_PER_MINUTE);
    let (sign, minutes) = if minutes < 0 { ('-', -minutes) } else { ('+', minutes) };
    let local = taken_at.local.format("%Y-%m-%dT%H:%M:%S%.3f");
    format!("{local}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The sidecar as it is, with the new values.
async fn written(workshop: &Workshop, path: &MediaPath, values: &[TagValue]) -> Result<Bytes, Failure> {
    let scratch = tempfile::Builder::new().suffix(".xmp").tempdir().map_err(Failure::for_now)?;
    let file = scratch.path().join("sidecar.xmp");
    match workshop.media.read(path, MAX_SIDECAR_BYTES).await {
        Ok((bytes, _)) => tokio::fs::write(&file, &bytes).await.map_err(Failure::for_now)?,
        Err(StoreError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    workshop.exiftool.write(&file, values).await?;
    Ok(tokio::fs::read(&file).await.map_err(Failure::for_now)?.into())
}

/// Puts it in its place, and says so where the asset had none.
async fn keep(workshop: &Workshop, work: &Claimed, asset: &AssetRow, path: &str, bytes: Bytes) -> Result<(), Failure> {
    let place = MediaPath::parse(path)?;
    if asset.sidecar_path.as_deref() == Some(path) {
        let mut file = workshop.media.begin(&place).await?;
        file.write(bytes).await?;
        file.finish(None).await?;
        return Ok(());
    }
    let file = Unconfirmed::write(workshop.media.as_ref(), &place, bytes).await?;
    let command = AssetCommand::ReplaceSidecar { path: Some(path.to_owned()) };
    let context = Context::job(Job::Sidecar.as_str(), Some(work.revision));
    match workshop.commands.execute::<Asset>(asset.id, command, &context).await {
        Ok(_) => {
            file.keep().await;
            Ok(())
        }
        Err(error) => {
            // Where nobody knows whether it was written, the next start asks.
            if error.has_written_nothing() {
                file.discard().await;
            }
            match error {
                CommandError::Refused(refusal) => Err(Failure::for_good(refusal)),
                error => Err(Failure::for_now(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use albumen_domain::asset::RatingEdit;
    use chrono::{DateTime, NaiveDate};

    use super::*;

    #[test]
    fn a_date_tells_its_offset() {
        let local = NaiveDate::from_ymd_opt(1970, 1, 1).and_then(|day| day.and_hms_milli_opt(5, 30, 0, 250));
        let local = local.expect("a date");
        let at = |local| TakenAtEdit { instant: DateTime::UNIX_EPOCH, local, time_zone: None };
        assert_eq!(with_offset(&at(local)), "1970-01-01T05:30:00.250+05:30");
        assert_eq!(with_offset(&at(local - chrono::TimeDelta::hours(9))), "1969-12-31T20:30:00.250-03:30");
    }

    #[test]
    fn only_what_was_said_is_written() {
        assert!(values_of(&Edits::default(), None).is_empty());
        let said = Edits { rating: Some(RatingEdit { stars: None }), ..Edits::default() };
        assert_eq!(values_of(&said, None), [TagValue::one("XMP-xmp:Rating", "0".into())]);
        let tags = values_of(&Edits::default(), Some(&[]));
        assert_eq!(tags, [TagValue { name: "XMP-digiKam:TagsList", values: Vec::new() }]);
    }
}
