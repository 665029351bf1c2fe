//! The text forms of bytes in metadata.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Reads lower-case hexadecimal.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(text).ok()
}

/// Reads hexadecimal of either case: keys and signatures of some signers are upper case.
pub(crate) fn from_hex_of_any_case(text: &str) -> Option<Vec<u8>> {
    base16ct::mixed::decode_vec(text).ok()
}

/// Standard base64 with padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Reads standard base64 with its padding.
pub(crate) fn from_padded_base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// Reads base64 of either alphabet, padded or not, as DSSE requires of verifiers.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    let padding = text.len().checked_sub(unpadded.len())?;
    if padding != 0 && (padding > 2 || !text.len().is_multiple_of(4)) {
        return None;
    }
    let url_safe: String = unpadded
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    Base64UrlUnpadded::decode_vec(&url_safe).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read_padded_or_not() {
        for text in ["+/8=", "-_8=", "-_8", "+/8"] {
            assert_eq!(from_base64(text), Some(vec![0xfb, 0xff]), "{text}");
        }
    }

    #[test]
    fn bits_that_encode_nothing_are_refused() {
        for text in ["+/9=", "+/8==", "+/8===", "+", "+/8\n", "=", "+/ 8"] {
            assert_eq!(from_base64(text), None, "{text}");
        }
    }
}
