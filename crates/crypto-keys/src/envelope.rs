use std::{borrow::Cow, collections::BTreeSet, fmt, marker::PhantomData, ops::Deref};

use canonical_json::{Document, Limits, Node, Value};

use crate::{Error, KeyId, Quorum};

mod classic;
mod dsse;

pub use classic::sign_classic;
pub use dsse::sign_dsse;

/// The most signatures an envelope may hold: four times the largest root seen.
const MAX_SIGNATURES: usize = 256;

/// A type of document that can be signed.
pub trait Payload: Sized {
    /// The `_type` member that every such document has.
    const TYPE: &'static str;
    /// The `payloadType` of a DSSE envelope around one.
    const PAYLOAD_TYPE: &'static str;

    /// Reads the document whose signatures were checked, or are about to be.
    ///
    /// The `_type` has been compared already.
    ///
    /// # Errors
    ///
    /// [`canonical_json::Error`] where the document is not a `Self`; [`Node::error`] makes one.
    fn read(signed: Node<'_>) -> Result<Self, canonical_json::Error>;
}

/// One signature of an envelope, not yet checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// The key that is said to have signed. Always there in a classic envelope, a hint in DSSE.
    pub key_id: Option<KeyId>,
    /// The signature; empty if its text could not be decoded, so that it verifies under no key.
    pub bytes: Vec<u8>,
    /// The `cert` member of in-toto links (ITE-7): the signer's certificate as PEM, leaf first,
    /// followed by the intermediates. Nobody has looked at it.
    pub certificate: Option<String>,
    /// What an OpenPGP signature signs after the message, as in-toto's `other_headers`: the hashed part of its packet
    /// (RFC 4880 5.2.3); empty if its text could not be decoded. Such a signature verifies under OpenPGP keys alone.
    pub openpgp: Option<Vec<u8>>,
}

/// The two ways of putting signatures beside what they sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a third envelope would be a new format of both frameworks"
)]
pub enum EnvelopeKind {
    /// `{signed, signatures}`: the canonical form of `signed` is what is signed.
    Classic,
    /// The Dead Simple Signing Envelope: the payload's bytes, with their type, are what is signed.
    Dsse,
}

/// A claim that nobody has checked: a document said to be a `T`, with signatures.
///
/// Both envelopes parse into it. [`Signed::verify`] is the one way to a [`Verified<T>`].
///
/// ```
/// # use canonical_json::{Error, Node};
/// # use crypto_keys::{Payload, Quorum, Signed, Threshold};
/// struct Note(String);
/// impl Payload for Note {
///     const TYPE: &'static str = "note";
///     const PAYLOAD_TYPE: &'static str = "application/vnd.example.note+json";
///     fn read(signed: Node<'_>) -> Result<Self, Error> {
///         Ok(Self(signed.require("text")?.as_str()?.into_owned()))
///     }
/// }
///
/// let bytes = br#"{"signed": {"_type": "note", "text": "hello"}, "signatures": []}"#;
/// let note = Signed::<Note>::parse(bytes)?;
/// assert_eq!(note.unverified()?.0, "hello");
/// assert!(note.verify(&Quorum::new([], Threshold::ONE)).is_err());
/// # Ok::<(), crypto_keys::Error>(())
/// ```
pub struct Signed<'a, T> {
    body: Body<'a>,
    limits: Limits,
    signatures: Vec<Signature>,
    claim: PhantomData<fn() -> T>,
}

/// A classic envelope has to be read before it can be checked, as its canonical form is what was
/// signed. A DSSE payload is not read until it has been checked.
enum Body<'a> {
    Classic {
        document: Document<'a>,
        /// The canonical form of `signed`: a part of the input if it is canonical there.
        message: Cow<'a, [u8]>,
    },
    Dsse {
        /// The payload with its type before it.
        message: Vec<u8>,
        payload_len: usize,
    },
}

impl<'a, T: Payload> Signed<'a, T> {
    /// Reads an envelope of either kind, within the default limits of the JSON reader.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] and [`Error::NotAnEnvelope`] for what is no signed document,
    /// [`Error::WrongType`] for one of another type, [`Error::DuplicateSignature`] and
    /// [`Error::TooManySignatures`] for signatures that are refused unseen.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::parse_within(bytes, &Limits::default())
    }

    /// Reads an envelope of either kind, within `limits`, which hold for a DSSE payload as well.
    ///
    /// # Errors
    ///
    /// As [`Signed::parse`].
    pub fn parse_within(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let document = Document::read_within(bytes, limits)?;
        let root = document.root();
        let (body, signatures) = match kind_of(root)? {
            EnvelopeKind::Classic => {
                let signed = classic::signed(root)?;
                expect_type(T::TYPE, &type_of(signed)?)?;
                let message = match signed.olpc() {
                    Cow::Owned(canonical) => Cow::Owned(canonical),
                    Cow::Borrowed(part) => bytes
                        .get(signed.offset()..)
                        .and_then(|rest| rest.get(..part.len()))
                        .unwrap_or_default()
                        .into(),
                };
                let signatures = classic::signatures(root)?;
                (Body::Classic { document, message }, signatures)
            }
            EnvelopeKind::Dsse => {
                let envelope = dsse::read(root)?;
                expect_type(T::PAYLOAD_TYPE, &envelope.payload_type)?;
                let message =
                    dsse::pre_authentication_encoding(&envelope.payload_type, &envelope.payload);
                let payload_len = envelope.payload.len();
                (
                    Body::Dsse {
                        message,
                        payload_len,
                    },
                    envelope.signatures,
                )
            }
        };
        Ok(Self {
            body,
            limits: *limits,
            signatures,
            claim: PhantomData,
        })
    }

    /// Which of the two envelopes this is.
    pub fn envelope(&self) -> EnvelopeKind {
        match self.body {
            Body::Classic { .. } => EnvelopeKind::Classic,
            Body::Dsse { .. } => EnvelopeKind::Dsse,
        }
    }

    /// The signatures as found, none of them checked.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The bytes that the signatures cover.
    fn message(&self) -> &[u8] {
        match &self.body {
            Body::Classic { message, .. } => message,
            Body::Dsse { message, .. } => message,
        }
    }

    /// Reads the document if enough of the quorum's keys signed it.
    ///
    /// # Errors
    ///
    /// [`Error::Threshold`] if they did not; [`Error::Json`] and [`Error::WrongType`] if what they
    /// signed is no `T`.
    pub fn verify(&self, quorum: &Quorum<'_>) -> Result<Verified<T>, Error> {
        let signers = quorum.vouch(self.envelope(), self.message(), &self.signatures)?;
        Ok(Verified {
            value: self.unverified()?,
            signers,
        })
    }

    /// Reads the document without checking a signature: to inspect it, or to learn which keys it
    /// says must have signed it.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] and [`Error::WrongType`] if it is no `T`.
    pub fn unverified(&self) -> Result<T, Error> {
        match &self.body {
            Body::Classic { document, .. } => Ok(T::read(classic::signed(document.root())?)?),
            Body::Dsse {
                message,
                payload_len,
            } => {
                let before = message.len().saturating_sub(*payload_len);
                let payload = message.get(before..).unwrap_or_default();
                let document = Document::read_within(payload, &self.limits)?;
                expect_type(T::TYPE, &type_of(document.root())?)?;
                Ok(T::read(document.root())?)
            }
        }
    }
}

impl<T: Payload> fmt::Debug for Signed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("type", &T::TYPE)
            .field("envelope", &self.envelope())
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}

/// A `T` that a quorum vouched for. Nothing but [`Signed::verify`] makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified<T> {
    value: T,
    signers: BTreeSet<KeyId>,
}

impl<T> Verified<T> {
    /// The ids of the keys whose signatures met the threshold, one for each key.
    pub fn signers(&self) -> &BTreeSet<KeyId> {
        &self.signers
    }

    /// The value, leaving behind who vouched for it.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The `_type` of the document in an envelope of either kind: to tell a link from a layout before
/// asking for one of them. Nothing has been verified.
///
/// # Errors
///
/// [`Error::Json`], [`Error::NotAnEnvelope`] and [`Error::PayloadEncoding`] if there is no such document.
pub fn document_type(bytes: &[u8]) -> Result<String, Error> {
    let document = Document::read(bytes)?;
    match kind_of(document.root())? {
        EnvelopeKind::Classic => type_of(classic::signed(document.root())?),
        EnvelopeKind::Dsse => {
            let payload = dsse::read(document.root())?.payload;
            type_of(Document::read(&payload)?.root())
        }
    }
}

fn kind_of(root: Node<'_>) -> Result<EnvelopeKind, Error> {
    let classic = root.get("signed")?.is_some();
    let dsse = root.get("payload")?.is_some();
    // A document that is both could be read as one and checked as the other.
    match (classic, dsse) {
        (true, false) => Ok(EnvelopeKind::Classic),
        (false, true) => Ok(EnvelopeKind::Dsse),
        _ => Err(Error::NotAnEnvelope),
    }
}

fn type_of(document: Node<'_>) -> Result<String, Error> {
    Ok(document.require("_type")?.as_str()?.into_owned())
}

fn expect_type(expected: &'static str, found: &str) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::WrongType {
        expected,
        found: found.to_owned(),
    })
}

fn bounded<'d>(signatures: Node<'d>) -> Result<impl Iterator<Item = Node<'d>>, Error> {
    if signatures.items()?.nth(MAX_SIGNATURES).is_some() {
        return Err(Error::TooManySignatures {
            limit: MAX_SIGNATURES,
        });
    }
    Ok(signatures.items()?)
}

/// A signature as either envelope lists it, with its bytes in the envelope's encoding.
fn listed(
    key_id: Option<&KeyId>,
    bytes: impl IntoIterator<Item = (&'static str, String)>,
    certificate: Option<String>,
) -> Value {
    let key_id = key_id.map(|id| ("keyid", id.to_string()));
    let certificate = certificate.map(|pem| ("cert", pem));
    let members = key_id.into_iter().chain(bytes).chain(certificate);
    Value::object(members.map(|(name, text)| (name, Value::from(text))))
}

fn certificate_of(signature: Node<'_>) -> Result<Option<String>, Error> {
    match signature.get("cert")? {
        Some(certificate) => Ok(Some(certificate.as_str()?.into_owned())),
        None => Ok(None),
    }
}
