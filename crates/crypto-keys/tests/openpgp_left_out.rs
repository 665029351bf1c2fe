//! Without the feature `openpgp` its keys and signatures are read all the same.
#![cfg(not(feature = "openpgp"))]

use canonical_json::{Document, Node, Value};
use crypto_keys::{Error, Payload, PublicKey, Quorum, Signed, Threshold, Unusable};

struct Link;

impl Payload for Link {
    const TYPE: &'static str = "link";
    const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    fn read(_: Node<'_>) -> Result<Self, canonical_json::Error> {
        Ok(Self)
    }
}

#[test]
fn openpgp_keys_are_kept_and_count_for_nothing() {
    for (name, path) in testdata::cases("openpgp/keys") {
        let json = std::fs::read(path).unwrap();
        let case = Document::read(&json).unwrap();
        let object = case.root().require("key").unwrap();
        let key = PublicKey::read("key".parse().unwrap(), object).unwrap();
        assert_eq!(key.to_value(), object.to_value(), "{name}");
        let dsa = matches!(key.unusable(), Some(Unusable::UnknownScheme { .. }));
        assert_eq!(dsa, name == "dsa.json", "{name}");
        let known = key.unusable() == Some(&Unusable::UnknownAlgorithm);
        assert_eq!(known, !dsa, "{name}");

        let Value::Object(envelopes) = case.root().require("envelopes").unwrap().to_value() else {
            panic!("{name}");
        };
        for envelope in envelopes.values() {
            let json = envelope.to_json();
            let signed = Signed::<Link>::parse(json.as_bytes()).unwrap();
            assert!(signed.unverified().is_ok(), "{name}");
            let quorum = Quorum::new([&key], Threshold::ONE);
            assert!(
                matches!(signed.verify(&quorum), Err(Error::Threshold { .. })),
                "{name}"
            );
        }
    }
}
