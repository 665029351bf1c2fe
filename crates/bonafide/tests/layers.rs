//! The layers of the workspace: a crate depends only on crates below it. `deny.toml` says the same.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use canonical_json::{Document, Node};

/// Each crate of ours with those it may depend on, in its code or its build.
const LAYERS: [(&str, &[&str]); 9] = [
    ("canonical-json", &[]),
    ("crypto-keys", &["canonical-json"]),
    ("spiffe-certs", &["crypto-keys"]),
    ("intoto-model", &["canonical-json", "crypto-keys"]),
    (
        "intoto-verify",
        &[
            "canonical-json",
            "crypto-keys",
            "spiffe-certs",
            "intoto-model",
        ],
    ),
    ("tuf-client", &["canonical-json", "crypto-keys"]),
    ("tuf-repo", &["canonical-json", "crypto-keys", "tuf-client"]),
    (
        "bonafide",
        &[
            "canonical-json",
            "crypto-keys",
            "spiffe-certs",
            "intoto-model",
            "intoto-verify",
            "tuf-client",
            "tuf-repo",
        ],
    ),
    ("testdata", &[]),
];

/// What no library may depend on, even through others: C, runtimes, other TLS.
const KEPT_OUT: [&str; 8] = [
    "aws-lc-sys",
    "bindgen",
    "cc",
    "cmake",
    "openssl",
    "openssl-sys",
    "ring",
    "tokio",
];

fn cargo(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn text(node: Node<'_>, member: &str) -> String {
    node.require(member).unwrap().as_str().unwrap().into_owned()
}

#[test]
fn every_crate_depends_only_on_those_below_it() {
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]);
    let metadata = Document::read(&metadata).unwrap();
    let ours: BTreeMap<_, _> = LAYERS.into();
    let mut seen = BTreeSet::new();
    for package in metadata
        .root()
        .require("packages")
        .unwrap()
        .items()
        .unwrap()
    {
        let name = text(package, "name");
        let Some(allowed) = ours.get(name.as_str()) else {
            panic!("{name} has no layer")
        };
        for dependency in package.require("dependencies").unwrap().items().unwrap() {
            let on = text(dependency, "name");
            let for_tests = dependency
                .require("kind")
                .unwrap()
                .as_str()
                .is_ok_and(|kind| kind == "dev");
            assert!(
                for_tests || !ours.contains_key(on.as_str()) || allowed.contains(&on.as_str()),
                "{name} must not depend on {on}"
            );
        }
        seen.insert(name);
    }
    assert_eq!(seen.len(), LAYERS.len(), "a crate is missing: {seen:?}");
}

#[test]
fn no_library_needs_a_c_compiler_or_a_runtime() {
    for (library, _) in LAYERS
        .iter()
        .filter(|(name, _)| !["bonafide", "testdata"].contains(name))
    {
        let tree = cargo(&[
            "tree",
            "-p",
            library,
            "-e",
            "normal,build",
            "--prefix",
            "none",
            "--offline",
        ]);
        let tree = String::from_utf8(tree).unwrap();
        let needed: BTreeSet<_> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert!(needed.contains(library));
        for kept_out in KEPT_OUT {
            assert!(!needed.contains(kept_out), "{library} needs {kept_out}");
        }
    }
}
