//! The envelopes of `crypto-keys`.

use std::cell::Cell;

use canonical_json::{Document, Error, Node, Value};
use chrono::DateTime;
use crypto_keys::{
    EnvelopeKind, Payload, PublicKey, Quorum, Signature, Signed, Signer, Threshold, document_type,
    sign_classic, sign_dsse,
};

/// What must hold for any bytes: they may be read, but nobody here has signed them.
pub(crate) fn check(bytes: &[u8]) {
    let Ok(signed) = Signed::<Anything>::parse(bytes) else {
        return;
    };
    assert!(signed.signatures().len() <= 256);
    let trusted = PublicKey::from_pem(TRUSTED).expect("the key of the example is a key");
    check_that_nobody_signed(&signed, &trusted);
    let Ok(content) = signed.unverified() else {
        return;
    };
    let of_classic = signed.envelope() == EnvelopeKind::Classic;
    assert!(of_classic || document_type(bytes).is_ok_and(|found| found == Anything::TYPE));

    // Put into an envelope again with the signatures it had, it is the same claim.
    let written = sign(&signed, &content, &trusted);
    let again = Signed::<Anything>::parse(&written).expect("what is written is an envelope");
    assert_eq!(again.envelope(), signed.envelope());
    assert_eq!(again.signatures(), signed.signatures());
    assert_eq!(again.unverified(), Ok(content));
    check_that_nobody_signed(&again, &trusted);
}

fn check_that_nobody_signed(signed: &Signed<'_, Anything>, trusted: &PublicKey) {
    let again = trusted
        .clone()
        .with_id("01".parse().expect("two digits are an id"));
    let openpgp = Document::read(OPENPGP.as_bytes()).expect("the key is an object");
    let openpgp = PublicKey::read("02".parse().expect("so are these"), openpgp.root());
    let openpgp = openpgp.expect("it names its kind");
    let keys = [trusted, &again, &openpgp];
    let quorums = [
        Some(Quorum::new([], Threshold::ONE)),
        Some(Quorum::new(keys, Threshold::ONE)),
        Some(Quorum::new(keys, Threshold::ONE).at(DateTime::UNIX_EPOCH)),
        Quorum::all(keys),
    ];
    for quorum in quorums.iter().flatten() {
        assert!(
            signed.verify(quorum).is_err(),
            "verified without a signature"
        );
    }
}

fn sign(signed: &Signed<'_, Anything>, content: &Anything, key: &PublicKey) -> Vec<u8> {
    let found: Vec<_> = signed
        .signatures()
        .iter()
        .map(|signature| Found {
            key,
            signature: Cell::new(Some(signature.clone())),
        })
        .collect();
    let found: Vec<&dyn Signer> = found.iter().map(|found| -> &dyn Signer { found }).collect();
    match signed.envelope() {
        EnvelopeKind::Classic => sign_classic(&content.0, &found),
        EnvelopeKind::Dsse => {
            let payload = content.0.to_json();
            sign_dsse(Anything::PAYLOAD_TYPE, payload.as_bytes(), &found)
        }
    }
    .expect("the signatures are there already")
}

/// A signature that was in the envelope, for the writer to put it there.
struct Found<'a> {
    key: &'a PublicKey,
    signature: Cell<Option<Signature>>,
}

impl Signer for Found<'_> {
    fn public_key(&self) -> &PublicKey {
        self.key
    }

    fn sign(&self, _message: &[u8]) -> Result<Signature, crypto_keys::Error> {
        self.signature
            .take()
            .ok_or(crypto_keys::Error::BadSignature)
    }
}

/// The example of RFC 8410 section 10.1: nobody signs envelopes with it.
const TRUSTED: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

/// The same, as the master key and as a subkey of OpenPGP.
const OPENPGP: &str = r#"{
  "type": "eddsa", "method": "pgp+eddsa-ed25519",
  "keyval": {"public": {"q": "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"}},
  "subkeys": {"03": {
    "type": "eddsa", "method": "pgp+eddsa-ed25519", "creation_time": 0, "validity_period": 4294967295,
    "keyval": {"public": {"q": "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"}}
  }}
}"#;

#[derive(Debug, PartialEq)]
struct Anything(Value);

impl Payload for Anything {
    const TYPE: &'static str = "link";
    const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    fn read(signed: Node<'_>) -> Result<Self, Error> {
        Ok(Self(signed.to_value()))
    }
}
