use std::fmt;
use std::str::FromStr;

use crate::{Error, TrustDomain};

/// The name of a workload, `spiffe://trust-domain/path`, or of a trust domain, `spiffe://trust-domain`.
///
/// Parsed strictly (SPIFFE-ID section 2): the scheme is in lower case, the trust domain is a [`TrustDomain`], the path
/// is empty or made of segments of letters, digits, `.`, `-` and `_`, none of them empty, `.` or `..`; there is no query,
/// no fragment and no percent-encoding. What is accepted is kept as it was given, so two ids are the same exactly if
/// their bytes are.
///
/// ```
/// # use spiffe_certs::SpiffeId;
/// let id = SpiffeId::try_from("spiffe://acme.example/ci/build")?;
/// assert_eq!(id.trust_domain().as_str(), "acme.example");
/// assert_eq!(id.path(), "/ci/build");
///
/// assert!(SpiffeId::try_from("spiffe://acme.example/ci/../admin").is_err());
/// assert!(SpiffeId::try_from("spiffe://acme.example/ci/build/").is_err());
/// # Ok::<(), spiffe_certs::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SpiffeId {
    uri: String,
    trust_domain: TrustDomain,
}

const SCHEME: &str = "spiffe://";

impl SpiffeId {
    /// The longest id, in bytes (SPIFFE-ID section 2.3).
    pub const MAX_LEN: usize = 2048;

    /// The id of `path` in a trust domain; an empty path names the trust domain itself.
    ///
    /// # Errors
    ///
    /// [`Error::Id`] if `path` is neither empty nor a sequence of `/segment`; [`Error::TooLong`] if the whole is
    /// over [`Self::MAX_LEN`] bytes.
    ///
    /// ```
    /// # use spiffe_certs::{SpiffeId, TrustDomain};
    /// let acme = TrustDomain::try_from("acme.example")?;
    /// assert_eq!(SpiffeId::new(&acme, "/ci")?.as_str(), "spiffe://acme.example/ci");
    /// assert!(SpiffeId::new(&acme, "ci").is_err());
    /// # Ok::<(), spiffe_certs::Error>(())
    /// ```
    pub fn new(trust_domain: &TrustDomain, path: &str) -> Result<Self, Error> {
        let uri = format!("{SCHEME}{trust_domain}{path}");
        check_length(&uri)?;
        // The path is checked on its own: ".evil" must not become a part of the trust domain.
        check_path(path).map_err(|rule| Error::Id {
            text: uri.clone(),
            rule,
        })?;
        Ok(Self {
            uri,
            trust_domain: trust_domain.clone(),
        })
    }

    /// The trust domain whose authorities may vouch for this id.
    pub fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// The path with its leading `/`, or nothing for the id of a trust domain.
    pub fn path(&self) -> &str {
        self.uri
            .strip_prefix(SCHEME)
            .and_then(|rest| rest.strip_prefix(self.trust_domain.as_str()))
            .unwrap_or_default()
    }

    /// The accepted text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.uri
    }
}

impl TryFrom<&str> for SpiffeId {
    type Error = Error;

    fn try_from(uri: &str) -> Result<Self, Error> {
        check_length(uri)?;
        let refuse = |rule| Error::Id {
            text: uri.to_owned(),
            rule,
        };
        let rest = uri
            .strip_prefix(SCHEME)
            .ok_or_else(|| refuse("it must begin with \"spiffe://\""))?;
        let (name, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let trust_domain = TrustDomain::try_from(name)?;
        check_path(path).map_err(refuse)?;
        Ok(Self {
            uri: uri.to_owned(),
            trust_domain,
        })
    }
}

impl TryFrom<String> for SpiffeId {
    type Error = Error;

    fn try_from(uri: String) -> Result<Self, Error> {
        Self::try_from(uri.as_str())
    }
}

impl FromStr for SpiffeId {
    type Err = Error;

    fn from_str(uri: &str) -> Result<Self, Error> {
        Self::try_from(uri)
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

fn check_length(uri: &str) -> Result<(), Error> {
    if uri.len() > SpiffeId::MAX_LEN {
        return Err(Error::TooLong {
            what: "SPIFFE id",
            limit: SpiffeId::MAX_LEN,
            actual: uri.len(),
        });
    }
    Ok(())
}

/// SPIFFE-ID section 2.2.
fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Ok(());
    }
    let Some(segments) = path.strip_prefix('/') else {
        return Err("the path must begin with '/'");
    };
    for segment in segments.split('/') {
        if segment.is_empty() {
            return Err("a segment of the path is empty, or the path ends with '/'");
        }
        if matches!(segment, "." | "..") {
            return Err("the path may not hold the segments \".\" and \"..\"");
        }
        if !segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        {
            return Err("the path may hold only letters, digits, '.', '-', '_' and '/'");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_split_at_the_first_slash_and_kept_as_given() {
        for (uri, trust_domain, path) in [
            ("spiffe://example.org", "example.org", ""),
            ("spiffe://example.org/a", "example.org", "/a"),
            ("spiffe://example.org/a/B/9", "example.org", "/a/B/9"),
            ("spiffe://1.2.3.4/...", "1.2.3.4", "/..."),
            ("spiffe://a_b/-/_/.x", "a_b", "/-/_/.x"),
        ] {
            let id = SpiffeId::try_from(uri).unwrap();
            assert_eq!(
                (id.as_str(), id.trust_domain().as_str(), id.path()),
                (uri, trust_domain, path)
            );
            assert_eq!(SpiffeId::new(id.trust_domain(), path), Ok(id));
        }
    }

    #[test]
    fn every_rule_of_the_path_is_enforced() {
        for path in [
            "/", "//", "/a/", "/a//b", "/.", "/..", "/a/./b", "/a/../b", "/%61", "/a b", "/a?b",
            "/a#b", "/a:b", "/a@b", "/a~b", "/ä", "/a\0", "/a\n", "/a\\b", "/a*",
        ] {
            let uri = format!("spiffe://example.org{path}");
            let err = SpiffeId::try_from(uri.as_str()).unwrap_err();
            assert!(matches!(err, Error::Id { .. }), "{uri:?}: {err}");
        }
    }

    #[test]
    fn every_rule_of_the_scheme_and_of_the_trust_domain_is_enforced() {
        for uri in [
            "",
            "/",
            "spiffe",
            "spiffe:/example.org",
            "SPIFFE://example.org/a",
            "Spiffe://example.org/a",
            "https://example.org/a",
            " spiffe://example.org/a",
            "example.org/a",
        ] {
            let err = SpiffeId::try_from(uri).unwrap_err();
            assert!(matches!(err, Error::Id { .. }), "{uri:?}: {err}");
        }
        for uri in [
            "spiffe://",
            "spiffe:///a",
            "spiffe://Example.org/a",
            "spiffe://example.org:80/a",
            "spiffe://user@example.org/a",
            "spiffe://[::1]/a",
            "spiffe://example.org?a",
            "spiffe://example.org#a",
        ] {
            let err = SpiffeId::try_from(uri).unwrap_err();
            assert!(matches!(err, Error::TrustDomain { .. }), "{uri:?}: {err}");
        }
    }

    #[test]
    fn a_path_cannot_extend_the_trust_domain() {
        let acme = TrustDomain::try_from("acme").unwrap();
        assert_eq!(
            SpiffeId::new(&acme, ".evil/a"),
            Err(Error::Id {
                text: "spiffe://acme.evil/a".into(),
                rule: "the path must begin with '/'"
            })
        );
    }

    #[test]
    fn the_2049th_byte_is_one_too_many_when_parsed_and_when_built() {
        let path = format!("/{}", "x".repeat(2048 - "spiffe://a/".len()));
        let longest = format!("spiffe://a{path}");
        assert_eq!(longest.len(), 2048);
        assert!(SpiffeId::try_from(longest.as_str()).is_ok());

        let refusal = Err(Error::TooLong {
            what: "SPIFFE id",
            limit: 2048,
            actual: 2049,
        });
        assert_eq!(SpiffeId::try_from(format!("{longest}x")), refusal);
        let a = TrustDomain::try_from("a").unwrap();
        assert_eq!(SpiffeId::new(&a, &format!("{path}x")), refusal);
    }
}
