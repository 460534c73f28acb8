//! The listening socket: IPv6 and IPv4 on one, whatever the machine's default.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted: a burst of a web page's thumbnails, many times over.
const BACKLOG: u32 = 1024;

/// Listens on the address; `[::]` takes IPv4 too, and stands for `0.0.0.0` on a machine without IPv6.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    match bind_exactly(address) {
        Err(error) if lacks_ipv6(&error) && address.ip().is_unspecified() => {
            bind_exactly(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), address.port()))
        }
        Err(error) => {
            Err(io::Error::new(error.kind(), format!("cannot listen on {address}: {error}{}", advice(&error))))
        }
        listener => listener,
    }
}

fn bind_exactly(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => {
            let socket = TcpSocket::new_v6()?;
            setsockopt(&socket, sockopt::Ipv6V6Only, &false)?;
            socket
        }
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn lacks_ipv6(error: &io::Error) -> bool {
    let missing = [nix::errno::Errno::EAFNOSUPPORT, nix::errno::Errno::EADDRNOTAVAIL];
    missing.iter().any(|errno| error.raw_os_error() == Some(*errno as i32))
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; another program uses this port: stop it, or set ALBUMEN_LISTEN to another one",
        io::ErrorKind::PermissionDenied => "; ports below 1024 are for root: set ALBUMEN_LISTEN to a higher one",
        _ => "",
    }
}

/// The addresses to tell a person: for "every address", this machine's name for itself and those that others can reach.
#[must_use]
pub fn announced_addresses(bound: SocketAddr) -> Vec<String> {
    if !bound.ip().is_unspecified() {
        return vec![format!("http://{bound}")];
    }
    let mut addresses = vec![format!("http://localhost:{}", bound.port())];
    addresses.extend(outward_ipv4().map(|ip| format!("http://{ip}:{}", bound.port())));
    addresses
}

/// This machine's IPv4 address towards others: the one the kernel would send from. Nothing is sent.
fn outward_ipv4() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address set aside for documentation: only the route to it matters.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::net::{Ipv6Addr, TcpStream};

    #[tokio::test]
    async fn one_socket_takes_both_protocols() {
        let listener = bind("[::]:0".parse().unwrap()).unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        if listener.local_addr().unwrap().is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_explained() {
        let first = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let error = bind(first.local_addr().unwrap()).unwrap_err().to_string();
        assert!(error.contains("ALBUMEN_LISTEN"), "{error}");
    }

    #[test]
    fn what_is_announced() {
        assert_eq!(announced_addresses("127.0.0.1:80".parse().unwrap()), ["http://127.0.0.1:80"]);
        assert_eq!(announced_addresses("[::]:2283".parse().unwrap())[0], "http://localhost:2283");
    }
}
