//! Where lines come from: what has changed of one kind, in the order of changes.

use deadpool_postgres::Pool;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{
    kind::Kind,
    views::{AssetView, Data, ExifView, GoneKey},
};
use crate::{
    albums::AlbumRow,
    identity::AccountRow,
    memories::MemoryRow,
    people::{FaceRow, PersonRow},
    runtime::{ReadError, TableRow, query},
    stacks::StackRow,
    texts::LineRow,
};

/// What has changed, of which things.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// What is gone.
    Gone(Kind, Scope),
    /// Everybody's account.
    Accounts,
    /// The account of the user who asks.
    OwnAccount,
    /// Assets, by their own changes.
    Assets(Owners),
    /// What is known of their making, by its own changes.
    Exifs(Owners),
    /// Assets in albums, by the changes of their being there.
    AlbumAssets(Albums),
    /// The same for what is known of their making.
    AlbumExifs(Albums),
    /// Assets in albums, by their own changes. Those that came into an album after a change are left out.
    ChangedAlbumAssets(i64),
    /// The same for what is known of their making.
    ChangedAlbumExifs(i64),
    /// Albums.
    AlbumsThemselves,
    /// Members of albums.
    AlbumUsers(Albums),
    /// Which assets are in which albums.
    AlbumLinks(Albums),
    /// What the user who asks has set.
    UserMetadata,
    /// Partnerships, in both directions.
    Partners,
    /// Stacks, by their own changes.
    Stacks(Owners),
    /// Clients' values with the assets of the user who asks.
    AssetMetadata,
    /// Memories of the user who asks.
    Memories,
    /// Which assets are in which of them.
    MemoryLinks,
    /// Persons of the user who asks.
    Persons,
    /// Faces on the assets of the user who asks.
    Faces,
    /// Lines of text on the assets of the user who asks.
    Texts,
}

/// Of whom.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owners {
    /// The user who asks.
    Own,
    /// All who share theirs with the user who asks.
    Partners,
    /// One of them.
    Partner(Uuid),
}

/// Of which albums.
#[derive(Clone, Copy, Debug)]
pub(super) enum Albums {
    /// Those of which the user who asks is a member.
    Mine,
    /// One of them.
    One(Uuid),
}

/// To whom it was told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// Everybody.
    Everybody,
    /// The user who asks.
    Own,
    /// The members of an album.
    MyAlbums,
    /// All to whom a user shows what is theirs.
    MyPartners,
    /// The owner of a memory.
    MyMemories,
}

/// Which changes are meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    /// Later than this.
    pub after: i64,
    /// Earlier than this.
    pub before: i64,
    /// So many.
    pub limit: i64,
}

/// A change and what is told of it.
pub(super) type Changed = (i64, Data);

pub(super) const MY_ALBUMS: &str = "(SELECT scope FROM sync.entry WHERE kind = 'album-user' AND a = $1)";
const MY_MEMORIES: &str = "(SELECT a FROM sync.entry WHERE kind = 'memory' AND scope = $1)";
/// Whoever is gone for good is nobody's partner.
pub(super) const MY_PARTNERS: &str = "(SELECT partner.a FROM sync.entry AS partner
    JOIN identity.person_account AS sharer ON sharer.id = partner.a
    JOIN identity.person_account AS me ON me.id = partner.b
    WHERE partner.kind = 'partner' AND partner.scope = $1 AND partner.b = $1)";
/// A locked asset is for its owner alone, and in no album.
pub(super) const NOT_LOCKED: &str = "photo.visibility <> 'locked'";

/// A question: its text, its last parameter where it has one, and how its rows are read.
struct Question {
    sql: String,
    last: Option<Last>,
    read: fn(&Row) -> Data,
}

enum Last {
    Id(Uuid),
    Change(i64),
    Name(&'static str),
}

impl Source {
    /// What has changed in a range, in order.
    pub async fn page(self, pool: &Pool, user: Uuid, range: Range) -> Result<Vec<Changed>, ReadError> {
        let question = self.question();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&user, &range.after, &range.before, &range.limit];
        match &question.last {
            None => {}
            Some(Last::Id(id)) => parameters.push(id),
            Some(Last::Change(change)) => parameters.push(change),
            Some(Last::Name(name)) => parameters.push(name),
        }
        query(pool, &question.sql, &parameters, |row| (row.get(row.len() - 1), (question.read)(row))).await
    }

    fn question(self) -> Question {
        match self {
            Self::Gone(kind, scope) => gone(kind, scope),
            Self::Accounts => accounts(),
            Self::OwnAccount => own_account(),
            Self::Assets(owners) => assets(owners),
            Self::Exifs(owners) => exifs(owners),
            Self::AlbumAssets(albums) => linked(albums, &asset_columns(), read_asset),
            Self::AlbumExifs(albums) => linked(albums, &ExifView::column_list("photo."), read_exif),
            Self::ChangedAlbumAssets(known) => changed("change", known, &asset_columns(), read_asset),
            Self::ChangedAlbumExifs(known) => {
                changed("exif_change", known, &ExifView::column_list("photo."), read_exif)
            }
            Self::AlbumsThemselves => albums_themselves(),
            Self::AlbumUsers(albums) => album_users(albums),
            Self::AlbumLinks(albums) => album_links(albums),
            Self::UserMetadata => user_metadata(),
            Self::AssetMetadata => asset_metadata(),
            Self::Partners => partners(),
            Self::Stacks(owners) => stacks(owners),
            Self::Memories => memories(),
            Self::MemoryLinks => memory_links(),
            Self::Persons => persons(),
            Self::Faces => faces(),
            Self::Texts => texts(),
        }
    }
}

/// `SELECT` in the order of changes, within the range. `change` names the column.
fn ordered(columns: &str, from: &str, wanted: &str, change: &str) -> String {
    format!(
        "SELECT {columns}, {change} FROM {from}
         WHERE {wanted} AND {change} > $2 AND {change} < $3 ORDER BY {change} LIMIT $4"
    )
}

/// The same of entries of a kind.
fn of_entries(kind: Kind, scope: &str, columns: &str, joined: &str) -> String {
    let wanted = format!("entry.kind = '{}' AND entry.scope {scope}", kind.as_str());
    ordered(columns, &format!("sync.entry AS entry {joined}"), &wanted, "entry.change")
}

fn gone(kind: Kind, scope: Scope) -> Question {
    let scope = match scope {
        Scope::Everybody => "= '00000000-0000-0000-0000-000000000000' AND $1::uuid IS NOT NULL".to_owned(),
        Scope::Own => "= $1".to_owned(),
        Scope::MyAlbums => format!("IN {MY_ALBUMS}"),
        Scope::MyPartners => format!("IN {MY_PARTNERS}"),
        Scope::MyMemories => format!("IN {MY_MEMORIES}"),
    };
    // What went from an asset that has gone since went with that.
    let asset = match kind {
        Kind::AssetMetadata => Some("gone.a"),
        Kind::Face => Some("gone.b"),
        _ => None,
    };
    let with_asset = asset.map(|id| format!(" AND EXISTS (SELECT FROM sync.asset AS held WHERE held.id = {id})"));
    let wanted = format!("kind = $5 AND scope {scope}{}", with_asset.unwrap_or_default());
    let sql = ordered("scope, a, b, key, at", "sync.gone", &wanted, "change");
    let read = |row: &Row| {
        Data::Gone(GoneKey { scope: row.get(0), a: row.get(1), b: row.get(2), key: row.get(3), at: row.get(4) })
    };
    Question { sql, last: Some(Last::Name(kind.as_str())), read }
}

fn read_account(row: &Row) -> Box<AccountRow> {
    Box::new(AccountRow::from_row(row))
}

fn accounts() -> Question {
    let everybody = "= '00000000-0000-0000-0000-000000000000' AND $1::uuid IS NOT NULL";
    let joined = "JOIN identity.person_account AS account ON account.id = entry.a";
    let sql = of_entries(Kind::Account, everybody, &AccountRow::column_list("account."), joined);
    Question { sql, last: None, read: |row| Data::Account(read_account(row)) }
}

fn own_account() -> Question {
    let usage = "(SELECT coalesce(sum(bytes), 0)::bigint FROM library.asset_count
                  WHERE owner_id = account.id AND dated_by = 'taken')";
    let columns = format!("{}, {usage}", AccountRow::column_list("account."));
    let joined = "JOIN identity.person_account AS account ON account.id = entry.a";
    let sql = of_entries(Kind::OwnAccount, "= $1", &columns, joined);
    let read = |row: &Row| Data::OwnAccount(read_account(row), row.get(AccountRow::COLUMNS.len()));
    Question { sql, last: None, read }
}

pub(super) fn asset_columns() -> String {
    let stack = "(SELECT stack_id FROM stacks.stack_asset WHERE asset_id = photo.id LIMIT 1)";
    format!("{}, {stack}", AssetView::column_list("photo."))
}

pub(super) fn read_asset(row: &Row) -> Data {
    Data::Asset(Box::new(AssetView::from_row(row)), row.get(AssetView::COLUMNS.len()))
}

pub(super) fn read_exif(row: &Row) -> Data {
    Data::Exif(Box::new(ExifView::from_row(row)))
}

const PHOTOS: &str = "sync.asset AS changed JOIN library.asset AS photo ON photo.id = changed.id";

/// Which assets are meant. What is locked is for its owner alone.
fn owned(owners: Owners) -> (String, Option<Last>) {
    match owners {
        Owners::Own => ("changed.owner_id = $1".to_owned(), None),
        Owners::Partners => (format!("changed.owner_id IN {MY_PARTNERS} AND {NOT_LOCKED}"), None),
        Owners::Partner(id) => {
            let wanted = format!("changed.owner_id = $5 AND changed.owner_id IN {MY_PARTNERS} AND {NOT_LOCKED}");
            (wanted, Some(Last::Id(id)))
        }
    }
}

fn assets(owners: Owners) -> Question {
    let (wanted, last) = owned(owners);
    let sql = ordered(&asset_columns(), PHOTOS, &wanted, "changed.change");
    Question { sql, last, read: read_asset }
}

fn exifs(owners: Owners) -> Question {
    let (wanted, last) = owned(owners);
    let sql = ordered(&ExifView::column_list("photo."), PHOTOS, &wanted, "changed.exif_change");
    Question { sql, last, read: read_exif }
}

fn within(albums: Albums) -> (String, Option<Last>) {
    match albums {
        Albums::Mine => (format!("IN {MY_ALBUMS}"), None),
        Albums::One(id) => (format!("= $5 AND $5 IN {MY_ALBUMS}"), Some(Last::Id(id))),
    }
}

fn linked(albums: Albums, columns: &str, read: fn(&Row) -> Data) -> Question {
    let (scope, last) = within(albums);
    let joined = format!("JOIN library.asset AS photo ON photo.id = entry.a AND {NOT_LOCKED}");
    Question { sql: of_entries(Kind::AlbumAsset, &scope, columns, &joined), last, read }
}

/// Each owner's changes are a range of an index; there are few owners.
fn changed(change: &str, known: i64, columns: &str, read: fn(&Row) -> Data) -> Question {
    let from = "sync.entry AS owner
         JOIN sync.asset AS changed ON changed.owner_id = owner.a
         JOIN library.asset AS photo ON photo.id = changed.id";
    let wanted = format!(
        "owner.kind = 'account' AND {NOT_LOCKED} AND EXISTS (
             SELECT FROM sync.entry AS link
             WHERE link.kind = 'album-asset' AND link.a = changed.id AND link.change <= $5 AND link.scope IN {MY_ALBUMS}
         )"
    );
    let sql = ordered(columns, from, &wanted, &format!("changed.{change}"));
    Question { sql, last: Some(Last::Change(known)), read }
}

fn albums_themselves() -> Question {
    // An asset that is out of sight does not stand for its album.
    let columns = format!(
        "{}, EXISTS (SELECT FROM sync.entry AS link WHERE link.kind = 'album-asset' AND link.scope = album.id
                     AND link.a = album.thumbnail_asset_id)",
        AlbumRow::column_list("album.")
    );
    let joined = "JOIN albums.album AS album ON album.id = entry.a";
    let read = |row: &Row| {
        let mut album = AlbumRow::from_row(row);
        let is_shown: bool = row.get(AlbumRow::COLUMNS.len());
        album.thumbnail_asset_id = album.thumbnail_asset_id.filter(|_| is_shown);
        Data::Album(Box::new(album))
    };
    Question { sql: of_entries(Kind::Album, &format!("IN {MY_ALBUMS}"), &columns, joined), last: None, read }
}

fn album_users(albums: Albums) -> Question {
    let (scope, last) = within(albums);
    // Whoever is gone for good is a member of nothing, whatever an album remembers.
    let joined = "JOIN albums.album_user AS member ON member.album_id = entry.scope AND member.user_id = entry.a
         JOIN identity.person_account AS account ON account.id = member.user_id";
    let read = |row: &Row| Data::AlbumUser { album: row.get(0), user: row.get(1), role: row.get(2) };
    Question { sql: of_entries(Kind::AlbumUser, &scope, "entry.scope, entry.a, member.role", joined), last, read }
}

fn album_links(albums: Albums) -> Question {
    let (scope, last) = within(albums);
    let joined = format!("JOIN library.asset AS photo ON photo.id = entry.a AND {NOT_LOCKED}");
    Question { sql: of_entries(Kind::AlbumAsset, &scope, "entry.scope, entry.a", &joined), last, read: read_link }
}

pub(super) fn read_link(row: &Row) -> Data {
    Data::AlbumAsset { album: row.get(0), asset: row.get(1) }
}

fn user_metadata() -> Question {
    let columns = format!("{}, entry.key", AccountRow::column_list("account."));
    let joined = "JOIN identity.person_account AS account ON account.id = entry.a";
    let read = |row: &Row| Data::UserMetadata(row.get(AccountRow::COLUMNS.len()), read_account(row));
    Question { sql: of_entries(Kind::UserMetadata, "= $1", &columns, joined), last: None, read }
}

fn partners() -> Question {
    let joined = "JOIN sharing.partnership AS shown ON shown.shared_by_id = entry.a AND shown.shared_with_id = entry.b
         JOIN identity.person_account AS sharer ON sharer.id = entry.a
         JOIN identity.person_account AS other ON other.id = entry.b";
    let read = |row: &Row| Data::Partner { by: row.get(0), with: row.get(1), in_timeline: row.get(2) };
    let sql = of_entries(Kind::Partner, "= $1", "entry.a, entry.b, shown.in_timeline", joined);
    Question { sql, last: None, read }
}

fn stacks(owners: Owners) -> Question {
    let (scope, last) = match owners {
        Owners::Own => ("= $1".to_owned(), None),
        Owners::Partners => (format!("IN {MY_PARTNERS}"), None),
        Owners::Partner(id) => (format!("= $5 AND $5 IN {MY_PARTNERS}"), Some(Last::Id(id))),
    };
    let joined = "JOIN stacks.stack AS stack ON stack.id = entry.a";
    let sql = of_entries(Kind::Stack, &scope, &StackRow::column_list("stack."), joined);
    Question { sql, last, read: |row| Data::Stack(Box::new(StackRow::from_row(row))) }
}

fn memories() -> Question {
    let joined = "JOIN memories.memory AS memory ON memory.id = entry.a";
    let sql = of_entries(Kind::Memory, "= $1", &MemoryRow::column_list("memory."), joined);
    Question { sql, last: None, read: |row| Data::Memory(Box::new(MemoryRow::from_row(row))) }
}

fn memory_links() -> Question {
    let joined = "JOIN library.asset AS photo ON photo.id = entry.a";
    let read = |row: &Row| Data::MemoryAsset { memory: row.get(0), asset: row.get(1) };
    let sql = of_entries(Kind::MemoryAsset, &format!("IN {MY_MEMORIES}"), "entry.scope, entry.a", joined);
    Question { sql, last: None, read }
}

fn persons() -> Question {
    let joined = "JOIN people.person AS person ON person.id = entry.a";
    let sql = of_entries(Kind::Person, "= $1", &PersonRow::column_list("person."), joined);
    Question { sql, last: None, read: |row| Data::Person(Box::new(PersonRow::from_row(row))) }
}

fn faces() -> Question {
    let joined =
        "JOIN people.face AS face ON face.id = entry.a JOIN library.asset AS photo ON photo.id = face.asset_id";
    let sql = of_entries(Kind::Face, "= $1", &FaceRow::column_list("face."), joined);
    Question { sql, last: None, read: |row| Data::Face(Box::new(FaceRow::from_row(row))) }
}

fn texts() -> Question {
    let joined = "JOIN texts.line AS line ON line.id = entry.b JOIN library.asset AS photo ON photo.id = line.asset_id";
    let sql = of_entries(Kind::Text, "= $1", &LineRow::column_list("line."), joined);
    Question { sql, last: None, read: |row| Data::Text(Box::new(LineRow::from_row(row))) }
}

fn asset_metadata() -> Question {
    let joined = "JOIN library.asset_key_value AS held ON held.asset_id = entry.a AND held.key = entry.key";
    let read = |row: &Row| Data::AssetMetadata { asset: row.get(0), key: row.get(1), value: row.get(2) };
    Question {
        sql: of_entries(Kind::AssetMetadata, "= $1", "held.asset_id, held.key, held.value", joined),
        last: None,
        read,
    }
}
