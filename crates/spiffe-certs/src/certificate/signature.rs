//! The algorithms that sign certificates, as whole DER values: what is not exactly one of these is not supported.

use crypto_keys::Scheme;
use der::Decode;
use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierRef;

use super::Malformed;

/// The algorithm named by an AlgorithmIdentifier, and its scheme if that is supported.
pub(super) fn read(der: &[u8]) -> Result<(ObjectIdentifier, Option<Scheme>), Malformed> {
    let oid = AlgorithmIdentifierRef::from_der(der)?.oid;
    let scheme = ALGORITHMS
        .iter()
        .find(|(_, identifier)| *identifier == der)
        .map(|(scheme, _)| *scheme);
    Ok((oid, scheme))
}

/// The AlgorithmIdentifier of a scheme.
#[cfg(any(feature = "issue", test))]
pub(crate) fn identifier(scheme: Scheme) -> Option<&'static [u8]> {
    ALGORITHMS
        .iter()
        .find(|(known, _)| *known == scheme)
        .map(|(_, identifier)| *identifier)
}

/// RFC 8410 section 3, RFC 5758 section 3.2, RFC 4055 sections 3 and 5 (where absent parameters must be accepted beside
/// NULL). RSA-PSS uses one hash for the message and the mask, and a salt of its length.
const ALGORITHMS: [(Scheme, &[u8]); 13] = [
    (Scheme::Ed25519, b"\x30\x05\x06\x03\x2b\x65\x70"),
    (
        Scheme::EcdsaP256Sha256,
        b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
    ),
    (
        Scheme::EcdsaP384Sha384,
        b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
    ),
    (
        Scheme::EcdsaP521Sha512,
        b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04",
    ),
    (
        Scheme::RsaPkcs1Sha256,
        b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00",
    ),
    (
        Scheme::RsaPkcs1Sha384,
        b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00",
    ),
    (
        Scheme::RsaPkcs1Sha512,
        b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00",
    ),
    (Scheme::RsaPssSha256, &rsa_pss(1, 32)),
    (Scheme::RsaPssSha384, &rsa_pss(2, 48)),
    (Scheme::RsaPssSha512, &rsa_pss(3, 64)),
    (
        Scheme::RsaPkcs1Sha256,
        b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
    ),
    (
        Scheme::RsaPkcs1Sha384,
        b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c",
    ),
    (
        Scheme::RsaPkcs1Sha512,
        b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d",
    ),
];

/// id-RSASSA-PSS with the SHA-2 hash `2.16.840.1.101.3.4.2.<hash>`, MGF1 with the same, and the length of the salt.
#[rustfmt::skip]
const fn rsa_pss(hash: u8, salt: u8) -> [u8; 67] {
    [
        0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34,
        0xa0, 0x0f, 0x30, 0x0d,
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00,
        0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d,
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00,
        0xa2, 0x03, 0x02, 0x01, salt,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_names_its_scheme() {
        for (scheme, identifier) in ALGORITHMS {
            assert_eq!(read(identifier).ok().unwrap().1, Some(scheme));
        }
    }

    #[test]
    fn other_hashes_salts_and_parameters_are_not_supported() {
        for der in [
            &b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00"[..], // SHA-1 with RSA
            b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x00",      // PSS with SHA-1
            b"\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01", // SHA-1 with ECDSA
            b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x01", // SHA-224 with ECDSA
            b"\x30\x07\x06\x03\x2b\x65\x70\x05\x00",         // Ed25519 with NULL
            &rsa_pss(1, 31),
            &rsa_pss(2, 32),
        ] {
            assert_eq!(read(der).ok().unwrap().1, None, "{der:02x?}");
        }
    }
}
