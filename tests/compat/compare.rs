//! Compares an operation of ours with the reference's, and says each difference with its place.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::shape::{Document, Operation, Parameter, Shape};

/// One difference: where, and what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// For example `PUT /assets/{id} · response 200 · exifInfo.rating`.
    pub at: String,
    /// For example `nullable expected, is not`.
    pub what: String,
}

/// Whether an operation stands as the reference has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There, without a difference.
    Implemented,
    /// There, with differences.
    Different,
    /// Not there, or only declared.
    Missing,
}

/// The outcome for one operation of the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// `METHOD /path`.
    pub operation: String,
    /// Its groups in the reference.
    pub tags: Vec<String>,
    /// How it stands.
    pub state: State,
    /// All differences, in the order of the document.
    pub differences: Vec<Difference>,
}

/// Compares every operation of the reference with ours.
pub fn compare(reference: &Document, ours: &Document) -> Vec<Outcome> {
    let by_template: BTreeMap<String, &Operation> =
        ours.operations.iter().map(|(key, operation)| (template(key), operation)).collect();
    let states_permissions = ours.operations.values().any(|operation| operation.permission.is_some());
    let compare_one = |(key, expected): (&String, &Operation)| {
        let found = by_template.get(&template(key)).filter(|operation| !operation.not_built);
        let Some(found) = found else {
            return Outcome {
                operation: key.clone(),
                tags: expected.tags.clone(),
                state: State::Missing,
                differences: Vec::new(),
            };
        };
        let mut comparison = Comparison::new(reference, ours, key);
        comparison.operation(expected, found);
        if states_permissions {
            comparison.permission(expected, found);
        }
        let differences = comparison.differences;
        let state = if differences.is_empty() { State::Implemented } else { State::Different };
        Outcome { operation: key.clone(), tags: expected.tags.clone(), state, differences }
    };
    reference.operations.iter().map(compare_one).collect()
}

/// Operations of ours that the reference does not know.
pub fn additional(reference: &Document, ours: &Document) -> Vec<String> {
    let known: BTreeSet<String> = reference.operations.keys().map(|key| template(key)).collect();
    let built = ours.operations.iter().filter(|(_, operation)| !operation.not_built);
    built.map(|(key, _)| key).filter(|key| !known.contains(&template(key))).cloned().collect()
}

/// The key with nameless path parameters: which path it is does not hang on how they are called.
fn template(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut inside = false;
    for character in key.chars() {
        inside = (inside || character == '{') && character != '}';
        if !inside || character == '{' {
            out.push(character);
        }
    }
    out
}

/// Bounds matter where a client sends: a server may well promise more about what it answers.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Request,
    Response,
}

struct Comparison<'a> {
    reference: &'a Document,
    ours: &'a Document,
    operation: &'a str,
    differences: Vec<Difference>,
    /// Pairs of names that are being compared further out: a recursive schema ends here.
    open: Vec<(String, String)>,
}

impl<'a> Comparison<'a> {
    fn new(reference: &'a Document, ours: &'a Document, operation: &'a str) -> Self {
        Self { reference, ours, operation, differences: Vec::new(), open: Vec::new() }
    }

    fn report(&mut self, section: &str, path: &str, what: impl Into<String>) {
        let mut at = self.operation.to_owned();
        for part in [section, path.trim_start_matches('.')] {
            if !part.is_empty() {
                at.push_str(" · ");
                at.push_str(part);
            }
        }
        self.differences.push(Difference { at, what: what.into() });
    }

    fn permission(&mut self, expected: &Operation, found: &Operation) {
        if expected.permission != found.permission {
            let what = expected_is(name_or(&expected.permission, "none"), name_or(&found.permission, "none"));
            self.report("permission", "", what);
        }
    }

    fn operation(&mut self, expected: &Operation, found: &Operation) {
        self.parameters(expected, found);
        self.body(expected, found);
        self.responses(expected, found);
    }

    fn parameters(&mut self, expected: &Operation, found: &Operation) {
        for (key, parameter) in &expected.parameters {
            match found.parameters.get(key) {
                Some(other) => self.parameter(key, parameter, other),
                None => self.report(&format!("parameter {key}"), "", "missing"),
            }
        }
        for key in found.parameters.keys().filter(|key| !expected.parameters.contains_key(*key)) {
            self.report(&format!("parameter {key}"), "", "not in the reference");
        }
    }

    fn parameter(&mut self, key: &str, expected: &Parameter, found: &Parameter) {
        let section = format!("parameter {key}");
        self.requirement(&section, "", expected.required, found.required);
        if expected.joined != found.joined {
            self.report(&section, "", "an array is written in another way (explode)");
        }
        self.shape(Direction::Request, &section, "", &expected.schema, &found.schema);
    }

    fn requirement(&mut self, section: &str, path: &str, expected: bool, found: bool) {
        match (expected, found) {
            (true, false) => self.report(section, path, "required expected, is optional"),
            (false, true) => self.report(section, path, "optional expected, is required"),
            _ => {}
        }
    }

    fn body(&mut self, expected: &Operation, found: &Operation) {
        match (&expected.body, &found.body) {
            (Some(body), Some(other)) => {
                self.requirement("request", "", body.required, other.required);
                self.content(Direction::Request, "request", &body.content, &other.content);
            }
            (Some(_), None) => self.report("request", "", "a body is expected, there is none"),
            (None, Some(_)) => self.report("request", "", "no body is expected, there is one"),
            (None, None) => {}
        }
    }

    /// Every status of the reference is expected, and no other success; errors beyond it may be documented.
    fn responses(&mut self, expected: &Operation, found: &Operation) {
        for (status, content) in &expected.responses {
            let section = format!("response {status}");
            match found.responses.get(status) {
                Some(other) => self.content(Direction::Response, &section, content, other),
                None => self.report(&section, "", "missing"),
            }
        }
        for status in found.responses.keys() {
            let is_success = status.starts_with(['2', '3']);
            if is_success && !expected.responses.contains_key(status) {
                self.report(&format!("response {status}"), "", "not in the reference");
            }
        }
    }

    fn content(
        &mut self,
        direction: Direction,
        section: &str,
        expected: &BTreeMap<String, Shape>,
        found: &BTreeMap<String, Shape>,
    ) {
        for (media_type, shape) in expected {
            match found.get(media_type) {
                Some(other) => self.shape(direction, section, "", shape, other),
                None => self.report(section, "", format!("content {media_type} missing")),
            }
        }
        for media_type in found.keys().filter(|media_type| !expected.contains_key(*media_type)) {
            self.report(section, "", format!("content {media_type} not in the reference"));
        }
    }

    fn shape(&mut self, direction: Direction, section: &str, path: &str, expected: &Shape, found: &Shape) {
        let names = (name_or(&expected.reference, "").to_owned(), name_or(&found.reference, "").to_owned());
        let named = !names.0.is_empty() && !names.1.is_empty();
        let (wanted, given) = (self.reference.resolve(expected), self.ours.resolve(found));
        self.nullability(section, path, &wanted, &given);
        if named && self.open.contains(&names) {
            return;
        }
        self.open.push(names);
        self.resolved(direction, section, path, &wanted, &given);
        self.open.pop();
    }

    fn nullability(&mut self, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        match (wanted.nullable, given.nullable) {
            (true, false) => self.report(section, path, "nullable expected, is not"),
            (false, true) => self.report(section, path, "not nullable expected, is nullable"),
            _ => {}
        }
    }

    fn resolved(&mut self, direction: Direction, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        if wanted.kind != given.kind || wanted.any_of.is_empty() != given.any_of.is_empty() {
            self.report(section, path, format!("type: {}", expected_is(&summary(wanted), &summary(given))));
            return;
        }
        if wanted.format != given.format {
            let what = expected_is(name_or(&wanted.format, "none"), name_or(&given.format, "none"));
            self.report(section, path, format!("format: {what}"));
        }
        self.values(section, path, wanted, given);
        if direction == Direction::Request {
            self.bounds(section, path, wanted, given);
        }
        self.items(direction, section, path, wanted, given);
        self.fields(direction, section, path, wanted, given);
        self.additional(direction, section, path, wanted, given);
        self.alternatives(direction, section, path, wanted, given);
    }

    fn values(&mut self, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        if wanted.values.is_empty() != given.values.is_empty() {
            let say = |shape: &Shape| if shape.values.is_empty() { "any value" } else { "an enum" };
            self.report(section, path, format!("enum: {}", expected_is(say(wanted), say(given))));
            return;
        }
        for value in wanted.values.difference(&given.values) {
            self.report(section, path, format!("enum: {value} missing"));
        }
        for value in given.values.difference(&wanted.values) {
            self.report(section, path, format!("enum: {value} not in the reference"));
        }
    }

    fn bounds(&mut self, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        let names: BTreeSet<&String> = wanted.bounds.keys().chain(given.bounds.keys()).collect();
        for name in names {
            let (limit, other) = (wanted.bounds.get(name), given.bounds.get(name));
            if limit != other {
                let say = |bound: Option<&f64>| bound.map_or_else(|| "none".to_owned(), f64::to_string);
                self.report(section, path, format!("{name}: {}", expected_is(&say(limit), &say(other))));
            }
        }
    }

    fn items(&mut self, direction: Direction, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        if wanted.kind.as_deref() != Some("array") {
            return;
        }
        let anything = Shape::default();
        let item = wanted.items.as_deref().unwrap_or(&anything);
        let other = given.items.as_deref().unwrap_or(&anything);
        self.shape(direction, section, &format!("{path}[]"), item, other);
    }

    fn fields(&mut self, direction: Direction, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        for (name, field) in &wanted.fields {
            let path = format!("{path}.{name}");
            let Some(other) = given.fields.get(name) else {
                self.report(section, &path, "missing");
                continue;
            };
            self.requirement(section, &path, wanted.required.contains(name), given.required.contains(name));
            self.shape(direction, section, &path, field, other);
        }
        for name in given.fields.keys().filter(|name| !wanted.fields.contains_key(*name)) {
            self.report(section, &format!("{path}.{name}"), "not in the reference");
        }
    }

    fn additional(&mut self, direction: Direction, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        if wanted.closed != given.closed {
            let say = |closed| if closed { "refused" } else { "allowed" };
            let what = expected_is(say(wanted.closed), say(given.closed));
            self.report(section, path, format!("additional fields: {what}"));
        }
        if wanted.additional.is_none() && given.additional.is_none() {
            return;
        }
        let anything = Shape::default();
        let rule = wanted.additional.as_deref().unwrap_or(&anything);
        let other = given.additional.as_deref().unwrap_or(&anything);
        self.shape(direction, section, &format!("{path}.*"), rule, other);
    }

    /// Each variant of the reference needs an equal one of ours, in any order.
    fn alternatives(&mut self, direction: Direction, section: &str, path: &str, wanted: &Shape, given: &Shape) {
        let mut left: Vec<&Shape> = given.any_of.iter().collect();
        for variant in &wanted.any_of {
            match left.iter().position(|other| self.equal(direction, variant, other)) {
                Some(at) => drop(left.swap_remove(at)),
                None => {
                    let what = format!("variant {} missing", summary(&self.reference.resolve(variant)));
                    self.report(section, path, what);
                }
            }
        }
        for other in left {
            let what = format!("variant {} not in the reference", summary(&self.ours.resolve(other)));
            self.report(section, path, what);
        }
    }

    fn equal(&self, direction: Direction, wanted: &Shape, given: &Shape) -> bool {
        let mut trial = Comparison::new(self.reference, self.ours, self.operation);
        trial.open.clone_from(&self.open);
        trial.shape(direction, "", "", wanted, given);
        trial.differences.is_empty()
    }
}

fn name_or<'a>(name: &'a Option<String>, otherwise: &'a str) -> &'a str {
    name.as_deref().unwrap_or(otherwise)
}

fn expected_is(expected: &str, is: &str) -> String {
    format!("{expected} expected, is {is}")
}

/// A short name for what a resolved schema is.
fn summary(shape: &Shape) -> String {
    match (&shape.kind, shape.any_of.len()) {
        (Some(kind), _) if kind == "object" && !shape.fields.is_empty() => {
            let names: Vec<&str> = shape.fields.keys().map(String::as_str).collect();
            format!("object {{{}}}", names.join(", "))
        }
        (Some(kind), _) => kind.clone(),
        (None, 0) => "anything".to_owned(),
        (None, count) => format!("one of {count} variants"),
    }
}
