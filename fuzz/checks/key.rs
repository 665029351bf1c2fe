//! The keys of `crypto-keys`.

use canonical_json::{Document, Node};
use crypto_keys::{KeyIdRule, PublicKey};

/// What must hold for any bytes: a key that is read is written as the same key, and verifies nothing that it did not sign.
pub(crate) fn check(bytes: &[u8]) {
    if let Ok(document) = Document::read(bytes) {
        check_object(document.root());
    }
    let text = str::from_utf8(bytes).unwrap_or_default();
    let keys = [
        PublicKey::from_pem(text),
        PublicKey::from_certificate(bytes),
        PublicKey::from_spki(bytes),
    ];
    for key in keys.iter().flatten() {
        assert!(key.scheme().is_some());
        check_usable(key);
    }
    #[cfg(feature = "sign")]
    {
        private::check(crypto_keys::PrivateKey::from_pem(text));
        private::check(crypto_keys::PrivateKey::from_der(bytes));
    }
}

/// A key object that can be read comes out as it went in, of whatever kind it is.
fn check_object(node: Node<'_>) {
    let id = || "ab".parse().expect("two digits are an id");
    let Ok(key) = PublicKey::read(id(), node) else {
        return;
    };
    let json = key.to_value().to_json();
    let again =
        Document::read(json.as_bytes()).and_then(|again| PublicKey::read(id(), again.root()));
    assert_eq!(again.as_ref(), Ok(&key));
    assert_eq!(key.scheme().is_none(), key.unusable().is_some());
    for rule in KeyIdRule::ALL {
        if let Some(computed) = key.computed_id(rule) {
            let listed = key.clone().with_id(computed);
            assert!(listed.id_rules().any(|found| found == rule));
        }
    }
    check_usable(&key);
}

fn check_usable(key: &PublicKey) {
    for signature in [&[][..], &[0; 64], &[0x30, 6, 2, 1, 0, 2, 1, 0]] {
        assert!(key.verify(b"message", signature).is_err());
    }
    let Some(scheme) = key.scheme() else {
        assert!(key.to_pem().is_none());
        return;
    };
    assert_eq!(key.materials().next(), Some(key.material()));
    let of_spki = PublicKey::from_spki_with(key.material(), scheme);
    let of_pem = PublicKey::from_pem(&key.to_pem().expect("it can be used"));
    // Only a key object makes a key one of OpenPGP.
    let is_openpgp = scheme.name().starts_with("pgp+");
    assert_eq!(of_spki.is_err(), is_openpgp);
    for again in of_spki.iter().chain([&of_pem.expect("it was written")]) {
        assert_eq!(again.material(), key.material());
    }
}

#[cfg(feature = "sign")]
mod private {
    use crypto_keys::{Error, PrivateKey, Signer as _};

    /// A private key that is read is written as the same key, and what it signs verifies.
    pub(super) fn check(key: Result<PrivateKey, Error>) {
        let Ok(key) = key else {
            return;
        };
        let public = key.public_key();
        super::check_usable(public);
        if let Ok(signature) = key.sign(b"message") {
            assert!(public.verify(b"message", &signature.bytes).is_ok());
            assert!(public.verify(b"massage", &signature.bytes).is_err());
        }
        let pem = key.to_pkcs8_pem().expect("it was read");
        let again = PrivateKey::from_pem(&pem).expect("it was written");
        assert_eq!(again.public_key(), public);
    }
}
