//! `POST /predict`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, State, multipart::MultipartError},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use super::{
    Service,
    answer::{Answer, FoundFaces, FoundText, KnownFace, ReadText, embedding},
    entries::{self, Entry},
    error::Refusal,
    queue::Presence,
};
use crate::{
    Fault,
    faces::Face,
    images::{DecodeFault, Rgb, decode},
    models::{Loaded, Shared},
    ocr::{DetectText, Region},
};

/// Names the models that answered.
const MODEL_HEADER: HeaderName = HeaderName::from_static("x-albumen-model");
/// The longest search that anybody types, and what asks for six models.
const MAX_TEXT_BYTES: usize = 64 << 10;
/// Where a request does not say.
const MIN_FACE_SCORE: f64 = 0.7;
const MIN_TEXT_SCORE: f64 = 0.5;
const MIN_READ_SCORE: f64 = 0.9;
const MAX_TEXT_RESOLUTION_PX: f64 = 736.0;

/// What a request holds.
#[derive(Default)]
struct Form {
    entries: Option<String>,
    image: Option<Bytes>,
    text: Option<String>,
}

/// What models are shown.
#[derive(Clone)]
enum Shown {
    Image(Arc<Rgb>),
    Text(Arc<str>),
}

/// What a detector found, for the recogniser of the same request.
#[derive(Default)]
struct Found {
    faces: Vec<Face>,
    text: Vec<Region>,
}

pub(super) async fn predict(State(service): State<Service>, request: Request) -> Result<Response, Refusal> {
    let presence = service.queue.enter()?;
    let form = read_form(request).await?;
    let entries = entries::read(form.entries.as_deref().ok_or_else(|| Refusal::missing("entries"))?)?;
    let shown = show(&presence, form.image, form.text).await?;
    let mut answer = Answer::default();
    let mut found = Found::default();
    for entry in &entries {
        let model = service.cache.get(&entry.model, entry.part).await?;
        found = ask(&service, &presence, entry, model, shown.clone(), found, &mut answer).await?;
    }
    if let Shown::Image(image) = &shown {
        put(&mut answer, "imageHeight", &image.height)?;
        put(&mut answer, "imageWidth", &image.width)?;
    }
    let mut response = Json(answer).into_response();
    if let Ok(names) = HeaderValue::from_str(&names(&entries)) {
        response.headers_mut().insert(MODEL_HEADER, names);
    }
    Ok(response)
}

/// The names as they were asked for, each once.
fn names(entries: &[Entry]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for entry in entries {
        if !names.contains(&entry.name.as_str()) {
            names.push(&entry.name);
        }
    }
    names.join(", ")
}

async fn read_form(request: Request) -> Result<Form, Refusal> {
    let mut form = Form::default();
    // What is no form has no fields.
    let Ok(mut parts) = Multipart::from_request(request, &()).await else { return Ok(form) };
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let (name, is_file) = (part.name().unwrap_or_default().to_owned(), part.file_name().is_some());
        let bytes = part.bytes().await.map_err(unreadable)?;
        // A field of a form that was not filled in is none, as FastAPI has it.
        if bytes.is_empty() && !is_file {
            continue;
        }
        match name.as_str() {
            "entries" => form.entries = Some(short_text(&bytes)?),
            "text" => form.text = Some(short_text(&bytes)?),
            "image" => form.image = Some(bytes),
            _ => {}
        }
    }
    Ok(form)
}

fn unreadable(error: MultipartError) -> Refusal {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::too_large(),
        _ => Refusal::malformed(),
    }
}

fn short_text(bytes: &[u8]) -> Result<String, Refusal> {
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(Refusal::malformed());
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| Refusal::malformed())
}

/// Decodes once, however many models are to see it.
async fn show(presence: &Presence<'_>, image: Option<Bytes>, text: Option<String>) -> Result<Shown, Refusal> {
    let Some(image) = image else {
        let text = text.ok_or_else(|| Refusal::bad_request("Either image or text must be provided"))?;
        return Ok(Shown::Text(text.into()));
    };
    let decoded = presence.run(move || decode(&image)).await.map_err(|_| Refusal::failed("decoding broke off"))?;
    match decoded {
        Ok(image) => Ok(Shown::Image(Arc::new(image))),
        Err(fault @ DecodeFault::Empty) => Err(Refusal::bad_request(fault.to_string())),
        Err(fault) => Err(Refusal::undecodable(fault.to_string())),
    }
}

/// Asks one model on a thread of its own.
async fn ask(
    service: &Service,
    presence: &Presence<'_>,
    entry: &Entry,
    model: Shared,
    shown: Shown,
    mut found: Found,
    answer: &mut Answer,
) -> Result<Found, Refusal> {
    if let (Loaded::Visual(visual), Shown::Image(image)) = (&*model, &shown)
        && visual.max_batch() > 1
    {
        see_together(service, presence, entry, &model, image.clone(), answer).await?;
        return Ok(found);
    }
    let (asked, used) = (entry.clone(), model.clone());
    let ran = presence
        .run(move || {
            let mut part = Answer::default();
            run(&asked, &used, &shown, &mut found, &mut part).map(|()| (found, part))
        })
        .await;
    match ran {
        Ok(Ok((found, part))) => {
            answer.join(part);
            Ok(found)
        }
        Ok(Err(refusal)) => Err(told(service, &model, refusal).await),
        Err(error) => {
            // Whatever it left behind in the model, the next request gets a new one.
            service.cache.drop_part(&model);
            Err(Refusal::failed(format!("model '{}' broke off: {error}", entry.name)))
        }
    }
}

/// Shows a picture together with those that other requests bring at the same time.
async fn see_together(
    service: &Service,
    presence: &Presence<'_>,
    entry: &Entry,
    model: &Shared,
    image: Arc<Rgb>,
    answer: &mut Answer,
) -> Result<(), Refusal> {
    let broke_off = || Refusal::failed(format!("model '{}' broke off", entry.name));
    let used = model.clone();
    let see = move || if let Loaded::Visual(visual) = &*used { Some(visual.see(&image)) } else { None };
    let seen = presence.run(see).await.ok().flatten().ok_or_else(broke_off)?;
    match service.gatherer.embed(&service.queue, model, seen).await {
        Some(Ok(numbers)) => put(answer, entry.model.task.as_str(), &embedding(&numbers).map_err(unspeakable)?),
        Some(Err(fault)) => Err(told(service, model, failed(entry, &fault)).await),
        None => {
            service.cache.drop_part(model);
            Err(broke_off())
        }
    }
}

/// A lost device is told to whom holds the models that were on it.
async fn told(service: &Service, model: &Shared, refusal: Refusal) -> Refusal {
    if refusal.is_of_device() {
        service.cache.device_lost(model).await;
    }
    refusal
}

fn failed(entry: &Entry, fault: &Fault) -> Refusal {
    let words = format!("model '{}' failed: {fault}", entry.name);
    if let Fault::Device(_) = fault { Refusal::lost(words) } else { Refusal::failed(words) }
}

fn run(entry: &Entry, model: &Loaded, shown: &Shown, found: &mut Found, answer: &mut Answer) -> Result<(), Refusal> {
    let failed = |fault: Fault| failed(entry, &fault);
    let task = entry.model.task.as_str();
    match (model, shown) {
        (Loaded::Visual(model), Shown::Image(image)) => {
            let numbers = model.embed(image).map_err(failed)?;
            put(answer, task, &embedding(&numbers).map_err(unspeakable)?)
        }
        (Loaded::Textual(model), Shown::Text(text)) => {
            let numbers = model.embed(text, entry.text("language")).map_err(failed)?;
            put(answer, task, &embedding(&numbers).map_err(unspeakable)?)
        }
        (Loaded::Faces(model), Shown::Image(image)) => {
            let min_score = entry.number("minScore").unwrap_or(MIN_FACE_SCORE) as f32;
            found.faces = model.find(image, min_score).map_err(failed)?;
            put(answer, task, &FoundFaces::of(&found.faces))
        }
        (Loaded::FaceRecognition(model), Shown::Image(image)) => {
            let embeddings = model.embed(image, &found.faces).map_err(failed)?;
            let faces = found.faces.iter().zip(&embeddings).map(|(face, numbers)| KnownFace::of(face, numbers));
            put(answer, task, &faces.collect::<Result<Vec<_>, _>>().map_err(unspeakable)?)
        }
        (Loaded::Text(model), Shown::Image(image)) => {
            found.text = model.find(image, detect_text(entry)).map_err(failed)?;
            put(answer, task, &FoundText::of(found.text.iter(), image.width, image.height))
        }
        (Loaded::TextRecognition(model), Shown::Image(image)) => {
            let min_score = entry.number("minScore").unwrap_or(MIN_READ_SCORE) as f32;
            let lines = model.read(image, std::mem::take(&mut found.text), min_score).map_err(failed)?;
            put(answer, task, &ReadText::of(&lines, image.width, image.height))
        }
        (
            Loaded::Visual(_)
            | Loaded::Faces(_)
            | Loaded::FaceRecognition(_)
            | Loaded::Text(_)
            | Loaded::TextRecognition(_),
            _,
        ) => Err(Refusal::failed(format!("model '{}' wants an image", entry.name))),
        (Loaded::Textual(_), _) => Err(Refusal::failed(format!("model '{}' wants a text", entry.name))),
    }
}

fn detect_text(entry: &Entry) -> DetectText {
    DetectText {
        min_score: entry.number("minScore").unwrap_or(MIN_TEXT_SCORE) as f32,
        max_resolution_px: entry.number("maxResolution").unwrap_or(MAX_TEXT_RESOLUTION_PX).max(1.0) as u32,
    }
}

fn put(answer: &mut Answer, task: &'static str, result: &impl serde::Serialize) -> Result<(), Refusal> {
    answer.put(task, result).map_err(unspeakable)
}

fn unspeakable(error: serde_json::Error) -> Refusal {
    Refusal::failed(format!("the result cannot be written: {error}"))
}
