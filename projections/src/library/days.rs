//! How many assets there are of each day, kept by the difference that each change makes: no calendar looks at
//! assets.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::rows::AssetRow;
use crate::runtime::{Batch, Writer};

/// An owner, by what it is dated, and the day.
type Key = (Uuid, &'static str, NaiveDate);

/// Writes what the changes of `assets` make of the days.
pub(super) async fn save(writer: &mut Writer<'_>, assets: &Batch<AssetRow>) -> Result<(), tokio_postgres::Error> {
    let mut deltas: HashMap<Key, i64> = HashMap::new();
    for (old, new) in assets.changes() {
        for (row, sign) in [(old, -1), (new, 1)] {
            let Some(row) = row.filter(|row| is_counted(row)) else { continue };
            *deltas.entry((row.owner_id, "taken", row.local_taken_at.date())).or_default() += sign;
            *deltas.entry((row.owner_id, "created", row.created_at.date_naive())).or_default() += sign;
        }
    }
    deltas.retain(|_, delta| *delta != 0);
    if deltas.is_empty() {
        return Ok(());
    }
    let owners: Vec<Uuid> = deltas.keys().map(|(owner, ..)| *owner).collect();
    let dated_by: Vec<&str> = deltas.keys().map(|(_, dated_by, _)| *dated_by).collect();
    let days: Vec<NaiveDate> = deltas.keys().map(|(.., day)| *day).collect();
    let counts: Vec<i64> = deltas.values().copied().collect();
    writer.execute(include_str!("sql/add_days.sql"), &[&owners, &dated_by, &days, &counts]).await?;
    if counts.iter().any(|count| *count < 0) {
        writer.execute("DELETE FROM day_count WHERE count = 0 AND owner_id = ANY($1)", &[&owners]).await?;
    }
    Ok(())
}

fn is_counted(row: &AssetRow) -> bool {
    row.status == "active" && matches!(row.visibility.as_str(), "timeline" | "archive")
}
