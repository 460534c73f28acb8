//! Asks models, wherever they are.

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Weak},
    time::Duration,
};

use albumen_projections::system::Configuration;
use lru::LruCache;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    FoundFaces, FoundText, PredictFailure, ReadText, UNCONFIGURED_URL, answers,
    health::Health,
    local::LocalState,
    service::{self, Asked, Input},
};

/// Between looks at services that are polled, at least: a configuration may ask for nonsense.
const MIN_POLL: Duration = Duration::from_secs(1);

/// Words whose vectors are kept: a search asks for the same ones page by page.
const KEPT_WORDS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(99);

/// The model, the words and their language.
type Words = (String, String, Option<String>);

/// Asks models what they see. Clones share what is known of the services.
#[derive(Clone)]
pub struct Predictor {
    inner: Arc<Inner>,
}

struct Inner {
    configuration: Arc<Configuration>,
    local: watch::Receiver<LocalState>,
    client: reqwest::Client,
    health: Health,
    words: Mutex<LruCache<Words, Vec<f32>>>,
}

/// The models that would serve at the moment, by what they do; none where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServedModels {
    /// Vectors of pictures and words.
    pub embedding: Option<String>,
    /// Faces.
    pub faces: Option<String>,
    /// Text.
    pub text: Option<String>,
}

impl Predictor {
    /// Asks the services of the configuration in force, in their order; while it names none, the one at `local`.
    ///
    /// # Errors
    /// No HTTP client can be made on this machine.
    pub fn new(configuration: Arc<Configuration>, local: watch::Receiver<LocalState>) -> Result<Self, PredictFailure> {
        let client = service::client().map_err(|error| PredictFailure::Unavailable(error.to_string()))?;
        let (health, words) = (Health::default(), Mutex::new(LruCache::new(KEPT_WORDS)));
        let inner = Arc::new(Inner { configuration, local, client, health, words });
        tokio::spawn(poll(Arc::downgrade(&inner)));
        Ok(Self { inner })
    }

    /// The vector of a picture.
    ///
    /// # Errors
    /// See [`PredictFailure`].
    pub async fn embed_image(&self, file: &Path, model: &str) -> Result<Vec<f32>, PredictFailure> {
        let entries = json!({"clip": {"visual": {"modelName": model}}});
        let answer = self.ask(&entries, Input::of_file(file).await?, model).await?;
        answers::vector(&answer["clip"])
    }

    /// The vector of words, in a language if the model knows several.
    ///
    /// # Errors
    /// See [`PredictFailure`].
    pub async fn embed_text(
        &self,
        text: &str,
        model: &str,
        language: Option<&str>,
    ) -> Result<Vec<f32>, PredictFailure> {
        let key = (model.to_owned(), text.to_owned(), language.map(str::to_owned));
        if let Some(vector) = self.inner.words.lock().get(&key) {
            return Ok(vector.clone());
        }
        let mut entries = json!({"clip": {"textual": {"modelName": model}}});
        if let Some(language) = language {
            entries["clip"]["textual"]["options"] = json!({"language": language});
        }
        let answer = self.ask(&entries, Input::Text(text.to_owned()), model).await?;
        let vector = answers::vector(&answer["clip"])?;
        self.inner.words.lock().put(key, vector.clone());
        Ok(vector)
    }

    /// The faces in a picture.
    ///
    /// # Errors
    /// See [`PredictFailure`].
    pub async fn find_faces(&self, file: &Path, model: &str, min_score: f64) -> Result<FoundFaces, PredictFailure> {
        let entries = json!({"facial-recognition": {
            "detection": {"modelName": model, "options": {"minScore": min_score}},
            "recognition": {"modelName": model},
        }});
        answers::faces(self.ask(&entries, Input::of_file(file).await?, model).await?)
    }

    /// The text in a picture.
    ///
    /// # Errors
    /// See [`PredictFailure`].
    pub async fn read_text(&self, file: &Path, model: &str, options: ReadText) -> Result<FoundText, PredictFailure> {
        let detection = json!({
            "minScore": options.min_detection_score,
            "maxResolution": options.max_resolution,
        });
        let entries = json!({"ocr": {
            "detection": {"modelName": model, "options": detection},
            "recognition": {"modelName": model, "options": {"minScore": options.min_recognition_score}},
        }});
        answers::text(&self.ask(&entries, Input::of_file(file).await?, model).await?)
    }

    /// Whether somebody is there to be asked, as far as is known.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.inner.health.has_any(&self.inner.urls())
    }

    /// Told when that may have changed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.health.changes()
    }

    /// Told when somebody has asked in vain for a model.
    #[must_use]
    pub fn lacks(&self) -> watch::Receiver<u64> {
        self.inner.health.lacks()
    }

    /// Which models would serve for those of the configuration, as the first service says that is there. Services that
    /// do not tell have what they are asked for. None when nobody is there.
    pub async fn served(&self) -> Option<ServedModels> {
        let settings = self.inner.configuration.current().settings.machine_learning.clone();
        let timeout = settings.availability_checks.timeout();
        let asked = [
            ("clip", settings.clip.model_name.as_str()),
            ("facial-recognition", settings.facial_recognition.model_name.as_str()),
            ("ocr", settings.ocr.model_name.as_str()),
        ];
        for url in self.inner.in_order() {
            if !service::ping(&self.inner.client, &url, timeout).await {
                self.inner.health.is_away(&url);
                continue;
            }
            self.inner.health.is_well(&url);
            let told = service::models(&self.inner.client, &url, &asked, timeout).await.unwrap_or_default();
            let [embedding, faces, text] = asked.map(|(task, asked)| match told.get(task) {
                Some(Value::String(model)) => Some(model.clone()),
                Some(_) => None,
                None => Some(asked.to_owned()),
            });
            return Some(ServedModels { embedding, faces, text });
        }
        None
    }

    /// Asks one service after the other, those first that were well, until one answers: what one does not take,
    /// another may.
    async fn ask(&self, entries: &Value, input: Input, model: &str) -> Result<Value, PredictFailure> {
        let mut failure = PredictFailure::Unavailable("no service of models is there yet".to_owned());
        for url in self.inner.in_order() {
            let asked = service::predict(&self.inner.client, &url, entries, input.clone()).await;
            match self.inner.heard(&url, asked, model) {
                Ok(answer) => return Ok(answer),
                Err(another) => failure = failure.or_graver(another),
            }
        }
        Err(failure)
    }
}

impl Inner {
    fn urls(&self) -> Vec<String> {
        let in_force = self.configuration.current();
        let settings = &in_force.settings.machine_learning;
        if !settings.enabled {
            return Vec::new();
        }
        if is_local(&settings.urls) {
            return self.local.borrow().url().map(str::to_owned).into_iter().collect();
        }
        settings.urls.clone()
    }

    /// The services in the order in which they are asked. Where nobody looks which of them are there, all are taken to be.
    fn in_order(&self) -> Vec<String> {
        let is_looked = self.configuration.current().settings.machine_learning.availability_checks.enabled;
        if is_looked { self.health.sorted(self.urls()) } else { self.urls() }
    }

    /// The answer of a service, if it is one by `model`. Whatever else it says, others are asked before it from then on.
    fn heard(&self, url: &str, asked: Asked, model: &str) -> Result<Value, PredictFailure> {
        let failure = match asked {
            Asked::Answer(answer, served) => {
                self.health.is_well(url);
                return match served.filter(|served| served != model) {
                    None => Ok(answer),
                    Some(served) => {
                        self.health.lacks_a_model();
                        Err(PredictFailure::Unavailable(format!("{served} serves in place of {model}")))
                    }
                };
            }
            Asked::Away(reason) => {
                self.health.is_away(url);
                return Err(PredictFailure::Unavailable(format!("{url}: {reason}")));
            }
            Asked::Refused(reason) => PredictFailure::Refused(reason),
            Asked::NotNow(reason) => {
                self.health.lacks_a_model();
                PredictFailure::Unavailable(format!("{url}: {reason}"))
            }
            Asked::Failed(reason) => PredictFailure::Failed(format!("{url}: {reason}")),
        };
        self.health.has_failed(url);
        Err(failure)
    }

    /// Looks which services are there.
    async fn look(&self) {
        let checks = self.configuration.current().settings.machine_learning.availability_checks;
        if !checks.enabled {
            // Without looks nobody would ever find out that one has come back.
            self.urls().iter().for_each(|url| self.health.is_well(url));
            return;
        }
        for url in self.urls() {
            if service::ping(&self.client, &url, checks.timeout()).await {
                self.health.is_well(&url);
            } else {
                self.health.is_away(&url);
            }
        }
    }
}

/// Whether the configuration leaves it to the local service.
pub(super) fn is_local(urls: &[String]) -> bool {
    urls.iter().all(|url| url.trim_end_matches('/') == UNCONFIGURED_URL)
}

/// Looks now and then, for as long as somebody wants to know.
async fn poll(inner: Weak<Inner>) {
    loop {
        let Some(strong) = inner.upgrade() else { return };
        strong.look().await;
        let interval = strong.configuration.current().settings.machine_learning.availability_checks.interval();
        let (mut configured, mut local) = (strong.configuration.changes(), strong.local.clone());
        drop(strong);
        configured.mark_unchanged();
        local.mark_unchanged();
        let never = std::future::pending::<()>;
        tokio::select! {
            () = tokio::time::sleep(interval.max(MIN_POLL)) => {}
            changed = configured.changed() => if changed.is_err() { return },
            () = async { if local.changed().await.is_err() { never().await } } => {}
        }
    }
}
