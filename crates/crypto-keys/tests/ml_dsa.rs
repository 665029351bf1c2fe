//! ML-DSA keys as securesystemslib writes them (TAP 21): `testdata/keys/generate.py`.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use canonical_json::{Document, Value};
use crypto_keys::{Error, PublicKey, Unusable};

const SETS: [&str; 3] = ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"];

fn case(set: &str) -> Value {
    let path = format!("keys/signatures/{set}.json");
    Value::read(&std::fs::read(testdata::root().join(path)).unwrap()).unwrap()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    match value.get(member) {
        Some(Value::String(text)) => text,
        other => panic!("{member} is {other:?}"),
    }
}

fn hex(value: &Value, member: &str) -> Vec<u8> {
    base16ct::lower::decode_vec(text(value, member)).unwrap()
}

fn read(key: &Value) -> PublicKey {
    let json = key.to_json();
    let document = Document::read(json.as_bytes()).unwrap();
    PublicKey::read("key".parse().unwrap(), document.root()).unwrap()
}

#[cfg(not(feature = "ml-dsa"))]
#[test]
fn without_the_feature_they_are_kept_and_count_for_nothing() {
    for set in SETS {
        let case = case(set);
        let object = case.get("key").unwrap();
        let key = read(object);
        assert_eq!(key.unusable(), Some(&Unusable::UnknownAlgorithm));
        assert_eq!(key.to_value(), *object);
        assert_eq!(
            key.verify(&hex(&case, "message"), &hex(&case, "signature")),
            Err(Error::BadSignature)
        );
    }
}

#[cfg(feature = "ml-dsa")]
mod with_the_feature {
    use super::*;

    fn public(set: &str) -> String {
        text(
            case(set).get("key").unwrap().get("keyval").unwrap(),
            "public",
        )
        .to_owned()
    }

    fn key_object(scheme: &str, public: &str) -> PublicKey {
        read(&Value::object([
            ("keytype", Value::from("ml-dsa")),
            ("scheme", Value::from(scheme)),
            ("keyval", Value::object([("public", Value::from(public))])),
        ]))
    }

    #[test]
    fn a_signature_is_over_the_labelled_digest_alone() {
        for set in SETS {
            let case = case(set);
            let key = read(case.get("key").unwrap());
            let (message, signature) = (hex(&case, "message"), hex(&case, "signature"));
            assert_eq!(key.unusable(), None);
            assert_eq!(key.verify(&message, &signature), Ok(()));
            // TAP 21: what is signed is no message to be signed.
            let digest = crypto_keys::Digests::of(&message, &[crypto_keys::Algorithm::Sha512]);
            let digest = digest.hex(crypto_keys::Algorithm::Sha512).unwrap();
            let digest = base16ct::lower::decode_vec(digest).unwrap();
            let labelled = [b"tuf\x01", &*digest].concat();
            assert_eq!(key.verify(&labelled, &signature), Err(Error::BadSignature));
        }
    }

    #[test]
    fn a_key_of_another_set_or_version_than_its_scheme_is_unusable() {
        for set in SETS {
            for other in SETS {
                let key = key_object(&format!("{other}/1"), &public(set));
                assert_eq!(key.unusable().is_none(), set == other, "{set} as {other}");
            }
            for scheme in [set.to_owned(), format!("{set}/2"), format!("{set}/01")] {
                assert!(matches!(
                    key_object(&scheme, &public(set)).unusable(),
                    Some(Unusable::UnknownScheme { .. })
                ));
            }
        }
    }

    #[test]
    fn a_key_has_its_one_length_and_no_parameters() {
        for (set, length) in SETS.into_iter().zip([1312, 1952, 2592]) {
            let (_, der) = der::pem::decode_vec(public(set).as_bytes()).unwrap();
            assert!(PublicKey::from_spki(&der).is_ok());
            let key = &der[der.len() - length..];
            let algorithm = &der[4..17];
            let with_null = [b"\x30\x0d", &algorithm[2..], b"\x05\x00"].concat();
            let longer = [key, &[0]].concat();
            for (what, algorithm, key, reason) in [
                ("short", algorithm, &key[1..], Unusable::Malformed),
                ("long", algorithm, &longer, Unusable::Malformed),
                ("empty", algorithm, &[], Unusable::Malformed),
                ("NULL", &with_null, key, Unusable::UnknownAlgorithm),
            ] {
                let spki = tlv(
                    0x30,
                    &[algorithm, &tlv(0x03, &[&[0], key].concat())].concat(),
                );
                assert_eq!(
                    PublicKey::from_spki(&spki),
                    Err(Error::Key(reason)),
                    "{set}: {what}"
                );
            }
        }
    }

    #[cfg(feature = "sign")]
    #[test]
    fn a_private_key_is_its_seed_and_nothing_else() {
        use crypto_keys::PrivateKey;

        for set in SETS {
            let case = case(set);
            let pem = text(&case, "test_private_key");
            let private = PrivateKey::from_pem(pem).unwrap();
            assert_eq!(*private.to_pkcs8_pem().unwrap(), *pem);

            let (_, der) = der::pem::decode_vec(pem.as_bytes()).unwrap();
            let (head, seed) = der.split_at(der.len() - 34);
            let algorithm = &head[5..head.len() - 2];
            let info = |content: &[u8], rest: &[u8]| {
                let parts = [b"\x02\x01\x00", algorithm, &tlv(0x04, content), rest].concat();
                PrivateKey::from_der(&tlv(0x30, &parts)).is_ok()
            };
            assert!(info(seed, b""));
            for (what, content) in [
                ("a bare seed", seed[2..].to_vec()),
                ("a short seed", [b"\x80\x1f", &seed[3..]].concat()),
                ("a long seed", [b"\x80\x21\x00", &seed[2..]].concat()),
                ("more than a seed", [seed, b"\x05\x00"].concat()),
                ("the key that follows", tlv(0x04, &seed[2..])),
                ("nothing", Vec::new()),
            ] {
                assert!(!info(&content, b""), "{set}: {what}");
            }
        }
    }

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len().to_be_bytes();
        let head = match content.len() {
            0..128 => [&[tag], &length[7..]].concat(),
            _ => [&[tag, 0x82], &length[6..]].concat(),
        };
        [head.as_slice(), content].concat()
    }
}
