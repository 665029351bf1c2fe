//! Verification with AWS-LC.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::Verifier;
use crate::Scheme;

pub(super) fn verify(key: &Verifier, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
    let (Some(algorithm), Ok(spki)) = (algorithm(scheme), key.to_spki()) else {
        return false;
    };
    UnparsedPublicKey::new(algorithm, spki)
        .verify(message, signature)
        .is_ok()
}

fn algorithm(scheme: Scheme) -> Option<&'static dyn VerificationAlgorithm> {
    let algorithm: &dyn VerificationAlgorithm = match scheme {
        Scheme::Ed25519 => &signature::ED25519,
        Scheme::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
        Scheme::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
        Scheme::EcdsaP521Sha512 => &signature::ECDSA_P521_SHA512_ASN1,
        Scheme::MlDsa44 => &signature::ML_DSA_44,
        Scheme::MlDsa65 => &signature::ML_DSA_65,
        Scheme::MlDsa87 => &signature::ML_DSA_87,
        Scheme::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        Scheme::RsaPssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        Scheme::RsaPssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        Scheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Scheme::RsaPkcs1Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Scheme::RsaPkcs1Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        // What OpenPGP signs is verified under the scheme inside it.
        Scheme::OpenPgpRsa | Scheme::OpenPgpEd25519 => return None,
    };
    Some(algorithm)
}
