//! Reading tags with the `exiftool` program, which knows every maker's format.
//!
//! Starting it costs 150 ms of CPU and a file then some 5, so a process stays open while there is
//! work. It is bounded in time and memory: a file that makes it crash or loop costs one failed
//! attempt.

mod process;
mod tags;

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use albumen_domain::asset::metadata::Tags;
use tokio::sync::OnceCell;

use super::children::{Children, IDLE};
use process::Process;
use tags::is_safe_path;

/// Requests after which a process is replaced: Perl keeps some of what it read.
const MAX_REQUESTS: u32 = 1000;

/// Tags of pictures embedded in a raw file, best first.
const EMBEDDED_PICTURES: &[&str] =
    &["JpgFromRaw2", "JpgFromRaw", "PreviewJXL", "PreviewImage", "OtherImage", "ThumbnailImage"];

/// How many of [`EMBEDDED_PICTURES`] are meant to be looked at; the rest is a last resort.
const PROPER_PICTURES: usize = 4;

/// Why tags could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ExifToolError {
    /// The program could not be started.
    #[error("exiftool cannot be started: install it (on Debian the packages libimage-exiftool-perl and util-linux)")]
    Start(#[source] io::Error),
    /// It ended in the midst of a request.
    #[error("exiftool ended while it read the file")]
    Died,
    /// It took too long.
    #[error("exiftool needed more than {} s for the file", .0.as_secs())]
    TimedOut(Duration),
    /// What it said makes no sense.
    #[error("exiftool gave an answer that cannot be read")]
    Garbled,
    /// It would not write.
    #[error("exiftool could not write the sidecar")]
    NotWritten,
    /// It found no file there, or may not read it.
    #[error("exiftool cannot read the file")]
    Unreadable,
    /// The path cannot be given to it.
    #[error("the path cannot be given to exiftool: it must be absolute and have no line breaks")]
    OddPath,
    /// A scratch file could not be used.
    #[error("the embedded picture cannot be saved")]
    Save(#[source] io::Error),
}

impl ExifToolError {
    /// Whether the same file would fail in the same way again.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::Garbled | Self::OddPath)
    }
}

/// A tag that is written, with all its values; none of them removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagValue {
    /// Group and name, for example `XMP-xmp:Rating`.
    pub name: &'static str,
    /// One, or those of a list.
    pub values: Vec<String>,
}

impl TagValue {
    /// A tag of one value.
    #[must_use]
    pub fn one(name: &'static str, value: String) -> Self {
        Self { name, values: vec![value] }
    }

    /// A tag that is no more.
    #[must_use]
    pub const fn none(name: &'static str) -> Self {
        Self { name, values: Vec::new() }
    }

    /// Whether writing it leaves a tag.
    #[must_use]
    pub fn is_said(&self) -> bool {
        self.values.iter().any(|value| !value.is_empty())
    }

    fn arguments(&self) -> Vec<String> {
        if self.values.is_empty() {
            return vec![format!("-{}=", self.name)];
        }
        self.values.iter().map(|value| format!("-{}={}", self.name, escaped(value))).collect()
    }
}

/// Everything but plain letters, digits and spaces as numbers of HTML.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        if letter.is_alphanumeric() || letter == ' ' {
            escaped.push(letter);
        } else {
            escaped.push_str(&format!("&#{};", u32::from(letter)));
        }
    }
    escaped
}

/// Reads tags; clones share the same processes.
#[derive(Clone, Debug)]
pub struct ExifTool {
    children: Arc<Children<Process>>,
    version: Arc<OnceCell<String>>,
}

impl ExifTool {
    /// At most `size` files at a time.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { children: Arc::new(Children::new(size, MAX_REQUESTS, IDLE)), version: Arc::default() }
    }

    /// Name and version, for example `exiftool 12.57`.
    ///
    /// # Errors
    /// The program is missing or broken.
    pub async fn reader(&self) -> Result<String, ExifToolError> {
        let ask = || async {
            let answer = self.execute(&[OsStr::new("-ver")]).await?;
            Ok(format!("exiftool {}", String::from_utf8_lossy(&answer).trim()))
        };
        self.version.get_or_try_init(ask).await.cloned()
    }

    /// The tags of a file, or of a sidecar, that our rules use.
    ///
    /// A file of no known format has none; that is no error.
    ///
    /// # Errors
    /// See [`ExifToolError`].
    pub async fn read(&self, path: &Path) -> Result<Tags, ExifToolError> {
        if !is_safe_path(path.as_os_str()) {
            return Err(ExifToolError::OddPath);
        }
        let mut arguments: Vec<&OsStr> = tags::ARGUMENTS.iter().map(OsStr::new).collect();
        arguments.push(path.as_os_str());
        tags::parse(&self.execute(&arguments).await?)
    }

    /// Writes tags into a sidecar, which is made where there is none. Values replace those that are there. One that
    /// is made has to say something ([`TagValue::is_said`]).
    ///
    /// # Errors
    /// See [`ExifToolError`].
    pub async fn write(&self, path: &Path, values: &[TagValue]) -> Result<(), ExifToolError> {
        if !is_safe_path(path.as_os_str()) {
            return Err(ExifToolError::OddPath);
        }
        // Values are unescaped from HTML, so that none of them can end its line.
        let assignments: Vec<String> = values.iter().flat_map(TagValue::arguments).collect();
        let mut arguments: Vec<&OsStr> = ["-m", "-E", "-overwrite_original"].map(OsStr::new).to_vec();
        arguments.extend(assignments.iter().map(OsStr::new));
        arguments.push(path.as_os_str());
        let answer = self.execute(&arguments).await?;
        let answer = String::from_utf8_lossy(&answer);
        let is_done = ["image files updated", "image files created", "image files unchanged"];
        // It counts what it did even where that is nothing.
        let is_refused = answer.contains("due to errors");
        let is_written = !is_refused && is_done.iter().any(|words| answer.contains(words));
        if is_written { Ok(()) } else { Err(ExifToolError::NotWritten) }
    }

    /// Has `target` say of the sphere what `source` says: viewers read there which part of it they see. Where that
    /// is nothing, `target` stays as it is.
    ///
    /// # Errors
    /// See [`ExifToolError`].
    pub async fn copy_sphere(&self, source: &Path, target: &Path) -> Result<(), ExifToolError> {
        // `%` begins a code in the name of a source, and cannot be said otherwise.
        let is_coded = source.as_os_str().as_encoded_bytes().contains(&b'%');
        if is_coded || !is_safe_path(source.as_os_str()) || !is_safe_path(target.as_os_str()) {
            return Err(ExifToolError::OddPath);
        }
        let mut arguments: Vec<&OsStr> = ["-m", "-overwrite_original", "-TagsFromFile"].map(OsStr::new).to_vec();
        arguments.extend([source.as_os_str(), OsStr::new("-XMP-GPano:all"), target.as_os_str()]);
        self.execute(&arguments).await.map(drop)
    }

    /// Saves the largest picture embedded in a raw file as `target`; whether there was one.
    ///
    /// # Errors
    /// See [`ExifToolError`].
    pub async fn extract_embedded_preview(&self, path: &Path, target: &Path) -> Result<bool, ExifToolError> {
        let folder = scratch_folder(target).await?;
        let found = self.extract_into(path, &folder, EMBEDDED_PICTURES).await;
        let kept = match found {
            Ok(()) => keep_largest(&folder, target).await.map_err(ExifToolError::Save),
            Err(error) => Err(error),
        };
        let _ = tokio::fs::remove_dir_all(&folder).await;
        kept
    }

    /// Saves what a binary tag holds as `target`; whether there was anything.
    ///
    /// # Errors
    /// See [`ExifToolError`].
    pub async fn extract(&self, path: &Path, tag: &str, target: &Path) -> Result<bool, ExifToolError> {
        let folder = scratch_folder(target).await?;
        let kept = match self.extract_into(path, &folder, &[tag]).await {
            Ok(()) => match tokio::fs::rename(folder.join(tag), target).await {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(ExifToolError::Save(error)),
            },
            Err(error) => Err(error),
        };
        let _ = tokio::fs::remove_dir_all(&folder).await;
        kept
    }

    async fn extract_into(&self, path: &Path, folder: &Path, tags: &[&str]) -> Result<(), ExifToolError> {
        if !is_safe_path(path.as_os_str()) || !is_safe_path(folder.as_os_str()) {
            return Err(ExifToolError::OddPath);
        }
        // A file per tag; `%` begins a code in the pattern.
        let pattern = format!("{}/%t", folder.to_string_lossy().replace('%', "%%"));
        let picture_arguments: Vec<String> = tags.iter().map(|tag| format!("-{tag}")).collect();
        let mut arguments: Vec<&OsStr> = ["-m", "-b", "-W", &pattern].map(OsStr::new).to_vec();
        arguments.extend(picture_arguments.iter().map(OsStr::new));
        arguments.push(path.as_os_str());
        self.execute(&arguments).await.map(drop)
    }

    async fn execute(&self, arguments: &[&OsStr]) -> Result<Vec<u8>, ExifToolError> {
        let mut seat = self.children.take().await;
        let process = match &mut seat.child {
            Some(process) => process,
            none => none.insert(Process::start()?),
        };
        let answer = process.execute(arguments).await?;
        seat.give_back();
        Ok(answer)
    }
}

async fn scratch_folder(target: &Path) -> Result<PathBuf, ExifToolError> {
    let folder = target.with_file_name(format!(".{}.partial", uuid::Uuid::new_v4()));
    tokio::fs::create_dir_all(&folder).await.map_err(ExifToolError::Save)?;
    Ok(folder)
}

/// Among those meant to be looked at the one with the most bytes is the one with the most detail.
async fn keep_largest(folder: &Path, target: &Path) -> io::Result<bool> {
    let (proper, last_resort) = EMBEDDED_PICTURES.split_at(PROPER_PICTURES);
    for names in [proper, last_resort] {
        let mut largest = None;
        for name in names {
            let path = folder.join(name);
            let size = tokio::fs::metadata(&path).await.map_or(0, |metadata| metadata.len());
            if size > largest.as_ref().map_or(0, |(most, _)| *most) {
                largest = Some((size, path));
            }
        }
        if let Some((_, path)) = largest {
            tokio::fs::rename(path, target).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
