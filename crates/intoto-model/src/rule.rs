use std::fmt;

use canonical_json::{Node, Value};

use crate::{ArtifactPath, Error, Pattern, StepName};

/// One line of the artifact rule language (in-toto specification 4.3.3).
///
/// Rules work on a queue that begins with all materials or all products of an item. Five verbs take
/// the artifacts they allow out of the queue; `DISALLOW` and `REQUIRE` look at what remains. What is
/// left at the end is accepted, so a list that should be complete ends in `DISALLOW *`.
///
/// ```
/// # use intoto_model::ArtifactRule;
/// let rule = ArtifactRule::parse(["match", "*", "WITH", "PRODUCTS", "FROM", "build"])?;
/// assert_eq!(rule.to_string(), "MATCH * WITH PRODUCTS FROM build");
/// assert!(ArtifactRule::parse(["PERMIT", "*"]).is_err());
/// # Ok::<(), intoto_model::Error>(())
/// ```
#[expect(
    clippy::exhaustive_enums,
    reason = "the seven verbs of the specification"
)]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ArtifactRule {
    /// Takes what matches.
    Allow(Pattern),
    /// Takes products that are no materials.
    Create(Pattern),
    /// Takes materials that are no products.
    Delete(Pattern),
    /// Refuses what matches and is still there.
    Disallow(Pattern),
    /// Takes what another step has with the same digests.
    Match(MatchRule),
    /// Takes what is both material and product with different digests.
    Modify(Pattern),
    /// Refuses unless exactly this artifact is still there. Takes nothing.
    Require(ArtifactPath),
}

/// `MATCH pattern [IN source] WITH (MATERIALS|PRODUCTS) [IN destination] FROM item`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MatchRule {
    /// Compared with the name after the source directory.
    pub pattern: Pattern,
    /// The directory of this item's artifacts; what lies outside is not taken.
    pub source: Prefix,
    /// Which artifacts of the other item to look in.
    pub with: ArtifactKind,
    /// The directory in which the other item has them.
    pub destination: Prefix,
    /// The other item: a step, or for the rules of an inspection also an inspection.
    pub from: StepName,
}

impl MatchRule {
    /// The rule that compares names and digests as they are, with `pattern` and without directories.
    pub fn new(pattern: Pattern, with: ArtifactKind, from: StepName) -> Self {
        Self {
            pattern,
            source: Prefix::default(),
            with,
            destination: Prefix::default(),
            from,
        }
    }
}

/// The two sides of a step.
#[expect(
    clippy::exhaustive_enums,
    reason = "the two words of the specification"
)]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ArtifactKind {
    /// What was there before.
    Materials,
    /// What was there afterwards.
    Products,
}

impl fmt::Display for ArtifactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Materials => "materials",
            Self::Products => "products",
        })
    }
}

/// A directory that stands before artifact names, literally; empty for none.
///
/// With and without a slash at its end it is the same directory. Nothing else is normalised, and
/// wildcards mean themselves.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Prefix(String);

impl Prefix {
    /// The prefix exactly as it was given; empty for none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the directory in `name`, or `None` if `name` is not in it.
    pub fn strip<'n>(&self, name: &'n str) -> Option<&'n str> {
        let rest = name.strip_prefix(self.0.as_str())?;
        if self.0.is_empty() || self.0.ends_with('/') {
            Some(rest)
        } else {
            rest.strip_prefix('/')
        }
    }

    /// `name` inside the directory.
    pub fn join(&self, name: &str) -> String {
        if self.0.is_empty() || self.0.ends_with('/') {
            format!("{}{name}", self.0)
        } else {
            format!("{}/{name}", self.0)
        }
    }
}

impl From<&str> for Prefix {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl ArtifactRule {
    /// Reads a rule from its words. Keywords may be in any case; names and patterns are kept.
    ///
    /// # Errors
    ///
    /// [`Error::Rule`] if the words are of no rule, and the error of [`Pattern`], [`ArtifactPath`] or
    /// [`StepName`] if one of them is no such thing.
    pub fn parse<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Result<Self, Error> {
        let words: Vec<W> = words.into_iter().collect();
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let refused = || Error::Rule {
            rule: words.join(" "),
        };
        let [verb, argument, rest @ ..] = words.as_slice() else {
            return Err(refused());
        };
        let pattern = || Pattern::try_from(*argument);
        let verb = verb.to_ascii_uppercase();
        match (verb.as_str(), rest) {
            ("ALLOW", []) => Ok(Self::Allow(pattern()?)),
            ("CREATE", []) => Ok(Self::Create(pattern()?)),
            ("DELETE", []) => Ok(Self::Delete(pattern()?)),
            ("DISALLOW", []) => Ok(Self::Disallow(pattern()?)),
            ("MODIFY", []) => Ok(Self::Modify(pattern()?)),
            ("REQUIRE", []) => Ok(Self::Require(ArtifactPath::try_from(*argument)?)),
            ("MATCH", rest) => {
                let (source, rest) = Prefix::take(rest);
                let [with, kind, rest @ ..] = rest else {
                    return Err(refused());
                };
                let (destination, rest) = Prefix::take(rest);
                let [from, name] = rest else {
                    return Err(refused());
                };
                if !with.eq_ignore_ascii_case("WITH") || !from.eq_ignore_ascii_case("FROM") {
                    return Err(refused());
                }
                let with = match kind.to_ascii_uppercase().as_str() {
                    "MATERIALS" => ArtifactKind::Materials,
                    "PRODUCTS" => ArtifactKind::Products,
                    _ => return Err(refused()),
                };
                Ok(Self::Match(MatchRule {
                    pattern: pattern()?,
                    source,
                    with,
                    destination,
                    from: StepName::try_from(*name)?,
                }))
            }
            _ => Err(refused()),
        }
    }

    /// The words of the rule, keywords in capitals.
    pub fn words(&self) -> Vec<String> {
        let words: Vec<&str> = match self {
            Self::Allow(pattern) => vec!["ALLOW", pattern.as_str()],
            Self::Create(pattern) => vec!["CREATE", pattern.as_str()],
            Self::Delete(pattern) => vec!["DELETE", pattern.as_str()],
            Self::Disallow(pattern) => vec!["DISALLOW", pattern.as_str()],
            Self::Modify(pattern) => vec!["MODIFY", pattern.as_str()],
            Self::Require(name) => vec!["REQUIRE", name.as_str()],
            Self::Match(rule) => {
                let mut words = vec!["MATCH", rule.pattern.as_str()];
                words.extend(rule.source.words());
                words.extend([
                    "WITH",
                    match rule.with {
                        ArtifactKind::Materials => "MATERIALS",
                        ArtifactKind::Products => "PRODUCTS",
                    },
                ]);
                words.extend(rule.destination.words());
                words.extend(["FROM", rule.from.as_str()]);
                words
            }
        };
        words.into_iter().map(str::to_owned).collect()
    }

    pub(crate) fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        let words = node
            .items()?
            .map(|word| word.as_str())
            .collect::<Result<Vec<_>, _>>()?;
        Self::parse(words).map_err(|error| node.error(format!("an artifact rule: {error}")))
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::Array(self.words().into_iter().map(Value::from).collect())
    }
}

impl Prefix {
    /// `IN prefix` at the front of `words`, and the words after it.
    fn take<'w, 't>(words: &'w [&'t str]) -> (Self, &'w [&'t str]) {
        match words {
            [keyword, prefix, rest @ ..] if keyword.eq_ignore_ascii_case("IN") => {
                (Self::from(*prefix), rest)
            }
            _ => (Self::default(), words),
        }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        (!self.0.is_empty())
            .then_some(["IN", &self.0])
            .into_iter()
            .flatten()
    }
}

/// The words with spaces between them, for people: a name may itself hold a space.
impl fmt::Display for ArtifactRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(rule: &str) -> Result<ArtifactRule, Error> {
        ArtifactRule::parse(rule.split(' '))
    }

    #[test]
    fn every_form_is_printed_as_it_is_read() {
        for rule in [
            "ALLOW *",
            "CREATE foo",
            "DELETE foo",
            "DISALLOW *",
            "MODIFY foo",
            "REQUIRE foo",
            "MATCH * WITH MATERIALS FROM build",
            "MATCH * IN a/b WITH PRODUCTS FROM build",
            "MATCH * WITH PRODUCTS IN a/b/ FROM build",
            "MATCH * IN [x] WITH PRODUCTS IN y FROM build",
            "MATCH IN IN IN WITH PRODUCTS IN WITH FROM FROM",
        ] {
            assert_eq!(parse(rule).unwrap().to_string(), rule);
        }
    }

    #[test]
    fn keywords_are_read_in_any_case_and_names_are_not_changed() {
        assert_eq!(
            parse("match Foo in Src with products in Dst from Build")
                .unwrap()
                .to_string(),
            "MATCH Foo IN Src WITH PRODUCTS IN Dst FROM Build"
        );
    }

    #[test]
    fn an_empty_prefix_is_none() {
        let rule = ArtifactRule::parse([
            "MATCH", "*", "IN", "", "WITH", "PRODUCTS", "IN", "", "FROM", "b",
        ])
        .unwrap();
        assert_eq!(rule.to_string(), "MATCH * WITH PRODUCTS FROM b");
    }

    #[test]
    fn other_words_are_refused() {
        for rule in [
            "",
            "ALLOW",
            "ALLOW a b",
            "REQUIRE a b",
            "PERMIT *",
            "MATCH *",
            "MATCH * WITH PRODUCTS",
            "MATCH * WITH PRODUCTS FROM",
            "MATCH * WITH SOURCES FROM build",
            "MATCH * FROM build WITH PRODUCTS",
            "MATCH * IN WITH PRODUCTS FROM build",
            "MATCH * WITH PRODUCTS FROM build IN x",
            "MATCH * WITH PRODUCTS FROM build extra",
            "MATCH * IN a IN b WITH PRODUCTS FROM build",
        ] {
            assert_eq!(
                parse(rule),
                Err(Error::Rule {
                    rule: rule.to_owned()
                })
            );
        }
    }

    #[test]
    fn a_required_name_that_no_link_can_report_is_refused() {
        assert!(matches!(
            parse("REQUIRE ./foo"),
            Err(Error::ArtifactPath { .. })
        ));
    }

    #[test]
    fn a_prefix_is_a_directory_and_not_a_beginning() {
        for prefix in ["dir", "dir/"] {
            let prefix = Prefix::from(prefix);
            assert_eq!(prefix.strip("dir/foo"), Some("foo"));
            assert_eq!(prefix.strip("directory/foo"), None);
            assert_eq!(prefix.strip("foo"), None);
            assert_eq!(prefix.join("foo"), "dir/foo");
        }
        assert_eq!(Prefix::from("d*").strip("dir/foo"), None);
        assert_eq!(Prefix::default().strip("dir/foo"), Some("dir/foo"));
    }

    proptest! {
        #[test]
        fn a_match_rule_survives_printing(
            pattern in ".{0,9}", source in "[a-zI/*]{0,3}", destination in "[a-zI/*]{0,3}", from in "[a-zA-Z]{1,5}",
        ) {
            let rule = ArtifactRule::Match(MatchRule {
                source: source.as_str().into(),
                destination: destination.as_str().into(),
                ..MatchRule::new(Pattern::try_from(pattern).unwrap(), ArtifactKind::Products, StepName::try_from(from).unwrap())
            });
            prop_assert_eq!(ArtifactRule::parse(rule.words()).unwrap(), rule);
        }
    }
}
