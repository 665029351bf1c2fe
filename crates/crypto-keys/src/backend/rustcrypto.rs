//! Verification with the crates of RustCrypto and `ed25519-dalek`.

use signature::Verifier as _;

use super::Verifier;
use crate::Scheme;

pub(super) fn verify(key: &Verifier, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
    match (key, scheme) {
        // What makes `verify_strict` stricter is refused before this: see `ed25519::is_sound`.
        (Verifier::Ed25519(key), Scheme::Ed25519) => {
            ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        (Verifier::P256(key), Scheme::EcdsaP256Sha256) => {
            p256::ecdsa::DerSignature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        (Verifier::P384(key), Scheme::EcdsaP384Sha384) => {
            p384::ecdsa::DerSignature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        (Verifier::P521(key), Scheme::EcdsaP521Sha512) => {
            p521::ecdsa::DerSignature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        #[cfg(feature = "ml-dsa")]
        (Verifier::MlDsa(key), _) => key.verify(message, signature),
        #[cfg(feature = "rsa")]
        (Verifier::Rsa(key), _) => verify_rsa(key, scheme, message, signature),
        _ => false,
    }
}

#[cfg(feature = "rsa")]
fn verify_rsa(key: &rsa::RsaPublicKey, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
    use rsa::{Pkcs1v15Sign, Pss};
    use sha2::{Digest as _, Sha256, Sha384, Sha512};

    let verified = match scheme {
        Scheme::RsaPssSha256 => {
            key.verify(Pss::<Sha256>::new(), &Sha256::digest(message), signature)
        }
        Scheme::RsaPssSha384 => {
            key.verify(Pss::<Sha384>::new(), &Sha384::digest(message), signature)
        }
        Scheme::RsaPssSha512 => {
            key.verify(Pss::<Sha512>::new(), &Sha512::digest(message), signature)
        }
        Scheme::RsaPkcs1Sha256 => key.verify(
            Pkcs1v15Sign::new::<Sha256>(),
            &Sha256::digest(message),
            signature,
        ),
        Scheme::RsaPkcs1Sha384 => key.verify(
            Pkcs1v15Sign::new::<Sha384>(),
            &Sha384::digest(message),
            signature,
        ),
        Scheme::RsaPkcs1Sha512 => key.verify(
            Pkcs1v15Sign::new::<Sha512>(),
            &Sha512::digest(message),
            signature,
        ),
        _ => return false,
    };
    verified.is_ok()
}
