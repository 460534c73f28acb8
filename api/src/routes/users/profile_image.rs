//! Profile images. What a person uploads is never served: it is decoded in a child process and a
//! small picture is made of it.

use std::{io, path::Path};

use albumen_domain::{
    asset::media_type,
    processing::PreviewKind,
    user::{User, UserCommand},
};
use albumen_workers::media::{
    decode::{Colorspace, OutputFile, PictureSettings, PreviewSettings, PreviewsRequest, SourceKind},
    paths,
    store::{MediaPath, StoreError, Unconfirmed},
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use bytes::Bytes;
use tempfile::TempDir;
use tokio::{fs::File, io::AsyncWriteExt};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use super::not_found;
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        forms,
        paths::IdPath,
        users::{CreateProfileImageDto, CreateProfileImageResponseDto},
    },
    edge::{
        ApiError, ValidPath,
        files::{CachePolicy, FileOptions, serve_file},
        multipart::{FilePart, FileSink, read_form},
    },
};

/// The form's field.
const FIELD: &str = "file";
/// Largest upload: a raw picture of a large camera.
const MAX_UPLOAD_BYTES: u64 = 128 * 1024 * 1024;

/// The bytes of a file, as the document describes them.
struct FileBytes;

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        forms::binary().into()
    }
}

impl ToSchema for FileBytes {}

/// Sets the caller's profile image.
#[utoipa::path(
    post,
    path = "/users/profile-image",
    tag = "Users",
    operation_id = "createProfileImage",
    request_body(content = CreateProfileImageDto, content_type = "multipart/form-data"),
    responses((status = 201, body = CreateProfileImageResponseDto))
)]
pub async fn create_profile_image(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<CreateProfileImageResponseDto>), ApiError> {
    let scratch = Scratch::new()?;
    let mut upload = Upload { path: scratch.source(), file: None, written_bytes: 0 };
    read_form(&headers, body, &[FIELD], &mut upload).await?.require_files(&[FIELD])?;
    let picture = picture_of(&app, &scratch).await?;
    // Once the picture lies in the store the client's patience must not decide what becomes of it.
    let task = tokio::spawn(async move { replace(&app, &caller, &request, picture).await });
    let answer = task.await.map_err(|error| ApiError::internal("createProfileImage", error))??;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// A folder that is gone with its contents when this is dropped, whatever happens.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Result<Self, ApiError> {
        tempfile::tempdir().map(Self).map_err(refused_by_disk)
    }

    fn source(&self) -> std::path::PathBuf {
        self.0.path().join("source")
    }

    fn picture(&self) -> std::path::PathBuf {
        self.0.path().join("picture")
    }
}

fn refused_by_disk(error: io::Error) -> ApiError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ApiError::storage_full(),
        _ => ApiError::internal("createProfileImage", error),
    }
}

/// Where the form's file goes.
struct Upload {
    path: std::path::PathBuf,
    file: Option<File>,
    written_bytes: u64,
}

impl FileSink for Upload {
    async fn begin(&mut self, part: FilePart) -> Result<(), ApiError> {
        if !media_type::is_profile_picture(&part.file_name) {
            let name = part.file_name;
            return Err(ApiError::bad_request(format!("Unsupported file type {name}")));
        }
        self.file = Some(File::create(&self.path).await.map_err(refused_by_disk)?);
        Ok(())
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), ApiError> {
        self.written_bytes += chunk.len() as u64;
        if self.written_bytes > MAX_UPLOAD_BYTES {
            return Err(ApiError::too_large());
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(&chunk).await.map_err(refused_by_disk)
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        file.flush().await.map_err(refused_by_disk)
    }
}

/// It is made like the small pictures of the grid.
fn thumbnail_settings(app: &App) -> PictureSettings {
    PreviewSettings::of(&app.configuration.current().settings.image).thumbnail
}

/// The small picture of what was uploaded.
async fn picture_of(app: &App, scratch: &Scratch) -> Result<Vec<u8>, ApiError> {
    let settings = thumbnail_settings(app);
    let output = OutputFile {
        kind: PreviewKind::Thumbnail,
        path: scratch.picture(),
        format: settings.format,
        size: Some(settings.size),
        quality: settings.quality,
        progressive: settings.progressive,
    };
    let request = PreviewsRequest {
        source: scratch.source(),
        kind: SourceKind::Image,
        orientation: None,
        outputs: vec![output],
        colorspace: Colorspace::Srgb,
    };
    app.decoder.previews(request).await.map_err(|failure| {
        tracing::info!(%failure, "an uploaded profile image could not be decoded");
        ApiError::bad_request("Unable to process profile image")
    })?;
    tokio::fs::read(scratch.picture()).await.map_err(refused_by_disk)
}

/// Stores the picture, makes it the user's, and removes the one before.
async fn replace(
    app: &App,
    caller: &Caller,
    request: &Request,
    picture: Vec<u8>,
) -> Result<CreateProfileImageResponseDto, ApiError> {
    let extension = format!(".{}", thumbnail_settings(app).format.extension());
    let path = paths::profile_picture(caller.user_id(), Uuid::new_v4(), &extension);
    let stored = Unconfirmed::write(app.media.as_ref(), &path, picture.into()).await.map_err(|error| match error {
        StoreError::DiskFull => ApiError::storage_full(),
        other => ApiError::internal("createProfileImage", other),
    })?;
    let command = UserCommand::SetProfileImage { path: Some(path.as_str().to_owned()) };
    match app.execute::<User>(caller.user_id(), command, &request.context).await {
        Ok(_) => stored.keep().await,
        Err(error) => {
            // Where nobody knows whether it was written, the next start asks.
            if error.has_written_nothing() {
                stored.discard().await;
            }
            return Err(error.into());
        }
    }
    if let Some(old) = &caller.account.profile_image_path {
        remove(app, old).await;
    }
    let account = app.reads.identity().account(caller.user_id()).await?.ok_or_else(not_found)?;
    Ok(CreateProfileImageResponseDto {
        profile_changed_at: account.profile_changed_at.into(),
        profile_image_path: path.as_str().to_owned(),
        user_id: account.id,
    })
}

/// Removes a picture that is nobody's any more. When that fails a file is left over, and no more.
async fn remove(app: &App, path: &str) {
    let Ok(path) = MediaPath::parse(path) else { return };
    if let Err(error) = app.media.delete(&path).await {
        tracing::warn!(%error, "an old profile image could not be removed");
    }
}

/// Removes the caller's profile image.
#[utoipa::path(
    delete,
    path = "/users/profile-image",
    tag = "Users",
    operation_id = "deleteProfileImage",
    responses((status = 204))
)]
pub async fn delete_profile_image(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<StatusCode, ApiError> {
    // Refused in the API's words when there is none.
    app.execute::<User>(caller.user_id(), UserCommand::SetProfileImage { path: None }, &request.context).await?;
    if let Some(old) = &caller.account.profile_image_path {
        remove(&app, old).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A user's profile image. Whatever is wrong looks like a missing file.
#[utoipa::path(
    get,
    path = "/users/{id}/profile-image",
    tag = "Users",
    operation_id = "getProfileImage",
    params(IdPath),
    responses((status = 200, body = inline(FileBytes), content_type = "application/octet-stream"))
)]
pub async fn get_profile_image(
    State(app): State<App>,
    headers: HeaderMap,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Response, ApiError> {
    let account = app.reads.identity().account(path.id).await?.filter(|account| account.deleted_at.is_none());
    let image = account.and_then(|account| account.profile_image_path).ok_or_else(ApiError::not_found)?;
    let image = MediaPath::parse(&image).map_err(|_| ApiError::not_found())?;
    let file = app.media.local_path(&image).ok_or_else(ApiError::not_found)?;
    let options = FileOptions::new(mime_of(&file), CachePolicy::Unsaid);
    serve_file(&file, &headers, options).await.map_err(ApiError::masked_as_missing_file)
}

fn mime_of(file: &Path) -> &'static str {
    media_type::mime(&file.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(file_name: &str) -> FilePart {
        FilePart { field: FIELD.into(), file_name: file_name.into(), content_type: None, filename_field: None }
    }

    #[tokio::test]
    async fn only_pictures_of_bounded_size_are_taken_in() {
        let scratch = Scratch::new().expect("a folder");
        let mut upload = Upload { path: scratch.source(), file: None, written_bytes: 0 };
        assert_eq!(
            upload.begin(part("me.exe")).await.expect_err("no picture").message(),
            "Unsupported file type me.exe"
        );
        assert!(!scratch.source().exists());
        upload.begin(part("me.PNG")).await.expect("a picture");
        upload.write(Bytes::from_static(b"abc")).await.expect("room");
        upload.finish().await.expect("room");
        assert_eq!(std::fs::read(scratch.source()).expect("the file"), b"abc");
        upload.written_bytes = MAX_UPLOAD_BYTES;
        assert_eq!(upload.write(Bytes::from_static(b"d")).await.expect_err("too much").status(), 413);
    }

    #[test]
    fn nothing_is_left_of_a_scratch_folder() {
        let scratch = Scratch::new().expect("a folder");
        std::fs::write(scratch.source(), "x").expect("room");
        let path = scratch.source();
        drop(scratch);
        assert!(!path.exists());
    }
}
