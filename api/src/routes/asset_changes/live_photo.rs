//! Joining a photo with its moving half, and taking the two apart.

use albumen_domain::asset::{AssetCommand, Edit, Visibility};
use albumen_workers::media::layout::TopFolder;
use uuid::Uuid;

use crate::{access::Auth, app::App, dto::assets::AssetVisibility, edge::ApiError, routes::uploads::video_to_hide};

type Commands = Vec<(Uuid, AssetCommand)>;

/// Makes `video` the moving half; it is no longer shown by itself.
pub async fn link(app: &App, auth: &Auth, photo: Uuid, video: Uuid) -> Result<Commands, ApiError> {
    let mut commands = vec![(photo, AssetCommand::LinkLivePhoto { video })];
    if let Some(video) = video_to_hide(app, auth, video).await? {
        commands.push((video, show(Visibility::Hidden)));
    }
    Ok(commands)
}

/// Makes the photo a plain one; the video shows up where the photo does.
pub async fn unlink(app: &App, photo: Uuid, new_visibility: Option<Visibility>) -> Result<Commands, ApiError> {
    let library = app.reads.library();
    let row = library.asset(photo).await?.ok_or_else(|| ApiError::no_access("asset.update"))?;
    let Some(video) = row.live_photo_video_id else { return Ok(Vec::new()) };
    let mut commands = vec![(photo, AssetCommand::UnlinkLivePhoto)];
    if let Some(video) = library.asset(video).await? {
        // These were cut out of the photo's own file, and would be found again in it.
        if video.path.starts_with(TopFolder::EncodedVideo.as_str()) {
            return Err(ApiError::bad_request("Cannot unlink Android motion photos"));
        }
        let visibility = new_visibility.unwrap_or(AssetVisibility::of(&row.visibility).meant());
        commands.push((video.id, show(visibility)));
    }
    Ok(commands)
}

fn show(visibility: Visibility) -> AssetCommand {
    AssetCommand::Edit(Box::new(Edit { visibility: Some(visibility), ..Edit::default() }))
}
