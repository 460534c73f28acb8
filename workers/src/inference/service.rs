//! One service, asked once.

use std::{path::Path, time::Duration};

use reqwest::{
    Client, Response, StatusCode,
    multipart::{Form, Part},
};
use serde_json::Value;

use super::PredictFailure;
use crate::http::{install_cryptography, with_causes};

/// A service that is there takes a connection at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A model may have to be loaded first, or be fetched; whoever is silent for longer is lost.
const PREDICT_TIMEOUT: Duration = Duration::from_secs(600);
/// A preview is a small picture. What is larger was never one.
const MAX_IMAGE_BYTES: u64 = 64 << 20;
/// In this header our own service names the model that has served, which may be another than was asked for.
const MODEL_HEADER: &str = "x-albumen-model";
/// By this header our own service says what is at fault, which its status does not tell.
const FAULT_HEADER: &str = "x-albumen-fault";
/// The picture.
const IMAGE_FAULT: &str = "image";
/// The model, which is not there.
const MODEL_FAULT: &str = "model";

/// What a model is shown.
#[derive(Clone)]
pub(super) enum Input {
    Image(bytes::Bytes),
    Text(String),
}

impl Input {
    pub(super) async fn of_file(file: &Path) -> Result<Self, PredictFailure> {
        let unreadable = |error: std::io::Error| PredictFailure::Failed(format!("{}: {error}", file.display()));
        let length = tokio::fs::metadata(file).await.map_err(unreadable)?.len();
        if length > MAX_IMAGE_BYTES {
            return Err(PredictFailure::Refused(format!("a preview of {length} bytes")));
        }
        Ok(Self::Image(tokio::fs::read(file).await.map_err(unreadable)?.into()))
    }
}

/// What came of asking one service.
pub(super) enum Asked {
    /// An answer, and the model that gave it, where the service tells.
    Answer(Value, Option<String>),
    /// The request is at fault, or the picture.
    Refused(String),
    /// It has no such model, or is busy with getting it.
    NotNow(String),
    /// It has tried in vain.
    Failed(String),
    /// Nobody is there.
    Away(String),
}

/// The client that all services are asked by.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    install_cryptography();
    Client::builder().connect_timeout(CONNECT_TIMEOUT).timeout(PREDICT_TIMEOUT).no_proxy().build()
}

/// Asks the service at `url` for what `entries` say.
pub(super) async fn predict(client: &Client, url: &str, entries: &Value, input: Input) -> Asked {
    let form = Form::new().text("entries", entries.to_string());
    let form = match input {
        Input::Image(bytes) => {
            let length = bytes.len() as u64;
            form.part("image", Part::stream_with_length(bytes, length).file_name("blob"))
        }
        Input::Text(text) => form.text("text", text),
    };
    match client.post(below(url, "predict")).multipart(form).send().await {
        Ok(response) => read(response).await,
        Err(error) => Asked::Away(with_causes(&error)),
    }
}

async fn read(response: Response) -> Asked {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let (model, fault) = (header(MODEL_HEADER).map(str::to_owned), header(FAULT_HEADER));
    let (is_of_image, is_of_model) = (fault == Some(IMAGE_FAULT), fault == Some(MODEL_FAULT));
    let text = match response.text().await {
        Ok(text) => text,
        Err(error) => return Asked::Away(with_causes(&error)),
    };
    let detail = || {
        let told: Option<Value> = serde_json::from_str(&text).ok();
        let detail = told.as_ref().and_then(|told| told["detail"].as_str()).unwrap_or("no reason was given");
        format!("{status}: {detail}")
    };
    match status {
        _ if status.is_success() => match serde_json::from_str(&text) {
            Ok(answer) => Asked::Answer(answer, model),
            Err(error) => Asked::Failed(format!("its answer cannot be read: {error}")),
        },
        _ if is_of_image => Asked::Refused(detail()),
        _ if is_of_model => Asked::NotNow(detail()),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Asked::Refused(detail()),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::NOT_FOUND | StatusCode::BAD_GATEWAY => Asked::NotNow(detail()),
        _ => Asked::Failed(detail()),
    }
}

/// Whether the service at `url` answers within `timeout`.
pub(super) async fn ping(client: &Client, url: &str, timeout: Duration) -> bool {
    let answer = client.get(below(url, "ping")).timeout(timeout).send().await;
    answer.is_ok_and(|response| response.status().is_success())
}

/// What the service at `url` would serve in place of each of the `asked` models; none where it does not tell.
pub(super) async fn models(client: &Client, url: &str, asked: &[(&str, &str)], timeout: Duration) -> Option<Value> {
    let answer = client.get(below(url, "models")).query(asked).timeout(timeout).send().await.ok()?;
    if answer.status().is_success() { answer.json().await.ok() } else { None }
}

fn below(url: &str, name: &str) -> String {
    format!("{}/{name}", url.trim_end_matches('/'))
}
