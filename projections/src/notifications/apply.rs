//! How events change this read model. They are few, so each is a statement or two.

use std::sync::Arc;

use albumen_domain::{
    Actor, AnyEvent, Personal, Recorded,
    album::{AlbumEvent, AlbumRole},
    erasure::{ErasureEvent, ErasureScope},
    notification::{NotificationCreated, NotificationEvent, NotificationKind, NotificationLevel},
    user::UserEvent,
};
use serde_json::Value;
use uuid::Uuid;

use crate::runtime::{ApplyError, Projection, Storable, Writer};

/// Spreads positions over the bits of an id.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// See the module's words.
pub struct Notifications;

#[async_trait::async_trait]
impl Projection for Notifications {
    fn name(&self) -> &'static str {
        "notifications"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["notification", "album_member"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Notification(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Album(event) => matches!(
                event,
                AlbumEvent::Created(_)
                    | AlbumEvent::UsersAdded(_)
                    | AlbumEvent::UserRemoved(_)
                    | AlbumEvent::AssetsAdded(_)
                    | AlbumEvent::Deleted(_)
            ),
            AnyEvent::User(event) => matches!(event, UserEvent::Removed(_)),
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        for recorded in events {
            apply_one(writer, recorded).await?;
        }
        Ok(())
    }
}

async fn apply_one(writer: &mut Writer<'_>, recorded: &Recorded) -> Result<(), tokio_postgres::Error> {
    let id = recorded.stream.id;
    match &recorded.event {
        AnyEvent::Notification(event) => apply_own(writer, recorded, event).await,
        AnyEvent::Album(event) => apply_album(writer, recorded, event).await,
        AnyEvent::User(UserEvent::Removed(_)) => forget_user(writer, id).await,
        AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => {
            if erased.scope == ErasureScope::Owner {
                forget_user(writer, id).await?;
            }
            writer.execute("DELETE FROM notification WHERE id = $1", &[&id]).await?;
            forget_album(writer, id).await
        }
        _ => Ok(()),
    }
}

async fn apply_own(
    writer: &mut Writer<'_>,
    recorded: &Recorded,
    event: &NotificationEvent,
) -> Result<(), tokio_postgres::Error> {
    let id = recorded.stream.id;
    match event {
        NotificationEvent::Created(created) => insert(writer, recorded, created).await,
        NotificationEvent::ReadChanged(changed) => {
            let sql = "UPDATE notification SET read_at = $2 WHERE id = $1";
            writer.execute(sql, &[&id, &changed.read_at]).await.map(drop)
        }
        NotificationEvent::Deleted(_) => {
            writer.execute("DELETE FROM notification WHERE id = $1", &[&id]).await.map(drop)
        }
    }
}

async fn insert(
    writer: &mut Writer<'_>,
    recorded: &Recorded,
    created: &NotificationCreated,
) -> Result<(), tokio_postgres::Error> {
    let text = |text: &Personal<String>| text.known().cloned().unwrap_or_default().storable();
    let title = Some(text(&created.title));
    let description = created.description.as_ref().map(text);
    let data = created.data.as_ref().and_then(Personal::known);
    let data = data.map(|data| Value::Object(data.clone()).storable());
    writer
        .execute(
            include_str!("sql/insert.sql"),
            &[
                &recorded.stream.id,
                &created.user,
                &created.level.as_str(),
                &created.kind.as_str(),
                &title,
                &description,
                &data,
                &recorded.recorded_at,
                &created.read_at,
                &recorded.position,
            ],
        )
        .await
        .map(drop)
}

async fn apply_album(
    writer: &mut Writer<'_>,
    recorded: &Recorded,
    event: &AlbumEvent,
) -> Result<(), tokio_postgres::Error> {
    let album = recorded.stream.id;
    match event {
        AlbumEvent::Created(created) => add_member(writer, album, created.owner, true).await,
        AlbumEvent::UsersAdded(added) => {
            for member in &added.users {
                add_member(writer, album, member.user, member.role == AlbumRole::Owner).await?;
                tell(writer, recorded, member.user, NotificationKind::AlbumInvite).await?;
            }
            Ok(())
        }
        AlbumEvent::UserRemoved(removed) => {
            let sql = "DELETE FROM album_member WHERE album_id = $1 AND user_id = $2";
            writer.execute(sql, &[&album, &removed.user]).await.map(drop)
        }
        AlbumEvent::AssetsAdded(_) => {
            let members = writer.query("SELECT user_id FROM album_member WHERE album_id = $1", &[&album]).await?;
            for member in members.iter().map(|row| row.get(0)) {
                if Some(member) != sender(recorded) {
                    tell_of_news(writer, recorded, member).await?;
                }
            }
            Ok(())
        }
        AlbumEvent::Deleted(_) => forget_album(writer, album).await,
        _ => Ok(()),
    }
}

async fn add_member(
    writer: &mut Writer<'_>,
    album: Uuid,
    user: Uuid,
    is_owner: bool,
) -> Result<(), tokio_postgres::Error> {
    let sql = "INSERT INTO album_member (album_id, user_id, is_owner) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    writer.execute(sql, &[&album, &user, &is_owner]).await.map(drop)
}

/// What was not read yet tells of this too.
async fn tell_of_news(writer: &mut Writer<'_>, recorded: &Recorded, user: Uuid) -> Result<(), tokio_postgres::Error> {
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&recorded.stream.id, &user, &sender(recorded), &recorded.recorded_at, &recorded.position];
    let renewed = writer.execute(include_str!("sql/renew_news.sql"), &parameters).await?;
    if renewed > 0 {
        return Ok(());
    }
    tell(writer, recorded, user, NotificationKind::AlbumUpdate).await
}

async fn tell(
    writer: &mut Writer<'_>,
    recorded: &Recorded,
    user: Uuid,
    kind: NotificationKind,
) -> Result<(), tokio_postgres::Error> {
    let level = match kind {
        NotificationKind::AlbumInvite => NotificationLevel::Success,
        _ => NotificationLevel::Info,
    };
    writer
        .execute(
            include_str!("sql/tell.sql"),
            &[
                &id_of(recorded.position, user),
                &user,
                &level.as_str(),
                &kind.as_str(),
                &recorded.stream.id,
                &sender(recorded),
                &recorded.recorded_at,
                &recorded.position,
            ],
        )
        .await
        .map(drop)
}

const fn sender(recorded: &Recorded) -> Option<Uuid> {
    match recorded.metadata.actor {
        Actor::User { id } => Some(id),
        _ => None,
    }
}

/// The id of what `user` is told of the event at `position`.
fn id_of(position: i64, user: Uuid) -> Uuid {
    let spread = u128::from(position.unsigned_abs()).wrapping_mul(SPREAD);
    uuid::Builder::from_random_bytes((user.as_u128() ^ spread).to_be_bytes()).into_uuid()
}

/// Nobody is told of it any more, and what was told of it goes.
async fn forget_album(writer: &mut Writer<'_>, album: Uuid) -> Result<(), tokio_postgres::Error> {
    writer.execute("DELETE FROM album_member WHERE album_id = $1", &[&album]).await?;
    writer.execute("DELETE FROM notification WHERE album_id = $1", &[&album]).await.map(drop)
}

/// A user who is gone, with their albums.
async fn forget_user(writer: &mut Writer<'_>, user: Uuid) -> Result<(), tokio_postgres::Error> {
    let sql = "SELECT album_id FROM album_member WHERE user_id = $1 AND is_owner";
    let albums: Vec<Uuid> = writer.query(sql, &[&user]).await?.iter().map(|row| row.get(0)).collect();
    for album in albums {
        forget_album(writer, album).await?;
    }
    writer.execute("DELETE FROM album_member WHERE user_id = $1", &[&user]).await?;
    writer.execute("DELETE FROM notification WHERE user_id = $1", &[&user]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_the_place_and_the_user() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(id_of(7, one), id_of(7, one));
        assert_ne!(id_of(7, one), id_of(8, one));
        assert_ne!(id_of(7, one), id_of(7, other));
        assert_eq!(id_of(7, one).get_version_num(), 4);
    }
}
