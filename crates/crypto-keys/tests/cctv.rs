//! The edge cases of Ed25519 that C2SP collected (CCTV), read from `BONAFIDE_VECTORS`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use canonical_json::{Document, Node, Value};
use crypto_keys::{Backend, PublicKey, Unusable};

/// What an edge case that verifies may have: points of mixed order. Only the holder of such a key can sign with it, and
/// the equation of RFC 8032 section 5.1.7 holds without its cofactor. All else is refused: a key or an `R` of small
/// order, a second encoding of either, an equation that needs the cofactor (`low_order_residue`).
const HARMLESS: [&str; 2] = ["low_order_component_A", "low_order_component_R"];

#[test]
fn of_the_edge_cases_those_that_every_rule_allows_are_accepted_and_no_others() {
    let Some(vectors) = testdata::vectors() else {
        println!("skipped: BONAFIDE_VECTORS is not set");
        return;
    };
    let json = std::fs::read(vectors.join("cctv/ed25519vectors.json")).unwrap();
    let document = Document::read(&json).unwrap();
    let mut accepted = 0;
    for vector in document.root().items().unwrap() {
        let flags = flags(vector);
        let number = vector.require("number").unwrap().as_u64().unwrap();
        let key = key(vector);
        let weak = flags.iter().any(|flag| flag == "low_order_A");
        assert_eq!(
            key.unusable(),
            weak.then_some(&Unusable::Weak),
            "{number}: {flags:?}"
        );

        let signature = base16ct::lower::decode_vec(text(vector, "sig")).unwrap();
        let harmless = flags.iter().all(|flag| HARMLESS.contains(&flag.as_str()));
        for backend in Backend::ALL {
            let verified = key.verify_with(*backend, text(vector, "msg").as_bytes(), &signature);
            assert_eq!(
                verified.is_ok(),
                harmless,
                "{backend:?} {number}: {flags:?}"
            );
        }
        accepted += usize::from(harmless);
    }
    assert_eq!(accepted, 43);
}

fn key(vector: Node<'_>) -> PublicKey {
    let public = Value::from(text(vector, "key"));
    let object = Value::object([
        ("keytype", Value::from("ed25519")),
        ("scheme", Value::from("ed25519")),
        ("keyval", Value::object([("public", public)])),
    ]);
    let json = object.to_json();
    let document = Document::read(json.as_bytes()).unwrap();
    PublicKey::read("key".parse().unwrap(), document.root()).unwrap()
}

fn text(vector: Node<'_>, member: &str) -> String {
    let text = vector.require(member).unwrap().as_str().unwrap();
    text.into_owned()
}

fn flags(vector: Node<'_>) -> Vec<String> {
    let flags = vector.require("flags").unwrap();
    if flags.is_null() {
        return Vec::new();
    }
    let flags = flags.items().unwrap();
    flags.map(|flag| flag.as_str().unwrap().into()).collect()
}
