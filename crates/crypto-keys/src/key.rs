use std::fmt;

use canonical_json::{Node, Value};
use sha2::{Digest as _, Sha256};

use crate::{
    Error, KeyId, Scheme,
    backend::Verifier,
    encoding::{from_hex_of_any_case, to_hex},
    error::start,
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
    /// The key is encoded well, for an algorithm or curve that is not supported here.
    #[error("the key's algorithm is not supported")]
    UnknownAlgorithm,
    /// The key is of another kind than its scheme.
    #[error("the key is not one for {}", expected.name())]
    OtherScheme {
        /// The scheme that was asked for.
        expected: Scheme,
    },
    /// The encoding holds no key.
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
}

impl PublicKey {
    /// Reads the key object that a TUF role or an in-toto layout lists under `id`.
    ///
    /// The text of a key is lower-case hexadecimal for Ed25519, PEM for RSA and ECDSA, and for
    /// ECDSA over P-256 also the hexadecimal point of old repositories. Members beside `keytype`,
    /// `scheme` and `keyval.public` are kept. A key that cannot be used is kept too, see
    /// [`PublicKey::unusable`].
    ///
    /// # Errors
    ///
    /// [`canonical_json::Error`] if the three members are missing or not strings.
    pub fn read(id: KeyId, node: Node<'_>) -> Result<Self, canonical_json::Error> {
        let keytype = node.require("keytype")?.as_str()?;
        let scheme = node.require("scheme")?.as_str()?;
        let public = node.require("keyval")?.require("public")?.as_str()?;
        let verifier = Scheme::from_names(&keytype, &scheme)
            .ok_or_else(|| Unusable::UnknownScheme {
                keytype: keytype.clone().into_owned(),
                scheme: scheme.into_owned(),
            })
            .and_then(|scheme| Ok((scheme, read_public(scheme, &public)?)))
            .and_then(fitting);
        Ok(Self::new(id, node.to_value(), verifier))
    }

    /// Reads one `PUBLIC KEY` PEM block; RSA keys get RSASSA-PSS with SHA-256. Text may stand before
    /// it (RFC 7468 section 2), nothing after it.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the text is not one such block or holds a key that cannot be used.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let verifier = read_pem(pem)?;
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
        let public = match &verifier {
            Verifier::Ed25519(key) => to_hex(key.as_bytes()),
            other => to_pem(&other.to_spki()?),
        };
        let document = Value::object([
            ("keytype", Value::from(scheme.keytype())),
            ("keyval", Value::object([("public", Value::from(public))])),
            ("scheme", Value::from(scheme.name())),
        ]);
        let id = KeyId::try_from(to_hex(&Sha256::digest(document.to_olpc())))?;
        Ok(Self::new(id, document, Ok((scheme, verifier))))
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

    /// The id of today's tools: the SHA-256 of the canonical `{keytype, keyval: {public}, scheme}`,
    /// with the key's text as its document has it.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the key cannot be used, so that its document may be of another form.
    pub fn computed_id(&self) -> Result<KeyId, Error> {
        if let Err(unusable) = &self.verifier {
            return Err(unusable.clone().into());
        }
        let member = |key| self.document.get(key).cloned().unwrap_or(Value::Null);
        let public = self
            .document
            .get("keyval")
            .and_then(|keyval| keyval.get("public"));
        let hashed = Value::object([
            ("keytype", member("keytype")),
            (
                "keyval",
                Value::object([("public", public.cloned().unwrap_or(Value::Null))]),
            ),
            ("scheme", member("scheme")),
        ]);
        KeyId::try_from(to_hex(&Sha256::digest(hashed.to_olpc())))
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

    /// Checks a signature over `message`.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`], without a reason: why a signature fails is nobody's business.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        match &self.verifier {
            Ok((scheme, verifier)) if verifier.verify(*scheme, message, signature) => Ok(()),
            _ => Err(Error::BadSignature),
        }
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

fn read_public(scheme: Scheme, public: &str) -> Result<Verifier, Unusable> {
    match scheme {
        Scheme::Ed25519 => {
            Verifier::ed25519(&from_hex_of_any_case(public).ok_or(Unusable::Malformed)?)
        }
        Scheme::EcdsaP256Sha256 => match from_hex_of_any_case(public) {
            Some(point) => Verifier::p256_point(&point),
            None => read_pem(public),
        },
        _ => read_pem(public),
    }
}

fn fitting((scheme, verifier): (Scheme, Verifier)) -> Result<(Scheme, Verifier), Unusable> {
    if verifier.fits(scheme) {
        Ok((scheme, verifier))
    } else {
        Err(Unusable::OtherScheme { expected: scheme })
    }
}

const PEM_LABEL: &str = "PUBLIC KEY";

fn read_pem(pem: &str) -> Result<Verifier, Unusable> {
    // Legacy tools strip the last line break and have widths of their own: only the frame matters.
    let mut decoder = der::pem::Decoder::new_detect_wrap(pem.trim().as_bytes())
        .map_err(|_| Unusable::Malformed)?;
    if decoder.type_label() != PEM_LABEL {
        return Err(Unusable::Malformed);
    }
    let mut der = Vec::new();
    decoder
        .decode_to_end(&mut der)
        .map_err(|_| Unusable::Malformed)?;
    Verifier::from_spki(&der)
}

fn to_pem(spki: &[u8]) -> String {
    // The one way to fail is a length beyond usize.
    der::pem::encode_string(PEM_LABEL, der::pem::LineEnding::LF, spki).unwrap_or_default()
}
