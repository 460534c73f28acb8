//! Operations of the tag "Download".

mod archive;
mod info;
mod zip;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(info::get_download_info)).routes(routes!(archive::download_archive))
}
