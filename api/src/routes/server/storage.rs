//! Room on the file system that holds the library.

use std::path::PathBuf;

use albumen_workers::media::store::MediaPath;
use axum::{Json, extract::State};
use nix::sys::statvfs::{Statvfs, statvfs};

use crate::{app::App, dto::server::ServerStorageResponseDto, edge::ApiError};

/// The folder whose file system is looked at.
const LIBRARY_FOLDER: &str = "library";
/// Each is 1,024 of the one before.
const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// Room on the file system that holds the library.
#[utoipa::path(
    get,
    path = "/server/storage",
    tag = "Server",
    operation_id = "getStorage",
    responses((status = 200, body = ServerStorageResponseDto))
)]
pub async fn get_storage(State(app): State<App>) -> Result<Json<ServerStorageResponseDto>, ApiError> {
    let failed = |cause: String| ApiError::internal("getStorage", cause);
    let folder = MediaPath::parse(LIBRARY_FOLDER).map_err(|error| failed(error.to_string()))?;
    let folder = app.media.local_path(&folder);
    let folder = folder.ok_or_else(|| failed("the media store has no folder on this machine".to_owned()))?;
    // A file system of another machine may take its time.
    let room = tokio::task::spawn_blocking(move || Room::of(folder)).await;
    let room = room.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
    Ok(Json(room.shown()))
}

/// In bytes.
struct Room {
    total: u64,
    /// Including what is kept for the system.
    free: u64,
    /// For us.
    available: u64,
}

impl Room {
    fn of(folder: PathBuf) -> nix::Result<Self> {
        let stat: Statvfs = statvfs(&folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.fragment_size());
        Ok(Self {
            total: bytes(stat.blocks()),
            free: bytes(stat.blocks_free()),
            available: bytes(stat.blocks_available()),
        })
    }

    fn shown(&self) -> ServerStorageResponseDto {
        let used = self.total.saturating_sub(self.free);
        let percentage = if self.total == 0 { 0.0 } else { used as f64 / self.total as f64 * 100.0 };
        let raw = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        ServerStorageResponseDto {
            disk_available: readable(self.available),
            disk_available_raw: raw(self.available),
            disk_size: readable(self.total),
            disk_size_raw: raw(self.total),
            disk_usage_percentage: (percentage * 100.0).round() / 100.0,
            disk_use: readable(used),
            disk_use_raw: raw(used),
        }
    }
}

/// With one decimal, in the largest unit of which there is one.
fn readable(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        for (bytes, expected) in [
            (0, "0.0 B"),
            (1023, "1023.0 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1_288_490_189, "1.2 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(readable(bytes), expected);
        }
    }

    #[test]
    fn what_is_kept_for_the_system_is_neither_used_nor_available() {
        let shown = Room { total: 3 << 30, free: 2 << 30, available: 1 << 30 }.shown();
        assert_eq!((shown.disk_use.as_str(), shown.disk_available.as_str()), ("1.0 GiB", "1.0 GiB"));
        assert!((shown.disk_usage_percentage - 33.33).abs() < f64::EPSILON);
    }

    #[test]
    fn a_real_folder_has_room() {
        let room = Room::of(std::env::temp_dir()).expect("a folder that exists");
        assert!(room.total > 0 && room.free <= room.total);
    }
}
