//! Which models recognise what, and which of them answers searches.
//!
//! What the configuration asks for and what the services of models have is noted as an event whenever it changes, so that
//! the work that is to be done follows from the log. When all vectors of another model are there, searches switch to it
//! in one step; until then they are answered by those that were there before.

use std::{sync::Arc, time::Duration};

use albumen_commands::Context;
use albumen_domain::{
    processing::Job,
    system::{MachineLearningSettings, ModelsChosen, SYSTEM_ID, System, SystemCommand},
};
use albumen_schemas::feed::Feed;

use super::{Failure, Workshop};
use crate::inference::ServedModels;

/// Between looks while something is about to change: a service that has not answered yet, vectors that are being made.
const EAGER_INTERVAL: Duration = Duration::from_secs(1);
/// Between looks otherwise: models can arrive or go, and a space can come to need an index.
const CALM_INTERVAL: Duration = Duration::from_secs(30);
/// How long the vectors may take to be as far as the log.
const KNOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Looks for ever.
pub(super) async fn run(workshop: Arc<Workshop>) {
    let mut keeper = Keeper::default();
    let mut configured = workshop.configuration.changes();
    let mut services = workshop.predictor.changes();
    loop {
        configured.mark_unchanged();
        services.mark_unchanged();
        let is_settled = match keeper.look(&workshop).await {
            Ok(is_settled) => is_settled,
            Err(failure) => {
                tracing::debug!(%failure, "models cannot be chosen");
                false
            }
        };
        let interval = if is_settled { CALM_INTERVAL } else { EAGER_INTERVAL };
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            _ = configured.changed() => {}
            _ = services.changed() => {}
        }
    }
}

/// What was noted last, so that nothing is asked twice.
#[derive(Default)]
struct Keeper {
    chosen: Option<ModelsChosen>,
    /// What was said in the log, once each time.
    told: Option<String>,
}

impl Keeper {
    /// Whether nothing is about to change.
    async fn look(&mut self, workshop: &Workshop) -> Result<bool, Failure> {
        let settings = workshop.configuration.current().settings.machine_learning.clone();
        let served = if settings.enabled { workshop.predictor.served().await } else { Some(ServedModels::default()) };
        self.tell(&settings, served.as_ref());
        let is_known = served.is_some();
        let chosen = match served {
            Some(served) => choice(&settings, served),
            // Nobody is there to say: what was chosen stays, but for what was switched off.
            None => choice(&settings, before(workshop).await?),
        };
        if self.chosen.as_ref() != Some(&chosen) {
            self.choose(workshop, chosen.clone()).await?;
        }
        let is_switched = match &chosen.embedding {
            Some(model) => switch(workshop, model).await?,
            None => true,
        };
        Ok(is_known && is_switched)
    }

    async fn choose(&mut self, workshop: &Workshop, chosen: ModelsChosen) -> Result<(), Failure> {
        execute(workshop, SystemCommand::ChooseModels(chosen.clone())).await?;
        self.chosen = Some(chosen);
        Ok(())
    }

    /// Says once how it is.
    fn tell(&mut self, settings: &MachineLearningSettings, served: Option<&ServedModels>) {
        let words = match served {
            _ if !settings.enabled => "nothing is recognised in pictures: machine learning is switched off".to_owned(),
            None => "no service of models answers; what is to be recognised waits".to_owned(),
            Some(served) => {
                let asked = [
                    (settings.clip.enabled, "searching by words", &settings.clip.model_name, &served.embedding),
                    (
                        settings.facial_recognition.enabled,
                        "finding faces",
                        &settings.facial_recognition.model_name,
                        &served.faces,
                    ),
                    (settings.ocr.enabled, "reading text", &settings.ocr.model_name, &served.text),
                ];
                let told = asked.iter().filter(|(enabled, ..)| *enabled).map(|(_, what, asked, served)| match served {
                    None => format!("{what} waits for the model {asked}"),
                    Some(served) if served == *asked => format!("{what} by {served}"),
                    Some(served) => format!("{what} by {served}, until {asked} is there"),
                });
                told.collect::<Vec<_>>().join("; ")
            }
        };
        if self.told.as_ref() != Some(&words) {
            tracing::info!("models: {words}");
            self.told = Some(words);
        }
    }
}

fn choice(settings: &MachineLearningSettings, served: ServedModels) -> ModelsChosen {
    ModelsChosen {
        embedding: served.embedding.filter(|_| settings.searches()),
        faces: served.faces.filter(|_| settings.finds_faces()),
        text: served.text.filter(|_| settings.reads_text()),
        duplicates: settings.finds_duplicates(),
    }
}

/// The models that are chosen by now.
async fn before(workshop: &Workshop) -> Result<ServedModels, Failure> {
    let mut chosen = workshop.reads.work().chosen_models().await?;
    Ok(ServedModels {
        embedding: chosen.remove(&Job::Embedding),
        faces: chosen.remove(&Job::FaceDetection),
        text: chosen.remove(&Job::TextRecognition),
    })
}

/// Has searches answered by `model` as soon as it has seen everything; whether they are.
async fn switch(workshop: &Workshop, model: &str) -> Result<bool, Failure> {
    let vectors = workshop.reads.vectors();
    let serving = vectors.serving_model().await?;
    let spaces = vectors.spaces().await?;
    let space = spaces.iter().find(|space| space.model == model);
    if serving.as_deref() == Some(model) {
        if let Some(space) = space {
            vectors.make_index(space).await?;
        }
        return Ok(true);
    }
    // Before there were any vectors, some are better than none.
    if serving.is_some() {
        if !workshop.reads.work().is_seen_by(model, Job::Embedding).await? {
            return Ok(false);
        }
        let head = *workshop.commands.feed().head().borrow();
        if !workshop.reads.wait_for_one("vectors", head, KNOWN_TIMEOUT).await {
            return Ok(false);
        }
        if let Some(space) = space {
            vectors.make_index(space).await?;
        }
    }
    execute(workshop, SystemCommand::SwitchSearchModel { model: model.to_owned() }).await?;
    tracing::info!(model, "searches by words are answered by this model from now on");
    Ok(true)
}

async fn execute(workshop: &Workshop, command: SystemCommand) -> Result<(), Failure> {
    let context = Context::job("models", None);
    let executed = workshop.commands.execute::<System>(SYSTEM_ID, command, &context).await;
    if let Some(position) = executed.map_err(Failure::for_now)?.position {
        workshop.reads.wait_for(position).await;
    }
    Ok(())
}
