//! Every backend gives the same verdict. The tables that say so for the most are those of Wycheproof, of CCTV and of
//! securesystemslib, each beside this file; here is what they have not.
#![cfg(all(feature = "rsa", feature = "sign"))]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use canonical_json::{Document, Node, Value};
use crypto_keys::{
    Backend, Error, Payload, PrivateKey, PublicKey, Quorum, Scheme, Signed, Signer as _, Threshold,
    Unusable, sign_classic,
};
use proptest::prelude::*;

#[test]
fn the_default_is_in_rust() {
    assert_eq!(Backend::default(), Backend::RustCrypto);
    assert_eq!(
        Backend::ALL.len(),
        if cfg!(feature = "aws-lc-rs") { 2 } else { 1 }
    );
}

struct Case {
    name: String,
    key: PublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// RSA keys with a signature that is right: `testdata/keys/generate_rsa.py`.
fn cases(folder: &str) -> Vec<Case> {
    let read = |(name, path): (String, std::path::PathBuf)| {
        let case = Value::read(&std::fs::read(path).unwrap()).unwrap();
        let hex = |member: &str| match case.get(member) {
            Some(Value::String(text)) => base16ct::lower::decode_vec(text).unwrap(),
            other => panic!("{name}: {member} is {other:?}"),
        };
        let key = case.get("key").unwrap().to_json();
        let key = Document::read(key.as_bytes()).unwrap();
        Case {
            key: PublicKey::read("key".parse().unwrap(), key.root()).unwrap(),
            message: hex("message"),
            signature: hex("signature"),
            name,
        }
    };
    let cases = testdata::cases(&format!("keys/rsa/{folder}"));
    cases.into_iter().map(read).collect()
}

#[test]
fn rsa_keys_at_the_edges_verify_what_they_signed() {
    for Case {
        name,
        key,
        message,
        signature,
    } in cases("accepted")
    {
        assert_eq!(key.unusable(), None, "{name}");
        let zero_first = [&[0], &*signature].concat();
        let mut first = signature.clone();
        first[0] ^= 1;
        let mut last = signature.clone();
        *last.last_mut().unwrap() ^= 1;
        for backend in Backend::ALL {
            let verifies =
                |message: &[u8], other: &[u8]| key.verify_with(*backend, message, other).is_ok();
            assert!(verifies(&message, &signature), "{backend:?} {name}");
            assert!(!verifies(b"another", &signature), "{backend:?} {name}");
            for (what, other) in [
                ("short", &signature[1..]),
                ("long", &zero_first),
                ("first byte", &first),
                ("last byte", &last),
                ("nothing", &[]),
            ] {
                assert!(!verifies(&message, other), "{backend:?} {name}: {what}");
            }
        }
    }
}

#[test]
fn rsa_keys_beyond_the_edges_verify_nothing() {
    for Case {
        name,
        key,
        message,
        signature,
    } in cases("refused")
    {
        assert_eq!(key.unusable(), Some(&Unusable::Weak), "{name}");
        for backend in Backend::ALL {
            let verdict = key.verify_with(*backend, &message, &signature);
            assert_eq!(verdict, Err(Error::BadSignature), "{backend:?} {name}");
        }
    }
}

#[derive(Debug)]
struct Note;

impl Payload for Note {
    const TYPE: &'static str = "note";
    const PAYLOAD_TYPE: &'static str = "application/vnd.example.note+json";

    fn read(_: Node<'_>) -> Result<Self, canonical_json::Error> {
        Ok(Self)
    }
}

#[test]
fn a_quorum_counts_the_same_with_each() {
    let alice = PrivateKey::generate(Scheme::Ed25519).unwrap();
    let bob = PrivateKey::generate(Scheme::EcdsaP256Sha256).unwrap();
    let note = Value::object([("_type", Value::from("note"))]);
    let bytes = sign_classic(&note, &[&alice]).unwrap();
    let signed = Signed::<Note>::parse(&bytes).unwrap();
    for backend in Backend::ALL {
        let verify = |key: &PublicKey| {
            let quorum = Quorum::new([key], Threshold::ONE).with_backend(*backend);
            signed.verify(&quorum)
        };
        assert!(verify(alice.public_key()).is_ok());
        assert!(matches!(
            verify(bob.public_key()),
            Err(Error::Threshold { .. })
        ));
    }
}

/// A change that leaves a signature near what it was: where parsers of DER begin to differ.
fn edited(signature: &[u8], at: usize, edit: u8, byte: u8) -> Vec<u8> {
    let (before, after) = signature.split_at(at.min(signature.len()));
    let without_first = after.get(1..).unwrap_or_default();
    match edit {
        0 => [before, &[byte], without_first].concat(),
        1 => [before, &[byte], after].concat(),
        2 => [before, without_first].concat(),
        _ => before.to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn an_edited_signature_is_none_with_any(at in 0..140_usize, edit in 0..4_u8, byte: u8) {
        for scheme in [
            Scheme::Ed25519,
            Scheme::EcdsaP256Sha256,
            Scheme::EcdsaP384Sha384,
            Scheme::EcdsaP521Sha512,
        ] {
            let key = PrivateKey::generate(scheme).unwrap();
            let signature = key.sign(b"message").unwrap().bytes;
            let edited = edited(&signature, at, edit, byte);
            for backend in Backend::ALL {
                let verdict = key.public_key().verify_with(*backend, b"message", &edited);
                prop_assert_eq!(verdict.is_ok(), edited == signature, "{:?} {:?}", backend, scheme);
            }
        }
    }
}
