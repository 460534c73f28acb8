//! The schema of a DTO, resolved through its components once and kept: what the validator walks.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::RwLock;
use serde_json::Value;
use utoipa::openapi::schema::{Array, ArrayItems, Object, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema, SchemaFormat};
use utoipa::{Number, ToSchema};

use super::text::TextRule;

/// A schema that refers to itself would never end; ours are far shallower than this.
const MAX_DEPTH: usize = 16;

/// What a value has to be.
pub(super) struct Node {
    pub shape: Shape,
    pub is_nullable: bool,
}

/// The kinds of values.
pub(super) enum Shape {
    Any,
    Boolean,
    Integer(Bounds),
    Number(Bounds),
    Text(TextRule),
    Options(Vec<String>),
    List {
        item: Box<Node>,
        bounds: Bounds,
    },
    Object(Vec<Property>),
    Record,
    File,
    /// A text or an object: clients of two versions say the same in two forms.
    Either(Vec<Node>),
}

/// A property of an object.
pub(super) struct Property {
    pub name: String,
    pub node: Node,
    pub is_required: bool,
}

/// Inclusive bounds of a number, or of a length.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
}

type Components = HashMap<String, RefOr<Schema>>;

static SHAPES: LazyLock<RwLock<HashMap<TypeId, &'static Node>>> = LazyLock::new(RwLock::default);

/// The shape of a DTO, resolved at its first use. There are as many as there are DTOs, and they
/// live as long as the process.
pub(super) fn of<T: ToSchema + 'static>() -> &'static Node {
    let key = TypeId::of::<T>();
    if let Some(known) = SHAPES.read().get(&key) {
        return known;
    }
    let mut components = Vec::new();
    T::schemas(&mut components);
    let components: Components = components.into_iter().collect();
    let node = node_of(&T::schema(), &components, 0);
    SHAPES.write().entry(key).or_insert_with(|| Box::leak(Box::new(node)))
}

fn any() -> Node {
    Node { shape: Shape::Any, is_nullable: true }
}

fn node_of(schema: &RefOr<Schema>, components: &Components, depth: usize) -> Node {
    if depth > MAX_DEPTH {
        return any();
    }
    match schema {
        RefOr::T(schema) => node_of_schema(schema, components, depth),
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
            let found = components.get(name);
            debug_assert!(found.is_some(), "schema `{name}` is not among the parts");
            found.map_or_else(any, |found| node_of(found, components, depth + 1))
        }
    }
}

fn node_of_schema(schema: &Schema, components: &Components, depth: usize) -> Node {
    match schema {
        Schema::Object(object) => node_of_object(object, components, depth),
        Schema::Array(array) => node_of_array(array, components, depth),
        Schema::OneOf(choice) => node_of_choice(&choice.items, components, depth),
        Schema::AllOf(choice) if choice.items.len() < 2 => node_of_choice(&choice.items, components, depth),
        Schema::AnyOf(choice) => node_of_choice(&choice.items, components, depth),
        _ => any(),
    }
}

/// Choices are "this or null", or between values of different types.
fn node_of_choice(items: &[RefOr<Schema>], components: &Components, depth: usize) -> Node {
    let others: Vec<_> = items.iter().filter(|item| !is_null(item)).collect();
    let [only] = others.as_slice() else {
        let nodes = others.iter().map(|item| node_of(item, components, depth + 1)).collect();
        return Node { shape: Shape::Either(nodes), is_nullable: others.len() < items.len() };
    };
    let node = node_of(only, components, depth + 1);
    Node { is_nullable: node.is_nullable || others.len() < items.len(), ..node }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object))
        if matches!(object.schema_type, SchemaType::Type(Type::Null)))
}

fn node_of_array(array: &Array, components: &Components, depth: usize) -> Node {
    let item = match &array.items {
        ArrayItems::RefOrSchema(item) => node_of(item, components, depth + 1),
        _ => any(),
    };
    let bounds = Bounds {
        minimum: array.min_items.map(|count| count as f64),
        maximum: array.max_items.map(|count| count as f64),
    };
    let (_, is_nullable) = type_and_nullability(&array.schema_type);
    Node { shape: Shape::List { item: Box::new(item), bounds }, is_nullable }
}

fn node_of_object(object: &Object, components: &Components, depth: usize) -> Node {
    let (kind, is_nullable) = type_and_nullability(&object.schema_type);
    let shape = match kind {
        Some(Type::Boolean) => Shape::Boolean,
        Some(Type::Integer) => Shape::Integer(bounds_of(object)),
        Some(Type::Number) => Shape::Number(bounds_of(object)),
        Some(Type::String) => text_shape(object),
        Some(Type::Object) if object.additional_properties.is_some() => Shape::Record,
        Some(Type::Object) => Shape::Object(properties_of(object, components, depth)),
        _ => Shape::Any,
    };
    Node { is_nullable: is_nullable || matches!(shape, Shape::Any), shape }
}

fn type_and_nullability(kind: &SchemaType) -> (Option<&Type>, bool) {
    match kind {
        SchemaType::Type(kind) => (Some(kind), false),
        SchemaType::Array(kinds) => {
            (kinds.iter().find(|kind| !matches!(kind, Type::Null)), kinds.iter().any(|kind| matches!(kind, Type::Null)))
        }
        SchemaType::AnyValue => (None, true),
    }
}

fn bounds_of(object: &Object) -> Bounds {
    let as_float = |number: &Number| match number {
        Number::Int(value) => *value as f64,
        Number::UInt(value) => *value as f64,
        Number::Float(value) => *value,
    };
    Bounds { minimum: object.minimum.as_ref().map(as_float), maximum: object.maximum.as_ref().map(as_float) }
}

fn text_shape(object: &Object) -> Shape {
    let format = object.format.as_ref().map(format_name);
    if let Some(options) = &object.enum_values {
        let texts = options.iter().filter_map(Value::as_str);
        return Shape::Options(texts.map(str::to_owned).collect());
    }
    if format.as_deref() == Some("binary") {
        return Shape::File;
    }
    let length = Bounds {
        minimum: object.min_length.map(|count| count as f64),
        maximum: object.max_length.map(|count| count as f64),
    };
    Shape::Text(TextRule::new(format.as_deref(), object.pattern.as_deref(), length))
}

fn format_name(format: &SchemaFormat) -> String {
    match serde_json::to_value(format) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

fn properties_of(object: &Object, components: &Components, depth: usize) -> Vec<Property> {
    let property = |(name, schema): (&String, &RefOr<Schema>)| Property {
        name: name.clone(),
        node: node_of(schema, components, depth + 1),
        is_required: object.required.contains(name),
    };
    object.properties.iter().map(property).collect()
}
