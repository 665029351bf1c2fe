use std::{fmt, str::FromStr};

use crate::Error;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_at_most_128_bytes() {
        assert!(KeyId::try_from("a".repeat(128)).is_ok());
        assert!(KeyId::try_from("a".repeat(129)).is_err());
    }
}
