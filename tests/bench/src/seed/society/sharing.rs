//! Who shares what with whom, and what they say about it.

use albumen_domain::{
    activity::{Activity, ActivityCommand, ActivityCreated},
    notification::{Notification, NotificationCommand, NotificationCreated, NotificationKind, NotificationLevel},
    partnership::{Partnership, PartnershipBegun, PartnershipCommand},
    shared_link::{NewSharedLink, SharedLink, SharedLinkCommand},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rand::RngCore;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Library, Scribe, albums::Made};
use crate::Fault;

/// Users who share with whoever measures, and with whom it is shared back. Those of two stand in the timeline.
const PARTNERS: usize = 4;
const PARTNERS_IN_TIMELINE: usize = 2;
const LINKS: usize = 100;
const LINK_ASSETS: usize = 20;
const KEY_BYTES: usize = 50;
/// About each shared album.
const ACTIVITIES_EACH: usize = 5;
const NOTIFICATIONS: usize = 50;

/// Partners, both ways.
pub(super) async fn partners(scribe: &mut Scribe<'_>, libraries: &[Library]) -> Result<(), Fault> {
    let me = libraries[0].owner();
    let mut begun = Vec::new();
    let mut shown = Vec::new();
    for (place, library) in libraries.iter().skip(1).take(PARTNERS).enumerate() {
        let (to_me, from_me) = (Uuid::new_v4(), Uuid::new_v4());
        let pair = |shared_by, shared_with| PartnershipCommand::Begin(PartnershipBegun { shared_by, shared_with });
        begun.push((to_me, pair(library.owner(), me)));
        begun.push((from_me, pair(me, library.owner())));
        if place < PARTNERS_IN_TIMELINE {
            shown.push((to_me, PartnershipCommand::ShowInTimeline(true)));
        }
    }
    scribe.ask::<Partnership>(begun).await?;
    scribe.ask::<Partnership>(shown).await
}

/// Half of them to albums, half to some assets.
pub(super) async fn links(scribe: &mut Scribe<'_>, library: &Library, albums: &[Made]) -> Result<(), Fault> {
    let own: Vec<&Made> = albums.iter().filter(|album| album.members[0] == library.owner()).collect();
    let link = |number: usize| {
        let mut key = [0; KEY_BYTES];
        rand::rng().fill_bytes(&mut key);
        let album = number.is_multiple_of(2).then(|| own[number * 3 % own.len()].id);
        let assets = library.assets.iter().skip(number * LINK_ASSETS).take(LINK_ASSETS).copied();
        let new = NewSharedLink {
            owner: library.owner(),
            album,
            assets: if album.is_some() { Vec::new() } else { assets.collect() },
            key: URL_SAFE_NO_PAD.encode(key),
            key_hash: STANDARD.encode(Sha256::digest(key)),
            slug: None,
            password: None,
            description: Some(format!("Link {number}")),
            expires_at: None,
            allow_upload: false,
            allow_download: true,
            show_metadata: true,
        };
        (Uuid::new_v4(), SharedLinkCommand::Create(Box::new(new)))
    };
    scribe.ask::<SharedLink>((0..LINKS).map(link).collect()).await
}

/// Comments about shared albums and what is in them.
pub(super) async fn activities(scribe: &mut Scribe<'_>, albums: &[Made]) -> Result<(), Fault> {
    let mut said = Vec::new();
    for album in albums.iter().filter(|album| album.members.len() > 1) {
        for turn in 0..ACTIVITIES_EACH {
            let created = ActivityCreated {
                user: album.members[turn % album.members.len()],
                album: album.id,
                asset: (turn % 2 == 1).then(|| album.assets[turn]),
                comment: Some(format!("How beautiful, says number {turn}").into()),
            };
            said.push((Uuid::new_v4(), ActivityCommand::Create(created)));
        }
    }
    scribe.ask::<Activity>(said).await
}

/// What an administrator tells everybody.
pub(super) async fn notifications(scribe: &mut Scribe<'_>, libraries: &[Library]) -> Result<(), Fault> {
    let told = |number: usize| {
        let created = NotificationCreated {
            user: libraries[number % 2].owner(),
            level: NotificationLevel::Info,
            kind: NotificationKind::Custom,
            title: format!("Message {number}").into(),
            description: Some("The disk was exchanged.".to_owned().into()),
            data: None,
            read_at: None,
        };
        (Uuid::new_v4(), NotificationCommand::Create(Box::new(created)))
    };
    scribe.ask::<Notification>((0..NOTIFICATIONS).map(told).collect()).await
}
