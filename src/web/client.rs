//! From where a request comes. A reverse proxy is believed only when the settings name it: anybody can send its header.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Once;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use ipnet::IpNet;

use crate::web::state::AppState;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request comes from: the peer's, or what the nearest proxy that is not trusted, or the browser,
/// has for one.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let trusted = &AppState::of(request).config.trusted_proxies;
    let values = request.headers().get_all(FORWARDED_FOR);
    let hops: Vec<&str> = values.flat_map(|value| hops(value.as_bytes())).collect();
    if !hops.is_empty() && !is_in(trusted, peer) {
        static TOLD: Once = Once::new();
        TOLD.call_once(|| {
            tracing::warn!(%peer, "a proxy that TENANTRY_TRUSTED_PROXIES does not name says whom it answers for");
        });
    }
    Some(nearest_untrusted(peer, &hops, trusted))
}

/// What a value of the header names, from the browser on. A hop that is no text stands for one that is not known.
fn hops(value: &[u8]) -> impl Iterator<Item = &str> {
    value.split(|byte| *byte == b',').map(|hop| str::from_utf8(hop).unwrap_or("unknown"))
}

fn nearest_untrusted(peer: IpAddr, hops: &[&str], trusted: &[IpNet]) -> IpAddr {
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        if !is_in(trusted, nearest) {
            break;
        }
        match address(hop.trim()) {
            Some(address) => nearest = address,
            // Whatever stands before it was not written by who is trusted to write addresses.
            None => break,
        }
    }
    nearest
}

fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// With or without a port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// Where it is counted how often something is done, an address stands for these.
#[derive(Debug, PartialEq, Eq)]
pub struct Networks {
    /// Its line: with IPv6, one has 2⁶⁴ addresses. `None` on the machine itself: what comes from there without a trusted
    /// proxy may be anybody behind one.
    pub line: Option<String>,
    /// The site that has many lines; `None` where a line is all that is given to one.
    pub site: Option<String>,
}

/// The networks that an address stands for.
pub fn networks(address: IpAddr) -> Networks {
    let prefix = |v6: Ipv6Addr, bits: u32| {
        let host = 128 - bits;
        Some(Ipv6Addr::from_bits(v6.to_bits() >> host << host).to_string())
    };
    match address {
        loopback if loopback.is_loopback() => Networks { line: None, site: Some("this machine".into()) },
        IpAddr::V4(_) => Networks { line: Some(address.to_string()), site: None },
        IpAddr::V6(v6) => Networks { line: prefix(v6, 64), site: prefix(v6, 48) },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_say_whom_they_answer_for() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let seen = |peer: &str, header: &[u8]| {
            let hops: Vec<&str> = hops(header).filter(|hop| !hop.is_empty()).collect();
            nearest_untrusted(peer.parse().unwrap(), &hops, &trusted).to_string()
        };
        assert_eq!(seen("10.0.0.1", b"unk\xf6wn, 198.51.100.7"), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", b"203.0.113.9, unk\xf6wn"), "10.0.0.1");
        for (peer, header, address) in [
            ("192.0.2.1", "", "192.0.2.1"),
            ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("10.0.0.1", "10.9.9.9,10.0.0.2", "10.9.9.9"),
            ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
            ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("fd00::1", "2001:db8::1", "2001:db8::1"),
            ("10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
        ] {
            assert_eq!(seen(peer, header.as_bytes()), address, "{peer} with {header}");
        }
    }

    #[test]
    fn a_line_of_ipv6_is_one_network_and_a_site_has_many() {
        let of = |address: &str| networks(address.parse().unwrap());
        assert_eq!(of("192.0.2.1"), Networks { line: Some("192.0.2.1".into()), site: None });
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1").line, of("2001:db8:1:3::1").line);
        assert_eq!(of("2001:db8:1:2::1").site, of("2001:db8:1:3::1").site);
        assert_ne!(of("2001:db8:1:2::1").site, of("2001:db8:2:2::1").site);
        // Whoever comes through a proxy that is not named is bound as well, all together.
        assert_eq!(of("127.0.0.1"), of("::1"));
        assert_eq!((of("::1").line, of("::1").site.is_some()), (None, true));
    }
}
