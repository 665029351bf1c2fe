//! The OLPC writer: the bytes that TUF and in-toto sign.
//!
//! Members are sorted by code point, there is no white space, and only `"` and `\` are escaped: every other character,
//! control characters included, stands for itself.

use std::borrow::Cow;
use std::convert::Infallible;
use std::io::{self, Write as _};

use crate::index::{Form, Shape};
use crate::scan;
use crate::{Node, Value};

impl<'d> Node<'d> {
    /// The canonical form of the value.
    ///
    /// ```
    /// # use canonical_json::Document;
    /// let document = Document::read(br#"{"b": [1, 2], "a": "line\n\u0022end\u0022"}"#)?;
    /// assert_eq!(document.root().to_olpc(), b"{\"a\":\"line\n\\\"end\\\"\",\"b\":[1,2]}");
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    pub fn to_olpc(&self) -> Vec<u8> {
        self.olpc().into_owned()
    }

    /// The canonical form of the value, borrowed from the text if that is canonical already.
    ///
    /// ```
    /// # use std::borrow::Cow;
    /// # use canonical_json::Document;
    /// let document = Document::read(br#"[{"a":1,"b":2}, {"b":2,"a":1}]"#)?;
    /// let forms: Vec<_> = document.root().items()?.map(|item| item.olpc()).collect();
    /// assert!(matches!(forms[..], [Cow::Borrowed(_), Cow::Owned(_)]));
    /// assert_eq!(forms[0], forms[1]);
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    pub fn olpc(&self) -> Cow<'d, [u8]> {
        if self.form() == Form::Canonical {
            return Cow::Borrowed(self.raw());
        }
        // No canonical form is longer than its text.
        let mut bytes = Vec::with_capacity(self.raw().len());
        let Ok(()) = write_node(*self, &mut into(&mut bytes));
        Cow::Owned(bytes)
    }

    /// Streams the canonical form into a sink, in pieces of some kilobytes: a hasher for example, or several at once.
    /// What is canonical in the text is handed over as it stands.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn write_olpc(&self, sink: &mut impl io::Write) -> io::Result<()> {
        buffered(sink, |put| write_node(*self, put))
    }
}

impl Value {
    /// The canonical form of the value. It is not always JSON: control characters stand for themselves.
    ///
    /// ```
    /// # use canonical_json::Value;
    /// let value = Value::object([("name", Value::from("tab\t")), ("id", Value::from(7_u64))]);
    /// assert_eq!(value.to_olpc(), b"{\"id\":7,\"name\":\"tab\t\"}");
    /// ```
    pub fn to_olpc(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Ok(()) = write_value(self, &mut into(&mut bytes));
        bytes
    }

    /// Streams the canonical form into a sink.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn write_olpc(&self, sink: &mut impl io::Write) -> io::Result<()> {
        buffered(sink, |put| write_value(self, put))
    }
}

/// A sink that is slow per call, as hashers and files are, gets its pieces gathered.
pub(crate) fn buffered<W: io::Write>(
    sink: &mut W,
    write: impl FnOnce(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>,
) -> io::Result<()> {
    let mut sink = io::BufWriter::new(sink);
    let written = write(&mut |piece| sink.write_all(piece)).and_then(|()| sink.flush());
    // After an error nothing more goes into the sink.
    let _ = sink.into_parts();
    written
}

/// A vector as a sink, which cannot fail.
fn into(bytes: &mut Vec<u8>) -> impl FnMut(&[u8]) -> Result<(), Infallible> {
    |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    }
}

fn write_node<E>(
    node: Node<'_>,
    put: &mut (impl FnMut(&[u8]) -> Result<(), E> + ?Sized),
) -> Result<(), E> {
    match node.form() {
        Form::Canonical => return put(node.raw()),
        Form::Spaced => return write_without_space(node.raw(), put),
        Form::Other => {}
    }
    match node.shape() {
        Shape::Null | Shape::Bool | Shape::Integer => put(node.raw()),
        Shape::Plain | Shape::Escaped => write_text(&node.literal().decode(), put),
        Shape::Array => {
            put(b"[")?;
            for (position, item) in node.children().enumerate() {
                separate(position, put)?;
                write_node(item, put)?;
            }
            put(b"]")
        }
        // Names and values in turn.
        Shape::SortedObject => {
            put(b"{")?;
            for (position, part) in node.children().enumerate() {
                match position {
                    0 => {}
                    _ if position.is_multiple_of(2) => put(b",")?,
                    _ => put(b":")?,
                }
                write_node(part, put)?;
            }
            put(b"}")
        }
        Shape::Object => {
            let mut members: Vec<_> = node.pairs().collect();
            members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            put(b"{")?;
            for (position, (key, value)) in members.iter().enumerate() {
                separate(position, put)?;
                write_text(key, put)?;
                put(b":")?;
                write_node(*value, put)?;
            }
            put(b"}")
        }
    }
}

/// Copies a text that lacks nothing of its canonical form but has white space between its tokens.
fn write_without_space<E>(
    text: &[u8],
    put: &mut (impl FnMut(&[u8]) -> Result<(), E> + ?Sized),
) -> Result<(), E> {
    let (mut from, mut at) = (0, 0);
    while let Some(byte) = text.get(at) {
        at = match byte {
            b'"' => scan::string(text, at).end,
            b' ' | b'\n' | b'\r' | b'\t' => {
                put(text.get(from..at).unwrap_or_default())?;
                from = scan::space(text, at);
                from
            }
            _ => at.wrapping_add(1),
        };
    }
    put(text.get(from..).unwrap_or_default())
}

fn write_value<E>(
    value: &Value,
    put: &mut (impl FnMut(&[u8]) -> Result<(), E> + ?Sized),
) -> Result<(), E> {
    match value {
        Value::Null => put(b"null"),
        Value::Bool(true) => put(b"true"),
        Value::Bool(false) => put(b"false"),
        Value::Integer(integer) => put(integer.as_str().as_bytes()),
        Value::String(text) => write_text(text, put),
        Value::Array(items) => {
            put(b"[")?;
            for (position, item) in items.iter().enumerate() {
                separate(position, put)?;
                write_value(item, put)?;
            }
            put(b"]")
        }
        // A `BTreeMap` is in canonical order: that of the UTF-8 bytes is that of the code points.
        Value::Object(members) => {
            put(b"{")?;
            for (position, (key, value)) in members.iter().enumerate() {
                separate(position, put)?;
                write_text(key, put)?;
                put(b":")?;
                write_value(value, put)?;
            }
            put(b"}")
        }
    }
}

fn separate<E>(
    position: usize,
    put: &mut (impl FnMut(&[u8]) -> Result<(), E> + ?Sized),
) -> Result<(), E> {
    if position == 0 { Ok(()) } else { put(b",") }
}

fn write_text<E>(
    text: &str,
    put: &mut (impl FnMut(&[u8]) -> Result<(), E> + ?Sized),
) -> Result<(), E> {
    put(b"\"")?;
    let mut written = 0;
    for (special, _) in text.match_indices(['"', '\\']) {
        put(text.get(written..special).unwrap_or_default().as_bytes())?;
        put(b"\\")?;
        written = special;
    }
    put(text.get(written..).unwrap_or_default().as_bytes())?;
    put(b"\"")
}
