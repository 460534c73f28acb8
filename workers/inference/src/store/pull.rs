//! Fetching a model.

use std::{
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use albumen_domain::models::ModelTask;
use futures::StreamExt;
use reqwest::{Client, Response, StatusCode, header::RANGE};
use sha2::{Digest, Sha256};
use tokio::{fs, io::AsyncWriteExt};

use super::{
    Hubs, ModelId, Store,
    hub::{MAX_LIST_BYTES, RemoteFile, ocr_files, read_list},
};

/// A hub that does not answer in that time cannot be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A download that stands still for that long is given up; the next one goes on where it was.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Where nobody says how large a file is.
const MAX_FILE_BYTES: u64 = 16 << 30;
/// The file of a graph is put in its place last, because a model counts as there when it is.
const LAST: &str = "model.onnx";

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullFault {
    /// Nothing may be fetched.
    #[error("downloads are switched off")]
    Offline,
    /// The hub cannot be reached, or broke off.
    #[error("the hub cannot be reached: {0}")]
    Network(String),
    /// The hub has no such model.
    #[error("the hub does not have it: {0}")]
    Absent(String),
    /// What the hub sent is not what it should be.
    #[error("{0}")]
    Refused(String),
    /// It cannot be kept.
    #[error("it cannot be written: {0}")]
    Disk(#[from] std::io::Error),
}

/// Who is told how far a download is.
pub trait Progress: Send + Sync {
    /// That many bytes are there of so many, if that is known.
    fn at(&self, file: &Path, done: u64, total: Option<u64>);
}

/// Fetches models into a store.
#[derive(Debug, Clone)]
pub struct Puller {
    store: Store,
    hubs: Hubs,
    client: Client,
    is_offline: bool,
}

impl Puller {
    /// From those hubs, unless nothing is to be fetched.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(store: Store, hubs: Hubs, is_offline: bool) -> Result<Self, PullFault> {
        let client =
            Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build().map_err(network)?;
        Ok(Self { store, hubs, client, is_offline })
    }

    /// The hub that is asked for models of that task.
    #[must_use]
    pub fn hub(&self, task: ModelTask) -> &str {
        self.hubs.of(task)
    }

    /// Fetches what of the model is not there. What an earlier try began is gone on with.
    ///
    /// # Errors
    /// See [`PullFault`]. What came so far is kept for the next try.
    pub async fn pull(&self, id: &ModelId, progress: &dyn Progress) -> Result<(), PullFault> {
        if self.is_offline {
            return Err(PullFault::Offline);
        }
        let folder = self.store.task_folder(id.task);
        let staging = folder.join(format!(".{}.partial", id.name));
        let mut fetched = Vec::new();
        for file in self.files(id).await? {
            if is_there(&folder.join(&file.place), &file).await {
                continue;
            }
            let staged = staging.join(&file.place);
            self.fetch(&file, &staged, progress).await?;
            fetched.push(file);
        }
        // Graphs last.
        fetched.sort_by_key(|file| file.place.ends_with(LAST));
        for file in &fetched {
            put_in_place(&staging.join(&file.place), &folder.join(&file.place)).await?;
        }
        let _ = fs::remove_dir_all(&staging).await;
        match self.store.missing(id) {
            None => Ok(()),
            Some(missing) => Err(PullFault::Refused(format!("the hub's model is not whole: {missing}"))),
        }
    }

    async fn files(&self, id: &ModelId) -> Result<Vec<RemoteFile>, PullFault> {
        if id.task == ModelTask::Ocr {
            return ocr_files(&self.hubs.ocr, id);
        }
        let url = self.hubs.list_url(id);
        let response = answered(self.client.get(&url).send().await.map_err(network)?, &url)?;
        let mut list = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            list.extend_from_slice(&chunk.map_err(network)?);
            if list.len() > MAX_LIST_BYTES {
                return Err(PullFault::Refused("the hub's list of files does not end".to_owned()));
            }
        }
        read_list(&self.hubs.models, id, &list)
    }

    /// Fetches one file whole and checks it.
    async fn fetch(&self, file: &RemoteFile, staged: &Path, progress: &dyn Progress) -> Result<(), PullFault> {
        if is_there(staged, file).await {
            return Ok(());
        }
        if let Some(folder) = staged.parent() {
            fs::create_dir_all(folder).await?;
        }
        let part = with_ending(staged, "part");
        self.download(file, &part, progress).await?;
        if let Err(fault) = check(&part, file).await {
            fs::remove_file(&part).await?;
            return Err(fault);
        }
        fs::rename(&part, staged).await?;
        Ok(())
    }

    async fn download(&self, file: &RemoteFile, part: &Path, progress: &dyn Progress) -> Result<(), PullFault> {
        let begun = fs::metadata(part).await.map_or(0, |metadata| metadata.len());
        if begun > 0 && Some(begun) == file.size {
            return Ok(());
        }
        let mut request = self.client.get(&file.url);
        if begun > 0 {
            request = request.header(RANGE, format!("bytes={begun}-"));
        }
        let response = request.send().await.map_err(network)?;
        // More was there than there is: it is another file now.
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            fs::remove_file(part).await?;
            return Err(PullFault::Refused(format!("{} changed meanwhile; try again", file.url)));
        }
        let response = answered(response, &file.url)?;
        let goes_on = response.status() == StatusCode::PARTIAL_CONTENT;
        let done = if goes_on { begun } else { 0 };
        let mut options = fs::OpenOptions::new();
        options.create(true).write(true).append(goes_on).truncate(!goes_on);
        let into = options.open(part).await?;
        write_all(response, into, file, done, progress).await
    }
}

async fn write_all(
    response: Response,
    mut into: fs::File,
    file: &RemoteFile,
    mut done: u64,
    progress: &dyn Progress,
) -> Result<(), PullFault> {
    let total = file.size.or_else(|| response.content_length().map(|length| length + done));
    let most = file.size.unwrap_or(MAX_FILE_BYTES);
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(network)?;
        done += chunk.len() as u64;
        if done > most {
            return Err(PullFault::Refused(format!("{} has more than {most} bytes", file.url)));
        }
        into.write_all(&chunk).await?;
        progress.at(&file.place, done, total);
    }
    into.sync_all().await?;
    Ok(())
}

fn network(error: reqwest::Error) -> PullFault {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    PullFault::Network(words)
}

fn answered(response: Response, url: &str) -> Result<Response, PullFault> {
    match response.status() {
        status if status.is_success() => Ok(response),
        status @ (StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            Err(PullFault::Absent(format!("{url} answers {status}")))
        }
        status => Err(PullFault::Network(format!("{url} answers {status}"))),
    }
}

/// Whether a file is there at its full length; what it holds was checked when it came.
async fn is_there(path: &Path, file: &RemoteFile) -> bool {
    let found = fs::metadata(path).await;
    found.is_ok_and(|metadata| metadata.is_file() && file.size.is_none_or(|size| size == metadata.len()))
}

async fn check(path: &Path, file: &RemoteFile) -> Result<(), PullFault> {
    let length = fs::metadata(path).await?.len();
    if let Some(size) = file.size.filter(|size| *size != length) {
        return Err(PullFault::Refused(format!("{} has {length} bytes in place of {size}", file.url)));
    }
    let Some(expected) = file.sha256.clone() else { return Ok(()) };
    let path = path.to_owned();
    let found = tokio::task::spawn_blocking(move || sha256(&path)).await.map_err(std::io::Error::other)??;
    if found != expected {
        return Err(PullFault::Refused(format!("{} has the digest {found} in place of {expected}", file.url)));
    }
    Ok(())
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn put_in_place(staged: &Path, place: &Path) -> std::io::Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).await?;
    }
    fs::rename(staged, place).await
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
