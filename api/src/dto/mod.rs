//! What travels over the wire: one file per tag of the API, in the field order of the published
//! document. Nothing inside the server uses these types; routes turn them into commands and
//! make them from the answers of queries.

pub mod activities;
pub mod albums;
pub mod api_keys;
pub mod asset_files;
pub mod asset_metadata;
pub mod asset_uploads;
pub mod assets;
pub mod authentication;
pub mod config_views;
pub mod download;
pub mod duplicates;
pub mod faces;
pub mod forms;
pub mod history;
pub mod libraries;
pub mod maintenance;
pub mod map;
pub mod memories;
pub mod newer;
pub mod notifications;
pub mod parameters;
pub mod partners;
pub mod paths;
pub mod people;
pub mod permission;
pub mod preferences;
pub mod queues;
pub mod read_models;
pub mod search;
pub mod search_filter;
pub mod server;
pub mod sessions;
pub mod shared_links;
pub mod stacks;
pub mod status;
pub mod sync;
pub mod sync_lines;
pub mod system_config;
pub mod system_metadata;
pub mod tags;
pub mod texts;
pub mod timeline;
pub mod trash;
pub mod users;
pub mod users_admin;
pub mod views;
pub mod wire;

mod rules;

#[cfg(test)]
mod tests;

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Named schemas that only parameters refer to: utoipa collects those of bodies by itself, but
/// not these, so whoever builds the document adds them.
pub fn parameter_schemas() -> Vec<(String, RefOr<Schema>)> {
    fn named<T: ToSchema>() -> (String, RefOr<Schema>) {
        (T::name().into_owned(), <T as PartialSchema>::schema())
    }
    vec![
        named::<activities::ReactionLevel>(),
        named::<activities::ReactionType>(),
        named::<asset_files::AssetFileType>(),
        named::<assets::AssetMediaSize>(),
        named::<assets::AssetVisibility>(),
        named::<partners::PartnerDirection>(),
        named::<assets::AssetTypeEnum>(),
        named::<memories::MemorySearchOrder>(),
        named::<memories::MemoryType>(),
        named::<search::SearchSuggestionType>(),
        named::<notifications::NotificationLevel>(),
        named::<notifications::NotificationType>(),
        named::<queues::QueueJobStatus>(),
        named::<queues::QueueName>(),
        named::<history::HistoryFormat>(),
        named::<timeline::AssetOrder>(),
        named::<timeline::AssetOrderBy>(),
        named::<users::CalendarHeatmapType>(),
    ]
}
