//! A repository whose every statement can be changed, signed or not.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;

use canonical_json::Value;
use chrono::{DateTime, Utc};
use crypto_keys::{Algorithm, Digests, PrivateKey, Scheme, Signer, sign_classic};
use tuf_client::{
    Client, Error, MemoryStore, MemoryTransport, Record, Request, RoleName, Store, TargetFile,
    TargetPath, Transport, Tree, Version,
};

/// The instant of every update that does not say otherwise.
pub(crate) const NOW: &str = "2026-06-01T00:00:00Z";
pub(crate) const BEFORE_NOW: &str = "2026-05-31T23:59:59Z";
const FAR: &str = "2036-01-01T00:00:00Z";
const BOTH: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sha512];

pub(crate) fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

pub(crate) fn key() -> PrivateKey {
    PrivateKey::generate(Scheme::Ed25519).unwrap()
}

pub(crate) fn sign(signed: &Value, keys: &[PrivateKey]) -> Vec<u8> {
    let signers: Vec<&dyn Signer> = keys.iter().map(|key| key as &dyn Signer).collect();
    sign_classic(signed, &signers).unwrap()
}

pub(crate) fn path(text: &str) -> TargetPath {
    TargetPath::try_from(text).unwrap()
}

pub(crate) fn role(text: &str) -> RoleName {
    RoleName::try_from(text).unwrap()
}

pub(crate) fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// One role: what it says beside its content, and who signs it.
pub(crate) struct Role {
    pub(crate) version: u64,
    pub(crate) expires: String,
    pub(crate) keys: Vec<PrivateKey>,
    pub(crate) threshold: u32,
}

impl Role {
    pub(crate) fn new() -> Self {
        Self {
            version: 1,
            expires: FAR.into(),
            keys: vec![key()],
            threshold: 1,
        }
    }

    pub(crate) fn header(&self, kind: &str) -> BTreeMap<String, Value> {
        [
            ("_type", Value::from(kind)),
            ("spec_version", Value::from("1.0.31")),
            ("version", Value::from(self.version)),
            ("expires", Value::from(self.expires.as_str())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    pub(crate) fn key_ids(&self) -> Value {
        self.keys
            .iter()
            .map(|key| Value::from(key.public_key().id().as_str()))
            .collect::<Vec<_>>()
            .into()
    }

    fn entrusted(&self) -> Value {
        Value::object([
            ("keyids", self.key_ids()),
            ("threshold", Value::from(self.threshold)),
        ])
    }
}

pub(crate) fn key_objects<'k>(keys: impl IntoIterator<Item = &'k PrivateKey>) -> Value {
    Value::object(keys.into_iter().map(|key| {
        let key = key.public_key();
        (key.id().as_str().to_owned(), key.to_value())
    }))
}

/// A targets role, top-level or delegated.
pub(crate) struct TargetsRole {
    pub(crate) role: Role,
    pub(crate) targets: BTreeMap<String, TargetFile>,
    /// Name, patterns, whether terminating; the keys are those of the role of that name.
    pub(crate) delegations: Vec<(&'static str, Vec<&'static str>, bool)>,
    pub(crate) succinct: bool,
}

impl TargetsRole {
    pub(crate) fn new() -> Self {
        Self {
            role: Role::new(),
            targets: BTreeMap::new(),
            delegations: Vec::new(),
            succinct: false,
        }
    }
}

pub(crate) struct Simulator {
    pub(crate) root: Role,
    pub(crate) timestamp: Role,
    pub(crate) snapshot: Role,
    /// By name; the top-level role is `targets`.
    pub(crate) targets: BTreeMap<&'static str, TargetsRole>,
    pub(crate) consistent: bool,
    /// Whether lengths and digests of metadata are listed.
    pub(crate) pinned: bool,
    pub(crate) files: MemoryTransport,
    first_root: Vec<u8>,
}

impl Simulator {
    /// A repository with one target, `file.txt`, everything in version 1.
    pub(crate) fn new() -> Self {
        let mut simulator = Self {
            root: Role::new(),
            timestamp: Role::new(),
            snapshot: Role::new(),
            targets: [("targets", TargetsRole::new())].into(),
            consistent: true,
            pinned: false,
            files: MemoryTransport::new(),
            first_root: Vec::new(),
        };
        simulator.publish_root(&[]);
        simulator.first_root = simulator.file("1.root.json");
        simulator.add_target("targets", "file.txt", b"content");
        simulator.publish();
        simulator
    }

    pub(crate) fn first_root(&self) -> &[u8] {
        &self.first_root
    }

    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        let found = self
            .files
            .files()
            .find(|(tree, path, _)| (*tree, *path) == (Tree::Metadata, name));
        found.unwrap_or_else(|| panic!("no {name}")).2.to_vec()
    }

    pub(crate) fn top(&mut self) -> &mut TargetsRole {
        self.targets.get_mut("targets").unwrap()
    }

    pub(crate) fn delegated(&mut self, name: &str) -> &mut TargetsRole {
        self.targets.get_mut(name).unwrap()
    }

    pub(crate) fn root_value(&self) -> Value {
        let mut signed = self.root.header("root");
        let top = &self.targets["targets"].role;
        let keys = [&self.root, &self.timestamp, &self.snapshot, top].map(|role| &role.keys);
        signed.insert("consistent_snapshot".into(), Value::from(self.consistent));
        signed.insert("keys".into(), key_objects(keys.into_iter().flatten()));
        signed.insert(
            "roles".into(),
            Value::object([
                ("root", self.root.entrusted()),
                ("timestamp", self.timestamp.entrusted()),
                ("snapshot", self.snapshot.entrusted()),
                ("targets", top.entrusted()),
            ]),
        );
        Value::Object(signed)
    }

    pub(crate) fn targets_value(&self, name: &str) -> Value {
        let targets = &self.targets[name];
        let mut signed = targets.role.header("targets");
        let listed = targets
            .targets
            .iter()
            .map(|(path, file)| (path.clone(), file.to_value()));
        signed.insert("targets".into(), Value::object(listed));
        let delegatees = targets
            .delegations
            .iter()
            .filter_map(|(name, ..)| self.targets.get(name));
        let keys = key_objects(delegatees.flat_map(|delegatee| &delegatee.role.keys));
        let roles: Vec<_> = targets
            .delegations
            .iter()
            .map(|(name, patterns, terminating)| {
                let patterns: Vec<_> = patterns
                    .iter()
                    .map(|pattern| Value::from(*pattern))
                    .collect();
                Value::object([
                    ("name", Value::from(*name)),
                    ("keyids", self.targets[name].role.key_ids()),
                    ("threshold", Value::from(self.targets[name].role.threshold)),
                    ("paths", Value::from(patterns)),
                    ("terminating", Value::from(*terminating)),
                ])
            })
            .collect();
        if targets.succinct {
            let rule = Value::object(
                [("bit_length", 1_u32), ("threshold", 1)].map(|(k, v)| (k, Value::from(v))),
            );
            signed.insert(
                "delegations".into(),
                Value::object([("keys", keys), ("succinct_roles", rule)]),
            );
        } else if !roles.is_empty() {
            signed.insert(
                "delegations".into(),
                Value::object([("keys", keys), ("roles", roles.into())]),
            );
        }
        Value::Object(signed)
    }

    fn meta(&self, version: u64, bytes: &[u8]) -> Value {
        let mut meta = vec![("version", Value::from(version))];
        if self.pinned {
            meta.push(("length", Value::from(bytes.len() as u64)));
            meta.push(("hashes", Digests::of(bytes, &BOTH).to_value()));
        }
        Value::object(meta)
    }

    /// Publishes the root in its version, signed by its keys and by others.
    pub(crate) fn publish_root(&mut self, others: &[&PrivateKey]) {
        let signed = self.root_value();
        let own = self.root.keys.iter();
        let mut signers: Vec<&dyn Signer> = Vec::new();
        for key in own.chain(others.iter().copied()) {
            if signers
                .iter()
                .all(|signer| signer.public_key() != key.public_key())
            {
                signers.push(key);
            }
        }
        let bytes = sign_classic(&signed, &signers).unwrap();
        self.files.put(
            Tree::Metadata,
            format!("{}.root.json", self.root.version),
            bytes,
        );
    }

    /// The next root, signed by old keys and new after `change`.
    pub(crate) fn rotate(&mut self, change: impl FnOnce(&mut Self)) {
        let old: Vec<_> = self
            .root
            .keys
            .iter()
            .map(|key| key.to_pkcs8_pem().unwrap())
            .collect();
        let old: Vec<_> = old
            .iter()
            .map(|pem| PrivateKey::from_pem(pem).unwrap())
            .collect();
        change(self);
        self.root.version += 1;
        self.publish_root(&old.iter().collect::<Vec<_>>());
    }

    /// Publishes everything but the root, each role in its version.
    pub(crate) fn publish(&mut self) {
        let mut meta = BTreeMap::new();
        for name in self.targets.keys() {
            let role = &self.targets[name].role;
            let bytes = sign(&self.targets_value(name), &role.keys);
            meta.insert(format!("{name}.json"), self.meta(role.version, &bytes));
            let file = crate::simulator::role(name);
            let file = match self.consistent {
                true => file.versioned_file_name(version(role.version)),
                false => file.file_name(),
            };
            self.files.put(Tree::Metadata, file, bytes);
        }
        self.publish_snapshot(Value::Object(meta));
    }

    pub(crate) fn publish_snapshot(&mut self, meta: Value) {
        let mut signed = self.snapshot.header("snapshot");
        signed.insert("meta".into(), meta);
        let bytes = sign(&Value::Object(signed), &self.snapshot.keys);
        let listed = self.meta(self.snapshot.version, &bytes);
        let name = match self.consistent {
            true => format!("{}.snapshot.json", self.snapshot.version),
            false => "snapshot.json".into(),
        };
        self.files.put(Tree::Metadata, name, bytes);
        self.publish_timestamp(listed);
    }

    pub(crate) fn publish_timestamp(&mut self, snapshot: Value) {
        let mut signed = self.timestamp.header("timestamp");
        signed.insert("meta".into(), Value::object([("snapshot.json", snapshot)]));
        let bytes = sign(&Value::Object(signed), &self.timestamp.keys);
        self.files.put(Tree::Metadata, "timestamp.json", bytes);
    }

    /// One version more of the timestamp, the snapshot and the top-level targets.
    pub(crate) fn bump(&mut self) {
        self.timestamp.version += 1;
        self.snapshot.version += 1;
        self.top().role.version += 1;
    }

    pub(crate) fn add_target(&mut self, role: &'static str, name: &str, content: &[u8]) {
        let file = TargetFile::new(content.len() as u64, Digests::of(content, &BOTH));
        for copy in path(name).copies(&file) {
            self.files.put(Tree::Targets, copy, content);
        }
        self.files.put(Tree::Targets, name, content);
        self.targets
            .entry(role)
            .or_insert_with(TargetsRole::new)
            .targets
            .insert(name.into(), file);
    }

    /// Everything in one fresh update.
    pub(crate) fn client(&self, store: MemoryStore) -> Client<Recording, MemoryStore> {
        self.client_at(NOW, store)
    }

    pub(crate) fn client_at(
        &self,
        now: &str,
        store: MemoryStore,
    ) -> Client<Recording, MemoryStore> {
        let transport = Recording {
            files: self.files.clone(),
            log: Vec::new(),
        };
        Client::new(self.first_root(), at(now), transport, store).unwrap()
    }

    /// Updates with what an earlier update kept; what is kept then, and what came of it.
    pub(crate) fn refresh(
        &self,
        store: MemoryStore,
    ) -> (Result<(), Error>, MemoryStore, Vec<String>) {
        self.refresh_at(NOW, store)
    }

    pub(crate) fn refresh_at(
        &self,
        now: &str,
        store: MemoryStore,
    ) -> (Result<(), Error>, MemoryStore, Vec<String>) {
        let mut client = self.client_at(now, store);
        let result = client.refresh();
        let (transport, store) = client.into_parts();
        (result, store, transport.log)
    }

    /// What is kept after an update that must succeed.
    pub(crate) fn kept(&self, store: MemoryStore) -> MemoryStore {
        let (result, store, _) = self.refresh(store);
        result.unwrap();
        store
    }
}

/// The versions a store keeps: root, timestamp, snapshot, targets.
pub(crate) fn versions(store: &MemoryStore) -> [Option<u64>; 4] {
    let of = |bytes: &[u8]| match Value::read(bytes)
        .unwrap()
        .get("signed")
        .unwrap()
        .get("version")
    {
        Some(Value::Integer(version)) => version.as_str().parse().unwrap(),
        other => panic!("{other:?}"),
    };
    let role = |role: &RoleName| {
        store
            .load(Record::Role(role))
            .unwrap()
            .map(|bytes| of(&bytes))
    };
    [
        store.newest_root().map(of),
        role(&RoleName::TIMESTAMP),
        role(&RoleName::SNAPSHOT),
        role(&RoleName::TARGETS),
    ]
}

/// A repository in memory that remembers what it was asked for.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) files: MemoryTransport,
    pub(crate) log: Vec<String>,
}

impl Transport for Recording {
    type Error = Infallible;

    fn fetch(&mut self, request: &Request<'_>) -> Result<Option<Box<dyn Read + '_>>, Infallible> {
        self.log.push(request.path.to_owned());
        self.files.fetch(request)
    }
}
