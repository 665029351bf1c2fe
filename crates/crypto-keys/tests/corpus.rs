//! Replays what the fuzzer kept, on stable.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../../../fuzz/checks/digests.rs"]
mod digests;
#[path = "../../../fuzz/checks/envelope.rs"]
mod envelope;
#[path = "../../../fuzz/checks/key.rs"]
mod key;

fn replay(target: &str, check: impl Fn(&[u8])) {
    for (name, path) in testdata::cases(&format!("../fuzz/corpus/{target}")) {
        println!("{name}");
        check(&std::fs::read(path).expect("a case can be read"));
    }
}

#[test]
fn the_corpus_of_envelopes_holds() {
    replay("envelope", envelope::check);
}

#[test]
fn the_corpus_of_keys_holds() {
    replay("key", key::check);
}

#[test]
fn the_corpus_of_digests_holds() {
    replay("digests", digests::check);
}

/// No private key is in a corpus: these are made for the test.
#[cfg(feature = "sign")]
#[test]
fn what_holds_for_keys_holds_for_private_ones() {
    use crypto_keys::{PrivateKey, Scheme};

    for scheme in [
        Scheme::Ed25519,
        Scheme::EcdsaP256Sha256,
        Scheme::EcdsaP384Sha384,
        Scheme::EcdsaP521Sha512,
    ] {
        let made = PrivateKey::generate(scheme).expect("the system has randomness");
        key::check(made.to_pkcs8_pem().expect("it was made").as_bytes());
    }
}
