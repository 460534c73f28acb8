//! The client against a small service that says what a test wants.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use albumen_projections::system::Configuration;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{PredictFailure, Predictor, ReadText, local::LocalService};

/// What the service answers to a request, whose line and body it is given.
type Answers = fn(&str, &str) -> (u16, Vec<(&'static str, &'static str)>, Value);

/// A service that is there until it is dropped.
struct FakeService {
    url: String,
    predictions: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FakeService {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeService {
    async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let predictions = Arc::new(AtomicUsize::new(0));
        let counted = predictions.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers, counted.clone()));
            }
        });
        Self { url, predictions, task }
    }

    fn predictions(&self) -> usize {
        self.predictions.load(Ordering::SeqCst)
    }
}

/// One request on a connection.
async fn serve(mut stream: TcpStream, answers: Answers, predictions: Arc<AtomicUsize>) {
    let mut received = Vec::new();
    let (head, mut body) = loop {
        let mut chunk = [0; 4_096];
        let length = stream.read(&mut chunk).await.unwrap_or_default();
        if length == 0 {
            return;
        }
        received.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            break (head.to_owned(), body.to_owned());
        }
    };
    let expected = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    while body.len() < expected.unwrap_or(0) {
        let mut chunk = [0; 4_096];
        let length = stream.read(&mut chunk).await.unwrap_or_default();
        body.push_str(&String::from_utf8_lossy(&chunk[..length]));
    }
    let line = head.lines().next().unwrap_or_default();
    if line.starts_with("POST /predict") {
        predictions.fetch_add(1, Ordering::SeqCst);
    }
    let (status, headers, answer) = answers(line, &body);
    let (answer, mut extra) = (answer.to_string(), String::new());
    for (name, value) in headers {
        extra.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = answer.len();
    let response =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{extra}content-length: {length}\r\n\r\n{answer}");
    let _ = stream.write_all(response.as_bytes()).await;
}

fn configured(urls: &[&str]) -> Arc<Configuration> {
    let config = json!({"machineLearning": {"urls": urls, "availabilityChecks": {"interval": 1_000, "timeout": 500}}});
    Configuration::of_file(config.as_object().expect("an object")).expect("has the shape")
}

fn predictor(urls: &[&str]) -> Predictor {
    let local = LocalService::elsewhere("http://127.0.0.1:9").state();
    Predictor::new(configured(urls), local).expect("a client")
}

fn picture() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), b"\xff\xd8picture").expect("writes");
    file
}

fn good(line: &str, body: &str) -> (u16, Vec<(&'static str, &'static str)>, Value) {
    if line.starts_with("GET") {
        return (200, Vec::new(), json!("pong"));
    }
    let answer = if body.contains("\"textual\"") && body.contains("name=\"text\"") {
        json!({"clip": "[0.5,-1.5]"})
    } else if body.contains("\"visual\"") && body.contains("filename=\"blob\"") && body.contains("picture") {
        json!({"clip": "[1.0, 2.0, 3.0]", "imageWidth": 3, "imageHeight": 2})
    } else if body.contains("\"facial-recognition\"") && body.contains("\"minScore\":0.7}") {
        let area = json!({"x1": -1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0});
        let face = json!({"boundingBox": area, "embedding": "[0.25]", "score": 0.75});
        let nothing_inside = json!({"x1": 3.0, "y1": 2.0, "x2": 3.0, "y2": 40.0});
        let no_face = json!({"boundingBox": nothing_inside, "embedding": "[0.25]", "score": 0.5});
        json!({"facial-recognition": [face, no_face], "imageWidth": 300, "imageHeight": 200})
    } else if body.contains("\"ocr\"") && body.contains("\"maxResolution\":736") && body.contains("\"minScore\":0.8}") {
        let corners = [0.0, 0.0, 1.0, 0.0, 1.0, 0.5, 0.0, 0.5];
        json!({"ocr": {"text": ["EXIT"], "box": corners, "boxScore": [0.5], "textScore": [1.0]}})
    } else {
        json!({"detail": "not understood"})
    };
    (200, Vec::new(), answer)
}

#[tokio::test]
async fn what_services_answer_is_understood() {
    let service = FakeService::start(good).await;
    let (predictor, file) = (predictor(&[&service.url]), picture());
    assert_eq!(predictor.embed_image(file.path(), "m").await, Ok(vec![1.0, 2.0, 3.0]));
    assert_eq!(predictor.embed_text("a dog", "m", Some("de")).await, Ok(vec![0.5, -1.5]));
    // Scores are sent as they were configured: 0.7 and 0.8 are no halves of halves.
    let found = predictor.find_faces(file.path(), "m", 0.7).await.expect("finds faces");
    assert_eq!((found.image_width, found.image_height, found.faces.len()), (300, 200, 1));
    assert_eq!((found.faces[0].left, found.faces[0].bottom, found.faces[0].score), (-1.0, 40.0, 0.75));
    let options = ReadText { max_resolution: 736, min_detection_score: 0.5, min_recognition_score: 0.8 };
    let read = predictor.read_text(file.path(), "m", options).await.expect("reads");
    assert_eq!((read.lines[0].text.as_str(), read.lines[0].corners[4]), ("EXIT", 1.0));
}

#[tokio::test]
async fn one_after_the_other_is_asked_and_those_first_that_were_well() {
    let broken = FakeService::start(|line, _| match line.starts_with("GET") {
        true => (200, Vec::new(), json!("pong")),
        false => (500, Vec::new(), json!({"detail": "Failed to load model 'm'"})),
    })
    .await;
    let service = FakeService::start(good).await;
    let predictor = predictor(&["http://127.0.0.1:9", &broken.url, &service.url]);
    for words in ["a dog", "a cat", "a cow", "a dog"] {
        assert_eq!(predictor.embed_text(words, "m", None).await, Ok(vec![0.5, -1.5]));
    }
    assert!(broken.predictions() <= 2, "it is asked last once it has failed, but for a look that found it well");
    assert_eq!(service.predictions(), 3, "the same words are asked once");
}

#[tokio::test]
async fn what_one_service_does_not_take_another_may() {
    let refusing = FakeService::start(|line, _| match line.starts_with("GET") {
        true => (200, Vec::new(), json!("pong")),
        false => (422, Vec::new(), json!({"detail": "Invalid request format."})),
    })
    .await;
    let service = FakeService::start(good).await;
    let both = predictor(&[&refusing.url, &service.url]);
    assert_eq!(both.embed_text("a dog", "m", None).await, Ok(vec![0.5, -1.5]));
    let failure = predictor(&[&refusing.url, "http://127.0.0.1:9"]).embed_text("a dog", "m", None).await;
    let failure = failure.expect_err("nobody else is there");
    assert!(failure.is_permanent() && failure.to_string().contains("Invalid request format."), "{failure}");
}

#[tokio::test]
async fn without_looks_the_order_is_that_of_the_configuration() {
    let failing = FakeService::start(|_, _| (500, Vec::new(), json!({"detail": "out of memory"}))).await;
    let service = FakeService::start(good).await;
    let config = json!({"machineLearning": {
        "urls": [&failing.url, &service.url], "availabilityChecks": {"enabled": false}}});
    let configuration = Configuration::of_file(config.as_object().expect("an object")).expect("has the shape");
    let local = LocalService::elsewhere("http://127.0.0.1:9").state();
    let predictor = Predictor::new(configuration, local).expect("a client");
    for words in ["a dog", "a cat"] {
        assert_eq!(predictor.embed_text(words, "m", None).await, Ok(vec![0.5, -1.5]));
    }
    assert_eq!((failing.predictions(), service.predictions()), (2, 2));
}

#[tokio::test]
async fn failures_say_what_can_help() {
    let nobody = predictor(&["http://127.0.0.1:9"]);
    let failure = nobody.embed_text("a", "m", None).await.expect_err("nobody is there");
    assert!(failure.is_unavailable() && !failure.is_permanent(), "{failure}");
    assert!(!nobody.is_available());

    let answering = |answers: Answers| async move {
        let service = FakeService::start(answers).await;
        predictor(&[&service.url]).embed_text("a", "m", None).await.expect_err("it fails")
    };
    let refused = answering(|_, _| (400, Vec::new(), json!({"detail": "Image has zero width or height"}))).await;
    assert!(refused.is_permanent() && refused.to_string().contains("zero width"), "{refused}");
    let failed = answering(|_, _| (500, Vec::new(), json!({"detail": "out of memory"}))).await;
    assert!(matches!(&failed, PredictFailure::Failed(reason) if reason.contains("out of memory")), "{failed}");
    let broken = answering(|_, _| (500, vec![("x-albumen-fault", "image")], json!({"detail": "no JPEG"}))).await;
    assert!(broken.is_permanent() && broken.to_string().contains("no JPEG"), "{broken}");
    assert!(answering(|_, _| (503, Vec::new(), json!({"detail": "no such model"}))).await.is_unavailable());
    let lacking = answering(|_, _| (500, vec![("x-albumen-fault", "model")], json!({"detail": "no such model"}))).await;
    assert!(lacking.is_unavailable(), "{lacking}");
    for strange in [json!({}), json!({"clip": "[]"}), json!({"clip": "[1e999]"}), json!({"clip": {"a": 1}})] {
        let failure = super::answers::vector(&strange["clip"]).expect_err("is no vector");
        assert!(matches!(failure, PredictFailure::Failed(_)));
    }
    let other = answering(|_, _| (200, vec![("x-albumen-model", "small")], json!({"clip": "[1.0]"}))).await;
    assert!(other.is_unavailable() && other.to_string().contains("small"), "{other}");
}

#[tokio::test]
async fn what_is_served_is_told_by_the_service_or_taken_as_configured() {
    let telling = FakeService::start(|line, _| match line.starts_with("GET /models") {
        true => (200, Vec::new(), json!({"clip": "small", "ocr": null})),
        false => (200, Vec::new(), json!("pong")),
    })
    .await;
    let served = predictor(&[&telling.url]).served().await.expect("is there");
    assert_eq!(
        (served.embedding.as_deref(), served.faces.as_deref(), served.text),
        (Some("small"), Some("buffalo_l"), None)
    );
    let silent = FakeService::start(|line, _| match line.starts_with("GET /models") {
        true => (404, Vec::new(), json!({})),
        false => (200, Vec::new(), json!("pong")),
    })
    .await;
    let served = predictor(&[&silent.url]).served().await.expect("is there");
    assert_eq!(served.embedding.as_deref(), Some("ViT-B-32__openai"));
    assert_eq!(predictor(&["http://127.0.0.1:9"]).served().await, None);
}

#[tokio::test]
async fn who_comes_back_is_noticed() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = nobody.local_addr().expect("an address");
    drop(nobody);
    let predictor = predictor(&[&format!("http://{address}")]);
    let mut changes = predictor.changes();
    tokio::time::timeout(Duration::from_secs(5), changes.wait_for(|_| !predictor.is_available()))
        .await
        .expect("its absence is noticed")
        .expect("somebody looks");
    let listener = TcpListener::bind(address).await.expect("the port is free still");
    let _serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, good, Arc::default()).await;
        }
    });
    tokio::time::timeout(Duration::from_secs(5), changes.wait_for(|_| predictor.is_available()))
        .await
        .expect("its return is noticed")
        .expect("somebody looks");
}

#[tokio::test]
async fn who_asks_in_vain_for_a_model_is_heard() {
    let lacking = |answers: Answers| async move {
        let service = FakeService::start(answers).await;
        let predictor = predictor(&[&service.url]);
        let lacks = predictor.lacks();
        let _ = predictor.embed_text("a", "m", None).await;
        lacks.has_changed().expect("the predictor is there")
    };
    assert!(lacking(|_, _| (503, Vec::new(), json!({"detail": "no such model"}))).await);
    assert!(lacking(|_, _| (500, vec![("x-albumen-fault", "model")], json!({"detail": "no such model"}))).await);
    assert!(lacking(|_, _| (200, vec![("x-albumen-model", "small")], json!({"clip": "[1.0]"}))).await);
    assert!(!lacking(|_, _| (500, Vec::new(), json!({"detail": "out of memory"}))).await, "it is there, and fails");
    assert!(!lacking(good).await);
}
