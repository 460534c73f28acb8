//! How much a user uploaded, or took, on each day.

use std::collections::HashMap;

use axum::{Json, extract::State};
use chrono::{Days, Months, NaiveDate, Utc};
use uuid::Uuid;

use crate::{
    access::Caller,
    app::App,
    dto::users::{CalendarHeatmapDay, CalendarHeatmapQuery, CalendarHeatmapResponseDto, CalendarHeatmapType},
    edge::{ApiError, ValidQuery},
};

/// Most days in one answer: a century, some 1.3 MB.
const MAX_DAYS: i64 = 36_525;

/// How much the caller uploaded, or took, on each day.
#[utoipa::path(
    get,
    path = "/users/me/calendar-heatmap",
    tag = "Users",
    operation_id = "getMyCalendarHeatmap",
    params(CalendarHeatmapQuery),
    responses((status = 200, body = CalendarHeatmapResponseDto))
)]
pub async fn get_my_calendar_heatmap(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<CalendarHeatmapQuery>,
) -> Result<Json<CalendarHeatmapResponseDto>, ApiError> {
    Ok(Json(heatmap(&app, caller.user_id(), query).await?))
}

/// How much a user uploaded, or took, on each day of a range.
pub async fn heatmap(
    app: &App,
    user: Uuid,
    query: CalendarHeatmapQuery,
) -> Result<CalendarHeatmapResponseDto, ApiError> {
    let (from, to) = range(&query, Utc::now().date_naive())?;
    let by_upload = query.kind.unwrap_or(CalendarHeatmapType::Upload) == CalendarHeatmapType::Upload;
    let counts = app.reads.library().per_day(user, from, to, by_upload).await?;
    Ok(shown(from, to, counts))
}

/// The days that are meant, both included; the last year where nothing is said.
fn range(query: &CalendarHeatmapQuery, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), ApiError> {
    let to = query.to.unwrap_or(today);
    let year_before = |day: NaiveDate| day.checked_sub_months(Months::new(12))?.checked_add_days(Days::new(1));
    let from = query.from.or_else(|| year_before(to)).unwrap_or(to);
    if from > to {
        return Err(ApiError::bad_request("from must not be after to"));
    }
    if (to - from).num_days() >= MAX_DAYS {
        return Err(ApiError::bad_request("The range has more than 100 years: choose a shorter one"));
    }
    Ok((from, to))
}

/// Days without anything are shown too.
fn shown(from: NaiveDate, to: NaiveDate, counts: Vec<(NaiveDate, i64)>) -> CalendarHeatmapResponseDto {
    let total_count = counts.iter().map(|(_, count)| count).sum();
    let counts: HashMap<NaiveDate, i64> = counts.into_iter().collect();
    let day = |date: NaiveDate| CalendarHeatmapDay {
        date: date.to_string(),
        count: counts.get(&date).copied().unwrap_or_default(),
    };
    CalendarHeatmapResponseDto {
        from: from.to_string(),
        series: from.iter_days().take_while(|date| *date <= to).map(day).collect(),
        to: to.to_string(),
        total_count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date of this test")
    }

    fn query(from: Option<&str>, to: Option<&str>) -> CalendarHeatmapQuery {
        CalendarHeatmapQuery { from: from.map(date), to: to.map(date), kind: None }
    }

    #[test]
    fn the_last_year_is_meant_unless_said_otherwise() {
        let today = date("2024-03-01");
        let of = |from, to| range(&query(from, to), today);
        assert_eq!(of(None, None).expect("valid"), (date("2023-03-02"), today));
        assert_eq!(of(Some("2024-01-01"), None).expect("valid"), (date("2024-01-01"), today));
        assert_eq!(of(None, Some("2020-02-29")).expect("valid"), (date("2019-03-01"), date("2020-02-29")));
        assert!(of(Some("2024-03-02"), None).is_err());
        assert!(of(Some("1900-01-01"), None).is_err());
    }

    #[test]
    fn every_day_is_there() {
        let counts = vec![(date("2024-02-29"), 3)];
        let shown = shown(date("2024-02-28"), date("2024-03-01"), counts);
        let series: Vec<(&str, i64)> = shown.series.iter().map(|day| (day.date.as_str(), day.count)).collect();
        assert_eq!(series, [("2024-02-28", 0), ("2024-02-29", 3), ("2024-03-01", 0)]);
        assert_eq!((shown.from.as_str(), shown.to.as_str(), shown.total_count), ("2024-02-28", "2024-03-01", 3));
    }
}
