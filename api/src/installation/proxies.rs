//! Which peers are near enough to be believed: proxies that may say whom a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::InstallationError;

const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];
const LINK_LOCAL: [&str; 2] = ["169.254.0.0/16", "fe80::/10"];
const UNIQUE_LOCAL: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// The networks from which `X-Forwarded-*` headers are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl Default for TrustedProxies {
    /// Loopback, link-local and unique-local networks.
    fn default() -> Self {
        Self(networks(LOOPBACK.iter().chain(&LINK_LOCAL).chain(&UNIQUE_LOCAL)))
    }
}

impl TrustedProxies {
    /// Reads a comma-separated list of addresses and networks; loopback is always trusted.
    pub fn parse(name: &'static str, list: &str) -> Result<Self, InstallationError> {
        let mut trusted = networks(LOOPBACK.iter());
        for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            trusted.push(parse_network(item).ok_or_else(|| InstallationError::Setting {
                name,
                value: list.to_owned(),
                reason: format!("{item} is neither an address (10.0.0.1) nor a network (10.0.0.0/8)"),
            })?);
        }
        Ok(Self(trusted))
    }

    /// Whether a peer with this address is a trusted proxy. IPv4 addresses that arrive on an IPv6 socket count as IPv4.
    #[must_use]
    pub fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }
}

fn networks<'a>(list: impl Iterator<Item = &'a &'a str>) -> Vec<IpNet> {
    list.filter_map(|item| parse_network(item)).collect()
}

fn parse_network(item: &str) -> Option<IpNet> {
    item.parse().ok().or_else(|| item.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Whether an address can only be on this machine or its own network. Until there is an administrator, only such a
/// caller may become one.
#[must_use]
pub fn is_loopback_or_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_near_v4(v4),
        IpAddr::V6(v6) => is_near_v6(v6),
    }
}

fn is_near_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_private() || address.is_link_local()
}

fn is_near_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_trusts_the_own_network_and_nothing_else() {
        let trusted = TrustedProxies::default();
        for near in ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.9.9", "fd00::1", "fe80::1"] {
            assert!(trusted.contains(ip(near)), "{near}");
        }
        for far in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::"] {
            assert!(!trusted.contains(ip(far)), "{far}");
        }
    }

    #[test]
    fn an_ipv4_peer_on_an_ipv6_socket_is_an_ipv4_peer() {
        assert!(TrustedProxies::default().contains(ip("::ffff:127.0.0.1")));
        assert!(is_loopback_or_private(ip("::ffff:192.168.0.9")));
        assert!(!is_loopback_or_private(ip("::ffff:8.8.8.8")));
    }

    #[test]
    fn a_list_replaces_the_default_but_keeps_loopback() {
        let trusted = TrustedProxies::parse("X", "203.0.113.7, 2001:db8::/32,").unwrap();
        assert!(trusted.contains(ip("203.0.113.7")));
        assert!(trusted.contains(ip("2001:db8:5::1")));
        assert!(trusted.contains(ip("127.0.0.1")));
        assert!(!trusted.contains(ip("192.168.1.1")));
    }

    #[test]
    fn nonsense_in_the_list_is_named() {
        let error = TrustedProxies::parse("ALBUMEN_TRUSTED_PROXIES", "10.0.0.0/8,nginx").unwrap_err();
        assert!(error.to_string().contains("nginx is neither"), "{error}");
    }

    #[test]
    fn sign_up_addresses() {
        for near in ["127.0.0.1", "::1", "10.0.0.1", "192.168.5.5", "fd12::1", "fe80::5"] {
            assert!(is_loopback_or_private(ip(near)), "{near}");
        }
        for far in ["1.1.1.1", "100.64.0.1", "0.0.0.0", "::", "2606:4700::1111"] {
            assert!(!is_loopback_or_private(ip(far)), "{far}");
        }
    }
}
