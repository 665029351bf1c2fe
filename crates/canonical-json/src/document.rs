use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::iter::FusedIterator;

use crate::index::{Entry, Form, Shape, Token, Walk};
use crate::literal::Literal;
use crate::read::{self, Limits};
use crate::{Error, Integer, Value};

/// A JSON text that has been read once, strictly: unique member names, integers only, bounded depth.
///
/// It borrows the text and keeps an index of 8 bytes for every array and object in it, and nothing else. Members that are
/// not in canonical order are sorted: while reading that takes 32 to 64 bytes for each member of one object, while writing
/// 80 to 160 for each of an object and those around it; and the names that have escapes, without them.
/// [`Value`] is the form that owns its content.
///
/// ```
/// use canonical_json::Document;
///
/// let document = Document::read(br#" {"version": 7, "name": "caf\u00e9"} "#)?;
/// assert_eq!(document.root().require("version")?.as_u64()?, 7);
/// assert_eq!(document.root().to_olpc(), "{\"name\":\"café\",\"version\":7}".as_bytes());
/// # Ok::<(), canonical_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Document<'a> {
    text: &'a str,
    index: Vec<Entry>,
}

impl<'a> Document<'a> {
    /// Reads a document within the default [`Limits`].
    ///
    /// # Errors
    ///
    /// As [`Document::read_within`].
    pub fn read(json: &'a [u8]) -> Result<Self, Error> {
        Self::read_within(json, &Limits::default())
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// - [`Error::TooLong`], [`Error::TooDeep`], [`Error::TooManyNodes`] beyond the limits.
    /// - [`Error::DuplicateKey`] if an object has two members of one name, escapes resolved.
    /// - [`Error::NotAnInteger`] for a fraction, an exponent or `-0`.
    /// - [`Error::Syntax`] for anything else RFC 8259 does not allow, and for what it leaves to the reader: invalid
    ///   UTF-8, a byte order mark, half a surrogate pair.
    pub fn read_within(json: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let (text, index) = read::read(json, limits)?;
        Ok(Self { text, index })
    }

    /// The outermost value.
    pub fn root(&self) -> Node<'_> {
        let outermost = Walk::new(self.text, 0, &self.index).next();
        Node {
            text: self.text,
            // There is one: the reader refuses a text without a value.
            token: outermost.unwrap_or(Token::NULL),
        }
    }
}

/// What a value is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A whole number of any size
    Integer,
    /// Text
    String,
    /// Values in order
    Array,
    /// Values by name
    Object,
}

/// One value of a [`Document`]: a cursor, cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    text: &'d str,
    token: Token<'d>,
}

impl<'d> Node<'d> {
    /// What the value is.
    pub fn kind(&self) -> Kind {
        match self.token.shape {
            Shape::Null => Kind::Null,
            Shape::Bool => Kind::Bool,
            Shape::Integer => Kind::Integer,
            Shape::Plain | Shape::Escaped => Kind::String,
            Shape::Array => Kind::Array,
            Shape::SortedObject | Shape::Object => Kind::Object,
        }
    }

    /// The byte of the text at which the value starts.
    pub fn offset(&self) -> usize {
        self.token.start
    }

    /// The value as it stands in the text, white space and escapes included.
    pub fn raw(&self) -> &'d [u8] {
        self.as_written().as_bytes()
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// The truth value.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if it is anything else.
    pub fn as_bool(&self) -> Result<bool, Error> {
        self.of_kind(Kind::Bool, "true or false")?;
        Ok(self.raw() == b"true")
    }

    /// The integer, if it fits.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if it is not an integer from 0 to 2⁶⁴-1.
    pub fn as_u64(&self) -> Result<u64, Error> {
        let expected = "an unsigned 64-bit integer";
        self.of_kind(Kind::Integer, expected)?;
        self.as_written().parse().map_err(|_| self.error(expected))
    }

    /// The integer, if it fits.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if it is not an integer from -2⁶³ to 2⁶³-1.
    pub fn as_i64(&self) -> Result<i64, Error> {
        let expected = "a signed 64-bit integer";
        self.of_kind(Kind::Integer, expected)?;
        self.as_written().parse().map_err(|_| self.error(expected))
    }

    /// The digits of an integer of any size, with their sign.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if it is anything else.
    pub fn as_digits(&self) -> Result<&'d str, Error> {
        self.of_kind(Kind::Integer, "an integer")?;
        Ok(self.as_written())
    }

    /// The text, borrowed unless it is written with escapes.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if it is anything else.
    pub fn as_str(&self) -> Result<Cow<'d, str>, Error> {
        self.of_kind(Kind::String, "a string")?;
        Ok(self.literal().decode())
    }

    /// The values of an array, in order.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if it is anything else.
    pub fn items(&self) -> Result<Items<'d>, Error> {
        self.of_kind(Kind::Array, "an array")?;
        Ok(self.children())
    }

    /// The members of an object, in the order of the text.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if it is anything else.
    pub fn members(&self) -> Result<Members<'d>, Error> {
        self.of_kind(Kind::Object, "an object")?;
        Ok(self.pairs())
    }

    /// The member of this name, if the object has it. Looks at one member after the other.
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if this is not an object.
    pub fn get(&self, key: &str) -> Result<Option<Self>, Error> {
        self.of_kind(Kind::Object, "an object")?;
        Ok(self
            .literals()
            .find_map(|(name, value)| name.is(key).then_some(value)))
    }

    /// The member of this name.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if the object does not have it, [`Error::Type`] if this is not an object.
    pub fn require(&self, key: &str) -> Result<Self, Error> {
        self.get(key)?.ok_or_else(|| Error::Missing {
            key: key.into(),
            offset: self.offset(),
        })
    }

    /// An [`Error::Type`] about this value, for whoever expects more of it than its kind.
    ///
    /// ```
    /// # use canonical_json::Document;
    /// let document = Document::read(br#"{"threshold": 0}"#)?;
    /// let threshold = document.root().require("threshold")?;
    /// assert_eq!(
    ///     threshold.error("a threshold of at least 1").to_string(),
    ///     "expected a threshold of at least 1 at byte 14"
    /// );
    /// # Ok::<(), canonical_json::Error>(())
    /// ```
    pub fn error(&self, expected: impl Into<String>) -> Error {
        Error::Type {
            offset: self.offset(),
            expected: expected.into(),
        }
    }

    /// The value in the form that owns its content, which takes more room than the index: some 700 bytes for an object
    /// with one member.
    pub fn to_value(&self) -> Value {
        match self.token.shape {
            Shape::Null => Value::Null,
            Shape::Bool => Value::Bool(self.raw() == b"true"),
            Shape::Integer => Value::Integer(Integer::checked(self.as_written())),
            Shape::Plain | Shape::Escaped => Value::String(self.literal().decode().into_owned()),
            Shape::Array => Value::Array(self.children().map(|item| item.to_value()).collect()),
            Shape::SortedObject | Shape::Object => {
                let owned = self
                    .pairs()
                    .map(|(key, value)| (key.into_owned(), value.to_value()));
                Value::Object(owned.collect::<BTreeMap<_, _>>())
            }
        }
    }

    pub(crate) fn of_kind(&self, kind: Kind, expected: &str) -> Result<(), Error> {
        if self.kind() == kind {
            Ok(())
        } else {
            Err(self.error(expected))
        }
    }

    fn as_written(&self) -> &'d str {
        let span = self.token.start..self.token.end;
        self.text.get(span).unwrap_or_default()
    }

    /// What stands between the quotes. For a string only.
    pub(crate) fn literal(&self) -> Literal<'d> {
        self.token.literal(self.text)
    }

    /// Every value directly inside; names and values in turn for an object.
    pub(crate) fn children(&self) -> Items<'d> {
        let inside = self.token.start.wrapping_add(1);
        Items {
            text: self.text,
            walk: Walk::new(self.text, inside, self.token.inside),
        }
    }

    /// The members. For an object only.
    pub(crate) fn pairs(&self) -> Members<'d> {
        Members(self.children())
    }

    /// The members with their names as written. For an object only.
    fn literals(&self) -> impl Iterator<Item = (Literal<'d>, Self)> + use<'d> {
        let mut children = self.children();
        std::iter::from_fn(move || {
            let key = children.next()?;
            Some((key.literal(), children.next()?))
        })
    }

    pub(crate) fn shape(&self) -> Shape {
        self.token.shape
    }

    /// How far the text of the value is from its canonical form.
    pub(crate) fn form(&self) -> Form {
        self.token.form
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at byte {}", self.kind(), self.offset())
    }
}

/// The values of an array, in order.
#[derive(Clone)]
pub struct Items<'d> {
    text: &'d str,
    walk: Walk<'d>,
}

impl<'d> Iterator for Items<'d> {
    type Item = Node<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.walk.next()?;
        Some(Node {
            text: self.text,
            token,
        })
    }
}

impl fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl FusedIterator for Items<'_> {}

/// The members of an object, in the order of the text.
#[derive(Clone, Debug)]
pub struct Members<'d>(Items<'d>);

impl<'d> Iterator for Members<'d> {
    type Item = (Cow<'d, str>, Node<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.next()?;
        Some((key.literal().decode(), self.0.next()?))
    }
}

impl FusedIterator for Members<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = br#" {"bool": true, "int": -7, "text": "caf\u00e9", "list": [null, 1], "map": {"b": 1, "a": 2}} "#;

    #[test]
    fn a_node_is_asked_for_what_it_is() {
        let document = Document::read(TEXT).unwrap();
        let root = document.root();
        let member = |key| root.require(key).unwrap();
        assert_eq!(member("bool").as_bool(), Ok(true));
        assert_eq!(member("int").as_i64(), Ok(-7));
        assert_eq!(member("int").as_digits(), Ok("-7"));
        assert_eq!(member("text").as_str(), Ok(Cow::Borrowed("café")));
        let items: Vec<_> = member("list")
            .items()
            .unwrap()
            .map(|item| item.kind())
            .collect();
        assert_eq!(items, [Kind::Null, Kind::Integer]);
        let members: Vec<_> = member("map")
            .members()
            .unwrap()
            .map(|(key, _)| key)
            .collect();
        assert_eq!(members, ["b", "a"], "in the order of the text");
    }

    #[test]
    fn a_node_that_is_something_else_says_what_was_expected_and_where() {
        let document = Document::read(TEXT).unwrap();
        let text = document.root().require("text").unwrap();
        let error = |expected: &str| Error::Type {
            offset: 35,
            expected: expected.into(),
        };
        assert_eq!(text.as_bool(), Err(error("true or false")));
        assert_eq!(text.as_u64(), Err(error("an unsigned 64-bit integer")));
        assert_eq!(text.as_i64(), Err(error("a signed 64-bit integer")));
        assert_eq!(text.as_digits(), Err(error("an integer")));
        assert_eq!(text.items().err(), Some(error("an array")));
        assert_eq!(text.members().err(), Some(error("an object")));
        assert_eq!(text.get("a").err(), Some(error("an object")));
        assert_eq!(text.require("a").err(), Some(error("an object")));
        assert_eq!(
            document.root().as_str(),
            Err(Error::Type {
                offset: 1,
                expected: "a string".into()
            })
        );
    }

    #[test]
    fn a_member_that_is_not_there_is_none_or_missing() {
        let document = Document::read(TEXT).unwrap();
        let map = document.root().require("map").unwrap();
        assert!(map.get("c").unwrap().is_none());
        assert_eq!(
            map.require("c").err(),
            Some(Error::Missing {
                key: "c".into(),
                offset: 74
            })
        );
    }

    #[test]
    fn integers_fit_their_type_or_are_refused() {
        let document = Document::read(b"[18446744073709551615, 18446744073709551616, -9223372036854775808, -9223372036854775809]").unwrap();
        let items: Vec<_> = document.root().items().unwrap().collect();
        let unsigned: Vec<_> = items.iter().map(|item| item.as_u64().ok()).collect();
        assert_eq!(unsigned, [Some(u64::MAX), None, None, None]);
        let signed: Vec<_> = items.iter().map(|item| item.as_i64().ok()).collect();
        assert_eq!(signed, [None, None, Some(i64::MIN), None]);
    }

    #[test]
    fn a_member_is_found_by_its_name_however_it_is_written() {
        let document = Document::read(br#"{"a\u0062": 1, "\"": 2, "ab\u0000": 3}"#).unwrap();
        let offset = |key| document.root().get(key).unwrap().map(|node| node.offset());
        assert_eq!(
            (offset("ab"), offset("\""), offset("a"), offset("a\\u0062")),
            (Some(12), Some(21), None, None)
        );
    }

    #[test]
    fn text_is_borrowed_unless_it_has_escapes() {
        let document = Document::read(br#"["plain", "tab\t"]"#).unwrap();
        let borrowed: Vec<_> = document
            .root()
            .items()
            .unwrap()
            .map(|item| matches!(item.as_str(), Ok(Cow::Borrowed(_))))
            .collect();
        assert_eq!(borrowed, [true, false]);
    }

    #[test]
    fn a_node_knows_its_own_text() {
        let json = br#"[ {"a" : [1 , 2] } , "b\n" ]"#;
        let document = Document::read(json).unwrap();
        let raw: Vec<_> = document
            .root()
            .items()
            .unwrap()
            .map(|item| item.raw())
            .collect();
        assert_eq!(raw, [br#"{"a" : [1 , 2] }"#.as_slice(), br#""b\n""#]);
    }

    #[test]
    fn what_is_canonical_is_known_while_reading() {
        let canonical =
            |json: &str| Document::read(json.as_bytes()).unwrap().root().form() == Form::Canonical;
        for json in [
            "[]",
            "{}",
            "[1,-2,\"a\\\"\\\\é\",null]",
            "{\"a\":[{\"b\":{}}],\"b\":0}",
            " [1] ",
        ] {
            assert!(canonical(json), "{json}");
        }
        for json in [
            "[ ]",
            "[1, 2]",
            "{\"a\" :1}",
            "{\"b\":1,\"a\":2}",
            "\"\\/\"",
            "\"\\u0022\"",
            "[[\"\\n\"]]",
            "[[1 ]]",
        ] {
            assert!(!canonical(json), "{json}");
        }
    }

    #[test]
    fn limits_are_the_last_values_that_pass() {
        let limits = Limits {
            bytes: 7,
            depth: 2,
            nodes: 3,
        };
        assert!(Document::read_within(b"[[1],2]", &limits).is_ok());
        assert_eq!(
            Document::read_within(b"[[1],2] ", &limits).unwrap_err(),
            Error::TooLong { limit: 7 }
        );
        assert_eq!(
            Document::read_within(b"[[[1]]]", &limits).unwrap_err(),
            Error::TooDeep {
                limit: 2,
                offset: 2
            }
        );
        assert_eq!(
            Document::read_within(b"[1,2,3,4", &limits).unwrap_err(),
            Error::TooLong { limit: 7 }
        );
        assert_eq!(
            Document::read_within(b"[1,2,[]", &limits).unwrap_err(),
            Error::Syntax {
                offset: 7,
                expected: "`,` or `]`"
            }
        );
        assert_eq!(
            Document::read_within(b"[[],[3]", &Limits { nodes: 2, ..limits }).unwrap_err(),
            Error::TooManyNodes {
                limit: 2,
                offset: 5
            }
        );
    }

    #[test]
    fn no_limit_reaches_beyond_128_levels() {
        let unlimited = Limits {
            bytes: usize::MAX,
            depth: usize::MAX,
            nodes: usize::MAX,
        };
        let json = "[".repeat(100_000);
        assert_eq!(
            Document::read_within(json.as_bytes(), &unlimited).unwrap_err(),
            Error::TooDeep {
                limit: 128,
                offset: 128
            }
        );
    }
}
