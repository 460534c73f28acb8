//! The one inner form both documents are read into: what the wire looks like, and nothing else.
//!
//! Descriptions, examples, defaults, names of schemas and ways of writing the same thing are gone here, so that two
//! documents compare equal exactly when a client cannot tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A whole API document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Operations by `METHOD /path`.
    pub operations: BTreeMap<String, Operation>,
    /// Schemas that operations and other schemas name.
    pub schemas: BTreeMap<String, Shape>,
}

/// One operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Groups it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What an API key needs (`x-immich-permission`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// Path, query and header parameters, by `in` and name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Parameter>,
    /// The request body, if it takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Content by status, then by media type.
    pub responses: BTreeMap<String, BTreeMap<String, Shape>>,
    /// Only declared: it answers 501 or says so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_built: bool,
}

/// One parameter; its key holds name and place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Whether a request without it is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Whether an array is written as one comma-separated value instead of repeated keys.
    #[serde(default, skip_serializing_if = "is_false")]
    pub joined: bool,
    /// Its value.
    pub schema: Shape,
}

/// A request body.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Whether a request without it is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Content by media type.
    pub content: BTreeMap<String, Shape>,
}

/// A schema. At most one of `reference`, `kind`, `any_of` and `all_of` says what it is; none means "anything".
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// The name of the schema that this one is.
    #[serde(rename = "$ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// `string`, `integer`, `number`, `boolean`, `array` or `object`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The format of a string; those of numbers say how a server stores them and are dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Whether `null` is a value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// The only values, as JSON text.
    #[serde(rename = "enum", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub values: BTreeSet<String>,
    /// Bounds by their JSON Schema name (`minimum`, `maxItems` …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bounds: BTreeMap<String, f64>,
    /// What an array holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Shape>>,
    /// The fields of an object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Shape>,
    /// Those that are always there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub required: BTreeSet<String>,
    /// What unnamed fields of an object hold, where the document says more than "anything".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional: Option<Box<Shape>>,
    /// Whether unnamed fields are refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
    /// Alternatives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Shape>,
    /// Parts that hold together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Shape>,
}

/// A chain of schemas that only name each other is cut here; no real document nests names so deep.
const MAX_REFERENCE_HOPS: usize = 32;

impl Document {
    /// Follows names and joins `all_of` parts until the shape says itself what it is.
    pub fn resolve(&self, shape: &Shape) -> Shape {
        self.resolve_within(shape, MAX_REFERENCE_HOPS)
    }

    fn resolve_within(&self, shape: &Shape, hops: usize) -> Shape {
        let mut resolved = shape.clone();
        if hops == 0 {
            return resolved;
        }
        let mut parts = std::mem::take(&mut resolved.all_of);
        if let Some(name) = resolved.reference.take() {
            let named = self.schemas.get(&name).cloned().unwrap_or_else(|| Shape::dangling(&name));
            parts.push(named);
        }
        for part in parts {
            let part = self.resolve_within(&part, hops - 1);
            resolved.join(part);
        }
        resolved
    }
}

impl Shape {
    /// Stands for a name that leads nowhere; it equals no real schema.
    fn dangling(name: &str) -> Self {
        Self { kind: Some(format!("missing schema {name}")), ..Self::default() }
    }

    /// Whether any JSON value fits.
    pub fn is_anything(&self) -> bool {
        let anything = Self { nullable: self.nullable, ..Self::default() };
        *self == anything
    }

    /// Adds what another part of an `all_of` demands.
    fn join(&mut self, part: Self) {
        self.kind = self.kind.take().or(part.kind);
        self.format = self.format.take().or(part.format);
        self.items = self.items.take().or(part.items);
        self.additional = self.additional.take().or(part.additional);
        self.nullable |= part.nullable;
        self.closed |= part.closed;
        self.values.extend(part.values);
        self.fields.extend(part.fields);
        self.required.extend(part.required);
        for (name, bound) in part.bounds {
            self.bounds.entry(name).or_insert(bound);
        }
        if self.any_of.is_empty() {
            self.any_of = part.any_of;
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_false(value: &bool) -> bool {
    !*value
}
