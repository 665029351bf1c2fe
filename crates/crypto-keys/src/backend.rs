//! One verifier per kind of key. Nothing else in the workspace touches a primitive to verify.

use der::{Decode as _, asn1::ObjectIdentifier};
use signature::Verifier as _;
use spki::SubjectPublicKeyInfoRef;

#[cfg(feature = "ml-dsa")]
use crate::ml_dsa;
use crate::{Scheme, Unusable};

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
    ///
    /// Points of small order verify signatures nobody made, and a point has one right encoding:
    /// both are refused here, so that no backend has to agree with another about them.
    pub(crate) fn ed25519(bytes: &[u8]) -> Result<Self, Unusable> {
        let bytes = bytes.try_into().map_err(|_| Unusable::Malformed)?;
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| Unusable::Malformed)?;
        let canonical = key.to_edwards().compress().as_bytes() == bytes;
        if key.is_weak() || !canonical {
            return Err(Unusable::Weak);
        }
        Ok(Self::Ed25519(key))
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

    /// Whether `signature` is this key's, over `message`, under `scheme`.
    pub(crate) fn verify(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        match (self, scheme) {
            (Self::Ed25519(key), Scheme::Ed25519) => {
                ed25519_dalek::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
            }
            (Self::P256(key), Scheme::EcdsaP256Sha256) => {
                p256::ecdsa::DerSignature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            (Self::P384(key), Scheme::EcdsaP384Sha384) => {
                p384::ecdsa::DerSignature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            (Self::P521(key), Scheme::EcdsaP521Sha512) => {
                p521::ecdsa::DerSignature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            #[cfg(feature = "ml-dsa")]
            (Self::MlDsa(key), scheme) if scheme == key.scheme() => {
                key.verify(&ml_dsa::signed(message), signature)
            }
            #[cfg(feature = "rsa")]
            (Self::Rsa(key), scheme) => verify_rsa(key, scheme, message, signature),
            _ => false,
        }
    }
}

const ED25519_SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

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
