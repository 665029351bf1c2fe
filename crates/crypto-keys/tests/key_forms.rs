//! Every form in which key objects hold a key, and the nearest forms in which they do not: `testdata/keys/forms`.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::collections::BTreeSet;

use canonical_json::{Document, Value};
use crypto_keys::{Error, PublicKey, Scheme, Unusable};

struct Case {
    name: String,
    document: Value,
}

impl Case {
    fn all() -> Vec<Self> {
        let read = |(name, path)| Self {
            name,
            document: Value::read(&std::fs::read(path).unwrap()).unwrap(),
        };
        let is_readable = |case: &Self| cfg!(feature = "rsa") || !case.name.starts_with("rsa");
        let cases = testdata::cases("keys/forms").into_iter().map(read);
        cases.filter(is_readable).collect()
    }

    fn bytes(&self, member: &str) -> Vec<u8> {
        base16ct::lower::decode_vec(text(self.document.get(member).unwrap())).unwrap()
    }

    fn forms(&self, member: &str) -> impl Iterator<Item = (String, &Value)> {
        let Some(Value::Object(forms)) = self.document.get(member) else {
            panic!("{}: no {member}", self.name);
        };
        forms
            .iter()
            .map(|(form, key)| (format!("{}: {form}", self.name), key))
    }
}

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        other => panic!("{other:?}"),
    }
}

fn read(json: &str) -> Result<PublicKey, canonical_json::Error> {
    let document = Document::read(json.as_bytes()).unwrap();
    PublicKey::read("key".parse().unwrap(), document.root())
}

#[test]
fn every_form_of_a_key_is_one_material() {
    for case in Case::all() {
        let material = case.bytes("material");
        for (form, object) in case.forms("accept") {
            let key = read(&object.to_json()).unwrap();
            assert_eq!(key.unusable(), None, "{form}");
            assert_eq!(key.material(), material, "{form}");
            assert_eq!(key.to_value(), *object, "{form}");
        }
    }
}

#[test]
fn what_is_no_form_of_a_key_is_kept_with_the_reason() {
    for case in Case::all() {
        for (form, refused) in case.forms("refuse") {
            if cfg!(not(feature = "rsa")) && form.ends_with("pkcs1") {
                continue; // Nobody has looked into it.
            }
            let object = refused.get("key").unwrap();
            let key = read(&object.to_json()).unwrap();
            let reason = format!("{:?}", key.unusable());
            let expected = text(refused.get("reason").unwrap());
            assert!(
                reason.starts_with(&format!("Some({expected}")),
                "{form}: {reason}"
            );
            assert_eq!(key.scheme(), None, "{form}");
            assert_eq!(key.to_value(), *object, "{form}");
        }
    }
}

#[test]
fn what_names_no_kind_is_no_key_object() {
    for json in [
        "[]",
        "\"key\"",
        "null",
        r#"{"keytype": 1, "scheme": "ed25519", "keyval": {}}"#,
        r#"{"keytype": null, "scheme": "ed25519", "keyval": {}}"#,
        r#"{"keytype": "ed25519", "scheme": ["ed25519"], "keyval": {}}"#,
    ] {
        assert!(
            matches!(read(json), Err(canonical_json::Error::Type { .. })),
            "{json}"
        );
    }
    let bare = read("{}").unwrap();
    assert_eq!(bare.unusable(), Some(&Unusable::UnknownForm));
}

#[test]
fn only_the_key_of_a_certificate_is_believed() {
    for case in Case::all() {
        let (der, material) = (case.bytes("certificate"), case.bytes("material"));
        let pem = der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &der).unwrap();
        let from_der = PublicKey::from_certificate(&der).unwrap();
        // The certificate expired on 2 January 2026, and its signature is no longer one.
        let mut unsigned = der.clone();
        *unsigned.last_mut().unwrap() ^= 1;
        assert_eq!(from_der.material(), material, "{}", case.name);
        let scheme = scheme_of(&case.name);
        assert_eq!(from_der.scheme(), Some(scheme), "{}", case.name);
        for certificate in [pem.as_bytes(), &unsigned] {
            let key = PublicKey::from_certificate(certificate);
            assert_eq!(key.as_ref(), Ok(&from_der), "{}", case.name);
        }

        let spki_pem = from_der.to_pem().unwrap();
        let in_another = [&*der, &[0]].concat();
        for other in [
            &*material,
            spki_pem.as_bytes(),
            &der[..der.len() - 1],
            &in_another,
            b"",
        ] {
            assert_eq!(
                PublicKey::from_certificate(other),
                Err(Error::Key(Unusable::Malformed)),
                "{}",
                case.name
            );
        }
        assert_eq!(
            PublicKey::from_pem(&pem),
            Err(Error::Key(Unusable::Malformed)),
            "{}: a certificate is taken for a key only where that is asked for",
            case.name
        );
    }
}

fn scheme_of(case: &str) -> Scheme {
    match case {
        "ed25519.json" => Scheme::Ed25519,
        "ecdsa-p256.json" => Scheme::EcdsaP256Sha256,
        "ecdsa-p384.json" => Scheme::EcdsaP384Sha384,
        "ecdsa-p521.json" => Scheme::EcdsaP521Sha512,
        "rsa-2048.json" => Scheme::RsaPssSha256,
        other => panic!("{other}"),
    }
}

#[test]
fn every_cut_of_a_certificate_is_refused_or_has_no_other_key() {
    for case in Case::all() {
        let (der, material) = (case.bytes("certificate"), case.bytes("material"));
        for end in 0..der.len() {
            assert!(PublicKey::from_certificate(&der[..end]).is_err(), "{end}");
        }
        let at = der
            .windows(material.len())
            .position(|part| part == material);
        let at = at.unwrap();
        let outside = (0..at).chain(at + material.len()..der.len());
        for index in outside {
            let mut changed = der.clone();
            changed[index] ^= 0x21;
            if let Ok(key) = PublicKey::from_certificate(&changed) {
                assert_eq!(key.material(), material, "{index}");
            }
        }
    }
}

#[test]
fn the_text_of_a_key_is_bounded() {
    let case = Case::all().remove(0);
    let object = case
        .forms("accept")
        .find(|(form, _)| form.ends_with(": pem"));
    let (_, object) = object.unwrap();
    let pem = text(object.get("keyval").unwrap().get("public").unwrap());
    let padded = |len: usize| {
        let preamble = "-".repeat(len - pem.len() - 1) + "\n";
        PublicKey::from_pem(&(preamble + pem))
    };
    assert!(padded(64 << 10).is_ok());
    assert_eq!(padded((64 << 10) + 1), Err(Error::Key(Unusable::Malformed)));
}

#[test]
fn the_keys_of_every_sigstore_root_are_read() {
    let Some(vectors) = testdata::vectors() else {
        println!("skipped: BONAFIDE_VECTORS is not set");
        return;
    };
    let mut materials = Vec::new();
    for version in 1..=15 {
        let path = vectors.join(format!("sigstore-root/{version}.root.json"));
        let json = std::fs::read(path).unwrap();
        let document = Document::read(&json).unwrap();
        let signed = document.root().require("signed").unwrap();
        let keys = signed.require("keys").unwrap().members().unwrap();
        let keys = keys.map(|(id, node)| {
            let key = PublicKey::read(id.parse().unwrap(), node).unwrap();
            assert_eq!(
                key.scheme(),
                Some(Scheme::EcdsaP256Sha256),
                "{version}: {id}"
            );
            key.material().to_vec()
        });
        materials.push(keys.collect::<BTreeSet<_>>());
    }
    let counts = materials.iter().map(BTreeSet::len).collect::<Vec<_>>();
    assert_eq!(counts, [5, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6, 6, 6, 6, 6]);
    // Version 5 writes as PEM what version 4 writes as points.
    let in_both = materials[3].intersection(&materials[4]);
    assert_eq!(in_both.count(), 5);
}

#[test]
fn the_public_keys_of_in_toto_golang_are_read() {
    let Some(vectors) = testdata::vectors() else {
        println!("skipped: BONAFIDE_VECTORS is not set");
        return;
    };
    let rsa = if cfg!(feature = "rsa") {
        Ok(Scheme::RsaPssSha256)
    } else {
        Err(Error::Key(Unusable::UnknownAlgorithm))
    };
    // Two curves that no specification of TUF or in-toto names: secp256k1 and P-224.
    let unknown = || Err(Error::Key(Unusable::UnknownAlgorithm));
    for (name, expected) in [
        ("alice", rsa.clone()),
        ("carol", Ok(Scheme::Ed25519)),
        ("dan", rsa),
        ("erin", unknown()),
        ("frank", Ok(Scheme::EcdsaP521Sha512)),
        ("grace", Ok(Scheme::EcdsaP384Sha384)),
        ("heidi", unknown()),
    ] {
        let path = vectors.join(format!("in-toto-golang/{name}.pub"));
        let pem = std::fs::read_to_string(path).unwrap();
        let scheme = PublicKey::from_pem(&pem).map(|key| key.scheme().unwrap());
        assert_eq!(scheme, expected, "{name}");
    }
}
