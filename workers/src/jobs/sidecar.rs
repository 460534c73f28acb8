//! Writes what persons said about an asset into a sidecar beside its file, so that other programs
//! know it too. The file itself is never touched.

use albumen_commands::{CommandError, Context};
use albumen_domain::{
    asset::{Asset, AssetCommand, TakenAtEdit},
    processing::{Job, ProcessingCommand, SidecarWritten},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{
    library::{AssetRow, Edits, Withdrawn},
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
        let is_unrated = said.rating.is_some_and(|rating| rating.stars.is_none());
        let file_is_rated = is_unrated && is_file_rated(workshop, &asset).await;
        let values = values_of(&said, file_is_rated, tags.as_deref());
        let path = asset.sidecar_path.clone().unwrap_or_else(|| format!("{}.xmp", asset.path));
        if let Some(bytes) = written(workshop, &MediaPath::parse(&path)?, &values).await? {
            keep(workshop, work, &asset, &path, bytes).await?;
        }
        let written = SidecarWritten { owner: asset.owner_id, lease: work.lease_id, revision: work.revision, path };
        Ok(Outcome::Report(ProcessingCommand::ReportSidecar(written)))
    }
}

async fn tags_of(workshop: &Workshop, asset: &AssetRow) -> Result<Vec<String>, Failure> {
    let found = workshop.reads.tags().of_assets(&[asset.id]).await?;
    Ok(found.into_values().flatten().map(|tag| tag.value).collect())
}

/// Whether the file itself says how good it is. One that cannot be asked may.
async fn is_file_rated(workshop: &Workshop, asset: &AssetRow) -> bool {
    let Ok(path) = workshop.local(&asset.path) else { return true };
    workshop.exiftool.read(&path).await.map_or(true, |tags| tags.contains_key("Rating"))
}

/// What is to be said in which tags of XMP.
fn values_of(said: &Edits, file_is_rated: bool, tags: Option<&[String]>) -> Vec<TagValue> {
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
    } else if matches!(said.position_withdrawn, Some(Withdrawn::At(_))) {
        values.extend(["XMP-exif:GPSLatitude", "XMP-exif:GPSLongitude"].map(TagValue::none));
    }
    if let Some(rating) = said.rating {
        values.push(match rating.stars {
            // Nothing has to be said against a file that says nothing.
            None if !file_is_rated => TagValue::none("XMP-xmp:Rating"),
            stars => TagValue::one("XMP-xmp:Rating", stars.unwrap_or(0).to_string()),
        });
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

/// The sidecar as it is, with the new values; none where it has to say nothing else than it does, as one that is not
/// there says nothing.
async fn written(workshop: &Workshop, path: &MediaPath, values: &[TagValue]) -> Result<Option<Bytes>, Failure> {
    if values.is_empty() {
        return Ok(None);
    }
    let scratch = workshop.media.scratch().await?;
    let file = scratch.path().join("sidecar.xmp");
    match workshop.media.read(path, MAX_SIDECAR_BYTES).await {
        Ok((bytes, _)) => tokio::fs::write(&file, &bytes).await.map_err(Failure::for_now)?,
        Err(StoreError::NotFound(_)) if values.iter().any(TagValue::is_said) => {}
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    workshop.exiftool.write(&file, values).await?;
    Ok(Some(tokio::fs::read(&file).await.map_err(Failure::for_now)?.into()))
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
        assert!(values_of(&Edits::default(), true, None).is_empty());
        let tags = values_of(&Edits::default(), false, Some(&[]));
        assert_eq!(tags, [TagValue::none("XMP-digiKam:TagsList")]);
    }

    #[test]
    fn no_rating_is_said_where_the_file_says_one() {
        let said = |stars| Edits { rating: Some(RatingEdit { stars }), ..Edits::default() };
        assert_eq!(values_of(&said(None), true, None), [TagValue::one("XMP-xmp:Rating", "0".into())]);
        assert_eq!(values_of(&said(None), false, None), [TagValue::none("XMP-xmp:Rating")]);
        assert_eq!(values_of(&said(Some(-1)), false, None), [TagValue::one("XMP-xmp:Rating", "-1".into())]);
    }

    #[test]
    fn a_place_that_was_taken_back_is_removed_once() {
        let said = |withdrawn| Edits { position_withdrawn: Some(withdrawn), ..Edits::default() };
        let removed = ["XMP-exif:GPSLatitude", "XMP-exif:GPSLongitude"].map(TagValue::none);
        assert_eq!(values_of(&said(Withdrawn::At(7)), false, None), removed);
        assert!(!removed.iter().any(TagValue::is_said), "which needs no sidecar where there is none");
        // What another program writes from then on stays.
        assert!(values_of(&said(Withdrawn::WrittenAt(8)), false, None).is_empty());
    }
}
