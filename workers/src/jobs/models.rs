//! Which models recognise what, and which of them answers searches.
//!
//! What the configuration asks for and what the services of models have is noted as an event whenever it changes, so that
//! the work that is to be done follows from the log. When all vectors of another model are there, searches switch to it
//! in one step; until then they are answered by those that were there before.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_commands::Context;
use albumen_domain::{
    processing::Job,
    system::{MachineLearningSettings, ModelsChosen, SYSTEM_ID, System, SystemCommand},
};
use albumen_schemas::feed::Feed;
use tokio::sync::watch;

use super::{Failure, Workshop};
use crate::inference::ServedModels;

/// Between looks while something is about to change: a service that has not answered yet, a model that is still to come
/// (a new installation fetches its first ones while it runs), vectors that are being made.
const EAGER_INTERVAL: Duration = Duration::from_secs(1);
/// How long something is taken to be about to change after the start or another configuration. A service is there by
/// then and has fetched small models; where it has no way to get any, they would be looked for every second for ever.
/// Who asks in vain for a model, and the calm looks, find what comes later.
const EAGER_FOR: Duration = Duration::from_secs(180);
/// Between looks otherwise: models can arrive or go, and a space can come to need an index.
const CALM_INTERVAL: Duration = Duration::from_secs(30);
/// How long the vectors may take to be as far as the log.
const KNOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Looks for ever.
pub(super) async fn run(workshop: Arc<Workshop>) {
    let mut keeper = Keeper::default();
    let mut configured = workshop.configuration.changes();
    let mut services = workshop.predictor.changes();
    let mut lacks = workshop.predictor.lacks();
    let mut reconfigured_at = Instant::now();
    loop {
        services.mark_unchanged();
        lacks.mark_unchanged();
        let is_settled = match keeper.look(&workshop).await {
            Ok(is_settled) => is_settled,
            Err(failure) => {
                tracing::debug!(%failure, "models cannot be chosen");
                false
            }
        };
        tokio::select! {
            () = tokio::time::sleep(until_next(is_settled, reconfigured_at.elapsed())) => {}
            _ = configured.changed() => reconfigured_at = Instant::now(),
            _ = services.changed() => {}
            () = lacked(&mut lacks) => {}
        }
    }
}

/// How long it is until the next look, unless something calls for one before: so long after the start or another
/// configuration.
fn until_next(is_settled: bool, since: Duration) -> Duration {
    if is_settled || since >= EAGER_FOR { CALM_INTERVAL } else { EAGER_INTERVAL }
}

/// Waits until somebody has asked in vain for a model, and then so long that many who do cost no more than one.
async fn lacked(lacks: &mut watch::Receiver<u64>) {
    if lacks.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(EAGER_INTERVAL).await;
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
        let is_complete = served.as_ref().is_some_and(|served| has_all(&settings, served));
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
        Ok(is_complete && is_switched)
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

/// Whether there is a model for everything that is to be recognised.
const fn has_all(settings: &MachineLearningSettings, served: &ServedModels) -> bool {
    (served.embedding.is_some() || !settings.searches())
        && (served.faces.is_some() || !settings.finds_faces())
        && (served.text.is_some() || !settings.reads_text())
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

#[cfg(test)]
mod tests {
    use albumen_domain::system::{Settings, config};
    use serde_json::json;

    use super::*;

    fn settings(reads_text: bool) -> MachineLearningSettings {
        let mut whole = config::defaults();
        whole["machineLearning"]["ocr"]["enabled"] = json!(reads_text);
        Settings::of(&whole).expect("has the shape").machine_learning
    }

    #[test]
    fn a_model_is_waited_for_where_one_is_wanted() {
        let model = || Some("a model".to_owned());
        let without_text = ServedModels { embedding: model(), faces: model(), text: None };
        assert!(!has_all(&settings(true), &without_text));
        assert!(has_all(&settings(false), &without_text), "what is switched off needs none");
        assert!(has_all(&settings(true), &ServedModels { text: model(), ..without_text }));
        assert!(!has_all(&settings(true), &ServedModels::default()));
    }

    #[test]
    fn what_does_not_come_is_not_looked_for_every_second_for_ever() {
        assert_eq!(until_next(false, Duration::ZERO), EAGER_INTERVAL);
        assert_eq!(until_next(false, EAGER_FOR - EAGER_INTERVAL), EAGER_INTERVAL);
        assert_eq!(until_next(false, EAGER_FOR), CALM_INTERVAL);
        assert_eq!(until_next(true, Duration::ZERO), CALM_INTERVAL);
    }

    #[tokio::test]
    async fn many_who_ask_in_vain_cost_one_look_a_second() {
        let (sender, mut lacks) = watch::channel(0);
        let nobody_asks = tokio::time::timeout(Duration::from_millis(50), lacked(&mut lacks)).await;
        assert!(nobody_asks.is_err(), "nobody has asked");
        let asked = Instant::now();
        sender.send_modify(|count| *count += 1);
        sender.send_modify(|count| *count += 1);
        lacked(&mut lacks).await;
        assert!(asked.elapsed() >= EAGER_INTERVAL);
        assert!(!lacks.has_changed().expect("the sender is there"), "both are answered by one look");
    }
}
