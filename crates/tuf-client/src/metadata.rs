//! What the four roles say. Unknown members are ignored here, and stay covered by the signatures.

mod delegation;
mod root;
mod snapshot;
mod targets;
mod timestamp;

pub use delegation::{Delegation, Delegations};
pub use root::Root;
pub use snapshot::Snapshot;
pub use targets::{TargetFile, Targets};
pub use timestamp::Timestamp;

use std::collections::{BTreeMap, BTreeSet};

use canonical_json::{Error as JsonError, Node};
use crypto_keys::{Digests, Expires, Hasher, KeyId, PublicKey, Quorum, Threshold};

use crate::{Error, Version};

/// What every role's metadata begins with.
#[derive(Clone, Copy, Debug)]
struct Header {
    version: Version,
    expires: Expires,
}

impl Header {
    fn read(signed: Node<'_>) -> Result<Self, JsonError> {
        let spec_version = signed.require("spec_version")?;
        if !is_supported(&spec_version.as_str()?) {
            return Err(spec_version.error("version 1.x or 1.x.y of the specification"));
        }
        Ok(Self {
            version: Version::read(signed.require("version")?)?,
            expires: Expires::read(signed.require("expires")?)?,
        })
    }
}

/// Versions of the specification with the same major number are compatible (TAP 14); some repositories leave
/// out the patch number.
fn is_supported(spec_version: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<_> = spec_version.split('.').collect();
    matches!(*numbers, ["1", minor] if is_number(minor))
        || matches!(*numbers, ["1", minor, patch] if is_number(minor) && is_number(patch))
}

/// What one metadata file says about another: its version and, if listed, its length and digests.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileMeta {
    version: Version,
    length: Option<u64>,
    digests: Option<Digests>,
}

impl FileMeta {
    /// The version the file must have.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The length the file must have, if one is listed.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The digests the file must have, if any are listed.
    pub fn digests(&self) -> Option<&Digests> {
        self.digests.as_ref()
    }

    fn read(node: Node<'_>) -> Result<Self, JsonError> {
        Ok(Self {
            version: Version::read(node.require("version")?)?,
            length: node
                .get("length")?
                .map(|length| length.as_u64())
                .transpose()?,
            digests: node.get("hashes")?.map(Digests::read).transpose()?,
        })
    }

    /// Checks the bytes of the file against what is listed (5.5.2, 5.6.2).
    pub(crate) fn check(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let actual = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match self.length {
            Some(expected) if expected != actual => {
                return Err(Error::Length {
                    path: path.to_owned(),
                    expected,
                    actual,
                });
            }
            _ => {}
        }
        let Some(expected) = &self.digests else {
            return Ok(());
        };
        let mut hasher = Hasher::new(expected.known());
        hasher.update(bytes);
        check_digests(path, expected, hasher)
    }
}

/// Checks everything a hasher was fed against the digests listed: all that are of a known kind, and at least one.
pub(crate) fn check_digests(path: &str, expected: &Digests, hasher: Hasher) -> Result<(), Error> {
    if expected.known().next().is_none() {
        return Err(Error::NoKnownDigest {
            path: path.to_owned(),
        });
    }
    let actual = hasher.finish();
    if !expected.matches(&actual) {
        return Err(Error::Digest {
            path: path.to_owned(),
            expected: expected.clone(),
            actual,
        });
    }
    Ok(())
}

/// The keys of a role, by id, and how many must sign. An id without a key counts for nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
struct RoleKeys {
    key_ids: BTreeSet<KeyId>,
    threshold: Threshold,
}

impl RoleKeys {
    fn read(node: Node<'_>) -> Result<Self, JsonError> {
        let key_ids = node
            .require("keyids")?
            .items()?
            .map(read_key_id)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            key_ids,
            threshold: Threshold::read(node.require("threshold")?)?,
        })
    }

    fn keys<'k>(&self, keys: &'k BTreeMap<KeyId, PublicKey>) -> Vec<&'k PublicKey> {
        self.key_ids.iter().filter_map(|id| keys.get(id)).collect()
    }

    fn quorum<'k>(&self, keys: &'k BTreeMap<KeyId, PublicKey>) -> Quorum<'k> {
        Quorum::new(self.keys(keys), self.threshold)
    }
}

fn read_key_id(node: Node<'_>) -> Result<KeyId, JsonError> {
    KeyId::try_from(node.as_str()?.into_owned()).map_err(|_| node.error("a key id"))
}

fn read_keys(node: Node<'_>) -> Result<BTreeMap<KeyId, PublicKey>, JsonError> {
    let mut keys = BTreeMap::new();
    for (id, key) in node.members()? {
        let id = KeyId::try_from(id.into_owned())
            .map_err(|_| node.error("key ids as names of members"))?;
        keys.insert(id.clone(), PublicKey::read(id, key)?);
    }
    Ok(keys)
}

fn read_file_metas(node: Node<'_>) -> Result<BTreeMap<String, FileMeta>, JsonError> {
    node.members()?
        .map(|(name, meta)| Ok((name.into_owned(), FileMeta::read(meta)?)))
        .collect()
}

/// The media type that `python-tuf` and TAP 17 give metadata in a DSSE envelope.
const PAYLOAD_TYPE: &str = "application/vnd.tuf+json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_minor_version_of_the_specification_is_read_and_no_other_major() {
        for version in ["1.0", "1.0.0", "1.0.31", "1.17"] {
            assert!(is_supported(version), "{version}");
        }
        for version in [
            "", "1", "1.", "1.0.", "1.0.0.0", "2.0.0", "0.9", "10.0", "1.x", "1.0-rc", "v1.0",
            " 1.0",
        ] {
            assert!(!is_supported(version), "{version}");
        }
    }
}
