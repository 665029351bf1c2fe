//! Percent-encoding: the one way from names to files and URLs.

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
