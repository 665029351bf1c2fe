//! Envelopes and keys of `crypto-keys`.

use canonical_json::{Document, Error, Node, Value};
use crypto_keys::{Payload, PublicKey, Quorum, Signed, Threshold};

/// What must hold for any bytes: they may be read, but nobody here has signed them.
pub(crate) fn check(bytes: &[u8]) {
    let trusted = PublicKey::from_pem(TRUSTED).expect("the key of the example is a key");
    let again = trusted
        .clone()
        .with_id("01".parse().expect("two digits are an id"));
    if let Ok(signed) = Signed::<Anything>::parse(bytes) {
        let quorums = [
            Some(Quorum::new([], Threshold::ONE)),
            Some(Quorum::new([&trusted, &again], Threshold::ONE)),
            Quorum::all([&trusted, &again]),
        ];
        for quorum in quorums.iter().flatten() {
            assert!(
                signed.verify(quorum).is_err(),
                "verified without a signature"
            );
        }
    }
    if let Ok(document) = Document::read(bytes) {
        check_key(document.root());
    }
}

/// A key object that can be read comes out as it went in.
fn check_key(node: Node<'_>) {
    let id = || "ab".parse().expect("two digits are an id");
    let Ok(key) = PublicKey::read(id(), node) else {
        return;
    };
    let json = key.to_value().to_json();
    let again =
        Document::read(json.as_bytes()).and_then(|again| PublicKey::read(id(), again.root()));
    assert_eq!(again, Ok(key));
}

/// The example of RFC 8410 section 10.1: nobody signs envelopes with it.
const TRUSTED: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

struct Anything(#[expect(dead_code, reason = "whatever was signed")] Value);

impl Payload for Anything {
    const TYPE: &'static str = "link";
    const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    fn read(signed: Node<'_>) -> Result<Self, Error> {
        Ok(Self(signed.to_value()))
    }
}
