//! The timeline: its months, and the assets of one of them.

mod filter;

use albumen_projections::library::{Bucket, BucketFilter, Tile};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDateTime, Utc};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::filter::{Wanted, month_of_text};
use crate::{
    access::{Auth, Caller},
    app::App,
    dto::{
        assets::AssetVisibility,
        timeline::{
            AssetStatus, BucketStack, TimeBucketAssetResponseDto, TimeBucketQuery, TimeBucketsQuery,
            TimeBucketsResponseDto,
        },
        wire::{Base64, BucketDateTime},
    },
    edge::{ApiError, ValidQuery},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_time_buckets)).routes(routes!(get_time_bucket))
}

/// Lists the months that have assets.
#[utoipa::path(
    get, path = "/timeline/buckets", tag = "Timeline", operation_id = "getTimeBuckets",
    params(TimeBucketsQuery),
    responses((status = 200, body = Vec<TimeBucketsResponseDto>))
)]
async fn get_time_buckets(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<TimeBucketsQuery>,
) -> Result<Json<Vec<TimeBucketsResponseDto>>, ApiError> {
    let wanted = Wanted::from(query);
    admit(&app, &caller, &wanted).await?;
    let Some(filter) = question(&app, &caller, &wanted).await? else { return Ok(Json(Vec::new())) };
    let months = app.reads.library().buckets(&filter).await?;
    let bucket =
        |(month, count): (chrono::NaiveDate, i64)| TimeBucketsResponseDto { count, time_bucket: month.to_string() };
    Ok(Json(months.into_iter().map(bucket).collect()))
}

/// Tells of the assets of a month, column by column.
#[utoipa::path(
    get, path = "/timeline/bucket", tag = "Timeline", operation_id = "getTimeBucket",
    params(TimeBucketQuery),
    responses((status = 200, body = TimeBucketAssetResponseDto))
)]
async fn get_time_bucket(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<TimeBucketQuery>,
) -> Result<Response, ApiError> {
    let month = month_of_text(&query.time_bucket)?;
    let columns = Columns {
        caller: caller.link().is_none().then(|| caller.user_id()),
        trashed: query.is_trashed == Some(true),
        places: !caller.sees_no_metadata(),
        coordinates: query.with_coordinates == Some(true) && !caller.sees_no_metadata(),
        stacks: query.with_stacked == Some(true),
    };
    let wanted = Wanted::from(query);
    admit(&app, &caller, &wanted).await?;
    let bucket = match (question(&app, &caller, &wanted).await?, month) {
        (Some(filter), Some(month)) => app.reads.library().bucket(month, &filter).await?,
        _ => Bucket::default(),
    };
    Ok(Json(columns.of(&bucket)).into_response())
}

/// The question to the library.
async fn question(app: &App, caller: &Auth, wanted: &Wanted) -> Result<Option<BucketFilter>, ApiError> {
    // To who comes by a link it is told neither who is in a picture nor what anybody likes.
    if caller.link().is_some() && wanted.is_private() {
        return Ok(None);
    }
    let partners = partners(app, caller, wanted).await?;
    let Some(filter) = wanted.filter(caller.user_id(), partners)? else { return Ok(None) };
    // Whom others know is seen nowhere.
    if let Some(person) = filter.person
        && app.persons_among(caller, &[person]).await?.is_empty()
    {
        return Ok(None);
    }
    Ok(Some(filter))
}

/// Refuses what the caller may not see.
async fn admit(app: &App, caller: &Auth, wanted: &Wanted) -> Result<(), ApiError> {
    wanted.check(caller)?;
    // A link shows an album and nobody's timeline.
    if caller.link().is_some() && (wanted.album().is_none() || wanted.names_user()) {
        return Err(ApiError::no_access("timeline.read"));
    }
    if let Some((user, permission)) = wanted.other(caller.user_id()) {
        app.timeline_for(caller, permission, user).await?;
    }
    if let Some(album) = wanted.album() {
        app.album_for(caller, "album.read", album).await?;
    }
    if let Some(tag) = wanted.tag() {
        if caller.link().is_some() {
            return Err(ApiError::no_access("tag.read"));
        }
        app.tag_for(caller, "tag.read", tag).await?;
    }
    Ok(())
}

/// The partners whose photos are shown among the caller's own.
async fn partners(app: &App, caller: &Auth, wanted: &Wanted) -> Result<Vec<Uuid>, ApiError> {
    if wanted.shows_partners() { app.partners_in_timeline(caller).await } else { Ok(Vec::new()) }
}

/// Which columns are told, and to whom.
#[derive(Clone, Copy)]
struct Columns {
    caller: Option<Uuid>,
    trashed: bool,
    places: bool,
    coordinates: bool,
    stacks: bool,
}

impl Columns {
    fn of(self, bucket: &Bucket) -> TimeBucketAssetResponseDto<'_> {
        let tiles: Vec<Tile<'_>> = bucket.tiles().collect();
        let stack = |id: Uuid| bucket.stack(id).map(|stack| BucketStack(stack.id, stack.asset_count.to_string()));
        TimeBucketAssetResponseDto {
            // Whether somebody else likes it is theirs to know.
            is_favorite: column(&tiles, |tile| tile.favorite && Some(tile.owner_id) == self.caller),
            stack: self.stacks.then(|| column(&tiles, |tile| stack(tile.id))),
            status: vec![if self.trashed { AssetStatus::Trashed } else { AssetStatus::Active }; tiles.len()],
            city: self.places.then(|| column(&tiles, |tile| tile.city)),
            country: self.places.then(|| column(&tiles, |tile| tile.country)),
            created_at: column(&tiles, |tile| BucketDateTime(tile.created_at)),
            duration: column(&tiles, |tile| tile.duration_ms),
            file_created_at: column(&tiles, |tile| BucketDateTime(tile.taken_at)),
            id: column(&tiles, |tile| tile.id),
            is_image: column(&tiles, |tile| tile.is_image),
            is_trashed: vec![self.trashed; tiles.len()],
            latitude: self.coordinates.then(|| column(&tiles, |tile| tile.latitude)),
            live_photo_video_id: column(&tiles, |tile| tile.live_photo_video_id),
            local_offset_hours: column(&tiles, |tile| offset_hours(tile.local_taken_at, tile.taken_at)),
            longitude: self.coordinates.then(|| column(&tiles, |tile| tile.longitude)),
            owner_id: column(&tiles, |tile| tile.owner_id),
            projection_type: column(&tiles, |tile| tile.projection_type),
            ratio: column(&tiles, |tile| ratio(tile.size)),
            thumbhash: column(&tiles, |tile| tile.thumbhash.map(Base64)),
            visibility: column(&tiles, |tile| AssetVisibility::of(tile.visibility)),
        }
    }
}

fn column<'a, T>(tiles: &[Tile<'a>], value_of: impl Fn(&Tile<'a>) -> T) -> Vec<T> {
    tiles.iter().map(value_of).collect()
}

/// By how many hours the clock at the place of capture is ahead of UTC.
fn offset_hours(local: NaiveDateTime, instant: DateTime<Utc>) -> f64 {
    (local - instant.naive_utc()).num_milliseconds() as f64 / 3_600_000.0
}

/// Width divided by height, to three decimals; 1 where it is not known.
fn ratio(size: Option<(i32, i32)>) -> f64 {
    match size {
        Some((width, height)) if width > 0 && height > 0 => {
            (f64::from(width) / f64::from(height) * 1000.0).round() / 1000.0
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_three_decimals_and_one_stands_for_unknown() {
        for (size, expected) in [(Some((4000, 3000)), 1.333), (Some((0, 3000)), 1.0), (None, 1.0)] {
            assert!((ratio(size) - expected).abs() < f64::EPSILON, "{size:?}");
        }
    }

    #[test]
    fn clocks_can_be_half_an_hour_ahead() {
        let instant = DateTime::UNIX_EPOCH;
        let local = instant.naive_utc() + chrono::TimeDelta::minutes(330);
        assert!((offset_hours(local, instant) - 5.5).abs() < f64::EPSILON);
    }

    #[test]
    fn coordinates_and_stacks_are_told_when_asked_for() {
        let bucket = Bucket::default();
        let nothing = Columns { caller: None, trashed: false, places: true, coordinates: false, stacks: false };
        let told = |columns: Columns| columns.of(&bucket);
        let asked = told(Columns { coordinates: true, stacks: true, ..nothing });
        assert!(asked.latitude.is_some() && asked.longitude.is_some() && asked.stack.is_some());
        let unasked = told(nothing);
        assert!(unasked.latitude.is_none() && unasked.longitude.is_none() && unasked.stack.is_none());
        assert!(unasked.city.is_some());
        assert!(told(Columns { places: false, ..nothing }).city.is_none());
    }
}
