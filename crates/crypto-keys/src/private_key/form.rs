//! The forms in which files hold a private key. Each is read as the PKCS#8 document it could have been.

use der::{
    Decode as _, SliceReader, Tag, Tagged as _,
    asn1::{AnyRef, OctetStringRef},
    pem,
};
use pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::refused;
use crate::{
    Error,
    backend::{EC_PUBLIC_KEY, P256, P384, P521, RSA},
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// RFC 5958.
    Pkcs8,
    /// RFC 5958 section 3.
    EncryptedPkcs8,
    /// RFC 8017 A.1.2.
    Pkcs1,
    /// SEC 1 C.4, RFC 5915.
    Sec1,
}

pub(super) const PKCS8_LABEL: &str = "PRIVATE KEY";
pub(super) const ENCRYPTED_LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// The longest private key that is looked at, in bytes: twice an encrypted RSA key of 8192 bits.
const MAX_LEN: usize = 16 << 10;

/// The longest text with one, in bytes, as for public keys: three times the base64 of that, for what stands before it.
const MAX_TEXT: usize = 64 << 10;

const TOO_LONG: &str = "it is longer than any private key";

pub(super) fn check_length(der: &[u8]) -> Result<(), Error> {
    if der.len() > MAX_LEN {
        return Err(refused(TOO_LONG));
    }
    Ok(())
}

/// A private key in DER that came out of a PEM block.
pub(super) struct Encoded {
    form: Form,
    der: Zeroizing<Vec<u8>>,
}

impl Encoded {
    /// Reads the one PEM block of a private key, in lines of any width.
    pub(super) fn from_pem(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_TEXT {
            return Err(refused(TOO_LONG));
        }
        let text = without_curve(text.trim());
        if text.matches("-----BEGIN ").count() > 1 {
            return Err(refused(
                "there are several PEM blocks: put the private key into a file of its own",
            ));
        }
        if text.contains("Proc-Type:") {
            return Err(refused(
                "it is encrypted as OpenSSL did before PKCS#8: convert it with `openssl pkcs8 -topk8`",
            ));
        }
        let mut decoder = pem::Decoder::new_detect_wrap(text.as_bytes())
            .map_err(|_| refused("it is not a PEM block"))?;
        let form = match decoder.type_label() {
            PKCS8_LABEL => Form::Pkcs8,
            ENCRYPTED_LABEL => Form::EncryptedPkcs8,
            "RSA PRIVATE KEY" => Form::Pkcs1,
            "EC PRIVATE KEY" => Form::Sec1,
            "OPENSSH PRIVATE KEY" => {
                return Err(refused(
                    "it is in the format of OpenSSH: make a key in PKCS#8, for example with `openssl genpkey`",
                ));
            }
            _ => return Err(refused("its PEM label is not one of a private key")),
        };
        // What the vector left behind as it grew would not be wiped.
        let mut der = Zeroizing::new(Vec::with_capacity(decoder.remaining_len()));
        decoder
            .decode_to_end(&mut der)
            .map_err(|_| refused("its base64 is malformed"))?;
        Ok(Self { form, der })
    }

    pub(super) fn borrow(&self) -> (Form, &[u8]) {
        (self.form, &self.der)
    }
}

/// What follows the curve that `openssl ecparam -genkey` writes before a key, which names it too.
fn without_curve(pem: &str) -> &str {
    pem.strip_prefix("-----BEGIN EC PARAMETERS-----")
        .and_then(|rest| rest.split_once("-----END EC PARAMETERS-----"))
        .map_or(pem, |(_, key)| key.trim_start())
}

impl Form {
    /// Tells the forms apart by the types at their beginning.
    pub(super) fn of(der: &[u8]) -> Result<Self, Error> {
        let form = || {
            let mut parts = SliceReader::new(AnyRef::from_der(der)?.value())?;
            let first = AnyRef::decode(&mut parts)?.tag();
            let second = Tag::peek(&parts)?;
            der::Result::Ok(match (first, second) {
                (Tag::Sequence, Tag::OctetString) => Some(Self::EncryptedPkcs8),
                (Tag::Integer, Tag::Sequence) => Some(Self::Pkcs8),
                (Tag::Integer, Tag::Integer) => Some(Self::Pkcs1),
                (Tag::Integer, Tag::OctetString) => Some(Self::Sec1),
                _ => None,
            })
        };
        form()
            .ok()
            .flatten()
            .ok_or_else(|| refused("it is neither PKCS#8 nor PKCS#1 nor SEC 1"))
    }
}

pub(super) fn pkcs8(der: &[u8]) -> Result<PrivateKeyInfoRef<'_>, Error> {
    PrivateKeyInfoRef::from_der(der).map_err(|_| refused("it is not PKCS#8"))
}

pub(super) fn pkcs1(der: &[u8]) -> Result<PrivateKeyInfoRef<'_>, Error> {
    let algorithm = AlgorithmIdentifierRef {
        oid: RSA,
        parameters: Some(AnyRef::NULL),
    };
    wrapped(algorithm, der)
}

pub(super) fn sec1(der: &[u8]) -> Result<PrivateKeyInfoRef<'_>, Error> {
    let key = sec1::EcPrivateKey::from_der(der).map_err(|_| {
        refused("its SEC 1 encoding is malformed, or describes its curve at length")
    })?;
    let curve = key
        .parameters
        .and_then(sec1::EcParameters::named_curve)
        .ok_or_else(|| refused("it does not name its curve"))?;
    let curve = CURVES
        .iter()
        .find(|known| **known == curve)
        .ok_or_else(|| refused("its curve is not supported"))?;
    let algorithm = AlgorithmIdentifierRef {
        oid: EC_PUBLIC_KEY,
        parameters: Some(AnyRef::from(curve)),
    };
    wrapped(algorithm, der)
}

fn wrapped<'a>(
    algorithm: AlgorithmIdentifierRef<'a>,
    der: &'a [u8],
) -> Result<PrivateKeyInfoRef<'a>, Error> {
    let private_key = OctetStringRef::new(der).map_err(|_| refused("it is too long"))?;
    Ok(PrivateKeyInfoRef::new(algorithm, private_key))
}

/// The curves that a SEC 1 key may name.
static CURVES: [ObjectIdentifier; 3] = [P256, P384, P521];
