//! Finds the ends of tokens. The reader and every later walk over a checked text use the same scans.
//!
//! Offsets stay within the text, whose length fits 32 bits, so that nothing here wraps around.

use crate::index::widen;

/// What the walk over a checked string learns on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StringEnd {
    /// The byte after the closing quote.
    pub(crate) end: usize,
    /// Whether there is an escape.
    pub(crate) escaped: bool,
    /// Whether every escape is one that the OLPC form has: `\"` or `\\`.
    pub(crate) canonical: bool,
}

/// The end of the string whose opening quote is at `at`, in a text that was read before.
pub(crate) fn string(text: &[u8], at: usize) -> StringEnd {
    let mut end = ordinary(text, at.wrapping_add(1));
    let (mut escaped, mut canonical) = (false, true);
    while text.get(end) == Some(&b'\\') {
        let escape = end.wrapping_add(1);
        escaped = true;
        canonical &= matches!(text.get(escape), Some(b'"' | b'\\'));
        // What follows the letter of an escape is ordinary, and so are hexadecimal digits.
        end = ordinary(text, escape.wrapping_add(1));
    }
    StringEnd {
        end: end.wrapping_add(1),
        escaped,
        canonical,
    }
}

/// The first byte from `at` on that does not stand for itself inside a string: a quote, a backslash or a control
/// character; or the end of the text.
#[inline]
pub(crate) fn ordinary(text: &[u8], mut at: usize) -> usize {
    let (blocks, tail) = text.get(at..).unwrap_or_default().as_chunks::<8>();
    for block in blocks {
        let special = special_bytes(u64::from_le_bytes(*block));
        if special != 0 {
            return at.wrapping_add(first_byte(special));
        }
        at = at.wrapping_add(8);
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    at.wrapping_add(tail.iter().position(is_special).unwrap_or(tail.len()))
}

/// The first byte from `at` on that is not white space.
#[inline]
pub(crate) fn space(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b' ' | b'\n' | b'\r' | b'\t') => space_run(text, at),
        _ => at,
    }
}

/// Indentation is a run of blanks: eight of them at a time.
fn space_run(text: &[u8], mut at: usize) -> usize {
    const BLANKS: u64 = u64::from_le_bytes([b' '; 8]);
    loop {
        match text.get(at) {
            Some(b'\n' | b'\r' | b'\t') => at = at.wrapping_add(1),
            Some(b' ') => match block::<8>(text, at) {
                Some(block) => {
                    let others = u64::from_le_bytes(*block) ^ BLANKS;
                    at = at.wrapping_add(first_byte(others));
                }
                None => at = at.wrapping_add(1),
            },
            _ => return at,
        }
    }
}

/// The first byte from `at` on that is no digit.
#[inline]
pub(crate) fn digits(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(u8::is_ascii_digit) {
        at = at.wrapping_add(1);
    }
    at
}

#[inline]
fn block<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    text.get(at..)?.first_chunk()
}

/// The place of the lowest byte that is not zero; eight where all are.
#[inline]
fn first_byte(block: u64) -> usize {
    widen(block.trailing_zeros() / u8::BITS)
}

/// The highest bit of each byte that is a quote, a backslash or a control character. Subtraction borrows from the byte
/// above a match, so only the lowest bit that is set is certain: it is the one that is used.
#[inline]
fn special_bytes(block: u64) -> u64 {
    let each = |byte| u64::from_le_bytes([byte; 8]);
    // Of a byte below 128, for which alone this is asked.
    let below = |block: u64, limit| block.wrapping_sub(each(limit));
    let equal = |byte| below(block ^ each(byte), 1);
    (below(block, 0x20) | equal(b'"') | equal(b'\\')) & !block & each(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_scanned_up_to_the_first_special_byte_wherever_it_stands() {
        for special in 0..=u8::MAX {
            for position in 0..60 {
                for after in [
                    b'a', b'"', 0x1f, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xff,
                ] {
                    let mut bytes = [after; 60];
                    bytes[..position].fill(b'a');
                    bytes[position] = special;
                    let naive = bytes
                        .iter()
                        .position(|byte| *byte < 0x20 || b"\"\\".contains(byte));
                    assert_eq!(ordinary(&bytes, 0), naive.unwrap_or(60), "{bytes:x?}");
                }
            }
        }
    }

    #[test]
    fn white_space_is_skipped_however_long_it_is_and_wherever_it_ends() {
        for blanks in 0..20 {
            for after in [
                b"".as_slice(),
                b"\n",
                b"\t \r",
                b"a",
                b"\x0b",
                b"\xa0",
                b"\0",
            ] {
                let text = [&vec![b' '; blanks], after, b"12345678"].concat();
                let naive = text.iter().position(|byte| !b" \n\r\t".contains(byte));
                assert_eq!(space(&text, 0), naive.unwrap_or(text.len()), "{text:x?}");
            }
            assert_eq!(space(&vec![b' '; blanks], 0), blanks);
        }
    }

    #[test]
    fn a_string_ends_at_the_first_quote_that_is_not_escaped() {
        for (text, end, escaped, canonical) in [
            (r#""" "#, 2, false, true),
            (r#""a" "#, 3, false, true),
            (r#""\\" "#, 4, true, true),
            (r#""\"" "#, 4, true, true),
            (r#""\\\"\\" "#, 8, true, true),
            (r#""a\n\"" "#, 7, true, false),
            (r#""\u0022" "#, 8, true, false),
        ] {
            let found = string(text.as_bytes(), 0);
            assert_eq!(
                found,
                StringEnd {
                    end,
                    escaped,
                    canonical
                },
                "{text}"
            );
        }
    }
}
