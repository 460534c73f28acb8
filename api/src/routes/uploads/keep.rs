//! From received bytes to an asset that cannot be lost: files first, then the event.

use std::time::SystemTime;

use albumen_commands::{CommandError, Context};
use albumen_domain::asset::{Asset, AssetCommand, CHECKSUM_CLAIM, Edit, Upload, Visibility};
use albumen_workers::media::store::{MediaPath, StoreError};
use uuid::Uuid;

use super::receive::{Received, ReceivedFile};
use crate::{app::App, dto::asset_uploads::AssetMediaCreateDto, edge::ApiError};

/// An upload that was received and checked.
pub struct Plan {
    /// Whose it will be.
    pub owner: Uuid,
    /// Its files.
    pub received: Received,
    /// What the client said about it.
    pub fields: AssetMediaCreateDto,
    /// A film that becomes the moving half and is no longer shown by itself.
    pub video_to_hide: Option<Uuid>,
}

/// What became of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is a new asset.
    Created(Uuid),
    /// Its owner has these bytes already.
    Duplicate(Uuid),
}

/// Makes the files durable and has the event written.
pub async fn keep(app: App, plan: Plan, context: Context) -> Result<Outcome, ApiError> {
    let Plan { owner, received, fields, video_to_hide } = plan;
    let Received { id, asset, sidecar } = received;
    let upload = Upload {
        owner,
        kind: asset.kind,
        file_name: asset.name,
        path: asset.file.path.as_str().to_owned(),
        size_bytes: i64::try_from(asset.file.size_bytes).unwrap_or(i64::MAX),
        checksum: asset.sum.to_base64(),
        file_created_at: fields.file_created_at.0,
        file_modified_at: fields.file_modified_at.0,
        duration_ms: fields.duration,
        favorite: fields.is_favorite == Some(true),
        visibility: fields.visibility.map_or(Visibility::Timeline, |visibility| visibility.meant()),
        live_photo_video: fields.live_photo_video_id,
        sidecar_path: sidecar.as_ref().map(|sidecar| sidecar.path.as_str().to_owned()),
    };
    let mut commands = vec![(id, AssetCommand::Upload(Box::new(upload)))];
    for item in fields.metadata.into_iter().flatten() {
        commands.push((id, AssetCommand::SetKeyValue { key: item.key, value: item.value }));
    }
    if let Some(video) = video_to_hide {
        let hide = Edit { visibility: Some(Visibility::Hidden), ..Edit::default() };
        commands.push((video, AssetCommand::Edit(Box::new(hide))));
    }
    let modified_at = SystemTime::from(fields.file_modified_at.0);
    let paths = [Some(&asset.file), sidecar.as_ref()].into_iter().flatten().map(|file| file.path.clone()).collect();
    let announced = announce(&app, paths).await?;
    let files = match finish_files(&app, asset.file, sidecar, modified_at).await {
        Ok(files) => files,
        Err(error) => {
            confirm(&app, &announced).await;
            return Err(error);
        }
    };
    let outcome = app.execute_many::<Asset>(commands, &context).await;
    let outcome = match outcome {
        Ok(_) => Ok(Outcome::Created(id)),
        Err(CommandError::Claimed { name: CHECKSUM_CLAIM, holder }) => {
            remove_files(&app, &files).await;
            Ok(Outcome::Duplicate(holder.id))
        }
        Err(error) if is_surely_unwritten(&app, id, &error).await => {
            remove_files(&app, &files).await;
            Err(error.into())
        }
        // Nobody knows whether it was written: the next start asks the log.
        Err(error) => return Err(error.into()),
    };
    confirm(&app, &announced).await;
    outcome
}

/// From here on a crash leaves files that the next start asks the log about.
async fn announce(app: &App, paths: Vec<MediaPath>) -> Result<Vec<MediaPath>, ApiError> {
    for path in &paths {
        app.media.announce(path).await.map_err(media_refusal)?;
    }
    Ok(paths)
}

async fn confirm(app: &App, paths: &[MediaPath]) {
    for path in paths {
        if let Err(error) = app.media.confirm(path).await {
            tracing::warn!(%error, "an announcement could not be taken back; the next start does it");
        }
    }
}

/// The sidecar first: an original without its sidecar is no upload.
async fn finish_files(
    app: &App,
    asset: ReceivedFile,
    sidecar: Option<ReceivedFile>,
    modified_at: SystemTime,
) -> Result<Vec<MediaPath>, ApiError> {
    let mut files = Vec::with_capacity(2);
    for (file, modified_at) in sidecar.map(|file| (file, None)).into_iter().chain([(asset, Some(modified_at))]) {
        if let Err(error) = file.pending.finish(modified_at).await {
            remove_files(app, &files).await;
            return Err(media_refusal(error));
        }
        files.push(file.path);
    }
    Ok(files)
}

/// Whether no event can have come of a command that failed. A store that went away in the middle
/// does not know, and bytes without an event are better than an event without bytes.
async fn is_surely_unwritten<R: std::error::Error>(app: &App, id: Uuid, error: &CommandError<R>) -> bool {
    match error {
        CommandError::Refused(_) | CommandError::Claimed { .. } | CommandError::Conflict => true,
        CommandError::Store(_) => matches!(app.access.paths(id).await, Ok(None)),
    }
}

async fn remove_files(app: &App, files: &[MediaPath]) {
    for file in files {
        if let Err(error) = app.media.delete(file).await {
            tracing::warn!(%error, "a file of an upload that came to nothing could not be removed");
        }
    }
}

/// How clients see that media could not be written.
pub fn media_refusal(error: StoreError) -> ApiError {
    match error {
        StoreError::DiskFull => ApiError::storage_full(),
        error => ApiError::internal("uploadAsset", error),
    }
}
