//! Albums: sizes like real ones, among all users.

use albumen_domain::album::{Album, AlbumCommand, AlbumMember, AlbumOrder, AlbumRole, NewAlbum};
use uuid::Uuid;

use super::{Library, Scribe};
use crate::{Fault, seed::invented::spread};

const ALBUMS: usize = 1_000;
/// Of whoever measures.
const LARGE_ALBUMS: usize = 6;
const LARGE_ASSETS: std::ops::Range<usize> = 5_000..10_000;
const SMALL_ASSETS: std::ops::Range<usize> = 20..200;
/// Of so many albums all but one belong to whoever measures.
const OTHERS_EVERY: usize = 3;
/// One of so many is shared.
const SHARED_EVERY: usize = 3;
const MOST_MEMBERS: usize = 5;
/// What each member puts into a shared album.
const ASSETS_OF_MEMBER: usize = 5;
/// An album holds a large part of a small library at most.
const LARGEST_PART: usize = 2;

/// An album, and who is in it.
pub(super) struct Made {
    pub(super) id: Uuid,
    /// The owner first.
    pub(super) members: Vec<Uuid>,
    pub(super) assets: Vec<Uuid>,
}

/// Makes them.
pub(super) async fn albums(scribe: &mut Scribe<'_>, libraries: &[Library]) -> Result<Vec<Made>, Fault> {
    let made: Vec<Made> = (0..ALBUMS).map(|number| invent(number, libraries)).collect();
    let create = |(number, album): (usize, &Made)| (album.id, AlbumCommand::Create(Box::new(new(number, album))));
    scribe.ask::<Album>(made.iter().enumerate().map(create).collect()).await?;
    Ok(made)
}

fn below(number: usize, purpose: u64, end: usize) -> usize {
    usize::try_from(spread(number, purpose)).unwrap_or(number) % end.max(1)
}

fn within(range: std::ops::Range<usize>, number: usize, purpose: u64) -> usize {
    range.start + below(number, purpose, range.len())
}

fn invent(number: usize, libraries: &[Library]) -> Made {
    let is_large = number < LARGE_ALBUMS;
    let is_mine = is_large || !number.is_multiple_of(OTHERS_EVERY);
    let place = if is_mine { 0 } else { 1 + below(number, 10, libraries.len() - 1) };
    let own = &libraries[place];
    let wanted = within(if is_large { LARGE_ASSETS } else { SMALL_ASSETS }, number, 11);
    let count = wanted.min(own.assets.len() / LARGEST_PART);
    let first = below(number, 12, own.assets.len() - count + 1);
    let mut assets = own.assets[first..first + count].to_vec();
    let mut members = vec![own.owner()];
    if number % SHARED_EVERY == 1 || !is_mine {
        // What others share is shared with whoever measures, too.
        let many = 1 + below(number, 13, MOST_MEMBERS);
        let others = (0..many).map(|turn| below(number * MOST_MEMBERS + turn, 14, libraries.len()));
        for other in others.chain((!is_mine).then_some(0)).filter(|other| *other != place) {
            let library = &libraries[other];
            if !members.contains(&library.owner()) {
                members.push(library.owner());
                assets.extend(library.assets.iter().skip(number).take(ASSETS_OF_MEMBER));
            }
        }
    }
    Made { id: Uuid::new_v4(), members, assets }
}

fn new(number: usize, made: &Made) -> NewAlbum {
    let member = |(place, user): (usize, &Uuid)| AlbumMember {
        user: *user,
        role: if place == 0 { AlbumRole::Editor } else { AlbumRole::Viewer },
    };
    NewAlbum {
        owner: made.members[0],
        name: format!("Album {number}"),
        description: if number.is_multiple_of(4) { "A few days away".to_owned() } else { String::new() },
        order: AlbumOrder::Descending,
        users: made.members[1..].iter().enumerate().map(member).collect(),
        assets: made.assets.clone(),
    }
}
