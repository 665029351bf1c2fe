//! The public key of a private key in a token.

use cryptoki::{
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};
use der::{
    Decode as _, Encode as _,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef},
};
use rsa::pkcs1::RsaPublicKeyRef;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::{Error, names};
use crate::{
    PublicKey, Unusable,
    backend::{EC_PUBLIC_KEY, ED25519, RSA},
};

/// Finds it by the id they share (PKCS#11 4.7), or by the label where there is no id.
pub(super) fn of(session: &Session, private: ObjectHandle) -> Result<PublicKey, Error> {
    let attributes = session.get_attributes(private, &[AttributeType::Label, AttributeType::Id])?;
    let name = match names(&attributes) {
        (label, []) => Attribute::Label(label.to_vec()),
        (_, id) => Attribute::Id(id.to_vec()),
    };
    let first = |class| -> Result<Option<ObjectHandle>, Error> {
        let found = session.find_objects(&[Attribute::Class(class), name.clone()])?;
        Ok(found.first().copied())
    };
    if let Some(key) = first(ObjectClass::PUBLIC_KEY)? {
        return read(&session.get_attributes(
            key,
            &[
                AttributeType::KeyType,
                AttributeType::EcParams,
                AttributeType::EcPoint,
                AttributeType::Modulus,
                AttributeType::PublicExponent,
            ],
        )?);
    }
    let certificate = first(ObjectClass::CERTIFICATE)?.ok_or(Error::NoPublicKey)?;
    match session
        .get_attributes(certificate, &[AttributeType::Value])?
        .as_slice()
    {
        [Attribute::Value(der)] => used(PublicKey::from_certificate(der)),
        _ => Err(Error::NoPublicKey),
    }
}

fn read(attributes: &[Attribute]) -> Result<PublicKey, Error> {
    let mut kind = None;
    let (mut curve, mut point, mut modulus, mut exponent) = (None, None, None, None);
    for attribute in attributes {
        match attribute {
            Attribute::KeyType(found) => kind = Some(*found),
            Attribute::EcParams(found) => curve = Some(found.as_slice()),
            Attribute::EcPoint(found) => point = Some(found.as_slice()),
            Attribute::Modulus(found) => modulus = Some(found.as_slice()),
            Attribute::PublicExponent(found) => exponent = Some(found.as_slice()),
            _ => {}
        }
    }
    match (kind, curve, point, modulus, exponent) {
        (Some(KeyType::EC), Some(curve), Some(point), ..) => {
            let curve = AnyRef::from_der(curve).map_err(|_| Unusable::Malformed)?;
            on_curve(EC_PUBLIC_KEY, Some(curve), point)
        }
        // Of the Edwards curves that a token may name in either of two ways, a point of 32 bytes is on one.
        (Some(KeyType::EC_EDWARDS), _, Some(point), ..) => on_curve(ED25519, None, point),
        (Some(KeyType::RSA), _, _, Some(modulus), Some(exponent)) => {
            let key = UintRef::new(modulus).and_then(|modulus| {
                RsaPublicKeyRef {
                    modulus,
                    public_exponent: UintRef::new(exponent)?,
                }
                .to_der()
            });
            from_parts(
                RSA,
                Some(AnyRef::NULL),
                &key.map_err(|_| Unusable::Malformed)?,
            )
        }
        _ => Err(Unusable::UnknownAlgorithm.into()),
    }
}

/// A point is held as an octet string in DER, and by some tokens as it is.
fn on_curve(
    algorithm: ObjectIdentifier,
    curve: Option<AnyRef<'_>>,
    point: &[u8],
) -> Result<PublicKey, Error> {
    let within = <&OctetStringRef>::from_der(point).map_or(point, |octets| octets.as_bytes());
    from_parts(algorithm, curve, within)
        .or_else(|error| from_parts(algorithm, curve, point).map_err(|_| error))
}

fn from_parts(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    key: &[u8],
) -> Result<PublicKey, Error> {
    let info = BitStringRef::from_bytes(key).and_then(|subject_public_key| {
        SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef { oid, parameters },
            subject_public_key,
        }
        .to_der()
    });
    used(PublicKey::from_spki(
        &info.map_err(|_| Unusable::Malformed)?,
    ))
}

fn used(key: Result<PublicKey, crate::Error>) -> Result<PublicKey, Error> {
    key.map_err(|error| match error {
        crate::Error::Key(unusable) => unusable.into(),
        _ => Unusable::Malformed.into(),
    })
}
