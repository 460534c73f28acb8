//! One run of a sync stream: everything that a user may see and a device does not have yet.
//!
//! It reads no further than the read model that is furthest behind, so what it sends fits together.
//! Pages are read by their place in the order of changes, each by itself, so a slow device holds
//! no connection to the database and little memory. See [`super::window`] for those whose order is read before.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use deadpool_postgres::Pool;
use uuid::Uuid;

use super::{
    change::{last_change_at, position_of},
    checkpoints::{CheckpointChange, Checkpoints},
    kind::Kind,
    protocol::{Ack, EntityType, Extra, RequestType},
    source::{Albums, Owners, Range, Scope, Source},
    views::Data,
    window::Window,
};
use crate::runtime::{ReadError, query};

/// Rows read at once: some 2 MB of assets at most.
const PAGE_ROWS: i64 = 2_000;
/// A device that was not complete for longer begins again: what is gone is forgotten a day later.
const LONGEST_ABSENCE: TimeDelta = TimeDelta::days(30);
/// The read models that are read.
pub(crate) const READ_MODELS: [&str; 9] =
    ["sync", "library", "albums", "identity", "stacks", "sharing", "memories", "people", "texts"];

/// A line of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is about.
    pub entity: EntityType,
    /// What it tells.
    pub data: Data,
    /// What the device says when it has taken it in.
    pub ack: Ack,
}

/// Who synchronises.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// The user.
    pub user: Uuid,
    /// The session.
    pub session: Uuid,
    /// Whether it was told to begin again.
    pub reset_pending: bool,
}

/// How a run begins.
pub enum Beginning {
    /// The device has to forget everything and to ask again.
    Reset,
    /// With what it does not have yet.
    Stream(Box<SyncStream>),
}

/// See the module's words.
pub struct SyncStream {
    pool: Pool,
    checkpoints: Checkpoints,
    device: Device,
    acks: BTreeMap<EntityType, Ack>,
    /// Earlier changes are sent.
    before: i64,
    requests: VecDeque<RequestType>,
    passes: VecDeque<Pass>,
    is_complete: bool,
}

/// One type of lines from one source.
struct Pass {
    entity: EntityType,
    source: Source,
    /// Of sources that are read so.
    window: Window,
    after: i64,
    before: i64,
    /// By which change the container came to be that is filled.
    container: Option<i64>,
    /// Sent before the first line, if there is one.
    first: Option<Line>,
    /// Sent after the last line, or instead of it.
    last: Option<Line>,
}

/// Something that a user came to see as a whole, with all that was in it before.
struct Container {
    id: Uuid,
    created: i64,
}

/// Begins a run.
///
/// # Errors
/// The database is away.
pub(super) async fn begin(
    pool: &Pool,
    device: Device,
    types: &[RequestType],
    now: DateTime<Utc>,
    lowest_here: Option<i64>,
) -> Result<Beginning, ReadError> {
    let checkpoints = Checkpoints::new(pool.clone());
    let told = checkpoints.of(device.session).await?;
    let parsed = told.iter().filter_map(|(entity, text)| Some((*entity, Ack::parse(text)?)));
    let parsed: BTreeMap<EntityType, (Ack, i64)> = parsed.collect();
    let (lowest, highest) = positions(pool).await?;
    // What never was complete is as old as its oldest part: what is gone is forgotten all the same.
    let oldest = parsed.get(&EntityType::SyncCompleteV1).or_else(|| parsed.values().min_by_key(|(_, time)| *time));
    if device.reset_pending || is_too_old(oldest, highest, now) {
        return Ok(Beginning::Reset);
    }
    let requested: HashSet<RequestType> = types.iter().copied().collect();
    Ok(Beginning::Stream(Box::new(SyncStream {
        pool: pool.clone(),
        checkpoints,
        device,
        acks: parsed.into_iter().map(|(entity, (ack, _))| (entity, ack)).collect(),
        before: last_change_at(lowest_here.unwrap_or(lowest)) + 1,
        requests: RequestType::ALL.iter().copied().filter(|one| requested.contains(one)).collect(),
        passes: VecDeque::new(),
        is_complete: false,
    })))
}

/// Whether a device was away for too long, or comes from a future that was taken back: the
/// database was brought back to an earlier state.
fn is_too_old(told: Option<&(Ack, i64)>, highest: i64, now: DateTime<Utc>) -> bool {
    let Some((ack, time_ms)) = told else { return false };
    let is_long_ago = now.timestamp_millis() - time_ms > LONGEST_ABSENCE.num_milliseconds();
    is_long_ago || position_of(ack.change) > highest
}

/// Where the read model is that is furthest behind, and the one that is furthest ahead. One that has
/// passed over what does not concern it can say so a moment late.
async fn positions(pool: &Pool) -> Result<(i64, i64), ReadError> {
    let sql = "SELECT coalesce(min(position), 0), coalesce(max(position), 0)
               FROM public.projection_checkpoint WHERE instance = ANY($1)";
    let rows = query(pool, sql, &[&READ_MODELS.as_slice()], |row| (row.get(0), row.get(1))).await?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

impl SyncStream {
    /// The next lines; none at the end.
    ///
    /// # Errors
    /// The database is away.
    pub async fn next_lines(&mut self) -> Result<Option<Vec<Line>>, ReadError> {
        loop {
            if let Some(pass) = self.passes.front_mut() {
                let (lines, is_done) = pass.next_lines(&self.pool, self.device.user).await?;
                if is_done {
                    self.passes.pop_front();
                }
                if !lines.is_empty() {
                    return Ok(Some(lines));
                }
            } else if let Some(request) = self.requests.pop_front() {
                self.passes = self.plan(request).await?;
            } else if !self.is_complete {
                self.is_complete = true;
                let ack = Ack::up_to(EntityType::SyncCompleteV1, self.before - 1);
                return Ok(Some(vec![Line { entity: EntityType::SyncCompleteV1, data: Data::Nothing, ack }]));
            } else {
                return Ok(None);
            }
        }
    }

    /// How one request is served.
    async fn plan(&self, request: RequestType) -> Result<VecDeque<Pass>, ReadError> {
        use EntityType as E;
        let mut passes = Vec::new();
        match request {
            RequestType::AuthUsersV1 => passes.push(self.pass(E::AuthUserV1, Source::OwnAccount)),
            RequestType::UsersV1 => {
                passes.push(self.gone(E::UserDeleteV1, Kind::Account, Scope::Everybody));
                passes.push(self.pass(E::UserV1, Source::Accounts));
            }
            RequestType::AssetsV2 => {
                passes.push(self.gone(E::AssetDeleteV1, Kind::Asset, Scope::Own));
                passes.push(self.pass(E::AssetV2, Source::Assets(Owners::Own)));
            }
            RequestType::StacksV1 => {
                passes.push(self.gone(E::StackDeleteV1, Kind::Stack, Scope::Own));
                passes.push(self.pass(E::StackV1, Source::Stacks(Owners::Own)));
            }
            RequestType::PartnerAssetsV2 => {
                passes.push(self.gone(E::PartnerAssetDeleteV1, Kind::PartnerAsset, Scope::MyPartners));
                passes.extend(self.of_partners(E::PartnerAssetBackfillV2, E::PartnerAssetV2, Source::Assets).await?);
            }
            RequestType::PartnerAssetExifsV1 => {
                let types = (E::PartnerAssetExifBackfillV1, E::PartnerAssetExifV1);
                passes.extend(self.of_partners(types.0, types.1, Source::Exifs).await?);
            }
            RequestType::AlbumAssetsV2 => {
                let types = [E::AlbumAssetBackfillV2, E::AlbumAssetUpdateV2, E::AlbumAssetCreateV2];
                passes.extend(self.album_assets(types, Source::AlbumAssets, Source::ChangedAlbumAssets).await?);
            }
            RequestType::AlbumAssetExifsV1 => {
                let types = [E::AlbumAssetExifBackfillV1, E::AlbumAssetExifUpdateV1, E::AlbumAssetExifCreateV1];
                passes.extend(self.album_assets(types, Source::AlbumExifs, Source::ChangedAlbumExifs).await?);
            }
            RequestType::AlbumsV1 | RequestType::AlbumsV2 => {
                let entity = if request == RequestType::AlbumsV1 { E::AlbumV1 } else { E::AlbumV2 };
                passes.push(self.gone(E::AlbumDeleteV1, Kind::Album, Scope::Own));
                passes.push(self.pass(entity, Source::AlbumsThemselves));
            }
            RequestType::AlbumUsersV1 => {
                passes.push(self.gone(E::AlbumUserDeleteV1, Kind::AlbumUser, Scope::MyAlbums));
                passes.extend(self.of_albums(E::AlbumUserBackfillV1, E::AlbumUserV1, Source::AlbumUsers).await?);
                passes.push(self.pass(E::AlbumUserV1, Source::AlbumUsers(Albums::Mine)));
            }
            RequestType::AlbumToAssetsV1 => {
                passes.push(self.gone(E::AlbumToAssetDeleteV1, Kind::AlbumAsset, Scope::MyAlbums));
                passes.extend(self.of_albums(E::AlbumToAssetBackfillV1, E::AlbumToAssetV1, Source::AlbumLinks).await?);
                passes.push(self.pass(E::AlbumToAssetV1, Source::AlbumLinks(Albums::Mine)));
            }
            RequestType::AssetExifsV1 => passes.push(self.pass(E::AssetExifV1, Source::Exifs(Owners::Own))),
            RequestType::UserMetadataV1 => {
                passes.push(self.gone(E::UserMetadataDeleteV1, Kind::UserMetadata, Scope::Own));
                passes.push(self.pass(E::UserMetadataV1, Source::UserMetadata));
            }
            RequestType::AssetMetadataV1 => {
                passes.push(self.gone(E::AssetMetadataDeleteV1, Kind::AssetMetadata, Scope::Own));
                passes.push(self.pass(E::AssetMetadataV1, Source::AssetMetadata));
            }
            RequestType::PartnersV1 => {
                passes.push(self.gone(E::PartnerDeleteV1, Kind::Partner, Scope::Own));
                passes.push(self.pass(E::PartnerV1, Source::Partners));
            }
            RequestType::PartnerStacksV1 => {
                passes.push(self.gone(E::PartnerStackDeleteV1, Kind::Stack, Scope::MyPartners));
                passes.extend(self.of_partners(E::PartnerStackBackfillV1, E::PartnerStackV1, Source::Stacks).await?);
            }
            RequestType::MemoriesV1 => {
                passes.push(self.gone(E::MemoryDeleteV1, Kind::Memory, Scope::Own));
                passes.push(self.pass(E::MemoryV1, Source::Memories));
            }
            RequestType::MemoryToAssetsV1 => {
                passes.push(self.gone(E::MemoryToAssetDeleteV1, Kind::MemoryAsset, Scope::MyMemories));
                passes.push(self.pass(E::MemoryToAssetV1, Source::MemoryLinks));
            }
            RequestType::PeopleV1 => {
                passes.push(self.gone(E::PersonDeleteV1, Kind::Person, Scope::Own));
                passes.push(self.pass(E::PersonV1, Source::Persons));
            }
            RequestType::AssetFacesV2 => {
                passes.push(self.gone(E::AssetFaceDeleteV1, Kind::Face, Scope::Own));
                passes.push(self.pass(E::AssetFaceV2, Source::Faces));
            }
            RequestType::AssetOcrV1 => {
                passes.push(self.gone(E::AssetOcrDeleteV1, Kind::Text, Scope::Own));
                passes.push(self.pass(E::AssetOcrV1, Source::Texts));
            }
            // Nothing of these exists in any installation yet.
            RequestType::AssetEditsV1 => {}
        }
        Ok(passes.into())
    }

    /// What is in albums: what was in them before the user came, what has changed in itself, and
    /// what has come into them.
    async fn album_assets(
        &self,
        [backfill, update, create]: [EntityType; 3],
        source: fn(Albums) -> Source,
        changed: fn(i64) -> Source,
    ) -> Result<Vec<Pass>, ReadError> {
        let mut passes = self.of_albums(backfill, create, source).await?;
        if let Some(known) = self.acks.get(&create) {
            passes.push(self.pass(update, changed(known.change)));
        }
        // What comes now is as it is now: later changes are counted from here.
        let up_to_date = Ack::up_to(update, self.before - 1);
        passes.push(Pass { first: Some(acknowledging(up_to_date)), ..self.pass(create, source(Albums::Mine)) });
        Ok(passes)
    }

    /// What is partners': what they had before they showed it, and what has changed since.
    async fn of_partners(
        &self,
        backfill: EntityType,
        upsert: EntityType,
        source: fn(Owners) -> Source,
    ) -> Result<Vec<Pass>, ReadError> {
        let sql = "SELECT a, created FROM sync.entry
                   WHERE kind = 'partner' AND scope = $1 AND b = $1 AND created >= $2 AND created < $3 ORDER BY created";
        let mut passes = self.backfill(backfill, upsert, sql, |partner| source(Owners::Partner(partner))).await?;
        passes.push(self.pass(upsert, source(Owners::Partners)));
        Ok(passes)
    }

    async fn of_albums(
        &self,
        backfill: EntityType,
        upsert: EntityType,
        source: fn(Albums) -> Source,
    ) -> Result<Vec<Pass>, ReadError> {
        let sql = "SELECT scope, created FROM sync.entry
                   WHERE kind = 'album-user' AND a = $1 AND created >= $2 AND created < $3 ORDER BY created";
        self.backfill(backfill, upsert, sql, |album| source(Albums::One(album))).await
    }

    /// What a device cannot have because it was there before its user could see it, although the
    /// device has come further than that. Containers are filled in the order in which they came.
    async fn backfill(
        &self,
        backfill: EntityType,
        upsert: EntityType,
        containers: &str,
        source: impl Fn(Uuid) -> Source,
    ) -> Result<Vec<Pass>, ReadError> {
        let done = self.acks.get(&backfill);
        let from = done.map_or(0, |done| done.change);
        let read = |row: &tokio_postgres::Row| Container { id: row.get(0), created: row.get(1) };
        let containers = query(&self.pool, containers, &[&self.device.user, &from, &self.before], read).await?;
        let Some(known) = self.acks.get(&upsert) else {
            // It has nothing yet, and is sent everything.
            if let Some(newest) = containers.last() {
                self.note_complete(backfill, newest.created).await?;
            }
            return Ok(Vec::new());
        };
        let fill = |container: Container| {
            let mine = done.filter(|done| done.change == container.created).and_then(|done| done.extra);
            let after = match mine {
                Some(Extra::Complete) => return None,
                Some(Extra::Change(change)) => change,
                None => 0,
            };
            let complete = Ack { entity: backfill, change: container.created, extra: Some(Extra::Complete) };
            Some(Pass {
                entity: backfill,
                source: source(container.id),
                window: Window::default(),
                after,
                before: self.before.min(known.change + 1),
                container: Some(container.created),
                first: None,
                last: Some(acknowledging(complete)),
            })
        };
        Ok(containers.into_iter().filter_map(fill).collect())
    }

    async fn note_complete(&self, backfill: EntityType, created: i64) -> Result<(), ReadError> {
        let ack = Ack { entity: backfill, change: created, extra: Some(Extra::Complete) };
        let noted = BTreeMap::from([(backfill, ack.text(Utc::now().timestamp_millis()))]);
        self.checkpoints.change(self.device.session, CheckpointChange::Set(&noted)).await
    }

    fn gone(&self, entity: EntityType, kind: Kind, scope: Scope) -> Pass {
        self.pass(entity, Source::Gone(kind, scope))
    }

    /// All that is later than what the device has.
    fn pass(&self, entity: EntityType, source: Source) -> Pass {
        let after = self.acks.get(&entity).map_or(0, |ack| ack.change);
        Pass {
            entity,
            source,
            window: Window::default(),
            after,
            before: self.before,
            container: None,
            first: None,
            last: None,
        }
    }
}

/// A line that only has something acknowledged.
fn acknowledging(ack: Ack) -> Line {
    Line { entity: EntityType::SyncAckV1, data: Data::Nothing, ack }
}

impl Pass {
    /// The next lines, and whether they are the last ones.
    async fn next_lines(&mut self, pool: &Pool, user: Uuid) -> Result<(Vec<Line>, bool), ReadError> {
        let range = Range { after: self.after, before: self.before, limit: PAGE_ROWS };
        let (page, is_done) = match self.window.page(self.source, pool, user, range).await? {
            Some(found) => found,
            None => {
                let page = self.source.page(pool, user, range).await?;
                let is_done = (page.len() as i64) < PAGE_ROWS;
                (page, is_done)
            }
        };
        let mut lines = Vec::with_capacity(page.len() + 2);
        if !page.is_empty() {
            lines.extend(self.first.take());
        }
        for (change, data) in page {
            self.after = change;
            let ack = match self.container {
                None => Ack::up_to(self.entity, change),
                Some(created) => Ack { entity: self.entity, change: created, extra: Some(Extra::Change(change)) },
            };
            lines.push(Line { entity: self.entity, data, ack });
        }
        if is_done {
            lines.extend(self.last.take());
        }
        Ok((lines, is_done))
    }
}
