use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The name of a trust domain: the part of a SPIFFE id between `spiffe://` and the path.
///
/// Lower-case letters, digits, `.`, `-` and `_`, at most 255 bytes (SPIFFE-ID section 2.1). There is no port, no user, no
/// percent-encoding and no upper case, so two names are the same exactly if their bytes are: a spelling that some
/// implementations fold and others refuse is refused here.
///
/// ```
/// # use spiffe_certs::TrustDomain;
/// assert!(TrustDomain::try_from("prod.acme.example").is_ok());
/// assert!(TrustDomain::try_from("Prod.acme.example").is_err());
/// assert!(TrustDomain::try_from("prod.acme.example:8443").is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TrustDomain(String);

impl TrustDomain {
    /// The longest name, in bytes (SPIFFE-ID section 2.3).
    pub const MAX_LEN: usize = 255;

    /// The accepted text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(name: &str) -> Result<(), Error> {
    if name.len() > TrustDomain::MAX_LEN {
        return Err(Error::TooLong {
            what: "trust domain",
            limit: TrustDomain::MAX_LEN,
            actual: name.len(),
        });
    }
    let refuse = |rule| {
        Err(Error::TrustDomain {
            text: name.to_owned(),
            rule,
        })
    };
    if name.is_empty() {
        return refuse("it must not be empty");
    }
    if !name
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
    {
        return refuse("it may hold only lower-case letters, digits, '.', '-' and '_'");
    }
    Ok(())
}

impl TryFrom<String> for TrustDomain {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        check(&name)?;
        Ok(Self(name))
    }
}

impl TryFrom<&str> for TrustDomain {
    type Error = Error;

    fn try_from(name: &str) -> Result<Self, Error> {
        check(name)?;
        Ok(Self(name.to_owned()))
    }
}

impl FromStr for TrustDomain {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::try_from(name)
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_hosts_are_trust_domains() {
        for name in [
            "example.org",
            "a",
            "0",
            "127.0.0.1",
            "under_score",
            "a-b.c",
            "..",
            &"x".repeat(255),
        ] {
            assert_eq!(TrustDomain::try_from(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn anything_else_is_not() {
        for name in [
            "",
            "Example.org",
            "example.org/",
            "example.org:80",
            "user@example.org",
            "ex%61mple.org",
            "[::1]",
            "exämple.org",
            "example org",
            "example.org?",
            "example.org#",
            "example.org\0",
            "example.org\n",
            "spiffe://example.org",
            "a,b",
            "a+b",
            "a~b",
        ] {
            let err = TrustDomain::try_from(name).unwrap_err();
            assert!(matches!(err, Error::TrustDomain { .. }), "{name:?}: {err}");
        }
    }

    #[test]
    fn the_256th_byte_is_one_too_many() {
        assert_eq!(
            TrustDomain::try_from("x".repeat(256)),
            Err(Error::TooLong {
                what: "trust domain",
                limit: 255,
                actual: 256
            })
        );
    }
}
