//! What a request asks for.

use albumen_domain::models::{ModelPart, ModelTask};
use serde_json::{Map, Value};

use super::error::Refusal;
use crate::store::ModelId;

/// Every task with both of its parts.
const MAX_ENTRIES: usize = 6;

/// One model to be asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub model: ModelId,
    /// As it was asked for.
    pub name: String,
    pub part: ModelPart,
    pub options: Map<String, Value>,
}

impl Entry {
    pub(super) fn number(&self, option: &str) -> Option<f64> {
        self.options.get(option).and_then(Value::as_f64)
    }

    pub(super) fn text(&self, option: &str) -> Option<&str> {
        self.options.get(option).and_then(Value::as_str)
    }
}

/// Reads `{task: {type: {modelName, options}}}`: what depends on something stands behind it.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, Refusal> {
    let Ok(Value::Object(tasks)) = serde_json::from_str(text) else { return Err(Refusal::malformed()) };
    let mut entries = Vec::new();
    for (task, types) in &tasks {
        let Value::Object(types) = types else { return Err(Refusal::malformed()) };
        for (kind, described) in types {
            if entries.len() == MAX_ENTRIES {
                return Err(Refusal::malformed());
            }
            entries.push(entry(task, kind, described)?);
        }
    }
    entries.sort_by_key(|entry| entry.part == ModelPart::Recognition);
    for entry in &entries {
        check_dependency(entry, &entries)?;
    }
    Ok(entries)
}

fn entry(task: &str, kind: &str, described: &Value) -> Result<Entry, Refusal> {
    let Some(name) = described.get("modelName").and_then(Value::as_str) else { return Err(Refusal::malformed()) };
    let options = match described.get("options") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(options)) => options.clone(),
        Some(_) => return Err(Refusal::malformed()),
    };
    let unknown = || Refusal::failed(format!("Unknown model: {name} for {task}, {kind}"));
    let known = ModelTask::of(task).zip(ModelPart::of(kind)).filter(|(task, part)| task.parts().contains(part));
    let (task, part) = known.ok_or_else(unknown)?;
    let model = ModelId::of(task, name).ok_or_else(unknown)?;
    Ok(Entry { model, name: name.to_owned(), part, options })
}

fn check_dependency(entry: &Entry, all: &[Entry]) -> Result<(), Refusal> {
    let is_detection = |other: &Entry| other.part == ModelPart::Detection && other.model.task == entry.model.task;
    if entry.part != ModelPart::Recognition || all.iter().any(is_detection) {
        return Ok(());
    }
    let task = entry.model.task.as_str();
    Err(Refusal::bad_request(format!("Task {task} of type recognition depends on output of detection")))
}

#[cfg(test)]
mod tests {
    use axum::{http::StatusCode, response::IntoResponse};

    use super::*;

    fn status(text: &str) -> StatusCode {
        read(text).expect_err("it is refused").into_response().status()
    }

    #[test]
    fn recognition_stands_behind_detection() {
        let text = r#"{"facial-recognition": {
            "recognition": {"modelName": "buffalo_l"},
            "detection": {"modelName": "buffalo_l", "options": {"minScore": 0.7}}}}"#;
        let entries = read(text).expect("entries");
        assert_eq!(
            entries.iter().map(|entry| entry.part).collect::<Vec<_>>(),
            [ModelPart::Detection, ModelPart::Recognition]
        );
        assert_eq!(entries[0].number("minScore"), Some(0.7));
        assert_eq!(entries[0].model.name, "buffalo_l");
    }

    #[test]
    fn what_has_no_form_is_refused() {
        for text in [
            "",
            "[]",
            "{\"clip\": 1}",
            r#"{"clip": {"visual": {}}}"#,
            r#"{"clip": {"visual": {"modelName": "m", "options": 3}}}"#,
        ] {
            assert_eq!(status(text), StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        }
    }

    #[test]
    fn what_is_unknown_fails() {
        for text in [
            r#"{"smell": {"visual": {"modelName": "m"}}}"#,
            r#"{"clip": {"detection": {"modelName": "m"}}}"#,
            r#"{"clip": {"visual": {"modelName": "../.."}}}"#,
        ] {
            assert_eq!(status(text), StatusCode::INTERNAL_SERVER_ERROR, "{text}");
        }
    }

    #[test]
    fn recognition_alone_is_a_bad_request() {
        assert_eq!(status(r#"{"ocr": {"recognition": {"modelName": "m"}}}"#), StatusCode::BAD_REQUEST);
    }
}
