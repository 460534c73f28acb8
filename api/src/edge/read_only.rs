//! A server that only shows the library: what would change something is refused before it begins.
//!
//! The write side refuses by itself; this is so that no file is stored and no body read first.

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::ApiError;
use crate::app::App;

/// Operations that only read although they are asked by POST, as questions that are too long for a URL.
const READING: [&str; 5] =
    ["/api/search/", "/api/download/", "/api/sync/stream", "/api/assets/bulk-upload-check", "/api/auth/validateToken"];

/// A session is made where changes can be made.
const LOGIN: &str = "/api/auth/login";

/// Middleware: lets those in who only read, where nothing can be changed.
pub async fn read_only(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.commands.is_read_only() && !only_reads(request.method(), request.uri().path()) {
        let is_login = request.uri().path() == LOGIN;
        return if is_login { ApiError::log_in_elsewhere() } else { ApiError::read_only() }.into_response();
    }
    next.run(request).await
}

fn only_reads(method: &Method, path: &str) -> bool {
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => true,
        Method::POST => READING.iter().any(|reading| path.starts_with(reading)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_pass_and_changes_do_not() {
        assert!(only_reads(&Method::GET, "/api/albums"));
        assert!(only_reads(&Method::POST, "/api/search/metadata"));
        assert!(only_reads(&Method::POST, "/api/download/archive"));
        assert!(!only_reads(&Method::POST, "/api/albums"));
        assert!(!only_reads(&Method::POST, "/api/auth/login"));
        assert!(!only_reads(&Method::PUT, "/api/search/metadata"));
        assert!(!only_reads(&Method::DELETE, "/api/assets"));
    }
}
