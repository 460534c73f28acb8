//! Reads OpenAPI 3.0 and 3.1 documents into the inner form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::shape::{Body, Document, Operation, Parameter, Shape};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];
const BOUNDS: [&str; 8] =
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "minLength", "maxLength"];
/// A bound at the edge of what JavaScript counts exactly is how a generator writes "integer"; it says nothing.
const JS_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
/// What of a schema or an operation only clients of a newer version than the reference's know, or nobody but we tell:
/// it is no difference.
const NEWER: &str = "x-albumen-newer";
const API_PREFIX: &str = "/api";
const SCHEMA_PREFIX: &str = "#/components/schemas/";

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is absent or unreadable.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no JSON.
    #[error("{path} is not valid JSON: {source}")]
    Json {
        /// The file.
        path: String,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// JSON, but neither an OpenAPI document nor a list of facts.
    #[error("{path} is neither an OpenAPI document (no `paths`) nor a list of facts (no `operations`)")]
    Kind {
        /// The file.
        path: String,
    },
}

/// Reads a file that holds an OpenAPI document or the facts drawn from one.
pub fn read_file(path: &std::path::Path) -> Result<Document, ReadError> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ReadError::File { path: name(), source })?;
    let json_error = |source| ReadError::Json { path: name(), source };
    let value: Value = serde_json::from_str(&text).map_err(json_error)?;
    if value.get("paths").is_some() {
        Ok(read_document(&value))
    } else if value.get("operations").is_some() {
        serde_json::from_value(value).map_err(json_error)
    } else {
        Err(ReadError::Kind { path: name() })
    }
}

/// Reads an OpenAPI document.
pub fn read_document(root: &Value) -> Document {
    let mut document = Document::default();
    for (name, schema) in members(root.pointer("/components/schemas")) {
        document.schemas.insert(name.clone(), read_shape(schema));
    }
    for (path, item) in members(root.get("paths")) {
        let shared = item.get("parameters").and_then(Value::as_array);
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let key = format!("{} {}", method.to_uppercase(), strip_prefix(path));
            document.operations.insert(key, read_operation(root, operation, shared));
        }
    }
    document
}

/// Paths are compared without the `/api` that one document keeps in `servers` and another in each path.
fn strip_prefix(path: &str) -> &str {
    match path.strip_prefix(API_PREFIX) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

fn read_operation(root: &Value, operation: &Value, shared: Option<&Vec<Value>>) -> Operation {
    let mut parameters = BTreeMap::new();
    let newer = strings(operation.get(NEWER));
    let own = operation.get("parameters").and_then(Value::as_array);
    for parameter in shared.into_iter().chain(own).flatten() {
        let parameter = follow(root, parameter);
        if newer.iter().any(|name| name == text(parameter, "name")) {
            continue;
        }
        let place = text(parameter, "in");
        parameters.insert(format!("{place} {}", text(parameter, "name")), read_parameter(parameter));
    }
    let mut responses = BTreeMap::new();
    for (status, response) in members(operation.get("responses")) {
        responses.insert(status.clone(), read_content(follow(root, response)));
    }
    let declared_only = operation.get("x-albumen-not-built").and_then(Value::as_bool).unwrap_or(false);
    Operation {
        tags: strings(operation.get("tags")),
        permission: operation.get("x-immich-permission").and_then(Value::as_str).map(str::to_owned),
        parameters,
        body: operation.get("requestBody").map(|body| read_body(follow(root, body))),
        not_built: declared_only || responses.contains_key("501"),
        responses,
    }
}

/// Parameters, bodies and responses may be named, too.
fn follow<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).unwrap_or(value)
}

fn read_parameter(parameter: &Value) -> Parameter {
    let empty = Value::Object(Map::new());
    let mut schema = read_shape(parameter.get("schema").unwrap_or(&empty));
    // The absence of a key is all that a query can say, so null is no value of its own there.
    schema.nullable = false;
    let joined = parameter.get("explode").and_then(Value::as_bool) == Some(false);
    Parameter { required: flag(parameter, "required"), joined, schema }
}

fn read_body(body: &Value) -> Body {
    Body { required: flag(body, "required"), content: read_content(body) }
}

fn read_content(holder: &Value) -> BTreeMap<String, Shape> {
    let mut content = BTreeMap::new();
    for (media_type, entry) in members(holder.get("content")) {
        let shape = entry.get("schema").map(read_shape).unwrap_or_default();
        let is_bytes = media_type == "application/octet-stream" && shape.is_anything();
        content.insert(media_type.clone(), if is_bytes { bytes() } else { shape });
    }
    content
}

fn bytes() -> Shape {
    Shape { kind: Some("string".into()), format: Some("binary".into()), ..Shape::default() }
}

/// Reads one schema; `true` and `{}` are anything.
pub fn read_shape(schema: &Value) -> Shape {
    let mut shape = Shape {
        reference: schema
            .get("$ref")
            .and_then(Value::as_str)
            .map(|name| name.trim_start_matches(SCHEMA_PREFIX).to_owned()),
        nullable: flag(schema, "nullable"),
        bounds: read_bounds(schema),
        items: schema.get("items").map(|items| Box::new(read_shape(items))),
        required: strings(schema.get("required")).into_iter().collect(),
        all_of: shapes(schema.get("allOf")),
        ..Shape::default()
    };
    let newer = strings(schema.get(NEWER));
    for (name, field) in members(schema.get("properties")).filter(|(name, _)| !newer.contains(name)) {
        shape.fields.insert(name.clone(), read_shape(field));
    }
    shape.required.retain(|name| !newer.contains(name));
    read_types(schema, &mut shape);
    read_format(schema, &mut shape);
    read_values(schema, &mut shape);
    read_additional(schema, &mut shape);
    read_alternatives(schema, &mut shape);
    shape
}

/// `type` is one name in 3.0 and may be a list with `null` in 3.1.
fn read_types(schema: &Value, shape: &mut Shape) {
    let mut types = match schema.get("type") {
        Some(Value::String(one)) => vec![one.clone()],
        many => strings(many),
    };
    let count = types.len();
    types.retain(|name| name != "null");
    shape.nullable |= types.len() < count;
    match types.len() {
        0 => {}
        1 => shape.kind = types.pop(),
        _ => shape.any_of = types.into_iter().map(|kind| Shape { kind: Some(kind), ..Shape::default() }).collect(),
    }
    let is_object = !shape.fields.is_empty() || schema.get("additionalProperties").is_some();
    if shape.kind.is_none() && shape.any_of.is_empty() && is_object {
        shape.kind = Some("object".into());
    }
}

fn read_format(schema: &Value, shape: &mut Shape) {
    if shape.kind.as_deref() != Some("string") {
        return;
    }
    shape.format = schema.get("format").and_then(Value::as_str).map(str::to_owned);
    let media_type = schema.get("contentMediaType").and_then(Value::as_str);
    if shape.format.is_none() && media_type == Some("application/octet-stream") {
        shape.format = Some("binary".into());
    }
}

fn read_values(schema: &Value, shape: &mut Shape) {
    let newer = strings(schema.get(NEWER));
    let mut listed = schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    listed.retain(|value| !newer.iter().any(|word| value == word));
    for value in listed.into_iter().chain(schema.get("const").cloned()) {
        if value.is_null() {
            shape.nullable = true;
        } else {
            shape.values.insert(value.to_string());
            shape.kind.get_or_insert_with(|| kind_of(&value).into());
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Array(_) => "array",
        Value::Object(_) | Value::Null => "object",
    }
}

/// "Anything" for unnamed fields is what an object allows anyway, so it is not kept.
fn read_additional(schema: &Value, shape: &mut Shape) {
    match schema.get("additionalProperties") {
        Some(Value::Bool(allowed)) => shape.closed = !allowed,
        Some(rule) => {
            let rule = read_shape(rule);
            if !rule.is_anything() {
                shape.additional = Some(Box::new(rule));
            }
        }
        None => {}
    }
}

/// 3.0 writes an exclusive bound as a flag beside the bound, 3.1 as a bound of its own.
fn read_bounds(schema: &Value) -> BTreeMap<String, f64> {
    let mut bounds = BTreeMap::new();
    for name in BOUNDS {
        let bound = schema.get(name).and_then(Value::as_f64);
        if let Some(bound) = bound.filter(|bound| bound.abs() < JS_SAFE_INTEGER) {
            bounds.insert(name.to_owned(), bound);
        }
    }
    for (flag_name, bound_name) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if flag(schema, flag_name)
            && let Some(bound) = bounds.remove(bound_name)
        {
            bounds.insert(flag_name.to_owned(), bound);
        }
    }
    bounds
}

/// `oneOf`/`anyOf`: a null among them means nullable, one that is left is the schema itself, and constants are an enum.
fn read_alternatives(schema: &Value, shape: &mut Shape) {
    let mut variants = shapes(schema.get("oneOf"));
    variants.extend(shapes(schema.get("anyOf")));
    let listed = [schema.get("oneOf"), schema.get("anyOf")].into_iter().flatten().filter_map(Value::as_array).flatten();
    let nulls: Vec<bool> = listed.filter(|schema| !flag(schema, NEWER)).map(is_null_schema).collect();
    shape.nullable |= nulls.contains(&true);
    let mut keep = nulls.iter().map(|null| !null);
    variants.retain(|_| keep.next().unwrap_or(true));
    if variants.len() == 1 {
        shape.all_of.append(&mut variants);
    } else if let Some(values) = constants(&variants) {
        shape.kind = variants.first().and_then(|variant| variant.kind.clone());
        shape.values = values;
    } else if !variants.is_empty() {
        shape.any_of = variants;
    }
}

fn is_null_schema(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The values of variants that are all enums of one type.
fn constants(variants: &[Shape]) -> Option<BTreeSet<String>> {
    let kind = &variants.first()?.kind;
    let mut values = BTreeSet::new();
    for variant in variants {
        let plain = Shape { kind: kind.clone(), values: variant.values.clone(), ..Shape::default() };
        if variant.values.is_empty() || *variant != plain {
            return None;
        }
        values.extend(variant.values.iter().cloned());
    }
    Some(values)
}

fn shapes(list: Option<&Value>) -> Vec<Shape> {
    let schemas = list.and_then(Value::as_array).into_iter().flatten();
    schemas.filter(|schema| !flag(schema, NEWER)).map(read_shape).collect()
}

fn members(object: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    object.and_then(Value::as_object).into_iter().flatten()
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let values = list.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn flag(object: &Value, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(false)
}
