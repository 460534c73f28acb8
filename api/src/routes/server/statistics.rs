//! What all users have.

use std::collections::HashMap;

use albumen_projections::{identity::AccountRow, library::Usage};
use axum::{Json, extract::State};
use uuid::Uuid;

use crate::{
    app::App,
    dto::server::{ServerStatsResponseDto, UsageByUserDto},
    edge::ApiError,
};

/// Counts and sizes of what all users have.
#[utoipa::path(
    get,
    path = "/server/statistics",
    tag = "Server",
    operation_id = "getServerStatistics",
    responses((status = 200, body = ServerStatsResponseDto))
)]
pub async fn get_server_statistics(State(app): State<App>) -> Result<Json<ServerStatsResponseDto>, ApiError> {
    let accounts = app.reads.identity().accounts(false).await?;
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let usage: HashMap<Uuid, Usage> = app.reads.library().usage(&ids).await?.into_iter().collect();
    let used = |account: AccountRow| {
        let usage = usage.get(&account.id).copied().unwrap_or_default();
        usage_of(account, usage)
    };
    Ok(Json(summed(accounts.into_iter().map(used).collect())))
}

fn usage_of(account: AccountRow, usage: Usage) -> UsageByUserDto {
    UsageByUserDto {
        photos: usage.images,
        quota_size_in_bytes: account.quota_bytes,
        usage: usage.bytes,
        usage_photos: usage.image_bytes,
        usage_videos: usage.video_bytes,
        user_id: account.id,
        user_name: account.name,
        videos: usage.videos,
    }
}

fn summed(users: Vec<UsageByUserDto>) -> ServerStatsResponseDto {
    let sum = |value: fn(&UsageByUserDto) -> i64| users.iter().map(value).sum();
    ServerStatsResponseDto {
        photos: sum(|user| user.photos),
        usage: sum(|user| user.usage),
        usage_photos: sum(|user| user.usage_photos),
        usage_videos: sum(|user| user.usage_videos),
        videos: sum(|user| user.videos),
        usage_by_user: users,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(photos: i64, videos: i64) -> UsageByUserDto {
        UsageByUserDto {
            photos,
            quota_size_in_bytes: None,
            usage: photos * 10 + videos * 100,
            usage_photos: photos * 10,
            usage_videos: videos * 100,
            user_id: Uuid::from_u128(1),
            user_name: String::new(),
            videos,
        }
    }

    #[test]
    fn the_whole_is_the_sum_of_its_users() {
        let all = summed(vec![user(1, 2), user(3, 0)]);
        assert_eq!((all.photos, all.videos, all.usage_photos, all.usage_videos, all.usage), (4, 2, 40, 200, 240));
        assert_eq!(all.usage_by_user.len(), 2);
    }
}
