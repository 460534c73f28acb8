//! How albums look on the wire.

use std::collections::HashMap;

use albumen_domain::album::AlbumRole;
use albumen_projections::albums::{AlbumFilter, AlbumPerson, AlbumSummary};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

use crate::{
    access::Auth,
    app::App,
    dto::{
        albums::{AlbumResponseDto, AlbumUserResponseDto, AlbumUserRole, ContributorCountResponseDto},
        timeline::AssetOrder,
    },
    edge::ApiError,
    routes::users::present::user,
};

/// The read models that albums are drawn from, with their members, links and what is in sight of them.
pub const DRAWN_FROM: [&str; 4] = ["albums", "identity", "library", "sharing"];

impl AlbumUserRole {
    /// By the stored name.
    fn of(role: &str) -> Self {
        match role {
            "owner" => Self::Owner,
            "editor" => Self::Editor,
            _ => Self::Viewer,
        }
    }

    /// In the words of the rules.
    pub(super) const fn meant(self) -> AlbumRole {
        match self {
            Self::Owner => AlbumRole::Owner,
            Self::Editor => AlbumRole::Editor,
            Self::Viewer => AlbumRole::Viewer,
        }
    }
}

/// One album of the caller.
pub(super) async fn album(app: &App, caller: &Auth, id: Uuid) -> Result<AlbumResponseDto, ApiError> {
    let filter = AlbumFilter { id: Some(id), ..AlbumFilter::default() };
    let found = app.reads.albums().of_member(caller.user_id(), &filter).await?;
    let shown = albums(app, caller, found).await?.pop();
    shown.ok_or_else(|| ApiError::bad_request("Album not found"))
}

/// An album as a link shows it, whoever made the link; none when it is gone.
pub async fn album_of_link(app: &App, viewer: &Auth, id: Uuid) -> Result<Option<AlbumResponseDto>, ApiError> {
    Ok(albums_of_links(app, viewer, &[id]).await?.remove(&id))
}

/// Albums as links show them, by their ids; those that are gone are left out.
pub async fn albums_of_links(
    app: &App,
    viewer: &Auth,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, AlbumResponseDto>, ApiError> {
    let found = app.reads.albums().as_owned(ids).await?;
    let shown = albums(app, viewer, found).await?.into_iter().map(|album| {
        let album = AlbumResponseDto { has_shared_link: true, shared: true, ..album };
        (album.id, if viewer.link().is_some() { as_visitors_see(album) } else { album })
    });
    Ok(shown.collect())
}

/// In place of an address that visitors do not see: clients that check answers against the published document take
/// no empty one.
const NOBODYS_ADDRESS: &str = "hidden@albumen.invalid";

/// Whoever comes by a link sees whose album it is, and neither how to write to them nor who else is in it.
fn as_visitors_see(mut album: AlbumResponseDto) -> AlbumResponseDto {
    album.album_users.retain(|member| member.role == AlbumUserRole::Owner);
    for member in &mut album.album_users {
        NOBODYS_ADDRESS.clone_into(&mut member.user.email);
    }
    album
}

/// Albums of the caller, with their members.
pub(super) async fn albums(
    app: &App,
    caller: &Auth,
    found: Vec<AlbumSummary>,
) -> Result<Vec<AlbumResponseDto>, ApiError> {
    let ids: Vec<Uuid> = found.iter().map(|summary| summary.album.id).collect();
    let mut people: HashMap<Uuid, Vec<AlbumPerson>> = HashMap::new();
    for person in app.reads.albums().people(&ids).await? {
        people.entry(person.album_id).or_default().push(person);
    }
    let shown = |summary: AlbumSummary| {
        let members = people.remove(&summary.album.id).unwrap_or_default();
        response(summary, in_order(members, caller.user_id()))
    };
    Ok(found.into_iter().map(shown).collect())
}

/// Adds to an album that is shared how many of its assets came from whom; visitors by a link are not told.
pub(super) async fn with_contributors(
    app: &App,
    viewer: &Auth,
    mut album: AlbumResponseDto,
) -> Result<AlbumResponseDto, ApiError> {
    if album.shared && viewer.link().is_none() {
        let counts = app.reads.albums().contributors(album.id).await?;
        let shown = |(user_id, asset_count)| ContributorCountResponseDto { asset_count, user_id };
        album.contributor_counts = Some(counts.into_iter().map(shown).collect());
    }
    Ok(album)
}

/// The owner first, then the caller, then the others by their names.
fn in_order(mut members: Vec<AlbumPerson>, caller: Uuid) -> Vec<AlbumPerson> {
    members.sort_by_cached_key(|member| {
        let account = &member.account;
        (member.role != "owner", account.id != caller, account.name.to_lowercase(), account.id)
    });
    members
}

fn response(summary: AlbumSummary, members: Vec<AlbumPerson>) -> AlbumResponseDto {
    let album = summary.album;
    let member = |person: &AlbumPerson| AlbumUserResponseDto {
        role: AlbumUserRole::of(&person.role),
        user: user(&person.account),
    };
    AlbumResponseDto {
        album_name: album.name,
        album_thumbnail_asset_id: summary.thumbnail_asset_id,
        album_users: members.iter().map(member).collect(),
        asset_count: summary.asset_count,
        contributor_counts: None,
        created_at: album.created_at.into(),
        description: album.description,
        end_date: summary.last_day.map(|day| midnight(day).into()),
        has_shared_link: summary.has_link,
        id: album.id,
        is_activity_enabled: album.activity_enabled,
        last_modified_asset_timestamp: summary.last_modified_at.map(Into::into),
        order: Some(AssetOrder::of(&album.asset_order)),
        shared: members.len() > 1 || summary.has_link,
        start_date: summary.first_day.map(|day| midnight(day).into()),
        updated_at: album.updated_at.into(),
    }
}

/// Days are written as the instants at which they begin in UTC.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use albumen_projections::{albums::AlbumRow, identity::AccountRow};
    use serde_json::json;

    use super::*;

    fn person(number: u128, name: &str, role: &str) -> AlbumPerson {
        let at = DateTime::UNIX_EPOCH;
        let account = AccountRow {
            id: Uuid::from_u128(number),
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            password_hash: None,
            pin_hash: None,
            is_admin: false,
            storage_label: None,
            quota_bytes: None,
            avatar_color: None,
            should_change_password: false,
            status: "active".to_owned(),
            onboarded: false,
            preferences: json!({}),
            license: None,
            profile_image_path: None,
            profile_changed_at: at,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        };
        AlbumPerson { album_id: Uuid::nil(), role: role.to_owned(), account: Arc::new(account) }
    }

    fn summary() -> AlbumSummary {
        let album = AlbumRow {
            id: Uuid::nil(),
            owner_id: Uuid::from_u128(4),
            name: "Summer".into(),
            description: String::new(),
            asset_order: "ascending".into(),
            activity_enabled: true,
            thumbnail_asset_id: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let day = NaiveDate::from_ymd_opt(2024, 1, 31);
        AlbumSummary {
            album,
            thumbnail_asset_id: None,
            asset_count: 1,
            first_day: day,
            last_day: None,
            last_modified_at: None,
            has_link: false,
        }
    }

    #[test]
    fn the_owner_comes_first_and_the_caller_second() {
        let members = vec![
            person(1, "Bob", "viewer"),
            person(2, "anna", "editor"),
            person(3, "Zoe", "viewer"),
            person(4, "Otto", "owner"),
        ];
        let names = |caller| -> Vec<String> {
            let ordered = in_order(members.clone(), Uuid::from_u128(caller));
            ordered.iter().map(|member| member.account.name.clone()).collect()
        };
        assert_eq!(names(3), ["Otto", "Zoe", "anna", "Bob"]);
        assert_eq!(names(4), ["Otto", "anna", "Bob", "Zoe"]);
    }

    #[test]
    fn visitors_see_whose_album_it_is_and_no_address() {
        let seen = as_visitors_see(response(summary(), vec![person(4, "Otto", "owner"), person(1, "Bob", "viewer")]));
        let names: Vec<&str> = seen.album_users.iter().map(|member| member.user.name.as_str()).collect();
        assert_eq!((names, seen.album_users[0].user.email.as_str()), (vec!["Otto"], NOBODYS_ADDRESS));
    }

    #[test]
    fn an_album_is_written_as_clients_know_it() {
        let alone = response(summary(), vec![person(4, "Otto", "owner")]);
        let written = serde_json::to_value(alone).expect("an album can be written");
        assert_eq!(written["startDate"], "2024-01-31T00:00:00.000Z");
        for absent in ["endDate", "lastModifiedAssetTimestamp", "contributorCounts"] {
            assert_eq!(written.get(absent), None, "{absent}");
        }
        assert_eq!(written.get("albumThumbnailAssetId"), Some(&serde_json::Value::Null));
        assert_eq!((&written["order"], &written["shared"]), (&json!("asc"), &json!(false)));
        assert_eq!(written["albumUsers"][0]["role"], "owner");
        let both = vec![person(4, "Otto", "owner"), person(1, "Bob", "viewer")];
        assert!(response(summary(), both).shared);
        let linked = response(AlbumSummary { has_link: true, ..summary() }, vec![person(4, "Otto", "owner")]);
        assert!(linked.shared && linked.has_shared_link);
    }
}
