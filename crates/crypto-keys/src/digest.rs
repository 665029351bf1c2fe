use std::{collections::BTreeMap, fmt, io};

use canonical_json::{Node, Value};
use sha2::Digest as _;

use crate::encoding::{from_hex, to_hex};

/// A digest algorithm that this workspace computes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Algorithm {
    /// SHA-256, written `sha256`.
    Sha256,
    /// SHA-384, written `sha384`.
    Sha384,
    /// SHA-512, written `sha512`.
    Sha512,
}

impl Algorithm {
    /// The name used in metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The algorithm of that name in metadata, if it is one of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The length of its digests in bytes.
    pub fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The digests of one artifact, by algorithm.
///
/// Digests of algorithms this crate does not compute are kept as they were written, so that two
/// sets are equal only when they say the same (in-toto compares whole sets), and count for nothing
/// when content is checked with [`Digests::matches`].
///
/// ```
/// # use crypto_keys::{Algorithm, Digests};
/// let listed = Digests::of(b"hello", &[Algorithm::Sha256]);
/// let actual = Digests::of(b"hello", &[Algorithm::Sha256, Algorithm::Sha512]);
/// assert!(listed.matches(&actual));
/// assert_ne!(listed, actual);
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digests(BTreeMap<String, String>);

impl Digests {
    /// The digests of `bytes`.
    pub fn of(bytes: &[u8], algorithms: &[Algorithm]) -> Self {
        let mut hasher = Hasher::new(algorithms.iter().copied());
        hasher.update(bytes);
        hasher.finish()
    }

    /// Reads an object of algorithm names to hexadecimal digests.
    ///
    /// # Errors
    ///
    /// [`canonical_json::Error::Type`] if it is no object of strings, is empty, or holds a digest of
    /// a known algorithm that is not lower-case hexadecimal of that algorithm's length.
    pub fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        let mut digests = BTreeMap::new();
        for (name, digest) in node.members()? {
            let text = digest.as_str()?;
            if let Some(algorithm) = Algorithm::from_name(&name) {
                let exact =
                    from_hex(&text).is_some_and(|bytes| bytes.len() == algorithm.digest_len());
                if !exact {
                    return Err(
                        digest.error(format!("a {algorithm} digest in lower-case hexadecimal"))
                    );
                }
            }
            digests.insert(name.into_owned(), text.into_owned());
        }
        if digests.is_empty() {
            return Err(node.error("at least one digest"));
        }
        Ok(Self(digests))
    }

    /// The digests as metadata writes them.
    pub fn to_value(&self) -> Value {
        Value::Object(
            self.0
                .iter()
                .map(|(name, hex)| (name.clone(), Value::from(hex.as_str())))
                .collect(),
        )
    }

    /// The digest of one algorithm, in hexadecimal.
    pub fn hex(&self, algorithm: Algorithm) -> Option<&str> {
        self.0.get(algorithm.name()).map(String::as_str)
    }

    /// Every digest as `(algorithm name, hexadecimal)`, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, hex)| (name.as_str(), hex.as_str()))
    }

    /// The algorithms listed here that this crate computes.
    pub fn known(&self) -> impl Iterator<Item = Algorithm> {
        self.0.keys().filter_map(|name| Algorithm::from_name(name))
    }

    /// Whether content with the digests `actual` is what is listed here.
    ///
    /// Every known algorithm listed must agree, and there must be at least one: content under
    /// unknown algorithms alone cannot be checked, and is refused.
    pub fn matches(&self, actual: &Self) -> bool {
        self.known().next().is_some()
            && self
                .known()
                .all(|algorithm| self.hex(algorithm) == actual.hex(algorithm))
    }
}

/// Hashes a stream with several algorithms at once.
#[derive(Clone, Debug)]
pub struct Hasher(Vec<State>);

#[derive(Clone, Debug)]
enum State {
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// A hasher for these algorithms; each is computed once, however often it is named.
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let distinct: std::collections::BTreeSet<_> = algorithms.into_iter().collect();
        Self(
            distinct
                .into_iter()
                .map(|algorithm| match algorithm {
                    Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
                    Algorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
                    Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
                })
                .collect(),
        )
    }

    /// Takes the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        for state in &mut self.0 {
            match state {
                State::Sha256(state) => state.update(bytes),
                State::Sha384(state) => state.update(bytes),
                State::Sha512(state) => state.update(bytes),
            }
        }
    }

    /// The digests of everything taken.
    pub fn finish(self) -> Digests {
        Digests(
            self.0
                .into_iter()
                .map(|state| match state {
                    State::Sha256(state) => (Algorithm::Sha256, to_hex(&state.finalize())),
                    State::Sha384(state) => (Algorithm::Sha384, to_hex(&state.finalize())),
                    State::Sha512(state) => (Algorithm::Sha512, to_hex(&state.finalize())),
                })
                .map(|(algorithm, hex)| (algorithm.name().to_owned(), hex))
                .collect(),
        )
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use canonical_json::Document;

    use super::*;

    fn read(json: &str) -> Result<Digests, canonical_json::Error> {
        Digests::read(Document::read(json.as_bytes()).unwrap().root())
    }

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn a_hasher_agrees_with_the_published_digest() {
        assert_eq!(
            Digests::of(b"hello", &[Algorithm::Sha256]).hex(Algorithm::Sha256),
            Some(HELLO)
        );
    }

    #[test]
    fn a_listed_digest_matches_only_its_content() {
        let listed = read(&format!(r#"{{"sha256":"{HELLO}","future":"ABC"}}"#)).unwrap();
        let algorithms = [Algorithm::Sha256, Algorithm::Sha512];
        assert!(listed.matches(&Digests::of(b"hello", &algorithms)));
        assert!(!listed.matches(&Digests::of(b"hello.", &algorithms)));
        assert!(!listed.matches(&Digests::of(b"hello", &[Algorithm::Sha512])));
    }

    #[test]
    fn unknown_algorithms_alone_match_nothing() {
        let listed = read(r#"{"future":"abc"}"#).unwrap();
        assert!(!listed.matches(&listed));
    }

    #[test]
    fn every_known_digest_must_agree() {
        let mixed = Digests(
            [("sha256", HELLO.to_owned()), ("sha512", "0".repeat(128))]
                .map(|(name, hex)| (name.to_owned(), hex))
                .into(),
        );
        assert!(!mixed.matches(&Digests::of(
            b"hello",
            &[Algorithm::Sha256, Algorithm::Sha512]
        )));
    }

    #[test]
    fn a_digest_of_another_length_or_case_is_refused() {
        for json in [
            r#"{}"#.to_owned(),
            r#"{"sha256":""}"#.to_owned(),
            format!(r#"{{"sha256":"{}"}}"#, HELLO.to_uppercase()),
            format!(r#"{{"sha512":"{HELLO}"}}"#),
            r#"{"sha256":7}"#.to_owned(),
        ] {
            assert!(read(&json).is_err(), "{json}");
        }
    }
}
