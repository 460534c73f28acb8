//! What a user may see, asked of the other read models without a thought of time.

use std::collections::{BTreeMap, BTreeSet};

use albumen_projections::{
    albums::AlbumRow,
    identity::AccountRow,
    library::AssetRow,
    memories::MemoryRow,
    people::{FaceRow, PersonRow},
    runtime::TableRow,
    stacks::StackRow,
    sync::{AssetView, ExifView},
    texts::LineRow,
};
use chrono::DateTime;
use serde_json::Value;
use tokio_postgres::Client;
use uuid::Uuid;

/// An asset, and the stack that it is in.
pub type Stacked = (AssetView, Option<Uuid>);

/// See the module's words.
pub struct Sight {
    pub own: Option<(AccountRow, i64)>,
    pub users: BTreeMap<Uuid, AccountRow>,
    pub assets: BTreeMap<Uuid, Stacked>,
    pub stacks: BTreeMap<Uuid, StackRow>,
    pub exifs: BTreeMap<Uuid, ExifView>,
    pub partners: BTreeMap<(Uuid, Uuid), bool>,
    pub partner_assets: BTreeMap<Uuid, Stacked>,
    pub partner_exifs: BTreeMap<Uuid, ExifView>,
    pub partner_stacks: BTreeMap<Uuid, StackRow>,
    pub albums: BTreeMap<Uuid, AlbumRow>,
    pub members: BTreeMap<(Uuid, Uuid), String>,
    pub links: BTreeSet<(Uuid, Uuid)>,
    pub linked: BTreeMap<Uuid, Stacked>,
    pub linked_exifs: BTreeMap<Uuid, ExifView>,
    pub settings: BTreeSet<String>,
    pub values: BTreeMap<(Uuid, String), Value>,
    pub memories: BTreeMap<Uuid, MemoryRow>,
    pub recalled: BTreeSet<(Uuid, Uuid)>,
    pub persons: BTreeMap<Uuid, PersonRow>,
    pub faces: BTreeMap<Uuid, FaceRow>,
    pub lines: BTreeMap<Uuid, LineRow>,
}

const MINE: &str = "SELECT album_id FROM albums.album_user WHERE user_id = $1";
const SHOWING: &str = "SELECT shared_by_id FROM sharing.partnership WHERE shared_with_id = $1
    AND shared_by_id IN (SELECT id FROM identity.person_account)";
/// Links of albums to what is there and not locked.
const LINKS: &str = "albums.album_asset AS link
    JOIN library.asset AS photo ON photo.id = link.asset_id AND photo.visibility <> 'locked'";

impl Sight {
    /// What a user may see; nothing for who is gone.
    pub async fn of(client: &Client, user: Uuid) -> Option<Self> {
        let users: Vec<AccountRow> =
            rows(client, "identity.person_account AS row WHERE $1::uuid <> $2::uuid", user).await;
        let me = themselves(users.iter().find(|account| account.id == user)?.clone());
        let usage = "SELECT coalesce(sum(size_bytes), 0)::bigint FROM library.asset WHERE owner_id = $1";
        let usage = client.query_one(usage, &[&user]).await.expect("answers").get(0);
        let assets: Vec<AssetRow> =
            rows(client, "library.asset AS row WHERE owner_id = $1 AND $1::uuid <> $2::uuid", user).await;
        let in_albums = format!(
            "library.asset AS row WHERE $1::uuid <> $2::uuid AND id IN (SELECT asset_id FROM {LINKS} WHERE album_id IN ({MINE}))"
        );
        let linked: Vec<AssetRow> = rows(client, &in_albums, user).await;
        let links = format!("SELECT album_id, asset_id FROM {LINKS} WHERE album_id IN ({MINE})");
        let links = client.query(&links, &[&user]).await.expect("answers");
        let links: BTreeSet<(Uuid, Uuid)> = links.iter().map(|row| (row.get(0), row.get(1))).collect();
        let mine = format!("albums.album AS row WHERE id IN ({MINE}) AND $1::uuid <> $2::uuid");
        let mut albums: Vec<AlbumRow> = rows(client, &mine, user).await;
        for album in &mut albums {
            album.thumbnail_asset_id = album.thumbnail_asset_id.filter(|asset| links.contains(&(album.id, *asset)));
        }
        let members = format!(
            "SELECT album_id, user_id, role FROM albums.album_user
             WHERE album_id IN ({MINE}) AND user_id IN (SELECT id FROM identity.person_account)"
        );
        let members = client.query(&members, &[&user]).await.expect("answers");
        let values = "SELECT asset_id, key, value FROM library.asset_key_value
                      WHERE asset_id IN (SELECT id FROM library.asset WHERE owner_id = $1)";
        let values = client.query(values, &[&user]).await.expect("answers");
        let stacks: Vec<StackRow> =
            rows(client, "stacks.stack AS row WHERE owner_id = $1 AND $1::uuid <> $2::uuid", user).await;
        let stacked = client.query("SELECT asset_id, stack_id FROM stacks.stack_asset", &[]).await.expect("answers");
        let stacked: BTreeMap<Uuid, Uuid> = stacked.iter().map(|row| (row.get(0), row.get(1))).collect();
        let with_stack = |asset: &AssetRow| (asset.id, (asset.into(), stacked.get(&asset.id).copied()));
        let partners = "SELECT shared_by_id, shared_with_id, in_timeline FROM sharing.partnership
                        WHERE $1 IN (shared_by_id, shared_with_id)
                        AND shared_by_id IN (SELECT id FROM identity.person_account)
                        AND shared_with_id IN (SELECT id FROM identity.person_account)";
        let partners = client.query(partners, &[&user]).await.expect("answers");
        let shown = format!(
            "library.asset AS row WHERE visibility <> 'locked' AND owner_id IN ({SHOWING}) AND $1::uuid <> $2::uuid"
        );
        let shown: Vec<AssetRow> = rows(client, &shown, user).await;
        let partner_stacks = format!("stacks.stack AS row WHERE owner_id IN ({SHOWING}) AND $1::uuid <> $2::uuid");
        let partner_stacks: Vec<StackRow> = rows(client, &partner_stacks, user).await;
        let memories: Vec<MemoryRow> =
            rows(client, "memories.memory AS row WHERE owner_id = $1 AND $1::uuid <> $2::uuid", user).await;
        let recalled = "SELECT memory_id, asset_id FROM memories.memory_asset
                        WHERE memory_id IN (SELECT id FROM memories.memory WHERE owner_id = $1)
                        AND asset_id IN (SELECT id FROM library.asset)";
        let recalled = client.query(recalled, &[&user]).await.expect("answers");
        let persons: Vec<PersonRow> =
            rows(client, "people.person AS row WHERE owner_id = $1 AND $1::uuid <> $2::uuid", user).await;
        let seen = "people.face AS row WHERE asset_id IN (SELECT id FROM library.asset WHERE owner_id = $1)
                    AND $1::uuid <> $2::uuid";
        let faces: Vec<FaceRow> = rows(client, seen, user).await;
        let written = "texts.line AS row WHERE asset_id IN (SELECT id FROM library.asset WHERE owner_id = $1)
                       AND $1::uuid <> $2::uuid";
        let lines: Vec<LineRow> = rows(client, written, user).await;
        Some(Self {
            memories: memories.into_iter().map(|memory| (memory.id, memory)).collect(),
            recalled: recalled.iter().map(|row| (row.get(0), row.get(1))).collect(),
            persons: persons.into_iter().map(|person| (person.id, told_of_person(person))).collect(),
            faces: faces.into_iter().map(|face| (face.id, told_of_face(face))).collect(),
            lines: lines.into_iter().map(|line| (line.id, line)).collect(),
            own: Some((me, usage)),
            settings: settings(client, user).await,
            users: users.into_iter().map(|account| (account.id, to_everybody(account))).collect(),
            exifs: assets.iter().map(|asset| (asset.id, asset.into())).collect(),
            partners: partners.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect(),
            partner_assets: shown.iter().map(with_stack).collect(),
            partner_exifs: shown.iter().map(|asset| (asset.id, asset.into())).collect(),
            partner_stacks: partner_stacks.into_iter().map(|stack| (stack.id, stack)).collect(),
            assets: assets.iter().map(with_stack).collect(),
            stacks: stacks.into_iter().map(|stack| (stack.id, stack)).collect(),
            albums: albums.into_iter().map(|album| (album.id, album)).collect(),
            members: members.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect(),
            links,
            linked_exifs: linked.iter().map(|asset| (asset.id, asset.into())).collect(),
            linked: linked.iter().map(with_stack).collect(),
            values: values.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect(),
        })
    }
}

/// All rows that are meant; `$1` is the user and `$2` nobody.
async fn rows<R: TableRow>(client: &Client, from: &str, user: Uuid) -> Vec<R> {
    let sql = format!("SELECT {} FROM {from}", R::column_list("row."));
    client.query(&sql, &[&user, &Uuid::nil()]).await.expect("answers").iter().map(R::from_row).collect()
}

/// What the user has set: that they did is known from the account, but for what was set to what
/// it was anyway, which the sync model alone remembers.
async fn settings(client: &Client, user: Uuid) -> BTreeSet<String> {
    let sql = "SELECT key FROM sync.entry WHERE kind = 'user-metadata' AND scope = $1";
    let rows = client.query(sql, &[&user]).await.expect("answers");
    rows.iter().map(|row| row.get(0)).collect()
}

/// What is told of a person.
pub fn told_of_person(person: PersonRow) -> PersonRow {
    PersonRow { thumbnail_path: None, face_count: 0, ..person }
}

/// What is told of a face.
pub fn told_of_face(face: FaceRow) -> FaceRow {
    FaceRow { by_hand: false, generation: None, in_sight: false, updated_at: DateTime::UNIX_EPOCH, ..face }
}

/// What everybody is told of a user.
pub fn to_everybody(account: AccountRow) -> AccountRow {
    let told = themselves(account);
    AccountRow { pin_hash: None, is_admin: false, storage_label: None, quota_bytes: None, ..told }
}

/// What a user is told of themselves.
pub fn themselves(account: AccountRow) -> AccountRow {
    AccountRow {
        password_hash: None,
        pin_hash: account.pin_hash.map(|_| String::new()),
        should_change_password: false,
        status: String::new(),
        onboarded: false,
        preferences: Value::Null,
        license: None,
        profile_image_path: account.profile_image_path.map(|_| String::new()),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        ..account
    }
}
