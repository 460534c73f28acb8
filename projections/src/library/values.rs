//! Which places and cameras there are, and how often, kept by the difference that each change makes: no
//! list of what can be searched for looks at assets, and nobody counts them.

use std::collections::HashMap;

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::AssetRow;
use crate::runtime::{Batch, Storable, Writer};

/// An owner, a visibility, and three values, empty where there is none.
type Key = (Uuid, String, [String; 3]);

/// Writes what the changes of `assets` make of the places and the cameras.
pub(super) async fn save(writer: &mut Writer<'_>, assets: &Batch<AssetRow>) -> Result<(), tokio_postgres::Error> {
    let (mut places, mut cameras) = (HashMap::new(), HashMap::new());
    for (old, new) in assets.changes() {
        for (row, sign) in [(old, -1), (new, 1)] {
            let Some(row) = row.filter(|row| row.status == "active") else { continue };
            add(&mut places, row, [&row.country, &row.state, &row.city], sign);
            add(&mut cameras, row, [&row.make, &row.model, &row.lens_model], sign);
        }
    }
    write(writer, include_str!("sql/add_places.sql"), "place_count", places).await?;
    write(writer, include_str!("sql/add_cameras.sql"), "camera_count", cameras).await
}

fn add(deltas: &mut HashMap<Key, i64>, row: &AssetRow, values: [&Option<String>; 3], sign: i64) {
    if values.iter().all(|value| value.is_none()) {
        return;
    }
    let values = values.map(|value| value.clone().unwrap_or_default().storable());
    *deltas.entry((row.owner_id, row.visibility.clone(), values)).or_default() += sign;
}

async fn write(
    writer: &mut Writer<'_>,
    sql: &str,
    table: &str,
    mut deltas: HashMap<Key, i64>,
) -> Result<(), tokio_postgres::Error> {
    deltas.retain(|_, delta| *delta != 0);
    if deltas.is_empty() {
        return Ok(());
    }
    let owners: Vec<Uuid> = deltas.keys().map(|(owner, ..)| *owner).collect();
    let visibilities: Vec<&str> = deltas.keys().map(|(_, visibility, _)| visibility.as_str()).collect();
    let column = |index: usize| -> Vec<&str> { deltas.keys().map(|(.., values)| values[index].as_str()).collect() };
    let (first, second, third) = (column(0), column(1), column(2));
    let counts: Vec<i64> = deltas.values().copied().collect();
    let parameters: [&(dyn ToSql + Sync); 6] = [&owners, &visibilities, &first, &second, &third, &counts];
    writer.execute(sql, &parameters).await?;
    if counts.iter().any(|count| *count < 0) {
        let sql = format!("DELETE FROM {table} WHERE count = 0 AND owner_id = ANY($1)");
        writer.execute(&sql, &[&owners]).await?;
    }
    Ok(())
}
