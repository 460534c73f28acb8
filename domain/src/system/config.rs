//! The installation's configuration: the defaults, and over them what an administrator chose. Only
//! the difference is kept.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Personal,
    differences::{difference, merge, overlay},
};

/// Values that open other systems, or that name somebody there. The log keeps them sealed.
const SECRETS: [&[&str]; 6] = [
    &["notifications", "smtp", "from"],
    &["notifications", "smtp", "replyTo"],
    &["notifications", "smtp", "transport", "username"],
    &["notifications", "smtp", "transport", "password"],
    &["oauth", "clientId"],
    &["oauth", "clientSecret"],
];

static DEFAULTS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("defaults.json")).unwrap_or_default());

/// See [`super::SystemEvent::ConfigChanged`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfigChanged {
    /// All that differs from the defaults from now on, but for the secrets.
    pub values: Map<String, Value>,
    /// The secrets among what differs, in the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Personal<Map<String, Value>>>,
}

/// The configuration of an installation where nobody chose anything.
#[must_use]
pub fn defaults() -> Value {
    DEFAULTS.clone()
}

/// The whole configuration where `differences` were chosen.
#[must_use]
pub fn whole(differences: &Map<String, Value>) -> Value {
    let mut config = defaults();
    overlay(&mut config, &Value::Object(differences.clone()));
    config
}

/// What of a whole configuration is to be kept.
#[must_use]
pub fn differences(whole: &Value) -> Map<String, Value> {
    difference(whole, &DEFAULTS)
}

impl ConfigChanged {
    /// What is kept, the secrets apart.
    #[must_use]
    pub fn of(mut differences: Map<String, Value>) -> Self {
        let mut secrets = Map::new();
        for path in SECRETS {
            if let Some(secret) = take(&mut differences, path) {
                merge(&mut secrets, nested(path, secret));
            }
        }
        let secrets = (!secrets.is_empty()).then(|| secrets.into());
        Self { values: differences, secrets }
    }

    /// What is kept, in one piece again; without the secrets when they were erased.
    #[must_use]
    pub fn differences(&self) -> Map<String, Value> {
        let mut all = self.values.clone();
        if let Some(secrets) = self.secrets.as_ref().and_then(Personal::known) {
            merge(&mut all, secrets.clone());
        }
        all
    }
}

/// Takes the value at `path` out, and the objects that are empty without it.
fn take(map: &mut Map<String, Value>, path: &[&str]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return map.remove(*first);
    }
    let inner = map.get_mut(*first)?.as_object_mut()?;
    let taken = take(inner, rest);
    if inner.is_empty() {
        map.remove(*first);
    }
    taken
}

fn nested(path: &[&str], value: Value) -> Map<String, Value> {
    let (first, rest) = path.split_first().map_or(("", &[] as &[&str]), |(first, rest)| (*first, rest));
    let value = if rest.is_empty() { value } else { Value::Object(nested(rest, value)) };
    Map::from_iter([(first.to_owned(), value)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn the_defaults_are_there() {
        assert_eq!(defaults()["trash"]["days"], 30);
        assert_eq!(differences(&defaults()), Map::new());
    }

    #[test]
    fn only_what_differs_is_kept() {
        let mut config = defaults();
        config["trash"]["days"] = json!(5);
        config["oauth"]["storageLabelClaim"] = json!("");
        assert_eq!(Value::Object(differences(&config)), json!({"trash": {"days": 5}}));
        assert_eq!(whole(&differences(&config))["oauth"]["storageLabelClaim"], "preferred_username");
    }

    #[test]
    fn secrets_are_sealed_and_nothing_else() {
        let chosen = object(json!({
            "trash": {"days": 5},
            "oauth": {"clientSecret": "s", "enabled": true},
            "notifications": {"smtp": {"transport": {"password": "p"}}},
        }));
        let changed = ConfigChanged::of(chosen.clone());
        assert_eq!(Value::Object(changed.values.clone()), json!({"trash": {"days": 5}, "oauth": {"enabled": true}}));
        let secrets = changed.secrets.as_ref().and_then(Personal::known).cloned().map(Value::Object);
        let expected = json!({
            "oauth": {"clientSecret": "s"}, "notifications": {"smtp": {"transport": {"password": "p"}}}
        });
        assert_eq!(secrets, Some(expected));
        assert_eq!(changed.differences(), chosen);
    }

    #[test]
    fn erased_secrets_are_gone_and_the_rest_stays() {
        let changed = ConfigChanged { secrets: Some(Personal::Erased), ..ConfigChanged::of(object(json!({"a": 1}))) };
        assert_eq!(Value::Object(changed.differences()), json!({"a": 1}));
    }
}
