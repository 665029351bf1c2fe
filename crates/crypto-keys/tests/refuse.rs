//! Every way to be refused that input can reach has its case here.
#![cfg(feature = "encryption")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Debug;

use canonical_json::{Document, Node, Value};
use crypto_keys::{
    Digests, Error, Expires, KeyId, KeyIdPolicy, Payload, PrivateKey, PublicKey, Quorum, Scheme,
    Signed, Signer, Threshold, Unusable,
};

#[derive(Debug)]
struct Note;

impl Payload for Note {
    const TYPE: &'static str = "note";
    const PAYLOAD_TYPE: &'static str = "application/vnd.example.note+json";

    fn read(_: Node<'_>) -> Result<Self, canonical_json::Error> {
        Ok(Self)
    }
}

fn envelope(json: &str) -> Error {
    let quorum = Quorum::new([], Threshold::ONE);
    let verified = Signed::<Note>::parse(json.as_bytes()).and_then(|note| note.verify(&quorum));
    verified.unwrap_err()
}

fn classic(document_type: &str, signatures: &str) -> Error {
    envelope(&format!(
        r#"{{"signed": {{"_type": "{document_type}"}}, "signatures": [{signatures}]}}"#
    ))
}

fn key(keytype: &str, scheme: &str, keyval: &str) -> Unusable {
    let json = format!(r#"{{"keytype": "{keytype}", "scheme": "{scheme}", "keyval": {keyval}}}"#);
    let document = Document::read(json.as_bytes()).unwrap();
    let key = PublicKey::read("key".parse().unwrap(), document.root()).unwrap();
    key.unusable().unwrap().clone()
}

fn public(text: &str) -> String {
    format!(r#"{{"public": "{text}"}}"#)
}

fn names<T: Debug>(values: &[T]) -> BTreeSet<String> {
    let names = values
        .iter()
        .map(|value| testdata::variant(&format!("{value:?}")));
    names.collect()
}

#[test]
fn every_error_has_a_case() {
    let signature = r#"{"keyid": "a", "sig": ""}"#;
    let alice = PrivateKey::generate(Scheme::Ed25519).unwrap();
    let encrypted = alice.to_encrypted_pkcs8_pem(b"passphrase").unwrap();
    let cases = [
        alice.public_key().verify(b"", b"").unwrap_err(),
        classic("note", ""),
        classic("letter", ""),
        classic("note", &[signature; 2].join(",")),
        classic("note", &["0"; 257].join(",")),
        envelope("["),
        envelope("{}"),
        envelope(&format!(
            r#"{{"payload": "?", "payloadType": "{}", "signatures": []}}"#,
            Note::PAYLOAD_TYPE
        )),
        KeyId::try_from("").unwrap_err(),
        KeyIdPolicy::Computed
            .check(&alice.public_key().clone().with_id("alice".parse().unwrap()))
            .unwrap_err(),
        "2030".parse::<Expires>().unwrap_err(),
        Digests::from_dir_hash("h1:").unwrap_err(),
        PublicKey::from_pem("").unwrap_err(),
        PrivateKey::from_pem("").unwrap_err(),
        PrivateKey::from_pem(&encrypted).unwrap_err(),
        PrivateKey::from_pem_with_passphrase(&encrypted, b"another").unwrap_err(),
    ];
    let mut expected = testdata::variants(include_str!("../src/error.rs"), "Error");
    // No input makes a key refuse to sign: a token or a service does.
    assert!(expected.remove("Signing"));
    assert_eq!(names(&cases), expected);
}

#[test]
fn every_reason_for_a_key_to_verify_nothing_has_a_case() {
    let ed25519 = PrivateKey::generate(Scheme::Ed25519).unwrap();
    let pem = ed25519.public_key().to_pem().unwrap().replace('\n', "\\n");
    // The same key, said to be one for Ed448.
    let mut ed448 = ed25519.public_key().material().to_owned();
    ed448[8] = 0x71;
    let Err(Error::Key(unknown)) = PublicKey::from_spki(&ed448) else {
        panic!("there is no Ed448 here");
    };
    let forms = testdata::root().join("keys/forms/ed25519.json");
    let forms = Value::read(&std::fs::read(forms).unwrap()).unwrap();
    let of_another = forms
        .get("refuse")
        .and_then(|refuse| refuse.get("certificate-of-another-key-beside-a-key"))
        .and_then(|refused| refused.get("key")?.get("keyval"))
        .unwrap();
    let cases = [
        unknown,
        key("ed25519", "ed448", &public("")),
        key("ed25519", "ed25519", "[]"),
        key("ed25519", "ed25519", &of_another.to_json()),
        key("ecdsa", "ecdsa-sha2-nistp256", &public(&pem)),
        key("ed25519", "ed25519", &public("00")),
        key("ed25519", "ed25519", &public(&"00".repeat(32))),
    ];
    let expected = testdata::variants(include_str!("../src/key.rs"), "Unusable");
    assert_eq!(names(&cases), expected);
}
