use std::{collections::BTreeSet, fmt};

use crypto_keys::KeyId;
use intoto_model::{ArtifactKind, ArtifactRule, Link, StepName};

use crate::{Functionary, RejectedLink};

/// What was accepted and why, in the order in which it was checked.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Report {
    /// The owners' keys that signed the layout.
    pub owners: BTreeSet<KeyId>,
    /// The steps, in the order of the layout.
    pub steps: Vec<StepReport>,
    /// The inspections, in the order of the layout.
    pub inspections: Vec<InspectionReport>,
    /// What is worth a look and fails nothing.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// The whole chain as one step: the materials of the first, the products and the command of the last, whose name it
    /// has (in-toto specification 5.2).
    pub fn summary(&self) -> Option<Link> {
        let (first, last) = (self.steps.first()?, self.steps.last()?);
        Some(Link {
            materials: first.link.materials.clone(),
            ..last.link.clone()
        })
    }
}

/// Why a step counts as done.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct StepReport {
    /// The step.
    pub name: StepName,
    /// The links that agree with each other.
    pub accepted: Vec<AcceptedLink>,
    /// The documents that did not count.
    pub rejected: Vec<RejectedLink>,
    /// The rules, all of them kept.
    pub rules: Vec<AppliedRule>,
    /// The report on which the functionaries agree.
    pub link: Link,
}

/// A link that counts.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AcceptedLink {
    /// Where it was found.
    pub label: String,
    /// Who signed it, of those who may.
    pub functionaries: Vec<Functionary>,
}

/// Why an inspection counts as passed.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct InspectionReport {
    /// The inspection.
    pub name: StepName,
    /// The rules, all of them kept.
    pub rules: Vec<AppliedRule>,
    /// What the inspector reported.
    pub link: Link,
}

/// A rule that was kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppliedRule {
    /// Whether it is a rule for materials or for products.
    pub kind: ArtifactKind,
    /// The rule.
    pub rule: ArtifactRule,
    /// How many artifacts it took from the queue.
    pub artifacts: usize,
}

/// Something that fails no verification and may still be a mistake.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Warning {
    /// The layout has a member that is not known here, and was not obeyed.
    UnknownMember {
        /// The member, and the step or inspection it is in.
        member: String,
    },
    /// The layout has several root authorities, and a step takes certificates from any of them.
    AnyRoot {
        /// The step.
        step: StepName,
    },
    /// A document about a step did not count.
    RejectedLink {
        /// The step.
        step: StepName,
        /// The document, and why.
        link: RejectedLink,
    },
    /// Another command was run than the layout expects.
    Command {
        /// The step.
        step: StepName,
        /// The command in the layout.
        expected: Vec<String>,
        /// The command in the link.
        reported: Vec<String>,
    },
    /// The command of a step failed, as its functionaries say.
    Failed {
        /// The step.
        step: StepName,
        /// What the command returned.
        return_value: i64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMember { member } => write!(
                f,
                "the layout's member {member:?} is not known and not obeyed"
            ),
            Self::AnyRoot { step } => {
                write!(
                    f,
                    "step {step} takes certificates from any of several root authorities"
                )
            }
            Self::RejectedLink { step, link } => write!(f, "not counted for step {step}: {link}"),
            Self::Command {
                step,
                expected,
                reported,
            } => {
                write!(
                    f,
                    "step {step} ran {:?} instead of {:?}",
                    reported.join(" "),
                    expected.join(" ")
                )
            }
            Self::Failed { step, return_value } => {
                write!(f, "the command of step {step} returned {return_value}")
            }
        }
    }
}
