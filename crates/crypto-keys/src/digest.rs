use std::{borrow::Cow, collections::BTreeSet, fmt, hash::Hash, io};

use canonical_json::{Node, Value};
use sha2::Digest as _;
use subtle::ConstantTimeEq as _;

use crate::Error;
use crate::encoding::{from_hex, from_padded_base64, to_hex};

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
/// Those that this crate computes (`sha256`, `sha384`, `sha512`) check content with [`Digests::matches`]. The names that
/// in-toto has for what others compute (`gitCommit`, `gitTree`, `gitBlob`, `gitTag`, `dirHash`, and `dirHash1` for the same)
/// are read as strictly; they identify, and with [`Digests::agrees`] two sets are compared as names of an artifact. Other
/// algorithms are kept as they were written: two sets are equal only when they say the same (in-toto compares whole sets),
/// and count for nothing else.
///
/// Whether two digests are equal is found in constant time, so that nobody learns from a clock how much of one was right.
/// Sorting them is not: it is for collections of digests that are known.
///
/// ```
/// # use crypto_keys::{Algorithm, Digests};
/// let listed = Digests::of(b"hello", &[Algorithm::Sha256]);
/// let actual = Digests::of(b"hello", &[Algorithm::Sha256, Algorithm::Sha512]);
/// assert!(listed.matches(&actual));
/// assert_ne!(listed, actual);
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digests(
    // Sorted by name. A document may list a hundred thousand sets, most of one digest: in a map each would take half a
    // kilobyte more.
    Box<[(Cow<'static, str>, Text)]>,
);

impl Digests {
    /// The digests of `bytes`.
    pub fn of(bytes: &[u8], algorithms: &[Algorithm]) -> Self {
        let mut hasher = Hasher::new(algorithms.iter().copied());
        hasher.update(bytes);
        hasher.finish()
    }

    /// The digest of a directory as Go writes it, `h1:` and base64. It is listed as `dirHash`, in hexadecimal as in-toto
    /// wants it (digest set, `dirHash`).
    ///
    /// ```
    /// # use crypto_keys::Digests;
    /// let module = Digests::from_dir_hash("h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=")?;
    /// assert_eq!(
    ///     module.iter().next(),
    ///     Some(("dirHash", "2a1bb6127fb481c60f67692e22285fb306f3c6ffe62075e0ccf674d7c3adcb8f"))
    /// );
    /// assert!(Digests::from_dir_hash("h2:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=").is_err());
    /// # Ok::<(), crypto_keys::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DirHash`] if it is anything else than `h1:` and 32 bytes in base64 with its padding.
    pub fn from_dir_hash(text: &str) -> Result<Self, Error> {
        let digest = text.strip_prefix("h1:").and_then(from_padded_base64);
        match digest {
            Some(digest) if digest.len() == Algorithm::Sha256.digest_len() => {
                Ok(Self::sorted([("dirHash".into(), to_hex(&digest))]))
            }
            _ => Err(Error::DirHash { text: text.into() }),
        }
    }

    /// Reads an object of algorithm names to digests.
    ///
    /// # Errors
    ///
    /// [`canonical_json::Error::Type`] if it is no object of strings, is empty, or holds a digest of a known name that is not
    /// lower-case hexadecimal of the right length.
    pub fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        let mut digests = Vec::new();
        for (name, digest) in node.members()? {
            let text = digest.as_str()?;
            let name = match Form::of(&name) {
                None => name.into_owned().into(),
                Some(form) if form.fits(&text) => form.name.into(),
                Some(form) => {
                    let expected = format!("a {} digest in lower-case hexadecimal", form.name);
                    return Err(digest.error(expected));
                }
            };
            digests.push((name, text.into_owned()));
        }
        if digests.is_empty() {
            return Err(node.error("at least one digest"));
        }
        Ok(Self::sorted(digests))
    }

    /// The digests as metadata writes them.
    pub fn to_value(&self) -> Value {
        Value::object(self.iter().map(|(name, digest)| (name, digest.into())))
    }

    /// The digest of one algorithm, in hexadecimal.
    pub fn hex(&self, algorithm: Algorithm) -> Option<&str> {
        self.get(algorithm).map(|digest| &*digest.0)
    }

    /// Every digest as `(algorithm name, digest)`, sorted by name. Known names have theirs in hexadecimal.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, digest)| (&**name, &*digest.0))
    }

    /// The algorithms listed here that this crate computes.
    pub fn known(&self) -> impl Iterator<Item = Algorithm> {
        self.0
            .iter()
            .filter_map(|(name, _)| Algorithm::from_name(name))
    }

    /// Whether content with the digests `actual` is what is listed here.
    ///
    /// Every algorithm listed that this crate computes must agree, and there must be at least one: content under others alone
    /// cannot be checked, and is refused.
    pub fn matches(&self, actual: &Self) -> bool {
        self.known().next().is_some()
            && self
                .known()
                .all(|algorithm| self.get(algorithm) == actual.get(algorithm))
    }

    /// Whether both sets name one artifact, whoever computed them: every known name that both have says the same, and there
    /// is at least one. Names that are not known say nothing (digest set, "Guidelines").
    ///
    /// A git object is as well named by SHA-1 as SHA-1 is strong: who wants more looks at [`Digests::iter`].
    ///
    /// ```
    /// # use canonical_json::Document;
    /// # use crypto_keys::Digests;
    /// let digests = |json: &str| Digests::read(Document::read(json.as_bytes())?.root());
    /// let built = digests(r#"{"gitCommit": "5ab2f8a4323abafb10abb68657d9d39f1a775057", "ci": "7"}"#)?;
    /// let wanted = digests(r#"{"gitCommit": "5ab2f8a4323abafb10abb68657d9d39f1a775057"}"#)?;
    /// assert!(built.agrees(&wanted));
    /// // No file has been hashed to this name, so that it says nothing about content.
    /// assert!(!wanted.matches(&built));
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    pub fn agrees(&self, other: &Self) -> bool {
        let mut pairs = self
            .identities()
            .flat_map(|(of, ours)| {
                let theirs = other.identities().filter(move |(other, _)| *other == of);
                theirs.map(move |(_, theirs)| ours == theirs)
            })
            .peekable();
        pairs.peek().is_some() && pairs.all(|same| same)
    }

    fn sorted(digests: impl IntoIterator<Item = (Cow<'static, str>, String)>) -> Self {
        let mut digests: Vec<_> = digests
            .into_iter()
            .map(|(name, digest)| (name, Text(digest.into())))
            .collect();
        digests.sort_unstable();
        Self(digests.into())
    }

    fn get(&self, algorithm: Algorithm) -> Option<&Text> {
        let place = self
            .0
            .binary_search_by(|(name, _)| (**name).cmp(algorithm.name()));
        let (_, digest) = self.0.get(place.ok()?)?;
        Some(digest)
    }

    /// What is known by name, with what it is a name of.
    fn identities(&self) -> impl Iterator<Item = (&'static str, &Text)> {
        self.0
            .iter()
            .filter_map(|(name, digest)| Some((Form::of(name)?.identity, digest)))
    }
}

/// A digest as it is written, of which equality is found in constant time.
#[derive(Clone, Debug, Eq, Ord, PartialOrd)]
struct Text(Box<str>);

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// What digests under a name look like.
struct Form {
    name: &'static str,
    /// What they name: two names of one thing are compared.
    identity: &'static str,
    /// The lengths they may have, in bytes.
    lengths: &'static [usize],
}

impl Form {
    /// The form of the digests of that name, if it is one that in-toto gives to what we compute, to git or to directories.
    /// (The text of its specification has `dirHash`, its example `dirHash1`.)
    fn of(name: &str) -> Option<Self> {
        let (name, lengths): (_, &[_]) = match name {
            "sha256" => ("sha256", &[32]),
            "sha384" => ("sha384", &[48]),
            "sha512" => ("sha512", &[64]),
            "gitBlob" => ("gitBlob", &GIT_LENGTHS),
            "gitCommit" => ("gitCommit", &GIT_LENGTHS),
            "gitTag" => ("gitTag", &GIT_LENGTHS),
            "gitTree" => ("gitTree", &GIT_LENGTHS),
            "dirHash" => ("dirHash", &[32]),
            "dirHash1" => ("dirHash1", &[32]),
            _ => return None,
        };
        let identity = if name == "dirHash1" { "dirHash" } else { name };
        Some(Self {
            name,
            identity,
            lengths,
        })
    }

    fn fits(&self, digest: &str) -> bool {
        from_hex(digest).is_some_and(|bytes| self.lengths.contains(&bytes.len()))
    }
}

/// Git has SHA-1, and SHA-256 in newer repositories.
const GIT_LENGTHS: [usize; 2] = [20, 32];

/// Hashes a stream with several algorithms at once: a file, or the canonical form of a document as it is written.
///
/// ```
/// use canonical_json::Document;
/// use crypto_keys::{Algorithm, Digests, Hasher};
///
/// let document = Document::read(br#"{"b": 1, "a": [2]}"#)?;
/// let both = [Algorithm::Sha256, Algorithm::Sha512];
/// let mut hasher = Hasher::new(both);
/// document.root().write_olpc(&mut hasher)?;
/// assert_eq!(hasher.finish(), Digests::of(br#"{"a":[2],"b":1}"#, &both));
/// # Ok::<(), std::io::Error>(())
/// ```
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
        let distinct: BTreeSet<_> = algorithms.into_iter().collect();
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
        let digests = self.0.into_iter().map(|state| match state {
            State::Sha256(state) => (Algorithm::Sha256, to_hex(&state.finalize())),
            State::Sha384(state) => (Algorithm::Sha384, to_hex(&state.finalize())),
            State::Sha512(state) => (Algorithm::Sha512, to_hex(&state.finalize())),
        });
        Digests::sorted(digests.map(|(algorithm, hex)| (algorithm.name().into(), hex)))
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
        let wrong = "0".repeat(128);
        let mixed = read(&format!(r#"{{"sha256":"{HELLO}","sha512":"{wrong}"}}"#)).unwrap();
        let actual = Digests::of(b"hello", &[Algorithm::Sha256, Algorithm::Sha512]);
        assert!(!mixed.matches(&actual));
        assert!(!mixed.agrees(&actual));
    }

    const COMMIT: &str = "5ab2f8a4323abafb10abb68657d9d39f1a775057";

    #[test]
    fn what_others_compute_is_kept_and_matches_no_content() {
        let json = format!(
            r#"{{"dirHash":"{HELLO}","dirHash1":"{HELLO}","gitBlob":"{COMMIT}","gitCommit":"{COMMIT}","gitTag":"{HELLO}","gitTree":"{HELLO}"}}"#
        );
        let listed = read(&json).unwrap();
        assert_eq!(listed.to_value().to_json(), json);
        assert_eq!(listed.known().next(), None);
        assert!(!listed.matches(&listed));
        assert!(listed.agrees(&listed));
    }

    #[test]
    fn a_malformed_digest_of_a_known_name_is_refused_by_its_name() {
        let names = [
            "dirHash",
            "dirHash1",
            "gitBlob",
            "gitCommit",
            "gitTag",
            "gitTree",
            "sha256",
            "sha384",
            "sha512",
        ];
        for name in names {
            let short = &COMMIT[1..];
            let upper = HELLO.to_uppercase();
            for digest in ["", "abc", "h1:", short, &upper, &HELLO.replace('2', "g")] {
                assert_eq!(
                    read(&format!(r#"{{"{name}":"{digest}"}}"#)).unwrap_err(),
                    canonical_json::Error::Type {
                        offset: name.len() + 4,
                        expected: format!("a {name} digest in lower-case hexadecimal"),
                    },
                    "{digest}"
                );
            }
        }
        // The length of SHA-1 is git's alone.
        assert!(read(&format!(r#"{{"dirHash":"{COMMIT}"}}"#)).is_err());
    }

    #[test]
    fn sets_agree_when_all_they_share_does() {
        let agree = |ours: &str, theirs: &str| {
            let (ours, theirs) = (read(ours).unwrap(), read(theirs).unwrap());
            assert_eq!(ours.agrees(&theirs), theirs.agrees(&ours));
            ours.agrees(&theirs)
        };
        let commit = format!(r#"{{"gitCommit":"{COMMIT}"}}"#);
        let both = format!(r#"{{"gitCommit":"{COMMIT}","sha256":"{HELLO}"}}"#);
        let other = format!(
            r#"{{"gitCommit":"{COMMIT}","sha256":"{}"}}"#,
            "0".repeat(64)
        );
        let tree = format!(r#"{{"gitTree":"{COMMIT}"}}"#);
        assert!(agree(&commit, &both));
        assert!(!agree(&both, &other));
        assert!(!agree(&commit, &tree));
        // Nobody knows what a name of its own means.
        assert!(!agree(r#"{"own":"1"}"#, r#"{"own":"1"}"#));
        assert!(agree(&both, &both.replace('{', r#"{"own":"1","#)));
    }

    #[test]
    fn both_names_of_a_directory_are_one() {
        let named = |name| read(&format!(r#"{{"{name}":"{HELLO}"}}"#)).unwrap();
        assert!(named("dirHash").agrees(&named("dirHash1")));
        assert_ne!(named("dirHash"), named("dirHash1"));
        let zeros = "0".repeat(64);
        let torn = read(&format!(r#"{{"dirHash":"{HELLO}","dirHash1":"{zeros}"}}"#)).unwrap();
        assert!(!torn.agrees(&named("dirHash")));
        assert!(!torn.agrees(&torn));
    }

    #[test]
    fn a_directory_hash_of_go_is_one_text() {
        let listed = read(
            r#"{"dirHash1":"2a1bb6127fb481c60f67692e22285fb306f3c6ffe62075e0ccf674d7c3adcb8f"}"#,
        )
        .unwrap();
        let text = "h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=";
        assert!(Digests::from_dir_hash(text).unwrap().agrees(&listed));
        for text in [
            "",
            "h1:",
            "Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=",
            "H1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=",
            "h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48",
            "h1:Khu2En-0gcYPZ2kuIihfswbzxv_mIHXgzPZ018Oty48=",
            "h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty49=",
            "h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Otyw==",
            "h1: Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=",
        ] {
            let error = Digests::from_dir_hash(text).unwrap_err();
            assert_eq!(error, Error::DirHash { text: text.into() });
        }
    }

    #[test]
    fn sets_are_equal_when_they_say_the_same_in_any_order() {
        let set = |json: &str| read(json).unwrap();
        assert_eq!(set(r#"{"a":"1","b":"2"}"#), set(r#"{"b":"2","a":"1"}"#));
        for other in [
            r#"{"a":"1"}"#,
            r#"{"a":"1","b":"3"}"#,
            r#"{"a":"1","b":"22"}"#,
            r#"{"a":"1","c":"2"}"#,
        ] {
            assert_ne!(set(r#"{"a":"1","b":"2"}"#), set(other));
        }
    }

    #[test]
    fn a_digest_of_another_length_or_case_is_refused_and_so_is_none() {
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
