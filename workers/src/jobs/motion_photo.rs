//! Cuts the film out of a photo that holds one (of Google's and Samsung's phones): it becomes an asset
//! of its own, hidden, and the moving half of the photo.

use std::{
    io::SeekFrom,
    path::{Path, PathBuf},
};

use albumen_commands::{CommandError, Context};
use albumen_domain::{
    asset::{
        Asset, AssetCommand, AssetKind, Upload, Visibility,
        metadata::{MotionPhoto, Tags, motion_photo},
    },
    processing::MetadataRead,
};
use albumen_projections::{library::AssetRow, work::Claimed};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use uuid::Uuid;

use super::{Failure, Workshop, live_photo};
use crate::media::{
    layout::TopFolder,
    paths,
    store::{MediaPath, Unconfirmed},
};

/// Copied at a time.
const BUFFER_BYTES: usize = 256 * 1024;
/// Where a film of this kind says what it is: four bytes of length come before.
const MARK: (usize, &[u8]) = (4, b"ftyp");

/// Cuts the film out, where there is one, and links it.
pub(super) async fn split(
    workshop: &Workshop,
    work: &Claimed,
    photo: &AssetRow,
    read: &MetadataRead,
) -> Result<(), Failure> {
    let nothing = Tags::new();
    let tags = read.file.known().unwrap_or(&nothing);
    let Some(kind) = motion_photo(tags).filter(|_| photo.kind == "image") else { return Ok(()) };
    let scratch = workshop.media.scratch().await?;
    let Some(film) = cut(workshop, photo, kind, scratch.path()).await? else { return Ok(()) };
    let context = Context::job("motion-photo", Some(work.revision));
    let Some(video) = kept(workshop, photo, &film, &context).await? else { return Ok(()) };
    if photo.live_photo_video_id == Some(video) {
        return Ok(());
    }
    if let Some(before) = workshop.reads.library().asset(video).await? {
        live_photo::hide(workshop, &context, &before).await?;
    }
    live_photo::ask(workshop, &context, photo.id, AssetCommand::LinkLivePhoto { video }).await?;
    remove_old(workshop, &context, photo).await
}

/// A film on its own, and what is known of it.
struct Film {
    file: PathBuf,
    size_bytes: i64,
    sha1: Vec<u8>,
}

async fn cut(
    workshop: &Workshop,
    photo: &AssetRow,
    kind: MotionPhoto,
    scratch: &Path,
) -> Result<Option<Film>, Failure> {
    let file = scratch.join("film.mp4");
    let found = match kind {
        MotionPhoto::InTag(tag) => workshop.exiftool.extract(&workshop.local(&photo.path)?, tag, &file).await?,
        MotionPhoto::AtEnd { length_bytes } => copy_end(workshop, photo, length_bytes, &file).await?,
    };
    if !found {
        return Ok(None);
    }
    examined(file).await.map_err(Failure::for_now)
}

/// Copies the last bytes of the photo; false where it is not that long.
async fn copy_end(workshop: &Workshop, photo: &AssetRow, length_bytes: u64, target: &Path) -> Result<bool, Failure> {
    let (mut source, stat) = workshop.media.open(&MediaPath::parse(&photo.path)?).await?;
    let Some(start) = stat.size_bytes.checked_sub(length_bytes).filter(|start| *start > 0) else { return Ok(false) };
    let copy = async {
        source.seek(SeekFrom::Start(start)).await?;
        let mut file = tokio::fs::File::create(target).await?;
        tokio::io::copy(&mut source, &mut file).await?;
        file.flush().await
    };
    copy.await.map_err(Failure::for_now)?;
    Ok(true)
}

/// None where the bytes are no film.
async fn examined(path: PathBuf) -> std::io::Result<Option<Film>> {
    let mut file = tokio::fs::File::open(&path).await?;
    let (mut hash, mut size_bytes, mut buffer) = (Sha1::new(), 0_i64, vec![0; BUFFER_BYTES]);
    let mut is_film = false;
    loop {
        let length = file.read(&mut buffer).await?;
        if length == 0 {
            break;
        }
        if size_bytes == 0 {
            is_film = buffer[..length].get(MARK.0..).is_some_and(|bytes| bytes.starts_with(MARK.1));
        }
        hash.update(&buffer[..length]);
        size_bytes += length as i64;
    }
    let sha1 = hash.finalize().to_vec();
    Ok(is_film.then_some(Film { file: path, size_bytes, sha1 }))
}

/// The asset of the film: the one that is there already, or a new one. None when nobody can tell.
async fn kept(workshop: &Workshop, photo: &AssetRow, film: &Film, context: &Context) -> Result<Option<Uuid>, Failure> {
    let known = workshop.reads.library().by_checksums(photo.owner_id, std::slice::from_ref(&film.sha1)).await?;
    if let Some((id, ..)) = known.into_iter().next() {
        return Ok(Some(id));
    }
    let path = paths::motion_film(photo.owner_id, Uuid::new_v4());
    let announced = Unconfirmed::announce(workshop.media.as_ref(), vec![path.clone()]).await?;
    if let Err(failure) = copy_in(workshop, film, &path).await {
        announced.discard().await;
        return Err(failure);
    }
    let id = Uuid::new_v4();
    let command = AssetCommand::Upload(Box::new(upload(photo, film, &path)));
    match workshop.commands.execute::<Asset>(id, command, context).await {
        Ok(_) => {
            announced.keep().await;
            Ok(Some(id))
        }
        Err(error) => {
            if error.has_written_nothing() {
                announced.discard().await;
            }
            match error {
                // Somebody was faster.
                CommandError::Claimed { holder, .. } => Ok(Some(holder.id)),
                error => Err(Failure::for_now(error)),
            }
        }
    }
}

async fn copy_in(workshop: &Workshop, film: &Film, path: &MediaPath) -> Result<(), Failure> {
    let mut source = tokio::fs::File::open(&film.file).await.map_err(Failure::for_now)?;
    let mut target = workshop.media.begin(path).await?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let length = source.read(&mut buffer).await.map_err(Failure::for_now)?;
        if length == 0 {
            break;
        }
        target.write(Bytes::copy_from_slice(&buffer[..length])).await?;
    }
    target.finish(None).await?;
    Ok(())
}

fn upload(photo: &AssetRow, film: &Film, path: &MediaPath) -> Upload {
    let base = photo.file_name.rsplit_once('.').map_or(photo.file_name.as_str(), |(base, _)| base);
    Upload {
        owner: photo.owner_id,
        kind: AssetKind::Video,
        file_name: format!("{base}.mp4"),
        path: path.as_str().to_owned(),
        size_bytes: film.size_bytes,
        checksum: STANDARD.encode(&film.sha1),
        file_created_at: photo.uploaded_file_created_at,
        file_modified_at: photo.file_modified_at,
        duration_ms: None,
        favorite: false,
        visibility: Visibility::Hidden,
        live_photo_video: None,
        sidecar_path: None,
    }
}

/// The film that was cut out of an earlier version of the file.
async fn remove_old(workshop: &Workshop, context: &Context, photo: &AssetRow) -> Result<(), Failure> {
    let Some(old) = photo.live_photo_video_id else { return Ok(()) };
    match workshop.reads.library().asset(old).await? {
        Some(old) if old.path.starts_with(TopFolder::EncodedVideo.as_str()) => {
            live_photo::ask(workshop, context, old.id, AssetCommand::RequestDeletion).await
        }
        _ => Ok(()),
    }
}
