//! The wire types are what the published document says.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use utoipa::openapi::{Components, RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use super::assets::{
    AssetMediaQuery, AssetResponseDto, AssetTypeEnum, AssetVisibility, ExifResponseDto, UpdateAssetDto,
};
use super::paths::AssetMetadataPath;
use super::timeline::{AssetStatus, BucketStack, TimeBucketAssetResponseDto, TimeBucketQuery};
use super::users::{LicenseResponseDto, UserAvatarColor, UserResponseDto};
use super::users_admin::{UserAdminCreateDto, UserAdminResponseDto, UserStatus};
use super::wire::{BucketDateTime, NestedDateTime, WireDateTime};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a date of this test").to_utc()
}

fn schema<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).expect("a schema can be written")
}

#[test]
fn properties_are_described_as_published() {
    let described = schema::<UpdateAssetDto>();
    assert_eq!(described.get("required"), None);
    let properties = &described["properties"];
    assert_eq!(properties["rating"], json!({ "type": ["integer", "null"], "minimum": -1, "maximum": 5 }));
    assert_eq!(properties["description"], json!({ "type": "string" }));
    assert_eq!(properties["visibility"], json!({ "$ref": "#/components/schemas/AssetVisibility" }));
    assert_eq!(properties["latitude"], json!({ "type": "number", "minimum": -90, "maximum": 90 }));
    let described = schema::<UserAdminCreateDto>();
    assert_eq!(described["required"], json!(["email", "name", "password"]));
    let nullable = json!([{ "$ref": "#/components/schemas/UserAvatarColor" }, { "type": "null" }]);
    assert_eq!(described["properties"]["avatarColor"]["oneOf"], nullable);
    let described = schema::<UserAdminResponseDto>();
    assert_eq!(described["required"].as_array().map(Vec::len), Some(17));
    assert_eq!(schema::<LicenseResponseDto>()["$ref"], "#/components/schemas/UserLicense");
}

#[test]
fn parameters_are_described_as_published() {
    let parameters = AssetMediaQuery::into_params(|| None);
    let parameters = serde_json::to_value(parameters).expect("parameters can be written");
    let expected = json!([
        { "name": "edited", "in": "query", "required": false,
            "schema": { "type": "boolean", "default": false } },
        { "name": "key", "in": "query", "required": false, "schema": { "type": "string" } },
        { "name": "size", "in": "query", "required": false,
            "schema": { "$ref": "#/components/schemas/AssetMediaSize" } },
        { "name": "slug", "in": "query", "required": false, "schema": { "type": "string" } },
    ]);
    assert_eq!(parameters, expected);
    let required = |parameters: Vec<_>| -> Vec<String> {
        let parameters = serde_json::to_value(parameters).expect("parameters can be written");
        let required = parameters.as_array().expect("a list").iter();
        let required = required.filter(|parameter| parameter["required"] == json!(true));
        required.map(|parameter| parameter["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(required(TimeBucketQuery::into_params(|| None)), ["timeBucket"]);
    assert_eq!(required(AssetMetadataPath::into_params(|| None)), ["id", "key"]);
    assert_eq!(required(super::albums::AlbumUserPath::into_params(|| None)), ["id", "userId"]);
}

/// Each `$ref` within the parts of a DTO can be followed, or the validator would pass anything.
#[test]
fn parts_are_whole() {
    fn missing<T: ToSchema>() -> Vec<String> {
        let mut parts: Vec<(String, RefOr<Schema>)> = Vec::new();
        T::schemas(&mut parts);
        let text = serde_json::to_string(&(schema::<T>(), &parts)).expect("schemas can be written");
        let references = text.split("#/components/schemas/").skip(1);
        let names = references.map(|rest| rest.split('"').next().unwrap_or_default());
        let is_missing = |name: &&str| !parts.iter().any(|(known, _)| known == name);
        names.filter(is_missing).map(str::to_owned).collect()
    }
    let nothing: [String; 0] = [];
    assert_eq!(missing::<super::search::MetadataSearchDto>(), nothing);
    assert_eq!(missing::<super::preferences::UserPreferencesUpdateDto>(), nothing);
    assert_eq!(missing::<super::users_admin::UserAdminCreateDto>(), nothing);
    assert_eq!(missing::<super::users_admin::UserAdminUpdateDto>(), nothing);
    assert_eq!(missing::<super::users::UserUpdateMeDto>(), nothing);
    assert_eq!(missing::<super::users::CalendarHeatmapQuery>(), nothing);
    assert_eq!(missing::<super::assets::AssetBulkUpdateDto>(), nothing);
    assert_eq!(missing::<super::assets::AssetJobsDto>(), nothing);
    assert_eq!(missing::<super::asset_uploads::AssetMediaCreateDto>(), nothing);
    assert_eq!(missing::<super::asset_metadata::AssetMetadataBulkUpsertDto>(), nothing);
    assert_eq!(missing::<super::api_keys::ApiKeyCreateDto>(), nothing);
    assert_eq!(missing::<super::albums::CreateAlbumDto>(), nothing);
    assert_eq!(missing::<super::albums::AddUsersDto>(), nothing);
    assert_eq!(missing::<super::albums::UpdateAlbumDto>(), nothing);
    assert_eq!(missing::<super::albums::AlbumsQuery>(), nothing);
    assert_eq!(missing::<TimeBucketQuery>(), nothing);
    assert_eq!(missing::<AssetMediaQuery>(), nothing);
}

fn an_asset() -> AssetResponseDto {
    let date = WireDateTime(at("2024-01-31T12:34:56Z"));
    AssetResponseDto {
        checksum: "2jmj7l5rSw0yVb/vlWAYkK/YBwk=".into(),
        created_at: date,
        duplicate_id: None,
        duration: None,
        exif_info: Some(ExifResponseDto {
            date_time_original: Some(NestedDateTime(at("2023-11-20T01:11:00Z"))),
            f_number: Some(1.8),
            ..ExifResponseDto::default()
        }),
        file_created_at: date,
        file_modified_at: date,
        has_metadata: true,
        height: Some(3000),
        id: Uuid::nil(),
        is_archived: false,
        is_edited: false,
        is_favorite: false,
        is_offline: false,
        is_trashed: false,
        library_id: None,
        live_photo_video_id: None,
        local_date_time: date,
        original_file_name: "a.jpg".into(),
        original_mime_type: None,
        original_path: "/a.jpg".into(),
        owner: None,
        owner_id: Uuid::nil(),
        people: None,
        resized: Some(true),
        stack: None,
        tags: None,
        thumbhash: None,
        kind: AssetTypeEnum::Image,
        updated_at: date,
        visibility: AssetVisibility::Timeline,
        width: Some(4000),
    }
}

#[test]
fn optional_fields_are_left_out_and_nullable_ones_written() {
    let written = serde_json::to_value(an_asset()).expect("an asset can be written");
    for absent in ["owner", "people", "tags", "originalMimeType"] {
        assert_eq!(written.get(absent), None, "{absent}");
    }
    for null in ["duplicateId", "duration", "libraryId", "livePhotoVideoId", "stack", "thumbhash"] {
        assert_eq!(written.get(null), Some(&Value::Null), "{null}");
    }
    assert_eq!(written["type"], "IMAGE");
    assert_eq!(written["localDateTime"], "2024-01-31T12:34:56.000Z");
    assert_eq!(written["exifInfo"]["dateTimeOriginal"], "2023-11-20T01:11:00+00:00");
    assert_eq!(written["exifInfo"]["fNumber"], json!(1.8));
    assert_eq!(written["exifInfo"]["city"], Value::Null);
}

#[test]
fn columns_of_a_bucket() {
    let columns = TimeBucketAssetResponseDto {
        city: None,
        country: None,
        created_at: vec![BucketDateTime(at("2024-01-01T05:00:00Z"))],
        duration: vec![None],
        file_created_at: vec![BucketDateTime(at("2024-01-01T05:00:00.5Z"))],
        id: vec![Uuid::nil()],
        is_favorite: vec![true],
        is_image: vec![true],
        is_trashed: vec![false],
        latitude: None,
        live_photo_video_id: vec![None],
        local_offset_hours: vec![5.5],
        longitude: None,
        owner_id: vec![Uuid::nil()],
        projection_type: vec![None],
        ratio: vec![1.333],
        stack: Some(vec![Some(BucketStack(Uuid::nil(), "3".into()))]),
        status: vec![AssetStatus::Active],
        thumbhash: vec![None],
        visibility: vec![AssetVisibility::Archive],
    };
    let written = serde_json::to_value(columns).expect("columns can be written");
    assert_eq!(written.get("city"), None);
    assert_eq!(written["fileCreatedAt"], json!(["2024-01-01T05:00:00.5"]));
    assert_eq!(written["stack"], json!([["00000000-0000-0000-0000-000000000000", "3"]]));
    assert_eq!(written["status"], json!(["active"]));
    assert_eq!(written["visibility"], json!(["archive"]));
}

#[test]
fn users_are_written_whole() {
    let date = WireDateTime(at("2024-01-31T12:34:56Z"));
    let user = UserAdminResponseDto {
        avatar_color: UserAvatarColor::Primary,
        created_at: date,
        deleted_at: None,
        email: "a@b".into(),
        id: Uuid::nil(),
        is_admin: true,
        license: None,
        name: "A".into(),
        oauth_id: String::new(),
        profile_changed_at: date,
        profile_image_path: String::new(),
        quota_size_in_bytes: None,
        quota_usage_in_bytes: Some(0),
        should_change_password: false,
        status: UserStatus::Active,
        storage_label: Some("admin".into()),
        updated_at: date,
    };
    let written = serde_json::to_value(user).expect("a user can be written");
    assert_eq!(written.as_object().map(|fields| fields.len()), Some(17));
    assert_eq!(written["license"], Value::Null);
    assert_eq!((&written["status"], &written["avatarColor"]), (&json!("active"), &json!("primary")));
}

/// Parameters' enumerations have to be added to a document by hand: all of them are.
#[test]
fn parameter_schemas_are_complete() {
    let known = super::parameter_schemas();
    let parameters = [
        AssetMediaQuery::into_params(|| None),
        TimeBucketQuery::into_params(|| None),
        super::assets::AssetStatsQuery::into_params(|| None),
        super::users::CalendarHeatmapQuery::into_params(|| None),
    ];
    let text = serde_json::to_string(&parameters).expect("parameters can be written");
    for rest in text.split("#/components/schemas/").skip(1) {
        let name = rest.split('"').next().unwrap_or_default();
        assert!(known.iter().any(|(known, _)| known == name), "{name}");
    }
    assert!(text.contains("AssetOrderBy"));
    let (count, components) = (known.len(), Components::builder().schemas_from_iter(known).build());
    assert_eq!(components.schemas.len(), count, "each is there once");
    let user = UserResponseDto::schema();
    assert!(matches!(user, RefOr::T(Schema::Object(_))));
}
