use std::{collections::BTreeSet, fmt, str::FromStr};

use canonical_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{Error, PublicKey, encoding::to_hex};

/// The label under which metadata lists a key: opaque text, compared exactly.
///
/// Most ids are the SHA-256 of the key object, and real repositories contain ids that no formula
/// yields (TAP 12). Nothing here relies on an id being a hash: signers are counted by key material.
///
/// ```
/// # use crypto_keys::KeyId;
/// assert!(KeyId::try_from("alice").is_ok());
/// assert!(KeyId::try_from("").is_err());
/// assert!(KeyId::try_from("two\nlines").is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(String);

/// The longest key id accepted, in bytes: a SHA-512 in hexadecimal.
const MAX_LEN: usize = 128;

impl KeyId {
    /// The id exactly as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the canonical form of a key object, in hexadecimal.
    pub(crate) fn of(object: &Value) -> Self {
        Self(to_hex(&Sha256::digest(object.to_olpc())))
    }
}

impl TryFrom<String> for KeyId {
    type Error = Error;

    /// Accepts 1 to 128 bytes without control characters.
    fn try_from(text: String) -> Result<Self, Error> {
        if text.is_empty() || text.len() > MAX_LEN || text.chars().any(char::is_control) {
            return Err(Error::KeyId { text });
        }
        Ok(Self(text))
    }
}

impl TryFrom<&str> for KeyId {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl FromStr for KeyId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is hashed to make the id of a key.
///
/// All of them are in use, and [`PublicKey::id_rules`] says which of them yield the id that a document lists. But for the
/// first they differ over the text of the key, see [`TextEnd`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KeyIdRule {
    /// The key object as it stands, with every member (TUF specification 4.2): tuf-on-ci, Sigstore's root.
    WholeObject,
    /// `{keytype, keyval: {public}, scheme}`, whatever else the object has: in-toto and python-tuf.
    Bare(TextEnd),
    /// The same with `keyid_hash_algorithms: ["sha256", "sha512"]`, whether the object has it or not: in-toto-golang, and
    /// the Python tools of old.
    WithHashAlgorithms(TextEnd),
    /// `{keytype, keyval: {public}}`: the first TUF repositories.
    WithoutScheme(TextEnd),
    /// The fingerprint of an OpenPGP key (RFC 4880 12.2), which is a SHA-1. It is computed with the feature `openpgp`.
    Fingerprint,
}

/// How the text of a key ends when it is hashed. It matters for PEM alone: hexadecimal is hashed as it stands.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a text ends in a line break or does not"
)]
pub enum TextEnd {
    /// With one line break, as in a file and in today's Python tools.
    LineBreak,
    /// Without white space around it, as in-toto-golang has it.
    Trimmed,
}

impl KeyIdRule {
    /// Every rule.
    pub const ALL: [Self; 8] = [
        Self::WholeObject,
        Self::Bare(TextEnd::LineBreak),
        Self::Bare(TextEnd::Trimmed),
        Self::WithHashAlgorithms(TextEnd::LineBreak),
        Self::WithHashAlgorithms(TextEnd::Trimmed),
        Self::WithoutScheme(TextEnd::LineBreak),
        Self::WithoutScheme(TextEnd::Trimmed),
        Self::Fingerprint,
    ];

    /// What is hashed of a key object whose key has the text `public`; `None` if it lacks a part of that.
    pub(crate) fn hashed(self, object: &Value, public: Option<&str>) -> Option<Value> {
        let member = |name: &'static str| Some((name, object.get(name)?.clone()));
        let keyval = |end: TextEnd| {
            let public = Value::from(end.of(public?));
            Some(("keyval", Value::object([("public", public)])))
        };
        Some(match self {
            Self::WholeObject => object.clone(),
            Self::Bare(end) => Value::object([member("keytype")?, keyval(end)?, member("scheme")?]),
            Self::WithHashAlgorithms(end) => {
                let algorithms = Value::from(["sha256", "sha512"].map(Value::from).to_vec());
                Value::object([
                    ("keyid_hash_algorithms", algorithms),
                    member("keytype")?,
                    keyval(end)?,
                    member("scheme")?,
                ])
            }
            Self::WithoutScheme(end) => Value::object([member("keytype")?, keyval(end)?]),
            Self::Fingerprint => return None,
        })
    }
}

impl TextEnd {
    fn of(self, public: &str) -> String {
        let pem = public.trim();
        match self {
            _ if !pem.starts_with("-----") => public.to_owned(),
            Self::LineBreak => format!("{pem}\n"),
            Self::Trimmed => pem.to_owned(),
        }
    }
}

/// How much an id has to say about its key. Whatever is chosen, signers are counted by key material.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum KeyIdPolicy {
    /// An id is a label (TAP 12). The public roots of Sigstore and of GitHub need it.
    #[default]
    Opaque,
    /// An id is what one of [`KeyIdRule::ALL`] yields.
    Computed,
    /// An id is the SHA-256 of the key object as it stands, which clients of TUF "MUST calculate" (specification 4.3).
    WholeObject,
}

impl KeyIdPolicy {
    /// Checks the id under which `key` is listed.
    ///
    /// ```
    /// # use crypto_keys::{KeyIdPolicy, PublicKey};
    /// let key = PublicKey::from_pem(
    ///     "-----BEGIN PUBLIC KEY-----\n\
    ///      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
    ///      -----END PUBLIC KEY-----\n",
    /// )?;
    /// assert!(KeyIdPolicy::WholeObject.check(&key).is_ok());
    ///
    /// let renamed = key.with_id("alice".parse()?);
    /// assert!(KeyIdPolicy::Opaque.check(&renamed).is_ok());
    /// assert!(KeyIdPolicy::Computed.check(&renamed).is_err());
    /// # Ok::<(), crypto_keys::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OtherKeyId`] if the id is none of those that the policy accepts for this key.
    pub fn check(self, key: &PublicKey) -> Result<(), Error> {
        let rules: &[KeyIdRule] = match self {
            Self::Opaque => return Ok(()),
            Self::Computed => &KeyIdRule::ALL,
            Self::WholeObject => &[KeyIdRule::WholeObject],
        };
        let computed: BTreeSet<_> = rules
            .iter()
            .filter_map(|rule| key.computed_id(*rule))
            .collect();
        if computed.contains(key.id()) {
            return Ok(());
        }
        Err(Error::OtherKeyId {
            listed: key.id().clone(),
            computed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_at_most_128_bytes() {
        assert!(KeyId::try_from("a".repeat(128)).is_ok());
        assert!(KeyId::try_from("a".repeat(129)).is_err());
    }
}
