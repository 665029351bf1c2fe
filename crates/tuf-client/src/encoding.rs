//! Percent-encoding and digests: the ways from names to files and URLs.

use crypto_keys::{Algorithm, Digests};

/// `text` with every byte encoded that is neither unreserved (RFC 3986, 2.3) nor in `also_kept`.
pub(crate) fn percent_encoded(text: &str, also_kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if unreserved || also_kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for half in [byte >> 4, byte & 0xf] {
                encoded.extend(
                    char::from_digit(half.into(), 16).map(|digit| digit.to_ascii_uppercase()),
                );
            }
        }
    }
    encoded
}

/// The SHA-256 of `text`, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    let digests = Digests::of(text.as_bytes(), &[Algorithm::Sha256]);
    digests
        .hex(Algorithm::Sha256)
        .unwrap_or_default()
        .to_owned()
}
