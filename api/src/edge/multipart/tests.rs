use super::*;
use axum::http::HeaderValue;
use futures::stream;
use std::convert::Infallible;

#[derive(Default)]
struct Kept {
    parts: Vec<FilePart>,
    bytes: Vec<Vec<u8>>,
    finished: usize,
    largest_chunk: usize,
}

impl FileSink for Kept {
    async fn begin(&mut self, part: FilePart) -> Result<(), ApiError> {
        if part.file_name.ends_with(".exe") {
            return Err(ApiError::bad_request("Unsupported file type"));
        }
        self.parts.push(part);
        self.bytes.push(Vec::new());
        Ok(())
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), ApiError> {
        self.largest_chunk = self.largest_chunk.max(chunk.len());
        self.bytes.last_mut().expect("a file has begun").extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        self.finished += 1;
        Ok(())
    }
}

const BOUNDARY: &str = "----edge7MA4YWxk";

fn text(name: &str, value: &str) -> Vec<u8> {
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    [head.as_bytes(), value.as_bytes(), b"\r\n"].concat()
}

fn file(name: &str, file_name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

fn end() -> Vec<u8> {
    format!("--{BOUNDARY}--\r\n").into_bytes()
}

fn headers(kind: &str) -> HeaderMap {
    [(header::CONTENT_TYPE, HeaderValue::from_str(kind).expect("a header"))].into_iter().collect()
}

/// The body in pieces of this size, so that boundaries and headers are torn apart.
async fn read_in(pieces: usize, body: Vec<u8>, sink: &mut Kept) -> Result<Form, ApiError> {
    let pieces: Vec<Result<Bytes, Infallible>> =
        body.chunks(pieces).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let body = Body::from_stream(stream::iter(pieces));
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    read_form(&headers(&kind), body, &["assetData", "sidecarData"], sink).await
}

async fn refused(body: Vec<u8>) -> (String, Kept) {
    let mut sink = Kept::default();
    let error = read_in(1000, body, &mut sink).await.expect_err("a refusal");
    assert_eq!(error.status(), 400);
    (error.message().to_owned(), sink)
}

fn photo() -> Vec<u8> {
    // Holds what looks like the beginning of a boundary.
    let mut bytes: Vec<u8> = (0..300_000u32).map(|index| (index * 31 % 256) as u8).collect();
    bytes[1000..1004].copy_from_slice(b"\r\n--");
    bytes[299_996..].copy_from_slice(b"\r\n--");
    bytes
}

#[tokio::test]
async fn reads_parts_in_any_order_and_any_pieces() {
    let parts = [
        text("fileCreatedAt", "2024-01-31T12:34:56.000Z"),
        file("sidecarData", "a.xmp", b"<x/>"),
        file("assetData", "Grüße 🏔.jpg", &photo()),
        text("isFavorite", "true"),
        text("deviceAssetId", ""),
    ];
    for order in [[0, 1, 2, 3, 4], [2, 0, 3, 1, 4], [4, 3, 2, 1, 0]] {
        let mut body = order.iter().flat_map(|part| parts[*part].clone()).collect::<Vec<u8>>();
        body.extend(end());
        for pieces in [1, 7, 1000, 65_536, 1_000_000] {
            if pieces == 1 && order[0] != 0 {
                continue;
            }
            let mut sink = Kept::default();
            let form = read_in(pieces, body.clone(), &mut sink).await.expect("a good form");
            assert_eq!(sink.finished, 2);
            let place = sink.parts.iter().position(|part| part.field == "assetData");
            let place = place.expect("the file was handed over");
            assert!(sink.bytes[place] == photo(), "pieces of {pieces}");
            assert_eq!(sink.parts[place].file_name, "Grüße 🏔.jpg");
            assert_eq!(sink.parts[place].content_type.as_deref(), Some("image/jpeg"));
            let favourite = ("isFavorite".to_owned(), "true".to_owned());
            assert!(form.fields.contains(&favourite));
            assert_eq!(form.fields.len(), 3);
            assert!(form.require_files(&["assetData"]).is_ok());
            // One piece may come in with each part's headers before the first is handed on.
            let bound = pieces * 6 + 200;
            assert!(sink.largest_chunk <= bound, "{} from pieces of {pieces}", sink.largest_chunk);
        }
    }
}

#[tokio::test]
async fn the_filename_field_counts_only_when_it_comes_first() {
    let first = [text("filename", "b.jpg"), file("assetData", "a.jpg", b"x"), end()].concat();
    let mut sink = Kept::default();
    read_in(1000, first, &mut sink).await.expect("a good form");
    assert_eq!(sink.parts[0].filename_field.as_deref(), Some("b.jpg"));
    let last = [file("assetData", "a.jpg", b"x"), text("filename", "b.jpg"), end()].concat();
    let mut sink = Kept::default();
    read_in(1000, last, &mut sink).await.expect("a good form");
    assert_eq!(sink.parts[0].filename_field, None);
}

#[tokio::test]
async fn a_form_that_ends_early_is_refused_wherever_it_ends() {
    let whole = [text("a", "b"), file("assetData", "a.jpg", b"some bytes"), end()].concat();
    let last_boundary = whole.len() - end().len();
    for length in 0..last_boundary + BOUNDARY.len() {
        let (message, sink) = refused(whole[..length].to_vec()).await;
        assert_eq!(message, "Unexpected end of form", "after {length} bytes");
        assert!(sink.finished == 0 || length >= last_boundary, "after {length} bytes");
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let mut sink = Kept::default();
    let body = [file("assetData", "a.jpg", b""), end()].concat();
    let form = read_in(1000, body, &mut sink).await.expect("a good form");
    assert_eq!((form.files.len(), sink.finished, sink.bytes[0].len()), (1, 1, 0));
}

#[tokio::test]
async fn what_is_not_expected_is_refused() {
    let twice = [file("assetData", "a.jpg", b"x"), file("assetData", "b.jpg", b"y"), end()];
    assert_eq!(refused(twice.concat()).await.0, "Unexpected field - assetData");
    let other = [file("other", "a.jpg", b"x"), end()].concat();
    let (message, sink) = refused(other).await;
    assert_eq!((message.as_str(), sink.parts.len()), ("Unexpected field - other", 0));
    let bad = [file("assetData", "a.exe", b"x"), end()].concat();
    assert_eq!(refused(bad).await.0, "Unsupported file type");
    let latin1 = [file("assetData", "a.jpg", b"x"), text("a", "b"), end()].concat();
    let torn: Vec<u8> = latin1.into_iter().map(|byte| if byte == b'b' { 0xff } else { byte }).collect();
    assert!(!torn.is_empty() && refused(torn).await.0.len() > 5);
}

#[tokio::test]
async fn texts_are_bounded() {
    let long = "x".repeat(MAX_FIELD_BYTES + 1);
    let body = [text("a", &long), end()].concat();
    assert_eq!(refused(body).await.0, "Field value too long - a");
    let longest = "x".repeat(MAX_FIELD_BYTES);
    let body = [text("a", &longest), end()].concat();
    let form = read_in(4096, body, &mut Kept::default()).await.expect("a good form");
    assert_eq!(form.fields[0].1.len(), MAX_FIELD_BYTES);
    let mut many: Vec<u8> = (0..=MAX_FIELDS).flat_map(|_| text("a", "b")).collect();
    many.extend(end());
    assert_eq!(refused(many).await.0, "Too many fields");
}

#[tokio::test]
async fn headers_are_bounded() {
    let endless = format!("--{BOUNDARY}\r\nX-Padding: {}", "x".repeat(1_000_000));
    let (message, _) = refused(endless.into_bytes()).await;
    assert_eq!(message, "Malformed part header");
    let preamble = "x".repeat(1_000_000).into_bytes();
    assert_eq!(refused(preamble).await.0, "Malformed part header");
}

#[tokio::test]
async fn a_name_with_a_nul_is_refused() {
    let body = [file("assetData", "a\0.jpg", b"x"), end()].concat();
    assert_eq!(refused(body).await.0, "Malformed part header");
}

#[tokio::test]
async fn a_body_that_is_no_form_has_no_parts() {
    let mut sink = Kept::default();
    let form = read_form(&headers("application/json"), Body::from("{}"), &["assetData"], &mut sink)
        .await
        .expect("an empty form");
    let error = form.require_files(&["assetData"]).expect_err("no file");
    assert_eq!(error.message(), "Field(s) assetData should not be empty");
    let kind = headers("multipart/form-data");
    let error = read_form(&kind, Body::from("x"), &[], &mut sink).await.expect_err("no boundary");
    assert_eq!(error.message(), "Multipart: Boundary not found");
}

#[tokio::test]
async fn a_form_becomes_a_checked_dto() {
    use crate::dto::asset_uploads::AssetMediaCreateDto;
    let body = [
        file("assetData", "a.jpg", b"x"),
        text("fileCreatedAt", "2024-01-31T12:34:56.000Z"),
        text("fileModifiedAt", "2024-01-31T12:34:56+02:00"),
        text("isFavorite", "false"),
        text("duration", "1500"),
        text("metadata", r#"[{"key":"mobile-app","value":{"a":1}}]"#),
        text("deviceId", "CLI"),
        end(),
    ]
    .concat();
    let form = read_in(1000, body, &mut Kept::default()).await.expect("a good form");
    let dto: AssetMediaCreateDto = form.check().expect("a good DTO");
    assert_eq!(dto.file_modified_at.to_string(), "2024-01-31T10:34:56.000Z");
    assert_eq!((dto.is_favorite, dto.duration), (Some(false), Some(1500)));
    assert_eq!(dto.metadata.expect("metadata")[0].key, "mobile-app");
    let form = Form { fields: vec![("isFavorite".into(), "1".into())], files: vec![] };
    let error = form.check::<AssetMediaCreateDto>().map(|_| ()).expect_err("incomplete");
    let messages: Vec<&str> = error.issues().iter().map(|issue| issue.message()).collect();
    assert!(messages.contains(&"Invalid input: expected string, received undefined"));
    assert!(messages.contains(&r#"Invalid option: expected one of "true"|"false""#));
}
