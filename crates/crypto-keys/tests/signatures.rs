//! Keys and signatures made by securesystemslib: `testdata/keys/generate.py`.
#![cfg(all(feature = "rsa", feature = "sign"))]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use canonical_json::{Document, Value};
use crypto_keys::{
    Backend, Error, KeyId, KeyIdRule, PrivateKey, PublicKey, Scheme, Signer as _, TextEnd, Unusable,
};

struct Case {
    name: String,
    key: PublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
    private_key: String,
}

fn cases() -> Vec<Case> {
    let read = |(name, path): (String, std::path::PathBuf)| {
        let case = Value::read(&std::fs::read(path).unwrap()).unwrap();
        let text = |member: &str| match case.get(member) {
            Some(Value::String(text)) => text.clone(),
            other => panic!("{name}: {member} is {other:?}"),
        };
        let id = KeyId::try_from(text("keyid")).unwrap();
        Case {
            key: read_key(id, case.get("key").unwrap()),
            message: hex(&text("message")),
            signature: hex(&text("signature")),
            private_key: text("test_private_key"),
            name,
        }
    };
    let is_known =
        |(name, _): &(String, _)| cfg!(feature = "ml-dsa") || !name.starts_with("ml-dsa");
    let cases = testdata::cases("keys/signatures").into_iter();
    cases.filter(is_known).map(read).collect()
}

fn read_key(id: KeyId, key: &Value) -> PublicKey {
    PublicKey::read(id, Document::read(key.to_json().as_bytes()).unwrap().root()).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    base16ct::lower::decode_vec(text).unwrap()
}

/// What every backend says.
fn verdict(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
    let with = |backend: &Backend| key.verify_with(*backend, message, signature);
    let mut verdicts = Backend::ALL.iter().map(with);
    let verdict = verdicts.next().unwrap();
    for other in verdicts {
        assert_eq!(other, verdict);
    }
    verdict
}

#[test]
fn their_signatures_verify_and_their_neighbours_do_not() {
    for Case {
        name,
        key,
        message,
        signature,
        ..
    } in cases()
    {
        assert_eq!(key.unusable(), None, "{name}");
        assert_eq!(verdict(&key, &message, &signature), Ok(()), "{name}");

        let mut other = message.clone();
        other[0] ^= 1;
        assert_eq!(
            verdict(&key, &other, &signature),
            Err(Error::BadSignature),
            "{name}: message"
        );
        assert_eq!(
            verdict(&key, &message, &[]),
            Err(Error::BadSignature),
            "{name}: no signature"
        );
        // A signature of ML-DSA has thousands of bytes, and takes long without optimisation.
        let stride = if signature.len() > 1024 { 41 } else { 1 };
        for index in (0..signature.len()).step_by(stride) {
            let mut other = signature.clone();
            other[index] ^= 1;
            assert_eq!(
                verdict(&key, &message, &other),
                Err(Error::BadSignature),
                "{name}: byte {index}"
            );
        }
        let longer = [signature.as_slice(), &[0]].concat();
        assert_eq!(
            verdict(&key, &message, &longer),
            Err(Error::BadSignature),
            "{name}: longer"
        );
    }
}

#[test]
fn no_key_verifies_what_another_signed() {
    let cases = cases();
    for signed in &cases {
        for other in cases.iter().filter(|other| other.name != signed.name) {
            let verdict = verdict(&other.key, &signed.message, &signed.signature);
            assert_eq!(
                verdict,
                Err(Error::BadSignature),
                "{} by {}",
                signed.name,
                other.name
            );
        }
    }
}

#[test]
fn key_ids_are_computed_as_they_compute_them() {
    for Case { name, key, .. } in cases() {
        let rule = KeyIdRule::Bare(TextEnd::LineBreak);
        assert_eq!(key.computed_id(rule).as_ref(), Some(key.id()), "{name}");
    }
}

#[test]
fn their_private_keys_sign_here_and_are_written_as_they_were_read() {
    for Case {
        name,
        key,
        message,
        private_key,
        ..
    } in cases()
    {
        let private = PrivateKey::from_pem(&private_key).unwrap();
        let private = private.with_scheme(key.scheme().unwrap()).unwrap();
        let signature = private.sign(&message).unwrap();
        let public = private.public_key();
        assert_eq!(key.verify(&message, &signature.bytes), Ok(()), "{name}");
        assert_eq!(public.material(), key.material(), "{name}");
        assert_eq!(public.id(), key.id(), "{name}");

        let written = private.to_pkcs8_pem().unwrap();
        let again = PrivateKey::from_pem(&written).unwrap();
        assert_eq!(again.public_key().material(), public.material(), "{name}");
    }
}

#[test]
fn a_public_key_in_pem_has_the_id_they_give_it() {
    for Case { name, key, .. } in cases() {
        let read = PublicKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(read.material(), key.material(), "{name}");
        if read.scheme() == key.scheme() {
            assert_eq!(read.id(), key.id(), "{name}");
        }
    }
}

#[test]
fn one_key_in_several_texts_is_one_material() {
    for Case { name, key, .. } in cases() {
        let pem = key.to_pem().unwrap();
        let read = |public: &str| {
            let scheme = key.scheme().unwrap();
            key_object(scheme.keytype(), scheme.name(), public)
        };
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let wrapped = |width| {
            let lines = base64.as_bytes().chunks(width).map(str::from_utf8);
            let lines: Vec<_> = lines.map(Result::unwrap).collect();
            let lines = lines.join("\n");
            format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----")
        };
        for text in [
            pem.trim_end(),
            &pem.replace('\n', "\r\n"),
            &format!("what openssl prints before a key\n{pem}"),
            &wrapped(76),
            &wrapped(33),
            &wrapped(usize::MAX),
        ] {
            if !is_ed25519(&key) {
                assert_eq!(read(text).material(), key.material(), "{name}: {text}");
            }
            let material = PublicKey::from_pem(text).unwrap().material().to_owned();
            assert_eq!(material, key.material(), "{name}: {text}");
        }
        for text in [
            pem.repeat(2),
            format!("{pem}-----BEGIN PUBLIC KEY-----"),
            format!("{pem}what stands after it"),
            pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
            pem.replacen("PUBLIC", "PRIVATE", 1),
            base64.clone(),
            String::new(),
        ] {
            assert_eq!(
                PublicKey::from_pem(&text),
                Err(Error::Key(Unusable::Malformed)),
                "{name}: {text}"
            );
        }
    }
}

/// In a key object, the keys that are hexadecimal and not PEM.
fn is_ed25519(key: &PublicKey) -> bool {
    key.scheme() == Some(Scheme::Ed25519)
}

#[test]
fn a_generated_key_survives_its_own_encoding() {
    let mut schemes = vec![
        Scheme::Ed25519,
        Scheme::EcdsaP256Sha256,
        Scheme::EcdsaP384Sha384,
        Scheme::EcdsaP521Sha512,
    ];
    let ml_dsa = [Scheme::MlDsa44, Scheme::MlDsa65, Scheme::MlDsa87];
    if cfg!(feature = "ml-dsa") {
        schemes.extend(ml_dsa);
    } else {
        for scheme in ml_dsa {
            assert!(matches!(
                PrivateKey::generate(scheme),
                Err(Error::PrivateKey { .. })
            ));
        }
    }
    for scheme in schemes {
        let key = PrivateKey::generate(scheme).unwrap();
        let again = PrivateKey::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(key.public_key().scheme(), Some(scheme));
    }
}

fn key_object(keytype: &str, scheme: &str, public: &str) -> PublicKey {
    let object = Value::object([
        ("keytype", Value::from(keytype)),
        ("scheme", Value::from(scheme)),
        ("keyval", Value::object([("public", Value::from(public))])),
    ]);
    read_key(KeyId::try_from("test").unwrap(), &object)
}

fn public_text(name: &str) -> String {
    let case = cases().into_iter().find(|case| case.name == name).unwrap();
    case.key.to_pem().unwrap()
}

#[test]
fn a_key_of_another_kind_than_its_scheme_is_unusable() {
    let p384 = public_text("ecdsa-p384.json");
    assert_eq!(
        key_object("ecdsa", "ecdsa-sha2-nistp256", &p384).unusable(),
        Some(&Unusable::OtherScheme {
            expected: Scheme::EcdsaP256Sha256
        })
    );
    let rsa = public_text("rsa-2048-pss-sha256.json");
    assert_eq!(
        key_object("ecdsa", "ecdsa-sha2-nistp384", &rsa).unusable(),
        Some(&Unusable::OtherScheme {
            expected: Scheme::EcdsaP384Sha384
        })
    );
    // The key type has to be the scheme's as well.
    assert!(matches!(
        key_object("rsa", "ecdsa-sha2-nistp384", &p384).unusable(),
        Some(Unusable::UnknownScheme { .. })
    ));
}

#[test]
fn legacy_spellings_of_ecdsa_keys_are_read() {
    for (curve, point_length) in [("p256", 65), ("p384", 97), ("p521", 133)] {
        let pem = public_text(&format!("ecdsa-{curve}.json"));
        let scheme = format!("ecdsa-sha2-nist{curve}");
        let key = key_object("ecdsa", &scheme, &pem);
        let material = key.material();
        let point = &material[material.len() - point_length..];
        let hex = base16ct::lower::encode_string(point);
        for (keytype, public) in [
            ("ecdsa", &hex),
            (scheme.as_str(), &pem),
            (scheme.as_str(), &hex),
        ] {
            let legacy = key_object(keytype, &scheme, public);
            assert_eq!(legacy.unusable(), None, "{keytype} {public}");
            assert_eq!(legacy.material(), material, "{keytype} {public}");
        }
        // The point is on this curve alone, and the key type is no other curve's.
        for other in ["p256", "p384", "p521"] {
            if other != curve {
                let scheme = format!("ecdsa-sha2-nist{other}");
                assert_eq!(
                    key_object("ecdsa", &scheme, &hex).unusable(),
                    Some(&Unusable::Malformed)
                );
                assert!(matches!(
                    key_object(&format!("ecdsa-sha2-nist{curve}"), &scheme, &hex).unusable(),
                    Some(Unusable::UnknownScheme { .. })
                ));
            }
        }
    }
}

#[test]
fn a_key_of_an_unknown_kind_is_kept_and_verifies_nothing() {
    let key = key_object("sphincs", "sphincs-shake-128s", "00");
    assert_eq!(key.scheme(), None);
    assert_eq!(key.verify(b"", b""), Err(Error::BadSignature));
    assert_eq!(key.to_value().get("keytype"), Some(&Value::from("sphincs")));
}

#[test]
fn weak_and_malformed_keys_are_unusable() {
    let identity = format!("01{}", "00".repeat(31));
    let second_encoding_of_a_point = format!("ee{}7f", "ff".repeat(30));
    let no_point = format!("02{}", "00".repeat(31));
    let off_curve = format!("04{}", "01".repeat(64));
    // The modulus is a 1024-bit number; only its size matters.
    let short_rsa = "-----BEGIN PUBLIC KEY-----\n\
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7JHoJfg6yNzLMOWet8Z49a4KD\n\
        0dCspMAYvo2YAMB7/wdEycocujbhJ2n/seONi+5XqTqqFkM5VBl8rmkkFPZk/7x0\n\
        xmdsTPECSWnHK+HhoaNDFPR3j8jQhVo1laxiqcEhAHegi5cwtFosuJAvSKAFKEvy\n\
        D43si00DQnXWrYHAEQIDAQAB\n\
        -----END PUBLIC KEY-----\n";
    let table = [
        ("ed25519", "ed25519", identity.as_str(), Unusable::Weak),
        (
            "ed25519",
            "ed25519",
            &second_encoding_of_a_point,
            Unusable::Weak,
        ),
        ("ed25519", "ed25519", &no_point, Unusable::Malformed),
        ("ed25519", "ed25519", "00", Unusable::Malformed),
        ("ed25519", "ed25519", "not hexadecimal", Unusable::Malformed),
        (
            "ecdsa",
            "ecdsa-sha2-nistp256",
            &off_curve,
            Unusable::Malformed,
        ),
        ("ecdsa", "ecdsa-sha2-nistp256", "", Unusable::Malformed),
        ("rsa", "rsassa-pss-sha256", short_rsa, Unusable::Weak),
        (
            "rsa",
            "rsassa-pss-sha256",
            "-----BEGIN PUBLIC KEY-----",
            Unusable::Malformed,
        ),
    ];
    for (keytype, scheme, public, reason) in table {
        assert_eq!(
            key_object(keytype, scheme, public).unusable(),
            Some(&reason),
            "{public}"
        );
    }
}
