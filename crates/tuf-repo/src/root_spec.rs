use std::collections::BTreeMap;

use canonical_json::Value;
use crypto_keys::{PublicKey, Threshold};
use tuf_client::{Root, TopRole};

use crate::Error;

/// Whom a root entrusts with the four roles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RootSpec {
    /// Who may replace these keys. Best kept offline, with a threshold of at least two.
    pub root: RoleSpec,
    /// Who says which snapshot is the newest.
    pub timestamp: RoleSpec,
    /// Who says which metadata belongs together.
    pub snapshot: RoleSpec,
    /// Who lists targets.
    pub targets: RoleSpec,
}

/// The keys of one role, and how many of them must sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoleSpec {
    /// The keys.
    pub keys: Vec<PublicKey>,
    /// How many must sign.
    pub threshold: Threshold,
}

impl RootSpec {
    /// What is said about one role.
    pub fn role(&self, role: TopRole) -> &RoleSpec {
        match role {
            TopRole::Root => &self.root,
            TopRole::Timestamp => &self.timestamp,
            TopRole::Snapshot => &self.snapshot,
            TopRole::Targets => &self.targets,
        }
    }

    /// What an existing root says: where a rotation begins.
    pub fn of(root: &Root) -> Self {
        let role = |role| RoleSpec {
            keys: root.keys(role).into_iter().cloned().collect(),
            threshold: root.threshold(role),
        };
        Self {
            root: role(TopRole::Root),
            timestamp: role(TopRole::Timestamp),
            snapshot: role(TopRole::Snapshot),
            targets: role(TopRole::Targets),
        }
    }

    /// The member `keys` of the root.
    pub(crate) fn keys(&self) -> Result<BTreeMap<String, Value>, Error> {
        let mut keys: BTreeMap<String, &PublicKey> = BTreeMap::new();
        for key in TopRole::ALL.iter().flat_map(|role| &self.role(*role).keys) {
            let id = key.id();
            match keys.insert(id.to_string(), key) {
                Some(other) if other != key => return Err(Error::KeyId { key_id: id.clone() }),
                _ => {}
            }
        }
        Ok(keys
            .into_iter()
            .map(|(id, key)| (id, key.to_value()))
            .collect())
    }
}

impl RoleSpec {
    /// One of these keys is enough.
    pub fn any_of(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            threshold: Threshold::ONE,
        }
    }

    /// What the root says about the role.
    pub(crate) fn members(&self) -> [(String, Value); 2] {
        // Each id once: the Python implementation refuses repetitions.
        let ids: BTreeMap<_, _> = self
            .keys
            .iter()
            .map(|key| (key.id(), Value::from(key.id().as_str())))
            .collect();
        let ids: Vec<_> = ids.into_values().collect();
        [
            ("keyids".into(), Value::from(ids)),
            ("threshold".into(), Value::from(self.threshold.get())),
        ]
    }
}
