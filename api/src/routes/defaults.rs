//! Settings at their defaults. The system configuration will take the place of these constants.

use albumen_workers::media::decode::{PictureSettings, PreviewSettings};

/// Whether people log in with a password.
pub const PASSWORD_LOGIN: bool = true;
/// Whether users see each other.
pub const PUBLIC_USERS: bool = true;
/// Whether what is deleted goes to the trash first.
pub const TRASH: bool = true;
/// Days until the trash gives up an asset.
pub const TRASH_DAYS: i64 = 30;
/// Days until a deleted user is removed.
pub const USER_DELETE_DELAY_DAYS: i64 = 7;
/// Faces that make a person.
pub const MIN_FACES: i64 = 3;
/// Where people reach the server, if it was set.
pub const EXTERNAL_DOMAIN: &str = "";
/// Shown on the page for logging in.
pub const LOGIN_PAGE_MESSAGE: &str = "";
/// On the button that logs in by OAuth.
pub const OAUTH_BUTTON_TEXT: &str = "Login with OAuth";
/// The map by day.
pub const MAP_LIGHT_STYLE_URL: &str = "https://tiles.immich.cloud/v1/style/light.json";
/// The map by night.
pub const MAP_DARK_STYLE_URL: &str = "https://tiles.immich.cloud/v1/style/dark.json";

/// How small pictures are made.
#[must_use]
pub fn thumbnail() -> PictureSettings {
    PreviewSettings::default().thumbnail
}
