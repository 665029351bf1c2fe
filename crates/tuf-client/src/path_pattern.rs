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
pub struct PathPattern(String);

/// The longest pattern accepted, in bytes: matching may take the product of both lengths.
const MAX_LEN: usize = 4096;

impl PathPattern {
    /// The pattern exactly as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pattern stands for `path`.
    pub fn matches(&self, path: &TargetPath) -> bool {
        let mut names = path.as_str().split('/');
        self.0
            .split('/')
            .all(|segment| names.next().is_some_and(|name| matches(segment, name)))
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
        Ok(Self(text))
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
        f.write_str(&self.0)
    }
}

/// Whether the segment stands for the whole name. Only the last run is ever tried again, so that the work is
/// bounded by the product of the two lengths.
fn matches(segment: &str, name: &str) -> bool {
    let mut tokens = Tokens {
        rest: segment,
        has_sets: true,
    };
    let mut name = name.chars();
    let mut retry = None;
    loop {
        let before = name.clone();
        match (tokens.next(), name.next()) {
            (None, None) => return true,
            (Some(Token::Run), _) => {
                name = before;
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

/// What a segment consists of, found as it is needed: kept, it would take sixty times the memory of the text.
#[derive(Clone)]
struct Tokens<'p> {
    rest: &'p str,
    /// Whether sets may follow: after a `[` that is never closed none does, and none is looked for.
    has_sets: bool,
}

enum Token<'p> {
    /// `*`
    Run,
    /// `?`
    Any,
    /// `[…]`
    OneOf { members: &'p str, negated: bool },
    /// Every other character.
    Literal(char),
}

impl<'p> Iterator for Tokens<'p> {
    type Item = Token<'p>;

    fn next(&mut self) -> Option<Token<'p>> {
        let mut rest = self.rest.chars();
        let token = match rest.next()? {
            '*' => Token::Run,
            '?' => Token::Any,
            '[' if self.has_sets => match set(rest.as_str()) {
                Some((token, after)) => {
                    rest = after.chars();
                    token
                }
                None => {
                    self.has_sets = false;
                    Token::Literal('[')
                }
            },
            other => Token::Literal(other),
        };
        self.rest = rest.as_str();
        Some(token)
    }
}

/// The set that `text`, which follows a `[`, begins with, and what comes after its `]`.
fn set(text: &str) -> Option<(Token<'_>, &str)> {
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
    Some((Token::OneOf { members, negated }, after))
}

impl Token<'_> {
    fn is(&self, character: char) -> bool {
        match *self {
            Self::Run | Self::Any => true,
            Self::OneOf { members, negated } => is_member(character, members) != negated,
            Self::Literal(literal) => literal == character,
        }
    }
}

fn is_member(character: char, members: &str) -> bool {
    let mut members = members.chars();
    while let Some(low) = members.next() {
        let mut ahead = members.clone();
        let high = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                members = ahead;
                high
            }
            _ => low,
        };
        if (low..=high).contains(&character) {
            return true;
        }
    }
    false
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
    fn many_brackets_do_not_multiply_the_work() {
        for _ in 0..2000 {
            assert!(!matches(&"[".repeat(4096), "a"));
        }
        assert!(matches(&"[".repeat(4096), &"[".repeat(4096)));
        assert!(!matches(
            &("*".to_owned() + &"[".repeat(4095)),
            &"a".repeat(4096)
        ));
        assert!(matches("[!]a[b]", "x"));
    }

    #[test]
    fn a_pattern_has_at_most_4096_bytes() {
        assert!(PathPattern::try_from("a".repeat(4096)).is_ok());
        assert!(PathPattern::try_from("a".repeat(4097)).is_err());
    }
}
