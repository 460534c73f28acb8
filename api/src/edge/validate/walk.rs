//! Walks a value against a shape.

use serde_json::{Number, Value};

use super::issue::{Issue, Measured, PathSegment};
use super::shape::{Bounds, Node, Property, Shape};
use crate::dto::forms::MAX_SAFE_INTEGER;

/// A request can hold as many mistakes as it has values; this many are enough to see why.
const MAX_ISSUES: usize = 100;

/// The issues found so far.
#[derive(Default)]
pub(super) struct Issues(Vec<Issue>);

impl Issues {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_vec(self) -> Vec<Issue> {
        self.0
    }

    fn is_full(&self) -> bool {
        self.0.len() >= MAX_ISSUES
    }

    pub fn add(&mut self, issue: Issue, trail: &Trail<'_>) {
        if !self.is_full() {
            self.0.push(issue.at(trail.path()));
        }
    }
}

/// The way to the present value, kept on the stack and written out only for an issue.
pub(super) enum Trail<'a> {
    Root,
    Key(&'a Trail<'a>, &'a str),
    Index(&'a Trail<'a>, usize),
}

impl Trail<'_> {
    fn path(&self) -> Vec<PathSegment> {
        let (parent, segment) = match self {
            Trail::Root => return Vec::new(),
            Trail::Key(parent, key) => (parent, PathSegment::Key((*key).to_owned())),
            Trail::Index(parent, index) => (parent, PathSegment::Index(*index)),
        };
        let mut path = parent.path();
        path.push(segment);
        path
    }
}

pub(super) fn walk_root(node: &Node, value: Option<&mut Value>, issues: &mut Issues) {
    walk(node, value, &Trail::Root, issues);
}

fn walk(node: &Node, value: Option<&mut Value>, trail: &Trail<'_>, issues: &mut Issues) {
    if node.is_nullable && matches!(value, Some(Value::Null)) {
        return;
    }
    match (&node.shape, value) {
        (Shape::Any | Shape::File, _) => {}
        (Shape::Either(nodes), value) => {
            if let Some(node) = meant(nodes, value.as_deref()) {
                walk(node, value, trail, issues);
            }
        }
        (Shape::Boolean, Some(Value::Bool(_))) => {}
        (Shape::Integer(bounds), Some(Value::Number(number))) => {
            walk_integer(*bounds, number, trail, issues);
        }
        (Shape::Number(bounds), Some(Value::Number(number))) => {
            let number = number.as_f64().unwrap_or_default();
            check_bounds(*bounds, number, Measured::Number, trail, issues);
        }
        (Shape::Text(rule), Some(Value::String(text))) => {
            rule.check(text, |issue| issues.add(issue, trail));
        }
        (Shape::Options(options), Some(Value::String(text))) if options.contains(text) => {}
        (Shape::List { item, bounds }, Some(Value::Array(values))) => {
            walk_list(item, values, trail, issues);
            check_bounds(*bounds, values.len() as f64, Measured::List, trail, issues);
        }
        (Shape::Record, Some(Value::Object(_))) => {}
        (Shape::Object(properties), Some(Value::Object(object))) => {
            walk_object(properties, object, trail, issues);
        }
        (_, value) => issues.add(wrong_type(&node.shape, value.as_deref()), trail),
    }
}

/// The form that a value has, else the first.
fn meant<'a>(nodes: &'a [Node], value: Option<&Value>) -> Option<&'a Node> {
    let is_object = matches!(value, Some(Value::Object(_)));
    let fits = |node: &&Node| matches!(node.shape, Shape::Object(_) | Shape::Record) == is_object;
    nodes.iter().find(fits).or(nodes.first())
}

fn walk_list(item: &Node, values: &mut [Value], trail: &Trail<'_>, issues: &mut Issues) {
    for (index, value) in values.iter_mut().enumerate() {
        if issues.is_full() {
            return;
        }
        walk(item, Some(value), &Trail::Index(trail, index), issues);
    }
}

fn walk_object(
    properties: &[Property],
    object: &mut serde_json::Map<String, Value>,
    trail: &Trail<'_>,
    issues: &mut Issues,
) {
    for property in properties {
        let value = object.get_mut(&property.name);
        if value.is_some() || property.is_required {
            walk(&property.node, value, &Trail::Key(trail, &property.name), issues);
        }
    }
}

/// JSON has one kind of number, so `3.0` is an integer; it is rewritten as one for those who read
/// the value after us.
fn walk_integer(bounds: Bounds, number: &mut Number, trail: &Trail<'_>, issues: &mut Issues) {
    let value = number.as_f64().unwrap_or(f64::NAN);
    if value.fract() != 0.0 {
        return issues.add(Issue::invalid_type("int", "number"), trail);
    }
    let limit = MAX_SAFE_INTEGER as f64;
    if value > limit {
        issues.add(Issue::too_big(Measured::Integer, limit), trail);
    } else if value < -limit {
        issues.add(Issue::too_small(Measured::Integer, -limit), trail);
    } else {
        check_bounds(bounds, value, Measured::Number, trail, issues);
        *number = Number::from(value as i64);
    }
}

fn check_bounds(bounds: Bounds, value: f64, what: Measured, trail: &Trail<'_>, issues: &mut Issues) {
    if let Some(minimum) = bounds.minimum.filter(|minimum| value < *minimum) {
        issues.add(Issue::too_small(what, minimum), trail);
    }
    if let Some(maximum) = bounds.maximum.filter(|maximum| value > *maximum) {
        issues.add(Issue::too_big(what, maximum), trail);
    }
}

fn wrong_type(shape: &Shape, value: Option<&Value>) -> Issue {
    let received = name_of(value);
    match shape {
        Shape::Options(options) => Issue::invalid_option(options),
        Shape::Text(rule) if rule.is_email() => Issue::invalid_email(received),
        Shape::Boolean => Issue::invalid_type("boolean", received),
        Shape::Integer(_) | Shape::Number(_) => Issue::invalid_type("number", received),
        Shape::List { .. } => Issue::invalid_type("array", received),
        Shape::Object(_) => Issue::invalid_type("object", received),
        Shape::Record => Issue::invalid_type("record", received),
        Shape::Text(_) | Shape::Any | Shape::File | Shape::Either(_) => Issue::invalid_type("string", received),
    }
}

fn name_of(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}
