//! How notifications look on the wire, and the words of those about albums.

use albumen_domain::notification::{NotificationKind, NotificationLevel as Level};
use albumen_projections::notifications::NotificationRow;
use serde_json::json;

use crate::dto::notifications::{NotificationDto, NotificationLevel, NotificationType};

/// Levels on the wire and in the rules.
const LEVELS: [(NotificationLevel, Level); 4] = [
    (NotificationLevel::Success, Level::Success),
    (NotificationLevel::Error, Level::Error),
    (NotificationLevel::Warning, Level::Warning),
    (NotificationLevel::Info, Level::Info),
];

/// Kinds on the wire and in the rules.
const KINDS: [(NotificationType, NotificationKind); 6] = [
    (NotificationType::JobFailed, NotificationKind::JobFailed),
    (NotificationType::BackupFailed, NotificationKind::BackupFailed),
    (NotificationType::SystemMessage, NotificationKind::SystemMessage),
    (NotificationType::AlbumInvite, NotificationKind::AlbumInvite),
    (NotificationType::AlbumUpdate, NotificationKind::AlbumUpdate),
    (NotificationType::Custom, NotificationKind::Custom),
];

impl NotificationLevel {
    /// In the words of the rules.
    pub(super) fn meant(self) -> Level {
        LEVELS.iter().find(|(wire, _)| *wire == self).map_or(Level::Info, |(_, level)| *level)
    }
}

impl NotificationType {
    /// In the words of the rules.
    pub(super) fn meant(self) -> NotificationKind {
        KINDS.iter().find(|(wire, _)| *wire == self).map_or(NotificationKind::Custom, |(_, kind)| *kind)
    }
}

/// A notification on the wire.
pub fn notification(row: NotificationRow) -> NotificationDto {
    let level = LEVELS.iter().find(|(_, level)| level.as_str() == row.level);
    let kind =
        KINDS.iter().find(|(_, kind)| kind.as_str() == row.kind).map_or(NotificationType::Custom, |(wire, _)| *wire);
    let (title, description) = words(&row, kind);
    NotificationDto {
        created_at: row.created_at.into(),
        data: row.album_id.map(|album| json!({"albumId": album})).or(row.data),
        description,
        id: row.id,
        level: level.map_or(NotificationLevel::Info, |(wire, _)| *wire),
        read_at: row.read_at.map(Into::into),
        title,
        kind,
    }
}

fn words(row: &NotificationRow, kind: NotificationType) -> (String, Option<String>) {
    let Some(album) = row.album_id.and(row.album_name.as_deref()) else {
        return (row.title.clone().unwrap_or_default(), row.description.clone());
    };
    let sender = row.sender_name.as_deref().unwrap_or("Somebody");
    match kind {
        NotificationType::AlbumUpdate => {
            ("New photos in an album".to_owned(), Some(format!("{sender} added to the album {album}")))
        }
        _ => ("Album invitation".to_owned(), Some(format!("{sender} shared the album {album} with you"))),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn row() -> NotificationRow {
        NotificationRow {
            id: Uuid::from_u128(1),
            user_id: Uuid::from_u128(2),
            level: "success".into(),
            kind: "album-invite".into(),
            title: None,
            description: None,
            data: None,
            album_id: Some(Uuid::from_u128(3)),
            album_name: Some("Holiday".into()),
            sender_name: Some("Ada".into()),
            created_at: DateTime::UNIX_EPOCH,
            read_at: None,
        }
    }

    #[test]
    fn an_invitation_says_who_and_what() {
        let shown = notification(row());
        assert_eq!(shown.description.as_deref(), Some("Ada shared the album Holiday with you"));
        assert_eq!((shown.kind, shown.level), (NotificationType::AlbumInvite, NotificationLevel::Success));
        assert_eq!(shown.data, Some(json!({"albumId": Uuid::from_u128(3)})));
    }

    #[test]
    fn what_an_administrator_wrote_is_shown_as_it_is() {
        let own = NotificationRow { album_id: None, title: Some("Hello".into()), kind: "custom".into(), ..row() };
        let shown = notification(own);
        assert_eq!((shown.title.as_str(), shown.description, shown.data), ("Hello", None, None));
    }

    #[test]
    fn names_go_there_and_back() {
        assert!(LEVELS.iter().all(|(wire, level)| wire.meant() == *level));
        assert!(KINDS.iter().all(|(wire, kind)| wire.meant() == *kind));
    }
}
