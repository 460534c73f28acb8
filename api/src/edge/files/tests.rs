use super::*;
use axum::http::HeaderName;
use std::fs;

struct Sample {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Sample {
    fn of(length: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes: Vec<u8> = (0..length).map(|index| (index * 7 % 251) as u8).collect();
        fs::write(folder.path().join("file.jpg"), &bytes).expect("a file");
        Self { folder, bytes }
    }

    async fn ask(&self, headers: &[(HeaderName, &str)]) -> Answered {
        let options = FileOptions::new("image/jpeg", CachePolicy::PrivateWithCache);
        self.ask_for(headers, options.named("Grüße; \"1\".jpg")).await
    }

    async fn ask_for(&self, headers: &[(HeaderName, &str)], options: FileOptions) -> Answered {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("a header")));
        let path = self.folder.path().join("file.jpg");
        let response = serve_file(&path, &headers.collect(), options).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body").to_vec();
        Answered { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answered {
    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

#[tokio::test]
async fn sends_small_and_large_files_whole() {
    for length in [0, 10, WHOLE_READ_BYTES as usize, WHOLE_READ_BYTES as usize + 1, 1_000_000] {
        let sample = Sample::of(length);
        let answer = sample.ask(&[]).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body == sample.bytes, "{length} bytes");
        assert_eq!(answer.header(header::CONTENT_LENGTH), length.to_string());
        assert_eq!(answer.header(header::CONTENT_TYPE), "image/jpeg");
        assert_eq!(answer.header(header::ACCEPT_RANGES), "bytes");
        assert_eq!(answer.header(header::CACHE_CONTROL), PRIVATE_WITH_CACHE);
        assert!(answer.headers.contains_key(header::LAST_MODIFIED));
        assert_eq!(
            answer.header(header::CONTENT_DISPOSITION),
            "inline; filename*=UTF-8''Gr%C3%BC%C3%9Fe%3B%20%221%22.jpg"
        );
    }
}

#[tokio::test]
async fn sends_parts() {
    let sample = Sample::of(700_000);
    for (range, first, last) in
        [("bytes=0-99", 0, 99), ("bytes=100000-699999", 100_000, 699_999), ("bytes=-5", 699_995, 699_999)]
    {
        let answer = sample.ask(&[(header::RANGE, range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.header(header::CONTENT_RANGE), format!("bytes {first}-{last}/700000"));
        assert!(answer.body == sample.bytes[first..=last], "{range}");
    }
    let answer = sample.ask(&[(header::RANGE, "bytes=700000-")]).await;
    assert_eq!(answer.status, 416);
    assert_eq!(answer.header(header::CONTENT_RANGE), "bytes */700000");
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn answers_conditions() {
    let sample = Sample::of(1000);
    let first = sample.ask(&[]).await;
    let etag = first.header(header::ETAG).to_owned();
    let modified = first.header(header::LAST_MODIFIED).to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag} is not strong");

    let listed = format!("\"other\", W/{etag}");
    let old = "Thu, 01 Jan 1970 00:00:00 GMT";
    let unmodified: [&[(HeaderName, &str)]; 4] = [
        &[(header::IF_NONE_MATCH, &etag)],
        &[(header::IF_NONE_MATCH, &listed)],
        &[(header::IF_MODIFIED_SINCE, &modified)],
        &[(header::IF_NONE_MATCH, &etag), (header::IF_MODIFIED_SINCE, old)],
    ];
    for headers in unmodified {
        let answer = sample.ask(headers).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{headers:?}");
        assert_eq!(answer.header(header::ETAG), etag);
        assert!(!answer.headers.contains_key(header::CONTENT_TYPE));
    }
    let modified_since: [&[(HeaderName, &str)]; 2] = [
        &[(header::IF_NONE_MATCH, "\"other\""), (header::IF_MODIFIED_SINCE, &modified)],
        &[(header::IF_MODIFIED_SINCE, old)],
    ];
    for headers in modified_since {
        assert_eq!(sample.ask(headers).await.status, 200, "{headers:?}");
    }
}

#[tokio::test]
async fn resumes_only_the_same_file() {
    let sample = Sample::of(1000);
    let first = sample.ask(&[]).await;
    let etag = first.header(header::ETAG).to_owned();
    let modified = first.header(header::LAST_MODIFIED).to_owned();
    for (validator, status) in [(etag.as_str(), 206), (&modified, 206), ("\"other\"", 200)] {
        let headers = [(header::RANGE, "bytes=5-9"), (header::IF_RANGE, validator)];
        assert_eq!(sample.ask(&headers).await.status, status, "{validator}");
    }
}

#[tokio::test]
async fn a_changed_file_has_another_tag() {
    let sample = Sample::of(1000);
    let before = sample.ask(&[]).await.header(header::ETAG).to_owned();
    fs::write(sample.folder.path().join("file.jpg"), b"shorter").expect("a file");
    let answer = sample.ask(&[(header::IF_NONE_MATCH, &before)]).await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"shorter".as_slice()));
}

#[tokio::test]
async fn cache_policies_differ() {
    let sample = Sample::of(10);
    let with = |cache| FileOptions::new("image/jpeg", cache);
    let answer = sample.ask_for(&[], with(CachePolicy::PrivateWithoutCache)).await;
    assert_eq!(answer.header(header::CACHE_CONTROL), PRIVATE_WITHOUT_CACHE);
    let answer = sample.ask_for(&[], with(CachePolicy::Unsaid)).await;
    assert!(!answer.headers.contains_key(header::CACHE_CONTROL));
    assert!(!answer.headers.contains_key(header::CONTENT_DISPOSITION));
}

#[tokio::test]
async fn what_is_no_file_is_not_found() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().join("none"), folder.path().to_owned()] {
        let options = FileOptions::new("image/jpeg", CachePolicy::Unsaid);
        let error = serve_file(&path, &HeaderMap::new(), options).await.expect_err("no file");
        assert_eq!(error.status(), 404);
    }
}
