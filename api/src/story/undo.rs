//! Taking back what was done: from an event to the commands of today.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use albumen_commands::{CommandError, Commands, Context};
use albumen_domain::{
    AnyEvent, Recorded, StreamId, StreamKind,
    album::{Album, AlbumCommand, AlbumRefusal, RestoredAlbum},
    api_key::{ApiKey, ApiKeyCommand, ApiKeyRefusal},
    asset::{Asset, AssetCommand, AssetEvent, AssetRefusal, LocatedPosition, Place, Position, TakenAtEdit, Visibility},
    undo::{Reversal, ShownDetails, UndoRefusal, reversal},
    user::{User, UserCommand, UserRefusal},
};
use albumen_projections::library::{AssetRow, before, is_read};
use uuid::Uuid;

use super::{StoryError, Teller};

/// Events that are read at a time in search of all that one command did.
const WINDOW: usize = 256;
/// One command does not do more than this in one go.
const MAX_EVENTS: usize = 10_000;

/// Why something could not be taken back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// A rule forbids it.
    #[error("{0}")]
    Refused(#[from] UndoRefusal),
    /// It could not be read.
    #[error(transparent)]
    Story(#[from] StoryError),
    /// An asset could not do it.
    #[error(transparent)]
    Asset(#[from] CommandError<AssetRefusal>),
    /// An album could not do it.
    #[error(transparent)]
    Album(#[from] CommandError<AlbumRefusal>),
    /// A user could not do it.
    #[error(transparent)]
    User(#[from] CommandError<UserRefusal>),
    /// A key could not do it.
    #[error(transparent)]
    ApiKey(#[from] CommandError<ApiKeyRefusal>),
}

macro_rules! story_errors {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for UndoError {
            fn from(error: $error) -> Self {
                Self::Story(error.into())
            }
        })+
    };
}
story_errors!(albumen_projections::ReadError, albumen_schemas::feed::FeedError, albumen_commands::StoreError,);

/// What has to be asked to take events back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Of assets.
    pub assets: Vec<(Uuid, AssetCommand)>,
    /// Of albums.
    pub albums: Vec<(Uuid, AlbumCommand)>,
    /// Of users.
    pub users: Vec<(Uuid, UserCommand)>,
    /// Of keys.
    pub keys: Vec<(Uuid, ApiKeyCommand)>,
}

impl Plan {
    /// Whether there is nothing to ask.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.assets.is_empty() && self.albums.is_empty() && self.users.is_empty() && self.keys.is_empty()
    }

    /// The assets that go into the locked folder by it.
    #[must_use]
    pub fn locked(&self) -> Vec<Uuid> {
        let locks = |command: &AssetCommand| match command {
            AssetCommand::Edit(edit) => edit.visibility == Some(Visibility::Locked),
            _ => false,
        };
        self.assets.iter().filter(|(_, command)| locks(command)).map(|(id, _)| *id).collect()
    }

    /// Asks. All assets do it or none, and so do all albums.
    ///
    /// # Errors
    /// See [`UndoError`].
    pub async fn run(self, commands: &Commands, context: &Context) -> Result<Option<i64>, UndoError> {
        let mut last = None;
        if !self.assets.is_empty() {
            last = last.max(commands.execute_many::<Asset>(self.assets, context).await?.position);
        }
        if !self.albums.is_empty() {
            last = last.max(commands.execute_many::<Album>(self.albums, context).await?.position);
        }
        for (id, command) in self.users {
            last = last.max(commands.execute::<User>(id, command, context).await?.position);
        }
        for (id, command) in self.keys {
            last = last.max(commands.execute::<ApiKey>(id, command, context).await?.position);
        }
        Ok(last)
    }
}

impl Teller<'_> {
    /// The event at a position, or with all that the same command did beside it.
    ///
    /// # Errors
    /// See [`StoryError`].
    pub async fn done_at(&self, position: i64, whole: bool) -> Result<Vec<Arc<Recorded>>, StoryError> {
        let Some(event) = self.reader.at(&[position]).await?.pop() else { return Ok(Vec::new()) };
        if !whole {
            return Ok(vec![event]);
        }
        let mut earlier = Vec::new();
        while earlier.len() < MAX_EVENTS {
            let end = position - i64::try_from(earlier.len()).unwrap_or(i64::MAX);
            let positions: Vec<i64> = (end - WINDOW as i64..end).filter(|position| *position > 0).collect();
            let window = self.reader.at(&positions).await?;
            let found = window.len();
            let same: Vec<_> = window.into_iter().rev().take_while(|other| is_same_command(other, &event)).collect();
            let goes_on = same.len() == found && found > 0;
            earlier.extend(same);
            if !goes_on {
                break;
            }
        }
        let mut all: Vec<_> = earlier.into_iter().rev().collect();
        let (mut after, start) = (position, all.len());
        all.push(event.clone());
        while all.len() - start < MAX_EVENTS {
            let window = self.reader.read(after, WINDOW).await?;
            let found = window.len();
            let same: Vec<_> = window.into_iter().take_while(|other| is_same_command(other, &event)).collect();
            after += same.len() as i64;
            let goes_on = same.len() == found && found > 0;
            all.extend(same);
            if !goes_on {
                break;
            }
        }
        Ok(all)
    }

    /// What has to be asked to take these events back, the newest first.
    ///
    /// # Errors
    /// See [`UndoError`]; the refusal is that of the first event that cannot be taken back.
    pub async fn undoing(&self, events: &[Arc<Recorded>]) -> Result<Plan, UndoError> {
        let streams: HashSet<StreamId> = events.iter().map(|event| event.stream).collect();
        let streams = self.reader.streams(&streams.into_iter().collect::<Vec<_>>()).await?;
        let mut plan = Plan::default();
        for event in events.iter().rev() {
            let stream: Vec<&Recorded> = streams.get(&event.stream).into_iter().flatten().map(Arc::as_ref).collect();
            let shown = self.shown_before(event).await?;
            let id = event.stream.id;
            match reversal(event, &stream, shown.as_ref())? {
                Reversal::Asset(commands) => plan.assets.extend(commands.into_iter().map(|command| (id, command))),
                Reversal::Album(commands) => plan.albums.extend(commands.into_iter().map(|command| (id, command))),
                Reversal::User(command) => plan.users.push((id, command)),
                Reversal::ApiKey(command) => plan.keys.push((id, command)),
            }
        }
        self.keep_what_is_there(&mut plan).await?;
        Ok(plan)
    }

    /// What an asset was before its details were edited.
    async fn shown_before(&self, event: &Recorded) -> Result<Option<ShownDetails>, UndoError> {
        if !matches!(event.event, AnyEvent::Asset(AssetEvent::DetailsEdited(_))) {
            return Ok(None);
        }
        let kinds = [StreamKind::Asset, StreamKind::Processing];
        let streams = kinds.map(|kind| StreamId { kind, id: event.stream.id });
        let found: HashMap<StreamId, Vec<Arc<Recorded>>> = self.reader.streams(&streams).await?;
        let mut all: Vec<&Recorded> = found.values().flatten().map(Arc::as_ref).collect();
        all.sort_by_key(|other| other.position);
        Ok(before(&all, event.position).map(|row| details_of(row, is_read(&all))))
    }

    /// What comes back is only what there still is, and nothing that is locked goes into an album.
    async fn keep_what_is_there(&self, plan: &mut Plan) -> Result<(), UndoError> {
        for (asset, command) in &mut plan.assets {
            let AssetCommand::Tag(tags) = command else { continue };
            let owner = self.reads.history().first(*asset).await?.and_then(|first| first.owner_id);
            let there = self.reads.tags().owned(owner.unwrap_or_default(), tags).await?;
            tags.retain(|tag| there.iter().any(|row| row.id == *tag));
        }
        plan.assets.retain(|(_, command)| !matches!(command, AssetCommand::Tag(tags) if tags.is_empty()));
        for (album, command) in &mut plan.albums {
            match command {
                AlbumCommand::Restore(restored) => self.keep_in(*album, restored).await?,
                AlbumCommand::AddAssets(assets) => {
                    let there = self.in_sight(assets, None).await?;
                    assets.retain(|asset| there.contains(asset));
                }
                AlbumCommand::AddUsers(members) => {
                    let ids: Vec<Uuid> = members.iter().map(|member| member.user).collect();
                    let there = self.reads.identity().users_among(&ids).await?;
                    members.retain(|member| there.contains(&member.user));
                }
                _ => {}
            }
        }
        let is_empty = |command: &AlbumCommand| match command {
            AlbumCommand::AddAssets(assets) => assets.is_empty(),
            AlbumCommand::AddUsers(members) => members.is_empty(),
            _ => false,
        };
        plan.albums.retain(|(_, command)| !is_empty(command));
        if plan.is_empty() { Err(UndoRefusal::Gone.into()) } else { Ok(()) }
    }

    async fn keep_in(&self, album: Uuid, restored: &mut RestoredAlbum) -> Result<(), UndoError> {
        let owner = self.reads.history().first(album).await?.and_then(|thing| thing.owner_id);
        let there = self.reads.identity().users_among(&restored.users).await?;
        restored.users.retain(|user| there.contains(user));
        let whose: HashSet<Uuid> = there.into_iter().chain(owner).collect();
        let assets = self.in_sight(&restored.assets, Some(&whose)).await?;
        restored.assets.retain(|asset| assets.contains(asset));
        Ok(())
    }

    /// Those of the assets that are there and not locked, and of these owners, if it matters whose.
    async fn in_sight(&self, assets: &[Uuid], whose: Option<&HashSet<Uuid>>) -> Result<HashSet<Uuid>, UndoError> {
        let found = self.reads.library().paths(assets).await?;
        let is_meant = |asset: &albumen_projections::library::AssetPaths| {
            asset.visibility != "locked"
                && asset.status != "deleted"
                && whose.is_none_or(|whose| whose.contains(&asset.owner_id))
        };
        Ok(found.into_iter().filter(is_meant).map(|asset| asset.id).collect())
    }
}

/// What one command did stands side by side, under one name that the request had.
fn is_same_command(one: &Recorded, other: &Recorded) -> bool {
    one.metadata.correlation == other.metadata.correlation && one.metadata.actor == other.metadata.actor
}

fn details_of(row: AssetRow, is_file_read: bool) -> ShownDetails {
    let position = row.latitude.zip(row.longitude).map(|(latitude, longitude)| LocatedPosition {
        position: Position { latitude, longitude },
        place: Place { city: row.city, state: row.state, country: row.country, time_zone: None },
    });
    ShownDetails {
        is_file_read,
        description: row.description,
        taken_at: TakenAtEdit { instant: row.taken_at, local: row.local_taken_at, time_zone: row.time_zone },
        position,
        rating: row.rating,
        lens_model: row.lens_model,
    }
}
