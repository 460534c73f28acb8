//! The operations of the API, one file per tag. A handler parses, asks [`crate::access`], gives a
//! command or a query, and answers; it decides nothing else.

pub mod activities;
pub mod admin_users;
pub mod albums;
pub mod api_keys;
pub mod asset_changes;
pub mod asset_files;
pub mod asset_metadata;
pub mod asset_response;
pub mod assets;
pub mod authentication;
pub mod derived_files;
pub mod device;
pub mod download;
pub mod duplicates;
pub mod faces;
pub mod history;
pub mod libraries;
pub mod maintenance;
pub mod map;
pub mod memories;
pub mod not_built;
pub mod notifications;
pub mod partners;
pub mod people;
pub mod queues;
pub mod read_models;
pub mod search;
pub mod server;
pub mod sessions;
pub mod shared_links;
pub mod stacks;
pub mod status;
pub mod sync;
pub mod system_config;
pub mod system_metadata;
pub mod tags;
pub mod texts;
pub mod timeline;
pub mod trash;
pub mod uploads;
pub mod users;
pub mod views;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// All operations, below `/api`.
pub fn all() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(server::router())
        .merge(authentication::router())
        .merge(users::router())
        .merge(admin_users::router())
        .merge(api_keys::router())
        .merge(sessions::router())
        .merge(system_config::router())
        .merge(queues::router())
        .merge(libraries::router())
        .merge(maintenance::router())
        .merge(notifications::router())
        .merge(system_metadata::router())
        .merge(assets::router())
        .merge(asset_changes::router())
        .merge(asset_files::router())
        .merge(derived_files::router())
        .merge(asset_metadata::router())
        .merge(uploads::router())
        .merge(timeline::router())
        .merge(trash::router())
        .merge(search::router())
        .merge(albums::router())
        .merge(tags::router())
        .merge(texts::router())
        .merge(stacks::router())
        .merge(download::router())
        .merge(views::router())
        .merge(duplicates::router())
        .merge(partners::router())
        .merge(shared_links::router())
        .merge(activities::router())
        .merge(people::router())
        .merge(faces::router())
        .merge(memories::router())
        .merge(map::router())
        .merge(history::router())
        .merge(read_models::router())
        .merge(status::router())
        .merge(sync::router())
}
