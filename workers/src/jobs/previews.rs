//! Makes the small pictures of an asset, all from one decode.

use std::path::{Path, PathBuf};

use albumen_domain::{
    asset::media_type,
    processing::{Job, PreviewFile, PreviewKind, PreviewsMade, ProcessingCommand},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{library::AssetRow, work::Claimed};
use tempfile::TempDir;

use super::{Failure, Outcome, Workshop, runner::Worker};
use crate::media::{
    decode::{MadeFile, PreviewSettings, PreviewsRequest, SourceKind, is_sphere},
    paths,
};

#[derive(Clone, Copy)]
pub(super) struct Previews;

impl Worker for Previews {
    const JOB: Job = Job::Previews;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.thumbnail_generation
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset(work).await? else { return Ok(Outcome::Nothing) };
        let embedded = embedded_picture(workshop, &asset).await?;
        let mut made = workshop.decoder.previews(request(workshop, &asset, embedded.as_ref())?).await?;
        if asset.projection_type.as_deref().is_some_and(is_sphere) {
            tell_of_sphere(workshop, &asset, &mut made.files).await?;
        }
        let folder = media_root(workshop, &asset)?;
        Ok(Outcome::Report(ProcessingCommand::ReportPreviews(PreviewsMade {
            owner: asset.owner_id,
            lease: work.lease_id,
            revision: work.revision,
            files: made.files.iter().map(|file| preview_file(&folder, file)).collect::<Result<_, _>>()?,
            thumbhash: Some(made.thumbhash),
            width: i32::try_from(made.width).unwrap_or(i32::MAX),
            height: i32::try_from(made.height).unwrap_or(i32::MAX),
        })))
    }
}

/// The picture inside a raw file, on its own as long as this lives.
pub(super) struct Embedded {
    pub(super) picture: PathBuf,
    _scratch: TempDir,
}

/// Raw files are shown by the picture that their camera put into them.
pub(super) async fn embedded_picture(workshop: &Workshop, asset: &AssetRow) -> Result<Option<Embedded>, Failure> {
    if !media_type::is_raw(&asset.file_name) {
        return Ok(None);
    }
    let scratch = workshop.media.scratch().await?;
    let picture = scratch.path().join("embedded");
    let found = workshop.exiftool.extract_embedded_preview(&workshop.local(&asset.path)?, &picture).await?;
    // Some raw formats are TIFF inside, which can be decoded as it is.
    Ok(found.then_some(Embedded { picture, _scratch: scratch }))
}

fn request(workshop: &Workshop, asset: &AssetRow, embedded: Option<&Embedded>) -> Result<PreviewsRequest, Failure> {
    let source = match embedded {
        Some(embedded) => embedded.picture.clone(),
        None => workshop.local(&asset.path)?,
    };
    let kind = if asset.kind == "video" { SourceKind::Video } else { SourceKind::Image };
    let settings = PreviewSettings::of(&workshop.configuration.current().settings.image);
    let with_fullsize = settings.wants_fullsize(&asset.file_name, asset.projection_type.as_deref());
    let target = |kind, format| {
        let path = paths::preview(asset.owner_id, asset.id, kind, format);
        workshop.media.local_path(&path).unwrap_or_default()
    };
    let mut request = PreviewsRequest::new(&settings, source, kind, with_fullsize, target);
    if embedded.is_some() {
        // The picture inside often says nothing about how the camera was held.
        request.orientation = asset.orientation.and_then(|orientation| u8::try_from(orientation).ok());
    }
    Ok(request)
}

/// Viewers read in the picture that they show which part of a sphere it is; in the smallest nobody looks for it.
async fn tell_of_sphere(workshop: &Workshop, asset: &AssetRow, files: &mut [MadeFile]) -> Result<(), Failure> {
    let source = workshop.local(&asset.path)?;
    for file in files.iter_mut().filter(|file| file.kind != PreviewKind::Thumbnail) {
        match workshop.exiftool.copy_sphere(&source, &file.path).await {
            Ok(()) => file.size_bytes = tokio::fs::metadata(&file.path).await.map_err(Failure::for_now)?.len(),
            // A sphere that is shown flat is better than none.
            Err(error) if error.is_permanent() => {
                tracing::debug!(asset = %asset.id, %error, "a picture does not say that it is a sphere");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The media root, found from a path whose relative form is known.
fn media_root(workshop: &Workshop, asset: &AssetRow) -> Result<PathBuf, Failure> {
    let local = workshop.local(&asset.path)?;
    let levels = Path::new(&asset.path).components().count();
    local.ancestors().nth(levels).map(Path::to_owned).ok_or_else(|| Failure::for_good("the media root cannot be found"))
}

fn preview_file(root: &Path, file: &MadeFile) -> Result<PreviewFile, Failure> {
    let path = file.path.strip_prefix(root).map_err(Failure::for_good)?;
    Ok(PreviewFile {
        kind: file.kind,
        path: path.to_string_lossy().into_owned(),
        size_bytes: i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
    })
}
