//! The OLPC writer: the bytes that TUF and in-toto sign.
//!
//! Members are sorted by code point, there is no white space, and only `"` and `\` are escaped: every other character,
//! control characters included, stands for itself.

use std::convert::Infallible;
use std::io;

use crate::document::Shape;
use crate::{Node, Value};

impl Node<'_> {
    /// The canonical form of the value.
    ///
    /// ```
    /// # use canonical_json::Document;
    /// let document = Document::read(br#"{"b": [1, 2], "a": "line\n\u0022end\u0022"}"#)?;
    /// assert_eq!(document.root().to_olpc(), b"{\"a\":\"line\n\\\"end\\\"\",\"b\":[1,2]}");
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    pub fn to_olpc(&self) -> Vec<u8> {
        // No canonical form is longer than its text.
        let mut bytes = Vec::with_capacity(self.raw().len());
        let Ok(()) = write_node(*self, &mut into(&mut bytes));
        bytes
    }

    /// Streams the canonical form into a sink, a hasher for example. What is canonical in the text is copied in one
    /// piece; the pieces may be small, so a sink that is slow per call wants a [`io::BufWriter`].
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn write_olpc(&self, sink: &mut impl io::Write) -> io::Result<()> {
        write_node(*self, &mut |piece: &[u8]| sink.write_all(piece))
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
        write_value(self, &mut |piece: &[u8]| sink.write_all(piece))
    }
}

/// A vector as a sink, which cannot fail.
fn into(bytes: &mut Vec<u8>) -> impl FnMut(&[u8]) -> Result<(), Infallible> {
    |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    }
}

fn write_node<E>(node: Node<'_>, put: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    if node.is_canonical() {
        return put(node.raw());
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

fn write_value<E>(value: &Value, put: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
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

fn separate<E>(position: usize, put: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    if position == 0 { Ok(()) } else { put(b",") }
}

fn write_text<E>(text: &str, put: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
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
