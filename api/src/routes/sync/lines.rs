//! The lines of a sync stream as they travel.

use albumen_projections::{
    albums::AlbumRow,
    identity::AccountRow,
    memories::MemoryRow,
    people::{FaceRow, PersonRow},
    sync::{Data, EntityType, GoneKey, Line},
    texts::LineRow,
};
use chrono::{DateTime, NaiveTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    dto::{
        memories::MemoryType,
        sync_lines::{SyncAssetExifV1, SyncAssetV2},
        texts::AssetOcrResponseDto,
        wire::WireDateTime,
    },
    routes::server::shown_license,
};

/// Stands for a PIN that is set. Devices only ask whether there is one.
const PIN_IS_SET: &str = "set";

/// Writes a line for `viewer`, as of the stream's time.
///
/// # Errors
/// Never for these types; serde's signature asks for it.
pub fn write_line(out: &mut Vec<u8>, viewer: Uuid, time_ms: i64, line: Line) -> Result<(), serde_json::Error> {
    let Line { entity, data, ack } = line;
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(entity.as_str().as_bytes());
    out.extend_from_slice(b"\",\"data\":");
    match data {
        Data::Asset(asset, stack) => serde_json::to_writer(&mut *out, &SyncAssetV2::seen_by(viewer, *asset, stack))?,
        Data::Exif(exif) => serde_json::to_writer(&mut *out, &SyncAssetExifV1::from(*exif))?,
        other => serde_json::to_writer(&mut *out, &value(entity, other))?,
    }
    out.extend_from_slice(b",\"ack\":\"");
    out.extend_from_slice(ack.text(time_ms).as_bytes());
    out.extend_from_slice(b"\"}\n");
    Ok(())
}

/// What is told of the things of which there are few.
fn value(entity: EntityType, data: Data) -> Value {
    match data {
        // Those of which there are many are written without a value in between.
        Data::Nothing | Data::Asset(..) | Data::Exif(_) => json!({}),
        Data::Account(account) => account_value(*account),
        Data::OwnAccount(account, usage_bytes) => own_account_value(*account, usage_bytes),
        Data::Album(album) => album_value(entity, *album),
        Data::AlbumUser { album, user, role } => json!({"albumId": album, "userId": user, "role": role}),
        Data::AlbumAsset { album, asset } => json!({"albumId": album, "assetId": asset}),
        Data::UserMetadata(key, account) => user_metadata_value(&key, *account),
        Data::AssetMetadata { asset, key, value } => json!({"assetId": asset, "key": key, "value": value}),
        Data::Partner { by, with, in_timeline } => {
            json!({"sharedById": by, "sharedWithId": with, "inTimeline": in_timeline})
        }
        Data::Stack(stack) => json!({
            "id": stack.id,
            "ownerId": stack.owner_id,
            "primaryAssetId": stack.primary_asset_id,
            "createdAt": WireDateTime(stack.created_at),
            "updatedAt": WireDateTime(stack.updated_at),
        }),
        Data::Memory(memory) => memory_value(*memory),
        Data::MemoryAsset { memory, asset } => json!({"memoryId": memory, "assetId": asset}),
        Data::Person(person) => person_value(*person),
        Data::Face(face) => face_value(*face),
        Data::Text(line) => text_value(*line),
        Data::Gone(gone) => gone_value(entity, gone),
    }
}

fn account_value(account: AccountRow) -> Value {
    json!({
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "avatarColor": account.avatar_color,
        "deletedAt": account.deleted_at.map(WireDateTime),
        "hasProfileImage": account.profile_image_path.is_some(),
        "profileChangedAt": WireDateTime(account.profile_changed_at),
    })
}

fn own_account_value(account: AccountRow, usage_bytes: i64) -> Value {
    let mut own = json!({
        "isAdmin": account.is_admin,
        "pinCode": account.pin_hash.as_ref().map(|_| PIN_IS_SET),
        "oauthId": "",
        "storageLabel": account.storage_label,
        "quotaSizeInBytes": account.quota_bytes,
        "quotaUsageInBytes": usage_bytes,
    });
    if let (Some(own), Value::Object(known)) = (own.as_object_mut(), account_value(account)) {
        own.extend(known);
    }
    own
}

fn album_value(entity: EntityType, album: AlbumRow) -> Value {
    let mut told = json!({
        "id": album.id,
        "name": album.name,
        "description": album.description,
        "createdAt": WireDateTime(album.created_at),
        "updatedAt": WireDateTime(album.updated_at),
        "thumbnailAssetId": album.thumbnail_asset_id,
        "isActivityEnabled": album.activity_enabled,
        "order": if album.asset_order == "ascending" { "asc" } else { "desc" },
    });
    if entity == EntityType::AlbumV1 {
        told["ownerId"] = json!(album.owner_id);
    }
    told
}

fn memory_value(memory: MemoryRow) -> Value {
    json!({
        "id": memory.id,
        "createdAt": WireDateTime(memory.created_at),
        "updatedAt": WireDateTime(memory.updated_at),
        // Whatever is deleted is gone.
        "deletedAt": null,
        "ownerId": memory.owner_id,
        "type": MemoryType::OnThisDay,
        "data": {"year": memory.year},
        "isSaved": memory.saved,
        "memoryAt": WireDateTime(memory.memory_at),
        "seenAt": memory.seen_at.map(WireDateTime),
        "showAt": memory.show_at.map(WireDateTime),
        "hideAt": memory.hide_at.map(WireDateTime),
    })
}

fn person_value(person: PersonRow) -> Value {
    json!({
        "id": person.id,
        "createdAt": WireDateTime(person.created_at),
        "updatedAt": WireDateTime(person.updated_at),
        "ownerId": person.owner_id,
        "name": person.name,
        "birthDate": person.birth_date.map(|day| WireDateTime(day.and_time(NaiveTime::MIN).and_utc())),
        "isHidden": person.hidden,
        "isFavorite": person.favorite,
        "color": person.color,
        "faceAssetId": person.feature_face_id,
    })
}

fn face_value(face: FaceRow) -> Value {
    json!({
        "id": face.id,
        "assetId": face.asset_id,
        "personId": face.person_id,
        "imageWidth": face.frame_width,
        "imageHeight": face.frame_height,
        "boundingBoxX1": face.x1,
        "boundingBoxY1": face.y1,
        "boundingBoxX2": face.x2,
        "boundingBoxY2": face.y2,
        "sourceType": face.source,
        "deletedAt": face.removed_at.map(WireDateTime),
        // Assets are not edited, so no face is cut off.
        "isVisible": true,
    })
}

fn text_value(line: LineRow) -> Value {
    // Assets are not edited, so no line is cut off.
    let mut told = json!({"isVisible": true});
    if let (Some(told), Ok(Value::Object(line))) =
        (told.as_object_mut(), serde_json::to_value(AssetOcrResponseDto::from(line)))
    {
        told.extend(line);
    }
    told
}

fn user_metadata_value(key: &str, account: AccountRow) -> Value {
    let value = match key {
        "preferences" => account.preferences,
        "onboarding" => json!({"isOnboarded": account.onboarded}),
        _ => account.license.and_then(shown_license).map_or_else(|| json!({}), |license| json!(license)),
    };
    json!({"userId": account.id, "key": key, "value": value})
}

fn gone_value(entity: EntityType, gone: GoneKey) -> Value {
    let GoneKey { scope, a, b, key, at } = gone;
    match entity {
        EntityType::UserDeleteV1 => json!({"userId": a}),
        EntityType::AssetDeleteV1 | EntityType::PartnerAssetDeleteV1 => json!({"assetId": a}),
        EntityType::PartnerDeleteV1 => json!({"sharedById": a, "sharedWithId": b}),
        EntityType::StackDeleteV1 | EntityType::PartnerStackDeleteV1 => json!({"stackId": a}),
        EntityType::AlbumDeleteV1 => json!({"albumId": a}),
        EntityType::AlbumUserDeleteV1 => json!({"albumId": scope, "userId": a}),
        EntityType::AlbumToAssetDeleteV1 => json!({"albumId": scope, "assetId": a}),
        EntityType::MemoryDeleteV1 => json!({"memoryId": a}),
        EntityType::MemoryToAssetDeleteV1 => json!({"memoryId": scope, "assetId": a}),
        EntityType::PersonDeleteV1 => json!({"personId": a}),
        // Devices take everything that was read on the asset before for gone.
        EntityType::AssetOcrDeleteV1 => json!({"id": gone_id(a, at), "assetId": a, "deletedAt": WireDateTime(at)}),
        EntityType::AssetFaceDeleteV1 => json!({"assetFaceId": a}),
        EntityType::UserMetadataDeleteV1 => json!({"userId": scope, "key": key}),
        EntityType::AssetMetadataDeleteV1 => json!({"assetId": a, "key": key}),
        _ => json!({}),
    }
}

/// An id of its own for each time that something went.
fn gone_id(id: Uuid, at: DateTime<Utc>) -> Uuid {
    let time = u128::from(at.timestamp_micros().unsigned_abs());
    uuid::Builder::from_random_bytes((id.as_u128() ^ time).to_be_bytes()).into_uuid()
}
