//! Writes certificates. Nothing here decides what is right: [`Issuer`](crate::Issuer) fills the template in, and so do the
//! tests, which also want what is wrong.

use chrono::{DateTime, Utc};
use crypto_keys::Signer;
use der::asn1::{Any, BitString};
use der::{Encode, Tag, TagNumber};
use std::time::Duration;
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::time::Time;

use crate::certificate::identifier;
use crate::{Certificate, Error};

/// Everything in a certificate that its signer does not add.
#[derive(Clone)]
pub(crate) struct Template {
    /// Big-endian, positive, without leading zeros.
    pub(crate) serial: Vec<u8>,
    pub(crate) subject: Name,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) not_after: DateTime<Utc>,
    /// A SubjectPublicKeyInfo in DER.
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
}

impl Template {
    /// The certificate, issued by the holder of the name `issuer` (DER, as it stands in the issuer's certificate).
    pub(crate) fn sign(&self, issuer: &[u8], signer: &dyn Signer) -> Result<Certificate, Error> {
        let algorithm = signer
            .public_key()
            .scheme()
            .and_then(identifier)
            .ok_or_else(|| unissuable("the signer's key cannot sign certificates"))?;
        let signed = self.encode(issuer, algorithm).map_err(unissuable)?;
        let signature = signer.sign(&signed).map_err(Error::Signer)?;
        let certificate = BitString::from_bytes(&signature.bytes)
            .and_then(|signature| signature.to_der())
            .and_then(|signature| sequence(&[&signed, algorithm, &signature]))
            .map_err(unissuable)?;
        Certificate::from_der(&certificate)
    }

    /// The signed part (RFC 5280 section 4.1).
    fn encode(&self, issuer: &[u8], algorithm: &[u8]) -> der::Result<Vec<u8>> {
        const VERSION_3: &[u8] = b"\xa0\x03\x02\x01\x02";
        let validity = sequence(&[
            &time(self.not_before)?.to_der()?,
            &time(self.not_after)?.to_der()?,
        ])?;
        let number = TagNumber(3);
        let extensions = Tag::ContextSpecific {
            constructed: true,
            number,
        };
        sequence(&[
            VERSION_3,
            &tagged(Tag::Integer, self.serial.clone())?,
            algorithm,
            issuer,
            &validity,
            &self.subject.to_der()?,
            &self.spki,
            &tagged(extensions, self.extensions.to_der()?)?,
        ])
    }
}

pub(crate) fn unissuable(reason: impl ToString) -> Error {
    Error::Unissuable {
        reason: reason.to_string(),
    }
}

fn sequence(parts: &[&[u8]]) -> der::Result<Vec<u8>> {
    tagged(Tag::Sequence, parts.concat())
}

fn tagged(tag: Tag, value: Vec<u8>) -> der::Result<Vec<u8>> {
    Any::new(tag, value)?.to_der()
}

/// UTCTime until 2049, GeneralizedTime after it (RFC 5280 section 4.1.2.5), in whole seconds.
fn time(instant: DateTime<Utc>) -> der::Result<Time> {
    let seconds = u64::try_from(instant.timestamp())?;
    Ok(der::DateTime::from_unix_duration(Duration::from_secs(seconds))?.into())
}
