//! Counts of assets, kept by the difference that each change makes.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{fold::month_of, rows::AssetRow};
use crate::runtime::{Batch, Writer};

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    owner_id: Uuid,
    dated_by: &'static str,
    month: NaiveDate,
    kind: String,
    visibility: String,
    status: String,
    favorite: bool,
}

#[derive(Clone, Copy, Default)]
struct Delta {
    count: i64,
    bytes: i64,
}

impl Key {
    fn of(row: &AssetRow, dated_by: &'static str, month: NaiveDate) -> Self {
        Self {
            owner_id: row.owner_id,
            dated_by,
            month,
            kind: row.kind.clone(),
            visibility: row.visibility.clone(),
            status: row.status.clone(),
            favorite: row.favorite,
        }
    }
}

/// Writes what the changes of `assets` make of the counts.
pub(super) async fn save(writer: &mut Writer<'_>, assets: &Batch<AssetRow>) -> Result<(), tokio_postgres::Error> {
    let mut deltas: HashMap<Key, Delta> = HashMap::new();
    for (old, new) in assets.changes() {
        if let Some(old) = old {
            add(&mut deltas, old, -1);
        }
        if let Some(new) = new {
            add(&mut deltas, new, 1);
        }
    }
    deltas.retain(|_, delta| delta.count != 0 || delta.bytes != 0);
    if deltas.is_empty() {
        return Ok(());
    }
    let (keys, deltas): (Vec<Key>, Vec<Delta>) = deltas.into_iter().unzip();
    let owners: Vec<Uuid> = keys.iter().map(|key| key.owner_id).collect();
    let dated_by: Vec<&str> = keys.iter().map(|key| key.dated_by).collect();
    let months: Vec<NaiveDate> = keys.iter().map(|key| key.month).collect();
    let kinds: Vec<&str> = keys.iter().map(|key| key.kind.as_str()).collect();
    let visibilities: Vec<&str> = keys.iter().map(|key| key.visibility.as_str()).collect();
    let statuses: Vec<&str> = keys.iter().map(|key| key.status.as_str()).collect();
    let favorites: Vec<bool> = keys.iter().map(|key| key.favorite).collect();
    let counts: Vec<i64> = deltas.iter().map(|delta| delta.count).collect();
    let bytes: Vec<i64> = deltas.iter().map(|delta| delta.bytes).collect();
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 9] =
        [&owners, &dated_by, &months, &kinds, &visibilities, &statuses, &favorites, &counts, &bytes];
    writer.execute(include_str!("sql/add_counts.sql"), &parameters).await?;
    if counts.iter().any(|count| *count < 0) {
        writer.execute("DELETE FROM asset_count WHERE count = 0 AND owner_id = ANY($1)", &[&owners]).await?;
    }
    Ok(())
}

fn add(deltas: &mut HashMap<Key, Delta>, row: &AssetRow, sign: i64) {
    let created = month_of(row.created_at.naive_utc());
    for key in [Key::of(row, "taken", row.month), Key::of(row, "created", created)] {
        let delta = deltas.entry(key).or_default();
        delta.count += sign;
        delta.bytes += sign * row.size_bytes;
    }
}
