//! The inside of a string literal, between its quotes, already checked or being checked.

use std::borrow::Cow;
use std::cmp::Ordering;

/// What stands between the quotes of a string, compared and read without its escapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal<'t> {
    pub(crate) text: &'t str,
    pub(crate) escaped: bool,
}

impl<'t> Literal<'t> {
    /// Orders by code point, which is also the order of the UTF-8 bytes.
    pub(crate) fn cmp(self, other: Literal<'_>) -> Ordering {
        if self.escaped || other.escaped {
            self.chars().cmp(other.chars())
        } else {
            self.text.cmp(other.text)
        }
    }

    pub(crate) fn is(self, text: &str) -> bool {
        if self.escaped {
            self.chars().eq(text.chars())
        } else {
            self.text == text
        }
    }

    pub(crate) fn decode(self) -> Cow<'t, str> {
        if self.escaped {
            self.chars().collect()
        } else {
            self.text.into()
        }
    }

    /// The characters, also of a literal without escapes: there every backslash is one half of an escape.
    fn chars(self) -> impl Iterator<Item = char> {
        let mut rest = self.text;
        std::iter::from_fn(move || {
            let mut chars = rest.chars();
            let char = chars.next()?;
            let unescaped = if char == '\\' {
                unescape(chars.as_str()).ok()?
            } else {
                (char, chars.as_str())
            };
            rest = unescaped.1;
            Some(unescaped.0)
        })
    }
}

/// The character that the escape after a backslash stands for, and the text after it; or what was expected.
pub(crate) fn unescape(escape: &str) -> Result<(char, &str), &'static str> {
    let mut chars = escape.chars();
    let char = match chars.next() {
        Some(same @ ('"' | '\\' | '/')) => same,
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return unicode(chars.as_str()),
        _ => return Err("an escape that JSON knows"),
    };
    Ok((char, chars.as_str()))
}

fn unicode(digits: &str) -> Result<(char, &str), &'static str> {
    let (unit, rest) = code_unit(digits).ok_or("four hexadecimal digits after `\\u`")?;
    match char::from_u32(unit.into()) {
        Some(char) => Ok((char, rest)),
        None => surrogates(unit, rest).ok_or("both halves of a surrogate pair"),
    }
}

fn surrogates(high: u16, rest: &str) -> Option<(char, &str)> {
    let (low, rest) = code_unit(rest.strip_prefix("\\u")?)?;
    let char = char::decode_utf16([high, low]).next()?.ok()?;
    Some((char, rest))
}

fn code_unit(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    // `from_str_radix` alone would take a sign.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let unit = u16::from_str_radix(digits, 16).ok()?;
    Some((unit, rest))
}
