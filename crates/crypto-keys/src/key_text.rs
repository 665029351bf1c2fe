//! The text of a key: hexadecimal or PEM, as the tools of TUF and in-toto write it.

use std::borrow::Cow;

use canonical_json::Node;
use der::{Decode as _, Header, Reader as _, SliceReader, Tag, TagNumber};

use crate::{
    Scheme, Unusable,
    backend::Verifier,
    encoding::{from_hex_of_any_case, to_hex},
};

/// The longest text of a key, in bytes: sixteen times the certificate of an RSA key of 8192 bits.
const MAX_LEN: usize = 64 << 10;

const PUBLIC_KEY: &str = "PUBLIC KEY";
const RSA_PUBLIC_KEY: &str = "RSA PUBLIC KEY";
const CERTIFICATE: &str = "CERTIFICATE";

/// The key in the `keyval` of a key object: its `public` text, its `certificate` (as in-toto writes it), or both if
/// they hold one key.
pub(crate) fn read(scheme: Scheme, keyval: Node<'_>) -> Result<Verifier, Unusable> {
    match (text(keyval, "public")?, text(keyval, "certificate")?) {
        (Some(public), None) => read_public(scheme, &public),
        (None, Some(certificate)) => read_certificate(&certificate),
        (Some(public), Some(certificate)) => {
            let key = read_public(scheme, &public)?;
            if key.to_spki()? == read_certificate(&certificate)?.to_spki()? {
                Ok(key)
            } else {
                Err(Unusable::TwoKeys)
            }
        }
        (None, None) => Err(Unusable::Malformed),
    }
}

/// A member with a text; one without, as writers leave it where there is nothing to say, is as good as none.
fn text<'d>(keyval: Node<'d>, name: &str) -> Result<Option<Cow<'d, str>>, Unusable> {
    let member = keyval.get(name).map_err(|_| Unusable::UnknownForm)?;
    let text = member.map(|member| member.as_str()).transpose();
    let text = text.map_err(|_| Unusable::UnknownForm)?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn read_public(scheme: Scheme, public: &str) -> Result<Verifier, Unusable> {
    if public.len() > MAX_LEN {
        return Err(Unusable::Malformed);
    }
    match from_hex_of_any_case(public) {
        Some(bytes) => match scheme {
            Scheme::Ed25519 => Verifier::ed25519(&bytes),
            Scheme::EcdsaP256Sha256 => Verifier::p256_point(&bytes),
            Scheme::EcdsaP384Sha384 => Verifier::p384_point(&bytes),
            Scheme::EcdsaP521Sha512 => Verifier::p521_point(&bytes),
            _ => Err(Unusable::Malformed),
        },
        None => match read_pem(public)? {
            (CERTIFICATE, der) => from_certificate(&der),
            (label, der) => from_labelled(label, &der),
        },
    }
}

/// One PEM block with a public key. Text may stand before it (RFC 7468 section 2), nothing after it.
pub(crate) fn from_pem(pem: &str) -> Result<Verifier, Unusable> {
    let (label, der) = read_pem(pem)?;
    from_labelled(label, &der)
}

fn from_labelled(label: &str, der: &[u8]) -> Result<Verifier, Unusable> {
    match label {
        PUBLIC_KEY => Verifier::from_spki(der),
        RSA_PUBLIC_KEY => Verifier::rsa_from_pkcs1(der),
        _ => Err(Unusable::Malformed),
    }
}

/// One PEM block with a certificate.
pub(crate) fn read_certificate(pem: &str) -> Result<Verifier, Unusable> {
    match read_pem(pem)? {
        (CERTIFICATE, der) => from_certificate(&der),
        _ => Err(Unusable::Malformed),
    }
}

/// The key of a DER certificate. Of everything else in it no more is read than where it ends.
pub(crate) fn from_certificate(der: &[u8]) -> Result<Verifier, Unusable> {
    let spki = subject_public_key_info(der).map_err(|_| Unusable::Malformed)?;
    Verifier::from_spki(spki)
}

/// Walks `Certificate` to the `subjectPublicKeyInfo` of its `TBSCertificate` (RFC 5280 4.1).
fn subject_public_key_info(der: &[u8]) -> Result<&[u8], der::Error> {
    let mut reader = SliceReader::new(der)?;
    let spki = reader.sequence(|certificate| {
        let spki = certificate.sequence(|body| {
            let version = Tag::ContextSpecific {
                constructed: true,
                number: TagNumber(0),
            };
            if Header::peek(body)?.tag() == version {
                skip(body, version)?;
            }
            skip(body, Tag::Integer)?; // serial number
            skip(body, Tag::Sequence)?; // signature algorithm
            skip(body, Tag::Sequence)?; // issuer
            skip(body, Tag::Sequence)?; // validity
            skip(body, Tag::Sequence)?; // subject
            let spki = body.tlv_bytes()?;
            body.drain(body.remaining_len())?;
            Ok::<_, der::Error>(spki)
        })?;
        skip(certificate, Tag::Sequence)?; // signature algorithm
        skip(certificate, Tag::BitString)?; // signature
        Ok::<_, der::Error>(spki)
    })?;
    reader.finish()?;
    Ok(spki)
}

fn skip<'r>(reader: &mut impl der::Reader<'r>, tag: Tag) -> Result<(), der::Error> {
    let header = Header::decode(reader)?;
    header.tag().assert_eq(tag)?;
    reader.drain(header.length())
}

fn read_pem(pem: &str) -> Result<(&str, Vec<u8>), Unusable> {
    if pem.len() > MAX_LEN {
        return Err(Unusable::Malformed);
    }
    // Legacy tools strip the last line break and have widths of their own: only the frame matters.
    let mut decoder = der::pem::Decoder::new_detect_wrap(pem.trim().as_bytes())
        .map_err(|_| Unusable::Malformed)?;
    let mut der = Vec::new();
    decoder
        .decode_to_end(&mut der)
        .map_err(|_| Unusable::Malformed)?;
    Ok((decoder.type_label(), der))
}

/// The text of a key in the form that today's tools write.
pub(crate) fn of(key: &Verifier) -> Result<String, Unusable> {
    match key {
        Verifier::Ed25519(key) => Ok(to_hex(key.as_bytes())),
        other => Ok(to_pem(&other.to_spki()?)),
    }
}

pub(crate) fn to_pem(spki: &[u8]) -> String {
    // The one way to fail is a length beyond usize.
    der::pem::encode_string(PUBLIC_KEY, der::pem::LineEnding::LF, spki).unwrap_or_default()
}
