//! What is in sight of each album, kept by the difference that each change makes: no list of albums looks at
//! assets.
//!
//! The sums are what the assets of an album come to at the end of a batch. Where the difference alone cannot
//! tell (the newest one left, say), the album is counted anew.

use std::collections::{HashMap, HashSet};

use albumen_domain::{
    AnyEvent, Recorded,
    album::AlbumEvent,
    asset::AssetEvent,
    erasure::{ErasureEvent, ErasureScope},
};
use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use uuid::Uuid;

use super::rows::{AlbumSumRow, AssetRow};
use crate::runtime::{Batch, Writer};

/// What PostgreSQL keeps of a second.
const SUBSECOND_DIGITS: u16 = 6;

/// What a batch does to the contents of albums: whole albums and whole assets go first; then single links come
/// and go, the last word counting.
#[derive(Default)]
pub(super) struct Contents {
    cleared_albums: HashSet<Uuid>,
    cleared_assets: HashSet<Uuid>,
    /// Album and asset, and whether it is in.
    changed: HashMap<(Uuid, Uuid), bool>,
}

impl Contents {
    pub(super) fn hear(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Album(AlbumEvent::AssetsAdded(added)) => self.change(id, &added.assets, true),
            AnyEvent::Album(AlbumEvent::AssetsRemoved(removed)) => self.change(id, &removed.assets, false),
            AnyEvent::Album(AlbumEvent::Deleted(_)) => self.clear_album(id),
            AnyEvent::Asset(AssetEvent::Deleted(_)) => self.clear_asset(id),
            // The subject can be an album or an asset.
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) if erased.scope == ErasureScope::Subject => {
                self.clear_album(id);
                self.clear_asset(id);
            }
            _ => {}
        }
    }

    fn change(&mut self, album: Uuid, assets: &[Uuid], is_in: bool) {
        self.changed.extend(assets.iter().map(|asset| ((album, *asset), is_in)));
    }

    fn clear_album(&mut self, album: Uuid) {
        self.cleared_albums.insert(album);
        self.changed.retain(|(id, _), _| *id != album);
    }

    fn clear_asset(&mut self, asset: Uuid) {
        self.cleared_assets.insert(asset);
        self.changed.retain(|(_, id), _| *id != asset);
    }

    /// Writes what the batch makes of the contents and of the sums; the assets are written already.
    pub(super) async fn save(
        &self,
        writer: &mut Writer<'_>,
        assets: &Batch<AssetRow>,
    ) -> Result<(), tokio_postgres::Error> {
        let mut spoiled = self.remove(writer).await?;
        let added = self.add(writer).await?;
        let mut steps = steps_of_added(writer, &added).await?;
        steps.extend(steps_of_changed(writer, assets, &added.into_iter().collect()).await?);
        add_up(writer, steps, &mut spoiled).await?;
        count_anew(writer, spoiled.into_iter().collect()).await
    }

    /// Takes out what left; answers with the albums that it left.
    async fn remove(&self, writer: &mut Writer<'_>) -> Result<HashSet<Uuid>, tokio_postgres::Error> {
        let mut left: HashSet<Uuid> = HashSet::new();
        for (cleared, sql) in [
            (&self.cleared_albums, "DELETE FROM album_link WHERE album_id = ANY($1) RETURNING album_id"),
            (&self.cleared_assets, "DELETE FROM album_link WHERE asset_id = ANY($1) RETURNING album_id"),
        ] {
            if !cleared.is_empty() {
                let ids: Vec<Uuid> = cleared.iter().copied().collect();
                left.extend(writer.query(sql, &[&ids]).await?.iter().map(|row| row.get::<_, Uuid>(0)));
            }
        }
        let (albums, assets) = self.pairs(false);
        if !albums.is_empty() {
            let rows = writer.query(include_str!("sql/remove_album_links.sql"), &[&albums, &assets]).await?;
            left.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
        }
        Ok(left)
    }

    /// Puts in what came; answers with album and asset of what was not in yet.
    async fn add(&self, writer: &mut Writer<'_>) -> Result<Vec<(Uuid, Uuid)>, tokio_postgres::Error> {
        let (albums, assets) = self.pairs(true);
        if albums.is_empty() {
            return Ok(Vec::new());
        }
        let rows = writer.query(include_str!("sql/add_album_links.sql"), &[&albums, &assets]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    fn pairs(&self, is_in: bool) -> (Vec<Uuid>, Vec<Uuid>) {
        self.changed.iter().filter(|(_, now)| **now == is_in).map(|(pair, _)| *pair).unzip()
    }
}

/// What an album knows of an asset that is in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    id: Uuid,
    owner: Uuid,
    local_taken_at: NaiveDateTime,
    taken_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Zero where it is on no map.
    marker: i64,
}

impl Seen {
    fn of(row: &AssetRow) -> Option<Self> {
        let is_seen = row.status == "active" && matches!(row.visibility.as_str(), "timeline" | "archive");
        is_seen.then(|| Self {
            id: row.id,
            owner: row.owner_id,
            local_taken_at: row.local_taken_at.trunc_subsecs(SUBSECOND_DIGITS),
            taken_at: row.taken_at.trunc_subsecs(SUBSECOND_DIGITS),
            updated_at: row.updated_at.trunc_subsecs(SUBSECOND_DIGITS),
            marker: row.marker.unwrap_or_default(),
        })
    }
}

/// What an asset was to an album, and what it is.
struct Step {
    album: Uuid,
    old: Option<Seen>,
    new: Option<Seen>,
}

async fn steps_of_added(writer: &mut Writer<'_>, added: &[(Uuid, Uuid)]) -> Result<Vec<Step>, tokio_postgres::Error> {
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = added.iter().map(|(_, asset)| *asset).collect();
    let rows = writer.query(include_str!("sql/seen.sql"), &[&ids]).await?;
    let seen = rows.iter().map(|row| Seen {
        id: row.get(0),
        owner: row.get(1),
        local_taken_at: row.get(2),
        taken_at: row.get(3),
        updated_at: row.get(4),
        marker: row.get(5),
    });
    let seen: HashMap<Uuid, Seen> = seen.map(|seen| (seen.id, seen)).collect();
    Ok(added.iter().map(|(album, asset)| Step { album: *album, old: None, new: seen.get(asset).copied() }).collect())
}

/// Of assets that were in albums before.
async fn steps_of_changed(
    writer: &mut Writer<'_>,
    assets: &Batch<AssetRow>,
    added: &HashSet<(Uuid, Uuid)>,
) -> Result<Vec<Step>, tokio_postgres::Error> {
    let mut changed: HashMap<Uuid, (Option<Seen>, Option<Seen>)> = HashMap::new();
    let (mut uploaded, mut gone) = (HashMap::new(), Vec::new());
    for (old, new) in assets.changes() {
        let step = (old.and_then(Seen::of), new.and_then(Seen::of));
        if let (Some(old), None) = (old, new) {
            gone.push(old.id);
        }
        match (old, new) {
            (None, Some(new)) => uploaded.insert(new.id, step),
            (Some(row), _) if step.0 != step.1 => changed.insert(row.id, step),
            _ => None,
        };
    }
    // An album can have heard of an asset before there was one; that is a rare thing to look for.
    if !uploaded.is_empty() && has_unknown(writer).await? {
        let ids: Vec<Uuid> = uploaded.keys().copied().collect();
        writer.execute(include_str!("sql/own_album_links.sql"), &[&ids]).await?;
        changed.extend(uploaded);
    }
    // Those of an owner who was erased: albums remember them, but not whose they were.
    if !gone.is_empty() {
        writer.execute("UPDATE album_link SET owner_id = NULL WHERE asset_id = ANY($1)", &[&gone]).await?;
    }
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = changed.keys().copied().collect();
    let rows = writer.query("SELECT album_id, asset_id FROM album_link WHERE asset_id = ANY($1)", &[&ids]).await?;
    let pairs = rows.iter().map(|row| (row.get(0), row.get(1))).filter(|pair| !added.contains(pair));
    let step = |(album, asset)| changed.get(&asset).map(|(old, new)| Step { album, old: *old, new: *new });
    Ok(pairs.filter_map(step).collect())
}

async fn has_unknown(writer: &mut Writer<'_>) -> Result<bool, tokio_postgres::Error> {
    let rows = writer.query("SELECT FROM album_link WHERE owner_id IS NULL LIMIT 1", &[]).await?;
    Ok(!rows.is_empty())
}

/// Makes all steps that the sums alone allow; the albums of all others are spoiled.
async fn add_up(
    writer: &mut Writer<'_>,
    steps: Vec<Step>,
    spoiled: &mut HashSet<Uuid>,
) -> Result<(), tokio_postgres::Error> {
    let steps: Vec<Step> = steps.into_iter().filter(|step| !spoiled.contains(&step.album)).collect();
    let albums: HashSet<Uuid> = steps.iter().map(|step| step.album).collect();
    let albums: Vec<Uuid> = albums.into_iter().collect();
    let stored = writer.load::<AlbumSumRow>(&albums).await?;
    let mut sums: HashMap<(Uuid, Uuid), AlbumSumRow> =
        stored.into_iter().map(|sum| ((sum.album_id, sum.owner_id), sum)).collect();
    for Step { album, old, new } in steps {
        let is_exact = match (old, new) {
            (None, None) => true,
            (None, Some(new)) => {
                let sum = sums.entry((album, new.owner)).or_insert_with(|| AlbumSumRow::nothing(album, &new));
                sum.join(&new);
                true
            }
            (Some(old), None) => sums.get_mut(&(album, old.owner)).is_some_and(|sum| sum.leave(&old)),
            (Some(old), Some(new)) => sums.get_mut(&(album, old.owner)).is_some_and(|sum| sum.change(&old, &new)),
        };
        if !is_exact {
            spoiled.insert(album);
        }
    }
    let saved: Vec<&AlbumSumRow> = sums.values().filter(|sum| !spoiled.contains(&sum.album_id)).collect();
    writer.save(&saved).await
}

async fn count_anew(writer: &mut Writer<'_>, albums: Vec<Uuid>) -> Result<(), tokio_postgres::Error> {
    if albums.is_empty() {
        return Ok(());
    }
    writer.execute("DELETE FROM album_sum WHERE album_id = ANY($1)", &[&albums]).await?;
    writer.execute(include_str!("sql/count_albums.sql"), &[&albums]).await?;
    Ok(())
}

impl AlbumSumRow {
    const fn nothing(album_id: Uuid, first: &Seen) -> Self {
        Self {
            album_id,
            owner_id: first.owner,
            assets: 0,
            first_taken_at: first.local_taken_at,
            last_taken_at: first.local_taken_at,
            last_updated_at: first.updated_at,
            newest_id: first.id,
            newest_taken_at: first.taken_at,
            digest: 0,
        }
    }

    fn join(&mut self, new: &Seen) {
        self.assets += 1;
        self.digest ^= new.marker;
        self.stretch(new);
    }

    fn stretch(&mut self, new: &Seen) {
        self.first_taken_at = self.first_taken_at.min(new.local_taken_at);
        self.last_taken_at = self.last_taken_at.max(new.local_taken_at);
        self.last_updated_at = self.last_updated_at.max(new.updated_at);
        // Of equals the one with the smallest id.
        if (new.taken_at, std::cmp::Reverse(new.id)) > (self.newest_taken_at, std::cmp::Reverse(self.newest_id)) {
            (self.newest_taken_at, self.newest_id) = (new.taken_at, new.id);
        }
    }

    /// Answers whether the sum is right without looking at what is left.
    fn leave(&mut self, old: &Seen) -> bool {
        self.assets -= 1;
        self.digest ^= old.marker;
        self.assets > 0
            && old.local_taken_at > self.first_taken_at
            && old.local_taken_at < self.last_taken_at
            && old.updated_at < self.last_updated_at
            && old.id != self.newest_id
    }

    /// Answers whether the sum is right without looking at the others.
    fn change(&mut self, old: &Seen, new: &Seen) -> bool {
        let keeps_first = old.local_taken_at > self.first_taken_at || new.local_taken_at <= old.local_taken_at;
        let keeps_last = old.local_taken_at < self.last_taken_at || new.local_taken_at >= old.local_taken_at;
        let keeps_update = old.updated_at < self.last_updated_at || new.updated_at >= old.updated_at;
        let keeps_newest = old.id != self.newest_id || new.taken_at >= old.taken_at;
        self.stretch(new);
        self.digest ^= old.marker ^ new.marker;
        keeps_first && keeps_last && keeps_update && keeps_newest
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn seen(id: u128, day: i64, change: i64) -> Seen {
        let taken_at = DateTime::UNIX_EPOCH + TimeDelta::days(day);
        Seen {
            id: Uuid::from_u128(id),
            owner: Uuid::nil(),
            local_taken_at: taken_at.naive_utc(),
            taken_at,
            updated_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(change),
            marker: (id as i64) << 16 | day << 8 | change,
        }
    }

    fn sum_of(all: &[Seen]) -> AlbumSumRow {
        let mut sum = AlbumSumRow::nothing(Uuid::nil(), &all[0]);
        all.iter().for_each(|one| sum.join(one));
        sum
    }

    /// Every step that says it is exact comes to what all assets come to.
    #[test]
    fn an_exact_step_is_what_counting_anew_comes_to() {
        let days = [0, 1, 2];
        let some = |id| days.into_iter().flat_map(move |day| days.map(|change| seen(id, day, change)));
        let mut exact = 0;
        for (one, other) in some(1).flat_map(|one| some(2).map(move |other| (one, other))) {
            for new in some(1) {
                let mut sum = sum_of(&[one, other]);
                if sum.change(&one, &new) {
                    exact += 1;
                    assert_eq!(sum, AlbumSumRow { ..sum_of(&[other, new]) }, "{one:?} {other:?} {new:?}");
                }
            }
            let third = seen(3, 1, 1);
            let mut sum = sum_of(&[one, other, third]);
            if sum.leave(&one) {
                exact += 1;
                assert_eq!(sum, sum_of(&[other, third]), "{one:?} {other:?}");
            }
        }
        assert!(exact > 100, "some steps have to be exact");
    }
}
