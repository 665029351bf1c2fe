use std::fmt;

use pkcs8::{
    AlgorithmIdentifierRef, DecodePrivateKey as _, EncodePrivateKey as _, LineEnding,
    ObjectIdentifier, PrivateKeyInfoRef, SecretDocument, der::Decode as _,
};
#[cfg(feature = "rsa")]
use signature::Keypair as _;
use signature::Signer as _;
use zeroize::Zeroizing;

#[cfg(feature = "rsa")]
use crate::backend::RSA;
use crate::backend::{EC_PUBLIC_KEY, ED25519, P256, P384, P521};
use crate::{Error, PublicKey, Scheme, Signature, Signer};

/// A private key held in memory, and wiped when dropped.
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
    #[cfg(feature = "rsa")]
    Rsa(Box<rsa::pss::SigningKey<sha2::Sha256>>),
}

const LABEL: &str = "PRIVATE KEY";

impl PrivateKey {
    /// Makes a new key with the randomness of the operating system.
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] for RSA, which is read but not generated here, and if the system has no
    /// randomness to give.
    pub fn generate(scheme: Scheme) -> Result<Self, Error> {
        Self::new(match scheme {
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
            _ => return Err(refused("RSA keys are not generated here, only read")),
        })
    }

    /// Reads an unencrypted `PRIVATE KEY` PEM block (PKCS#8, RFC 5958).
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] if the text is not one such block or holds no supported key.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, Error> {
        if pem.contains("ENCRYPTED PRIVATE KEY") {
            return Err(refused(
                "it is encrypted: decrypt it first, for example with `openssl pkcs8`",
            ));
        }
        let (label, document) = SecretDocument::from_pem(pem.trim())
            .map_err(|_| refused("it is not a PKCS#8 `PRIVATE KEY` PEM block"))?;
        if label != LABEL {
            return Err(refused(
                "it is not PKCS#8: convert it, for example with `openssl pkcs8 -topk8 -nocrypt`",
            ));
        }
        Self::from_pkcs8_der(document.as_bytes())
    }

    /// Reads an unencrypted PKCS#8 `PrivateKeyInfo`.
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] if the bytes hold no supported key.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = |_| refused("its PKCS#8 encoding is malformed");
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| refused("it is not PKCS#8"))?;
        Self::new(match algorithm(info.algorithm) {
            (ED25519, None) => {
                Secret::Ed25519(ed25519_dalek::SigningKey::from_pkcs8_der(der).map_err(malformed)?)
            }
            (EC_PUBLIC_KEY, Some(P256)) => {
                Secret::P256(p256::ecdsa::SigningKey::from_pkcs8_der(der).map_err(malformed)?)
            }
            (EC_PUBLIC_KEY, Some(P384)) => {
                Secret::P384(p384::ecdsa::SigningKey::from_pkcs8_der(der).map_err(malformed)?)
            }
            (EC_PUBLIC_KEY, Some(P521)) => {
                Secret::P521(p521::ecdsa::SigningKey::from_pkcs8_der(der).map_err(malformed)?)
            }
            #[cfg(feature = "rsa")]
            (RSA, None) => {
                let key = rsa::RsaPrivateKey::from_pkcs8_der(der).map_err(malformed)?;
                Secret::Rsa(Box::new(rsa::pss::SigningKey::new(key)))
            }
            _ => return Err(refused("its algorithm is not supported")),
        })
    }

    fn new(secret: Secret) -> Result<Self, Error> {
        use spki::EncodePublicKey as _;

        let spki = match &secret {
            Secret::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Secret::P256(key) => key.verifying_key().to_public_key_der(),
            Secret::P384(key) => key.verifying_key().to_public_key_der(),
            Secret::P521(key) => key.verifying_key().to_public_key_der(),
            #[cfg(feature = "rsa")]
            Secret::Rsa(key) => key.verifying_key().to_public_key_der(),
        };
        let spki = spki.map_err(|_| refused("its public key cannot be encoded"))?;
        Ok(Self {
            public: PublicKey::from_spki(spki.as_bytes())?,
            secret,
        })
    }

    /// The key as an unencrypted `PRIVATE KEY` PEM block.
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] if the key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, Error> {
        let pem = match &self.secret {
            Secret::Ed25519(key) => key.to_pkcs8_pem(LineEnding::LF),
            Secret::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
            Secret::P384(key) => key.to_pkcs8_pem(LineEnding::LF),
            Secret::P521(key) => key.to_pkcs8_pem(LineEnding::LF),
            #[cfg(feature = "rsa")]
            Secret::Rsa(key) => key.to_pkcs8_pem(LineEnding::LF),
        };
        pem.map_err(|_| refused("it cannot be encoded"))
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
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
            #[cfg(feature = "rsa")]
            Secret::Rsa(key) => {
                use signature::{RandomizedSigner as _, SignatureEncoding as _};

                let signature = key.try_sign_with_rng(&mut getrandom::SysRng, message);
                let refused = |source: signature::Error| Error::Signing {
                    key_id: self.public.id().clone(),
                    reason: source.to_string(),
                };
                signature.map_err(refused)?.to_vec()
            }
        };
        Ok(Signature {
            key_id: Some(self.public.id().clone()),
            bytes,
            certificate: None,
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
    getrandom::fill(&mut *bytes).map_err(|_| refused("the system has no randomness to give"))?;
    Ok(bytes)
}

/// The algorithm and, for an elliptic curve, which.
fn algorithm(id: AlgorithmIdentifierRef<'_>) -> (ObjectIdentifier, Option<ObjectIdentifier>) {
    (id.oid, id.parameters_oid().ok())
}
