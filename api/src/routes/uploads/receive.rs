//! Takes the files of an upload as they arrive: to the media store, hashed on the way. Nothing
//! appears under a name before [`super::keep`] finishes it, and what is dropped leaves nothing.

use albumen_domain::asset::{AssetKind, media_type};
use albumen_projections::identity::AccountRow;
use albumen_workers::media::{
    paths,
    store::{MediaPath, PendingUpload},
};
use bytes::Bytes;
use sha1::{Digest, Sha1};
use uuid::Uuid;

use super::{checksum::Sha1Sum, keep::media_refusal};
use crate::{
    app::App,
    edge::{
        ApiError,
        multipart::{FilePart, FileSink},
    },
};

/// The part that holds the photo or film.
pub const ASSET_FIELD: &str = "assetData";
/// The part that holds its sidecar.
pub const SIDECAR_FIELD: &str = "sidecarData";

/// Longest name that is kept: far more than any file system takes.
const MAX_NAME_BYTES: usize = 1024;
/// Sidecars are short texts; what is larger is none.
const MAX_SIDECAR_BYTES: u64 = 16 * 1024 * 1024;

/// The files of one upload, received whole.
pub struct Received {
    /// Id of the asset that they become.
    pub id: Uuid,
    /// The photo or film.
    pub asset: ReceivedAsset,
    /// Its sidecar.
    pub sidecar: Option<ReceivedFile>,
}

/// The photo or film.
pub struct ReceivedAsset {
    /// Its bytes.
    pub file: ReceivedFile,
    /// By its extension.
    pub kind: AssetKind,
    /// As its owner knows it.
    pub name: String,
    /// Of the bytes.
    pub sum: Sha1Sum,
}

/// A file that is not finished yet.
pub struct ReceivedFile {
    /// Where it will lie.
    pub path: MediaPath,
    /// Its bytes.
    pub pending: Box<dyn PendingUpload>,
    /// How many.
    pub size_bytes: u64,
}

/// See the module's words.
pub struct Receiver<'a> {
    app: &'a App,
    user: Uuid,
    id: Uuid,
    /// Bytes that the user's quota still allows; none without a quota.
    room_bytes: Option<u64>,
    hasher: Sha1,
    asset: Option<(ReceivedFile, AssetKind, String)>,
    sidecar: Option<ReceivedFile>,
    reading_sidecar: bool,
}

impl<'a> Receiver<'a> {
    /// For an upload of `account`.
    pub async fn for_user(app: &'a App, account: &AccountRow) -> Result<Self, ApiError> {
        Ok(Self {
            app,
            user: account.id,
            id: Uuid::new_v4(),
            room_bytes: room_bytes(app, account).await?,
            hasher: Sha1::new(),
            asset: None,
            sidecar: None,
            reading_sidecar: false,
        })
    }

    /// What was received, once the form has been read.
    pub fn into_received(self) -> Result<Received, ApiError> {
        let missing = || ApiError::bad_request(format!("Field(s) {ASSET_FIELD} should not be empty"));
        let (file, kind, name) = self.asset.ok_or_else(missing)?;
        let asset = ReceivedAsset { file, kind, name, sum: Sha1Sum(self.hasher.finalize().into()) };
        Ok(Received { id: self.id, asset, sidecar: self.sidecar })
    }

    async fn begin_asset(&mut self, part: FilePart) -> Result<(), ApiError> {
        let called = part.filename_field.as_deref().filter(|name| !name.is_empty());
        let name = file_name(called.unwrap_or(&part.file_name))?;
        let kind = media_type::asset_kind(&name).ok_or_else(|| unsupported(&name))?;
        let path = paths::original(self.user, self.id, media_type::extension(&name));
        self.asset = Some((self.begin_file(path).await?, kind, name));
        Ok(())
    }

    async fn begin_sidecar(&mut self, part: FilePart) -> Result<(), ApiError> {
        let name = file_name(&part.file_name)?;
        if !media_type::is_sidecar(&name) {
            return Err(unsupported(&name));
        }
        self.sidecar = Some(self.begin_file(paths::sidecar(self.user, self.id)).await?);
        Ok(())
    }

    async fn begin_file(&mut self, path: MediaPath) -> Result<ReceivedFile, ApiError> {
        let pending = self.app.media.begin(&path).await.map_err(media_refusal)?;
        Ok(ReceivedFile { path, pending, size_bytes: 0 })
    }
}

impl FileSink for Receiver<'_> {
    async fn begin(&mut self, part: FilePart) -> Result<(), ApiError> {
        self.reading_sidecar = part.field == SIDECAR_FIELD;
        if self.reading_sidecar { self.begin_sidecar(part).await } else { self.begin_asset(part).await }
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), ApiError> {
        let (file, limit_bytes, refusal) = if self.reading_sidecar {
            (self.sidecar.as_mut(), Some(MAX_SIDECAR_BYTES), "The sidecar is too large")
        } else {
            self.hasher.update(&chunk);
            (self.asset.as_mut().map(|(file, ..)| file), self.room_bytes, "Quota has been exceeded!")
        };
        let Some(file) = file else { return Err(ApiError::bad_request("Malformed part header")) };
        file.size_bytes += chunk.len() as u64;
        if limit_bytes.is_some_and(|limit| file.size_bytes > limit) {
            return Err(ApiError::bad_request(refusal));
        }
        file.pending.write(chunk).await.map_err(media_refusal)
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        let file =
            if self.reading_sidecar { self.sidecar.as_ref() } else { self.asset.as_ref().map(|(file, ..)| file) };
        match file {
            Some(file) if file.size_bytes > 0 => Ok(()),
            _ => Err(ApiError::bad_request("File is empty")),
        }
    }
}

async fn room_bytes(app: &App, account: &AccountRow) -> Result<Option<u64>, ApiError> {
    let Some(quota_bytes) = account.quota_bytes else { return Ok(None) };
    let usage = app.reads.library().usage(&[account.id]).await?;
    let used_bytes = usage.first().map_or(0, |(_, usage)| usage.bytes);
    Ok(Some(u64::try_from(quota_bytes - used_bytes).unwrap_or(0)))
}

fn unsupported(name: &str) -> ApiError {
    ApiError::bad_request(format!("Unsupported file type {name}"))
}

/// A client's name for a file, without folders. It never becomes a part of a path.
pub fn file_name(given: &str) -> Result<String, ApiError> {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
    if name.contains('\0') {
        return Err(ApiError::bad_request("The file name holds a NUL character; rename the file"));
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(ApiError::bad_request(format!(
            "The file name is longer than {MAX_NAME_BYTES} bytes; rename the file"
        )));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_and_no_paths() {
        let long = format!("{}.jpg", "a".repeat(300));
        for (given, expected) in [
            ("a.jpg", "a.jpg"),
            ("../../etc/passwd.jpg", "passwd.jpg"),
            ("C:\\photos\\a.jpg", "a.jpg"),
            ("😀 ü.jpg", "😀 ü.jpg"),
            (&long, &long),
            ("a/", ""),
        ] {
            assert_eq!(file_name(given).ok().as_deref(), Some(expected), "{given}");
        }
        assert!(file_name("a\0.jpg").is_err_and(|error| error.status() == 400));
        assert!(file_name(&"a".repeat(MAX_NAME_BYTES + 1)).is_err_and(|error| error.status() == 400));
    }
}
