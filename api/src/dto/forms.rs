//! The forms that values take in the published document: one function per form, used by the
//! DTOs' fields (`schema_with`). The validator reads the same schemas, so a form is also a rule.

use serde_json::Value;
use utoipa::Number;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, KnownFormat, Object, ObjectBuilder, RefOr, Schema, SchemaFormat};

/// Largest integer that a double holds exactly; clients read numbers as doubles.
pub const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// A day of the Gregorian calendar, leap years included.
macro_rules! day_pattern {
    () => {
        concat!(
            r"(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29",
            r"|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])",
            r"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))",
        )
    };
}

/// UUID of version 4, in any letter case.
pub const UUID_PATTERN: &str =
    "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$";
/// `YYYY-MM-DD`.
pub const DATE_PATTERN: &str = concat!("^", day_pattern!(), "$");
/// ISO 8601 date and time with an offset; seconds and their fraction may be left out.
pub const INSTANT_PATTERN: &str = concat!(
    "^",
    day_pattern!(),
    r"T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?",
    r"(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$",
);
/// HTML's pattern of an e-mail address, which also takes hosts of one label.
pub const EMAIL_PATTERN: &str = concat!(
    r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@",
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
);
/// Six digits.
pub const PIN_CODE_PATTERN: &str = r"^\d{6}$";
/// A colour of 3, 4, 6 or 8 hexadecimal digits, with or without `#`.
pub const COLOR_PATTERN: &str = "^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$";
/// `HH:MM`.
pub const TIME_OF_DAY_PATTERN: &str = r"^(?:[01]\d|2[0-3]):[0-5]\d$";
/// A product key.
pub const LICENCE_KEY_PATTERN: &str = r"^IM(SV|CL)(-[\dA-Za-z]{4}){8}$";

fn typed(kind: Type) -> Object {
    ObjectBuilder::new().schema_type(kind).build()
}

fn formatted(format: &str, pattern: Option<&str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom(format.to_owned())))
        .pattern(pattern)
        .build()
}

fn matching(pattern: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build()
}

fn between(minimum: i64, maximum: i64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(Number::from(minimum)))
        .maximum(Some(Number::from(maximum)))
        .build()
}

/// The reference names the width of these numbers.
fn double_between(minimum: f64, maximum: f64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        .minimum(Some(Number::from(minimum)))
        .maximum(Some(Number::from(maximum)))
        .build()
}

fn degrees(limit: i64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(Number::from(-limit)))
        .maximum(Some(Number::from(limit)))
        .build()
}

fn nullable(mut object: Object) -> Object {
    if let SchemaType::Type(kind) = object.schema_type {
        object.schema_type = SchemaType::Array(vec![kind, Type::Null]);
    }
    object
}

fn or_null_by_default(object: Object) -> Object {
    let mut object = nullable(object);
    object.default = Some(Value::Null);
    object
}

fn with_default(mut object: Object, value: i64) -> Object {
    object.default = Some(Value::from(value));
    object
}

fn items(schema: impl Into<Schema>) -> ArrayItems {
    ArrayItems::RefOrSchema(Box::new(RefOr::T(schema.into())))
}

fn list(schema: impl Into<Schema>) -> Schema {
    ArrayBuilder::new().items(items(schema)).build().into()
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident = $object:expr;)*) => {
        $($(#[$doc])* pub fn $name() -> Schema { ($object).into() })*
    };
}

forms! {
    /// Any text.
    text = typed(Type::String);
    /// Any text, or null.
    nullable_text = nullable(typed(Type::String));
    /// UUID of version 4.
    uuid = formatted("uuid", Some(UUID_PATTERN));
    /// UUID of version 4, or null.
    nullable_uuid = nullable(formatted("uuid", Some(UUID_PATTERN)));
    /// List of UUIDs.
    uuids = list(uuid());
    /// List of two UUIDs or more.
    two_or_more_uuids = ArrayBuilder::new().items(items(uuid())).min_items(Some(2)).build();
    /// Any text but an empty one.
    some_text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).build();
    /// List of so many texts at most.
    up_to_128_texts = ArrayBuilder::new().items(items(typed(Type::String))).max_items(Some(128)).build();
    /// List of UUIDs, not empty.
    some_uuids = ArrayBuilder::new().items(items(uuid())).min_items(Some(1)).build();
    /// List of UUIDs, or null.
    nullable_uuids = ArrayBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Array, Type::Null]))
        .items(items(uuid()))
        .build();
    /// Point in time, as the server writes it.
    date_time = formatted("date-time", None);
    /// Point in time with an offset, as the server reads it.
    instant = formatted("date-time", Some(INSTANT_PATTERN));
    /// Point in time with an offset, or null.
    nullable_instant = nullable(formatted("date-time", Some(INSTANT_PATTERN)));
    /// Point in time with an offset, or null, which is what its absence means.
    nullable_instant_by_default = or_null_by_default(formatted("date-time", Some(INSTANT_PATTERN)));
    /// Calendar day, or null.
    nullable_date = nullable(formatted("date", None));
    /// Calendar day, as the server reads it.
    pattern_date = formatted("date", Some(DATE_PATTERN));
    /// E-mail address.
    email = formatted("email", Some(EMAIL_PATTERN));
    /// PIN code.
    pin_code = matching(PIN_CODE_PATTERN);
    /// PIN code, or null.
    nullable_pin_code = nullable(matching(PIN_CODE_PATTERN));
    /// Colour, or null.
    nullable_color = nullable(matching(COLOR_PATTERN));
    /// Name of a tag.
    tag_name = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(200))
        .build();
    /// Product key.
    licence_key = matching(LICENCE_KEY_PATTERN);
    /// Any integer that a double holds.
    integer = between(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER);
    /// Any integer that a double holds, or null.
    nullable_integer = nullable(between(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER));
    /// Integer from 0.
    count = between(0, MAX_SAFE_INTEGER);
    /// Integer from 0, or null.
    nullable_count = nullable(between(0, MAX_SAFE_INTEGER));
    /// Integer from 1.
    positive = between(1, MAX_SAFE_INTEGER);
    /// Duration in ms, or null.
    nullable_milliseconds = nullable(between(0, i64::from(i32::MAX)));
    /// Size of a page of results.
    page_size = between(1, 1000);
    /// Number of a page, the first unless said otherwise.
    first_page = with_default(between(1, MAX_SAFE_INTEGER), 1);
    /// Size of a page of people.
    people_page_size = with_default(between(1, 1000), 500);
    /// Year that a memory recalls.
    year = between(1000, 9999);
    /// Rating as searched for, or null for the unrated.
    nullable_rating = nullable(between(1, 5));
    /// Rating as given by a person: -1 rejects, null removes; 0 is refused by a rule of its own.
    nullable_rating_input = nullable(between(-1, 5));
    /// Any number.
    number = typed(Type::Number);
    /// Constant rate factor of an encoder of films.
    crf = between(0, 51);
    /// Frames between two others, -1 for the encoder's choice.
    b_frames = between(-1, 16);
    /// Frames that others refer to.
    reference_frames = between(0, 6);
    /// Quality of a picture.
    percent = between(1, 100);
    /// Port of a server.
    port = between(0, 65_535);
    /// Part of a whole.
    share = double_between(0.0, 1.0);
    /// How sure a model has to be.
    score = double_between(0.1, 1.0);
    /// How far apart two pictures of the same may be.
    duplicate_distance = double_between(0.001, 0.1);
    /// How far apart two faces of a person may be.
    face_distance = double_between(0.1, 2.0);
    /// Address of something on the web.
    uri = formatted("uri", None);
    /// Hour and minute.
    time_of_day = matching(TIME_OF_DAY_PATTERN);
    /// Latitude in degrees.
    latitude = degrees(90);
    /// Longitude in degrees.
    longitude = degrees(180);
    /// Object with any keys.
    record = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(
            ObjectBuilder::new().schema_type(SchemaType::AnyValue).build().into(),
        ))))
        .build();
    /// Bytes of a file.
    binary = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
        .build();
    /// Column of texts.
    texts = list(typed(Type::String));
    /// List of whole numbers.
    integers = list(integer());
    /// Column of texts with gaps.
    nullable_texts = list(nullable(typed(Type::String)));
    /// Column of numbers.
    numbers = list(typed(Type::Number));
    /// Column of numbers with gaps.
    nullable_numbers = list(nullable(typed(Type::Number)));
    /// Column of durations in ms with gaps.
    nullable_durations = list(nullable_milliseconds());
    /// Column of stacks with gaps: id, and count as text.
    stacks = list(
        ArrayBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::Array, Type::Null]))
            .items(items(text()))
            .min_items(Some(2))
            .max_items(Some(2))
            .build(),
    );
    /// Text about the making of an asset, null where unknown.
    exif_text = or_null_by_default(typed(Type::String));
    /// Point in time about the making of an asset.
    exif_date_time = or_null_by_default(formatted("date-time", None));
    /// Count about the making of an asset.
    exif_count = or_null_by_default(between(0, MAX_SAFE_INTEGER));
    /// Integer about the making of an asset.
    exif_integer = or_null_by_default(between(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER));
    /// Rating of an asset.
    exif_rating = or_null_by_default(between(1, 5));
    /// Number about the making of an asset.
    exif_number = or_null_by_default(typed(Type::Number));
}
