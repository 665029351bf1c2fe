//! Private keys in the forms in which cryptography and openssl write them: `testdata/keys/generate_private.py`.
#![cfg(all(feature = "encryption", feature = "rsa"))]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use canonical_json::Value;
use crypto_keys::{Error, PrivateKey, Scheme, Signer as _, Unusable};

struct Case {
    name: String,
    pem: String,
    passphrase: Option<String>,
    claim: String,
}

/// The cases of a directory, each with the member that says what is to come of it.
fn cases(directory: &str, claim: &str) -> Vec<Case> {
    let read = |(name, path): (String, std::path::PathBuf)| {
        let case = Value::read(&std::fs::read(path).unwrap()).unwrap();
        let text = |member: &str| match case.get(member) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Null) => None,
            other => panic!("{name}: {member} is {other:?}"),
        };
        Case {
            pem: text("test_private_key").unwrap(),
            passphrase: text("passphrase"),
            claim: text(claim).unwrap(),
            name,
        }
    };
    testdata::cases(&format!("keys/private/{directory}"))
        .into_iter()
        .map(read)
        .collect()
}

impl Case {
    fn read_pem(&self) -> Result<PrivateKey, Error> {
        match &self.passphrase {
            None => PrivateKey::from_pem(&self.pem),
            Some(passphrase) => {
                PrivateKey::from_pem_with_passphrase(&self.pem, passphrase.as_bytes())
            }
        }
    }

    fn read_der(&self, der: &[u8]) -> Result<PrivateKey, Error> {
        match &self.passphrase {
            None => PrivateKey::from_der(der),
            Some(passphrase) => PrivateKey::from_der_with_passphrase(der, passphrase.as_bytes()),
        }
    }
}

/// The bytes of the last PEM block, which is the key.
fn der(pem: &str) -> Vec<u8> {
    let block = pem.rfind("-----BEGIN ").unwrap();
    let mut decoder = der::pem::Decoder::new_detect_wrap(pem[block..].trim().as_bytes()).unwrap();
    let mut der = Vec::new();
    decoder.decode_to_end(&mut der).unwrap();
    der
}

#[test]
fn a_key_is_read_in_every_form_and_signs() {
    for case in cases("accepted", "public") {
        let key = case
            .read_pem()
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let public = key.public_key();
        assert_eq!(
            base16ct::lower::encode_string(public.material()),
            case.claim,
            "{}",
            case.name
        );
        let signature = key.sign(b"message").unwrap().bytes;
        assert_eq!(
            public.verify(b"message", &signature),
            Ok(()),
            "{}",
            case.name
        );

        let from_der = case.read_der(&der(&case.pem)).unwrap();
        assert_eq!(from_der.public_key(), public, "{}", case.name);
        let written = PrivateKey::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!(written.public_key(), public, "{}", case.name);
    }
}

#[test]
fn what_is_no_key_is_refused_with_what_it_is() {
    for case in cases("refused", "says") {
        let refusal = case.read_pem().map(|_| ()).unwrap_err();
        assert_eq!(refusal.to_string(), case.claim, "{}", case.name);
    }
}

#[test]
fn der_is_told_apart_by_its_beginning() {
    for case in cases("accepted", "public") {
        let der = der(&case.pem);
        for cut in [0, 1, 2, 8, der.len() - 1] {
            assert!(case.read_der(&der[..cut]).is_err(), "{}: {cut}", case.name);
        }
        let longer = [&*der, &[0]].concat();
        assert!(case.read_der(&longer).is_err(), "{}", case.name);
    }
    let neither = "cannot use the private key: it is neither PKCS#8 nor PKCS#1 nor SEC 1";
    for der in [
        &b""[..],
        b"\x30\x00",
        b"\x30\x03\x02\x01\x00",
        b"\x04\x02\x30\x00",
    ] {
        let refusal = PrivateKey::from_der(der).unwrap_err();
        assert_eq!(refusal.to_string(), neither, "{der:x?}");
    }
}

#[test]
fn a_text_with_a_key_has_64_kib_at_most() {
    let key = PrivateKey::generate(Scheme::Ed25519).unwrap();
    let pem = key.to_pkcs8_pem().unwrap();
    let read = |length: usize| {
        let before = "a".repeat(length - pem.len() - 1);
        PrivateKey::from_pem(&format!("{before}\n{}", &*pem))
    };
    assert!(read(64 << 10).is_ok());
    assert_eq!(
        read((64 << 10) + 1).unwrap_err(),
        Error::PrivateKey {
            reason: "it is longer than any private key"
        }
    );
}

#[test]
fn no_byte_of_a_key_can_be_another() {
    for name in ["ecdsa-p256-sec-1.json", "ed25519-pkcs-8.json"] {
        let case = cases("accepted", "public")
            .into_iter()
            .find(|case| case.name == name);
        let case = case.unwrap();
        let der = der(&case.pem);
        for index in 0..der.len() {
            let mut other = der.clone();
            other[index] ^= 1;
            // Another secret is another key; anything else is no key.
            if let Ok(key) = PrivateKey::from_der(&other) {
                assert_ne!(
                    base16ct::lower::encode_string(key.public_key().material()),
                    case.claim,
                    "{name}: byte {index}"
                );
            }
        }
    }
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_alone() {
    let key = PrivateKey::generate(Scheme::EcdsaP256Sha256).unwrap();
    let pem = key.to_encrypted_pkcs8_pem(b"correct horse").unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    let read = PrivateKey::from_pem_with_passphrase(&pem, b"correct horse").unwrap();
    assert_eq!(read.public_key(), key.public_key());
    for passphrase in [&b""[..], b"correct horse ", b"Correct horse"] {
        let read = PrivateKey::from_pem_with_passphrase(&pem, passphrase);
        assert_eq!(read.unwrap_err(), Error::WrongPassphrase);
    }
    assert_eq!(
        PrivateKey::from_pem(&pem).unwrap_err(),
        Error::PassphraseNeeded
    );
    let again = key.to_encrypted_pkcs8_pem(b"correct horse").unwrap();
    assert_ne!(again, pem, "a salt is new");
    assert!(matches!(
        key.to_encrypted_pkcs8_pem(b""),
        Err(Error::PrivateKey { .. })
    ));
}

#[test]
fn a_wrong_passphrase_is_one_whatever_it_decrypts_to() {
    // One iteration, so that there is time for the padding to be right by accident.
    let name = "ed25519-aes-256-cbc-under-pbkdf2-with-hmacwithsha256.json";
    let case = cases("accepted", "public")
        .into_iter()
        .find(|case| case.name == name)
        .unwrap();
    for guess in 0..2000_u32 {
        let read = PrivateKey::from_pem_with_passphrase(&case.pem, &guess.to_be_bytes());
        assert_eq!(read.unwrap_err(), Error::WrongPassphrase);
    }
}

const RSA: [Scheme; 6] = [
    Scheme::RsaPssSha256,
    Scheme::RsaPssSha384,
    Scheme::RsaPssSha512,
    Scheme::RsaPkcs1Sha256,
    Scheme::RsaPkcs1Sha384,
    Scheme::RsaPkcs1Sha512,
];

#[test]
fn an_rsa_key_signs_with_the_scheme_it_is_listed_with_and_no_other() {
    let key = |scheme| {
        let case = cases("accepted", "public")
            .into_iter()
            .find(|case| case.name == "rsa-2048-pkcs-8.json");
        case.unwrap()
            .read_pem()
            .unwrap()
            .with_scheme(scheme)
            .unwrap()
    };
    for scheme in RSA {
        let key = key(scheme);
        assert_eq!(key.public_key().scheme(), Some(scheme));
        let signature = key.sign(b"message").unwrap();
        assert_eq!(signature.key_id.as_ref(), Some(key.public_key().id()));
        for other in RSA {
            let public = key_with(&key, other);
            let verdict = public.public_key().verify(b"message", &signature.bytes);
            assert_eq!(verdict.is_ok(), other == scheme, "{scheme:?} as {other:?}");
        }
        for other in [Scheme::Ed25519, Scheme::EcdsaP256Sha256] {
            let refusal = key_again(&key).with_scheme(other).unwrap_err();
            assert_eq!(
                refusal,
                Error::Key(Unusable::OtherScheme { expected: other })
            );
        }
    }
}

fn key_again(key: &PrivateKey) -> PrivateKey {
    PrivateKey::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap()
}

fn key_with(key: &PrivateKey, scheme: Scheme) -> PrivateKey {
    key_again(key).with_scheme(scheme).unwrap()
}

#[test]
fn a_key_of_another_kind_has_no_scheme_of_rsa() {
    for scheme in [
        Scheme::Ed25519,
        Scheme::EcdsaP256Sha256,
        Scheme::EcdsaP384Sha384,
        Scheme::EcdsaP521Sha512,
    ] {
        let key = PrivateKey::generate(scheme).unwrap();
        assert!(key_with(&key, scheme).public_key() == key.public_key());
        for other in RSA {
            let refusal = key_again(&key).with_scheme(other).unwrap_err();
            assert_eq!(
                refusal,
                Error::Key(Unusable::OtherScheme { expected: other })
            );
        }
    }
}

#[test]
fn rsa_keys_are_made_in_three_sizes() {
    let key = PrivateKey::generate_rsa(Scheme::RsaPkcs1Sha512, 2048).unwrap();
    assert_eq!(key.public_key().scheme(), Some(Scheme::RsaPkcs1Sha512));
    let signature = key.sign(b"message").unwrap().bytes;
    assert_eq!(signature.len(), 256);
    assert_eq!(key.public_key().verify(b"message", &signature), Ok(()));
    assert_eq!(
        key_with(&key, Scheme::RsaPkcs1Sha512).public_key(),
        key.public_key()
    );

    let three = "cannot use the private key: RSA keys are made with 2048, 3072 or 4096 bits";
    for bits in [0, 1024, 2047, 2049, 8192, usize::MAX] {
        let refusal = PrivateKey::generate_rsa(Scheme::RsaPssSha256, bits).unwrap_err();
        assert_eq!(refusal.to_string(), three);
    }
    assert_eq!(
        PrivateKey::generate_rsa(Scheme::Ed25519, 2048).unwrap_err(),
        Error::Key(Unusable::OtherScheme {
            expected: Scheme::Ed25519
        })
    );
}

#[test]
fn debug_shows_the_public_key_and_nothing_else() {
    for case in cases("accepted", "public") {
        if let Ok(key) = PrivateKey::from_pem(&case.pem) {
            assert_eq!(
                format!("{key:?}"),
                format!("PrivateKey {{ public: {:?}, .. }}", key.public_key()),
                "{}",
                case.name
            );
        }
    }
}
