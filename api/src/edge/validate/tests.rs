use super::*;
use crate::dto::api_keys::{ApiKeyCreateDto, ApiKeyUpdateDto};
use crate::dto::asset_metadata::AssetMetadataUpsertDto;
use crate::dto::assets::{AssetBulkUpdateDto, AssetStatsQuery, AssetVisibility, UpdateAssetDto};
use crate::dto::authentication::{ChangePasswordDto, LoginCredentialDto, PinCodeSetupDto};
use crate::dto::paths::IdPath;
use crate::dto::people::{PeopleUpdateDto, PersonCreateDto};
use crate::dto::search::MetadataSearchDto;
use crate::dto::timeline::TimeBucketQuery;
use crate::dto::trash::BulkIdsDto;
use crate::dto::users_admin::UserAdminCreateDto;
use serde_json::json;

const ID: &str = "9b2f8f6e-3c1d-4e5f-8a9b-0c1d2e3f4a5b";

/// The issues of a JSON body, as the client gets them.
fn issues<T: Valid>(body: Value) -> Vec<Value> {
    shown(check_json::<T>(Some(body)).map(drop))
}

fn shown(result: Result<(), ApiError>) -> Vec<Value> {
    match result {
        Ok(()) => Vec::new(),
        Err(error) => {
            assert_eq!((error.status().as_u16(), error.message()), (400, "Validation failed"));
            error.issues().iter().map(|issue| json!(issue)).collect()
        }
    }
}

/// Path and message of each issue: what clients compare.
fn brief(issues: Vec<Value>) -> Vec<(Value, String)> {
    let pair = |issue: Value| {
        let message = issue["message"].as_str().expect("a message").to_owned();
        (issue["path"].clone(), message)
    };
    issues.into_iter().map(pair).collect()
}

fn query<T: Valid>(text: &str) -> Result<T, ApiError> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    check_pairs(pairs.map(|pair| {
        let (name, value) = pair.split_once('=').expect("a pair");
        (name.to_owned(), value.to_owned())
    }))
}

#[test]
fn a_missing_body_is_no_object() {
    let missing = shown(check_json::<LoginCredentialDto>(None).map(drop));
    let expected = json!({
        "code": "invalid_type",
        "expected": "object",
        "path": [],
        "message": "Invalid input: expected object, received undefined",
    });
    assert_eq!(missing, [expected]);
    let listed = brief(issues::<LoginCredentialDto>(json!([])));
    assert_eq!(listed[0].1, "Invalid input: expected object, received array");
}

#[test]
fn missing_and_mistyped_fields() {
    let found = brief(issues::<LoginCredentialDto>(json!({ "password": 7 })));
    let expected = [
        (json!(["email"]), "Invalid input: expected email, received undefined".to_owned()),
        (json!(["password"]), "Invalid input: expected string, received number".to_owned()),
    ];
    assert_eq!(found, expected);
    let found = brief(issues::<LoginCredentialDto>(json!({ "email": "me", "password": null })));
    assert_eq!(found[0].1, "Invalid input: expected email, received string");
    assert_eq!(found[1].1, "Invalid input: expected string, received null");
}

#[test]
fn unknown_keys_are_passed_over_and_addresses_lowered() {
    let body = json!({ "email": "Me@Photos", "password": "x", "deviceAssetId": [1] });
    let dto: LoginCredentialDto = check_json(Some(body)).expect("valid");
    assert_eq!(dto.email, "me@photos");
}

#[test]
fn uuids_are_of_version_4() {
    let body = json!({ "ids": [ID, "9B2F8F6E-3C1D-4E5F-BA9B-0C1D2E3F4A5B", "x", 1,
        "9b2f8f6e-3c1d-7e5f-8a9b-0c1d2e3f4a5b"] });
    let found = brief(issues::<BulkIdsDto>(body));
    let expected = [
        (json!(["ids", 2]), "Invalid UUID".to_owned()),
        (json!(["ids", 3]), "Invalid input: expected string, received number".to_owned()),
        (json!(["ids", 4]), "Invalid UUID".to_owned()),
    ];
    assert_eq!(found, expected);
    let found = brief(shown(query::<IdPath>("id=bad").map(drop)));
    assert_eq!(found, [(json!(["id"]), "Invalid UUID".to_owned())]);
}

#[test]
fn days_are_written_whole_also_where_the_document_has_no_pattern() {
    let refused = "Invalid ISO date".to_owned();
    for day in ["", "1815", "1815-12-1", "1815-02-29", "1815-12-10T00:00:00.000Z"] {
        let found = brief(issues::<PersonCreateDto>(json!({ "birthDate": day })));
        assert_eq!(found, [(json!(["birthDate"]), refused.clone())], "{day}");
    }
    let found = brief(issues::<PersonCreateDto>(json!({ "birthDate": false })));
    assert_eq!(found, [(json!(["birthDate"]), "Invalid input: expected string, received boolean".to_owned())]);
    let found = brief(issues::<PeopleUpdateDto>(json!({ "people": [{ "id": ID, "birthDate": "x" }] })));
    assert_eq!(found, [(json!(["people", 0, "birthDate"]), refused)]);
    for day in [json!("1815-12-10"), json!(null)] {
        assert_eq!(issues::<PersonCreateDto>(json!({ "birthDate": day })), Vec::<Value>::new());
    }
}

#[test]
fn numbers_and_their_bounds() {
    let found = issues::<MetadataSearchDto>(json!({ "page": 1.5, "size": 1001, "rating": 0 }));
    let expected = [
        json!({ "code": "too_small", "origin": "number", "minimum": 1, "inclusive": true,
            "path": ["rating"], "message": "Too small: expected number to be >=1" }),
        json!({ "code": "invalid_type", "expected": "int", "path": ["page"],
            "message": "Invalid input: expected int, received number" }),
        json!({ "code": "too_big", "origin": "number", "maximum": 1000, "inclusive": true,
            "path": ["size"], "message": "Too big: expected number to be <=1000" }),
    ];
    assert_eq!(found, expected);
    let found = brief(issues::<MetadataSearchDto>(json!({ "page": 1e300, "size": "9" })));
    assert_eq!(found[0].1, "Too big: expected int to be <=9007199254740991");
    assert_eq!(found[1].1, "Invalid input: expected number, received string");
    let found = brief(issues::<UpdateAssetDto>(json!({ "latitude": 90.5, "longitude": -181 })));
    assert_eq!(found[0].1, "Too big: expected number to be <=90");
    assert_eq!(found[1].1, "Too small: expected number to be >=-180");
}

#[test]
fn whole_numbers_may_be_written_with_a_fraction() {
    let dto: MetadataSearchDto = check_json(Some(json!({ "page": 2.0, "size": 1e2 }))).expect("ok");
    assert_eq!((dto.page, dto.size), (Some(2), Some(100)));
}

#[test]
fn texts_lists_and_options() {
    let found = issues::<ChangePasswordDto>(json!({ "password": "a", "newPassword": "1234567" }));
    let expected = json!({ "code": "too_small", "origin": "string", "minimum": 8,
        "inclusive": true, "path": ["newPassword"],
        "message": "Too small: expected string to have >=8 characters" });
    assert_eq!(found, [expected]);
    let found = issues::<PinCodeSetupDto>(json!({ "pinCode": "12345" }));
    let expected = json!({ "code": "invalid_format", "origin": "string", "format": "regex",
        "pattern": r"/^\d{6}$/", "path": ["pinCode"],
        "message": r"Invalid string: must match pattern /^\d{6}$/" });
    assert_eq!(found, [expected]);
    let found = brief(issues::<ApiKeyCreateDto>(json!({ "permissions": [] })));
    assert_eq!(found[0].1, "Too small: expected array to have >=1 items");
    let found = brief(issues::<ApiKeyCreateDto>(json!({ "permissions": ["all", "none"] })));
    assert_eq!(found[0].0, json!(["permissions", 1]));
    assert!(found[0].1.starts_with(r#"Invalid option: expected one of "all"|"activity.create"|"#));
    let found = issues::<UpdateAssetDto>(json!({ "visibility": 1, "isFavorite": "true" }));
    assert_eq!(found[0]["message"], "Invalid input: expected boolean, received string");
    assert_eq!(found[1]["message"], r#"Invalid option: expected one of "archive"|"timeline"|"hidden"|"locked""#);
    assert_eq!(found[1]["values"], json!(["archive", "timeline", "hidden", "locked"]));
}

#[test]
fn absent_null_and_set_differ_only_where_null_is_allowed() {
    let dto: UpdateAssetDto = check_json(Some(json!({ "rating": null }))).expect("valid");
    assert_eq!((dto.rating, dto.live_photo_video_id), (Some(None), None));
    let found = brief(issues::<UpdateAssetDto>(json!({ "description": null })));
    assert_eq!(found[0].1, "Invalid input: expected string, received null");
    let base = json!({ "email": "a@b", "name": "n", "password": "p", "avatarColor": null });
    let dto: UserAdminCreateDto = check_json(Some(base)).expect("valid");
    assert!(matches!(dto.avatar_color, Some(None)));
    let bad = json!({ "email": "a@b", "name": "n", "password": "p", "avatarColor": "black" });
    let found = brief(issues::<UserAdminCreateDto>(bad));
    assert!(found[0].1.starts_with(r#"Invalid option: expected one of "primary"|"#), "{found:?}");
}

#[test]
fn nested_objects_and_records() {
    let body = json!({ "items": [{ "key": "a", "value": { "b": [1] } }, { "value": 1 }, 2] });
    let found = brief(issues::<AssetMetadataUpsertDto>(body));
    let expected = [
        (json!(["items", 1, "key"]), "Invalid input: expected string, received undefined".into()),
        (json!(["items", 1, "value"]), "Invalid input: expected record, received number".into()),
        (json!(["items", 2]), "Invalid input: expected object, received number".into()),
    ];
    assert_eq!(found, expected);
}

#[test]
fn rules_over_several_fields() {
    let found = brief(issues::<UpdateAssetDto>(json!({ "rating": 0, "latitude": 1 })));
    let rating = "Rating must be -1 (rejected), 1–5 (starred), or null (unrated); 0 is not valid";
    let expected = [
        (json!(["rating"]), rating.to_owned()),
        (json!([]), "Latitude and longitude must be provided together".to_owned()),
    ];
    assert_eq!(found, expected);
    let body = json!({ "ids": [ID], "dateTimeRelative": 5,
        "dateTimeOriginal": "2024-01-31T12:34:56" });
    let found = brief(issues::<AssetBulkUpdateDto>(body));
    let expected = [
        (json!(["dateTimeOriginal"]), "Invalid ISO datetime".to_owned()),
        (json!(["dateTimeRelative"]), "dateTimeRelative cannot exist alongside dateTimeOriginal".to_owned()),
    ];
    assert_eq!(found, expected);
    let body = json!({ "dateTimeOriginal": "2024-01-31T12:34:56-07:00" });
    let dto: UpdateAssetDto = check_json(Some(body)).expect("valid");
    assert_eq!(dto.capture_date().map(|date| date.offset().local_minus_utc()), Some(-25_200));
}

#[test]
fn at_least_one_field() {
    assert_eq!(at_least_one(&[("a", false), ("b", true)]), None);
    let issue = at_least_one(&[("a", false), ("b", false)]).expect("an issue");
    assert_eq!(issue.message(), "At least one of the following fields is required: a, b");
}

#[test]
fn an_update_may_be_empty() {
    assert_eq!(issues::<ApiKeyUpdateDto>(json!({})), [] as [Value; 0]);
}

#[test]
fn queries_are_read_by_their_schema() {
    let dto: TimeBucketQuery =
        query(&format!("timeBucket=2024-01-01T00:00:00.000Z&visibility=timeline&withPartners=true&userId={ID}&x=1"))
            .expect("valid");
    assert_eq!(dto.time_bucket, "2024-01-01T00:00:00.000Z");
    assert_eq!(dto.visibility, Some(AssetVisibility::Timeline));
    assert_eq!((dto.with_partners, dto.with_stacked), (Some(true), None));
    assert_eq!(dto.user_id.map(|id| id.to_string()).as_deref(), Some(ID));
}

#[test]
fn bad_queries_say_why() {
    for bad in ["isFavorite=1", "isFavorite=TRUE", "isFavorite="] {
        let found = brief(shown(query::<AssetStatsQuery>(bad).map(drop)));
        let message = r#"Invalid option: expected one of "true"|"false""#.to_owned();
        assert_eq!(found, [(json!(["isFavorite"]), message)], "{bad}");
    }
    let found = brief(shown(query::<AssetStatsQuery>("visibility=locked&visibility=hidden").map(drop)));
    assert_eq!(found.len(), 1);
    let found = brief(shown(query::<TimeBucketQuery>("").map(drop)));
    let message = "Invalid input: expected string, received undefined".to_owned();
    assert_eq!(found, [(json!(["timeBucket"]), message)]);
}

#[test]
fn lists_and_numbers_in_queries() {
    let dto: MetadataSearchDto = query(&format!("albumIds={ID}&albumIds={ID}&page=3&personIds={ID}")).expect("valid");
    assert_eq!(dto.album_ids.map(|ids| ids.len()), Some(2));
    assert_eq!(dto.person_ids.map(|ids| ids.len()), Some(1));
    assert_eq!(dto.page, Some(3));
    for (bad, message) in [
        ("page=x", "Invalid input: expected number, received NaN"),
        ("page=", "Invalid input: expected number, received NaN"),
        ("page=inf", "Invalid input: expected number, received NaN"),
        ("page=1.5", "Invalid input: expected int, received number"),
        ("page=0", "Too small: expected number to be >=1"),
        ("takenAfter=2024-01-31", "Invalid ISO datetime"),
    ] {
        let found = brief(shown(query::<MetadataSearchDto>(bad).map(drop)));
        assert_eq!(found.len(), 1, "{bad}");
        assert_eq!(found[0].1, message, "{bad}");
    }
}

#[test]
fn a_flood_of_mistakes_is_cut_short() {
    let found = issues::<BulkIdsDto>(json!({ "ids": vec!["x"; 10_000] }));
    assert_eq!(found.len(), 100);
}

mod extractors {
    use super::*;
    use crate::edge::{ValidJson, ValidPath, ValidQuery};
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    fn app() -> Router {
        let path = |ValidPath(path): ValidPath<IdPath>| async move { path.id.to_string() };
        let query = |ValidQuery(query): ValidQuery<AssetStatsQuery>| async move { format!("{:?}", query.is_favorite) };
        let json = |ValidJson(body): ValidJson<BulkIdsDto>| async move { body.ids.len().to_string() };
        Router::new().route("/assets/{id}", get(path)).route("/statistics", get(query)).route("/ids", post(json))
    }

    async fn ask(request: Request<Body>) -> (u16, String) {
        let response = app().oneshot(request).await.expect("an answer");
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 100_000).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    async fn get_at(uri: &str) -> (u16, String) {
        ask(Request::builder().uri(uri).body(Body::empty()).expect("a request")).await
    }

    async fn post_as(kind: Option<&str>, body: impl Into<Body>) -> (u16, String) {
        let mut request = Request::builder().method("POST").uri("/ids");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        ask(request.body(body.into()).expect("a request")).await
    }

    #[tokio::test]
    async fn paths_and_queries() {
        assert_eq!(get_at(&format!("/assets/{ID}")).await, (200, ID.to_owned()));
        let (status, body) = get_at("/assets/5").await;
        assert_eq!(status, 400);
        assert!(body.contains(r#""path":["id"],"message":"Invalid UUID""#), "{body}");
        assert_eq!(get_at("/statistics?isFavorite=true").await.1, "Some(true)");
        assert_eq!(get_at("/statistics?isFavorite=yes").await.0, 400);
        assert_eq!(get_at("/assets/%ff").await.0, 400);
    }

    #[tokio::test]
    async fn bodies() {
        let json = Some("application/json; charset=utf-8");
        let good = format!(r#"{{"ids":["{ID}"]}}"#);
        assert_eq!(post_as(json, good.clone()).await, (200, "1".to_owned()));
        let (status, body) = post_as(json, "{ids}").await;
        assert_eq!((status, body.as_str()), (400, r#"{"message":"key must be a string at line 1 column 2"}"#));
        for (kind, body) in [(json, ""), (None, good.as_str()), (Some("text/plain"), &good)] {
            let (status, answer) = post_as(kind, body.to_owned()).await;
            assert_eq!(status, 400);
            assert!(answer.contains("expected object, received undefined"), "{answer}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(post_as(json, deep).await.0, 400);
        let huge = vec![b' '; MAX_JSON_BYTES + 1];
        let expected = r#"{"message":"request entity too large"}"#.to_owned();
        assert_eq!(post_as(json, huge).await, (413, expected));
    }
}

/// PostgreSQL takes no NUL in a text.
#[test]
fn texts_with_a_nul_are_refused() {
    let checked = |text: &str| check_json::<UpdateAssetDto>(Some(json!({ "description": text })));
    assert!(checked("a b").is_ok());
    assert!(checked("a\0b").is_err_and(|error| error.status() == 400 && error.message() == "Validation failed"));
}
