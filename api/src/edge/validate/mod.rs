//! One validator for all requests, driven by the published schemas: it walks a value against the
//! schema of its DTO and reports every issue at once, worded as clients expect (those of zod 4).
//! Unknown keys are passed over; what no schema can say is in [`Rules`].

mod coerce;
mod extract;
mod issue;
mod shape;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

pub use extract::{MAX_JSON_BYTES, ValidJson, ValidPath, ValidQuery};
pub use issue::{Issue, PathSegment};

use super::ApiError;
use walk::Issues;

/// Rules of a DTO beyond its schema, such as two fields that must come together.
pub trait Rules {
    /// Brings what was sent into the form of the schema where another is known to be meant, before it is checked.
    fn prepare(_sent: &mut Value) {}

    /// What is wrong with values that fit the schema; empty where nothing is.
    fn rules(&self) -> Vec<Issue> {
        Vec::new()
    }
}

/// Declares that the schema says all about these DTOs.
macro_rules! no_further_rules {
    ($($name:ident),* $(,)?) => {
        $(impl $crate::edge::validate::Rules for $name {})*
    };
}
pub(crate) use no_further_rules;

/// A DTO that requests can carry.
pub trait Valid: ToSchema + DeserializeOwned + Rules + 'static {}

impl<T: ToSchema + DeserializeOwned + Rules + 'static> Valid for T {}

/// Checks a JSON value; `None` stands for a missing body.
pub fn check_json<T: Valid>(mut value: Option<Value>) -> Result<T, ApiError> {
    let mut issues = Issues::default();
    if let Some(sent) = &mut value {
        T::prepare(sent);
    }
    walk::walk_root(shape::of::<T>(), value.as_mut(), &mut issues);
    finish(value.unwrap_or_default(), issues)
}

/// Checks names and values that came as text: a query string, a path, the fields of a form.
pub fn check_pairs<T: Valid>(pairs: impl IntoIterator<Item = (String, String)>) -> Result<T, ApiError> {
    let shape = shape::of::<T>();
    let mut issues = Issues::default();
    let mut value = Value::Object(coerce::object_of(shape, pairs, &mut issues));
    walk::walk_root(shape, Some(&mut value), &mut issues);
    finish(value, issues)
}

fn finish<T: Valid>(value: Value, issues: Issues) -> Result<T, ApiError> {
    if !issues.is_empty() {
        return Err(ApiError::validation(issues.into_vec()));
    }
    // PostgreSQL cannot store it in a text, and an event that no read model can take would stop
    // them all.
    if holds_nul(&value) {
        return Err(ApiError::validation(vec![Issue::custom(&[], "Invalid string: must not contain NUL characters")]));
    }
    // The schema has been met; a type that asks for more than its schema says so here.
    let checked: T = serde_json::from_value(value)
        .map_err(|error| ApiError::validation(vec![Issue::custom(&[], &error.to_string())]))?;
    match checked.rules() {
        refused if refused.is_empty() => Ok(checked),
        refused => Err(ApiError::validation(refused)),
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(object) => object.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The rule of updates that have to change something.
pub fn at_least_one(fields: &[(&str, bool)]) -> Option<Issue> {
    if fields.iter().any(|(_, is_given)| *is_given) {
        return None;
    }
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let message = format!("At least one of the following fields is required: {names}");
    Some(Issue::custom(&[], &message))
}
