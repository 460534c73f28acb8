//! Packing assets while they are sent: whatever their size, two buffers are held in memory.

use std::{collections::HashMap, io, time::SystemTime};

use albumen_projections::library::AssetPaths;
use albumen_workers::media::store::{MediaPath, MediaStore};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};
use tokio::{
    io::{AsyncReadExt as _, DuplexStream},
    sync::oneshot,
};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::zip::{Limits, ZipStream};
use crate::{
    access::Caller,
    app::App,
    dto::{download::DownloadArchiveDto, shared_links::SharedLinkQuery},
    edge::{ApiError, ValidJson},
    routes::asset_files::FileBytes,
};

/// Between the one who packs and the one who sends, and at a time from a file.
const BUFFER_BYTES: usize = 256 * 1024;
/// The longest name of a file that file systems take.
const MAX_NAME_BYTES: usize = 240;

/// Sends assets in one archive, without compressing them: pictures and films are compressed already.
#[utoipa::path(
    post, path = "/download/archive", tag = "Download", operation_id = "downloadArchive",
    params(SharedLinkQuery),
    request_body = DownloadArchiveDto,
    responses((status = 200, content_type = "application/octet-stream", body = inline(FileBytes)))
)]
pub(super) async fn download_archive(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<DownloadArchiveDto>,
) -> Result<Response, ApiError> {
    let found = app.assets_for(&caller, "asset.download", &body.asset_ids).await?;
    let body_name = body.archive_name.as_deref().filter(|name| !name.trim().is_empty()).and_then(disposition);
    let entries = entries_of(&body.asset_ids, &found);
    let (writer, reader) = tokio::io::duplex(BUFFER_BYTES);
    let (failed, failure) = oneshot::channel();
    tokio::spawn(async move {
        if let Err(error) = pack(app.media.as_ref(), writer, entries).await {
            tracing::warn!(%error, "an archive was broken off");
            // Who asked may be gone, which is the usual reason.
            let _ = failed.send(());
        }
    });
    // An error at the end of the body breaks the connection off, so that nobody takes a part for the whole.
    let broken_off = stream::once(failure).filter_map(|failed| {
        let error = |()| io::Result::Err(io::Error::other("the archive was broken off"));
        std::future::ready(failed.ok().map(error))
    });
    let body = ReaderStream::with_capacity(reader, BUFFER_BYTES).chain(broken_off);
    let mut response = Response::new(Body::from_stream(body));
    let octets = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, octets);
    if let Some(name) = body_name {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The name that clients of version 3.2 give the archive, for programs that keep it under that.
fn disposition(name: &str) -> Option<HeaderValue> {
    let name = sanitised(&format!("{name}.zip"));
    let name = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC);
    HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")).ok()
}

/// A file of an archive.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    path: String,
}

/// The files in the order in which they were asked for, each asset once.
fn entries_of(ids: &[Uuid], found: &[AssetPaths]) -> Vec<Entry> {
    let mut assets: HashMap<Uuid, &AssetPaths> = found.iter().map(|asset| (asset.id, asset)).collect();
    let mut taken: HashMap<String, u32> = HashMap::new();
    let wanted = ids.iter().filter_map(|id| assets.remove(id));
    wanted.map(|asset| Entry { name: free_name(&asset.file_name, &mut taken), path: asset.path.clone() }).collect()
}

/// A second `a.jpg` is `a+1.jpg`.
fn free_name(file_name: &str, taken: &mut HashMap<String, u32>) -> String {
    let name = sanitised(file_name);
    let (base, extension) = match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name.as_str(), ""),
    };
    let mut free = name.clone();
    let mut count = taken.get(&name).copied().unwrap_or(0);
    while taken.contains_key(&free) {
        count += 1;
        free = format!("{base}+{count}{extension}");
    }
    taken.insert(name.clone(), count);
    taken.entry(free.clone()).or_insert(0);
    free
}

/// A name that stays in the folder into which an archive is unpacked, on every system.
fn sanitised(name: &str) -> String {
    let is_odd = |letter: char| letter.is_control() || r#"/\?<>:*|""#.contains(letter);
    let mut name: String = name.chars().filter(|letter| !is_odd(*letter)).collect();
    while name.len() > MAX_NAME_BYTES {
        name.remove(0);
    }
    if name.trim_matches(['.', ' ']).is_empty() { "unnamed".to_owned() } else { name }
}

async fn pack(media: &dyn MediaStore, writer: DuplexStream, entries: Vec<Entry>) -> io::Result<()> {
    let mut archive = ZipStream::new(writer, Limits::default());
    let mut buffer = vec![0; BUFFER_BYTES];
    for entry in entries {
        pack_one(media, &mut archive, entry, &mut buffer).await?;
    }
    archive.finish().await
}

async fn pack_one(
    media: &dyn MediaStore,
    archive: &mut ZipStream<DuplexStream>,
    entry: Entry,
    buffer: &mut [u8],
) -> io::Result<()> {
    let path = MediaPath::parse(&entry.path).map_err(io::Error::other)?;
    let (mut file, stat) = media.open(&path).await.map_err(io::Error::other)?;
    let modified = DateTime::<Utc>::from(stat.modified_at.max(SystemTime::UNIX_EPOCH));
    let mut packed = archive.begin(entry.name, modified, stat.size_bytes).await?;
    loop {
        let length = file.read(buffer).await?;
        if length == 0 {
            break;
        }
        packed.write(&buffer[..length]).await?;
    }
    packed.finish().await
}

#[cfg(test)]
mod tests {
    use albumen_workers::media::store::LocalStore;
    use bytes::Bytes;

    use super::*;

    #[test]
    fn names_are_there_once() {
        let mut taken = HashMap::new();
        let mut name = |name: &str| free_name(name, &mut taken);
        assert_eq!([name("a.jpg"), name("a.jpg"), name("a.jpg")], ["a.jpg", "a+1.jpg", "a+2.jpg"]);
        assert_eq!([name("a+1.jpg"), name("b"), name("b"), name(".x")], ["a+1+1.jpg", "b", "b+1", ".x"]);
    }

    #[test]
    fn names_stay_in_their_folder() {
        assert_eq!(sanitised("../../etc/passwd"), "....etcpasswd");
        assert_eq!(sanitised("a\\b:c?\n.jpg"), "abc.jpg");
        assert_eq!(sanitised("/"), "unnamed");
        assert_eq!(sanitised(".."), "unnamed");
        assert_eq!(sanitised("Zürich 🏖.jpg"), "Zürich 🏖.jpg");
        assert!(sanitised(&"ü".repeat(300)).len() <= MAX_NAME_BYTES);
    }

    #[tokio::test]
    async fn what_was_packed_can_be_unpacked() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let store = LocalStore::new(folder.path());
        let path = MediaPath::parse("upload/a.jpg").expect("a path");
        let bytes = Bytes::from(vec![7; 3 * BUFFER_BYTES + 1]);
        let mut file = store.begin(&path).await.expect("begins");
        file.write(bytes.clone()).await.expect("writes");
        file.finish(None).await.expect("finishes");
        let (writer, mut reader) = tokio::io::duplex(BUFFER_BYTES);
        let entry = |name: &str| Entry { name: name.to_owned(), path: path.as_str().to_owned() };
        let entries = vec![entry("a.jpg"), entry("ölig 🏖.jpg")];
        let mut packed = Vec::new();
        let (done, _) = tokio::join!(pack(&store, writer, entries), reader.read_to_end(&mut packed));
        done.expect("packs");
        let archive = async_zip::base::read::mem::ZipFileReader::new(packed).await.expect("an archive");
        for (index, name) in ["a.jpg", "ölig 🏖.jpg"].into_iter().enumerate() {
            let mut unpacked = Vec::new();
            let mut entry = archive.reader_with_entry(index).await.expect("an entry");
            assert_eq!(entry.entry().filename().as_str().expect("is text"), name);
            entry.read_to_end_checked(&mut unpacked).await.expect("its bytes");
            assert!(unpacked == bytes, "{name}");
        }
    }

    #[test]
    fn an_archive_is_named_as_it_was_asked_for() {
        let name = disposition("Zürich/../1").expect("a name");
        assert_eq!(name, "attachment; filename*=UTF-8''Z%C3%BCrich%2E%2E1%2Ezip");
    }

    #[tokio::test]
    async fn a_missing_file_breaks_the_archive_off() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let store = LocalStore::new(folder.path());
        let (writer, mut reader) = tokio::io::duplex(BUFFER_BYTES);
        let entries = vec![Entry { name: "a.jpg".into(), path: "upload/a.jpg".into() }];
        let mut packed = Vec::new();
        let (done, _) = tokio::join!(pack(&store, writer, entries), reader.read_to_end(&mut packed));
        assert!(done.is_err());
    }
}
