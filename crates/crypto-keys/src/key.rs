use std::{borrow::Cow, fmt};

use canonical_json::{Node, Value};
use chrono::{DateTime, Utc};

#[cfg(feature = "openpgp")]
use crate::openpgp;
use crate::{
    Backend, Error, KeyId, KeyIdRule, Scheme, Signature,
    backend::Verifier,
    error::start,
    key_text::{self, to_pem},
    scheme::OPENPGP,
};

/// Why a key cannot verify anything.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unusable {
    /// The key object names a type or scheme that is not supported here.
    #[error(
        "key type {:?} with scheme {:?} is not supported",
        start(keytype),
        start(scheme)
    )]
    UnknownScheme {
        /// The `keytype` member.
        keytype: String,
        /// The `scheme` member.
        scheme: String,
    },
    /// The key object is not of the form `{keytype, keyval, scheme}` with a text for each key.
    #[error("the key object is of a form that is not supported")]
    UnknownForm,
    /// The key is encoded well, for an algorithm or curve that is not supported here.
    #[error("the key's algorithm is not supported")]
    UnknownAlgorithm,
    /// The key is of another kind than its scheme.
    #[error("the key is not one for {}", expected.name())]
    OtherScheme {
        /// The scheme that was asked for.
        expected: Scheme,
    },
    /// The key object holds one key, and a certificate of another.
    #[error("the key and its certificate hold two different keys")]
    TwoKeys,
    /// The encoding holds no key, or is longer than any.
    #[error("the key's encoding is malformed")]
    Malformed,
    /// A key that verifies signatures nobody made: RSA outside 2048 to 8192 bits, an Ed25519 point
    /// of small order.
    #[error("the key is too weak")]
    Weak,
}

/// A public key with the one scheme it may verify, under the id its document lists it.
///
/// A key of a kind this crate does not know is still a `PublicKey`: it keeps its document, so that
/// metadata that lists it can be read and written, and it verifies nothing.
///
/// ```
/// # use crypto_keys::{PublicKey, Scheme};
/// let key = PublicKey::from_pem(
///     "-----BEGIN PUBLIC KEY-----\n\
///      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
///      -----END PUBLIC KEY-----\n",
/// )?;
/// assert_eq!(key.scheme(), Some(Scheme::Ed25519));
/// assert!(key.verify(b"message", &[0; 64]).is_err());
/// # Ok::<(), crypto_keys::Error>(())
/// ```
#[derive(Clone)]
pub struct PublicKey {
    id: KeyId,
    document: Value,
    material: Vec<u8>,
    verifier: Result<(Scheme, Verifier), Unusable>,
    /// What an OpenPGP key has beside itself.
    #[cfg(feature = "openpgp")]
    openpgp: Option<Box<openpgp::Key>>,
}

impl PublicKey {
    /// Reads the key object that a TUF role or an in-toto layout lists under `id`.
    ///
    /// The text of a key (`keyval.public`) is hexadecimal, of an Ed25519 key or of a point on the scheme's curve, or one
    /// PEM block: `PUBLIC KEY`, `RSA PUBLIC KEY` (PKCS #1) or `CERTIFICATE`. A certificate may also stand in
    /// `keyval.certificate`, alone or beside the text of the same key; see [`PublicKey::from_certificate`] for how
    /// little of it is used. Members unknown here are kept.
    ///
    /// A key that cannot be used is kept too, whatever its shape, so that it counts for nothing and its neighbours
    /// still count; see [`PublicKey::unusable`].
    ///
    /// # Errors
    ///
    /// [`canonical_json::Error`] if `node` is not an object, or if its `keytype` or `scheme` is there and not a text.
    /// Those two say what kind of key the rest describes: where one of them is no text, it is no key object.
    pub fn read(id: KeyId, node: Node<'_>) -> Result<Self, canonical_json::Error> {
        let scheme = scheme_of(node)?;
        #[cfg(feature = "openpgp")]
        if let Ok(scheme) = scheme
            && scheme.is_openpgp()
        {
            return Ok(Self::read_openpgp(id, scheme, node));
        }
        let verifier = scheme.and_then(|scheme| {
            if scheme.is_openpgp() {
                return Err(Unusable::UnknownAlgorithm);
            }
            let keyval = node.get("keyval").ok().flatten();
            let keyval = keyval.ok_or(Unusable::UnknownForm)?;
            fitting((scheme, key_text::read(scheme, keyval)?))
        });
        Ok(Self::new(id, node.to_value(), verifier))
    }

    #[cfg(feature = "openpgp")]
    fn read_openpgp(id: KeyId, scheme: Scheme, node: Node<'_>) -> Self {
        let (verifier, openpgp) = match openpgp::Key::read(scheme, node) {
            Ok(key) => (Ok((scheme, key.verifier().clone())), Some(Box::new(key))),
            Err(unusable) => (Err(unusable), None),
        };
        let key = Self::new(id, node.to_value(), verifier);
        Self { openpgp, ..key }
    }

    /// Reads one PEM block, `PUBLIC KEY` or `RSA PUBLIC KEY` (PKCS #1); RSA keys get RSASSA-PSS with SHA-256. Text may
    /// stand before it (RFC 7468 section 2), nothing after it.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the text is not one such block or holds a key that cannot be used.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let verifier = key_text::from_pem(pem)?;
        Self::with_default_id(verifier.default_scheme(), verifier)
    }

    /// Takes the key out of a certificate, which is DER or one `CERTIFICATE` PEM block; RSA keys get RSASSA-PSS with
    /// SHA-256.
    ///
    /// Nothing else in the certificate is looked at: not whose it is, not until when, not who vouches for it. That
    /// the key is trusted is for the caller to know.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if `certificate` is none or holds a key that cannot be used.
    pub fn from_certificate(certificate: &[u8]) -> Result<Self, Error> {
        // The lengths in the DER of a certificate are no UTF-8.
        let verifier = match std::str::from_utf8(certificate) {
            Ok(pem) => key_text::read_certificate(pem)?,
            Err(_) => key_text::from_certificate(certificate)?,
        };
        Self::with_default_id(verifier.default_scheme(), verifier)
    }

    /// Reads a DER `SubjectPublicKeyInfo`; RSA keys get RSASSA-PSS with SHA-256.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the bytes hold no key that can be used.
    pub fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let verifier = Verifier::from_spki(der)?;
        Self::with_default_id(verifier.default_scheme(), verifier)
    }

    /// Reads a DER `SubjectPublicKeyInfo` for a scheme that something else names, such as the
    /// signature algorithm of a certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the bytes hold no key that can be used with `scheme`.
    pub fn from_spki_with(der: &[u8], scheme: Scheme) -> Result<Self, Error> {
        let (scheme, verifier) = fitting((scheme, Verifier::from_spki(der)?))?;
        Self::with_default_id(scheme, verifier)
    }

    fn with_default_id(scheme: Scheme, verifier: Verifier) -> Result<Self, Error> {
        let public = key_text::of(&verifier)?;
        let document = Value::object([
            ("keytype", Value::from(scheme.keytype())),
            ("keyval", Value::object([("public", Value::from(public))])),
            ("scheme", Value::from(scheme.name())),
        ]);
        Ok(Self::new(
            KeyId::of(&document),
            document,
            Ok((scheme, verifier)),
        ))
    }

    fn new(id: KeyId, document: Value, verifier: Result<(Scheme, Verifier), Unusable>) -> Self {
        // A key that verifies nothing still has to differ from others.
        let (material, verifier) = match verifier.and_then(|(s, v)| Ok((v.to_spki()?, (s, v)))) {
            Ok((material, verifier)) => (material, Ok(verifier)),
            Err(unusable) => (document.to_olpc(), Err(unusable)),
        };
        Self {
            id,
            document,
            material,
            verifier,
            #[cfg(feature = "openpgp")]
            openpgp: None,
        }
    }

    /// The id under which the key is listed.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The same key under another id.
    #[must_use]
    pub fn with_id(mut self, id: KeyId) -> Self {
        self.id = id;
        self
    }

    /// The id that `rule` yields for this key; `None` if its document lacks what the rule hashes.
    ///
    /// Where a certificate stands in the place of the key, what is hashed is the text of its key, as in-toto-golang does.
    pub fn computed_id(&self, rule: KeyIdRule) -> Option<KeyId> {
        #[cfg(feature = "openpgp")]
        if rule == KeyIdRule::Fingerprint {
            return self.openpgp.as_ref()?.fingerprint().cloned();
        }
        let keyval = self.document.get("keyval");
        let public = match (keyval.and_then(|it| it.get("public")), &self.verifier) {
            (Some(Value::String(text)), _) if !text.is_empty() => Some(text.clone()),
            (_, Ok((_, verifier))) => key_text::of(verifier).ok(),
            _ => None,
        };
        rule.hashed(&self.document, public.as_deref())
            .map(|object| KeyId::of(&object))
    }

    /// The rules that yield the id under which the key is listed; none for an id that is a mere label.
    pub fn id_rules(&self) -> impl Iterator<Item = KeyIdRule> {
        let yields_id = |rule: &KeyIdRule| self.computed_id(*rule).as_ref() == Some(&self.id);
        KeyIdRule::ALL.into_iter().filter(yields_id)
    }

    /// The one scheme of this key; `None` if it cannot be used.
    pub fn scheme(&self) -> Option<Scheme> {
        self.verifier.as_ref().ok().map(|(scheme, _)| *scheme)
    }

    /// Why the key verifies nothing, if that is so.
    pub fn unusable(&self) -> Option<&Unusable> {
        self.verifier.as_ref().err()
    }

    /// What makes this key itself, whatever its id: its DER `SubjectPublicKeyInfo`, or the
    /// canonical document of a key that cannot be used. Signers are counted by it.
    pub fn material(&self) -> &[u8] {
        &self.material
    }

    /// The key object as metadata holds it, members unknown here included.
    pub fn to_value(&self) -> Value {
        self.document.clone()
    }

    /// The key as a `PUBLIC KEY` PEM block; `None` if it cannot be used.
    pub fn to_pem(&self) -> Option<String> {
        self.verifier.is_ok().then(|| to_pem(&self.material))
    }

    /// Checks a signature over `message`. An OpenPGP key has none: its signatures cover more than a message, and are
    /// checked with their envelope.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`], without a reason: why a signature fails is nobody's business.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.verify_with(Backend::default(), message, signature)
    }

    /// Checks a signature over `message`, computed by `backend`. The verdict is that of [`PublicKey::verify`].
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`], as there.
    pub fn verify_with(
        &self,
        backend: Backend,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match &self.verifier {
            Ok((scheme, verifier)) if verifier.verify(backend, *scheme, message, signature) => {
                Ok(())
            }
            _ => Err(Error::BadSignature),
        }
    }
}

/// What belongs to OpenPGP keys alone.
impl PublicKey {
    /// Everything that makes a signer this one: [`PublicKey::material`], and for an OpenPGP key that of its subkeys.
    /// Two keys that have some of it in common do not make two signers.
    pub fn materials(&self) -> impl Iterator<Item = &[u8]> {
        #[cfg(feature = "openpgp")]
        let subkeys = self.openpgp.iter().flat_map(|key| key.subkey_materials());
        #[cfg(not(feature = "openpgp"))]
        let subkeys = std::iter::empty();
        std::iter::once(self.material()).chain(subkeys)
    }

    /// Whether `signature` says that it is this key's: by its id, or by that of a subkey.
    pub fn is_named_by(&self, signature: &Signature) -> bool {
        let Some(id) = &signature.key_id else {
            return false;
        };
        #[cfg(feature = "openpgp")]
        if signature.openpgp.is_some()
            && let Some(key) = &self.openpgp
            && key.has_subkey(id)
        {
            return true;
        }
        *id == self.id
    }

    /// Whether the key can be used, and makes signatures of the kind of `signature`: with headers or without.
    pub(crate) fn can_have_made(&self, signature: &Signature) -> bool {
        self.scheme()
            .is_some_and(|scheme| scheme.is_openpgp() == signature.openpgp.is_some())
    }

    /// Whether `signature` is this key's, over `message`; `now` decides about keys that expire.
    pub(crate) fn signed(
        &self,
        backend: Backend,
        message: &[u8],
        signature: &Signature,
        now: Option<DateTime<Utc>>,
    ) -> bool {
        #[cfg(feature = "openpgp")]
        if let Some(key) = &self.openpgp {
            return key.verify(backend, &self.id, message, signature, now);
        }
        let _ = now;
        signature.openpgp.is_none() && self.verify_with(backend, message, &signature.bytes).is_ok()
    }
}

/// Equal keys have the same id, scheme, material and document.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.scheme() == other.scheme()
            && self.material == other.material
            && self.document == other.document
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("id", &self.id)
            .field("scheme", &self.scheme())
            .finish_non_exhaustive()
    }
}

/// The scheme that a key object names, in the members of TUF or in those that in-toto gives OpenPGP keys.
pub(crate) fn scheme_of(
    object: Node<'_>,
) -> Result<Result<Scheme, Unusable>, canonical_json::Error> {
    let text = |name| object.get(name)?.map(|member| member.as_str()).transpose();
    let names = match (text("keytype")?, text("scheme")?) {
        (None, None) => openpgp_names(object),
        (keytype, scheme) => keytype.zip(scheme),
    };
    let Some((keytype, scheme)) = names else {
        return Ok(Err(Unusable::UnknownForm));
    };
    Ok(
        Scheme::from_names(&keytype, &scheme).ok_or_else(|| Unusable::UnknownScheme {
            keytype: keytype.into_owned(),
            scheme: scheme.into_owned(),
        }),
    )
}

fn openpgp_names(object: Node<'_>) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let text = |name| object.get(name).ok()??.as_str().ok();
    let names = text("type").zip(text("method"));
    names.filter(|(_, method)| method.starts_with(OPENPGP))
}

fn fitting((scheme, verifier): (Scheme, Verifier)) -> Result<(Scheme, Verifier), Unusable> {
    if verifier.fits(scheme) {
        Ok((scheme, verifier))
    } else {
        Err(Unusable::OtherScheme { expected: scheme })
    }
}
