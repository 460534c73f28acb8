//! What other pages show of a shared link: tags in the head of the app's page, made for this link.

use std::{net::IpAddr, path::Path, sync::Arc};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use futures::future::BoxFuture;
use percent_encoding::percent_decode_str;

use super::super::ApiError;

/// Where the tags go in the app's page.
const MARKER: &str = "<!-- metadata:tags -->";

/// What opens a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opener {
    /// Its key.
    Key(String),
    /// Its name in addresses.
    Slug(String),
}

/// A request for the page of a link.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Of which link.
    pub opener: Opener,
    /// From where, if that is known.
    pub peer: Option<IpAddr>,
    /// With which headers.
    pub headers: HeaderMap,
}

/// What there is to say of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharePage {
    /// It leads nowhere.
    Unknown,
    /// Nothing, before the password is known.
    Plain,
    /// This.
    Described(Preview),
}

/// The words and the picture that stand for a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What it is called.
    pub title: String,
    /// What it is.
    pub description: String,
    /// Where its picture is: a whole address, since other pages fetch it.
    pub image: String,
}

/// Finds out what there is to say of a link.
pub type Previews = Arc<dyn Fn(Visit) -> BoxFuture<'static, SharePage> + Send + Sync>;

/// The visit that a request is, if it is one.
pub(super) fn visit_of(request: &Parts) -> Option<Visit> {
    let path = request.uri.path();
    let key = path.strip_prefix("/share/").map(|key| (key, Opener::Key as fn(String) -> Opener));
    let (name, opener) = key.or_else(|| path.strip_prefix("/s/").map(|slug| (slug, Opener::Slug as _)))?;
    // Below the page of a link are those of its photos.
    let name = name.split('/').next().filter(|name| !name.is_empty())?;
    let name = percent_decode_str(name).decode_utf8().ok()?.into_owned();
    let peer = request.extensions.get::<ConnectInfo<std::net::SocketAddr>>().map(|info| info.0.ip());
    Some(Visit { opener: opener(name), peer, headers: request.headers.clone() })
}

/// The app's page as other pages are to see it.
pub(super) async fn page(folder: &Path, found: SharePage) -> Result<Response, ApiError> {
    let page = tokio::fs::read_to_string(folder.join("index.html")).await.map_err(|_| ApiError::not_found())?;
    let (status, page) = match found {
        SharePage::Unknown => (StatusCode::NOT_FOUND, page),
        SharePage::Plain => (StatusCode::OK, page),
        SharePage::Described(preview) => (StatusCode::OK, page.replace(MARKER, &tags(&preview))),
    };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response())
}

fn tags(preview: &Preview) -> String {
    let [title, description, image] = [&preview.title, &preview.description, &preview.image].map(|text| escaped(text));
    format!(
        r#"<meta name="description" content="{description}" />
    <meta property="og:type" content="website" />
    <meta property="og:title" content="{title}" />
    <meta property="og:description" content="{description}" />
    <meta property="og:image" content="{image}" />"#
    )
}

/// Text that ends no attribute and begins no tag.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};

    use super::*;

    fn opener(uri: &str) -> Option<Opener> {
        let request = Request::builder().uri(uri).body(Body::empty()).expect("a request");
        visit_of(&request.into_parts().0).map(|visit| visit.opener)
    }

    #[test]
    fn the_pages_of_links_are_known_by_their_address() {
        assert_eq!(opener("/share/a-key"), Some(Opener::Key("a-key".into())));
        assert_eq!(opener("/share/a-key/photos/1"), Some(Opener::Key("a-key".into())));
        assert_eq!(opener("/s/my%20name?x=1"), Some(Opener::Slug("my name".into())));
        for uri in ["/share/", "/share", "/s/", "/shared-links", "/photos/s/x", "/"] {
            assert_eq!(opener(uri), None, "{uri}");
        }
    }

    #[test]
    fn nothing_that_was_written_ends_a_tag() {
        let evil = || r#""><script>alert('1')</script>&"#.to_owned();
        let tags = tags(&Preview { title: evil(), description: evil(), image: evil() });
        assert!(!tags.contains("<script") && !tags.contains('\''), "{tags}");
        assert_eq!(tags.matches("&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;").count(), 4);
        assert_eq!(tags.matches("<meta ").count(), 5);
    }
}
