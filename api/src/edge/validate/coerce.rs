//! Turns names and values that came as text into the JSON value that the schema asks for.

use serde_json::{Map, Number, Value};

use super::issue::Issue;
use super::shape::{Bounds, Node, Property, Shape};
use super::walk::{Issues, Trail};

/// Reads the pairs that the shape knows; others are passed over. What cannot be read becomes an
/// issue and a value that raises no second one.
pub(super) fn object_of(
    node: &Node,
    pairs: impl IntoIterator<Item = (String, String)>,
    issues: &mut Issues,
) -> Map<String, Value> {
    let mut object = Map::new();
    let Shape::Object(properties) = &node.shape else {
        return object;
    };
    let mut given: Vec<(usize, Vec<String>)> = Vec::new();
    for (name, value) in pairs {
        let Some(place) = properties.iter().position(|property| property.name == name) else {
            continue;
        };
        match given.iter_mut().find(|(known, _)| *known == place) {
            Some((_, values)) => values.push(value),
            None => given.push((place, vec![value])),
        }
    }
    for (place, values) in given {
        let property = &properties[place];
        let value = value_of(property, values, issues);
        object.insert(property.name.clone(), value);
    }
    object
}

fn value_of(property: &Property, mut values: Vec<String>, issues: &mut Issues) -> Value {
    let trail = Trail::Key(&Trail::Root, &property.name);
    match (&property.node.shape, values.len()) {
        (Shape::List { item, .. }, count) => list_of(item, values, count, &trail, issues),
        (shape, 1) => scalar_of(shape, values.swap_remove(0), &trail, issues),
        // A key given twice where one value is wanted is seen as a list, and refused as one.
        _ => values.into_iter().map(Value::String).collect(),
    }
}

fn list_of(item: &Node, values: Vec<String>, count: usize, trail: &Trail<'_>, issues: &mut Issues) -> Value {
    // Lists of objects occur in forms only, as one field that holds JSON.
    if let (Shape::Object(_), 1) = (&item.shape, count) {
        let text = &values[0];
        return serde_json::from_str(text).unwrap_or_else(|_| {
            issues.add(Issue::custom(&[], "Invalid JSON string"), trail);
            Value::Array(Vec::new())
        });
    }
    let scalars = values.into_iter().enumerate();
    let scalar = |(index, value)| scalar_of(&item.shape, value, &Trail::Index(trail, index), issues);
    scalars.map(scalar).collect()
}

fn scalar_of(shape: &Shape, text: String, trail: &Trail<'_>, issues: &mut Issues) -> Value {
    match shape {
        Shape::Boolean => boolean_of(&text, trail, issues),
        Shape::Integer(bounds) | Shape::Number(bounds) => number_of(&text, *bounds, trail, issues),
        Shape::Record | Shape::Object(_) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        _ => Value::String(text),
    }
}

fn boolean_of(text: &str, trail: &Trail<'_>, issues: &mut Issues) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => {
            issues.add(Issue::invalid_option(&["true".to_owned(), "false".to_owned()]), trail);
            Value::Bool(false)
        }
    }
}

fn number_of(text: &str, bounds: Bounds, trail: &Trail<'_>, issues: &mut Issues) -> Value {
    let text = text.trim();
    let number = text.parse::<i64>().map(Number::from).ok();
    let float = || text.parse::<f64>().ok().filter(|_| is_plain_number(text));
    match number.or_else(|| float().and_then(Number::from_f64)) {
        Some(number) => Value::Number(number),
        None => {
            issues.add(Issue::invalid_type("number", "NaN"), trail);
            bounds.minimum.or(bounds.maximum).unwrap_or_default().into()
        }
    }
}

/// Rust also reads `inf` and `nan`.
fn is_plain_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
}
