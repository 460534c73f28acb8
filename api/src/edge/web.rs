//! What is outside the API: a web app's static build where a folder holds one, else a page that
//! says what this server is.

mod accept;
mod preview;

#[cfg(test)]
mod tests;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use percent_encoding::percent_decode_str;

pub use self::preview::{Opener, Preview, Previews, SharePage, Visit};
use super::ApiError;
use super::files::{CachePolicy, FileOptions, serve_file};

/// Files under this folder have a hash of their contents in their name.
const IMMUTABLE_FOLDER: &str = "_app/immutable";
const IMMUTABLE: CachePolicy = CachePolicy::Custom("public,max-age=31536000,immutable");
/// The page names the hashed files, so it must never be an old one.
const NO_STORE: CachePolicy = CachePolicy::Custom("no-store");

const LANDING_PAGE: &str = include_str!("web/landing.html");

/// Makes the style sheet that an administrator may have written.
pub type CustomCss = Arc<dyn Fn() -> String + Send + Sync>;

/// What is served outside the API.
#[derive(Clone)]
pub struct WebOptions {
    /// Folder with a web app's static build.
    pub folder: Option<PathBuf>,
    /// Text of `/custom.css`, asked for at each request.
    pub custom_css: CustomCss,
    /// What other pages show of shared links; none where nobody can say.
    pub previews: Option<Previews>,
}

impl Default for WebOptions {
    fn default() -> Self {
        Self { folder: None, custom_css: Arc::new(String::new), previews: None }
    }
}

/// `/custom.css` and the fallback for all that has no route. Merge it into the server's router,
/// which must have no fallback of its own.
pub fn web_router<S: Clone + Send + Sync + 'static>(options: WebOptions) -> Router<S> {
    let custom_css = options.custom_css.clone();
    let options = Arc::new(options);
    let style = move || async move { ([(header::CONTENT_TYPE, "text/css")], custom_css()) };
    let fallback = move |request: Request| {
        let options = options.clone();
        async move { without_route(&options, &request.into_parts().0).await }
    };
    Router::new().route("/custom.css", get(style)).fallback(fallback)
}

/// Answer to a known path with a method that it does not have: like any unknown route. For
/// `Router::method_not_allowed_fallback`.
pub async fn no_such_route() -> ApiError {
    ApiError::not_found()
}

async fn without_route(options: &WebOptions, request: &Parts) -> Result<Response, ApiError> {
    let (path, headers) = (request.uri.path(), &request.headers);
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    if !is_read || path.starts_with("/api") {
        return Err(ApiError::not_found());
    }
    match &options.folder {
        Some(folder) => web_app(folder, options.previews.as_ref(), request).await,
        None if path == "/" => landing_page(headers),
        None => Err(ApiError::not_found()),
    }
}

fn landing_page(headers: &HeaderMap) -> Result<Response, ApiError> {
    if !accept::takes_html(headers) {
        return Err(ApiError::not_acceptable());
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(LANDING_PAGE)).into_response())
}

async fn web_app(folder: &Path, previews: Option<&Previews>, request: &Parts) -> Result<Response, ApiError> {
    let headers = &request.headers;
    if let Some(wanted) = static_path(request.uri.path())
        && let Some(found) = find(folder, &wanted, headers).await
    {
        return static_file(found, &wanted, headers).await;
    }
    match (previews, preview::visit_of(request)) {
        (Some(previews), Some(visit)) if accept::takes_html(headers) => {
            preview::page(folder, previews(visit).await).await
        }
        _ => page(folder, headers).await,
    }
}

/// The one page of the app, which finds its way by the address.
async fn page(folder: &Path, headers: &HeaderMap) -> Result<Response, ApiError> {
    if !accept::takes_html(headers) {
        return Err(ApiError::not_acceptable());
    }
    let options = FileOptions::new("text/html", NO_STORE);
    serve_file(&folder.join("index.html"), &HeaderMap::new(), options).await
}

/// The path below the folder; `None` where it is no path of a file or would leave the folder.
fn static_path(path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path.trim_start_matches('/')).decode_utf8().ok()?;
    if decoded.is_empty() || decoded.ends_with('/') || decoded.contains('\0') {
        return None;
    }
    let path = PathBuf::from(decoded.as_ref());
    let is_plain =
        |part: Component<'_>| matches!(part, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b"."));
    path.components().all(is_plain).then_some(path)
}

/// A file to send, perhaps the compressed sibling of the one that was asked for.
struct Found {
    path: PathBuf,
    encoding: Option<&'static str>,
}

async fn find(folder: &Path, wanted: &Path, headers: &HeaderMap) -> Option<Found> {
    let plain = folder.join(wanted);
    let encodings = accept::encodings(headers);
    let search = move || {
        if !plain.is_file() {
            return None;
        }
        let sibling = |(encoding, extension): (&'static str, &str)| {
            let mut path = plain.clone().into_os_string();
            path.push(extension);
            let path = PathBuf::from(path);
            path.is_file().then_some(Found { path, encoding: Some(encoding) })
        };
        let compressed = encodings.into_iter().find_map(sibling);
        compressed.or(Some(Found { path: plain, encoding: None }))
    };
    tokio::task::spawn_blocking(search).await.ok().flatten()
}

async fn static_file(found: Found, wanted: &Path, headers: &HeaderMap) -> Result<Response, ApiError> {
    let kind = mime_guess::from_path(wanted).first_or_octet_stream();
    let is_immutable = wanted.starts_with(IMMUTABLE_FOLDER);
    let cache = if is_immutable { IMMUTABLE } else { CachePolicy::Unsaid };
    let options = FileOptions { content_encoding: found.encoding, ..FileOptions::new(kind.essence_str(), cache) };
    let mut response = serve_file(&found.path, headers, options).await?;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}
