//! Reads `multipart/form-data` as it arrives: the bytes of files go chunk by chunk to a sink, in
//! whatever order the parts come; texts are kept. Nothing here grows with the size of a file.

mod disposition;
mod paced;

#[cfg(test)]
mod tests;

use std::future::Future;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use multer::{Field, Multipart};

use super::ApiError;
use super::validate::{Valid, check_pairs};
use paced::{Allowance, Paced};

/// Largest text field, as clients expect it.
pub const MAX_FIELD_BYTES: usize = 1024 * 1024;
/// More text fields than any client sends; with their size this bounds what a form holds in
/// memory, as does that with each part at most one chunk of the body comes in ahead of its turn.
pub const MAX_FIELDS: usize = 32;
/// Bytes that may pass between the data of two parts: boundary and headers, with a file name.
const MAX_HEADER_BYTES: u64 = 64 * 1024;

/// A file in a form, about to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// Name of the form's field.
    pub field: String,
    /// The client's name for the file: never a path to trust.
    pub file_name: String,
    /// Media type that the client gave.
    pub content_type: Option<String>,
    /// Value of the text field `filename`, if it came before this file.
    pub filename_field: Option<String>,
}

/// Takes the files of a form, one after another. What it has taken is its own to remove when the
/// form turns out to be bad: it is dropped then without a further call.
pub trait FileSink: Send {
    /// A file begins; an error ends the reading.
    fn begin(&mut self, part: FilePart) -> impl Future<Output = Result<(), ApiError>> + Send;
    /// The next bytes of the file.
    fn write(&mut self, chunk: Bytes) -> impl Future<Output = Result<(), ApiError>> + Send;
    /// The file has been received whole.
    fn finish(&mut self) -> impl Future<Output = Result<(), ApiError>> + Send;
}

/// The texts of a form, and which files it had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Names and values, in the order of their arrival.
    pub fields: Vec<(String, String)>,
    /// Names of the fields that held files.
    pub files: Vec<String>,
}

impl Form {
    /// The texts as a DTO, checked against its schema.
    pub fn check<T: Valid>(self) -> Result<T, ApiError> {
        check_pairs(self.fields)
    }

    /// Refuses a form without one of these files.
    pub fn require_files(&self, fields: &[&str]) -> Result<(), ApiError> {
        let is_missing = |field: &&&str| !self.files.iter().any(|seen| seen == **field);
        let missing: Vec<&str> = fields.iter().filter(is_missing).copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        Err(ApiError::bad_request(format!("Field(s) {missing} should not be empty")))
    }
}

/// Reads a form whose `file_fields` each hold one file at most. A body that is no form has no
/// parts.
pub async fn read_form(
    headers: &HeaderMap,
    body: Body,
    file_fields: &[&str],
    sink: &mut impl FileSink,
) -> Result<Form, ApiError> {
    let Some(boundary) = boundary_of(headers)? else {
        return Ok(Form::default());
    };
    let allowance = Allowance::default();
    let stream = Paced::new(body.into_data_stream(), allowance.clone());
    let mut parts = Multipart::new(stream, boundary);
    let mut form = Form::default();
    loop {
        allowance.limit_to(MAX_HEADER_BYTES);
        let Some(part) = parts.next_field().await.map_err(refusal)? else {
            return Ok(form);
        };
        allowance.lift();
        read_part(part, &mut form, file_fields, sink).await?;
    }
}

fn boundary_of(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match multer::parse_boundary(kind.unwrap_or_default()) {
        Ok(boundary) => Ok(Some(boundary)),
        Err(multer::Error::NoBoundary) => Err(ApiError::bad_request("Multipart: Boundary not found")),
        Err(_) => Ok(None),
    }
}

async fn read_part(
    part: Field<'_>,
    form: &mut Form,
    file_fields: &[&str],
    sink: &mut impl FileSink,
) -> Result<(), ApiError> {
    let field = part.name().unwrap_or_default().to_owned();
    match disposition::file_name_of(&part) {
        Some(file_name) => read_file(part, field, file_name, form, file_fields, sink).await,
        None => read_text(part, field, form).await,
    }
}

async fn read_file(
    mut part: Field<'_>,
    field: String,
    file_name: String,
    form: &mut Form,
    file_fields: &[&str],
    sink: &mut impl FileSink,
) -> Result<(), ApiError> {
    if !file_fields.contains(&field.as_str()) || form.files.contains(&field) {
        return Err(ApiError::bad_request(format!("Unexpected field - {field}")));
    }
    let named = form.fields.iter().find(|(name, _)| name == "filename");
    let begun = FilePart {
        field: field.clone(),
        file_name,
        content_type: part.content_type().map(ToString::to_string),
        filename_field: named.map(|(_, value)| value.clone()),
    };
    sink.begin(begun).await?;
    while let Some(chunk) = part.chunk().await.map_err(refusal)? {
        if !chunk.is_empty() {
            sink.write(chunk).await?;
        }
    }
    sink.finish().await?;
    form.files.push(field);
    Ok(())
}

async fn read_text(mut part: Field<'_>, field: String, form: &mut Form) -> Result<(), ApiError> {
    if form.fields.len() >= MAX_FIELDS {
        return Err(ApiError::bad_request("Too many fields"));
    }
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(refusal)? {
        if text.len() + chunk.len() > MAX_FIELD_BYTES {
            return Err(ApiError::bad_request(format!("Field value too long - {field}")));
        }
        text.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(text).map_err(|_| ApiError::bad_request(format!("Field {field} is not UTF-8")))?;
    form.fields.push((field, text));
    Ok(())
}

fn refusal(error: multer::Error) -> ApiError {
    match error {
        multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteStream => ApiError::bad_request("Unexpected end of form"),
        multer::Error::StreamReadFailed(cause) if cause.is::<paced::HeadersTooLong>() => {
            ApiError::bad_request("Malformed part header")
        }
        multer::Error::StreamReadFailed(_) => ApiError::bad_request("Request aborted"),
        _ => ApiError::bad_request("Malformed part header"),
    }
}
