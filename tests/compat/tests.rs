//! Each mutation of a document is reported as exactly that, in both ways of writing a document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::compare::{Outcome, State, additional, compare};
use crate::read::read_document;
use crate::report::{Demands, Report};
use crate::shape::{Document, Operation};
use crate::{facts, read};

/// A small API in OpenAPI 3.0, with everything that the comparison looks at.
fn reference() -> Value {
    json!({
        "openapi": "3.0.0",
        "paths": {
            "/things/{id}": {
                "put": {
                    "tags": ["Things", "Deprecated"],
                    "x-immich-permission": "thing.update",
                    "parameters": [
                        {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
                        {"name": "size", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                        {"name": "kinds", "in": "query", "required": false, "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Kind"}}}
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Update"}}}},
                    "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}
                },
                "get": {
                    "tags": ["Things"],
                    "x-immich-permission": "thing.read",
                    "parameters": [],
                    "responses": {"200": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}
                }
            },
            "/ping": {"get": {"tags": ["Server"], "parameters": [], "responses": {"204": {}}}}
        },
        "components": {"schemas": {
            "Kind": {"type": "string", "enum": ["a", "b"]},
            "Update": {"type": "object", "properties": {
                "rating": {"type": "integer", "minimum": -1, "maximum": 5, "nullable": true},
                "name": {"type": "string", "minLength": 1}
            }, "required": ["name"]},
            "Detail": {"type": "object", "properties": {"latitude": {"type": "number", "format": "double", "nullable": true}}},
            "Crop": {"type": "object", "properties": {"width": {"type": "integer"}}, "required": ["width"]},
            "Turn": {"type": "object", "properties": {"angle": {"type": "number"}}, "required": ["angle"]},
            "Thing": {"type": "object", "properties": {
                "id": {"type": "string", "format": "uuid"},
                "madeAt": {"type": "string", "format": "date-time"},
                "kind": {"$ref": "#/components/schemas/Kind"},
                "detail": {"allOf": [{"$ref": "#/components/schemas/Detail"}], "nullable": true},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
                "extra": {"type": "object", "additionalProperties": {}},
                "bytes": {"type": "integer", "format": "int64", "minimum": -9_007_199_254_740_991_i64, "maximum": 9_007_199_254_740_991_i64},
                "edit": {"anyOf": [{"$ref": "#/components/schemas/Crop"}, {"$ref": "#/components/schemas/Turn"}]}
            }, "required": ["id", "madeAt", "kind", "detail"]}
        }}
    })
}

/// The same API as another generator writes it in OpenAPI 3.1: other names, other ways, one meaning.
fn same_in_3_1() -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {
            "/api/things/{thingId}": {
                "put": {
                    "tags": ["things"],
                    "x-immich-permission": "thing.update",
                    "parameters": [
                        {"name": "kinds", "in": "query", "schema": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/ThingKind"}}},
                        {"name": "size", "in": "query", "required": false, "schema": {"type": ["integer", "null"], "format": "int32", "minimum": 1, "maximum": 100}},
                        {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingUpdate"}}}},
                    "responses": {
                        "200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OurThing"}}}},
                        "400": {"description": "no"}
                    }
                },
                "get": {
                    "x-immich-permission": "thing.read",
                    "responses": {"200": {"content": {"application/octet-stream": {}}}}
                }
            },
            "/api/ping": {"get": {"responses": {"204": {"description": "pong"}}}}
        },
        "components": {"schemas": {
            "ThingKind": {"oneOf": [{"const": "b"}, {"type": "string", "enum": ["a"]}]},
            "ThingUpdate": {"type": "object", "properties": {
                "name": {"type": "string", "minLength": 1},
                "rating": {"type": ["integer", "null"], "format": "int32", "minimum": -1, "maximum": 5}
            }, "required": ["name"]},
            "OurThing": {"type": "object", "required": ["id", "madeAt", "kind", "detail"], "properties": {
                "id": {"type": "string", "format": "uuid"},
                "madeAt": {"type": "string", "format": "date-time"},
                "kind": {"$ref": "#/components/schemas/ThingKind"},
                "detail": {"oneOf": [{"type": "null"}, {"type": "object", "properties": {"latitude": {"type": ["number", "null"]}}}]},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/OurThing"}},
                "counts": {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"type": "string"}},
                "extra": {"type": "object"},
                "bytes": {"type": "integer", "format": "int64", "minimum": 0},
                "edit": {"oneOf": [
                    {"type": "object", "properties": {"angle": {"type": "number", "format": "float"}}, "required": ["angle"]},
                    {"type": "object", "properties": {"width": {"type": "integer"}}, "required": ["width"]}
                ]}
            }}
        }}
    })
}

fn outcomes(expected: &Value, found: &Value) -> Vec<Outcome> {
    compare(&read_document(expected), &read_document(found))
}

fn lines(outcomes: &[Outcome]) -> Vec<String> {
    let differences = outcomes.iter().flat_map(|outcome| &outcome.differences);
    differences.map(|difference| format!("{}: {}", difference.at, difference.what)).collect()
}

/// Puts a value at a JSON pointer, or takes it away, and checks that exactly the given lines are reported.
fn check(base: &Value, pointer: &str, value: Option<Value>, expected: &[&str]) {
    let mut mutated = base.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("it succeeds");
    let parent = mutated.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer} leads nowhere"));
    match (parent, value) {
        (Value::Object(object), Some(value)) => drop(object.insert(name.to_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(name).expect("something to remove")),
        (Value::Array(array), Some(value)) => array[name.parse::<usize>().expect("it can be parsed")] = value,
        (Value::Array(array), None) => drop(array.remove(name.parse().expect("it can be parsed"))),
        _ => panic!("{pointer} is no member"),
    }
    let reported = lines(&outcomes(&reference(), &mutated));
    assert_eq!(reported, expected, "after changing {pointer}");
}

const THING: &str = "/components/schemas/Thing";
const PUT: &str = "/paths/~1things~1{id}/put";

/// Recursive schemas name a field once more inside themselves, but only once.
fn check_thing(field: &str, value: Option<Value>, expected: &[&str]) {
    check(&reference(), &format!("{THING}/properties/{field}"), value, expected);
}

#[test]
fn a_document_equals_itself() {
    let outcomes = outcomes(&reference(), &reference());
    assert_eq!(lines(&outcomes), [""; 0]);
    assert!(outcomes.iter().all(|outcome| outcome.state == State::Implemented));
    assert_eq!(outcomes.len(), 3);
}

#[test]
fn the_same_api_in_3_1_is_equal_both_ways() {
    assert_eq!(lines(&outcomes(&reference(), &same_in_3_1())), [""; 0]);
    let mut without_errors = same_in_3_1();
    let responses = &mut without_errors["paths"]["/api/things/{thingId}"]["put"]["responses"];
    responses.as_object_mut().expect("it succeeds").remove("400");
    assert_eq!(lines(&outcomes(&without_errors, &reference())), [""; 0]);
}

#[test]
fn response_fields() {
    let at = "PUT /things/{id} · response 200";
    check_thing("madeAt", None, &[&format!("{at} · madeAt: missing")]);
    check_thing("more", Some(json!({"type": "string"})), &[&format!("{at} · more: not in the reference")]);
    check_thing("madeAt/format", None, &[&format!("{at} · madeAt: format: date-time expected, is none")]);
    check_thing(
        "madeAt/format",
        Some(json!("date")),
        &[&format!("{at} · madeAt: format: date-time expected, is date")],
    );
    check_thing("madeAt/nullable", Some(json!(true)), &[&format!("{at} · madeAt: not nullable expected, is nullable")]);
    check_thing(
        "madeAt/type",
        Some(json!(["string", "null"])),
        &[&format!("{at} · madeAt: not nullable expected, is nullable")],
    );
    check_thing("detail/nullable", None, &[&format!("{at} · detail: nullable expected, is not")]);
    check_thing("bytes/type", Some(json!("number")), &[&format!("{at} · bytes: type: integer expected, is number")]);
    check_thing(
        "counts/additionalProperties",
        Some(json!({"type": "string"})),
        &[&format!("{at} · counts.*: type: integer expected, is string")],
    );
    check_thing(
        "counts/additionalProperties",
        None,
        &[&format!("{at} · counts.*: type: integer expected, is anything")],
    );
    check_thing(
        "extra/additionalProperties",
        Some(json!(false)),
        &[&format!("{at} · extra: additional fields: allowed expected, is refused")],
    );
    check_thing(
        "children/items",
        Some(json!({"type": "string"})),
        &[&format!(
            "{at} · children[]: type: object {{bytes, children, counts, detail, edit, extra, id, kind, madeAt}} expected, is string"
        )],
    );
    check_thing("bytes/minimum", Some(json!(0)), &[]); // bounds of an answer are the server's business
}

#[test]
fn required_fields() {
    let at = "PUT /things/{id} · response 200";
    check(
        &reference(),
        &format!("{THING}/required/1"),
        None,
        &[&format!("{at} · madeAt: required expected, is optional")],
    );
    check(
        &reference(),
        &format!("{THING}/required/1"),
        Some(json!("edit")),
        &[
            &format!("{at} · edit: optional expected, is required"),
            &format!("{at} · madeAt: required expected, is optional"),
        ],
    );
    check(
        &reference(),
        "/components/schemas/Update/required",
        None,
        &["PUT /things/{id} · request · name: required expected, is optional"],
    );
}

#[test]
fn a_nested_difference_is_reported_at_its_full_path() {
    check(
        &reference(),
        "/components/schemas/Detail/properties/latitude/nullable",
        None,
        &["PUT /things/{id} · response 200 · detail.latitude: nullable expected, is not"],
    );
    check(
        &same_in_3_1(),
        "/components/schemas/OurThing/properties/detail/oneOf/1/properties/latitude/type",
        Some(json!("number")),
        &["PUT /things/{id} · response 200 · detail.latitude: nullable expected, is not"],
    );
}

#[test]
fn enums() {
    let everywhere = |what: &str| {
        vec![
            format!("PUT /things/{{id}} · parameter query kinds · []: {what}"),
            format!("PUT /things/{{id}} · response 200 · kind: {what}"),
        ]
    };
    let check_kind = |value: Value, what: &str| {
        let expected = everywhere(what);
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&reference(), "/components/schemas/Kind/enum", Some(value), &expected);
    };
    check_kind(json!(["a"]), "enum: \"b\" missing");
    check_kind(json!(["a", "b", "c"]), "enum: \"c\" not in the reference");
    check_kind(json!([]), "enum: an enum expected, is any value");
    check_kind(json!(["b", "a", null]), "not nullable expected, is nullable");
}

#[test]
fn variants() {
    let at = "PUT /things/{id} · response 200 · edit";
    check_thing("edit/anyOf/1", None, &[&format!("{at}: type: one of 2 variants expected, is object {{width}}")]);
    check_thing(
        "edit/anyOf/1",
        Some(json!({"type": "string"})),
        &[&format!("{at}: variant object {{angle}} missing"), &format!("{at}: variant string not in the reference")],
    );
}

#[test]
fn parameters() {
    let at = "PUT /things/{id} · parameter";
    let pointer = |rest: &str| format!("{PUT}/parameters/{rest}");
    check(&reference(), &pointer("1"), None, &[&format!("{at} query size: missing")]);
    check(
        &reference(),
        &pointer("1/name"),
        Some(json!("pageSize")),
        &[&format!("{at} query size: missing"), &format!("{at} query pageSize: not in the reference")],
    );
    check(
        &reference(),
        &pointer("1/in"),
        Some(json!("header")),
        &[&format!("{at} query size: missing"), &format!("{at} header size: not in the reference")],
    );
    check(
        &reference(),
        &pointer("1/required"),
        Some(json!(true)),
        &[&format!("{at} query size: optional expected, is required")],
    );
    check(
        &reference(),
        &pointer("0/required"),
        Some(json!(false)),
        &[&format!("{at} path id: required expected, is optional")],
    );
    check(&reference(), &pointer("0/schema/format"), None, &[&format!("{at} path id: format: uuid expected, is none")]);
    check(
        &reference(),
        &pointer("1/schema/type"),
        Some(json!("number")),
        &[&format!("{at} query size: type: integer expected, is number")],
    );
    check(
        &reference(),
        &pointer("1/schema/minimum"),
        Some(json!(0)),
        &[&format!("{at} query size: minimum: 1 expected, is 0")],
    );
    check(
        &reference(),
        &pointer("1/schema/maximum"),
        None,
        &[&format!("{at} query size: maximum: 100 expected, is none")],
    );
    check(
        &reference(),
        &pointer("1/schema/exclusiveMinimum"),
        Some(json!(true)),
        &[
            &format!("{at} query size: exclusiveMinimum: none expected, is 1"),
            &format!("{at} query size: minimum: 1 expected, is none"),
        ],
    );
    check(&reference(), &pointer("1/schema/nullable"), Some(json!(true)), &[]); // a query cannot say null
    check(
        &reference(),
        &pointer("2/schema/type"),
        Some(json!("string")),
        &[&format!("{at} query kinds: type: array expected, is string")],
    );
    check(
        &reference(),
        &pointer("2/explode"),
        Some(json!(false)),
        &[&format!("{at} query kinds: an array is written in another way (explode)")],
    );
}

#[test]
fn request_bodies() {
    let at = "PUT /things/{id} · request";
    let field = |rest: &str| format!("/components/schemas/Update/properties/{rest}");
    check(&reference(), &format!("{PUT}/requestBody"), None, &[&format!("{at}: a body is expected, there is none")]);
    check(
        &reference(),
        &format!("{PUT}/requestBody/required"),
        Some(json!(false)),
        &[&format!("{at}: required expected, is optional")],
    );
    let form = json!({"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Update"}}});
    check(
        &reference(),
        &format!("{PUT}/requestBody/content"),
        Some(form),
        &[
            &format!("{at}: content application/json missing"),
            &format!("{at}: content multipart/form-data not in the reference"),
        ],
    );
    check(&reference(), &field("rating/nullable"), None, &[&format!("{at} · rating: nullable expected, is not")]);
    check(
        &reference(),
        &field("rating/maximum"),
        Some(json!(6)),
        &[&format!("{at} · rating: maximum: 5 expected, is 6")],
    );
    check(&reference(), &field("name/minLength"), None, &[&format!("{at} · name: minLength: 1 expected, is none")]);
    check(&reference(), &field("name"), None, &[&format!("{at} · name: missing")]);
    let body = json!({"content": {"application/json": {"schema": {"type": "string"}}}});
    check(
        &reference(),
        "/paths/~1ping/get/requestBody",
        Some(body),
        &["GET /ping · request: no body is expected, there is one"],
    );
}

#[test]
fn statuses_and_contents() {
    let moved = json!({"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}});
    check(
        &reference(),
        &format!("{PUT}/responses"),
        Some(moved),
        &["PUT /things/{id} · response 200: missing", "PUT /things/{id} · response 201: not in the reference"],
    );
    check(&reference(), "/paths/~1ping/get/responses/422", Some(json!({})), &[]); // errors may be documented
    let text = json!({"content": {"text/plain": {"schema": {"type": "string"}}}});
    check(
        &reference(),
        "/paths/~1ping/get/responses/204",
        Some(text),
        &["GET /ping · response 204: content text/plain not in the reference"],
    );
    let get = "/paths/~1things~1{id}/get/responses/200/content/application~1octet-stream/schema";
    check(
        &reference(),
        &format!("{get}/format"),
        None,
        &["GET /things/{id} · response 200: format: binary expected, is none"],
    );
    check(
        &reference(),
        "/paths/~1things~1{id}/get/responses/200/content",
        None,
        &["GET /things/{id} · response 200: content application/octet-stream missing"],
    );
}

#[test]
fn permissions_are_compared_where_ours_states_any() {
    check(
        &reference(),
        &format!("{PUT}/x-immich-permission"),
        Some(json!("thing.read")),
        &["PUT /things/{id} · permission: thing.update expected, is thing.read"],
    );
    check(
        &reference(),
        &format!("{PUT}/x-immich-permission"),
        None,
        &["PUT /things/{id} · permission: thing.update expected, is none"],
    );
    let mut silent = reference();
    for method in ["put", "get"] {
        silent
            .pointer_mut(&format!("/paths/~1things~1{{id}}/{method}"))
            .expect("it succeeds")
            .as_object_mut()
            .expect("it succeeds")
            .remove("x-immich-permission");
    }
    assert_eq!(lines(&outcomes(&reference(), &silent)), [""; 0]);
}

#[test]
fn a_name_that_leads_nowhere_is_reported() {
    check_thing(
        "kind",
        Some(json!({"$ref": "#/components/schemas/Gone"})),
        &["PUT /things/{id} · response 200 · kind: type: string expected, is missing schema Gone"],
    );
}

fn state_of(found: &Value, operation: &str) -> State {
    let outcomes = outcomes(&reference(), found);
    outcomes.iter().find(|outcome| outcome.operation == operation).expect("there is one").state
}

#[test]
fn an_operation_that_is_absent_or_only_declared_is_missing() {
    let mut absent = reference();
    absent["paths"].as_object_mut().expect("it succeeds").remove("/ping");
    assert_eq!(state_of(&absent, "GET /ping"), State::Missing);
    let mut declared = reference();
    declared["paths"]["/ping"]["get"]["x-albumen-not-built"] = json!(true);
    assert_eq!(state_of(&declared, "GET /ping"), State::Missing);
    let mut refusing = reference();
    refusing["paths"]["/ping"]["get"]["responses"]["501"] = json!({});
    assert_eq!(state_of(&refusing, "GET /ping"), State::Missing);
    assert_eq!(state_of(&refusing, "GET /things/{id}"), State::Implemented);
}

#[test]
fn what_is_said_to_be_newer_is_no_difference_and_hides_nothing_else() {
    let mut newer = reference();
    let thing = newer.pointer_mut(THING).expect("it is there");
    thing["properties"]["more"] = json!({"type": "string"});
    thing["required"].as_array_mut().expect("a list").push(json!("more"));
    newer["components"]["schemas"]["Kind"]["enum"].as_array_mut().expect("a list").push(json!("c"));
    let parameter = json!({"name": "page", "in": "query", "schema": {"type": "integer"}});
    newer.pointer_mut(PUT).expect("it is there")["parameters"].as_array_mut().expect("a list").push(parameter);
    let edit = format!("{THING}/properties/edit/anyOf");
    let variant = json!({"type": "object", "properties": {"blur": {"type": "number"}}, "x-albumen-newer": true});
    newer.pointer_mut(&edit).and_then(Value::as_array_mut).expect("a list").push(variant);
    assert!(lines(&outcomes(&reference(), &newer)).len() > 2, "unmarked it differs");
    newer.pointer_mut(THING).expect("it is there")["x-albumen-newer"] = json!(["more"]);
    newer["components"]["schemas"]["Kind"]["x-albumen-newer"] = json!(["c"]);
    newer.pointer_mut(PUT).expect("it is there")["x-albumen-newer"] = json!(["page"]);
    assert_eq!(lines(&outcomes(&reference(), &newer)), [""; 0]);
    newer.pointer_mut(THING).expect("it is there")["x-albumen-newer"] = json!(["more", "id"]);
    assert!(!lines(&outcomes(&reference(), &newer)).is_empty(), "what the reference has cannot be newer");
}

#[test]
fn operations_beyond_the_reference_are_listed() {
    let mut more = reference();
    more["paths"]["/ping"]["post"] = json!({"responses": {"201": {}}});
    assert_eq!(additional(&read_document(&reference()), &read_document(&more)), ["POST /ping"]);
}

fn report_of(found: &Value) -> Report {
    Report::new("test".into(), outcomes(&reference(), found), Vec::new())
}

fn groups(names: &[&str]) -> Demands {
    Demands { groups: names.iter().map(|&name| name.to_owned()).collect(), ..Demands::default() }
}

#[test]
fn totals_and_failures() {
    let mut found = reference();
    found["paths"].as_object_mut().expect("it succeeds").remove("/ping");
    found["components"]["schemas"]["Update"]["properties"].as_object_mut().expect("it succeeds").remove("name");
    let report = report_of(&found);
    let counts = |totals: crate::report::Totals| (totals.implemented, totals.different, totals.missing);
    assert_eq!(counts(report.totals), (1, 1, 1));
    assert_eq!(counts(report.tags["Things"]), (1, 1, 0));
    assert!(!report.tags.contains_key("Deprecated"));
    assert_eq!(report.failures(&groups(&[])), ["PUT /things/{id} differs"]);
    assert_eq!(report.failures(&groups(&["Server"])), ["GET /ping is missing"]);
    assert_eq!(report.failures(&groups(&["Things"])), ["PUT /things/{id} differs"]);
    assert_eq!(report.failures(&groups(&["Nothing"])), ["the reference has no group named \"Nothing\""]);
    assert!(report_of(&reference()).failures(&groups(&["Things", "Server"])).is_empty());
    let excused = |path: &str| Demands { except: vec![path.into()], ..groups(&["Server"]) };
    assert!(report.failures(&excused("/ping")).is_empty());
    assert_eq!(report.failures(&excused("/pong")), ["GET /ping is missing"]);
    let single = |name: &str| Demands { operations: [name.to_owned()].into(), ..Demands::default() };
    assert!(report.failures(&single("GET /things/{id}")).is_empty());
    assert_eq!(report.failures(&single("GET /ping")), ["GET /ping is missing"]);
    assert_eq!(report.failures(&single("GET /gone")), ["the reference has no operation named \"GET /gone\""]);
}

#[test]
fn facts_keep_all_that_is_compared() {
    let document = read_document(&reference());
    let text = facts::write(&document).expect("it succeeds");
    let back: Document = serde_json::from_str(&text).expect("it can be parsed");
    assert_eq!(back, document);
    assert!(!text.contains("description"));
}

/// The committed facts, which stand for the reference where it is not at hand.
fn committed() -> Document {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("compat/facts.json");
    read::read_file(&path).expect("the committed facts")
}

#[test]
fn the_committed_facts_are_those_of_the_reference() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(crate::DEFAULT_REFERENCE);
    let facts = committed();
    assert_eq!(facts.operations.len(), 254);
    if path.exists() {
        assert_eq!(read::read_file(&path).expect("it succeeds"), facts, "run `compat facts`");
    }
}

#[test]
fn every_field_of_the_real_api_is_looked_at() {
    let facts = committed();
    let mut mutated = facts.clone();
    let mut tried = 0;
    for (name, user) in first_users(&facts) {
        let small = Document { operations: [user].into(), schemas: facts.schemas.clone() };
        for (field, shape) in &facts.schemas[&name].fields {
            // A named schema may be nullable by itself: then the flag here changes nothing.
            if facts.resolve(shape).nullable && !shape.nullable {
                continue;
            }
            flip_null(&mut mutated, &name, field);
            let reported = lines(&compare(&small, &mutated));
            flip_null(&mut mutated, &name, field);
            assert!(reported.iter().any(|line| line.contains(field.as_str())), "{name}.{field}");
            tried += 1;
        }
    }
    assert_eq!(mutated, facts);
    assert!(tried > 1_000, "only {tried} fields");
}

fn flip_null(document: &mut Document, schema: &str, field: &str) {
    let shape = document.schemas.get_mut(schema).expect("it succeeds").fields.get_mut(field).expect("it succeeds");
    shape.nullable = !shape.nullable;
}

/// For each schema that is used, the first operation that leads to it: a thousand mutations compare in seconds.
fn first_users(facts: &Document) -> BTreeMap<String, (String, Operation)> {
    let mut users = BTreeMap::new();
    for (key, operation) in &facts.operations {
        for name in named_by(facts, &serde_json::to_value(operation).expect("it can be parsed")) {
            users.entry(name).or_insert_with(|| (key.clone(), operation.clone()));
        }
    }
    users
}

/// The names of all schemas that a value leads to.
fn named_by(facts: &Document, value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = direct_names(value);
    while let Some(name) = waiting.pop() {
        if found.insert(name.clone()) {
            waiting.extend(direct_names(&serde_json::to_value(&facts.schemas[&name]).expect("it can be parsed")));
        }
    }
    found
}

fn direct_names(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(object.values().flat_map(direct_names)).collect()
        }
        Value::Array(array) => array.iter().flat_map(direct_names).collect(),
        _ => Vec::new(),
    }
}
