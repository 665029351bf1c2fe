//! Keys that never leave a PKCS#11 token: a security module, a smart card, a service that looks like one.
//!
//! A [`Uri`] names a token and a key in it, [`Module`] is the shared library of the token's maker, [`Token`] one login,
//! and [`TokenKey`] a [`Signer`]. What a token signs is verified before anybody sees it.
//!
//! ```no_run
//! use crypto_keys::{Signer, pkcs11};
//!
//! let uri: pkcs11::Uri = "pkcs11:token=releases;object=owner".parse()?;
//! let module = pkcs11::Module::open("/usr/lib/softhsm/libsofthsm2.so".as_ref())?;
//! let owner = module.log_in(&uri, Some("1234"))?.key(&uri)?;
//! println!("{}", owner.public_key().id());
//! # Ok::<(), pkcs11::Error>(())
//! ```
//!
//! One session serves all keys of a login, one at a time: a `TokenKey` can be shared between threads, and they take turns. A
//! session that was lost, with the token pulled out or the login ended elsewhere, is reported and not begun again, because the
//! PIN is not kept. A module stays loaded and initialised until the process ends.
//!
//! What is left out: keys of ML-DSA, keys that ask for the PIN at every signature, RSA keys without a public exponent to be read, the making
//! and moving of keys, and hashing in the token: a message is hashed here, except for Ed25519.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::RvError,
    mechanism::{
        Mechanism, MechanismType,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        rsa::{PkcsMgfType, PkcsPssParams},
    },
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use rsa::Pkcs1v15Sign;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::{PublicKey, Scheme, Signature, Signer, Unusable};

mod public;
mod uri;

pub use uri::Uri;

/// Why a token, or a key in it, cannot be used.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// A text that is no URI of a key in a token (RFC 7512).
    #[error("not the URI of a key in a token: {reason}")]
    Uri {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The shared library cannot be loaded, or is no PKCS#11 module.
    #[error("cannot load the PKCS#11 module {}: {reason}", path.display())]
    Module {
        /// Where it should be.
        path: PathBuf,
        /// What the system or the library says.
        reason: String,
    },
    /// No token, or more than one, is the one that was named.
    #[error("{} tokens are the one that is named{}", matching, others(found))]
    WhichToken {
        /// How many tokens are of that name.
        matching: usize,
        /// The labels of all tokens there are.
        found: Vec<String>,
    },
    /// The PIN is not the token's.
    #[error("the PIN is wrong: after a few wrong ones a token locks itself")]
    WrongPin,
    /// The token takes no PIN any more, after too many wrong ones.
    #[error("the PIN is locked: the security officer of the token can set another")]
    PinLocked,
    /// No key, or more than one, is the one that was named.
    #[error("{} private keys are the one that is named{}", matching, others(found))]
    WhichKey {
        /// How many private keys are of that name.
        matching: usize,
        /// The labels of all private keys in the token.
        found: Vec<String>,
    },
    /// The token holds neither the public key of a private key nor a certificate for it.
    #[error("the token holds neither the public key nor a certificate of the private key")]
    NoPublicKey,
    /// The key is of no kind that signs here.
    #[error(transparent)]
    Key(#[from] Unusable),
    /// The key asks for the PIN at every signature.
    #[error("the key asks for the PIN at every signature, which is not supported")]
    PinEveryTime,
    /// The token refused, or could not be reached.
    #[error("the token: {reason}")]
    Token {
        /// What its module says.
        reason: String,
    },
}

fn others(found: &[String]) -> String {
    match found {
        [] => "; there are none at all".to_owned(),
        found => format!("; there are: {}", found.join(", ")),
    }
}

impl From<cryptoki::error::Error> for Error {
    fn from(error: cryptoki::error::Error) -> Self {
        use cryptoki::error::Error::Pkcs11;

        match error {
            Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
                Self::WrongPin
            }
            Pkcs11(RvError::PinLocked, _) => Self::PinLocked,
            other => Self::Token {
                reason: other.to_string(),
            },
        }
    }
}

/// A PKCS#11 module: the shared library by which the maker of a token lets it be used.
#[derive(Clone)]
pub struct Module {
    context: Pkcs11,
}

impl Module {
    /// Loads and initialises a module, which several parts of a process may do.
    ///
    /// To load a library is to run its code: the path is as much to be trusted as the program.
    ///
    /// # Errors
    ///
    /// [`Error::Module`] if it cannot be loaded or initialised.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error: cryptoki::error::Error| Error::Module {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let context = Pkcs11::new(path).map_err(failed)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(())
            | Err(cryptoki::error::Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(failed(error)),
        }
        // Nobody can know that it is used no more: by another part of the process, by a thread of its own. It stays loaded.
        std::mem::forget(context.clone());
        Ok(Self { context })
    }

    /// Logs into the one token that `uri` names; with no PIN, where the token has its own way to ask for it.
    ///
    /// A login holds for the whole process: a token into which it is logged in already takes any PIN.
    ///
    /// # Errors
    ///
    /// [`Error::WhichToken`] if not exactly one token is named, [`Error::WrongPin`] and [`Error::PinLocked`],
    /// [`Error::Token`] if the token refuses otherwise.
    pub fn log_in(&self, uri: &Uri, pin: Option<&str>) -> Result<Token, Error> {
        let session = self.context.open_ro_session(self.slot(uri)?)?;
        let pin = pin.map(|pin| AuthPin::new(pin.into()));
        match session.login(UserType::User, pin.as_ref()) {
            Ok(()) | Err(cryptoki::error::Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Token {
            session: Arc::new(Mutex::new(session)),
        })
    }

    fn slot(&self, uri: &Uri) -> Result<Slot, Error> {
        let mut matching = Vec::new();
        let mut found = Vec::new();
        for slot in self.context.get_slots_with_initialized_token()? {
            let token = self.context.get_token_info(slot)?;
            if uri.is_token(slot.id(), &token) {
                matching.push(slot);
            }
            found.push(token.label().to_owned());
        }
        match matching.as_slice() {
            [slot] => Ok(*slot),
            several => Err(Error::WhichToken {
                matching: several.len(),
                found,
            }),
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").finish_non_exhaustive()
    }
}

/// A token into which this process is logged in, until it and all its keys are dropped.
#[derive(Clone)]
pub struct Token {
    session: Arc<Mutex<Session>>,
}

impl Token {
    /// The one private key that `uri` names by label, id or both; without either, the only one there is.
    ///
    /// Its public key is that of the same id, or of the same label where the private key has no id, and else that of
    /// a certificate with it. An RSA key gets RSASSA-PSS with SHA-256; see [`TokenKey::with_scheme`].
    ///
    /// # Errors
    ///
    /// [`Error::WhichKey`] if not exactly one key is named, [`Error::NoPublicKey`], [`Error::PinEveryTime`],
    /// [`Error::Key`] if the key is of a kind that is not supported, [`Error::Token`] if the token refuses.
    pub fn key(&self, uri: &Uri) -> Result<TokenKey, Error> {
        let session = lock(&self.session);
        let handle = private_key(&session, uri)?;
        let public = public::of(&session, handle)?;
        drop(session);
        Ok(TokenKey {
            session: Arc::clone(&self.session),
            handle,
            public,
        })
    }
}

fn private_key(session: &Session, uri: &Uri) -> Result<ObjectHandle, Error> {
    let all = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
    let mut matching = Vec::new();
    let mut found = Vec::new();
    for handle in all {
        let attributes = session.get_attributes(
            handle,
            &[
                AttributeType::Label,
                AttributeType::Id,
                AttributeType::AlwaysAuthenticate,
            ],
        )?;
        let (label, id) = names(&attributes);
        if uri.is_key(label, id) {
            matching.push((
                handle,
                attributes.contains(&Attribute::AlwaysAuthenticate(true)),
            ));
        }
        found.push(String::from_utf8_lossy(label).into_owned());
    }
    match matching.as_slice() {
        [(_, true)] => Err(Error::PinEveryTime),
        [(handle, false)] => Ok(*handle),
        several => Err(Error::WhichKey {
            matching: several.len(),
            found,
        }),
    }
}

/// The label and the id of an object, empty where it has none.
fn names(attributes: &[Attribute]) -> (&[u8], &[u8]) {
    let mut names: (&[u8], &[u8]) = (&[], &[]);
    for attribute in attributes {
        match attribute {
            Attribute::Label(label) => names.0 = label,
            Attribute::Id(id) => names.1 = id,
            _ => {}
        }
    }
    names
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

/// A private key in a token.
#[derive(Clone)]
pub struct TokenKey {
    session: Arc<Mutex<Session>>,
    handle: ObjectHandle,
    public: PublicKey,
}

impl TokenKey {
    /// The same key, signing with `scheme`: an RSA key can sign with any of six.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Key`] if the key is of another kind than the scheme.
    pub fn with_scheme(self, scheme: Scheme) -> Result<Self, crate::Error> {
        Ok(Self {
            public: PublicKey::from_spki_with(self.public.material(), scheme)?,
            ..self
        })
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let scheme = self.public.scheme().ok_or("its key cannot be used")?;
        let (mechanism, data) = input(scheme, message).ok_or("its scheme is not supported")?;
        let signature = lock(&self.session)
            .sign(&mechanism, self.handle, &data)
            .map_err(|error| lost(&error))?;
        let signature = output(scheme, signature).ok_or("its signature is malformed")?;
        self.public
            .verify(message, &signature)
            .map_err(|_| "what it signed does not verify with the public key beside it")?;
        Ok(signature)
    }
}

/// What happened, and where that is so, that there is a login to begin again.
fn lost(error: &cryptoki::error::Error) -> String {
    use cryptoki::error::Error::Pkcs11;

    match error {
        Pkcs11(
            RvError::SessionClosed
            | RvError::SessionHandleInvalid
            | RvError::UserNotLoggedIn
            | RvError::TokenNotPresent
            | RvError::DeviceRemoved
            | RvError::CryptokiNotInitialized,
            _,
        ) => format!("the session with the token was lost, log in again: {error}"),
        other => other.to_string(),
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, crate::Error> {
        let bytes = self
            .signature(message)
            .map_err(|reason| crate::Error::Signing {
                key_id: self.public.id().clone(),
                reason,
            })?;
        Ok(Signature {
            key_id: Some(self.public.id().clone()),
            bytes,
            certificate: None,
            openpgp: None,
        })
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// A thread that panicked with the session left nothing in it half done that the next call would go on with.
fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The mechanism of a scheme, and what is handed to it: the message hashed here, as a token is slow to be told a long one.
fn input(scheme: Scheme, message: &[u8]) -> Option<(Mechanism<'static>, Vec<u8>)> {
    let sha256 = || Sha256::digest(message).to_vec();
    let sha384 = || Sha384::digest(message).to_vec();
    let sha512 = || Sha512::digest(message).to_vec();
    let pss = |hash_alg, mgf, digest: Vec<u8>| {
        let s_len = digest.len().try_into().ok()?;
        let params = PkcsPssParams {
            hash_alg,
            mgf,
            s_len,
        };
        Some((Mechanism::RsaPkcsPss(params), digest))
    };
    // RFC 8017 9.2: the digest is named before it is padded.
    let pkcs1 = |named: Pkcs1v15Sign, digest: Vec<u8>| {
        let named = [named.prefix.to_vec(), digest].concat();
        Some((Mechanism::RsaPkcs, named))
    };
    match scheme {
        Scheme::Ed25519 => {
            let pure = EddsaParams::new(EddsaSignatureScheme::Pure);
            Some((Mechanism::Eddsa(pure), message.to_vec()))
        }
        Scheme::EcdsaP256Sha256 => Some((Mechanism::Ecdsa, sha256())),
        Scheme::EcdsaP384Sha384 => Some((Mechanism::Ecdsa, sha384())),
        Scheme::EcdsaP521Sha512 => Some((Mechanism::Ecdsa, sha512())),
        Scheme::RsaPssSha256 => pss(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, sha256()),
        Scheme::RsaPssSha384 => pss(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, sha384()),
        Scheme::RsaPssSha512 => pss(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, sha512()),
        Scheme::RsaPkcs1Sha256 => pkcs1(Pkcs1v15Sign::new::<Sha256>(), sha256()),
        Scheme::RsaPkcs1Sha384 => pkcs1(Pkcs1v15Sign::new::<Sha384>(), sha384()),
        Scheme::RsaPkcs1Sha512 => pkcs1(Pkcs1v15Sign::new::<Sha512>(), sha512()),
        Scheme::MlDsa44 | Scheme::MlDsa65 | Scheme::MlDsa87 => None,
        Scheme::OpenPgpRsa | Scheme::OpenPgpEd25519 => None,
    }
}

/// A signature as metadata holds it. A token gives the two numbers of ECDSA one after the other.
fn output(scheme: Scheme, bytes: Vec<u8>) -> Option<Vec<u8>> {
    Some(match scheme {
        Scheme::EcdsaP256Sha256 => {
            let signature = p256::ecdsa::Signature::from_slice(&bytes).ok()?;
            signature.to_der().as_bytes().to_vec()
        }
        Scheme::EcdsaP384Sha384 => {
            let signature = p384::ecdsa::Signature::from_slice(&bytes).ok()?;
            signature.to_der().as_bytes().to_vec()
        }
        Scheme::EcdsaP521Sha512 => {
            let signature = p521::ecdsa::Signature::from_slice(&bytes).ok()?;
            signature.to_der().as_bytes().to_vec()
        }
        _ => bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_are_written_in_der_as_short_as_they_are() {
        let signature = |scheme, length: usize| {
            let (mut r, mut s) = (vec![0; length], vec![0; length]);
            r[length - 1] = 1;
            s[length - 1] = 0x80;
            output(scheme, [r, s].concat())
        };
        let der = Some(b"\x30\x07\x02\x01\x01\x02\x02\x00\x80".to_vec());
        for (scheme, length) in [
            (Scheme::EcdsaP256Sha256, 32),
            (Scheme::EcdsaP384Sha384, 48),
            (Scheme::EcdsaP521Sha512, 66),
        ] {
            assert_eq!(signature(scheme, length), der, "{scheme:?}");
            assert_eq!(signature(scheme, length - 1), None, "{scheme:?}");
            assert_eq!(signature(scheme, length + 1), None, "{scheme:?}");
            assert_eq!(output(scheme, vec![0; 2 * length]), None, "{scheme:?}");
        }
    }
}
