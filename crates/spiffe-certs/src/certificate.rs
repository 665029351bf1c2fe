mod extensions;
mod signature;

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Utc};
use crypto_keys::{PublicKey, Scheme};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagMode, TagNumber, Tagged};
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

pub(crate) use extensions::Extensions;
#[cfg(any(feature = "issue", test))]
pub(crate) use {
    extensions::{CLIENT_AUTH, SERVER_AUTH},
    signature::identifier,
};

use crate::{Error, pem};

/// One X.509 certificate as it was received: read, and believed in nothing.
///
/// The bytes that are hashed and compared (the signed part, the names, the key) are slices of the input and never encoded
/// anew. Only version 3 is read; an extension that occurs twice, a recognised extension that does not decode and two
/// signature algorithms that differ make a certificate malformed (RFC 5280 sections 4.1.1.2, 4.1.2.1 and 4.2). Whether
/// critical extensions are understood, the time and every signature are the business of [`verify_chain`](crate::verify_chain).
///
/// Two certificates are equal if their bytes are.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    signed: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
    spki: Range<usize>,
    issuer_name: Name,
    subject_name: Name,
    serial: Vec<u8>,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    common_names: Vec<String>,
    organizations: Vec<String>,
    extensions: Extensions,
    algorithm: (ObjectIdentifier, Option<Scheme>),
    signature: Vec<u8>,
}

impl Certificate {
    /// The longest certificate that is read, in bytes. SVIDs take about one thousand.
    pub const MAX_LEN: usize = 16 * 1024;

    /// Reads one certificate, and nothing after it.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] over [`Self::MAX_LEN`] bytes; [`Error::Malformed`] if it is not a certificate as described above.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::at(0, der)
    }

    /// Reads PEM certificates in order; text around them is ignored, other PEM blocks are refused.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if the text is not PEM or has no certificate; [`Error::TooLong`] if it is over 128 KiB, twice what the longest
    /// chain of an [`Svid`](crate::Svid) takes in DER; otherwise as [`Self::from_der`].
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, Error> {
        Self::from_pem_within(pem, MAX_CHAIN_PEM_LEN)
    }

    /// The certificate as it was received.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as one PEM block.
    pub fn to_pem(&self) -> String {
        pem::write(&self.der)
    }

    /// The subject, in the notation of RFC 4514.
    pub fn subject(&self) -> String {
        self.subject_name.to_string()
    }

    /// The issuer's name, in the notation of RFC 4514.
    pub fn issuer(&self) -> String {
        self.issuer_name.to_string()
    }

    /// The serial number, big-endian.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The first instant at which the certificate is valid.
    pub fn not_before(&self) -> DateTime<Utc> {
        self.not_before
    }

    /// The last instant at which the certificate is valid.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// The common names (CN) of the subject, in order. A well-made certificate has at most one.
    pub fn common_names(&self) -> &[String] {
        &self.common_names
    }

    /// The organizations (O) of the subject, in order.
    pub fn organizations(&self) -> &[String] {
        &self.organizations
    }

    /// The URIs among the subject's alternative names.
    pub fn uris(&self) -> &[String] {
        &self.extensions.uris
    }

    /// The DNS names among the subject's alternative names.
    pub fn dns_names(&self) -> &[String] {
        &self.extensions.dns_names
    }

    /// The mail addresses among the subject's alternative names.
    pub fn emails(&self) -> &[String] {
        &self.extensions.emails
    }

    /// Whether the certificate claims to be an authority's (`cA` of the basic constraints).
    pub fn is_authority(&self) -> bool {
        self.extensions.authority
    }

    /// The subject's key, for the default scheme of its kind.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the key is of a kind that is not supported, malformed or too weak.
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        PublicKey::from_spki(self.spki()).map_err(|source| Error::Key {
            certificate: self.label(),
            source,
        })
    }

    /// The subject's key as it stands in the certificate (SubjectPublicKeyInfo, DER).
    pub fn spki(&self) -> &[u8] {
        self.slice(&self.spki)
    }

    /// What a reader of an error knows the certificate by: its first URI, or its subject; shortened, and fit to print.
    pub(crate) fn label(&self) -> String {
        let name = match self.uris().first() {
            Some(uri) => uri.clone(),
            None => self.subject(),
        };
        printable(&name)
    }

    pub(crate) fn issuer_label(&self) -> String {
        printable(&self.issuer())
    }

    pub(crate) fn has_subject(&self) -> bool {
        !self.subject_name.is_empty()
    }

    pub(crate) fn signed(&self) -> &[u8] {
        self.slice(&self.signed)
    }

    pub(crate) fn subject_der(&self) -> &[u8] {
        self.slice(&self.subject)
    }

    pub(crate) fn issuer_der(&self) -> &[u8] {
        self.slice(&self.issuer)
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The scheme of the signature, or the name of the algorithm that is not supported.
    pub(crate) fn scheme(&self) -> Result<Scheme, String> {
        let (oid, scheme) = &self.algorithm;
        scheme.ok_or_else(|| oid.to_string())
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(crate) fn from_pem_within(pem: &str, limit: usize) -> Result<Vec<Self>, Error> {
        pem::read(pem, limit)?
            .iter()
            .enumerate()
            .map(|(index, der)| Self::at(index, der))
            .collect()
    }

    /// Reads certificates that stand one after the other, at least one.
    pub(crate) fn from_ders_within(ders: &[u8], limit: usize) -> Result<Vec<Self>, Error> {
        check_length("certificate chain", ders.len(), limit)?;
        if ders.is_empty() {
            return Err(Error::NoCertificate);
        }
        let mut certificates = Vec::new();
        let malformed = |index: usize| {
            move |reason: der::Error| Error::Malformed {
                index,
                reason: reason.to_string(),
            }
        };
        let mut reader = SliceReader::new(ders).map_err(malformed(0))?;
        while !reader.is_finished() {
            let index = certificates.len();
            let der = reader.tlv_bytes().map_err(malformed(index))?;
            certificates.push(Self::at(index, der)?);
        }
        Ok(certificates)
    }

    fn at(index: usize, der: &[u8]) -> Result<Self, Error> {
        check_length("certificate", der.len(), Self::MAX_LEN)?;
        read(der).map_err(|Malformed(reason)| Error::Malformed { index, reason })
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("uris", &self.uris())
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// Base64 and line ends make three bytes four and a bit; frames take some fifty bytes a certificate.
const MAX_CHAIN_PEM_LEN: usize = 128 * 1024;

/// Why bytes are not a certificate.
pub(crate) struct Malformed(String);

impl From<der::Error> for Malformed {
    fn from(error: der::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<&str> for Malformed {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

/// RFC 5280 section 4.1, field by field, so that the raw bytes of each are known.
fn read(der: &[u8]) -> Result<Certificate, Malformed> {
    let mut reader = SliceReader::new(der)?;
    let certificate = reader.sequence(|outer| {
        let (signed, _) = field(&mut outer.clone())?;
        let mut certificate = outer.sequence(|tbs| read_signed_part(tbs, der, signed))?;
        let (_, algorithm) = field(outer)?;
        if algorithm != certificate.1 {
            return Err(Malformed::from("its two signature algorithms differ"));
        }
        let signature: BitStringRef<'_> = outer.decode()?;
        signature
            .as_bytes()
            .ok_or("its signature is not a whole number of bytes")?
            .clone_into(&mut certificate.0.signature);
        Ok(certificate.0)
    })?;
    reader.finish()?;
    Ok(certificate)
}

/// The signed part, and its statement of the signature algorithm.
fn read_signed_part<'r>(
    tbs: &mut SliceReader<'r>,
    der: &[u8],
    signed: Range<usize>,
) -> Result<(Certificate, &'r [u8]), Malformed> {
    let version: Option<Version> = tbs.context_specific(TagNumber(0), TagMode::Explicit)?;
    if version != Some(Version::V3) {
        return Err("it is not of version 3".into());
    }
    let serial: SerialNumber = tbs.decode()?;
    let (_, algorithm) = field(tbs)?;
    let (issuer, issuer_name) = field(tbs)?;
    let validity: Validity = tbs.decode()?;
    let (subject, subject_name) = field(tbs)?;
    let subject_name = Name::from_der(subject_name)?;
    let (spki, _) = field(tbs)?;
    let _issuer_unique_id: Option<BitStringRef<'_>> =
        tbs.context_specific(TagNumber(1), TagMode::Implicit)?;
    let _subject_unique_id: Option<BitStringRef<'_>> =
        tbs.context_specific(TagNumber(2), TagMode::Implicit)?;
    let extensions: Option<Vec<Extension>> =
        tbs.context_specific(TagNumber(3), TagMode::Explicit)?;

    let certificate = Certificate {
        der: der.to_owned(),
        signed,
        issuer,
        subject,
        spki,
        issuer_name: Name::from_der(issuer_name)?,
        serial: serial.as_bytes().to_owned(),
        not_before: instant(validity.not_before)?,
        not_after: instant(validity.not_after)?,
        common_names: texts(&subject_name, COMMON_NAME)?,
        organizations: texts(&subject_name, ORGANIZATION)?,
        subject_name,
        extensions: Extensions::read(&extensions.unwrap_or_default())?,
        algorithm: signature::read(algorithm)?,
        signature: Vec::new(),
    };
    Ok((certificate, algorithm))
}

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// The next value: where it stands and its bytes, header included.
fn field<'r>(reader: &mut SliceReader<'r>) -> Result<(Range<usize>, &'r [u8]), Malformed> {
    let start = usize::try_from(reader.position())?;
    let bytes = reader.tlv_bytes()?;
    Ok((start..usize::try_from(reader.position())?, bytes))
}

fn instant(time: Time) -> Result<DateTime<Utc>, Malformed> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or_else(|| "its validity is out of range".into())
}

/// The values of one attribute. A value that cannot be shown as text would be invisible to whoever compares names.
fn texts(name: &Name, attribute: ObjectIdentifier) -> Result<Vec<String>, Malformed> {
    name.iter()
        .filter(|stated| stated.oid == attribute)
        .map(|stated| {
            let value = AnyRef::from(&stated.value);
            match value.tag() {
                Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::TeletexString => {
                    String::from_utf8(value.value().to_owned()).ok()
                }
                _ => None,
            }
            .ok_or_else(|| "a name in its subject is not text".into())
        })
        .collect()
}

fn check_length(what: &'static str, actual: usize, limit: usize) -> Result<(), Error> {
    if actual > limit {
        return Err(Error::TooLong {
            what,
            limit,
            actual,
        });
    }
    Ok(())
}

fn printable(name: &str) -> String {
    const MAX_CHARS: usize = 200;
    name.chars()
        .take(MAX_CHARS)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use crypto_keys::Signer;
    use der::Encode;
    use der::asn1::Ia5String;
    use der::oid::AssociatedOid;
    use x509_cert::ext::pkix::name::GeneralName;
    use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

    use super::*;
    use crate::mint::{Authority, ID, extension, now, patched, raw_extension, uri};

    #[test]
    fn what_the_subject_is_called_is_read() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|leaf| {
            leaf.subject = "CN=build,O=second,O=first,C=US".parse().unwrap();
            leaf.set(extension(
                false,
                &SubjectAltName(vec![
                    uri(ID),
                    GeneralName::DnsName(Ia5String::new("acme.example").unwrap()),
                    GeneralName::Rfc822Name(Ia5String::new("ci@acme.example").unwrap()),
                    uri("https://acme.example/"),
                ]),
            ));
        });
        assert_eq!(leaf.common_names(), ["build"]);
        assert_eq!(leaf.organizations(), ["first", "second"]);
        assert_eq!(leaf.uris(), [ID, "https://acme.example/"]);
        assert_eq!(leaf.dns_names(), ["acme.example"]);
        assert_eq!(leaf.emails(), ["ci@acme.example"]);
        assert_eq!(leaf.subject(), "CN=build,O=second,O=first,C=US");
        assert_eq!(leaf.issuer(), "CN=root");
        assert_eq!(leaf.serial(), [1]);
        assert!(!leaf.is_authority());
        assert!(root.certificate.is_authority());
        assert_eq!(leaf.not_after(), now() + chrono::TimeDelta::hours(1));
    }

    #[test]
    fn the_raw_parts_are_slices_of_the_input() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|_| {});
        let (tbs, name) = (
            leaf.signed(),
            root.certificate.subject_name.to_der().unwrap(),
        );
        assert!(tbs.as_ptr_range().start > leaf.der().as_ptr_range().start);
        assert_eq!(leaf.issuer_der(), name);
        assert_eq!(leaf.issuer_der(), root.certificate.subject_der());
        assert_eq!(root.certificate.spki(), root.key.public_key().material());
        let signed = root.key.public_key().verify(tbs, leaf.signature());
        assert_eq!(signed, Ok(()));
    }

    #[test]
    fn other_versions_are_malformed() {
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        for version in [0, 1, 3] {
            let der = patched(
                &leaf,
                b"\xa0\x03\x02\x01\x02",
                &[0xa0, 0x03, 0x02, 0x01, version],
            );
            assert!(matches!(
                Certificate::from_der(&der),
                Err(Error::Malformed { index: 0, .. })
            ));
        }
    }

    #[test]
    fn an_extension_that_occurs_twice_is_malformed() {
        let leaf = Authority::root("root", |_| {}).leaf(|leaf| {
            let mut template = leaf.extensions.clone();
            template.push(raw_extension(
                ObjectIdentifier::new_unwrap("1.2.3.4"),
                false,
                b"\x05\x00",
            ));
            template.push(raw_extension(
                ObjectIdentifier::new_unwrap("1.2.3.5"),
                false,
                b"\x05\x00",
            ));
            leaf.extensions = template;
        });
        let twice = patched(&leaf, b"\x06\x03\x2a\x03\x05", b"\x06\x03\x2a\x03\x04");
        assert_eq!(
            Certificate::from_der(&twice),
            Err(Error::Malformed {
                index: 0,
                reason: "its extension 1.2.3.4 occurs twice".into()
            })
        );
    }

    #[test]
    fn a_recognised_extension_that_does_not_decode_is_malformed() {
        let leaf = Authority::root("root", |_| {}).leaf(|leaf| {
            leaf.set(raw_extension(
                BasicConstraints::OID,
                true,
                b"\x30\x03\x01\x01\xff",
            ));
        });
        let neither_true_nor_false =
            patched(&leaf, b"\x30\x03\x01\x01\xff", b"\x30\x03\x01\x01\x01");
        assert!(matches!(
            Certificate::from_der(&neither_true_nor_false),
            Err(Error::Malformed { reason, .. }) if reason.contains("2.5.29.19")
        ));
    }

    #[test]
    fn two_different_signature_algorithms_are_malformed() {
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        let mut der = leaf.der().to_vec();
        let ed25519 = b"\x30\x05\x06\x03\x2b\x65\x70\x03\x41\x00";
        let outer = der.windows(10).position(|bytes| bytes == ed25519).unwrap();
        der[outer + 6] = 0x71;
        assert_eq!(
            Certificate::from_der(&der),
            Err(Error::Malformed {
                index: 0,
                reason: "its two signature algorithms differ".into()
            })
        );
    }

    #[test]
    fn a_name_that_is_not_text_is_malformed() {
        let leaf = Authority::root("root", |_| {}).leaf(|leaf| {
            leaf.subject = "CN=build".parse().unwrap();
        });
        let bmp = patched(
            &leaf,
            b"\x06\x03\x55\x04\x03\x0c",
            b"\x06\x03\x55\x04\x03\x1e",
        );
        assert_ne!(bmp, leaf.der());
        assert!(matches!(
            Certificate::from_der(&bmp),
            Err(Error::Malformed { .. })
        ));
    }

    #[test]
    fn bytes_after_the_certificate_and_too_many_bytes_are_refused() {
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        let twice = leaf.der().repeat(2);
        assert!(matches!(
            Certificate::from_der(&twice),
            Err(Error::Malformed { index: 0, .. })
        ));
        assert_eq!(
            Certificate::from_der(&vec![0x30; 16_385]),
            Err(Error::TooLong {
                what: "certificate",
                limit: 16_384,
                actual: 16_385
            })
        );
    }

    #[test]
    fn lengths_that_are_not_the_one_of_der_are_malformed() {
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        let [0x30, 0x82, high, low, content @ ..] = leaf.der() else {
            panic!("a certificate has some hundred bytes");
        };
        let longer = [&[0x30, 0x83, 0, *high, *low], content].concat();
        let indefinite = [&[0x30, 0x80], content, &[0, 0]].concat();
        for der in [longer, indefinite] {
            assert!(matches!(
                Certificate::from_der(&der),
                Err(Error::Malformed { index: 0, .. })
            ));
        }
    }

    #[test]
    fn a_name_in_pieces_is_malformed() {
        let whole = b"\x30\x06\x86\x04\x61\x3a\x2f\x2f";
        let pieces = b"\x30\x06\xa6\x04\x16\x02\x61\x3a";
        let root = Authority::root("root", |_| {});
        let names = |names: &[u8]| raw_extension(SubjectAltName::OID, false, names);
        let leaf = root.leaf(|leaf| leaf.set(names(whole)));
        assert_eq!(leaf.uris(), ["a://"]);
        assert!(Certificate::from_der(&patched(&leaf, whole, pieces)).is_err());
    }

    #[test]
    fn no_beginning_of_a_certificate_is_one() {
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        for end in 0..leaf.der().len() {
            assert!(Certificate::from_der(&leaf.der()[..end]).is_err());
        }
    }

    #[test]
    fn names_in_messages_are_short_and_fit_to_print() {
        let hostile = format!("spiffe://a/\u{7}{}", "x".repeat(1000));
        let leaf = Authority::root("root", |_| {}).leaf(|leaf| {
            leaf.set(extension(false, &SubjectAltName(vec![uri(&hostile)])));
        });
        assert!(leaf.label().starts_with("spiffe://a/\\u{7}xxx"));
        assert!(leaf.label().len() < 220);
    }
}
