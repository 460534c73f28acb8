//! What is told of which event, and to whom.

use std::{collections::HashMap, sync::Arc, time::Duration};

use albumen_domain::{
    Actor, AnyEvent, Recorded,
    album::AlbumEvent,
    api_key::ApiKeyEvent,
    asset::{AssetEvent, Visibility},
    erasure::{ErasureEvent, ErasureScope},
    notification::NotificationEvent,
    processing::ProcessingEvent,
    session::SessionEvent,
    system::{ReleaseFound, SystemEvent},
    user::UserEvent,
};
use albumen_projections::{
    ReadError,
    library::{AssetPaths, AssetRow},
    sync::{AssetView, ExifView},
};
use serde::Serialize;
use serde_json::json;
use socketioxide::SocketIo;
use uuid::Uuid;

use super::{audience::Audience, connect::room};
use crate::{
    access::Auth,
    app::App,
    dto::{
        assets::AssetResponseDto,
        sync_lines::{SyncAssetExifV1, SyncAssetV2},
    },
    edge::ApiError,
    routes::{assets::told_of_asset, notifications, server::news_of_release},
};

/// Whoever logged out is told after this, when the answer to the log-out has long come.
const LOGOUT_DELAY: Duration = Duration::from_millis(500);
/// What happens is told when the read models know of it, or after this long anyway.
const READ_WAIT: Duration = Duration::from_secs(10);

/// What is told without a word more.
const NOTHING: [(); 0] = [];

/// Tells those who are connected what happened.
pub struct Announcer {
    app: App,
    io: SocketIo,
    audience: Arc<Audience>,
}

/// Whether users can be told of it in the app: an administrator writes to them, or an album is shared or grows.
const fn is_told_in_the_app(event: &AnyEvent) -> bool {
    matches!(
        event,
        AnyEvent::Notification(NotificationEvent::Created(_))
            | AnyEvent::Album(AlbumEvent::UsersAdded(_) | AlbumEvent::AssetsAdded(_))
    )
}

/// Assets that are told of in one word: by owner, what became of them, and the request that did it.
type Lists<'a> = HashMap<(Uuid, &'static str, &'a str), Vec<Uuid>>;

/// The assets of which something is to be told.
struct Assets {
    present: HashMap<Uuid, AssetPaths>,
    /// Whose those were that are gone.
    gone: HashMap<Uuid, Uuid>,
}

impl Assets {
    async fn of(app: &App, events: &[Arc<Recorded>]) -> Result<Self, ReadError> {
        let named = |is_told: fn(&AnyEvent) -> bool| -> Vec<Uuid> {
            events.iter().filter(|recorded| is_told(&recorded.event)).map(|recorded| recorded.stream.id).collect()
        };
        let told = named(|event| match event {
            AnyEvent::Asset(event) => !matches!(event, AssetEvent::Uploaded(_)),
            AnyEvent::Processing(event) => matches!(event, ProcessingEvent::PreviewsMade(_)),
            _ => false,
        });
        let deleted = named(|event| matches!(event, AnyEvent::Asset(AssetEvent::Deleted(_))));
        let mut assets = Self { present: HashMap::new(), gone: HashMap::new() };
        if !told.is_empty() {
            assets.present = app.reads.library().paths(&told).await?.into_iter().map(|one| (one.id, one)).collect();
        }
        if !deleted.is_empty() {
            assets.gone = app.reads.sync().owners_of_gone(&deleted).await?.into_iter().collect();
        }
        Ok(assets)
    }

    fn owner(&self, id: Uuid) -> Option<Uuid> {
        self.present.get(&id).map(|asset| asset.owner_id).or_else(|| self.gone.get(&id).copied())
    }

    fn is_film(&self, id: Uuid) -> bool {
        self.present.get(&id).is_some_and(|asset| asset.kind == "video")
    }
}

impl Announcer {
    pub(super) const fn new(app: App, io: SocketIo, audience: Arc<Audience>) -> Self {
        Self { app, io, audience }
    }

    /// Whether nobody would hear of anything.
    pub fn nobody_listens(&self) -> bool {
        self.audience.is_empty()
    }

    /// Tells of these events.
    pub async fn announce(&self, events: &[Arc<Recorded>]) {
        if self.app.reads.are_past() {
            // Nothing happens to what is shown; but who may no longer come in does not stay.
            for recorded in events {
                self.person(recorded).await;
            }
            return;
        }
        let Some(last) = events.last() else { return };
        if !self.app.reads.wait_within(last.position, READ_WAIT).await {
            tracing::warn!(position = last.position, "read models are behind what is told");
        }
        let assets = match Assets::of(&self.app, events).await {
            Ok(assets) => assets,
            Err(error) => return tracing::warn!(%error, "what happened cannot be told"),
        };
        let mut lists = Lists::new();
        for recorded in events {
            match &recorded.event {
                AnyEvent::Asset(event) => self.asset(recorded, event, &assets, &mut lists).await,
                AnyEvent::Processing(ProcessingEvent::PreviewsMade(made)) => {
                    self.previews(recorded.stream.id, made.revision, &assets).await;
                }
                AnyEvent::Processing(ProcessingEvent::PersonThumbnailMade(made)) => {
                    self.tell(made.owner, "on_person_thumbnail", &recorded.stream.id).await;
                }
                AnyEvent::Album(AlbumEvent::AssetsAdded(_) | AlbumEvent::AssetsRemoved(_)) => {
                    self.album(recorded.stream.id).await;
                }
                AnyEvent::Stack(_) => self.stack(recorded).await,
                AnyEvent::System(SystemEvent::ConfigChanged(_)) => self.tell_all("on_config_update", &NOTHING).await,
                AnyEvent::System(SystemEvent::ReleaseFound(found)) => self.release(found).await,
                _ => self.person(recorded).await,
            }
        }
        for ((owner, name, _), ids) in lists {
            self.tell(owner, name, &(ids,)).await;
        }
        self.notifications(events).await;
    }

    async fn asset<'a>(&self, recorded: &'a Recorded, event: &AssetEvent, assets: &Assets, lists: &mut Lists<'a>) {
        let id = recorded.stream.id;
        let Some(owner) = assets.owner(id) else { return };
        let mut list = |name| lists.entry((owner, name, recorded.metadata.correlation.as_str())).or_default().push(id);
        match event {
            AssetEvent::Deleted(_) => self.tell(owner, "on_asset_delete", &id).await,
            AssetEvent::Trashed(_) => list("on_asset_trash"),
            AssetEvent::Restored(_) => list("on_asset_restore"),
            // A moving half; a photo that is hidden is none.
            AssetEvent::VisibilityChanged(changed)
                if changed.visibility == Visibility::Hidden && assets.is_film(id) =>
            {
                self.tell(owner, "on_asset_hidden", &id).await;
            }
            AssetEvent::DetailsEdited(_)
            | AssetEvent::DetailsWithdrawn(_)
            | AssetEvent::Tagged(_)
            | AssetEvent::Untagged(_) => {
                if let Some((_, told)) = self.details(owner, id).await {
                    self.tell(owner, "on_asset_update", &told).await;
                }
            }
            _ => {}
        }
    }

    /// An upload is complete for its owner when its pictures can be shown.
    async fn previews(&self, id: Uuid, revision: i64, assets: &Assets) {
        let Some(asset) = assets.present.get(&id) else { return };
        let owner = asset.owner_id;
        let is_shown = matches!(asset.visibility.as_str(), "timeline" | "archive");
        if !is_shown || self.audience.user(owner).is_none() || !self.follows_an_upload(revision).await {
            return;
        }
        let Some((row, told)) = self.details(owner, id).await else { return };
        self.tell(owner, "on_upload_success", &told).await;
        let asset = SyncAssetV2::seen_by(owner, AssetView::from(&row), told.stack.map(|stack| stack.id));
        let parts = json!({"asset": asset, "exif": SyncAssetExifV1::from(ExifView::from(&row))});
        self.tell(owner, "AssetUploadReadyV2", &parts).await;
    }

    /// Whether the event that asked for pictures was the first reading of a file, which follows its
    /// upload, and not somebody's wish.
    async fn follows_an_upload(&self, revision: i64) -> bool {
        use albumen_schemas::feed::Feed;
        let Ok(events) = self.app.commands.feed().read(revision - 1, 1).await else { return false };
        let reading =
            |recorded: &Arc<Recorded>| matches!(recorded.event, AnyEvent::Processing(ProcessingEvent::MetadataRead(_)));
        events.first().is_some_and(reading)
    }

    /// An asset as its owner is told of it, if they are connected. It is told to all of their
    /// devices alike, so nothing is in it that depends on who asks.
    async fn details(&self, owner: Uuid, id: Uuid) -> Option<(AssetRow, AssetResponseDto)> {
        let auth: Arc<Auth> = self.audience.user(owner)?;
        let found: Result<_, ApiError> = async {
            let Some(row) = self.app.details.load(id).await? else { return Ok(None) };
            let told = told_of_asset(&self.app, &auth, row.clone()).await?;
            Ok(Some((row, AssetResponseDto { is_favorite: false, ..told })))
        }
        .await;
        found.unwrap_or_else(|error| {
            tracing::warn!(?error, "an asset cannot be told of");
            None
        })
    }

    /// What users are told in the app of these events. One that was deleted again meanwhile is nothing to tell of.
    async fn notifications(&self, events: &[Arc<Recorded>]) {
        let first = events.iter().find(|recorded| is_told_in_the_app(&recorded.event));
        let (Some(first), Some(last)) = (first, events.last()) else { return };
        match self.app.reads.notifications().told_between(first.position - 1, last.position).await {
            Ok(told) => {
                for row in told {
                    let user = row.user_id;
                    if self.audience.user(user).is_some() {
                        self.tell(user, "on_notification", &notifications::response(row)).await;
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "users cannot be told what they are told in the app"),
        }
    }

    async fn release(&self, found: &ReleaseFound) {
        if let Some(news) = news_of_release(&self.app, &found.release_version, found.checked_at) {
            self.tell_all("on_new_release", &news).await;
        }
    }

    async fn album(&self, id: Uuid) {
        match self.app.reads.albums().people(&[id]).await {
            Ok(people) => {
                for person in people {
                    self.tell(person.account.id, "on_album_update", &id).await;
                }
            }
            Err(error) => tracing::warn!(%error, "an album cannot be told of"),
        }
    }

    /// Only owners change their stacks.
    async fn stack(&self, recorded: &Recorded) {
        if let Actor::User { id: owner } = recorded.metadata.actor {
            self.tell(owner, "on_asset_stack_update", &NOTHING).await;
        }
    }

    /// Who may no longer come in does not stay either.
    async fn person(&self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Session(SessionEvent::Ended(_)) if recorded.metadata.session == Some(id) => {
                self.logged_out(id, recorded).await;
            }
            AnyEvent::Session(SessionEvent::Ended(_))
            | AnyEvent::ApiKey(ApiKeyEvent::Deleted(_))
            | AnyEvent::User(UserEvent::Deleted(_)) => self.close(id).await,
            AnyEvent::User(UserEvent::Removed(_)) => {
                self.close(id).await;
                self.tell_all("on_user_delete", &id).await;
            }
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) if erased.scope == ErasureScope::Owner => {
                self.close(id).await;
            }
            _ => {}
        }
    }

    /// A session that ended itself hears of nothing any more, but that it has ended.
    async fn logged_out(&self, session: Uuid, recorded: &Recorded) {
        if let Actor::User { id: user } = recorded.metadata.actor {
            let _ = self.io.to(room(session)).leave(room(user)).await;
        }
        let io = self.io.clone();
        tokio::spawn(async move {
            tokio::time::sleep(LOGOUT_DELAY).await;
            let _ = io.to(room(session)).emit("on_session_delete", &session).await;
            let _ = io.to(room(session)).disconnect().await;
        });
    }

    async fn close(&self, room_of: Uuid) {
        let _ = self.io.to(room(room_of)).disconnect().await;
    }

    /// Who is gone, or too slow to take what they are sent, will have to ask.
    async fn tell(&self, user: Uuid, name: &'static str, what: &(impl Serialize + Sync)) {
        let _ = self.io.to(room(user)).emit(name, what).await;
    }

    async fn tell_all(&self, name: &'static str, what: &(impl Serialize + Sync)) {
        let _ = self.io.emit(name, what).await;
    }
}
