//! New dates of capture for many assets: one date for all, or each its own moved.

use std::collections::HashMap;

use albumen_domain::asset::TakenAtEdit;
use albumen_projections::library::CaptureDate;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    app::App,
    dto::assets::AssetBulkUpdateDto,
    edge::{ApiError, validate::Issue},
};

/// What becomes of the dates.
#[derive(Debug, Default)]
pub struct Dates {
    for_all: Option<TakenAtEdit>,
    each: HashMap<Uuid, TakenAtEdit>,
}

impl Dates {
    /// The new date of one asset.
    pub fn of(&self, id: Uuid) -> Option<TakenAtEdit> {
        self.each.get(&id).or(self.for_all.as_ref()).cloned()
    }
}

/// The dates that a bulk change asks for.
pub async fn changed(app: &App, body: &AssetBulkUpdateDto) -> Result<Dates, ApiError> {
    let zone = body.time_zone.as_deref();
    if let Some(date) = body.capture_date() {
        let edit = match zone {
            Some(zone) => TakenAtEdit::in_zone(date.to_utc(), zone).ok_or_else(unknown_zone)?,
            None => TakenAtEdit::at_offset(date),
        };
        return Ok(Dates { for_all: Some(edit), each: HashMap::new() });
    }
    if body.date_time_relative.is_none() && zone.is_none() {
        return Ok(Dates::default());
    }
    let delta = TimeDelta::try_minutes(body.date_time_relative.unwrap_or(0)).ok_or_else(too_far)?;
    let dates = app.reads.library().capture_dates(&body.ids).await?;
    let each = dates.iter().map(|date| Ok((date.id, moved(date, delta, zone)?)));
    Ok(Dates { for_all: None, each: each.collect::<Result<_, ApiError>>()? })
}

/// Moves the instant; the wall clock follows it in the new zone, else in that of before.
fn moved(date: &CaptureDate, delta: TimeDelta, zone: Option<&str>) -> Result<TakenAtEdit, ApiError> {
    let instant = date.taken_at.checked_add_signed(delta).filter(is_writable).ok_or_else(too_far)?;
    if let Some(zone) = zone {
        return TakenAtEdit::in_zone(instant, zone).ok_or_else(unknown_zone);
    }
    let known = date.time_zone.as_deref().and_then(|zone| TakenAtEdit::in_zone(instant, zone));
    let local = date.local_taken_at.checked_add_signed(delta).ok_or_else(too_far)?;
    Ok(known.unwrap_or(TakenAtEdit { instant, local, time_zone: date.time_zone.clone() }))
}

/// Dates of the API have years of four digits; PostgreSQL ends a little further out.
fn is_writable(instant: &DateTime<Utc>) -> bool {
    (1..=9998).contains(&instant.year())
}

fn unknown_zone() -> ApiError {
    let message = "Invalid time zone: expected an IANA name such as Europe/Zurich, or UTC+n";
    ApiError::validation(vec![Issue::custom(&["timeZone"], message)])
}

fn too_far() -> ApiError {
    let message = "The date would lie outside of the calendar";
    ApiError::validation(vec![Issue::custom(&["dateTimeRelative"], message)])
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;

    fn capture_date(zone: Option<&str>) -> CaptureDate {
        CaptureDate {
            id: Uuid::nil(),
            taken_at: DateTime::parse_from_rfc3339("2024-03-31T00:30:00Z").expect("a date").to_utc(),
            local_taken_at: "2024-03-31T01:30:00".parse::<NaiveDateTime>().expect("a date"),
            time_zone: zone.map(str::to_owned),
        }
    }

    #[test]
    fn dates_stay_within_years_of_four_digits() {
        for days in [-365 * 2100, 365 * 9000] {
            let refused = moved(&capture_date(None), TimeDelta::days(days), None).expect_err("is too far");
            assert_eq!(refused.status(), 400);
        }
    }

    fn moved_text(zone: Option<&str>, minutes: i64, new_zone: Option<&str>) -> String {
        let edit = moved(&capture_date(zone), TimeDelta::minutes(minutes), new_zone).expect("a date");
        format!("{} | {} | {}", edit.instant, edit.local, edit.time_zone.unwrap_or_default())
    }

    #[test]
    fn instants_move_and_clocks_follow() {
        // Summer time begins in between.
        let expected = "2024-03-31 01:30:00 UTC | 2024-03-31 03:30:00 | Europe/Zurich";
        assert_eq!(moved_text(Some("Europe/Zurich"), 60, None), expected);
        let expected = "2024-03-31 00:00:00 UTC | 2024-03-31 01:00:00 | ";
        assert_eq!(moved_text(None, -30, None), expected);
        let expected = "2024-03-31 00:30:00 UTC | 2024-03-30 18:30:00 | America/Denver";
        assert_eq!(moved_text(Some("Europe/Zurich"), 0, Some("America/Denver")), expected);
        let expected = "2024-03-31 01:30:00 UTC | 2024-03-31 02:30:00 | UTC+1";
        assert_eq!(moved_text(Some("UTC+1"), 60, None), expected);
    }
}
