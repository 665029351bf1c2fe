use std::{fmt, str::FromStr};

use crate::{
    Error,
    wildcard::{self, Part},
};

/// A pattern for artifact names, in which `*` crosses `/`.
///
/// The meaning is that of Python's `fnmatch.fnmatchcase`, which in-toto rules are written for:
/// `*` is any text at all, `?` any one code point, `[a-z]` and `[!a-z]` one code point inside or
/// outside a set. There is no escape character; `[*]` stands for a star. A `[` that is never closed
/// stands for itself, and a reversed range holds nothing, so every text is a pattern.
///
/// Names are compared code point by code point, as given: nothing is normalised and no case folded.
/// The patterns of TUF delegations are different ones: there a `*` stops at `/`.
///
/// ```
/// # use intoto_model::Pattern;
/// let sources: Pattern = "src/*.rs".parse()?;
/// assert!(sources.matches("src/bin/main.rs"));
/// assert!(!sources.matches("src/main.py"));
/// # Ok::<(), intoto_model::Error>(())
/// ```
#[derive(Clone)]
pub struct Pattern {
    text: String,
    /// The text before the first wildcard, which most names fail to start with.
    literal: String,
    rest: Vec<Part<Unit>>,
}

#[derive(Clone, Debug)]
enum Unit {
    Exactly(char),
    Any,
    Set(Set),
}

#[derive(Clone, Debug)]
struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
}

/// The longest pattern in bytes: with it, one comparison stays under 20 million steps for the
/// longest name.
const MAX_LEN: usize = 4096;

impl Pattern {
    /// The pattern that every name matches.
    pub fn everything() -> Self {
        Self::compile("*".to_owned())
    }

    /// The pattern exactly as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text before the first wildcard: no name matches that does not start with it.
    pub fn literal_prefix(&self) -> &str {
        &self.literal
    }

    /// Whether the whole of `name` is what the pattern describes.
    pub fn matches(&self, name: &str) -> bool {
        name.strip_prefix(self.literal.as_str())
            .is_some_and(|name| wildcard::matches(&self.rest, name.chars(), Unit::accepts))
    }

    pub(crate) fn compile(text: String) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut parts = Vec::new();
        let mut rest = chars.as_slice();
        while let Some((&first, tail)) = rest.split_first() {
            rest = tail;
            let part = match first {
                '*' if matches!(parts.last(), Some(Part::Star)) => continue,
                '*' => Part::Star,
                '?' => Part::One(Unit::Any),
                '[' => match Set::read(tail) {
                    Some((set, tail)) => {
                        rest = tail;
                        Part::One(Unit::Set(set))
                    }
                    None => Part::One(Unit::Exactly('[')),
                },
                literal => Part::One(Unit::Exactly(literal)),
            };
            parts.push(part);
        }
        let literals = parts
            .iter()
            .map_while(|part| match part {
                Part::One(Unit::Exactly(literal)) => Some(*literal),
                _ => None,
            })
            .collect::<String>();
        let rest = parts.split_off(literals.chars().count());
        Self {
            text,
            literal: literals,
            rest,
        }
    }
}

impl Unit {
    fn accepts(&self, char: char) -> bool {
        match self {
            Self::Exactly(literal) => *literal == char,
            Self::Any => true,
            Self::Set(set) => {
                set.ranges
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&char))
                    != set.negated
            }
        }
    }
}

impl Set {
    /// Reads what follows a `[`: the set and the text after its `]`, or `None` if it is not closed.
    fn read(text: &[char]) -> Option<(Self, &[char])> {
        let (negated, members) = match text.split_first() {
            Some(('!', members)) => (true, members),
            _ => (false, text),
        };
        // A `]` in the first place is a member.
        let end = members
            .iter()
            .skip(1)
            .position(|char| *char == ']')?
            .checked_add(1)?;
        let (mut members, rest) = members.split_at_checked(end)?;

        let mut kept = Vec::new();
        while let Some((&from, tail)) = members.split_first() {
            let (to, tail) = match tail {
                ['-', to, tail @ ..] => (Some(*to), tail),
                _ => (None, tail),
            };
            if to.is_none_or(|to| from <= to) {
                kept.push((from, to));
            }
            members = tail;
        }
        Some((Self::of(negated, &kept), rest.get(1..)?))
    }

    /// When a reversed range disappears from the front and a `!` comes to stand there, `fnmatch`
    /// takes it for the negation sign: `[z-a!b]` is `[!b]`. If that `!` began a range, its `-` and
    /// its end are then members: `[z-a!-c]` is `[!-c]`.
    fn of(negated: bool, kept: &[(char, Option<char>)]) -> Self {
        let (negated, kept, end) = match kept {
            [('!', end), kept @ ..] if !negated => (true, kept, *end),
            _ => (negated, kept, None),
        };
        let stray = end
            .map(|end| [('-', '-'), (end, end)])
            .into_iter()
            .flatten();
        let ranges = kept.iter().map(|(from, to)| (*from, to.unwrap_or(*from)));
        Self {
            negated,
            ranges: ranges.chain(stray).collect(),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = Error;

    /// Accepts any text of at most 4096 bytes.
    fn try_from(text: String) -> Result<Self, Error> {
        if text.len() > MAX_LEN {
            return Err(Error::PatternTooLong { limit: MAX_LEN });
        }
        Ok(Self::compile(text))
    }
}

impl TryFrom<&str> for Pattern {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

/// Patterns are equal when they are written alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::try_from(pattern).unwrap().matches(name)
    }

    #[test]
    fn a_star_crosses_separators_newlines_and_nothing() {
        assert!(matches("a*z", "a/b\nc/z"));
        assert!(matches("a*z", "az"));
        assert!(matches("**", ""));
        assert!(!matches("a*z", "az."));
    }

    #[test]
    fn the_text_before_the_first_wildcard_is_literal() {
        let prefix = |pattern| {
            Pattern::try_from(pattern)
                .unwrap()
                .literal_prefix()
                .to_owned()
        };
        assert_eq!(
            ["*", "dir/*", "dir/[ab]", "dir/[", "é?"].map(prefix),
            ["", "dir/", "dir/", "dir/[", "é"]
        );
    }

    #[test]
    fn an_unterminated_bracket_stands_for_itself() {
        assert!(matches("[a", "[a"));
        assert!(matches("[]", "[]"));
        assert!(matches("[!]", "[!]"));
        assert!(matches("[!]*", "[!]x"));
        assert!(!matches("[a", "a"));
    }

    #[test]
    fn a_backslash_escapes_nothing() {
        assert!(matches(r"\*", r"\anything"));
        assert!(!matches(r"\*", "*"));
        assert!(matches("[*]", "*"));
        assert!(!matches("[*]", "x"));
    }

    #[test]
    fn a_question_mark_is_one_code_point() {
        assert!(matches("?", "é"));
        assert!(matches("?", "𝄞"));
        assert!(!matches("?", "e\u{301}"));
    }

    #[test]
    fn a_hostile_pattern_is_refused_in_bounded_time() {
        let pattern = format!("{}b", "*a".repeat(2000));
        assert!(!matches(&pattern, &"a".repeat(4096)));
    }

    #[test]
    fn a_pattern_has_at_most_4096_bytes() {
        assert!(Pattern::try_from("?".repeat(4096)).is_ok());
        assert_eq!(
            Pattern::try_from("?".repeat(4097)),
            Err(Error::PatternTooLong { limit: 4096 })
        );
    }

    /// The definition, with every star tried at every length.
    fn naive(parts: &[Part<Unit>], name: &[char]) -> bool {
        match parts.split_first() {
            None => name.is_empty(),
            Some((Part::Star, rest)) => (0..=name.len()).any(|taken| naive(rest, &name[taken..])),
            Some((Part::One(unit), rest)) => name
                .split_first()
                .is_some_and(|(first, tail)| unit.accepts(*first) && naive(rest, tail)),
        }
    }

    proptest! {
        #[test]
        fn one_pass_agrees_with_trying_everything(pattern in "[ab?*\\[\\]!-]{0,8}", name in "[ab/]{0,8}") {
            let compiled = Pattern::compile(pattern);
            let whole: Vec<_> = compiled.literal.chars().map(Unit::Exactly).map(Part::One)
                .chain(compiled.rest.iter().cloned()).collect();
            prop_assert_eq!(compiled.matches(&name), naive(&whole, &name.chars().collect::<Vec<_>>()));
        }

        #[test]
        fn a_name_without_wildcards_matches_itself_only(name in "[^*?\\[]{0,20}", other in ".{0,20}") {
            let pattern = Pattern::compile(name.clone());
            prop_assert!(pattern.matches(&name));
            prop_assert_eq!(pattern.matches(&other), name == other);
        }

        #[test]
        fn every_text_compiles_and_is_printed_again(text in ".{0,60}", name in ".{0,60}") {
            let pattern = Pattern::try_from(text.as_str()).unwrap();
            pattern.matches(&name);
            prop_assert_eq!(pattern.to_string(), text);
        }
    }
}
