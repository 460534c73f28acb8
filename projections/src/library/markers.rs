//! What maps tell of an asset, as one number, and these numbers of a month in one: kept by the difference that each
//! change makes, so that who keeps markers in memory need not look at assets to see whether they are still these.

use std::collections::HashMap;

use albumen_domain::fingerprint::fingerprint;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{fold::month_of, rows::AssetRow};
use crate::runtime::{Batch, Storable, Writer};

/// PostgreSQL counts from here, in seconds since 1970.
const DATABASE_EPOCH_SECONDS: i64 = 946_684_800;

const ARCHIVED: u8 = 1;
const FAVORITE: u8 = 1 << 1;
/// Behind these bits the texts that there are.
const TEXTS_SHIFT: u8 = 2;

fn database_epoch() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(DATABASE_EPOCH_SECONDS)
}

/// A time as the database holds it, in microseconds: one that comes from there is the same as it was before.
pub(super) fn stored_micros(time: DateTime<Utc>) -> i64 {
    time.signed_duration_since(database_epoch()).num_microseconds().unwrap_or(i64::MAX)
}

/// The month in UTC of such a time.
fn month(micros: i64) -> NaiveDate {
    let time = database_epoch().checked_add_signed(TimeDelta::microseconds(micros));
    month_of(time.unwrap_or(DateTime::<Utc>::MAX_UTC).naive_utc())
}

/// What stands for what maps tell of an asset; none where it is on no map.
pub(super) fn marker_of(row: &AssetRow) -> Option<i64> {
    let is_shown = row.status == "active" && matches!(row.visibility.as_str(), "timeline" | "archive");
    let (latitude, longitude) = row.latitude.zip(row.longitude).filter(|_| is_shown)?;
    // As their columns hold them.
    let texts = [&row.city, &row.state, &row.country].map(|text| text.clone().storable());
    let mut flags = if row.visibility == "archive" { ARCHIVED } else { 0 };
    if row.favorite {
        flags |= FAVORITE;
    }
    for (place, text) in texts.iter().enumerate() {
        flags |= u8::from(text.is_some()) << place << TEXTS_SHIFT;
    }
    let micros = stored_micros(row.taken_at).to_le_bytes();
    let (latitude, longitude) = (latitude.to_le_bytes(), longitude.to_le_bytes());
    let values: [&[u8]; 5] = [row.id.as_bytes(), &micros, &latitude, &longitude, &[flags]];
    let texts = texts.iter().map(|text| text.as_deref().unwrap_or_default().as_bytes());
    Some(fingerprint(values.into_iter().chain(texts)))
}

/// Writes what the changes of `assets` make of the sums.
pub(super) async fn save(writer: &mut Writer<'_>, assets: &Batch<AssetRow>) -> Result<(), tokio_postgres::Error> {
    let mut deltas: HashMap<(Uuid, NaiveDate), (i64, i64)> = HashMap::new();
    for (old, new) in assets.changes() {
        for (row, sign) in [(old, -1), (new, 1)] {
            let Some((row, marker)) = row.and_then(|row| Some((row, row.marker?))) else { continue };
            let (count, digest) = deltas.entry((row.owner_id, month(stored_micros(row.taken_at)))).or_default();
            *count += sign;
            *digest ^= marker;
        }
    }
    deltas.retain(|_, delta| *delta != (0, 0));
    if deltas.is_empty() {
        return Ok(());
    }
    let owners: Vec<Uuid> = deltas.keys().map(|(owner, _)| *owner).collect();
    let months: Vec<NaiveDate> = deltas.keys().map(|(_, month)| *month).collect();
    let (counts, digests): (Vec<i64>, Vec<i64>) = deltas.values().copied().unzip();
    writer.execute(include_str!("sql/add_markers.sql"), &[&owners, &months, &counts, &digests]).await?;
    if counts.iter().any(|count| *count < 0) {
        writer.execute("DELETE FROM marker_sum WHERE markers = 0 AND owner_id = ANY($1)", &[&owners]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somewhere(at: DateTime<Utc>) -> AssetRow {
        let place = (Some("Bergen".to_owned()), Some(60.4), Some(5.3));
        AssetRow { city: place.0, latitude: place.1, longitude: place.2, ..AssetRow::for_tests(at) }
    }

    #[test]
    fn whatever_a_map_tells_makes_another_marker() {
        let at = DateTime::UNIX_EPOCH;
        let row = somewhere(at);
        let others = [
            AssetRow { id: Uuid::from_u128(1), ..row.clone() },
            AssetRow { taken_at: at + TimeDelta::microseconds(1), ..row.clone() },
            AssetRow { latitude: Some(60.5), ..row.clone() },
            AssetRow { longitude: Some(5.4), ..row.clone() },
            AssetRow { city: None, ..row.clone() },
            AssetRow { city: Some(String::new()), ..row.clone() },
            AssetRow { city: None, state: row.city.clone(), ..row.clone() },
            AssetRow { country: Some("Norway".to_owned()), ..row.clone() },
            AssetRow { favorite: true, ..row.clone() },
            AssetRow { visibility: "archive".to_owned(), ..row.clone() },
        ];
        let mut all = vec![marker_of(&row)];
        all.extend(others.iter().map(marker_of));
        for (index, one) in all.iter().enumerate() {
            assert!(one.is_some() && !all[..index].contains(one), "{index}");
        }
        assert_eq!(marker_of(&AssetRow { file_name: "another".to_owned(), ..row.clone() }), marker_of(&row));
    }

    #[test]
    fn what_is_out_of_sight_or_nowhere_has_none() {
        let row = somewhere(DateTime::UNIX_EPOCH);
        for hidden in [
            AssetRow { visibility: "locked".to_owned(), ..row.clone() },
            AssetRow { visibility: "hidden".to_owned(), ..row.clone() },
            AssetRow { status: "trashed".to_owned(), ..row.clone() },
            AssetRow { latitude: None, ..row.clone() },
            AssetRow { longitude: None, ..row },
        ] {
            assert_eq!(marker_of(&hidden), None, "{hidden:?}");
        }
    }

    #[test]
    fn months_are_those_of_the_times() {
        for (text, expected) in [
            ("2024-01-31T23:59:59.999999Z", (2024, 1)),
            ("2024-02-01T00:00:00Z", (2024, 2)),
            ("1969-12-31T23:59:59Z", (1969, 12)),
        ] {
            let time: DateTime<Utc> = text.parse().expect("is a time");
            assert_eq!(Some(month(stored_micros(time))), NaiveDate::from_ymd_opt(expected.0, expected.1, 1), "{text}");
        }
    }
}
