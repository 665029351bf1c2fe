//! What the benches read: made here, of one shape on every machine; only the keys are new each time.

pub mod compare;
pub mod json;

use canonical_json::Value;
use crypto_keys::{Algorithm, Digests, PrivateKey, PublicKey, Scheme, Signer, sign_classic};
use intoto_model::{ArtifactPath, Link, StepName};
use intoto_verify::Links;
use tuf_client::{MemoryTransport, Tree};

/// The metadata of a TUF targets role with so many targets, of the size and shape that Python's TUF publishes.
pub fn targets_role(targets: usize) -> Value {
    let target = |number: usize| {
        let digest = format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let custom = Value::object([("license", Value::from("MIT")), ("yanked", false.into())]);
        let entry = Value::object([
            ("custom", custom),
            (
                "hashes",
                Value::object([
                    ("sha256", Value::from(digest.repeat(4))),
                    ("sha512", digest.repeat(8).into()),
                ]),
            ),
            ("length", Value::from(number as u64)),
        ]);
        let path = format!("packages/a-package-of-some-name-{number:06}/1.{number}.0.tar.gz");
        (path, entry)
    };
    Value::object([
        ("_type", Value::from("targets")),
        ("expires", EXPIRES.into()),
        ("spec_version", SPECIFICATION.into()),
        ("targets", Value::object((0..targets).map(target))),
        ("version", 1_u32.into()),
    ])
}

const EXPIRES: &str = "2099-01-01T00:00:00Z";
const SPECIFICATION: &str = "1.0.31";

/// A key of this scheme.
pub fn key(scheme: Scheme) -> PrivateKey {
    PrivateKey::generate(scheme).expect("the system has random numbers")
}

/// A TUF repository in memory.
pub struct Repository {
    /// What a client begins with.
    pub root: Vec<u8>,
    /// What it fetches from.
    pub transport: MemoryTransport,
    /// The path of the one target that is there.
    pub target: &'static str,
}

/// A repository with so many targets, one of which is there, with a mebibyte.
pub fn repository(targets: usize) -> Repository {
    let key = key(Scheme::Ed25519);
    let id = Value::from(key.public_key().id().as_str());
    let sign = |signed: &Value| sign_classic(signed, &[&key]).expect("the key signs");
    let role = || {
        Value::object([
            ("keyids", Value::from(vec![id.clone()])),
            ("threshold", 1_u32.into()),
        ])
    };
    let metadata = |kind: &str, members: Vec<(&str, Value)>| {
        let usual = [
            ("_type", Value::from(kind)),
            ("expires", EXPIRES.into()),
            ("spec_version", SPECIFICATION.into()),
            ("version", 1_u32.into()),
        ];
        sign(&Value::object(usual.into_iter().chain(members)))
    };
    let meta = |name: &str, bytes: &[u8]| {
        let file = Value::object([
            (
                "hashes",
                Digests::of(bytes, &[Algorithm::Sha256]).to_value(),
            ),
            ("length", Value::from(bytes.len() as u64)),
            ("version", 1_u32.into()),
        ]);
        vec![("meta", Value::object([(name, file)]))]
    };

    let path = "tools/tool.tar";
    let content = vec![b'.'; 1 << 20];
    let digests = Digests::of(&content, &[Algorithm::Sha256]);
    let mut role_with_target = targets_role(targets);
    if let Value::Object(members) = &mut role_with_target
        && let Some(Value::Object(targets)) = members.get_mut("targets")
    {
        let length = Value::from(content.len() as u64);
        let entry = Value::object([("hashes", digests.to_value()), ("length", length)]);
        targets.insert(path.into(), entry);
    }

    let targets = sign(&role_with_target);
    let snapshot = metadata("snapshot", meta("targets.json", &targets));
    let timestamp = metadata("timestamp", meta("snapshot.json", &snapshot));
    let root = metadata(
        "root",
        vec![
            ("consistent_snapshot", true.into()),
            (
                "keys",
                Value::object([(key.public_key().id().as_str(), key.public_key().to_value())]),
            ),
            (
                "roles",
                Value::object(
                    ["root", "timestamp", "snapshot", "targets"].map(|name| (name, role())),
                ),
            ),
        ],
    );

    let mut transport = MemoryTransport::new();
    transport.put(Tree::Metadata, "timestamp.json", timestamp);
    transport.put(Tree::Metadata, "1.snapshot.json", snapshot);
    transport.put(Tree::Metadata, "1.targets.json", targets);
    let digest = digests.hex(Algorithm::Sha256).expect("it was computed");
    transport.put(Tree::Targets, format!("tools/{digest}.tool.tar"), content);
    Repository {
        root,
        transport,
        target: path,
    }
}

/// A supply chain of three steps, each by its own key.
pub struct Chain {
    /// The layout, signed.
    pub layout: Vec<u8>,
    /// Who signed it.
    pub owner: PublicKey,
    /// What the functionaries reported.
    pub links: Links,
}

/// *fetch*, *build* and *pack* of so many artifacts: each step takes all that the one before it made, under one `MATCH`
/// rule, and everything else is disallowed. `patterns` rules before it match nothing.
pub fn chain(artifacts: usize, patterns: usize) -> Chain {
    let owner = key(Scheme::Ed25519);
    let steps = ["fetch", "build", "pack"].map(|name| (name, key(Scheme::Ed25519)));
    let words = |words: &[&str]| {
        Value::from(
            words
                .iter()
                .map(|word| Value::from(*word))
                .collect::<Vec<_>>(),
        )
    };
    let rules = |from: Option<&str>| {
        let idle = (0..patterns).map(|number| words(&["ALLOW", &format!("*a*a*{number}*a*b")]));
        let last = match from {
            Some(step) => words(&["MATCH", "*", "WITH", "PRODUCTS", "FROM", step]),
            None => words(&["ALLOW", "*"]),
        };
        Value::from(
            idle.chain([last, words(&["DISALLOW", "*"])])
                .collect::<Vec<_>>(),
        )
    };
    let mut before = None;
    let mut listed = Vec::new();
    for (name, key) in &steps {
        listed.push(Value::object([
            ("_type", Value::from("step")),
            ("name", (*name).into()),
            (
                "pubkeys",
                vec![key.public_key().id().as_str().into()].into(),
            ),
            ("threshold", 1_u32.into()),
            ("expected_command", Value::Array(vec![])),
            ("expected_materials", rules(before)),
            ("expected_products", rules(None)),
        ]));
        before = Some(name);
    }
    let keys = steps
        .iter()
        .map(|(_, key)| (key.public_key().id().as_str(), key.public_key().to_value()));
    let layout = Value::object([
        ("_type", Value::from("layout")),
        ("expires", EXPIRES.into()),
        ("inspect", Value::Array(vec![])),
        ("keys", Value::object(keys)),
        ("readme", "".into()),
        ("steps", listed.into()),
    ]);

    let recorded = (0..artifacts).map(|number| {
        let path = format!("src/some/directory/of-the-project/file-{number:06}.rs");
        let path = ArtifactPath::try_from(path.as_str()).expect("this is a path");
        (
            path,
            Digests::of(&number.to_le_bytes(), &[Algorithm::Sha256]),
        )
    });
    let recorded: intoto_model::Artifacts = recorded.collect();
    let mut links = Links::default();
    for (name, key) in &steps {
        let step = StepName::try_from(*name).expect("this is a name");
        let mut link = Link::new(step.clone());
        link.materials = recorded.clone();
        link.products = recorded.clone();
        let signed = sign_classic(&link.to_value(), &[key]).expect("the key signs");
        links.add(step, *name, signed);
    }
    let layout = sign_classic(&layout, &[&owner]).expect("the key signs");
    Chain {
        layout,
        owner: owner.public_key().clone(),
        links,
    }
}
