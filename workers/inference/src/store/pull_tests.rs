//! Against a hub of our own.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::get,
};
use parking_lot::Mutex;
use serde_json::json;

use super::*;

const MODEL: &[u8] = b"the graph";

/// A path, and the range that was wanted of it.
type Asked = (String, Option<String>);

/// A hub with one model of three files; what it was asked for it remembers.
#[derive(Clone, Default)]
struct Hub {
    asked: Arc<Mutex<Vec<Asked>>>,
    /// The digest that it claims for its graphs.
    claims: Arc<Mutex<String>>,
}

struct Silent;

impl Progress for Silent {
    fn at(&self, _: &Path, _: u64, _: Option<u64>) {}
}

async fn list(State(hub): State<Hub>, UrlPath(name): UrlPath<String>) -> impl IntoResponse {
    if name != "m" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let digest = hub.claims.lock().clone();
    let large = |path: &str| json!({"type": "file", "path": path, "size": MODEL.len(), "lfs": {"oid": digest}});
    let small = json!({"type": "file", "path": "textual/tokenizer.json", "size": MODEL.len()});
    axum::Json(json!([large("visual/model.onnx"), small, large("textual/model.onnx")])).into_response()
}

async fn file(State(hub): State<Hub>, UrlPath(path): UrlPath<String>, headers: HeaderMap) -> impl IntoResponse {
    let range = headers.get("range").and_then(|range| range.to_str().ok()).map(str::to_owned);
    hub.asked.lock().push((path, range.clone()));
    match range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok()) {
        Some(from) => (StatusCode::PARTIAL_CONTENT, MODEL[from..].to_vec()).into_response(),
        None => MODEL.to_vec().into_response(),
    }
}

async fn start(digest: &str) -> (Hub, tempfile::TempDir, Puller) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let hub = Hub::default();
    *hub.claims.lock() = digest.to_owned();
    let routes = Router::new()
        .route("/api/models/immich-app/{name}/tree/main", get(list))
        .route("/immich-app/m/resolve/main/{*path}", get(file))
        .with_state(hub.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let folder = tempfile::tempdir().expect("a folder");
    let hubs = Hubs { models: url.clone(), ocr: url };
    let puller = Puller::new(Store::new(folder.path().to_owned()), hubs, false).expect("a client");
    (hub, folder, puller)
}

fn model(name: &str) -> ModelId {
    ModelId::of(ModelTask::Clip, name).expect("a name")
}

fn digest() -> String {
    Sha256::digest(MODEL).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_model_comes_whole_and_only_once() {
    let (hub, folder, puller) = start(&digest()).await;
    puller.pull(&model("m"), &Silent).await.expect("it comes");
    for file in ["visual/model.onnx", "textual/tokenizer.json", "textual/model.onnx"] {
        assert_eq!(std::fs::read(folder.path().join("clip/m").join(file)).expect("a file"), MODEL);
    }
    assert!(!folder.path().join("clip/.m.partial").exists());
    puller.pull(&model("m"), &Silent).await.expect("it is there");
    assert_eq!(hub.asked.lock().len(), 3);
}

#[tokio::test]
async fn what_was_begun_is_gone_on_with() {
    let (hub, folder, puller) = start(&digest()).await;
    let staging = folder.path().join("clip/.m.partial/m/visual");
    std::fs::create_dir_all(&staging).expect("a folder");
    std::fs::write(staging.join("model.onnx.part"), &MODEL[..4]).expect("it is written");
    puller.pull(&model("m"), &Silent).await.expect("it comes");
    assert_eq!(std::fs::read(folder.path().join("clip/m/visual/model.onnx")).expect("a file"), MODEL);
    assert!(hub.asked.lock().contains(&("visual/model.onnx".to_owned(), Some("bytes=4-".to_owned()))));
}

#[tokio::test]
async fn what_has_another_digest_is_not_taken() {
    let (_, folder, puller) = start(&"0".repeat(64)).await;
    let refused = puller.pull(&model("m"), &Silent).await;
    assert!(matches!(&refused, Err(PullFault::Refused(words)) if words.contains("digest")), "{refused:?}");
    assert!(!folder.path().join("clip/m").exists());
    assert!(!folder.path().join("clip/.m.partial/m/visual/model.onnx.part").exists());
}

#[tokio::test]
async fn a_model_that_no_hub_has_is_told_apart_from_no_hub() {
    let (_, folder, puller) = start(&digest()).await;
    assert!(matches!(puller.pull(&model("other"), &Silent).await, Err(PullFault::Absent(_))));
    let hubs = Hubs { models: "http://127.0.0.1:1".to_owned(), ocr: "http://127.0.0.1:1".to_owned() };
    let store = Store::new(folder.path().to_owned());
    let nowhere = Puller::new(store.clone(), hubs.clone(), false).expect("a client");
    assert!(matches!(nowhere.pull(&model("m"), &Silent).await, Err(PullFault::Network(_))));
    let offline = Puller::new(store, hubs, true).expect("a client");
    assert!(matches!(offline.pull(&model("m"), &Silent).await, Err(PullFault::Offline)));
}
