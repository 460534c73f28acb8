//! Sending files of the media store: byte ranges, conditional requests and cache headers, in
//! bounded memory.

mod condition;
mod range;
mod stream;

#[cfg(test)]
mod tests;

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ApiError;
use condition::Conditions;
use range::{ByteRange, Wanted};

/// Up to this size a file is opened, examined and read in one go on a blocking thread: a thumbnail
/// has to cost one hop between threads, not three.
const WHOLE_READ_BYTES: u64 = 64 * 1024;

/// How long browsers may keep what is private to the user.
const PRIVATE_WITH_CACHE: &str =
    "private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000";
const PRIVATE_WITHOUT_CACHE: &str = "private, no-cache, no-transform";

/// Characters that stand for themselves in an extended header value (RFC 8187).
const EXTENDED_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'!');

/// How an answer may be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    /// A day, then revalidated behind the user's back: thumbnails, originals, playback.
    PrivateWithCache,
    /// Revalidated each time: thumbnails of persons, backups.
    PrivateWithoutCache,
    /// Nothing is said: profile images.
    Unsaid,
    /// As the header says.
    Custom(&'static str),
}

impl CachePolicy {
    fn header(self) -> Option<HeaderValue> {
        match self {
            Self::PrivateWithCache => Some(HeaderValue::from_static(PRIVATE_WITH_CACHE)),
            Self::PrivateWithoutCache => Some(HeaderValue::from_static(PRIVATE_WITHOUT_CACHE)),
            Self::Unsaid => None,
            Self::Custom(value) => Some(HeaderValue::from_static(value)),
        }
    }
}

/// What the file itself does not tell.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// Media type; `application/octet-stream` where it is no valid header.
    pub content_type: String,
    /// How the answer may be cached.
    pub cache: CachePolicy,
    /// Name for `Content-Disposition: inline`; without one the header is left out.
    pub file_name: Option<String>,
    /// `Content-Encoding`, where the file is the compressed form of what was asked for.
    pub content_encoding: Option<&'static str>,
}

impl FileOptions {
    /// A file without a name.
    pub fn new(content_type: impl Into<String>, cache: CachePolicy) -> Self {
        Self { content_type: content_type.into(), cache, file_name: None, content_encoding: None }
    }

    /// The same with a name that the client may save it under.
    pub fn named(self, file_name: impl Into<String>) -> Self {
        Self { file_name: Some(file_name.into()), ..self }
    }
}

/// What is known of an opened file.
struct Facts {
    length: u64,
    modified: SystemTime,
    etag: String,
}

impl Facts {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let since_epoch = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let length = metadata.len();
        let etag = format!("\"{:x}-{:x}\"", since_epoch.as_nanos(), length);
        Self { length, modified, etag }
    }
}

/// What will be sent.
enum Answer {
    NotModified,
    Unsatisfiable,
    Bytes { range: Option<ByteRange>, body: Payload },
}

enum Payload {
    Read(Vec<u8>),
    ToStream { file: File, offset: u64, length: u64 },
}

/// Sends a file, or the part of it that was asked for. A missing file is 404.
///
/// Routes made with axum's `get` answer HEAD too: axum drops the body.
pub async fn serve_file(path: &Path, headers: &HeaderMap, options: FileOptions) -> Result<Response, ApiError> {
    let conditions = Conditions::of(headers);
    let owned_path = path.to_owned();
    let prepared = tokio::task::spawn_blocking(move || prepare(&owned_path, &conditions)).await;
    match prepared {
        Ok(Ok((facts, answer))) => Ok(respond(&facts, answer, &options)),
        Ok(Err(error)) => Err(refusal(path, &error)),
        Err(stopped) => Err(ApiError::internal_outside_handlers(stopped)),
    }
}

fn refusal(path: &Path, error: &io::Error) -> ApiError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => ApiError::not_found(),
        _ => ApiError::internal_outside_handlers(format!("reading {}: {error}", path.display())),
    }
}

fn prepare(path: &Path, conditions: &Conditions) -> io::Result<(Facts, Answer)> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let facts = Facts::of(&metadata);
    if conditions.is_unmodified(&facts.etag, facts.modified) {
        return Ok((facts, Answer::NotModified));
    }
    let range = match conditions.wanted(&facts.etag, facts.modified, facts.length) {
        Wanted::Whole => None,
        Wanted::Part(range) => Some(range),
        Wanted::Nothing => return Ok((facts, Answer::Unsatisfiable)),
    };
    let (offset, length) = range.map_or((0, facts.length), |range| (range.first, range.length()));
    let body = if length <= WHOLE_READ_BYTES {
        Payload::Read(read_part(&mut file, offset, length)?)
    } else {
        Payload::ToStream { file, offset, length }
    };
    Ok((facts, Answer::Bytes { range, body }))
}

fn read_part(file: &mut File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    if offset > 0 {
        file.seek(SeekFrom::Start(offset))?;
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn respond(facts: &Facts, answer: Answer, options: &FileOptions) -> Response {
    let mut response = match answer {
        Answer::NotModified => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            add_validators(response.headers_mut(), facts, options);
            return response;
        }
        Answer::Unsatisfiable => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", facts.length));
            return response;
        }
        Answer::Bytes { range: None, body } => response_with(body),
        Answer::Bytes { range: Some(range), body } => {
            let mut response = response_with(body);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let content_range = format!("bytes {}-{}/{}", range.first, range.last, facts.length);
            insert(&mut response, header::CONTENT_RANGE, &content_range);
            response
        }
    };
    add_validators(response.headers_mut(), facts, options);
    add_description(&mut response, options);
    response
}

fn response_with(body: Payload) -> Response {
    let (length, body) = match body {
        Payload::Read(bytes) => (bytes.len() as u64, Body::from(bytes)),
        Payload::ToStream { file, offset, length } => {
            (length, Body::from_stream(stream::chunks_of(file, offset, length)))
        }
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn add_validators(headers: &mut HeaderMap, facts: &Facts, options: &FileOptions) {
    let modified = httpdate::fmt_http_date(facts.modified);
    for (name, value) in [(header::ETAG, &facts.etag), (header::LAST_MODIFIED, &modified)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    if let Some(value) = options.cache.header() {
        headers.insert(header::CACHE_CONTROL, value);
    }
}

fn add_description(response: &mut Response, options: &FileOptions) {
    let octets = HeaderValue::from_static("application/octet-stream");
    let content_type = HeaderValue::from_str(&options.content_type).unwrap_or(octets);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // Uploaded bytes are what we say they are, whatever they look like.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(encoding) = options.content_encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Some(name) = &options.file_name {
        let name = utf8_percent_encode(name, EXTENDED_VALUE);
        let disposition = format!("inline; filename*=UTF-8''{name}");
        insert(response, header::CONTENT_DISPOSITION, &disposition);
    }
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
