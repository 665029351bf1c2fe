use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::jcs::write_text;
use crate::{Document, Error};

/// A document that owns its content: for building, keeping and editing.
///
/// What is read has 128 levels at most. One built by hand can be deeper than any reader accepts, and so deep that
/// whatever walks it, its own destructor too, has no stack left.
///
/// ```
/// use canonical_json::Value;
///
/// let role = Value::object([
///     ("keyids", Value::from(vec!["a1".into(), "b2".into()])),
///     ("threshold", 2_u32.into()),
/// ]);
/// assert_eq!(role.to_json(), r#"{"keyids":["a1","b2"],"threshold":2}"#);
/// assert_eq!(Value::read(role.to_json().as_bytes()), Ok(role));
/// ```
#[expect(
    clippy::exhaustive_enums,
    reason = "JSON has these six kinds of value and no more"
)]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number of any size
    Integer(Integer),
    /// Text
    String(String),
    /// Values in order
    Array(Vec<Self>),
    /// Values by name, in canonical order
    Object(BTreeMap<String, Self>),
}

impl Value {
    /// Reads a document within the default [`Limits`](crate::Limits).
    ///
    /// # Errors
    ///
    /// As [`Document::read_within`].
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        Ok(Document::read(json)?.root().to_value())
    }

    /// An object with these members. Of two members of one name the later stays.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        let members = members.into_iter();
        Self::Object(members.map(|(key, value)| (key.into(), value)).collect())
    }

    /// The member of this name, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// JSON on one line, members in canonical order.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.print(&mut json, None);
        json
    }

    /// JSON on many lines, two spaces a level, members in canonical order, no line break at the end.
    ///
    /// ```
    /// # use canonical_json::Value;
    /// let value = Value::object([("a", Value::from(1_u64)), ("b", Value::Array(vec![]))]);
    /// assert_eq!(value.to_json_pretty(), "{\n  \"a\": 1,\n  \"b\": []\n}");
    /// ```
    pub fn to_json_pretty(&self) -> String {
        let mut json = String::new();
        self.print(&mut json, Some(0));
        json
    }

    /// With `indent`, on many lines, the content of this value so many levels in.
    fn print(&self, json: &mut String, indent: Option<usize>) {
        let within = indent.map(|level| level.saturating_add(1));
        match self {
            Self::Null => json.push_str("null"),
            Self::Bool(true) => json.push_str("true"),
            Self::Bool(false) => json.push_str("false"),
            Self::Integer(integer) => json.push_str(integer.as_str()),
            Self::String(text) => quote(text, json),
            Self::Array(items) if items.is_empty() => json.push_str("[]"),
            Self::Object(members) if members.is_empty() => json.push_str("{}"),
            Self::Array(items) => {
                let mut open = '[';
                for item in items {
                    json.push(open);
                    open = ',';
                    new_line(json, within);
                    item.print(json, within);
                }
                new_line(json, indent);
                json.push(']');
            }
            Self::Object(members) => {
                let mut open = '{';
                for (key, value) in members {
                    json.push(open);
                    open = ',';
                    new_line(json, within);
                    quote(key, json);
                    json.push_str(if indent.is_some() { ": " } else { ":" });
                    value.print(json, within);
                }
                new_line(json, indent);
                json.push('}');
            }
        }
    }
}

fn new_line(json: &mut String, indent: Option<usize>) {
    if let Some(level) = indent {
        json.push('\n');
        json.extend(std::iter::repeat_n("  ", level));
    }
}

fn quote(text: &str, json: &mut String) {
    let Ok(()) = write_text(text, &mut |piece: &str| -> Result<(), Infallible> {
        json.push_str(piece);
        Ok(())
    });
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(u64::from(value).into())
    }
}

impl From<Integer> for Value {
    fn from(value: Integer) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

impl From<Vec<Self>> for Value {
    fn from(value: Vec<Self>) -> Self {
        Self::Array(value)
    }
}

impl From<BTreeMap<String, Self>> for Value {
    fn from(value: BTreeMap<String, Self>) -> Self {
        Self::Object(value)
    }
}

/// A whole number of any size, kept as its digits: canonical, so equal numbers are equal texts.
///
/// ```
/// use canonical_json::{Error, Integer};
///
/// let large: Integer = "-340282366920938463463374607431768211456".parse()?;
/// assert_eq!(large.as_str().len(), 40);
/// assert_eq!("-0".parse::<Integer>(), Err(Error::NotAnInteger { offset: 0 }));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Integer(Box<str>);

impl Integer {
    /// Digits that the reader has checked.
    pub(crate) fn checked(digits: &str) -> Self {
        Self(digits.into())
    }

    /// The digits, with a `-` before them if the number is negative.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Integer {
    type Err = Error;

    /// Reads digits with an optional `-`, without leading zeros.
    ///
    /// # Errors
    ///
    /// As [`Document::read_within`], and [`Error::Type`] if the text is another JSON value or has white space around it.
    fn from_str(text: &str) -> Result<Self, Error> {
        let document = Document::read(text.as_bytes())?;
        let digits = document.root().as_digits()?;
        if digits.len() != text.len() {
            return Err(document.root().error("an integer without white space"));
        }
        Ok(Self::checked(digits))
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl From<u64> for Integer {
    fn from(value: u64) -> Self {
        Self(value.to_string().into())
    }
}

impl From<i128> for Integer {
    fn from(value: i128) -> Self {
        Self(value.to_string().into())
    }
}

impl From<u128> for Integer {
    fn from(value: u128) -> Self {
        Self(value.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_escapes_what_the_canonical_form_does_not() {
        let value = Value::from("\0\u{8}\t\n\u{b}\u{c}\r\u{1f} \"\\/\u{7f}é😀");
        assert_eq!(
            value.to_json(),
            "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\u{7f}é😀\""
        );
    }

    #[test]
    fn pretty_json_puts_every_element_on_its_line() {
        let value = Value::object([
            (
                "list",
                Value::from(vec![
                    Value::Null,
                    Value::Array(vec![]),
                    vec![true.into()].into(),
                ]),
            ),
            ("empty", Value::Object(BTreeMap::new())),
        ]);
        let lines = [
            "{",
            "  \"empty\": {},",
            "  \"list\": [",
            "    null,",
            "    [],",
            "    [",
            "      true",
            "    ]",
            "  ]",
            "}",
        ];
        assert_eq!(value.to_json_pretty(), lines.join("\n"));
    }

    #[test]
    fn only_an_object_has_members() {
        let value = Value::object([("a", Value::from(1_u64))]);
        assert_eq!(
            (value.get("a"), value.get("b"), Value::Null.get("a")),
            (Some(&1_u64.into()), None, None)
        );
    }

    #[test]
    fn an_integer_is_one_canonical_text() {
        assert_eq!(Integer::from(i64::MIN).as_str(), "-9223372036854775808");
        assert_eq!("18446744073709551615".parse(), Ok(Integer::from(u64::MAX)));
        for text in [
            "", "-", "+1", "01", "-0", "1.0", "1e1", " 1", "1 ", "\"1\"", "null", "١",
        ] {
            assert!(text.parse::<Integer>().is_err(), "{text:?}");
        }
    }
}
