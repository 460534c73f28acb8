//! From received bytes to an asset that cannot be lost: files first, then the event.

use std::time::SystemTime;

use albumen_commands::{CommandError, Context, Executed};
use albumen_domain::asset::{Asset, AssetCommand, AssetRefusal, CHECKSUM_CLAIM, Edit, Upload, Visibility};
use albumen_workers::media::store::{StoreError, Unconfirmed};
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
    let hiding = video_to_hide.map(|video| {
        let hide = Edit { visibility: Some(Visibility::Hidden), ..Edit::default() };
        (video, AssetCommand::Edit(Box::new(hide)))
    });
    commands.extend(hiding.clone());
    let paths = [Some(&asset.file), sidecar.as_ref()].into_iter().flatten().map(|file| file.path.clone()).collect();
    let files = Unconfirmed::announce(app.media.as_ref(), paths).await.map_err(media_refusal)?;
    if let Err(error) = finish_files(asset.file, sidecar, SystemTime::from(fields.file_modified_at.0)).await {
        files.discard().await;
        return Err(media_refusal(error));
    }
    let outcome = settle(id, files, app.execute_many::<Asset>(commands, &context).await).await?;
    // The photo is there already, and its film is no more to be shown by itself than beside a new one.
    if let (Outcome::Duplicate(_), Some((video, hide))) = (outcome, hiding) {
        app.execute::<Asset>(video, hide, &context).await?;
    }
    Ok(outcome)
}

/// What the command's outcome means for the files, and for the client.
async fn settle(
    id: Uuid,
    files: Unconfirmed<'_>,
    outcome: Result<Executed, CommandError<AssetRefusal>>,
) -> Result<Outcome, ApiError> {
    match outcome {
        Ok(_) => {
            files.keep().await;
            Ok(Outcome::Created(id))
        }
        Err(CommandError::Claimed { name: CHECKSUM_CLAIM, holder }) => {
            files.discard().await;
            Ok(Outcome::Duplicate(holder.id))
        }
        Err(error) => {
            // Where nobody knows whether it was written, the next start asks.
            if error.has_written_nothing() {
                files.discard().await;
            }
            Err(error.into())
        }
    }
}

/// The sidecar first: an original without its sidecar is no upload.
async fn finish_files(
    asset: ReceivedFile,
    sidecar: Option<ReceivedFile>,
    modified_at: SystemTime,
) -> Result<(), StoreError> {
    if let Some(sidecar) = sidecar {
        sidecar.pending.finish(None).await?;
    }
    asset.pending.finish(Some(modified_at)).await.map(drop)
}

/// How clients see that media could not be written.
pub fn media_refusal(error: StoreError) -> ApiError {
    match error {
        StoreError::DiskFull => ApiError::storage_full(),
        error => ApiError::internal("uploadAsset", error),
    }
}
