use std::collections::BTreeMap;

use canonical_json::{Error as JsonError, Node};
use crypto_keys::{Expires, KeyId, Payload, PublicKey, Quorum, Threshold};

use super::{Header, PAYLOAD_TYPE, RoleKeys, read_keys};
use crate::{TopRole, Version};

/// Whose keys count for the four top-level roles (specification 4.3).
///
/// Key ids are opaque here: real roots hold ids that no formula yields (TAP 12). A key of an unknown kind is
/// kept and counts for nothing.
#[derive(Clone, Debug)]
pub struct Root {
    header: Header,
    consistent_snapshot: bool,
    keys: BTreeMap<KeyId, PublicKey>,
    root: RoleKeys,
    timestamp: RoleKeys,
    snapshot: RoleKeys,
    targets: RoleKeys,
}

impl Root {
    /// The version of this root.
    pub fn version(&self) -> Version {
        self.header.version
    }

    /// When this root expires.
    pub fn expires(&self) -> Expires {
        self.header.expires
    }

    /// Whether files are named by version and digest, so that an update never sees half a release (6.2).
    pub fn consistent_snapshot(&self) -> bool {
        self.consistent_snapshot
    }

    /// The keys of a role, each once.
    pub fn keys(&self, role: TopRole) -> Vec<&PublicKey> {
        self.role(role).keys(&self.keys)
    }

    /// How many of its keys must sign a role's metadata.
    pub fn threshold(&self, role: TopRole) -> Threshold {
        self.role(role).threshold
    }

    /// Who must sign a role's metadata.
    pub fn quorum(&self, role: TopRole) -> Quorum<'_> {
        self.role(role).quorum(&self.keys)
    }

    /// Whether `old`, its predecessor, entrusts timestamp and snapshot to the same keys (5.3.11).
    pub(crate) fn keeps_floors_of(&self, old: &Self) -> bool {
        let entrusted = |root: &Self, role| {
            let keys = root.keys(role);
            let keys = keys
                .iter()
                .map(|key| (key.id().clone(), key.material().to_vec()));
            (keys.collect::<Vec<_>>(), root.threshold(role))
        };
        [TopRole::Timestamp, TopRole::Snapshot]
            .iter()
            .all(|role| entrusted(self, *role) == entrusted(old, *role))
    }

    fn role(&self, role: TopRole) -> &RoleKeys {
        match role {
            TopRole::Root => &self.root,
            TopRole::Timestamp => &self.timestamp,
            TopRole::Snapshot => &self.snapshot,
            TopRole::Targets => &self.targets,
        }
    }
}

impl Payload for Root {
    const TYPE: &'static str = "root";
    const PAYLOAD_TYPE: &'static str = PAYLOAD_TYPE;

    fn read(signed: Node<'_>) -> Result<Self, JsonError> {
        let roles = signed.require("roles")?;
        let role = |name| RoleKeys::read(roles.require(name)?);
        Ok(Self {
            header: Header::read(signed)?,
            consistent_snapshot: match signed.get("consistent_snapshot")? {
                Some(node) => node.as_bool()?,
                None => false,
            },
            keys: read_keys(signed.require("keys")?)?,
            root: role("root")?,
            timestamp: role("timestamp")?,
            snapshot: role("snapshot")?,
            targets: role("targets")?,
        })
    }
}
