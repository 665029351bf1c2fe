use std::fmt::{self, Write as _};
use std::io;

/// Why a document was refused, or why it does not have the shape its reader asked for.
///
/// Offsets count bytes from the start of the text that was read.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// An object has two members of one name, after escapes are resolved.
    #[error("member {:?} appears a second time at byte {offset}", start(key))]
    DuplicateKey {
        /// The name, unescaped.
        key: String,
        /// Where the first repetition starts.
        offset: usize,
    },
    /// A number with a fraction or an exponent, or `-0`: it has no canonical form.
    #[error("the number at byte {offset} is not an integer")]
    NotAnInteger {
        /// Where the number starts.
        offset: usize,
    },
    /// The text is not JSON.
    #[error("expected {expected} at byte {offset}")]
    Syntax {
        /// The first byte that does not fit.
        offset: usize,
        /// What would have fitted.
        expected: &'static str,
    },
    /// Arrays and objects are nested beyond the limit.
    #[error("more than {limit} levels deep at byte {offset}")]
    TooDeep {
        /// The levels that are allowed.
        limit: usize,
        /// Where the first level too many opens.
        offset: usize,
    },
    /// The text is longer than the limit, and was not looked at.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The bytes that are allowed.
        limit: usize,
    },
    /// The document has more values and member names than the limit.
    #[error("more than {limit} values and member names at byte {offset}")]
    TooManyNodes {
        /// The number that is allowed.
        limit: usize,
        /// Where the first one too many starts.
        offset: usize,
    },
    /// A value is not what its place in the document asks for.
    #[error("expected {expected} at byte {offset}")]
    Type {
        /// Where the value starts.
        offset: usize,
        /// What was asked for.
        expected: String,
    },
    /// An object lacks a member.
    #[error("no member {key:?} in the object at byte {offset}")]
    Missing {
        /// The name of the member.
        key: String,
        /// Where the object starts.
        offset: usize,
    },
    /// An integer beyond ±(2⁵³-1), which RFC 8785 cannot write: not every reader understands it exactly
    /// (RFC 7493, 2.2).
    #[error("the integer {}{} is beyond ±(2^53-1)", start(digits), place(*offset))]
    UnsafeInteger {
        /// The integer.
        digits: String,
        /// Where it starts, if it comes from a text.
        offset: Option<usize>,
    },
    /// A type that reads or writes itself with serde does not agree.
    #[error("{message}{}", place(*offset))]
    Data {
        /// What it says, the first 200 characters.
        message: String,
        /// Where the value starts, if it comes from a text.
        offset: Option<usize>,
    },
    /// A value of the program has no document.
    #[error("{what} cannot be written")]
    Unwritable {
        /// What canonical JSON has no place for.
        what: String,
    },
}

impl Error {
    pub(crate) fn data(message: impl fmt::Display) -> Self {
        // Messages of serde show what was found, which can be most of a hostile document.
        let mut start = Start(String::new());
        let _ = write!(start, "{message}");
        Self::Data {
            message: start.0,
            offset: None,
        }
    }

    /// The error with a place in the text, unless it has one: what is innermost is the most exact.
    pub(crate) fn at(self, place: usize) -> Self {
        match self {
            Self::Data {
                message,
                offset: None,
            } => Self::Data {
                message,
                offset: Some(place),
            },
            other => other,
        }
    }
}

/// So that `?` serves where documents are written to files and streams.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

fn place(offset: Option<usize>) -> String {
    offset.map_or_else(String::new, |offset| format!(" at byte {offset}"))
}

/// As much of a hostile text as a message needs.
fn start(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

/// As much of what is written to it, which is not made any longer.
struct Start(String);

impl fmt::Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_CHARS.saturating_sub(self.0.chars().count());
        self.0.extend(text.chars().take(room));
        if text.chars().nth(room).is_some() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

const MAX_CHARS: usize = 200;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn a_long_name_makes_a_short_message() {
        let error = super::Error::DuplicateKey {
            key: "\n".repeat(100_000),
            offset: 7,
        };
        let shown = "\\n".repeat(200);
        let message = format!("member \"{shown}\" appears a second time at byte 7");
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn every_refusal_of_the_reader_and_the_writers_has_a_case() {
        let mut expected = testdata::variants(include_str!("error.rs"), "Error");
        // These are about the types of a program: the tests of `Node` and those of serde produce them.
        let others = ["Type", "Missing", "Data", "Unwritable"];
        expected.retain(|name| !others.contains(&name.as_str()));

        let refuse = testdata::cases("canonical-json/refuse");
        let cases = testdata::cases("canonical-json/jcs-refuse").into_iter();
        let cases = refuse.into_iter().chain(cases);
        let errors = cases
            .filter(|(name, _)| name.ends_with(".expect"))
            .map(|(_, path)| std::fs::read_to_string(path).unwrap());
        let produced: BTreeSet<_> = errors.map(|error| testdata::variant(&error)).collect();

        assert_eq!(produced, expected);
    }
}
