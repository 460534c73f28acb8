//! Where files lie, relative to the media root: exactly where Immich puts them, so that backups
//! and tools carry over.

use albumen_domain::processing::PreviewKind;
use uuid::Uuid;

use super::{decode::PictureFormat, layout::TopFolder, store::MediaPath};

/// Longest extension, with its dot, that is kept: the longest accepted one has six characters.
const MAX_EXTENSION_BYTES: usize = 8;

/// Where the original of an upload lies: `upload/<user>/<aa>/<bb>/<file><extension>`.
///
/// The extension keeps its case. One that is not a dot and a few ASCII letters or digits is left
/// out: it comes from a person.
#[must_use]
pub fn original(user: Uuid, file: Uuid, extension: &str) -> MediaPath {
    let extension = if is_plain_extension(extension) { extension } else { "" };
    spread(TopFolder::Upload, user, file, extension)
}

/// Where the sidecar of an upload lies.
#[must_use]
pub fn sidecar(user: Uuid, file: Uuid) -> MediaPath {
    spread(TopFolder::Upload, user, file, ".xmp")
}

/// Where a small picture lies: `thumbs/<user>/<aa>/<bb>/<asset>_<kind>.<webp|jpeg>`.
#[must_use]
pub fn preview(user: Uuid, asset: Uuid, kind: PreviewKind, format: PictureFormat) -> MediaPath {
    spread(TopFolder::Thumbs, user, asset, &format!("_{}.{}", kind.as_str(), format.extension()))
}

/// Where the film of a motion photo lies: `encoded-video/<user>/<aa>/<bb>/<file>-MP.mp4`.
#[must_use]
pub fn motion_film(user: Uuid, file: Uuid) -> MediaPath {
    spread(TopFolder::EncodedVideo, user, file, "-MP.mp4")
}

/// Where the picture of a person lies: `thumbs/<user>/<aa>/<bb>/<person>.jpeg`.
#[must_use]
pub fn person_thumbnail(user: Uuid, person: Uuid) -> MediaPath {
    spread(TopFolder::Thumbs, user, person, &format!(".{}", PictureFormat::Jpeg.extension()))
}

/// Where a profile picture lies: `profile/<user>/<file><extension>`.
#[must_use]
pub fn profile_picture(user: Uuid, file: Uuid, extension: &str) -> MediaPath {
    let extension = if is_plain_extension(extension) { extension } else { "" };
    MediaPath::trusted(format!("{}/{user}/{file}{extension}", TopFolder::Profile.as_str()))
}

/// Two levels of folders keep each of them small: 65,536 folders for a user's files.
fn spread(top: TopFolder, user: Uuid, id: Uuid, suffix: &str) -> MediaPath {
    let name = id.to_string();
    let (first, second) = (&name[0..2], &name[2..4]);
    MediaPath::trusted(format!("{}/{user}/{first}/{second}/{name}{suffix}", top.as_str()))
}

fn is_plain_extension(extension: &str) -> bool {
    extension.len() <= MAX_EXTENSION_BYTES
        && extension.strip_prefix('.').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const USER: Uuid = Uuid::from_u128(0x1111_1111_1111_4111_8111_1111_1111_1111);
    const FILE: Uuid = Uuid::from_u128(0xabcd_ef01_2345_4678_9abc_def0_1234_5678);

    #[test]
    fn files_lie_where_immich_puts_them() {
        let user = "11111111-1111-4111-8111-111111111111";
        let file = "abcdef01-2345-4678-9abc-def012345678";
        for (path, expected) in [
            (original(USER, FILE, ".JPG"), format!("upload/{user}/ab/cd/{file}.JPG")),
            (original(USER, FILE, ""), format!("upload/{user}/ab/cd/{file}")),
            (original(USER, FILE, "./../x"), format!("upload/{user}/ab/cd/{file}")),
            (original(USER, FILE, ".toolongtobe"), format!("upload/{user}/ab/cd/{file}")),
            (original(USER, FILE, ".a\nb"), format!("upload/{user}/ab/cd/{file}")),
            (sidecar(USER, FILE), format!("upload/{user}/ab/cd/{file}.xmp")),
            (
                preview(USER, FILE, PreviewKind::Thumbnail, PictureFormat::Webp),
                format!("thumbs/{user}/ab/cd/{file}_thumbnail.webp"),
            ),
            (
                preview(USER, FILE, PreviewKind::Fullsize, PictureFormat::Jpeg),
                format!("thumbs/{user}/ab/cd/{file}_fullsize.jpeg"),
            ),
            (motion_film(USER, FILE), format!("encoded-video/{user}/ab/cd/{file}-MP.mp4")),
            (person_thumbnail(USER, FILE), format!("thumbs/{user}/ab/cd/{file}.jpeg")),
            (profile_picture(USER, FILE, ".png"), format!("profile/{user}/{file}.png")),
        ] {
            assert_eq!(path.as_str(), expected);
            assert!(MediaPath::parse(path.as_str()).is_ok());
        }
    }
}
