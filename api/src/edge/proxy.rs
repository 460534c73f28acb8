//! Who is at the other end: address, scheme and host, with `X-Forwarded-*` believed only from
//! proxies that are trusted.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::installation::{TrustedProxies, is_loopback_or_private};

/// Longest chain of proxies that is looked at.
const MAX_HOPS: usize = 32;

/// Where a request came from. An extractor wherever the state holds `Arc<TrustedProxies>` and
/// the server was started with connection info.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOrigin {
    /// Address of the client; unspecified where the connection is not known.
    pub address: IpAddr,
    /// Whether the client speaks HTTPS: decides the `Secure` flag of cookies.
    pub is_https: bool,
    /// The host that the client asked for, with its port.
    pub host: Option<String>,
}

impl ClientOrigin {
    /// Resolves the origin of a request that came over a connection from `peer`.
    pub fn resolve(trusted: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) -> Self {
        let peer = peer.to_canonical();
        let direct_host = text(headers, header::HOST.as_str());
        if !trusted.contains(peer) {
            return Self { address: peer, is_https: false, host: direct_host };
        }
        let is_https =
            first_of_list(headers, "x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let host = first_of_list(headers, "x-forwarded-host").map(str::to_owned).or(direct_host);
        Self { address: client_address(trusted, peer, headers), is_https, host }
    }

    /// Whether the client is on this machine or in its private network.
    pub fn is_private(&self) -> bool {
        is_loopback_or_private(self.address)
    }
}

/// The nearest address of the chain that is no trusted proxy: what stands before it in the header
/// was written by the client and may be a lie.
fn client_address(trusted: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut nearest = peer;
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    for hop in hops.into_iter().rev().take(MAX_HOPS) {
        let Some(address) = address_of_hop(hop.trim()) else {
            break;
        };
        nearest = address;
        if !trusted.contains(address) {
            break;
        }
    }
    nearest
}

/// An address, with or without a port.
fn address_of_hop(hop: &str) -> Option<IpAddr> {
    let address = hop.parse::<IpAddr>().ok();
    let address = address.or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(bare).map(|address| address.to_canonical())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn first_of_list<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    value.split(',').next().map(str::trim).filter(|value| !value.is_empty())
}

impl<S> FromRequestParts<S> for ClientOrigin
where
    S: Send + Sync,
    Arc<TrustedProxies>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // An unknown peer is neither trusted nor private.
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let trusted = Arc::<TrustedProxies>::from_ref(state);
        let mut origin = Self::resolve(&trusted, peer, &parts.headers);
        // HTTP/2 names the host in the URI.
        origin.host = origin.host.or_else(|| parts.uri.authority().map(|host| host.to_string()));
        Ok(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).expect("a header"));
        }
        headers
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn resolve(peer: &str, pairs: &[(&'static str, &str)]) -> ClientOrigin {
        ClientOrigin::resolve(&TrustedProxies::default(), ip(peer), &headers(pairs))
    }

    #[test]
    fn strangers_are_not_believed() {
        let sent = [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil.example"),
            ("host", "photos.example"),
        ];
        let origin = resolve("203.0.113.5", &sent);
        let expected =
            ClientOrigin { address: ip("203.0.113.5"), is_https: false, host: Some("photos.example".into()) };
        assert_eq!(origin, expected);
        assert!(!origin.is_private());
    }

    #[test]
    fn a_trusted_proxy_is_believed() {
        let sent = [
            ("x-forwarded-for", "203.0.113.5"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "photos.example"),
            ("host", "127.0.0.1:2283"),
        ];
        let origin = resolve("::ffff:127.0.0.1", &sent);
        assert_eq!(origin.address, ip("203.0.113.5"));
        assert!(origin.is_https);
        assert_eq!(origin.host.as_deref(), Some("photos.example"));
    }

    #[test]
    fn what_the_client_itself_wrote_into_the_chain_is_ignored() {
        let origin = resolve("127.0.0.1", &[("x-forwarded-for", "10.0.0.9, 203.0.113.5, 10.0.0.2")]);
        assert_eq!(origin.address, ip("203.0.113.5"));
        let origin = resolve("127.0.0.1", &[("x-forwarded-for", "10.0.0.9"), ("x-forwarded-for", "[2001:db8::1]:443")]);
        assert_eq!(origin.address, ip("2001:db8::1"));
        let origin = resolve("127.0.0.1", &[("x-forwarded-for", "nonsense, 10.0.0.2")]);
        assert_eq!(origin.address, ip("10.0.0.2"));
    }

    #[tokio::test]
    async fn an_unknown_peer_is_neither_trusted_nor_private() {
        let request = axum::http::Request::builder()
            .uri("https://photos.example/api")
            .header("x-forwarded-for", "127.0.0.1")
            .body(())
            .expect("a request");
        let (mut parts, ()) = request.into_parts();
        let state = Arc::new(TrustedProxies::default());
        let Ok(origin) = ClientOrigin::from_request_parts(&mut parts, &state).await;
        assert!(!origin.is_private());
        assert_eq!(origin.host.as_deref(), Some("photos.example"));
    }
}
