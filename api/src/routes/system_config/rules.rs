//! What no schema can say about a configuration.

use albumen_domain::{
    models,
    system::{SmtpSettings, storage_template},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    dto::system_config::HLS_RESOLUTIONS,
    edge::{ApiError, validate::Issue},
};

/// Where a configuration says when something is done.
const SCHEDULES: [&[&str]; 5] = [
    &["backup", "database", "cronExpression"],
    &["integrityChecks", "missingFiles", "cronExpression"],
    &["integrityChecks", "untrackedFiles", "cronExpression"],
    &["integrityChecks", "checksumFiles", "cronExpression"],
    &["library", "scan", "cronExpression"],
];
/// Fields of a schedule: minute, hour, day, month, day of the week; before them a second may stand.
const SCHEDULE_RANGES: [(u32, u32); 6] = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS_OF_WEEK: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What is wrong with a configuration that fits the schema.
pub(super) fn broken(config: &Value) -> Vec<Issue> {
    let mut issues = Vec::new();
    for path in SCHEDULES {
        let text = path.iter().fold(config, |value, key| &value[*key]).as_str().unwrap_or_default();
        // An empty text stands for the default.
        if !text.is_empty() && !is_schedule(text) {
            issues.push(Issue::custom(path, "Invalid cron expression"));
        }
    }
    let resolutions = config.pointer("/ffmpeg/realtime/resolutions").and_then(Value::as_array);
    let is_known = |pixels: &Value| pixels.as_i64().is_some_and(|pixels| HLS_RESOLUTIONS.contains(&pixels));
    if resolutions.is_some_and(|resolutions| !resolutions.iter().all(is_known)) {
        let known = HLS_RESOLUTIONS.map(|pixels| pixels.to_string()).join("|");
        let message = format!("Invalid option: expected one of {known}");
        issues.push(Issue::custom(&["ffmpeg", "realtime", "resolutions"], &message));
    }
    issues
}

/// What is made from an environment writes switches as text.
pub(super) fn spell_out(value: &mut Value, default: &Value) {
    match (&mut *value, default) {
        (Value::Object(values), Value::Object(defaults)) => {
            for (key, value) in values {
                defaults.get(key).into_iter().for_each(|default| spell_out(value, default));
            }
        }
        (Value::String(text), Value::Bool(_)) if text == "true" => *value = Value::Bool(true),
        (Value::String(text), Value::Bool(_)) if text == "false" => *value = Value::Bool(false),
        _ => {}
    }
}

/// Brings a configuration into its usual form.
pub(super) fn complete(config: &mut Value) {
    let domain = config["server"]["externalDomain"].as_str().unwrap_or_default();
    config["server"]["externalDomain"] = json!(origin(domain));
    for (target, accepted) in [("targetVideoCodec", "acceptedVideoCodecs"), ("targetAudioCodec", "acceptedAudioCodecs")]
    {
        let codec = config["ffmpeg"][target].clone();
        if let Some(accepted) = config["ffmpeg"][accepted].as_array_mut()
            && !accepted.contains(&codec)
        {
            accepted.push(codec);
        }
    }
}

/// Refuses what can be known to be wrong only now.
pub(super) fn admit(wanted: &Value, before: &Value, logging_is_fixed: bool) -> Result<(), ApiError> {
    let template = wanted["storageTemplate"]["template"].as_str().unwrap_or_default();
    if !template.is_empty() && !storage_template::is_valid(template) {
        return Err(ApiError::bad_request(format!("Invalid storage template: {template}")));
    }
    let clip = wanted["machineLearning"]["clip"]["modelName"].as_str().unwrap_or_default();
    // An empty name stands for the default.
    if !clip.is_empty() && models::clip_model(clip).is_none() {
        let hint = "Please check the model name for typos and confirm this is a supported model.";
        return Err(ApiError::bad_request(format!("Unknown CLIP model: {clip}. {hint}")));
    }
    if logging_is_fixed && wanted["logging"] != before["logging"] {
        let message = "Logging cannot be changed while the environment variable IMMICH_LOG_LEVEL is set.";
        return Err(ApiError::bad_request(message));
    }
    Ok(())
}

/// The mail server that has to be tried before it is in force: one that is on, and that is another.
pub(super) fn new_mail_server(wanted: &Value, before: &Value) -> Option<SmtpSettings> {
    let smtp = &wanted["notifications"]["smtp"];
    let settings = SmtpSettings::deserialize(smtp).ok()?;
    (settings.enabled && *smtp != before["notifications"]["smtp"]).then_some(settings)
}

/// Scheme, credentials, host and port of an address; what is none stays as it is.
fn origin(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    format!("{scheme}://{}", &rest[..end])
}

/// Whether a text says when something is done, in the way of cron.
fn is_schedule(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let first = match fields.len() {
        5 => 1,
        6 => 0,
        _ => return false,
    };
    fields.iter().zip(first..).all(|(field, index)| field.split(',').all(|part| is_part(part, index)))
}

/// A value, a range or all, each with a step where wanted.
fn is_part(part: &str, index: usize) -> bool {
    let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
    if step.is_some_and(|step| !step.parse::<u32>().is_ok_and(|step| step > 0)) {
        return false;
    }
    match range.split_once('-') {
        _ if matches!(range, "*" | "?") => true,
        Some((from, to)) => matches!((value(from, index), value(to, index)), (Some(from), Some(to)) if from <= to),
        None => value(range, index).is_some(),
    }
}

fn value(text: &str, index: usize) -> Option<u32> {
    let (lowest, highest) = SCHEDULE_RANGES[index];
    let named = |names: &[&str], first: u32| {
        let place = names.iter().position(|name| text.eq_ignore_ascii_case(name))?;
        u32::try_from(place).ok().map(|place| place + first)
    };
    let by_name = match index {
        4 => named(&MONTHS, 1),
        5 => named(&DAYS_OF_WEEK, 0),
        _ => None,
    };
    by_name.or_else(|| text.parse().ok()).filter(|number| (lowest..=highest).contains(number))
}

#[cfg(test)]
mod tests {
    use albumen_domain::system::config;

    use super::*;

    #[test]
    fn schedules() {
        for right in ["0 02 * * *", "*/5 0-6 1,15 jan-mar MON", "30 0 2 ? * 7"] {
            assert!(is_schedule(right), "{right}");
        }
        for wrong in ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *"]
        {
            assert!(!is_schedule(wrong), "{wrong}");
        }
    }

    #[test]
    fn only_known_models_make_vectors() {
        let with = |name: &str| {
            let mut config = config::defaults();
            config["machineLearning"]["clip"]["modelName"] = json!(name);
            admit(&config, &config::defaults(), false)
        };
        for right in [
            "ViT-B-32__openai",
            "ViT-B-32::openai",
            "immich-app/ViT-L-16-SigLIP2-256__webli",
            "albumen-small__conse",
            "",
        ] {
            assert!(with(right).is_ok(), "{right}");
        }
        for wrong in ["ViT-B-33__openai", "buffalo_l", " ", ".."] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mail_server_is_tried_when_it_is_another() {
        let with = |enabled: bool, host: &str| {
            let mut config = config::defaults();
            config["notifications"]["smtp"]["enabled"] = json!(enabled);
            config["notifications"]["smtp"]["transport"]["host"] = json!(host);
            config
        };
        let tried = |wanted: &Value, before: &Value| new_mail_server(wanted, before).map(|smtp| smtp.transport.host);
        let (off, on) = (with(false, "a"), with(true, "a"));
        assert_eq!(tried(&on, &off).as_deref(), Some("a"));
        assert_eq!(tried(&with(true, "b"), &on).as_deref(), Some("b"));
        assert_eq!((tried(&on, &on), tried(&off, &on), tried(&with(false, "b"), &off)), (None, None, None));
        let mut elsewhere = on.clone();
        elsewhere["trash"]["days"] = json!(3);
        assert_eq!(tried(&elsewhere, &on), None);
    }

    #[test]
    fn an_address_is_reduced_to_its_origin() {
        assert_eq!(origin("https://a.example/b?c"), "https://a.example");
        assert_eq!(origin("http://u:p@a:1#x"), "http://u:p@a:1");
        assert_eq!(origin(""), "");
    }
}
