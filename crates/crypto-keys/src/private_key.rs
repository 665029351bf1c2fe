use std::fmt;

use der::{Encode as _, asn1::BitStringRef};
use ed25519_dalek::pkcs8::KeypairBytes;
use pkcs8::{
    AlgorithmIdentifierRef, EncodePrivateKey as _, LineEnding, ObjectIdentifier, PrivateKeyInfoRef,
    SecretDocument,
};
use signature::Signer as _;
use spki::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

#[cfg(feature = "rsa")]
use crate::backend::RSA;
use crate::backend::{EC_PUBLIC_KEY, ED25519, P256, P384, P521};
#[cfg(feature = "ml-dsa")]
use crate::ml_dsa::{self, Parameters};
use crate::{Error, PublicKey, Scheme, Signature, Signer};

#[cfg(feature = "encryption")]
mod encrypted;
mod form;
#[cfg(feature = "rsa")]
mod rsa;

use form::{Encoded, Form};

/// A private key held in memory, and wiped when dropped; so is every copy of its encoding made on the way in and out. What
/// arithmetic leaves in memory between its steps is not.
///
/// It signs with the scheme of its public key, and shows nothing but that in `Debug`.
///
/// ```
/// # use crypto_keys::{PrivateKey, Scheme, Signer};
/// let key = PrivateKey::generate(Scheme::Ed25519)?;
/// let signature = key.sign(b"message")?;
/// assert!(key.public_key().verify(b"message", &signature.bytes).is_ok());
/// assert!(key.public_key().verify(b"massage", &signature.bytes).is_err());
/// # Ok::<(), crypto_keys::Error>(())
/// ```
pub struct PrivateKey {
    public: PublicKey,
    secret: Secret,
}

enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    #[cfg(feature = "ml-dsa")]
    MlDsa(ml_dsa::Secret),
    #[cfg(feature = "rsa")]
    Rsa(Box<::rsa::RsaPrivateKey>),
}

impl PrivateKey {
    /// Makes a new key with the randomness of the operating system. An RSA key gets 3072 bits; see
    /// [`PrivateKey::generate_rsa`] for other sizes, and for how long it takes.
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] if the system has no randomness to give, and for RSA and
    /// ML-DSA without the feature of that name.
    pub fn generate(scheme: Scheme) -> Result<Self, Error> {
        let secret = match scheme {
            Scheme::Ed25519 => {
                Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(&*random::<32>()?))
            }
            Scheme::EcdsaP256Sha256 => Secret::P256(loop {
                // One in 2^32 strings of 32 bytes is no scalar of the group.
                if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&*random::<32>()?) {
                    break key;
                }
            }),
            Scheme::EcdsaP384Sha384 => Secret::P384(loop {
                if let Ok(key) = p384::ecdsa::SigningKey::from_slice(&*random::<48>()?) {
                    break key;
                }
            }),
            Scheme::EcdsaP521Sha512 => Secret::P521(loop {
                // The order of the group has 521 bits: seven of the 528 are none of the scalar's.
                let mut bytes = random::<66>()?;
                if let Some(first) = bytes.first_mut() {
                    *first &= 1;
                }
                if let Ok(key) = p521::ecdsa::SigningKey::from_slice(&*bytes) {
                    break key;
                }
            }),
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa44 => Secret::MlDsa(ml_dsa::Secret::new(Parameters::MlDsa44, random()?)),
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa65 => Secret::MlDsa(ml_dsa::Secret::new(Parameters::MlDsa65, random()?)),
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa87 => Secret::MlDsa(ml_dsa::Secret::new(Parameters::MlDsa87, random()?)),
            #[cfg(not(feature = "ml-dsa"))]
            Scheme::MlDsa44 | Scheme::MlDsa65 | Scheme::MlDsa87 => {
                return Err(refused("ML-DSA keys need the feature `ml-dsa`"));
            }
            Scheme::OpenPgpRsa | Scheme::OpenPgpEd25519 => {
                return Err(refused("OpenPGP keys are only verified here"));
            }
            #[cfg(feature = "rsa")]
            _ => Secret::Rsa(Box::new(rsa::generate(rsa::DEFAULT_BITS)?)),
            #[cfg(not(feature = "rsa"))]
            _ => return Err(refused("RSA keys need the feature `rsa`")),
        };
        Self::new(secret)?.with_scheme(scheme)
    }

    /// Makes a new RSA key of 2048, 3072 or 4096 bits that signs with `scheme`.
    ///
    /// How long it takes is chance, for the search for two primes ends when they are found. Of ten keys
    /// each, optimised, the slowest took 0.8 seconds with 2048 bits, 2.4 with 3072, and 3.4 with 4096.
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] for another number of bits and if the system has no randomness to give,
    /// [`Error::Key`] if `scheme` is none of RSA.
    #[cfg(feature = "rsa")]
    pub fn generate_rsa(scheme: Scheme, bits: usize) -> Result<Self, Error> {
        if scheme.keytype() != "rsa" {
            return Err(crate::Unusable::OtherScheme { expected: scheme }.into());
        }
        Self::new(Secret::Rsa(Box::new(rsa::generate(bits)?)))?.with_scheme(scheme)
    }

    /// Reads the one PEM block of a private key: `PRIVATE KEY` (PKCS#8, RFC 5958), `RSA PRIVATE KEY`
    /// (PKCS#1, RFC 8017 A.1.2) or `EC PRIVATE KEY` (SEC 1, RFC 5915). An RSA key gets RSASSA-PSS
    /// with SHA-256; see [`PrivateKey::with_scheme`] for another scheme.
    ///
    /// Text may stand before the block (RFC 7468 section 2), nothing after it.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseNeeded`] if the key is encrypted, [`Error::PrivateKey`] if the text is no
    /// such block, holds no supported key, or contradicts itself, [`Error::Key`] if the key is too
    /// weak to be used.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::read(Encoded::from_pem(pem)?.borrow())
    }

    /// Reads a private key in DER, in any of the forms of [`PrivateKey::from_pem`].
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::read((Form::of(der)?, der))
    }

    /// Reads one form; the caller has seen to one that is encrypted.
    fn read((form, der): (Form, &[u8])) -> Result<Self, Error> {
        form::check_length(der)?;
        match form {
            Form::Pkcs8 => Self::from_info(form::pkcs8(der)?),
            Form::Pkcs1 => Self::from_info(form::pkcs1(der)?),
            Form::Sec1 => Self::from_info(form::sec1(der)?),
            Form::EncryptedPkcs8 if cfg!(feature = "encryption") => Err(Error::PassphraseNeeded),
            Form::EncryptedPkcs8 => Err(refused(
                "it is encrypted: reading it is the feature `encryption`",
            )),
        }
    }

    fn from_info(info: PrivateKeyInfoRef<'_>) -> Result<Self, Error> {
        let malformed = |_| refused("its encoding is malformed, or its public key is another's");
        let public = info.public_key;
        let algorithm = info.algorithm;
        let key = Self::new(match kind(algorithm) {
            (ED25519, None) => Secret::Ed25519(info.try_into().map_err(malformed)?),
            (EC_PUBLIC_KEY, Some(P256)) => Secret::P256(info.try_into().map_err(malformed)?),
            (EC_PUBLIC_KEY, Some(P384)) => Secret::P384(info.try_into().map_err(malformed)?),
            (EC_PUBLIC_KEY, Some(P521)) => Secret::P521(info.try_into().map_err(malformed)?),
            #[cfg(feature = "ml-dsa")]
            (oid, None) if Parameters::with_oid(oid).is_some() => {
                Secret::MlDsa(info.try_into().map_err(malformed)?)
            }
            #[cfg(feature = "rsa")]
            (RSA, None) => Secret::Rsa(Box::new(rsa::read(info)?)),
            _ => return Err(refused("its algorithm is not supported")),
        })?;
        if public.is_none_or(|public| key.is_of(algorithm, public)) {
            Ok(key)
        } else {
            Err(refused("its public key is another's"))
        }
    }

    /// Whether this is the public key of a PKCS#8 document, which has a place for it (RFC 5958) beside
    /// the one inside some private keys.
    fn is_of(&self, algorithm: AlgorithmIdentifierRef<'_>, public: BitStringRef<'_>) -> bool {
        let spki = SubjectPublicKeyInfo {
            algorithm,
            subject_public_key: public,
        };
        spki.to_der()
            .is_ok_and(|der| PublicKey::from_spki(&der).is_ok_and(|key| key == self.public))
    }

    fn new(secret: Secret) -> Result<Self, Error> {
        use spki::EncodePublicKey as _;

        let spki = match &secret {
            Secret::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Secret::P256(key) => key.verifying_key().to_public_key_der(),
            Secret::P384(key) => key.verifying_key().to_public_key_der(),
            Secret::P521(key) => key.verifying_key().to_public_key_der(),
            #[cfg(feature = "ml-dsa")]
            Secret::MlDsa(key) => key.public().to_public_key_der(),
            #[cfg(feature = "rsa")]
            Secret::Rsa(key) => key.to_public_key().to_public_key_der(),
        };
        let spki = spki.map_err(|_| refused("its public key cannot be encoded"))?;
        Ok(Self {
            public: PublicKey::from_spki(spki.as_bytes())?,
            secret,
        })
    }

    /// The same key, signing with `scheme`: an RSA key can sign with any of six, and its public key
    /// verifies the one it is listed with. The id of the public key follows the scheme.
    ///
    /// ```
    /// # #[cfg(feature = "rsa")] {
    /// # use crypto_keys::{PrivateKey, Scheme, Signer};
    /// # let pem = PrivateKey::generate_rsa(Scheme::RsaPssSha256, 2048)?.to_pkcs8_pem()?;
    /// let key = PrivateKey::from_pem(&pem)?.with_scheme(Scheme::RsaPkcs1Sha512)?;
    /// assert_eq!(key.public_key().scheme(), Some(Scheme::RsaPkcs1Sha512));
    /// assert!(key.with_scheme(Scheme::Ed25519).is_err());
    /// # }
    /// # Ok::<(), crypto_keys::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the key is of another kind than the scheme.
    pub fn with_scheme(self, scheme: Scheme) -> Result<Self, Error> {
        Ok(Self {
            public: PublicKey::from_spki_with(self.public.material(), scheme)?,
            ..self
        })
    }

    /// The key as an unencrypted `PRIVATE KEY` PEM block (PKCS#8).
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] if the key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, Error> {
        self.to_pkcs8()?
            .to_pem(form::PKCS8_LABEL, LineEnding::LF)
            .map_err(|_| refused(NOT_ENCODED))
    }

    fn to_pkcs8(&self) -> Result<SecretDocument, Error> {
        let der = match &self.secret {
            // Without the public key, as many readers take only version 1 of PKCS#8.
            Secret::Ed25519(key) => KeypairBytes {
                secret_key: key.to_bytes(),
                public_key: None,
            }
            .to_pkcs8_der(),
            Secret::P256(key) => key.to_pkcs8_der(),
            Secret::P384(key) => key.to_pkcs8_der(),
            Secret::P521(key) => key.to_pkcs8_der(),
            #[cfg(feature = "ml-dsa")]
            Secret::MlDsa(key) => key.to_pkcs8_der(),
            #[cfg(feature = "rsa")]
            Secret::Rsa(key) => key.to_pkcs8_der(),
        };
        der.map_err(|_| refused(NOT_ENCODED))
    }
}

const NOT_ENCODED: &str = "it cannot be encoded";

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
        #[cfg(any(feature = "ml-dsa", feature = "rsa"))]
        let refused = |reason: String| Error::Signing {
            key_id: self.public.id().clone(),
            reason,
        };
        let bytes = match &self.secret {
            Secret::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Secret::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            Secret::P384(key) => {
                let signature: p384::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            Secret::P521(key) => {
                let signature: p521::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            #[cfg(feature = "ml-dsa")]
            Secret::MlDsa(key) => key
                .sign(&ml_dsa::signed(message))
                .map_err(|source| refused(source.to_string()))?,
            #[cfg(feature = "rsa")]
            Secret::Rsa(key) => rsa::sign(key, self.public.scheme(), message)
                .map_err(|source| refused(source.to_string()))?,
        };
        Ok(Signature {
            key_id: Some(self.public.id().clone()),
            bytes,
            certificate: None,
            openpgp: None,
        })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

fn refused(reason: &'static str) -> Error {
    Error::PrivateKey { reason }
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes).map_err(|_| refused(NO_RANDOMNESS))?;
    Ok(bytes)
}

const NO_RANDOMNESS: &str = "the system has no randomness to give";

/// The algorithm and, for an elliptic curve, which.
fn kind(id: AlgorithmIdentifierRef<'_>) -> (ObjectIdentifier, Option<ObjectIdentifier>) {
    (id.oid, id.parameters_oid().ok())
}
