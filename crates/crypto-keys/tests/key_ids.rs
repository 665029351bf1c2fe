//! The ids of keys: which formula yields which, and what a policy makes of it.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::path::PathBuf;

use canonical_json::{Document, Node, Value};
use crypto_keys::{Error, KeyId, KeyIdPolicy, KeyIdRule, PublicKey, TextEnd};

const BARE: KeyIdRule = KeyIdRule::Bare(TextEnd::LineBreak);
const GOLANG: KeyIdRule = KeyIdRule::WithHashAlgorithms(TextEnd::Trimmed);

fn read(id: &str, json: &str) -> PublicKey {
    let document = Document::read(json.as_bytes()).unwrap();
    PublicKey::read(id.parse().unwrap(), document.root()).unwrap()
}

fn keys(listed: Node<'_>) -> Vec<PublicKey> {
    let read = |(id, node): (std::borrow::Cow<'_, str>, Node<'_>)| {
        PublicKey::read(id.parse().unwrap(), node).unwrap()
    };
    listed.members().unwrap().map(read).collect()
}

fn vectors(folder: &str) -> Option<PathBuf> {
    let vectors = testdata::vectors();
    if vectors.is_none() {
        println!("skipped: BONAFIDE_VECTORS is not set");
    }
    Some(vectors?.join(folder))
}

/// The key and the ids of `alice.pub` of in-toto-golang, as the tools compute them.
#[cfg(feature = "rsa")]
#[test]
fn one_key_has_the_ids_of_every_tool() {
    let Some(vectors) = vectors("in-toto-golang") else {
        return;
    };
    let pem = std::fs::read_to_string(vectors.join("alice.pub")).unwrap();
    let alice = PublicKey::from_pem(&pem).unwrap();
    use KeyIdRule::{Bare, WithHashAlgorithms, WithoutScheme};
    use TextEnd::{LineBreak, Trimmed};
    for (rule, start) in [
        (KeyIdRule::WholeObject, "84f7dd43"),
        (Bare(LineBreak), "84f7dd43"),
        (Bare(Trimmed), "d1c15930"),
        (WithHashAlgorithms(LineBreak), "d4dd0a3f"),
        (WithHashAlgorithms(Trimmed), "70ca5750"),
        (WithoutScheme(LineBreak), "1e135848"),
        (WithoutScheme(Trimmed), "aea5e944"),
    ] {
        let id = alice.computed_id(rule).unwrap();
        assert!(id.as_str().starts_with(start), "{rule:?}: {id}");
        let rules: Vec<_> = alice.clone().with_id(id).id_rules().collect();
        assert!(rules.contains(&rule), "{rule:?}: {rules:?}");
    }
}

#[test]
fn the_ids_of_securesystemslib_are_those_of_the_bare_object() {
    for (name, path) in testdata::cases("keys/signatures") {
        let case = Value::read(&std::fs::read(path).unwrap()).unwrap();
        let (Some(Value::String(id)), Some(key)) = (case.get("keyid"), case.get("key")) else {
            panic!("{name}");
        };
        let key = read(id, &key.to_json());
        let rules: Vec<_> = key.id_rules().collect();
        // Hexadecimal has no line break at its end.
        let expected = match name.as_str() {
            "ed25519.json" => vec![
                KeyIdRule::WholeObject,
                BARE,
                KeyIdRule::Bare(TextEnd::Trimmed),
            ],
            _ => vec![KeyIdRule::WholeObject, BARE],
        };
        assert_eq!(rules, expected, "{name}");
    }
}

#[cfg(feature = "rsa")]
#[test]
fn the_ids_of_in_toto_golang_are_those_with_hash_algorithms() {
    let Some(vectors) = vectors("in-toto-golang") else {
        return;
    };
    let json = std::fs::read(vectors.join("demo.layout")).unwrap();
    let document = Document::read(&json).unwrap();
    let signed = document.root().require("signed").unwrap();
    // The authorities are listed under the ids of the keys in their certificates.
    for (members, count) in [("keys", 2), ("rootcas", 1), ("intermediatecas", 1)] {
        let keys = keys(signed.require(members).unwrap());
        assert_eq!(keys.len(), count, "{members}");
        for key in keys {
            assert_eq!(key.id_rules().collect::<Vec<_>>(), [GOLANG], "{members}");
            assert_eq!(KeyIdPolicy::Computed.check(&key), Ok(()), "{members}");
            assert!(KeyIdPolicy::WholeObject.check(&key).is_err(), "{members}");
        }
    }
}

#[test]
fn the_ids_of_sigstore_are_those_of_the_whole_object_but_one() {
    let Some(vectors) = vectors("sigstore-root") else {
        return;
    };
    let mut exceptions = Vec::new();
    for version in 1..=15 {
        let json = std::fs::read(vectors.join(format!("{version}.root.json"))).unwrap();
        let document = Document::read(&json).unwrap();
        let listed = document.root().require("signed").unwrap();
        for key in keys(listed.require("keys").unwrap()) {
            assert_eq!(KeyIdPolicy::Opaque.check(&key), Ok(()));
            let whole_object = key.id_rules().any(|rule| rule == KeyIdRule::WholeObject);
            assert_eq!(KeyIdPolicy::WholeObject.check(&key).is_ok(), whole_object);
            if !whole_object {
                assert_eq!(key.id_rules().count(), 0);
                assert!(KeyIdPolicy::Computed.check(&key).is_err());
                exceptions.push((version, key.id().to_string()));
            }
        }
    }
    let id = "7247f0dbad85b147e1863bade761243cc785dcb7aa410e7105dd3d2b61a36d2c";
    assert_eq!(exceptions, [(11, id.to_owned())]);
}

const KEY: &str = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

fn key_object(more: &str) -> String {
    format!(
        r#"{{"keytype": "ed25519", "scheme": "ed25519", "keyval": {{"public": "{KEY}"}}{more}}}"#
    )
}

#[test]
fn members_beside_the_key_change_the_id_of_the_whole_object_alone() {
    let plain = read("key", &key_object(""));
    let owned = read("key", &key_object(r#", "x-tuf-on-ci-keyowner": "@alice""#));
    for rule in KeyIdRule::ALL {
        let same = plain.computed_id(rule) == owned.computed_id(rule);
        assert_eq!(same, rule != KeyIdRule::WholeObject, "{rule:?}");
    }
}

#[test]
fn an_id_that_is_not_computed_is_refused_by_the_policies_that_ask() {
    let plain = read("key", &key_object(""));
    let bare = plain.computed_id(BARE).unwrap();
    let golang = plain.computed_id(GOLANG).unwrap();
    let refused = |listed: &KeyId, computed: Vec<KeyId>| {
        Err(Error::OtherKeyId {
            listed: listed.clone(),
            computed: computed.into_iter().collect(),
        })
    };
    let all = KeyIdRule::ALL
        .iter()
        .filter_map(|rule| plain.computed_id(*rule));
    let all: Vec<_> = all.collect();
    assert_eq!(all.len(), 7);
    let label: KeyId = "key".parse().unwrap();
    let upper: KeyId = bare.as_str().to_uppercase().parse().unwrap();
    for (id, computed, whole) in [
        (&bare, Ok(()), Ok(())),
        (&golang, Ok(()), refused(&golang, vec![bare.clone()])),
        (
            &label,
            refused(&label, all.clone()),
            refused(&label, vec![bare.clone()]),
        ),
        (
            &upper,
            refused(&upper, all.clone()),
            refused(&upper, vec![bare.clone()]),
        ),
    ] {
        let key = plain.clone().with_id(id.clone());
        assert_eq!(KeyIdPolicy::default().check(&key), Ok(()), "{id}");
        assert_eq!(KeyIdPolicy::Computed.check(&key), computed, "{id}");
        assert_eq!(KeyIdPolicy::WholeObject.check(&key), whole, "{id}");
    }
    let error = KeyIdPolicy::WholeObject
        .check(&plain.with_id(label))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the key id key is not computed from its key, which has {bare}")
    );
}

#[test]
fn a_key_that_cannot_be_used_has_the_ids_that_its_members_yield() {
    let future = read(
        "key",
        r#"{"keytype": "future", "scheme": "future", "keyval": {"public": "key"}}"#,
    );
    let all = KeyIdRule::ALL
        .iter()
        .filter_map(|rule| future.computed_id(*rule));
    assert_eq!(all.count(), 7);
    let openpgp = read(
        "key",
        r#"{"type": "dsa", "method": "pgp+dsa-fips-180-2", "keyval": {"public": {"y": "0"}}}"#,
    );
    for rule in KeyIdRule::ALL {
        let computed = openpgp.computed_id(rule).is_some();
        assert_eq!(computed, rule == KeyIdRule::WholeObject, "{rule:?}");
    }
}
