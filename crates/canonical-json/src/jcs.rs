//! The RFC 8785 writer (JCS): canonical JSON that is JSON.
//!
//! Members are sorted by UTF-16 code unit (3.2.3), there is no white space, and of the escapes of a character the
//! shortest is written (3.2.2.2). Numbers are those of ECMAScript (3.2.2.3), of which this crate has the integers that
//! every reader understands exactly: ECMAScript prints them as their digits.

use std::io;

use crate::olpc::buffered;
use crate::{Error, Kind, Node, Value};

impl Node<'_> {
    /// The form of RFC 8785, the JSON Canonicalization Scheme: also JSON.
    ///
    /// ```
    /// # use canonical_json::Document;
    /// let document = Document::read(br#"{"b": [1, 2], "a": "line\n\u0022end\u0022"}"#)?;
    /// assert_eq!(document.root().to_jcs()?, br#"{"a":"line\n\"end\"","b":[1,2]}"#);
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnsafeInteger`] for an integer beyond ±(2⁵³-1). RFC 8785 requires I-JSON, in which larger ones are not
    /// exact (RFC 7493, 2.2): readers that know floats alone would verify one number and use another.
    ///
    /// ```
    /// # use canonical_json::{Document, Error};
    /// let document = Document::read(b"[9007199254740991, 9007199254740992]")?;
    /// assert_eq!(
    ///     document.root().to_jcs(),
    ///     Err(Error::UnsafeInteger { digits: "9007199254740992".into(), offset: Some(19) })
    /// );
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    pub fn to_jcs(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(self.raw().len());
        write_node(*self, &mut into(&mut bytes))?;
        Ok(bytes)
    }

    /// Streams the form of RFC 8785 into a sink, in pieces of some kilobytes. What was written before an error is no
    /// form of anything.
    ///
    /// # Errors
    ///
    /// Those of the sink; those of [`Node::to_jcs`] inside an [`io::Error`] of the kind `InvalidData`.
    pub fn write_jcs(&self, sink: &mut impl io::Write) -> io::Result<()> {
        buffered(sink, |put| {
            write_node(*self, &mut |piece: &str| put(piece.as_bytes()))
        })
    }
}

impl Value {
    /// The form of RFC 8785, the JSON Canonicalization Scheme: also JSON.
    ///
    /// ```
    /// # use canonical_json::Value;
    /// let value = Value::object([("name", Value::from("tab\t")), ("id", Value::from(7_u64))]);
    /// assert_eq!(value.to_jcs()?, br#"{"id":7,"name":"tab\t"}"#);
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnsafeInteger`], without an offset, for an integer beyond ±(2⁵³-1).
    pub fn to_jcs(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        write_value(self, &mut into(&mut bytes))?;
        Ok(bytes)
    }

    /// Streams the form of RFC 8785 into a sink, as [`Node::write_jcs`] does.
    ///
    /// # Errors
    ///
    /// Those of the sink; those of [`Value::to_jcs`] inside an [`io::Error`] of the kind `InvalidData`.
    pub fn write_jcs(&self, sink: &mut impl io::Write) -> io::Result<()> {
        buffered(sink, |put| {
            write_value(self, &mut |piece: &str| put(piece.as_bytes()))
        })
    }
}

/// A vector as a sink.
fn into(bytes: &mut Vec<u8>) -> impl FnMut(&str) -> Result<(), Error> {
    |piece| {
        bytes.extend_from_slice(piece.as_bytes());
        Ok(())
    }
}

fn write_node<E: From<Error>>(
    node: Node<'_>,
    put: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    match node.kind() {
        Kind::Null => put("null"),
        Kind::Bool => write_bool(node.as_bool()?, put),
        Kind::Integer => write_integer(node.as_digits()?, Some(node.offset()), put),
        Kind::String => write_text(&node.as_str()?, put),
        Kind::Array => write_items(node.items()?, write_node, put),
        Kind::Object => write_members(node.members()?, write_node, put),
    }
}

fn write_value<E: From<Error>>(
    value: &Value,
    put: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    match value {
        Value::Null => put("null"),
        Value::Bool(truth) => write_bool(*truth, put),
        Value::Integer(integer) => write_integer(integer.as_str(), None, put),
        Value::String(text) => write_text(text, put),
        Value::Array(items) => write_items(items, write_value, put),
        Value::Object(members) => write_members(members, write_value, put),
    }
}

fn write_bool<E>(truth: bool, put: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    put(if truth { "true" } else { "false" })
}

fn write_integer<E: From<Error>>(
    digits: &str,
    offset: Option<usize>,
    put: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let value: Result<i64, _> = digits.parse();
    if value.is_ok_and(|value| value.unsigned_abs() <= MAX_SAFE_INTEGER) {
        return put(digits);
    }
    let digits = digits.into();
    Err(Error::UnsafeInteger { digits, offset }.into())
}

/// RFC 7493, 2.2: the last integer before the first one that shares its float with another.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

fn write_items<V, E, P: FnMut(&str) -> Result<(), E>>(
    items: impl IntoIterator<Item = V>,
    write: impl Fn(V, &mut P) -> Result<(), E>,
    put: &mut P,
) -> Result<(), E> {
    put("[")?;
    for (position, item) in items.into_iter().enumerate() {
        put(if position == 0 { "" } else { "," })?;
        write(item, put)?;
    }
    put("]")
}

fn write_members<K: AsRef<str>, V, E, P: FnMut(&str) -> Result<(), E>>(
    members: impl IntoIterator<Item = (K, V)>,
    write: impl Fn(V, &mut P) -> Result<(), E>,
    put: &mut P,
) -> Result<(), E> {
    let mut members: Vec<_> = members.into_iter().collect();
    // The order of code points but for characters beyond the basic plane, which sort with their surrogates: before
    // U+E000.
    members.sort_unstable_by(|(a, _), (b, _)| {
        let (a, b) = (a.as_ref(), b.as_ref());
        a.encode_utf16().cmp(b.encode_utf16())
    });
    put("{")?;
    for (position, (key, value)) in members.into_iter().enumerate() {
        put(if position == 0 { "" } else { "," })?;
        write_text(key.as_ref(), put)?;
        put(":")?;
        write(value, put)?;
    }
    put("}")
}

/// Writes a string in quotes, with the escapes it needs and no other.
pub(crate) fn write_text<E>(
    text: &str,
    put: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    put("\"")?;
    let mut rest = text;
    while let Some((plain, special, after)) = split_at_special(rest) {
        put(plain)?;
        match special {
            '"' => put("\\\"")?,
            '\\' => put("\\\\")?,
            '\u{8}' => put("\\b")?,
            '\t' => put("\\t")?,
            '\n' => put("\\n")?,
            '\u{c}' => put("\\f")?,
            '\r' => put("\\r")?,
            control => put(&format!("\\u{:04x}", u32::from(control)))?,
        }
        rest = after;
    }
    put(rest)?;
    put("\"")
}

/// The text before the first character that JSON wants escaped, that character, and the text after it.
fn split_at_special(text: &str) -> Option<(&str, char, &str)> {
    let at = text.find(|char| matches!(char, '"' | '\\' | '\0'..='\u{1f}'))?;
    let (plain, rest) = text.split_at_checked(at)?;
    let mut rest = rest.chars();
    Some((plain, rest.next()?, rest.as_str()))
}
