//! One thing that is wrong with a request, in the form and words of zod 4.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A step on the way to the value: a key of an object or a place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PathSegment {
    /// Key of an object.
    Key(String),
    /// Place in a list, from 0.
    Index(usize),
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    code: &'static str,
    path: Vec<PathSegment>,
    message: String,
    #[serde(flatten)]
    details: Map<String, Value>,
}

/// What a bound counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measured {
    Number,
    Integer,
    Text,
    List,
}

impl Measured {
    fn origin(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "int",
            Self::Text => "string",
            Self::List => "array",
        }
    }

    fn phrase(self, sign: &str, limit: &Value) -> String {
        let origin = self.origin();
        match self {
            Self::Number | Self::Integer => format!("expected {origin} to be {sign}{limit}"),
            Self::Text => format!("expected {origin} to have {sign}{limit} characters"),
            Self::List => format!("expected {origin} to have {sign}{limit} items"),
        }
    }
}

impl Issue {
    fn new(code: &'static str, message: String, details: Value) -> Self {
        let details = match details {
            Value::Object(details) => details,
            _ => Map::new(),
        };
        Self { code, path: Vec::new(), message, details }
    }

    pub(super) fn at(mut self, path: Vec<PathSegment>) -> Self {
        self.path = path;
        self
    }

    /// A rule of our own was broken.
    pub fn custom(path: &[&str], message: &str) -> Self {
        let path = path.iter().map(|key| PathSegment::Key((*key).to_owned())).collect();
        Self::new("custom", message.to_owned(), Value::Null).at(path)
    }

    /// The same of an item in the list of that name.
    pub fn within(mut self, list: &str, index: usize) -> Self {
        self.path.splice(0..0, [PathSegment::Key(list.to_owned()), PathSegment::Index(index)]);
        self
    }

    /// A text that has to be a date and time with an offset is none.
    pub fn invalid_date_time(path: &[&str]) -> Self {
        let path = path.iter().map(|key| PathSegment::Key((*key).to_owned())).collect();
        Self::invalid_format("datetime", "Invalid ISO datetime").at(path)
    }

    /// What the client is told.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is.
    pub fn path(&self) -> &[PathSegment] {
        &self.path
    }

    pub(super) fn invalid_type(expected: &str, received: &str) -> Self {
        let message = format!("Invalid input: expected {expected}, received {received}");
        Self::new("invalid_type", message, json!({ "expected": expected }))
    }

    pub(super) fn invalid_option(options: &[String]) -> Self {
        let quoted: Vec<String> = options.iter().map(|option| format!("\"{option}\"")).collect();
        let message = match quoted.as_slice() {
            [only] => format!("Invalid input: expected {only}"),
            several => format!("Invalid option: expected one of {}", several.join("|")),
        };
        Self::new("invalid_value", message, json!({ "values": options }))
    }

    pub(super) fn invalid_format(format: &str, message: &str) -> Self {
        let details = json!({ "origin": "string", "format": format });
        Self::new("invalid_format", message.to_owned(), details)
    }

    pub(super) fn invalid_email(received: &str) -> Self {
        let message = format!("Invalid input: expected email, received {received}");
        Self::invalid_format("email", &message)
    }

    pub(super) fn unmatched_pattern(pattern: &str) -> Self {
        let message = format!("Invalid string: must match pattern /{pattern}/");
        let details = json!({ "origin": "string", "format": "regex", "pattern": format!("/{pattern}/") });
        Self::new("invalid_format", message, details)
    }

    pub(super) fn too_small(what: Measured, minimum: f64) -> Self {
        let minimum = as_written(minimum);
        let message = format!("Too small: {}", what.phrase(">=", &minimum));
        let details = json!({ "origin": what.origin(), "minimum": minimum, "inclusive": true });
        Self::new("too_small", message, details)
    }

    pub(super) fn too_big(what: Measured, maximum: f64) -> Self {
        let maximum = as_written(maximum);
        let message = format!("Too big: {}", what.phrase("<=", &maximum));
        let details = json!({ "origin": what.origin(), "maximum": maximum, "inclusive": true });
        Self::new("too_big", message, details)
    }
}

/// Whole numbers are shown without a fraction.
fn as_written(limit: f64) -> Value {
    if limit.fract() == 0.0 { json!(limit as i64) } else { json!(limit) }
}
