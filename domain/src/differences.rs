//! Settings of which only what differs from the defaults is kept, so that a new default reaches
//! everybody who did not choose.

use serde_json::{Map, Value};

/// Puts `change` over `base`. What `base` does not know is left out, as is what has another type:
/// it is from another release. Where the default is null, any value is taken.
pub fn overlay(base: &mut Value, change: &Value) {
    match (base, change) {
        (Value::Object(base), Value::Object(change)) => {
            for (key, value) in base.iter_mut() {
                if let Some(change) = change.get(key) {
                    overlay(value, change);
                }
            }
        }
        (base, change) if base.is_null() || std::mem::discriminant(base) == std::mem::discriminant(change) => {
            *base = change.clone();
        }
        _ => {}
    }
}

/// What of `wanted` is not as in `defaults`. Null and an empty text stand for the default.
#[must_use]
pub fn difference(wanted: &Value, defaults: &Value) -> Map<String, Value> {
    let mut kept = Map::new();
    for (key, value) in wanted.as_object().into_iter().flatten() {
        let default = &defaults[key];
        if let Value::Object(_) = value {
            let inner = difference(value, default);
            if !inner.is_empty() {
                kept.insert(key.clone(), Value::Object(inner));
            }
        } else if value != default && value != "" && !value.is_null() {
            kept.insert(key.clone(), value.clone());
        }
    }
    kept
}

/// Puts `more` into `map`, object by object.
pub fn merge(map: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (map.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => merge(inner, more),
            (_, value) => {
                map.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_kept_and_put_over_the_defaults_again() {
        let defaults = json!({"a": {"b": 1, "c": "x"}, "d": null, "e": [1]});
        let wanted = json!({"a": {"b": 2, "c": ""}, "d": 5, "e": [], "unknown": null});
        let kept = difference(&wanted, &defaults);
        assert_eq!(Value::Object(kept.clone()), json!({"a": {"b": 2}, "d": 5, "e": []}));
        let mut seen = defaults;
        overlay(&mut seen, &Value::Object(kept));
        assert_eq!(seen, json!({"a": {"b": 2, "c": "x"}, "d": 5, "e": []}));
    }

    #[test]
    fn what_is_of_another_type_or_not_known_is_passed_over() {
        let mut base = json!({"a": {"b": 1}});
        overlay(&mut base, &json!({"a": 3, "z": 1}));
        overlay(&mut base, &json!({"a": {"b": "text"}}));
        assert_eq!(base, json!({"a": {"b": 1}}));
    }

    #[test]
    fn objects_are_merged_key_by_key() {
        let mut map = json!({"a": {"b": 1}}).as_object().cloned().expect("an object");
        merge(&mut map, json!({"a": {"c": 2}, "d": 3}).as_object().cloned().expect("an object"));
        assert_eq!(Value::Object(map), json!({"a": {"b": 1, "c": 2}, "d": 3}));
    }
}
