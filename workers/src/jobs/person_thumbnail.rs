//! Cuts out the face that stands for a person.

use albumen_domain::{
    processing::{Job, PersonThumbnailMade, ProcessingCommand},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{library::AssetRow, people::FaceRow, work::Claimed};
use uuid::Uuid;

use super::{Failure, Outcome, Workshop, previews, runner::Worker};
use crate::media::{
    decode::{FaceRequest, MadeFile, PreviewSettings, SourceKind},
    paths,
};

/// Sides of the picture in pixels.
const SIZE: u32 = 250;

#[derive(Clone, Copy)]
pub(super) struct PersonThumbnail;

impl Worker for PersonThumbnail {
    const JOB: Job = Job::PersonThumbnail;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.thumbnail_generation
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        workshop.reads.wait_for(work.revision).await;
        // The work is on a person, not on an asset.
        let person_id = work.asset_id;
        let person = workshop.reads.people().person(person_id).await?;
        let person = person.ok_or_else(|| Failure::for_good("the person is gone"))?;
        let face_id = person.feature_face_id.ok_or_else(|| Failure::for_good("no face stands for the person"))?;
        let face = workshop.reads.people().faces(&[face_id]).await?.into_iter().next();
        let face = face.ok_or_else(|| Failure::for_good("the face is gone"))?;
        let asset = workshop.reads.library().asset(face.asset_id).await?;
        let asset = asset.ok_or_else(|| Failure::for_good("the asset that shows the face is gone"))?;
        let path = paths::person_thumbnail(work.owner_id, person_id);
        let made = cut_out(workshop, work.owner_id, person_id, &asset, &face).await?;
        Ok(Outcome::Report(ProcessingCommand::ReportPersonThumbnail(PersonThumbnailMade {
            owner: work.owner_id,
            lease: work.lease_id,
            revision: work.revision,
            face: face_id,
            path: path.as_str().to_owned(),
            size_bytes: i64::try_from(made.size_bytes).unwrap_or(i64::MAX),
        })))
    }
}

async fn cut_out(
    workshop: &Workshop,
    owner: Uuid,
    person: Uuid,
    asset: &AssetRow,
    face: &FaceRow,
) -> Result<MadeFile, Failure> {
    let embedded = previews::embedded_picture(workshop, asset).await?;
    let source = match (&embedded, asset.kind.as_str()) {
        (Some(embedded), _) => embedded.picture.clone(),
        // The face was measured on the poster, and only that shows it for sure.
        (None, "video") => {
            let poster = asset.preview_path.as_deref();
            workshop.local(poster.ok_or_else(|| Failure::for_now("the film has no preview yet"))?)?
        }
        (None, _) => workshop.local(&asset.path)?,
    };
    let settings = PreviewSettings::of(&workshop.configuration.current().settings.image);
    let target = workshop.media.local_path(&paths::person_thumbnail(owner, person));
    let request = FaceRequest {
        source,
        kind: SourceKind::Image,
        orientation: embedded.is_some().then_some(asset.orientation).flatten().and_then(|turn| u8::try_from(turn).ok()),
        area: face.area(),
        path: target.ok_or_else(|| Failure::for_good("this media store has no local files"))?,
        size: SIZE,
        quality: settings.thumbnail.quality,
        colorspace: settings.colorspace,
    };
    Ok(workshop.decoder.face(request).await?)
}
