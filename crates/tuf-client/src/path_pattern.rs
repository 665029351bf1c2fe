use std::fmt;

use crate::{Error, TargetPath};

/// A pattern for target paths in which `*` and `?` never match a `/` (specification 4.5).
///
/// Pattern and path are compared segment by segment: `*` is any run of characters, `?` one character,
/// `[a-z]` and `[!a-z]` one of, or one not of, a set. There is no `**`, no alternation and no escape; case
/// counts, a leading dot is nothing special. in-toto's patterns are different: there `*` does cross a `/`.
///
/// ```
/// # use tuf_client::{PathPattern, TargetPath};
/// let pattern = PathPattern::try_from("targets/*.tgz")?;
/// assert!(pattern.matches(&TargetPath::try_from("targets/foo.tgz")?));
/// assert!(!pattern.matches(&TargetPath::try_from("targets/old/foo.tgz")?));
/// # Ok::<(), tuf_client::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPattern {
    text: String,
    segments: Vec<Vec<Token>>,
}

/// The longest pattern accepted, in bytes: matching may take the product of both lengths.
const MAX_LEN: usize = 4096;

#[derive(Clone, Debug, Eq, PartialEq)]
enum Token {
    /// `*`
    Run,
    /// `?`
    Any,
    /// `[…]` and, as a set of one, every other character
    OneOf {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
}

impl PathPattern {
    /// The pattern exactly as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern stands for `path`.
    pub fn matches(&self, path: &TargetPath) -> bool {
        let mut names = path.as_str().split('/');
        self.segments
            .iter()
            .all(|tokens| names.next().is_some_and(|name| matches(tokens, name)))
            && names.next().is_none()
    }
}

impl TryFrom<String> for PathPattern {
    type Error = Error;

    /// Accepts any text of up to 4096 bytes; a `[` that is never closed stands for itself.
    fn try_from(text: String) -> Result<Self, Error> {
        if text.len() > MAX_LEN {
            return Err(Error::PathPattern { limit: MAX_LEN });
        }
        let segments = text.split('/').map(tokens).collect();
        Ok(Self { text, segments })
    }
}

impl TryFrom<&str> for PathPattern {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn tokens(segment: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = segment.chars();
    while let Some(next) = rest.next() {
        tokens.push(match next {
            '*' => Token::Run,
            '?' => Token::Any,
            '[' => match set(rest.as_str()) {
                Some((token, after)) => {
                    rest = after.chars();
                    token
                }
                None => literal('['),
            },
            other => literal(other),
        });
    }
    tokens
}

fn literal(character: char) -> Token {
    Token::OneOf {
        ranges: vec![(character, character)],
        negated: false,
    }
}

/// The set that `text`, which follows a `[`, begins with, and what comes after its `]`.
fn set(text: &str) -> Option<(Token, &str)> {
    let (negated, text) = match text.strip_prefix('!') {
        Some(text) => (true, text),
        None => (false, text),
    };
    // A `]` that comes first is a member: a set is never empty.
    let end = text
        .char_indices()
        .skip(1)
        .find(|(_, character)| *character == ']')?
        .0;
    let (members, rest) = text.split_at_checked(end)?;
    let after = rest.strip_prefix(']')?;
    let mut ranges = Vec::new();
    let mut members = members.chars();
    while let Some(low) = members.next() {
        let mut ahead = members.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                ranges.push((low, high));
                members = ahead;
            }
            _ => ranges.push((low, low)),
        }
    }
    Some((Token::OneOf { ranges, negated }, after))
}

/// Whether the tokens stand for the whole name. Only the last run is ever tried again, so that the work is
/// bounded by the product of the two lengths.
fn matches(tokens: &[Token], name: &str) -> bool {
    let mut tokens = tokens.iter();
    let mut name = name.chars();
    let mut retry = None;
    loop {
        let before = (tokens.clone(), name.clone());
        match (tokens.next(), name.next()) {
            (None, None) => return true,
            (Some(Token::Run), _) => {
                name = before.1;
                retry = Some((tokens.clone(), name.clone()));
            }
            (Some(token), Some(character)) if token.is(character) => {}
            _ => {
                let Some((after_run, mut longer)) = retry.take() else {
                    return false;
                };
                if longer.next().is_none() {
                    return false;
                }
                (tokens, name) = (after_run.clone(), longer.clone());
                retry = Some((after_run, longer));
            }
        }
    }
}

impl Token {
    fn is(&self, character: char) -> bool {
        match self {
            Self::Run | Self::Any => true,
            Self::OneOf { ranges, negated } => {
                let listed = ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&character));
                listed != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let path = TargetPath::try_from(path).unwrap();
        PathPattern::try_from(pattern).unwrap().matches(&path)
    }

    #[test]
    fn wildcards_stop_at_a_separator() {
        assert!(matches("*.tgz", "foo.tgz"));
        assert!(!matches("*.tgz", "targets/foo.tgz"));
        assert!(matches("targets/*.tgz", "targets/foo.tgz"));
        assert!(!matches("targets/*.tgz", "targets/foo.txt"));
        assert!(!matches("targets/*", "targets/a/b"));
        assert!(!matches("**", "a/b"));
        assert!(!matches("a?b", "a/b"));
        assert!(!matches("a[!x]b", "a/b"));
    }

    #[test]
    fn a_question_mark_is_one_character_and_a_star_any_number() {
        assert!(matches("foo-version-?.tgz", "foo-version-2.tgz"));
        assert!(!matches("foo-version-?.tgz", "foo-version-alpha.tgz"));
        assert!(!matches("foo?", "foo"));
        assert!(matches("?", "é"));
        assert!(matches("foo*", "foo"));
        assert!(matches("*a*b*", "xxaxxbxx"));
        assert!(!matches("*a*b*", "xxbxxaxx"));
        assert!(matches("*.tar.*z", "x.tar.tar.gz"));
    }

    #[test]
    fn everything_else_stands_for_itself() {
        assert!(matches("foo.tgz", "foo.tgz"));
        assert!(!matches("foo.tgz", "fooXtgz"));
        assert!(!matches("FOO", "foo"));
        assert!(matches("{a,b}", "{a,b}"));
        assert!(!matches("{a,b}", "a"));
        assert!(matches(".*", ".hidden"));
        assert!(matches("*", ".hidden"));
        assert!(!matches("", "a"));
        assert!(!matches("a//b", "a/b"));
    }

    #[test]
    fn sets_are_those_of_python() {
        assert!(matches("[abc]x", "bx"));
        assert!(!matches("[abc]x", "dx"));
        assert!(matches("[a-c]x", "bx"));
        assert!(matches("[!a-c]x", "dx"));
        assert!(!matches("[!a-c]x", "bx"));
        assert!(matches("[]]x", "]x"));
        assert!(matches("[!]]x", "ax"));
        assert!(!matches("[!]]x", "]x"));
        assert!(matches("[a-]", "-"));
        assert!(matches("[é-ü]", "ö"));
        assert!(!matches("[z-a]", "m"));
        assert!(matches("[é]x", "éx"));
        // Never closed, so that it stands for itself.
        assert!(matches("[ab", "[ab"));
        assert!(matches("[]", "[]"));
        assert!(matches("[!]", "[!]"));
        assert!(matches("[", "["));
    }

    #[test]
    fn many_runs_do_not_multiply_the_work() {
        let pattern = "*a".repeat(2000) + "b";
        assert!(!matches(&pattern, &"a".repeat(4000)));
    }

    #[test]
    fn a_pattern_has_at_most_4096_bytes() {
        assert!(PathPattern::try_from("a".repeat(4096)).is_ok());
        assert!(PathPattern::try_from("a".repeat(4097)).is_err());
    }
}
