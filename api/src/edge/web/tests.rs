use super::*;
use axum::body::Body;
use axum::http::Request;
use std::fs;
use tower::ServiceExt;

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

fn build() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("build/_app/immutable")).expect("folders");
    for (name, text) in [
        ("secret.txt", "secret"),
        ("build/index.html", "<html>app</html>"),
        ("build/.env", "hidden"),
        ("build/manifest.json", "{}"),
        ("build/_app/immutable/a b.js", "plain"),
        ("build/_app/immutable/a b.js.br", "brotli"),
        ("build/_app/immutable/a b.js.gz", "gzip"),
    ] {
        fs::write(at(name), text).expect("a file");
    }
    folder
}

async fn ask(options: WebOptions, method: &str, uri: &str, headers: &[(&str, &str)]) -> Answered {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let app: Router = web_router(options);
    let response = app.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1_000_000).await.expect("a body");
    let body = String::from_utf8(body.to_vec()).expect("text");
    Answered { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn get_from(folder: &tempfile::TempDir, uri: &str, headers: &[(&str, &str)]) -> Answered {
    let options = WebOptions { folder: Some(folder.path().join("build")), ..WebOptions::default() };
    ask(options, "GET", uri, headers).await
}

#[tokio::test]
async fn static_files_come_as_they_are() {
    let folder = build();
    let answer = get_from(&folder, "/manifest.json", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(answer.header(header::CACHE_CONTROL), "");
    let etag = answer.header(header::ETAG).to_owned();
    let again = get_from(&folder, "/manifest.json", &[("if-none-match", &etag)]).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn compressed_siblings_are_preferred() {
    let folder = build();
    for (accepted, encoding, body) in [("gzip, br", "br", "brotli"), ("gzip", "gzip", "gzip"), ("", "", "plain")] {
        let uri = "/_app/immutable/a%20b.js";
        let answer = get_from(&folder, uri, &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
        assert_eq!(answer.header(header::CONTENT_ENCODING), encoding);
        assert_eq!(answer.header(header::CONTENT_TYPE), "text/javascript");
        assert_eq!(answer.header(header::CACHE_CONTROL), "public,max-age=31536000,immutable");
        assert_eq!(answer.header(header::VARY), "accept-encoding");
    }
}

#[tokio::test]
async fn other_paths_get_the_page() {
    let folder = build();
    for uri in ["/", "/photos", "/albums/5", "/_app/immutable/", "/manifest.json/x"] {
        let answer = get_from(&folder, uri, &[("accept", "text/html,*/*;q=0.8")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "<html>app</html>"), "{uri}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "text/html");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    }
    let answer = get_from(&folder, "/photos", &[("accept", "application/json")]).await;
    assert_eq!((answer.status, answer.body.as_str()), (406, r#"{"message":"Not Acceptable"}"#));
}

#[tokio::test]
async fn nothing_outside_the_folder_and_nothing_hidden() {
    let folder = build();
    for uri in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/_app/../../secret.txt",
        "/_app/%2e%2e/%2e%2e/secret.txt",
        "//../secret.txt",
        "/.env",
        "/%2eenv",
        "/index.html%00",
        "/%ff",
    ] {
        let answer = get_from(&folder, uri, &[]).await;
        assert_eq!(answer.body, "<html>app</html>", "{uri}");
    }
    let absolute = format!("/{}", folder.path().join("secret.txt").display());
    assert_eq!(get_from(&folder, &absolute, &[]).await.body, "<html>app</html>");
}

#[tokio::test]
async fn the_api_is_not_the_web() {
    let folder = build();
    let expected = r#"{"message":"Not Found"}"#;
    for uri in ["/api", "/api/none", "/api/assets/none"] {
        let answer = get_from(&folder, uri, &[]).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, expected), "{uri}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    }
    let answer = ask(WebOptions::default(), "POST", "/photos", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (404, expected));
}

#[tokio::test]
async fn without_a_web_app_there_is_a_page_of_our_own() {
    let answer = ask(WebOptions::default(), "GET", "/", &[]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("<h1>Albumen</h1>") && answer.body.contains(r#"href="/doc""#));
    assert_eq!(ask(WebOptions::default(), "GET", "/photos", &[]).await.status, 404);
    let json = [("accept", "application/json")];
    assert_eq!(ask(WebOptions::default(), "GET", "/", &json).await.status, 406);
}

#[tokio::test]
async fn the_style_sheet_is_asked_for_each_time() {
    let options = WebOptions { custom_css: Arc::new(|| "p{color:red}".to_owned()), ..WebOptions::default() };
    let answer = ask(options, "GET", "/custom.css", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "p{color:red}"));
    assert_eq!(answer.header(header::CONTENT_TYPE), "text/css");
    let empty = ask(WebOptions::default(), "GET", "/custom.css", &[]).await;
    assert_eq!((empty.status, empty.body.as_str()), (200, ""));
}
