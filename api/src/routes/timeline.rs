//! The timeline: its months, and the assets of one of them.

mod filter;

use std::collections::HashMap;

use albumen_projections::{
    library::{Bucket, BucketFilter},
    stacks::StackSummary,
};
use axum::{Json, extract::State};
use base64::{Engine, engine::general_purpose::STANDARD};
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
            BucketStack, TimeBucketAssetResponseDto, TimeBucketQuery, TimeBucketsQuery, TimeBucketsResponseDto,
        },
        wire::BucketDateTime,
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
    let bucket = |(month, count): (chrono::NaiveDate, i64)| TimeBucketsResponseDto {
        count,
        time_bucket: month.format("%Y-%m-%d").to_string(),
    };
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
) -> Result<Json<TimeBucketAssetResponseDto>, ApiError> {
    let month = month_of_text(&query.time_bucket)?;
    let columns = Columns {
        caller: caller.link().is_none().then(|| caller.user_id()),
        places: !caller.sees_no_metadata(),
        coordinates: query.with_coordinates == Some(true) && !caller.sees_no_metadata(),
        stacks: query.with_stacked == Some(true),
    };
    let wanted = Wanted::from(query);
    admit(&app, &caller, &wanted).await?;
    let (bucket, are_stacked) = match (question(&app, &caller, &wanted).await?, month) {
        (Some(filter), Some(month)) => (app.reads.library().bucket(month, &filter).await?, filter.tops_of_stacks),
        _ => (Bucket::default(), false),
    };
    let stacks = if are_stacked { app.reads.stacks().of_assets(&bucket.id).await? } else { HashMap::new() };
    Ok(Json(columns.of(bucket, &stacks)))
}

/// The question to the library. Who has no stacks is not asked about any.
async fn question(app: &App, caller: &Auth, wanted: &Wanted) -> Result<Option<BucketFilter>, ApiError> {
    // To who comes by a link it is told neither who is in a picture nor what anybody likes.
    if caller.link().is_some() && wanted.is_private() {
        return Ok(None);
    }
    let partners = partners(app, caller, wanted).await?;
    let Some(mut filter) = wanted.filter(caller.user_id(), partners)? else { return Ok(None) };
    // Whom others know is seen nowhere.
    if let Some(person) = filter.person
        && app.persons_among(caller, &[person]).await?.is_empty()
    {
        return Ok(None);
    }
    let of_everybody = filter.owners.is_empty();
    filter.tops_of_stacks =
        filter.tops_of_stacks && (of_everybody || app.reads.stacks().any_of(&filter.owners).await?);
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
    places: bool,
    coordinates: bool,
    stacks: bool,
}

impl Columns {
    fn of(self, bucket: Bucket, stacks: &HashMap<Uuid, StackSummary>) -> TimeBucketAssetResponseDto {
        let stack = |id: &Uuid| stacks.get(id).map(|stack| BucketStack(stack.id, stack.asset_count.to_string()));
        let local_offset_hours = offsets(&bucket.local_taken_at, &bucket.taken_at);
        let owned = bucket.owner_id.iter().zip(&bucket.favorite);
        TimeBucketAssetResponseDto {
            // Whether somebody else likes it is theirs to know.
            is_favorite: owned.map(|(owner, favorite)| *favorite && Some(*owner) == self.caller).collect(),
            stack: self.stacks.then(|| bucket.id.iter().map(stack).collect()),
            city: self.places.then_some(bucket.city),
            country: self.places.then_some(bucket.country),
            created_at: bucket.created_at.into_iter().map(BucketDateTime).collect(),
            duration: bucket.duration_ms,
            file_created_at: bucket.taken_at.into_iter().map(BucketDateTime).collect(),
            id: bucket.id,
            is_image: bucket.is_image,
            is_trashed: bucket.status.iter().map(|status| status != "active").collect(),
            latitude: self.coordinates.then_some(bucket.latitude),
            live_photo_video_id: bucket.live_photo_video_id,
            local_offset_hours,
            longitude: self.coordinates.then_some(bucket.longitude),
            owner_id: bucket.owner_id,
            projection_type: bucket.projection_type,
            ratio: bucket.ratio.into_iter().map(shown_ratio).collect(),
            thumbhash: bucket.thumbhash.into_iter().map(|hash| hash.map(|hash| STANDARD.encode(hash))).collect(),
            visibility: bucket.visibility.iter().map(|visibility| AssetVisibility::of(visibility)).collect(),
        }
    }
}

/// By how many hours the clock at the place of capture is ahead of UTC.
fn offsets(local: &[NaiveDateTime], instants: &[DateTime<Utc>]) -> Vec<f64> {
    let offset = |(local, instant): (&NaiveDateTime, &DateTime<Utc>)| {
        (*local - instant.naive_utc()).num_milliseconds() as f64 / 3_600_000.0
    };
    local.iter().zip(instants).map(offset).collect()
}

fn shown_ratio(ratio: Option<f64>) -> f64 {
    ratio.map_or(1.0, |ratio| (ratio * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_three_decimals_and_one_stands_for_unknown() {
        assert!((shown_ratio(Some(4.0 / 3.0)) - 1.333).abs() < f64::EPSILON);
        assert!((shown_ratio(None) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn clocks_can_be_half_an_hour_ahead() {
        let instant = DateTime::UNIX_EPOCH;
        let local = instant.naive_utc() + chrono::TimeDelta::minutes(330);
        assert_eq!(offsets(&[local], &[instant]), [5.5]);
    }

    #[test]
    fn coordinates_and_stacks_are_told_when_asked_for() {
        let nothing = Columns { caller: None, places: true, coordinates: false, stacks: false };
        let told = |columns: Columns| columns.of(Bucket::default(), &HashMap::new());
        let asked = told(Columns { coordinates: true, stacks: true, ..nothing });
        assert!(asked.latitude.is_some() && asked.longitude.is_some() && asked.stack.is_some());
        let unasked = told(nothing);
        assert!(unasked.latitude.is_none() && unasked.longitude.is_none() && unasked.stack.is_none());
        assert!(unasked.city.is_some());
        assert!(told(Columns { places: false, ..nothing }).city.is_none());
    }
}
