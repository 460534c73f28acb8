//! The contract, with models of our own making.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use albumen_domain::models::{ModelPart, ModelTask};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use parking_lot::Mutex;
use serde_json::Value as Json;
use tower::ServiceExt;

use super::*;
use crate::{
    session::{
        Fault, Kind, OpenFault, Port, Session, Value,
        fake::{FakeSession, port},
    },
    store::{Hubs, ModelId},
};

const BOUNDARY: &str = "boundary";
/// Also the header of a recogniser is read, so it has to be a file of the format: one with a field of four bytes.
const FACE: &str = "\u{12}\u{4}face";

/// Makes a graph up from what stands in its file.
#[derive(Default)]
struct FakeOpener {
    opened: AtomicUsize,
    reopened: AtomicUsize,
    gpu: Arc<FakeGpu>,
}

/// A device that a test loses.
#[derive(Default)]
struct FakeGpu {
    is_lost: AtomicBool,
    /// How many pictures were shown to it, each time.
    batches: Mutex<Vec<usize>>,
}

/// A visual tower on it, whose answer tells the pictures apart.
struct OnGpu {
    ports: [Port; 1],
    gpu: Arc<FakeGpu>,
}

impl Session for OnGpu {
    fn inputs(&self) -> &[Port] {
        &self.ports
    }

    fn outputs(&self) -> &[Port] {
        &self.ports
    }

    fn run(&self, inputs: Vec<(&str, Value)>) -> Result<Vec<(String, Value)>, Fault> {
        if self.gpu.is_lost.load(Ordering::Relaxed) {
            return Err(Fault::Device("it fell off the bus".to_owned()));
        }
        let Value::U8 { dims, data } = &inputs[0].1 else { panic!("bytes are fed") };
        self.gpu.batches.lock().push(dims[0]);
        let rows = data.chunks(data.len() / dims[0]).flat_map(|picture| [f32::from(picture[0]), 0.5]).collect();
        Ok(vec![("embedding".to_owned(), Value::F32 { dims: vec![dims[0], 2], data: rows })])
    }

    fn gathers(&self) -> bool {
        true
    }
}

impl Opener for FakeOpener {
    fn open(&self, file: &Path, _may_be_halved: bool) -> Result<Arc<dyn Session>, OpenFault> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let text = fs::read_to_string(file).map_err(|error| OpenFault::Damaged(error.to_string()))?;
        let session = match text.as_str() {
            "visual" => FakeSession::new(vec![port("image", Kind::F32, &[1, 3, 4, 4])], 1, |_| {
                vec![Value::F32 { dims: vec![1, 2], data: vec![0.6, -0.8] }]
            }),
            "panic" => {
                FakeSession::new(vec![port("image", Kind::F32, &[1, 3, 4, 4])], 1, |_| panic!("the graph breaks"))
            }
            "gpu, and while it is loaded" if self.gpu.is_lost.load(Ordering::Relaxed) => {
                return Err(OpenFault::Device("it fell off the bus".to_owned()));
            }
            "gpu" | "gpu, and while it is loaded" => {
                let ports = [port("image", Kind::U8, &[0, 4, 4, 3])];
                return Ok(Arc::new(OnGpu { ports, gpu: self.gpu.clone() }));
            }
            "faces" => FakeSession::new(vec![port("image", Kind::F32, &[1, 3, 640, 640])], 9, |_| one_face()),
            FACE => FakeSession::new(vec![port("data", Kind::F32, &[0, 3, 112, 112])], 1, |_| {
                vec![Value::F32 { dims: vec![1, 2], data: vec![3.0, 0.1] }]
            }),
            "new operator" => return Err(OpenFault::Unsupported("no operator NonZero".to_owned())),
            _ => return Err(OpenFault::Damaged("it is no graph".to_owned())),
        };
        Ok(Arc::new(session))
    }

    fn device(&self) -> String {
        "nothing".to_owned()
    }

    fn reopen(&self) {
        self.reopened.fetch_add(1, Ordering::Relaxed);
        self.gpu.is_lost.store(false, Ordering::Relaxed);
    }
}

/// SCRFD's results with one face: at stride 32, row 1, column 1.
fn one_face() -> Vec<Value> {
    let rows = [12_800, 3_200, 800];
    let widths = [1, 1, 1, 4, 4, 4, 10, 10, 10];
    let value = |index: usize| {
        let mut data = vec![0.0; rows[index % 3] * widths[index]];
        match index {
            2 => data[42] = 0.75,
            5 => data[168..172].copy_from_slice(&[0.5, 1.0, 0.5, 1.0]),
            8 => (0..10).for_each(|place| data[420 + place] = place as f32 / 10.0),
            _ => {}
        }
        Value::F32 { dims: vec![rows[index % 3], widths[index]], data }
    };
    (0..9).map(value).collect()
}

struct World {
    router: Router,
    opener: Arc<FakeOpener>,
    folder: tempfile::TempDir,
}

impl World {
    fn new(memory_bytes: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path().to_owned());
        let nowhere = Hubs { models: String::new(), ocr: String::new() };
        let puller = Puller::new(store.clone(), nowhere, true).expect("a client");
        let opener = Arc::new(FakeOpener::default());
        let options = Options { cpus: 1, memory_bytes, idle: Duration::ZERO };
        let router = router(store, opener.clone(), puller, options);
        Self { router, opener, folder }
    }

    fn clip(self, name: &str, visual: &str) -> Self {
        self.file(&format!("clip/{name}/visual/model.onnx"), visual)
            .file(&format!("clip/{name}/textual/model.onnx"), "")
            .file(&format!("clip/{name}/textual/tokenizer.json"), "")
    }

    fn file(self, place: &str, content: &str) -> Self {
        let file = self.folder.path().join(place);
        fs::create_dir_all(file.parent().expect("a folder")).expect("it is made");
        fs::write(file, content).expect("it is written");
        self
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Option<String>, Json) {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let model = response.headers().get("x-albumen-model").and_then(|name| name.to_str().ok()).map(str::to_owned);
        let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        (status, model, serde_json::from_slice(&body).unwrap_or(Json::Null))
    }

    async fn predict(&self, entries: &Json, input: Option<(&str, &[u8])>) -> (StatusCode, Option<String>, Json) {
        let entries = entries.to_string();
        let mut parts = vec![("entries", entries.as_bytes())];
        parts.extend(input);
        self.send(form(&parts)).await
    }

    async fn models(&self, query: &str) -> Json {
        let request = Request::get(format!("/models?{query}")).body(Body::empty()).expect("a request");
        self.send(request).await.2
    }
}

fn form(parts: &[(&str, &[u8])]) -> Request<Body> {
    let mut body = Vec::new();
    for (name, content) in parts {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::post("/predict").header("content-type", kind).body(Body::from(body)).expect("a request")
}

fn png(width: u32, height: u32) -> Vec<u8> {
    shaded(width, height, 9)
}

fn shaded(width: u32, height: u32, shade: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let image = image::RgbImage::from_pixel(width, height, image::Rgb([shade; 3]));
    image.write_to(&mut std::io::Cursor::new(&mut file), image::ImageFormat::Png).expect("it is written");
    file
}

fn visual(name: &str) -> Json {
    json!({"clip": {"visual": {"modelName": name}}})
}

#[tokio::test]
async fn a_picture_becomes_numbers_in_a_text() {
    let world = World::new(u64::MAX).clip("ViT-B-32__openai", "visual");
    let (status, model, answer) = world.predict(&visual("ViT-B-32::openai"), Some(("image", &png(5, 3)))).await;
    assert_eq!((status, model.as_deref()), (StatusCode::OK, Some("ViT-B-32::openai")));
    assert_eq!(answer, json!({"clip": "[0.6,-0.8]", "imageHeight": 3, "imageWidth": 5}));
}

#[tokio::test]
async fn faces_carry_what_the_recogniser_says() {
    let world = World::new(u64::MAX)
        .file("facial-recognition/buffalo_l/detection/model.onnx", "faces")
        .file("facial-recognition/buffalo_l/recognition/model.onnx", FACE);
    let ask = |score: f64| {
        json!({"facial-recognition": {
            "recognition": {"modelName": "buffalo_l"},
            "detection": {"modelName": "buffalo_l", "options": {"minScore": score}}}})
    };
    let (status, model, answer) = world.predict(&ask(0.5), Some(("image", &png(640, 320)))).await;
    assert_eq!((status, model.as_deref()), (StatusCode::OK, Some("buffalo_l")), "{answer}");
    let face = json!({
        "boundingBox": {"x1": 16.0, "y1": 0.0, "x2": 48.0, "y2": 64.0}, "embedding": "[3.0,0.1]", "score": 0.75
    });
    assert_eq!(answer, json!({"facial-recognition": [face], "imageHeight": 320, "imageWidth": 640}));
    let (_, _, answer) = world.predict(&ask(0.8), Some(("image", &png(640, 320)))).await;
    assert_eq!(answer["facial-recognition"], json!([]));
}

#[tokio::test]
async fn errors_are_those_of_the_contract() {
    let world = World::new(u64::MAX).clip("m", "visual");
    let image = png(2, 2);
    let input: Option<(&str, &[u8])> = Some(("image", &image));
    for (entries, input, status, detail) in [
        (json!("x"), input, 422, json!("Invalid request format.")),
        (json!({"clip": {"visual": {}}}), input, 422, json!("Invalid request format.")),
        (visual("m"), None, 400, json!("Either image or text must be provided")),
        (
            json!({"ocr": {"recognition": {"modelName": "m"}}}),
            input,
            400,
            json!("Task ocr of type recognition depends on output of detection"),
        ),
    ] {
        let (found, _, answer) = world.predict(&entries, input).await;
        assert_eq!((found.as_u16(), &answer["detail"]), (status, &detail), "{entries}");
    }
    for request in [form(&[("image", &image)]), form(&[("entries", b""), ("image", &image)])] {
        let (status, _, answer) = world.send(request).await;
        assert_eq!((status.as_u16(), &answer["detail"][0]["loc"][1]), (422, &json!("entries")));
    }
    let (nothing, mut without_extent): (&[u8], _) = (b"", image.clone());
    without_extent[16..20].fill(0);
    for (name, content, detail) in [
        ("text", nothing, "Either image or text must be provided"),
        ("image", nothing, "Either image or text must be provided"),
        ("image", without_extent.as_slice(), "Image has zero width or height"),
    ] {
        let (status, _, answer) = world.predict(&visual("m"), Some((name, content))).await;
        assert_eq!((status.as_u16(), &answer["detail"]), (400, &json!(detail)), "{name}");
    }
    let broken: Option<(&str, &[u8])> = Some(("image", b"<html>"));
    assert_eq!(world.predict(&visual("m"), broken).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    let text: Option<(&str, &[u8])> = Some(("text", b"a dog"));
    assert_eq!(world.predict(&visual("m"), text).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_picture_at_fault_is_told_from_a_service_at_fault() {
    let world = World::new(u64::MAX).clip("m", "panic");
    let good = png(4, 4);
    for (model, image, fault) in
        [("m", b"<html>".as_slice(), Some("image")), ("m", &good, None), ("nowhere", &good, Some("model"))]
    {
        let entries = visual(model).to_string();
        let request = form(&[("entries", entries.as_bytes()), ("image", image)]);
        let response = world.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers().get("x-albumen-fault").and_then(|name| name.to_str().ok()), fault);
    }
}

#[tokio::test]
async fn a_model_that_is_nowhere_is_named_with_its_files() {
    let world = World::new(u64::MAX);
    let (status, _, answer) = world.predict(&visual("m"), Some(("image", &png(2, 2)))).await;
    let detail = answer["detail"].as_str().expect("a reason");
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(detail.starts_with("Failed to load model 'm': missing in "), "{detail}");
    assert!(detail.contains("m/visual/model.onnx") && detail.contains("switched off"), "{detail}");
}

#[tokio::test]
async fn a_damaged_model_is_set_aside_and_not_lost() {
    let world = World::new(u64::MAX).clip("m", "<html>");
    let (status, _, answer) = world.predict(&visual("m"), Some(("image", &png(2, 2)))).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{answer}");
    let names: Vec<String> = fs::read_dir(world.folder.path().join("clip"))
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.len() == 1 && names[0].starts_with("m.damaged-"), "{names:?}");
}

#[tokio::test]
async fn a_model_that_is_not_for_us_stays_and_is_not_tried_each_time() {
    let world = World::new(u64::MAX).clip("m", "new operator");
    for _ in 0..2 {
        let (status, _, answer) = world.predict(&visual("m"), Some(("image", &png(2, 2)))).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer["detail"], "Failed to load model 'm': no operator NonZero");
    }
    assert_eq!(world.opener.opened.load(Ordering::Relaxed), 1);
    assert!(world.folder.path().join("clip/m/visual/model.onnx").is_file());
}

#[tokio::test]
async fn models_make_room_for_each_other() {
    // Six bytes each.
    let world = World::new(12).clip("a", "visual").clip("b", "visual").clip("c", "visual");
    for name in ["a", "b", "a", "c", "a"] {
        assert_eq!(world.predict(&visual(name), Some(("image", &png(2, 2)))).await.0, StatusCode::OK);
    }
    assert_eq!(world.opener.opened.load(Ordering::Relaxed), 3, "a was used later than b, so b went");
    assert_eq!(world.models("").await["loaded"], json!(["clip/a/visual", "clip/c/visual"]));
}

#[tokio::test]
async fn a_graph_that_breaks_off_costs_its_request() {
    let world = World::new(u64::MAX).clip("bad", "panic").clip("good", "visual");
    assert_eq!(world.predict(&visual("bad"), Some(("image", &png(2, 2)))).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(world.predict(&visual("good"), Some(("image", &png(2, 2)))).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_model_whose_files_are_replaced_is_loaded_anew() {
    let world = World::new(u64::MAX).clip("m", "visual");
    let image = png(4, 4);
    let input: Option<(&str, &[u8])> = Some(("image", &image));
    for _ in 0..2 {
        assert_eq!(world.predict(&visual("m"), input).await.2["clip"], "[0.6,-0.8]");
    }
    assert_eq!(world.opener.opened.load(Ordering::Relaxed), 1);
    let world = world.file("clip/m/visual/model.onnx", "gpu");
    for _ in 0..2 {
        assert_eq!(world.predict(&visual("m"), input).await.2["clip"], "[9.0,0.5]");
    }
    // What is gone from the folder serves on.
    fs::remove_dir_all(world.folder.path().join("clip")).expect("it is deleted");
    assert_eq!(world.predict(&visual("m"), input).await.2["clip"], "[9.0,0.5]");
    assert_eq!(world.opener.opened.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn who_fails_late_does_not_take_the_next_model_along() {
    let world = World::new(u64::MAX).clip("m", "visual");
    let store = Store::new(world.folder.path().to_owned());
    let nowhere = Hubs { models: String::new(), ocr: String::new() };
    let puller = Puller::new(store.clone(), nowhere, true).expect("a client");
    let cache = Cache::new(store, world.opener.clone(), Arc::new(Fetcher::new(puller)), u64::MAX);
    let id = ModelId::of(ModelTask::Clip, "m").expect("a name");
    let first = cache.get(&id, ModelPart::Visual).await.expect("a model");
    cache.drop_part(&first);
    assert!(cache.held().is_empty());
    let next = cache.get(&id, ModelPart::Visual).await.expect("a model");
    cache.drop_part(&first);
    assert_eq!(cache.held().len(), 1);
    cache.drop_part(&next);
    assert!(cache.held().is_empty());
}

#[tokio::test]
async fn pictures_that_come_together_are_seen_together_on_a_gpu() {
    const PICTURES: u8 = 20;
    const MOST_AT_ONCE: usize = 16;
    let world = World::new(u64::MAX).clip("m", "gpu");
    let entries = visual("m");
    let files: Vec<Vec<u8>> = (0..PICTURES).map(|shade| shaded(4, 4, shade)).collect();
    let asked = files.iter().map(|file| world.predict(&entries, Some(("image", file))));
    let answers = futures::future::join_all(asked).await;
    for (shade, (status, _, answer)) in answers.into_iter().enumerate() {
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["clip"], format!("[{shade}.0,0.5]"), "each has the answer to its own picture");
    }
    let batches = world.opener.gpu.batches.lock().clone();
    assert_eq!(batches.iter().sum::<usize>(), usize::from(PICTURES));
    assert!(batches.len() < usize::from(PICTURES) / 2, "{batches:?}");
    assert!(batches.iter().all(|pictures| *pictures <= MOST_AT_ONCE), "{batches:?}");
    // Alone it is seen at once.
    assert_eq!(world.predict(&entries, Some(("image", &files[3]))).await.2["clip"], "[3.0,0.5]");
}

#[tokio::test]
async fn a_lost_device_costs_the_requests_under_way_and_no_more() {
    let world = World::new(u64::MAX).clip("m", "gpu").clip("n", "gpu").clip("other", "visual");
    let image = png(4, 4);
    let input: Option<(&str, &[u8])> = Some(("image", &image));
    for name in ["m", "n", "other"] {
        assert_eq!(world.predict(&visual(name), input).await.0, StatusCode::OK);
    }
    world.opener.gpu.is_lost.store(true, Ordering::Relaxed);
    let entries = visual("m");
    let (left, right) = tokio::join!(world.predict(&entries, input), world.predict(&entries, input));
    for (status, _, answer) in [left, right] {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "for now, and not the picture's fault: {answer}");
        assert!(answer["detail"].as_str().is_some_and(|words| words.contains("it fell off the bus")), "{answer}");
    }
    assert_eq!(world.opener.reopened.load(Ordering::Relaxed), 1, "one loss, however many it cost");
    assert_eq!(world.models("").await["loaded"], json!([]), "all that was on it is let go");
    for name in ["m", "n", "other"] {
        assert_eq!(world.predict(&visual(name), input).await.0, StatusCode::OK);
    }
    assert_eq!(world.opener.opened.load(Ordering::Relaxed), 6);
}

#[tokio::test]
async fn a_device_that_is_lost_while_a_model_is_loaded_does_not_condemn_the_model() {
    let world = World::new(u64::MAX).clip("m", "gpu, and while it is loaded");
    let image = png(4, 4);
    world.opener.gpu.is_lost.store(true, Ordering::Relaxed);
    assert_eq!(world.predict(&visual("m"), Some(("image", &image))).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.predict(&visual("m"), Some(("image", &image))).await.0, StatusCode::OK);
    assert_eq!(world.opener.reopened.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn small_models_are_offered_while_others_are_not_here() {
    let world = World::new(u64::MAX).clip("albumen-small__conse", "visual");
    let told = world.models("clip=ViT-B-32::openai&facial-recognition=buffalo_l").await;
    assert_eq!(told["clip"], "albumen-small__conse");
    assert_eq!(told["facial-recognition"], Json::Null);
    let world = world.clip("ViT-B-32__openai", "visual");
    let told = world.models("clip=ViT-B-32::openai").await;
    assert_eq!(told["clip"], "ViT-B-32::openai");
    assert_eq!(told["here"]["clip"], json!(["ViT-B-32__openai", "albumen-small__conse"]));
}

#[tokio::test]
async fn it_says_that_it_is_there() {
    let world = World::new(u64::MAX);
    let get = |path: &str| Request::get(path).body(Body::empty()).expect("a request");
    assert_eq!(world.send(get("/")).await.2, json!({"message": "Immich ML"}));
    let response = world.router.clone().oneshot(get("/ping")).await.expect("an answer");
    assert_eq!(to_bytes(response.into_body(), 100).await.expect("a body"), "pong");
}
