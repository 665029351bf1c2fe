//! Name constraints on URIs (RFC 5280 section 4.2.1.10). Every other kind is recognised and refused.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use x509_cert::ext::pkix::constraints::name::{GeneralSubtree, NameConstraints as Encoded};
use x509_cert::ext::pkix::name::GeneralName;

use crate::error::Reason;

/// The names an authority may speak for, or what in them is not supported.
#[derive(Clone)]
pub(crate) struct NameConstraints(Result<Hosts, String>);

impl NameConstraints {
    pub(crate) fn read(encoded: Encoded) -> Self {
        Self(Hosts::read(encoded))
    }

    /// Judges the URI names of one certificate below the authority.
    pub(crate) fn check(&self, uris: &[String]) -> Result<(), Reason> {
        let hosts = self
            .0
            .as_ref()
            .map_err(|what| Reason::UnsupportedNameConstraint { what: what.clone() })?;
        match uris.iter().find(|uri| !hosts.permits(uri)) {
            Some(uri) => Err(Reason::NameConstraint { name: uri.clone() }),
            None => Ok(()),
        }
    }
}

/// Hosts and, with a dot before them, parents of hosts; in lower case.
#[derive(Clone)]
struct Hosts {
    permitted: BTreeSet<String>,
    excluded: BTreeSet<String>,
}

impl Hosts {
    fn read(encoded: Encoded) -> Result<Self, String> {
        let hosts = |subtrees: Option<Vec<GeneralSubtree>>| match subtrees {
            None => Ok(BTreeSet::new()),
            Some(none) if none.is_empty() => Err("a list of names is empty".to_owned()),
            Some(subtrees) => subtrees.into_iter().map(host_of).collect(),
        };
        let read = Self {
            permitted: hosts(encoded.permitted_subtrees)?,
            excluded: hosts(encoded.excluded_subtrees)?,
        };
        if read.permitted.is_empty() && read.excluded.is_empty() {
            return Err("they limit nothing".to_owned());
        }
        Ok(read)
    }

    fn permits(&self, uri: &str) -> bool {
        // "applications MUST reject" a constrained URI without a host, or whose host is an address.
        let Some(host) = host(uri).map(str::to_ascii_lowercase) else {
            return false;
        };
        (self.permitted.is_empty() || covered(&self.permitted, &host))
            && !covered(&self.excluded, &host)
    }
}

/// Whether a base covers the host: `example.org` covers that host and no other; `.example.org` covers every host below it
/// and not itself. Looking the host and its tails up keeps thousands of names against thousands of bases cheap.
fn covered(bases: &BTreeSet<String>, host: &str) -> bool {
    let tails = host
        .match_indices('.')
        .filter_map(|(dot, _)| host.get(dot..));
    std::iter::once(host)
        .chain(tails)
        .any(|tail| bases.contains(tail))
}

fn host_of(subtree: GeneralSubtree) -> Result<String, String> {
    if subtree.minimum != 0 || subtree.maximum.is_some() {
        return Err("a subtree has a minimum or a maximum".to_owned());
    }
    let kind = match subtree.base {
        GeneralName::UniformResourceIdentifier(uri) => {
            let base = uri.as_str();
            return if is_host(base.strip_prefix('.').unwrap_or(base)) {
                Ok(base.to_ascii_lowercase())
            } else {
                Err(format!("{base:?} is neither a host nor \".\" and a host"))
            };
        }
        GeneralName::OtherName(_) => "other names",
        GeneralName::Rfc822Name(_) => "mail addresses",
        GeneralName::DnsName(_) => "DNS names",
        GeneralName::DirectoryName(_) => "directory names",
        GeneralName::EdiPartyName(_) => "EDI party names",
        GeneralName::IpAddress(_) => "IP addresses",
        GeneralName::RegisteredId(_) => "registered ids",
    };
    Err(format!("they limit {kind}, and only URIs can be limited"))
}

/// The host of a URI that has one (RFC 3986 section 3), without its port. Behind a user parsers find different hosts, so
/// there is none.
fn host(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if !is_scheme(scheme) || authority.contains('@') {
        return None;
    }
    let host = authority
        .split_once(':')
        .map_or(authority, |(host, _)| host);
    is_host(host).then_some(host)
}

/// What precedes the first colon of a URI. Anything else before `://` means that it is not the authority that follows.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// A name with at least one label, none of them empty, and not an address. A final dot is an empty label: it would
/// make a second spelling of the same host.
fn is_host(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    }) && text.parse::<Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(permitted: &[&str], excluded: &[&str]) -> Hosts {
        let own = |hosts: &[&str]| hosts.iter().map(ToString::to_string).collect();
        Hosts {
            permitted: own(permitted),
            excluded: own(excluded),
        }
    }

    #[test]
    fn a_host_covers_itself_and_a_dot_covers_what_is_below() {
        for (base, host, expected) in [
            ("example.org", "example.org", true),
            ("example.org", "a.example.org", false),
            ("example.org", "example.org.evil", false),
            (".example.org", "a.example.org", true),
            (".example.org", "b.a.example.org", true),
            (".example.org", "example.org", false),
            (".example.org", "notexample.org", false),
            (".example.org", "org", false),
        ] {
            let bases = BTreeSet::from([base.to_owned()]);
            assert_eq!(covered(&bases, host), expected, "{base} {host}");
        }
    }

    #[test]
    fn permitted_and_excluded_hosts_decide() {
        for (permitted, excluded, uri, expected) in [
            (&["acme.org"][..], &[][..], "spiffe://acme.org/a", true),
            (&["acme.org"], &[], "spiffe://ACME.org/a", true),
            (&["acme.org"], &[], "spiffe://other.org/a", false),
            (&["acme.org", "b.org"], &[], "https://b.org:8/", true),
            (&[], &["acme.org"], "spiffe://acme.org/a", false),
            (&[], &["acme.org"], "spiffe://other.org/a", true),
            (
                &[".acme.org"],
                &["x.acme.org"],
                "spiffe://x.acme.org",
                false,
            ),
            (&[".acme.org"], &["x.acme.org"], "spiffe://y.acme.org", true),
        ] {
            assert_eq!(
                hosts(permitted, excluded).permits(uri),
                expected,
                "{permitted:?} {excluded:?} {uri}"
            );
        }
    }

    #[test]
    fn a_constrained_uri_without_a_host_name_is_refused() {
        for uri in [
            "urn:a:b",
            "spiffe:///a",
            "spiffe://1.2.3.4/a",
            "spiffe://[::1]/a",
            "spiffe://other.org./a",
            "spiffe://a\\@other.org/a",
            "spiffe://user@other.org/a",
            "spiffe://user:@other.org/a",
            "spiffe://other.org\\/a",
            "urn:a?://other.org/",
            "mailto:a://other.org/",
            "a/b://other.org/",
            "1a://other.org/",
            "://other.org/",
            "//other.org/",
            "",
        ] {
            assert!(!hosts(&[], &["acme.org"]).permits(uri), "{uri}");
        }
    }
}
