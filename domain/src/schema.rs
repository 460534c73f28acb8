//! JSON Schemas of what the log holds, derived from the types. Off by default: only the tests that
//! compare them with the committed ones ask for it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};

use crate::{
    EventKey, Metadata, Personal,
    personal::{ERASED_MARK, PERSONAL_MARK},
};

/// The key of the object that stands for a sealed value in the log.
const SEALED_MARK: &str = "$sealed";
/// Way of sealing, subject, base64 of nonce and ciphertext.
const SEALED_PATTERN: &str = "^[0-9]+\\.[0-9a-f-]{36}\\.[A-Za-z0-9+/]+$";

/// The schema of an event's body.
pub(crate) fn of_event<T: JsonSchema>(key: EventKey, description: &str) -> Schema {
    titled::<T>(key.to_string(), description)
}

/// The schema of the circumstances that every event has.
#[must_use]
pub fn of_metadata() -> Schema {
    titled::<Metadata>("metadata".to_owned(), "Circumstances of an event: who, from where, and what it belongs to.")
}

fn titled<T: JsonSchema>(title: String, description: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema.insert("description".to_owned(), description.trim().into());
    schema
}

/// A personal value is written opened, erased or sealed; the log itself holds it sealed.
impl<T: JsonSchema> JsonSchema for Personal<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Personal_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({
            "x-personal": true,
            "oneOf": [
                marked(PERSONAL_MARK, &value),
                marked(ERASED_MARK, &json_schema!({ "const": true })),
                marked(SEALED_MARK, &json_schema!({ "type": "string", "pattern": SEALED_PATTERN })),
            ],
        })
    }
}

fn marked(mark: &str, value: &Schema) -> Schema {
    json_schema!({
        "type": "object",
        "properties": { mark: value },
        "required": [mark],
        "additionalProperties": false,
    })
}
