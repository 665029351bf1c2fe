//! What makes two keys one, and what makes bytes no key.
#![cfg(all(feature = "rsa", feature = "sign"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use canonical_json::{Document, Node, Value};
use crypto_keys::{
    Error, Payload, PrivateKey, PublicKey, Quorum, Scheme, Signature, Signed, Signer, Threshold,
    Unusable, sign_classic,
};

struct Note;

impl Payload for Note {
    const TYPE: &'static str = "note";
    const PAYLOAD_TYPE: &'static str = "application/vnd.example.note+json";

    fn read(_: Node<'_>) -> Result<Self, canonical_json::Error> {
        Ok(Self)
    }
}

fn key_object(id: &str, scheme: Scheme, public: &str) -> PublicKey {
    let object = Value::object([
        ("keytype", Value::from(scheme.keytype())),
        ("scheme", Value::from(scheme.name())),
        ("keyval", Value::object([("public", Value::from(public))])),
    ]);
    let json = object.to_json();
    let document = Document::read(json.as_bytes()).unwrap();
    PublicKey::read(id.parse().unwrap(), document.root()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

fn pem(label: &str, der: &[u8]) -> String {
    der::pem::encode_string(label, der::pem::LineEnding::LF, der).unwrap()
}

/// A DER value.
fn tlv(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = content.len().to_be_bytes();
    let length = match content.len() {
        0..128 => &length[7..],
        128..256 => &[&[0x81], &length[7..]].concat(),
        _ => &[&[0x82], &length[6..]].concat(),
    };
    [&[tag], length, &content].concat()
}

const P256: &[u8] =
    b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(0x30, &[algorithm, &tlv(0x03, &[&[0], key])])
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let integers = [tlv(0x02, &[modulus]), tlv(0x02, &[exponent])];
    spki(RSA, &tlv(0x30, &[&integers[0], &integers[1]]))
}

#[test]
fn a_point_in_any_encoding_is_one_material() {
    let alice = PrivateKey::generate(Scheme::EcdsaP256Sha256).unwrap();
    let material = alice.public_key().material();
    let point = material.last_chunk::<65>().unwrap();
    let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
    assert_eq!(spki(P256, point), material);
    for public in [
        hex(point),
        hex(&compressed),
        hex(point).to_uppercase(),
        pem("PUBLIC KEY", material),
        pem("PUBLIC KEY", &spki(P256, &compressed)),
    ] {
        let key = key_object("alice", Scheme::EcdsaP256Sha256, &public);
        assert_eq!(key.material(), material, "{public}");
    }
}

#[test]
fn hexadecimal_of_either_case_is_one_material() {
    let alice = PrivateKey::generate(Scheme::Ed25519).unwrap();
    let lower = hex(alice.public_key().material().last_chunk::<32>().unwrap());
    for public in [lower.to_uppercase(), lower] {
        let key = key_object("alice", Scheme::Ed25519, &public);
        assert_eq!(key.material(), alice.public_key().material(), "{public}");
    }
}

#[test]
fn an_rsa_key_under_two_schemes_is_one_signer() {
    /// Signs with two paddings, as the holder of an RSA key can.
    struct Padded(PublicKey, Vec<u8>);
    impl Signer for Padded {
        fn public_key(&self) -> &PublicKey {
            &self.0
        }
        fn sign(&self, _: &[u8]) -> Result<Signature, Error> {
            Ok(Signature {
                key_id: Some(self.0.id().clone()),
                bytes: self.1.clone(),
                certificate: None,
                openpgp: None,
            })
        }
    }
    let case = |name: &str| {
        let path = testdata::root().join("keys/signatures").join(name);
        Value::read(&std::fs::read(path).unwrap()).unwrap()
    };
    let text = |case: &Value, member: &str| match case.get(member) {
        Some(Value::String(text)) => text.clone(),
        _ => unreachable!("the cases have it"),
    };
    let private = text(&case("rsa-2048-pss-sha256.json"), "test_private_key");
    let pss = PrivateKey::from_pem(&private).unwrap();
    let pkcs1 = key_object(
        "pkcs1",
        Scheme::RsaPkcs1Sha256,
        &pss.public_key().to_pem().unwrap(),
    );
    assert_eq!(pkcs1.material(), pss.public_key().material());

    let note = Value::object([("_type", Value::from("note"))]);
    let second = Padded(pkcs1.clone(), vec![0; 256]);
    let bytes = sign_classic(&note, &[&pss, &second]).unwrap();
    let quorum = Quorum::all([pss.public_key(), &pkcs1]).unwrap();
    assert!(
        Signed::<Note>::parse(&bytes)
            .unwrap()
            .verify(&quorum)
            .is_ok(),
        "everybody is one"
    );
    let two = Quorum::new([pss.public_key(), &pkcs1], Threshold::new(2).unwrap());
    assert!(Signed::<Note>::parse(&bytes).unwrap().verify(&two).is_err());
}

#[test]
fn bytes_that_are_a_key_in_no_other_reading_are_no_key() {
    let (odd, large) = ([0xff; 256], [&[0], [0xff; 256].as_slice()].concat());
    let f4 = [1, 0, 1];
    assert!(PublicKey::from_spki(&rsa(&large, &f4)).is_ok());
    assert!(PublicKey::from_spki(&rsa(&large, &[3])).is_ok());

    let even = [&large[..256], &[0xfe]].concat();
    let beyond = [&[1], &large[1..], &[0xff; 768]].concat();
    let point = [&[4], [1; 64].as_slice()].concat();
    let trailing = [rsa(&large, &f4), vec![0]].concat();
    let mut bits = rsa(&large, &f4);
    let unused = bits.windows(2).rposition(|pair| pair == [0, 0x30]).unwrap();
    bits[unused] = 1;
    let without_null = [&[0x30, 0x0b], &RSA[2..13]].concat();
    let key_alone = rsa(&large, &f4)[RSA.len() + 9..].to_vec();
    let table = [
        ("a negative modulus", rsa(&odd, &f4), Unusable::Malformed),
        (
            "leading zeros",
            rsa(&[&[0], &*large].concat(), &f4),
            Unusable::Malformed,
        ),
        (
            "a modulus of 2040 bits",
            rsa(&large[..256], &f4),
            Unusable::Weak,
        ),
        ("a modulus of 8193 bits", rsa(&beyond, &f4), Unusable::Weak),
        ("an even modulus", rsa(&even, &f4), Unusable::Weak),
        ("the exponent 0", rsa(&large, &[0]), Unusable::Weak),
        ("the exponent 1", rsa(&large, &[1]), Unusable::Weak),
        ("an even exponent", rsa(&large, &[4]), Unusable::Weak),
        (
            "a negative exponent",
            rsa(&large, &[0xff]),
            Unusable::Malformed,
        ),
        (
            "an exponent of 34 bits",
            rsa(&large, &[2, 0, 0, 0, 1]),
            Unusable::Weak,
        ),
        ("trailing bytes", trailing, Unusable::Malformed),
        ("unused bits", bits, Unusable::Malformed),
        (
            "no NULL",
            spki(&without_null, &key_alone),
            Unusable::UnknownAlgorithm,
        ),
        (
            "a point off the curve",
            spki(P256, &point),
            Unusable::Malformed,
        ),
        (
            "the point at infinity",
            spki(P256, &[0]),
            Unusable::Malformed,
        ),
        (
            "a hybrid point",
            spki(P256, &[&[6], &point[1..]].concat()),
            Unusable::Malformed,
        ),
        ("nothing", Vec::new(), Unusable::Malformed),
    ];
    for (what, spki, reason) in table {
        assert_eq!(
            PublicKey::from_spki(&spki),
            Err(Error::Key(reason)),
            "{what}"
        );
    }
}

#[test]
fn a_private_key_that_names_another_public_key_or_goes_on_is_refused() {
    for scheme in [
        Scheme::EcdsaP256Sha256,
        Scheme::EcdsaP384Sha384,
        Scheme::EcdsaP521Sha512,
    ] {
        let (alice, bob) = (
            PrivateKey::generate(scheme).unwrap(),
            PrivateKey::generate(scheme).unwrap(),
        );
        let pem = alice.to_pkcs8_pem().unwrap();
        let (_, der) = der::pem::decode_vec(pem.as_bytes()).unwrap();
        assert!(PrivateKey::from_der(&der).is_ok());

        let length = 64;
        let public = |key: &PrivateKey| {
            let material = key.public_key().material();
            material[material.len() - length..].to_vec()
        };
        let at = der
            .windows(length)
            .position(|bytes| bytes == public(&alice))
            .unwrap();
        let mut other = der.clone();
        other[at..at + length].copy_from_slice(&public(&bob));
        assert!(PrivateKey::from_der(&other).is_err(), "{scheme:?}");

        let longer = [&*der, &[0]].concat();
        assert!(PrivateKey::from_der(&longer).is_err(), "{scheme:?}");
    }
}
