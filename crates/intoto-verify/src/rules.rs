//! Artifact rules, applied to a queue (in-toto specification 4.3.3).

use std::{borrow::Cow, ops::Range};

use intoto_model::{
    ArtifactKind, ArtifactPath, ArtifactRule, Artifacts, Link, MatchRule, Pattern, StepName,
};

use crate::{AppliedRule, BrokenRule, Error, Mismatch, MismatchReason};

/// Applies the rules for one side of an item, in order.
///
/// `link_of` gives the reports of other items. One that is not there matches nothing.
pub(crate) fn apply<'l>(
    rules: &[ArtifactRule],
    kind: ArtifactKind,
    link: &Link,
    link_of: impl Fn(&StepName) -> Option<&'l Link>,
) -> Result<Vec<AppliedRule>, Error> {
    let side = side(link, kind);
    let mut queue = Queue(side.keys().collect());
    let mut applied = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let broken = |artifacts: Vec<ArtifactPath>, mismatches: Vec<Mismatch>| {
            let item = link.name.clone();
            Error::Rule(Box::new(BrokenRule {
                item,
                kind,
                rule: rule.clone(),
                artifacts,
                mismatches,
            }))
        };
        let artifacts = match rule {
            ArtifactRule::Allow(pattern) => queue.take(pattern, |_| true),
            ArtifactRule::Create(pattern) => queue.take(pattern, |name| {
                link.products.contains_key(name) && !link.materials.contains_key(name)
            }),
            ArtifactRule::Delete(pattern) => queue.take(pattern, |name| {
                link.materials.contains_key(name) && !link.products.contains_key(name)
            }),
            ArtifactRule::Modify(pattern) => queue.take(pattern, |name| {
                match (link.materials.get(name), link.products.get(name)) {
                    (Some(before), Some(after)) => before != after,
                    _ => false,
                }
            }),
            ArtifactRule::Match(rule) => match link_of(&rule.from) {
                Some(other) => queue
                    .take_in(&rule.source.join(rule.pattern.literal_prefix()), |name| {
                        look_up(rule, name, side, other) == Some(Ok(()))
                    }),
                None => 0,
            },
            ArtifactRule::Disallow(pattern) => {
                let refused: Vec<_> = queue.matching(pattern).cloned().collect();
                if !refused.is_empty() {
                    let earlier = rules.iter().take(index);
                    let mismatches = mismatches(earlier, side, &refused, &link_of);
                    return Err(broken(refused, mismatches));
                }
                0
            }
            ArtifactRule::Require(required) => {
                if !queue.contains(required) {
                    return Err(broken(vec![required.clone()], Vec::new()));
                }
                0
            }
        };
        applied.push(AppliedRule {
            kind,
            rule: rule.clone(),
            artifacts,
        });
    }
    Ok(applied)
}

/// The artifacts that no rule has taken, in order: what starts alike stands together, so that a rule for one
/// directory does not look at the others.
struct Queue<'l>(Vec<&'l ArtifactPath>);

impl<'l> Queue<'l> {
    /// Takes what matches the pattern and the condition; says how many that were.
    fn take(&mut self, pattern: &Pattern, condition: impl Fn(&ArtifactPath) -> bool) -> usize {
        self.take_in(pattern.literal_prefix(), |name| {
            pattern.matches(name.as_str()) && condition(name)
        })
    }

    /// Takes what starts with `prefix` and meets the condition; says how many that were.
    fn take_in(&mut self, prefix: &str, condition: impl Fn(&ArtifactPath) -> bool) -> usize {
        let range = self.starting_with(prefix);
        self.0.extract_if(range, |name| condition(name)).count()
    }

    fn matching(&self, pattern: &Pattern) -> impl Iterator<Item = &'l ArtifactPath> {
        let candidates = self
            .0
            .get(self.starting_with(pattern.literal_prefix()))
            .unwrap_or_default();
        candidates
            .iter()
            .copied()
            .filter(|name| pattern.matches(name.as_str()))
    }

    fn contains(&self, name: &ArtifactPath) -> bool {
        self.0.binary_search(&name).is_ok()
    }

    fn starting_with(&self, prefix: &str) -> Range<usize> {
        let start = self.0.partition_point(|name| name.as_str() < prefix);
        let rest = self.0.get(start..).unwrap_or_default();
        let len = rest.partition_point(|name| name.as_str().starts_with(prefix));
        start..start.saturating_add(len)
    }
}

fn side(link: &Link, kind: ArtifactKind) -> &Artifacts {
    match kind {
        ArtifactKind::Materials => &link.materials,
        ArtifactKind::Products => &link.products,
    }
}

/// What a `MATCH` rule finds for an artifact; `None` if the rule is not about it.
///
/// All digests must be the same: that of another algorithm beside an equal one is a difference.
fn look_up(
    rule: &MatchRule,
    name: &ArtifactPath,
    artifacts: &Artifacts,
    other: &Link,
) -> Option<Result<(), MismatchReason>> {
    let inner = rule.source.strip(name.as_str())?;
    if !rule.pattern.matches(inner) {
        return None;
    }
    let destination = match rule.destination.as_str() {
        "" => Cow::Borrowed(inner),
        _ => Cow::Owned(rule.destination.join(inner)),
    };
    Some(match side(other, rule.with).get(&*destination) {
        None => Err(MismatchReason::Absent),
        Some(digests) if artifacts.get(name) == Some(digests) => Ok(()),
        Some(_) => Err(MismatchReason::Different),
    })
}

/// The most mismatches of one broken rule. There could be as many as artifacts times rules, and whoever makes a product
/// chooses how many artifacts an inspection finds in it.
const MAX_MISMATCHES: usize = 100;

/// Why `MATCH` rules did not take the artifacts.
fn mismatches<'r, 'l>(
    rules: impl Iterator<Item = &'r ArtifactRule> + Clone,
    side: &Artifacts,
    artifacts: &[ArtifactPath],
    link_of: impl Fn(&StepName) -> Option<&'l Link>,
) -> Vec<Mismatch> {
    let matches = rules.filter_map(|rule| match rule {
        ArtifactRule::Match(rule) => link_of(&rule.from).map(|other| (rule, other)),
        _ => None,
    });
    let pairs = artifacts.iter().flat_map(|artifact| {
        matches
            .clone()
            .map(move |(rule, other)| (artifact, rule, other))
    });
    pairs
        .filter_map(|(artifact, rule, other)| {
            let reason = look_up(rule, artifact, side, other)?.err()?;
            Some(Mismatch {
                artifact: artifact.clone(),
                from: rule.from.clone(),
                with: rule.with,
                reason,
            })
        })
        .take(MAX_MISMATCHES)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use canonical_json::{Document, Node};
    use crypto_keys::{Algorithm, Digests};

    use super::*;

    fn artifacts(node: Node<'_>) -> Artifacts {
        let digests = |content: &str| match content.strip_suffix('+') {
            Some(text) => Digests::of(text.as_bytes(), &[Algorithm::Sha256, Algorithm::Sha512]),
            None => Digests::of(content.as_bytes(), &[Algorithm::Sha256]),
        };
        let members = node.members().unwrap();
        let named = members.map(|(name, content)| {
            (
                ArtifactPath::try_from(&*name).unwrap(),
                digests(&content.as_str().unwrap()),
            )
        });
        named.collect()
    }

    fn links(items: Node<'_>) -> BTreeMap<StepName, Link> {
        let link = |name: StepName, sides: Node<'_>| Link {
            materials: artifacts(sides.require("materials").unwrap()),
            products: artifacts(sides.require("products").unwrap()),
            ..Link::new(name)
        };
        let members = items
            .members()
            .unwrap()
            .map(|(name, sides)| (StepName::try_from(&*name).unwrap(), sides));
        members
            .map(|(name, sides)| (name.clone(), link(name, sides)))
            .collect()
    }

    /// How many artifacts each rule took, and the index of the rule that was broken.
    fn outcome(row: Node<'_>) -> (Vec<usize>, Option<usize>) {
        let links = links(row.require("items").unwrap());
        let words = |rule: Node<'_>| {
            rule.items()
                .unwrap()
                .map(|word| word.as_str().unwrap().into_owned())
                .collect::<Vec<_>>()
        };
        let rules: Vec<_> = row
            .require("rules")
            .unwrap()
            .items()
            .unwrap()
            .map(|rule| ArtifactRule::parse(words(rule)).unwrap())
            .collect();
        let kind = match &*row.require("side").unwrap().as_str().unwrap() {
            "materials" => ArtifactKind::Materials,
            _ => ArtifactKind::Products,
        };
        let item = &links[&StepName::try_from("item").unwrap()];
        let taken = |applied: Vec<AppliedRule>| applied.iter().map(|rule| rule.artifacts).collect();
        // The rules before the broken one are kept, and take the same.
        let kept = (0..=rules.len()).rev().find_map(|count| {
            let applied = apply(&rules[..count], kind, item, |name| links.get(name)).ok()?;
            Some((
                taken(applied),
                Some(count).filter(|count| *count < rules.len()),
            ))
        });
        kept.unwrap()
    }

    #[test]
    fn rules_take_and_refuse_what_they_do_in_python() {
        for (name, path) in testdata::cases("intoto/rules") {
            let json = std::fs::read(path).unwrap();
            for row in Document::read(&json).unwrap().root().items().unwrap() {
                let taken = row
                    .require("taken")
                    .unwrap()
                    .items()
                    .unwrap()
                    .map(|count| usize::try_from(count.as_u64().unwrap()).unwrap());
                let broken = row.require("broken").unwrap();
                let broken =
                    (!broken.is_null()).then(|| usize::try_from(broken.as_u64().unwrap()).unwrap());
                let claim = row.require("claim").unwrap().as_str().unwrap();
                assert_eq!(outcome(row), (taken.collect(), broken), "{name}: {claim}");
            }
        }
    }

    #[test]
    fn a_broken_rule_says_why_earlier_ones_did_not_take_the_artifacts() {
        let digests = |text: &str| Digests::of(text.as_bytes(), &[Algorithm::Sha256]);
        let name = |text: &str| ArtifactPath::try_from(text).unwrap();
        let mut clone = Link::new(StepName::try_from("clone").unwrap());
        clone
            .products
            .insert(name("src/main.rs"), digests("honest"));
        let mut build = Link::new(StepName::try_from("build").unwrap());
        build.materials.insert(name("src/main.rs"), digests("evil"));
        build.materials.insert(name("src/more.rs"), digests("new"));
        let rules = [
            ArtifactRule::parse(["MATCH", "*", "WITH", "PRODUCTS", "FROM", "clone"]).unwrap(),
            ArtifactRule::parse(["DISALLOW", "*"]).unwrap(),
        ];
        let error = apply(&rules, ArtifactKind::Materials, &build, |_| Some(&clone)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the rule \"DISALLOW *\" for the materials of build refuses src/main.rs, src/more.rs; \
             src/main.rs differs from the one among the products of clone; \
             src/more.rs is not among the products of clone"
        );
    }

    #[test]
    fn the_explanation_of_a_broken_rule_has_an_end() {
        let digests = Digests::of(b"", &[Algorithm::Sha256]);
        let name = |index| ArtifactPath::try_from(format!("file-{index}")).unwrap();
        let mut build = Link::new(StepName::try_from("build").unwrap());
        build
            .products
            .extend((0..200).map(|index| (name(index), digests.clone())));
        let empty = Link::new(StepName::try_from("clone").unwrap());
        let mut rules =
            vec![
                ArtifactRule::parse(["MATCH", "*", "WITH", "PRODUCTS", "FROM", "clone"]).unwrap();
                3
            ];
        rules.push(ArtifactRule::parse(["DISALLOW", "*"]).unwrap());
        let Err(Error::Rule(broken)) =
            apply(&rules, ArtifactKind::Products, &build, |_| Some(&empty))
        else {
            panic!("it was kept");
        };
        assert_eq!(
            (broken.artifacts.len(), broken.mismatches.len()),
            (200, 100)
        );
    }
}
