//! Changes whose order is found at once for many pages.
//!
//! What lies in several albums, or is several partners', is in order in each of them and not as a whole. To sort all
//! of it for each page would take the square of its length, so the order of very many changes is read
//! alone, and the pages follow it.

use std::collections::VecDeque;

use deadpool_postgres::Pool;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    kind::Kind,
    source::{
        Albums, Changed, MY_ALBUMS, MY_PARTNERS, NOT_LOCKED, Owners, Range, Source, asset_columns, read_asset,
        read_exif, read_link,
    },
    views::{Data, ExifView},
};
use crate::runtime::{ReadError, query};

/// Changes whose order is read at once: 40 bytes each.
const WINDOW_CHANGES: i64 = 50_000;

/// How such a source is read.
struct Keyed {
    /// The order: change, what has changed, and of whom it is or where it lies.
    order: String,
    /// What is told of some of it.
    details: String,
    read: fn(&Row) -> Data,
}

/// Changes that were found and not told yet.
#[derive(Default)]
pub(super) struct Window {
    changes: VecDeque<(i64, Uuid, Uuid)>,
    /// Up to here they were found.
    found: i64,
    /// Whether there are no more to be found.
    is_last: bool,
}

impl Window {
    /// The next page of a source, and whether it is the last one; none where the source is read in other ways.
    pub(super) async fn page(
        &mut self,
        source: Source,
        pool: &Pool,
        user: Uuid,
        range: Range,
    ) -> Result<Option<(Vec<Changed>, bool)>, ReadError> {
        let Some(keyed) = keyed(source) else { return Ok(None) };
        if self.changes.is_empty() && !self.is_last {
            let after = self.found.max(range.after);
            let read = |row: &Row| (row.get(0), row.get(1), row.get(2));
            let found = query(pool, &keyed.order, &[&user, &after, &range.before, &WINDOW_CHANGES], read).await?;
            self.is_last = (found.len() as i64) < WINDOW_CHANGES;
            self.found = found.last().map_or(after, |(change, ..)| *change);
            self.changes = found.into();
        }
        let count = self.changes.len().min(usize::try_from(range.limit).unwrap_or(usize::MAX));
        let taken: Vec<(i64, Uuid, Uuid)> = self.changes.drain(..count).collect();
        let changes: Vec<i64> = taken.iter().map(|(change, ..)| *change).collect();
        let ids: Vec<Uuid> = taken.iter().map(|(_, id, _)| *id).collect();
        let scopes: Vec<Uuid> = taken.iter().map(|(.., scope)| *scope).collect();
        let read = |row: &Row| (row.get(row.len() - 1), (keyed.read)(row));
        let page = query(pool, &keyed.details, &[&user, &changes, &ids, &scopes], read).await?;
        Ok(Some((page, self.is_last && self.changes.is_empty())))
    }
}

fn keyed(source: Source) -> Option<Keyed> {
    match source {
        Source::AlbumAssets(Albums::Mine) => Some(in_albums(&asset_columns(), read_asset)),
        Source::AlbumExifs(Albums::Mine) => Some(in_albums(&ExifView::column_list("photo."), read_exif)),
        Source::AlbumLinks(Albums::Mine) => Some(in_albums("changed.scope, changed.id", read_link)),
        Source::Assets(Owners::Partners) => Some(of_partners("change", &asset_columns(), read_asset)),
        Source::Exifs(Owners::Partners) => {
            Some(of_partners("exif_change", &ExifView::column_list("photo."), read_exif))
        }
        _ => None,
    }
}

fn in_albums(columns: &str, read: fn(&Row) -> Data) -> Keyed {
    let order = format!(
        "SELECT change, a, scope FROM sync.entry WHERE kind = '{}' AND scope IN {MY_ALBUMS}
         AND change > $2 AND change < $3 ORDER BY change LIMIT $4",
        Kind::AlbumAsset.as_str()
    );
    Keyed { order, details: details(columns, MY_ALBUMS), read }
}

fn of_partners(change: &str, columns: &str, read: fn(&Row) -> Data) -> Keyed {
    let order = format!(
        "SELECT {change}, id, owner_id FROM sync.asset WHERE owner_id IN {MY_PARTNERS}
         AND {change} > $2 AND {change} < $3 ORDER BY {change} LIMIT $4"
    );
    Keyed { order, details: details(columns, MY_PARTNERS), read }
}

/// Whether it may still be seen is asked for each page.
fn details(columns: &str, scopes: &str) -> String {
    format!(
        "SELECT {columns}, changed.change FROM UNNEST($2::bigint[], $3::uuid[], $4::uuid[]) AS changed (change, id, scope)
         JOIN library.asset AS photo ON photo.id = changed.id AND {NOT_LOCKED}
         WHERE changed.scope IN {scopes} ORDER BY changed.change"
    )
}
