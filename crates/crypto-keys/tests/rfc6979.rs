//! ECDSA signatures are those of RFC 6979: no two signers of one message disagree, and no nonce is left to chance.
#![cfg(feature = "sign")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use crypto_keys::{PrivateKey, Scheme, Signer as _};

const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";
const P521: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x23";

/// A DER value of fewer than 256 bytes.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    let head: &[u8] = if length < 128 { &[tag] } else { &[tag, 0x81] };
    [head, &[length], content].concat()
}

/// A scalar as PKCS#8 (RFC 5958) around RFC 5915.
fn key(curve: &[u8], scalar: &[u8]) -> PrivateKey {
    let algorithm = [b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01", curve].concat();
    let algorithm = tlv(0x30, &algorithm);
    let secret = tlv(0x04, scalar);
    let secret = tlv(0x30, &[b"\x02\x01\x01", &*secret].concat());
    let secret = tlv(0x04, &secret);
    let info = [b"\x02\x01\x00", &*algorithm, &*secret].concat();
    PrivateKey::from_der(&tlv(0x30, &info)).unwrap()
}

#[test]
fn the_examples_of_appendix_a_2_5_to_7_are_reproduced() {
    for (scheme, curve, scalar, r, s) in [
        (
            Scheme::EcdsaP256Sha256,
            P256,
            "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
        (
            Scheme::EcdsaP384Sha384,
            P384,
            "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8\
             96d5724e4c70a825f872c9ea60d2edf5",
            "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c\
             81a648152e44acf96e36dd1e80fabe46",
            "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f\
             a329c145786e679e7b82c71a38628ac8",
        ),
        (
            Scheme::EcdsaP521Sha512,
            P521,
            "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75\
             caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
            "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f\
             174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa",
            "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af\
             282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a",
        ),
    ] {
        let hex = |text| base16ct::lower::decode_vec(text).unwrap();
        let private = key(curve, &hex(scalar));
        assert_eq!(private.public_key().scheme(), Some(scheme));

        let integer = |text| {
            let bytes = hex(text);
            let significant = bytes.iter().position(|byte| *byte != 0).unwrap();
            let mut minimal = bytes[significant..].to_vec();
            if minimal[0] >= 0x80 {
                minimal.insert(0, 0);
            }
            tlv(0x02, &minimal)
        };
        let expected = tlv(0x30, &[integer(r), integer(s)].concat());
        assert_eq!(private.sign(b"sample").unwrap().bytes, expected);
    }
}
