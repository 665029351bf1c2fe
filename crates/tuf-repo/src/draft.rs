//! What a release says, role by role, and the replay that decides whether it may become one.

use std::collections::{BTreeMap, BTreeSet};

use canonical_json::Value;
use chrono::{DateTime, Utc};
use crypto_keys::{
    Algorithm, Digests, Expires, Payload, PublicKey, Quorum, Signed, Signer, sign_classic,
};
use tuf_client::{
    Error as ClientError, Limits, Snapshot, TargetFile, TargetPath, Targets, TopRole,
    TrustedMetadata, Version,
};

use crate::{Edit, Error, Keyring, Repository, RootSpec};

/// The version of the specification that the metadata follows.
const SPEC_VERSION: &str = "1.0.34";

/// The state before, whom the state after entrusts with what, and who signs now.
pub(crate) struct Draft<'d> {
    base: Option<&'d Repository>,
    spec: RootSpec,
    due: BTreeSet<TopRole>,
    keyring: &'d Keyring<'d>,
    now: DateTime<Utc>,
}

/// The metadata of a role in the release: signed for it, or as it was.
pub(crate) struct Part {
    pub(crate) version: Version,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_new: bool,
}

type Members = BTreeMap<String, Value>;

impl<'d> Draft<'d> {
    /// Of a repository that is not there yet.
    pub(crate) fn first(spec: &RootSpec, keyring: &'d Keyring<'_>, now: DateTime<Utc>) -> Self {
        Self {
            base: None,
            spec: spec.clone(),
            due: TopRole::ALL.into(),
            keyring,
            now,
        }
    }

    /// Of the state after an edit.
    pub(crate) fn next(edit: &Edit<'d>, keyring: &'d Keyring<'_>, now: DateTime<Utc>) -> Self {
        let base = edit.base;
        let mut due = edit.renewed.clone();
        due.insert(TopRole::Timestamp);
        due.extend(edit.root.as_ref().map(|_| TopRole::Root));
        let expired = |role: &TopRole| {
            let expires = base.header(*role).map(|(_, expires)| expires);
            expires.is_some_and(|expires| expires.has_passed(now))
        };
        due.extend(TopRole::ALL.into_iter().filter(expired));
        Self {
            base: Some(base),
            spec: edit
                .root
                .clone()
                .unwrap_or_else(|| RootSpec::of(base.root())),
            due,
            keyring,
            now,
        }
    }

    pub(crate) fn root(&self) -> Result<Part, Error> {
        let role = TopRole::Root;
        if let Some(part) = self.unchanged(role, true) {
            return Ok(part);
        }
        let mut signed = self.members(role)?;
        if self.base.is_none() {
            signed.insert("consistent_snapshot".into(), Value::from(true));
        }
        // Roles that are not known here keep their keys, and those that are what else is said about them.
        let mut keys = inside(&signed, "keys");
        let mut roles = inside(&signed, "roles");
        for role in TopRole::ALL {
            for old in self.old_keys(role) {
                keys.remove(old.id().as_str());
            }
            let mut members = inside(&roles, role.name().as_str());
            members.extend(self.spec.role(role).members());
            roles.insert(role.to_string(), Value::Object(members));
        }
        keys.extend(self.spec.keys()?);
        signed.insert("keys".into(), Value::Object(keys));
        signed.insert("roles".into(), Value::Object(roles));
        self.sign(role, signed)
    }

    pub(crate) fn targets(
        &self,
        changes: &BTreeMap<TargetPath, Option<TargetFile>>,
    ) -> Result<Part, Error> {
        let role = TopRole::Targets;
        let vouched = self
            .base
            .is_some_and(|base| self.vouches::<Targets>(role, &base.targets));
        if let Some(part) = self.unchanged(role, changes.is_empty() && vouched) {
            return Ok(part);
        }
        let mut signed = self.members(role)?;
        let mut targets = inside(&signed, "targets");
        for (path, file) in changes {
            match file {
                Some(file) if path.copies(file).is_empty() => {
                    let path = path.to_string();
                    let source = ClientError::NoKnownDigest { path };
                    return Err(Error::Refused { source });
                }
                Some(file) => {
                    targets.insert(path.to_string(), file.to_value());
                }
                None if targets.remove(path.as_str()).is_none() => {
                    return Err(Error::NotListed { path: path.clone() });
                }
                None => {}
            }
        }
        signed.insert("targets".into(), Value::Object(targets));
        self.sign(role, signed)
    }

    pub(crate) fn snapshot(&self, targets: &Part) -> Result<Part, Error> {
        let role = TopRole::Snapshot;
        let vouched = self
            .base
            .is_some_and(|base| self.vouches::<Snapshot>(role, &base.snapshot));
        if let Some(part) = self.unchanged(role, !targets.is_new && vouched) {
            return Ok(part);
        }
        let mut signed = self.members(role)?;
        let mut meta = inside(&signed, "meta");
        meta.insert("targets.json".into(), targets.listed());
        signed.insert("meta".into(), Value::Object(meta));
        self.sign(role, signed)
    }

    pub(crate) fn timestamp(&self, snapshot: &Part) -> Result<Part, Error> {
        let role = TopRole::Timestamp;
        let mut signed = self.members(role)?;
        let mut meta = inside(&signed, "meta");
        meta.insert("snapshot.json".into(), snapshot.listed());
        signed.insert("meta".into(), Value::Object(meta));
        self.sign(role, signed)
    }

    /// What a client that is at the state before makes of the parts: the state after, if it accepts them.
    pub(crate) fn replayed(
        &self,
        root: Part,
        timestamp: Part,
        snapshot: Part,
        targets: Part,
    ) -> Result<Repository, Error> {
        self.replay(&root, &timestamp, &snapshot, &targets)
            .map(|trusted| Repository {
                trusted,
                root: root.bytes,
                timestamp: timestamp.bytes,
                snapshot: snapshot.bytes,
                targets: targets.bytes,
            })
            .map_err(|source| Error::Refused { source })
    }

    fn replay(
        &self,
        root: &Part,
        timestamp: &Part,
        snapshot: &Part,
        targets: &Part,
    ) -> Result<TrustedMetadata, ClientError> {
        let Some(base) = self.base else {
            let mut trusted = TrustedMetadata::new(&root.bytes, self.now)?;
            trusted.update_timestamp(&timestamp.bytes)?;
            trusted.update_snapshot(&snapshot.bytes)?;
            trusted.update_targets(&targets.bytes)?;
            return Ok(trusted);
        };
        let mut trusted = TrustedMetadata::new(&base.root, self.now)?;
        if root.is_new {
            trusted.update_root(&root.bytes)?;
        }
        // What new keys do not vouch for is no floor for clients either.
        let _ = trusted.recall_timestamp(&base.timestamp);
        trusted.update_timestamp(&timestamp.bytes)?;
        let _ = trusted.recall_snapshot(&base.snapshot);
        trusted.update_snapshot(&snapshot.bytes)?;
        trusted.update_targets(&targets.bytes)?;
        Ok(trusted)
    }

    /// The role as it was, if nothing asks for a new version.
    fn unchanged(&self, role: TopRole, is_good: bool) -> Option<Part> {
        let base = self.base.filter(|_| is_good && !self.due.contains(&role))?;
        Some(Part {
            version: base.header(role)?.0,
            bytes: base.bytes(role).to_vec(),
            is_new: false,
        })
    }

    /// The keys that the state before entrusts with a role.
    fn old_keys(&self, role: TopRole) -> Vec<&PublicKey> {
        self.base
            .map(|base| base.root().keys(role))
            .unwrap_or_default()
    }

    /// Whether the keys entrusted with the role signed what there is.
    fn vouches<T: Payload>(&self, role: TopRole, bytes: &[u8]) -> bool {
        let entrusted = self.spec.role(role);
        let quorum = Quorum::new(&entrusted.keys, entrusted.threshold);
        Signed::<T>::parse(bytes).is_ok_and(|signed| signed.verify(&quorum).is_ok())
    }

    /// What the role said so far, members unknown here included.
    fn members(&self, role: TopRole) -> Result<Members, Error> {
        let Some(base) = self.base else {
            return Ok(Members::new());
        };
        let envelope = Value::read(base.bytes(role)).ok();
        match envelope
            .as_ref()
            .and_then(|envelope| envelope.get("signed"))
        {
            Some(Value::Object(signed)) => Ok(signed.clone()),
            _ => Err(Error::Envelope { role }),
        }
    }

    fn sign(&self, role: TopRole, mut signed: Members) -> Result<Part, Error> {
        let version = match self.base.and_then(|base| base.header(role)) {
            Some((version, _)) => version.next().map_err(|source| Error::Refused { source })?,
            None => Version::ONE,
        };
        let expires = self.keyring.expires(role, self.now)?;
        signed.extend(
            [
                ("_type", Value::from(role.to_string())),
                ("spec_version", Value::from(SPEC_VERSION)),
                ("version", Value::from(version.get())),
                ("expires", Value::from(expires.to_string())),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        // 6.1: a root by the keys it names, and by those of its predecessor. The other roles too, for clients that
        // do not have the new root yet.
        let keys = self.old_keys(role);
        let keys = keys.into_iter().chain(&self.spec.role(role).keys);
        let signers = self.keyring.signers(role, keys)?;
        let signers: Vec<&dyn Signer> = signers
            .iter()
            .map(|signer| -> &dyn Signer { signer })
            .collect();
        let bytes = sign_classic(&Value::Object(signed), &signers)
            .map_err(|source| Error::Sign { role, source })?;
        let limit = limit(role);
        if length(&bytes) > limit {
            let path = role.name().file_name();
            let source = ClientError::TooLong { path, limit };
            return Err(Error::Refused { source });
        }
        Ok(Part {
            version,
            bytes,
            is_new: true,
        })
    }
}

impl Part {
    /// How other metadata lists it: pinned by length and digest.
    fn listed(&self) -> Value {
        Value::object([
            ("version", Value::from(self.version.get())),
            ("length", Value::from(length(&self.bytes))),
            (
                "hashes",
                Digests::of(&self.bytes, &[Algorithm::Sha256]).to_value(),
            ),
        ])
    }
}

impl Repository {
    fn header(&self, role: TopRole) -> Option<(Version, Expires)> {
        match role {
            TopRole::Root => Some((self.root().version(), self.root().expires())),
            TopRole::Timestamp => self
                .timestamp()
                .map(|role| (role.version(), role.expires())),
            TopRole::Snapshot => self.snapshot().map(|role| (role.version(), role.expires())),
            TopRole::Targets => self.targets().map(|role| (role.version(), role.expires())),
        }
    }

    fn bytes(&self, role: TopRole) -> &[u8] {
        match role {
            TopRole::Root => &self.root,
            TopRole::Timestamp => &self.timestamp,
            TopRole::Snapshot => &self.snapshot,
            TopRole::Targets => &self.targets,
        }
    }
}

/// How much of a role's metadata clients read, unless they are told otherwise.
fn limit(role: TopRole) -> u64 {
    let limits = Limits::default();
    match role {
        TopRole::Root => limits.root,
        TopRole::Timestamp => limits.timestamp,
        TopRole::Snapshot => limits.snapshot,
        TopRole::Targets => limits.targets,
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The members of an object that is a member itself; none if it is not there.
fn inside(members: &Members, name: &str) -> Members {
    match members.get(name) {
        Some(Value::Object(inside)) => inside.clone(),
        _ => Members::new(),
    }
}
