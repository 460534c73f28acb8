//! Which models serve, told in the configuration beside those that are chosen there: while the chosen one cannot be had a
//! small one does, and while another takes over the one before.

use albumen_domain::processing::Job;
use serde_json::{Value, json};

use crate::{app::App, edge::ApiError};

/// The field beside `modelName`. Clients send back what they were told; it is passed over then.
const FIELD: &str = "servingModel";

/// The configuration in force, and the models that serve where those are others than it names.
pub(super) async fn with_serving_models(app: &App) -> Result<Value, ApiError> {
    let in_force = app.configuration.current();
    let settings = &in_force.settings.machine_learning;
    let mut chosen = app.reads.work().chosen_models().await?;
    let embedding = match chosen.remove(&Job::Embedding) {
        // Searches are answered by the model before until this one has seen everything.
        Some(chosen) => Some(app.reads.vectors().serving_model().await?.unwrap_or(chosen)),
        None => None,
    };
    let mut whole = in_force.whole.clone();
    for (part, asked, serving) in [
        ("clip", &settings.clip.model_name, embedding),
        ("facialRecognition", &settings.facial_recognition.model_name, chosen.remove(&Job::FaceDetection)),
        ("ocr", &settings.ocr.model_name, chosen.remove(&Job::TextRecognition)),
    ] {
        tell(&mut whole, part, asked, serving);
    }
    Ok(whole)
}

/// Nothing is told of a model that serves as it was asked for, nor where none serves.
fn tell(whole: &mut Value, part: &str, asked: &str, serving: Option<String>) {
    if let Some(serving) = serving.filter(|serving| serving != asked) {
        whole["machineLearning"][part][FIELD] = json!(serving);
    }
}

#[cfg(test)]
mod tests {
    use albumen_domain::{models::SMALL_FACES, system::config};

    use super::*;
    use crate::{edge::validate::check_json, routes::system_config::WholeConfig};

    fn told(part: &str, asked: &str, serving: Option<&str>) -> Value {
        let mut whole = config::defaults();
        tell(&mut whole, part, asked, serving.map(str::to_owned));
        whole
    }

    #[test]
    fn another_model_than_was_asked_for_is_told() {
        let whole = told("facialRecognition", "buffalo_l", Some(SMALL_FACES));
        let faces = &whole["machineLearning"]["facialRecognition"];
        assert_eq!((&faces["modelName"], &faces[FIELD]), (&json!("buffalo_l"), &json!(SMALL_FACES)));
        for serving in [None, Some("buffalo_l")] {
            assert_eq!(told("facialRecognition", "buffalo_l", serving), config::defaults());
        }
    }

    #[test]
    fn what_clients_send_back_of_it_is_passed_over() {
        for part in ["clip", "facialRecognition", "ocr"] {
            let sent = told(part, "asked for", Some("small"));
            assert_eq!(sent["machineLearning"][part][FIELD], "small");
            let checked = check_json::<WholeConfig>(Some(sent)).expect("it fits");
            assert!(checked.differences().is_empty(), "{part}");
        }
    }
}
