use std::fmt;

use canonical_json::Value;
use chrono::{DateTime, Utc};
use crypto_keys::{Expires, KeyId, Threshold};
use intoto_model::{ArtifactKind, ArtifactPath, ArtifactRule, Link, StepName};

use crate::RejectedLink;

/// Why a product was not made as its layout says, or why that cannot be known.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No owner's key was given, so that anybody's layout would do.
    #[error("no owner's key to verify the layout with")]
    NoOwners,
    /// The layout is not signed by all of its owners, or is no layout.
    #[error("the layout is refused")]
    Layout(#[source] crypto_keys::Error),
    /// The layout's time is over.
    #[error("the layout expired at {expires}, and it is {now}")]
    LayoutExpired {
        /// When it ended.
        expires: Expires,
        /// The instant of verification.
        now: DateTime<Utc>,
    },
    /// The caller says that links were signed after the instant of verification.
    #[error("the links are said to be signed at {signed}, and it is {now}")]
    SignedInFuture {
        /// When they are said to be signed.
        signed: DateTime<Utc>,
        /// The instant of verification.
        now: DateTime<Utc>,
    },
    /// A certificate authority of the layout is no certificate.
    #[error("the certificate authority {id} of the layout cannot be read")]
    Authority {
        /// The id under which the layout lists it.
        id: KeyId,
        /// What is wrong with it.
        source: Box<spiffe_certs::Error>,
    },
    /// Too few functionaries of a step report the same.
    #[error(
        "step {step} needs the same report from {needed} of its functionaries, and has it from {agreeing}{}",
        listed(rejected)
    )]
    NotEnoughLinks {
        /// The step.
        step: StepName,
        /// How many must agree.
        needed: Threshold,
        /// The most that do.
        agreeing: usize,
        /// The documents that do not count.
        rejected: Vec<RejectedLink>,
    },
    /// Enough functionaries of a step report one thing, and enough another.
    #[error(
        "the functionaries of step {step} report different artifacts: {}",
        grouped(reports)
    )]
    Disagreement {
        /// The step.
        step: StepName,
        /// The links that agree with each other, for each of the reports.
        reports: Vec<Vec<String>>,
    },
    /// An artifact rule is broken.
    #[error(transparent)]
    Rule(Box<BrokenRule>),
    /// An inspection could not be made.
    #[error("inspection {name} was not made")]
    Inspection {
        /// The inspection.
        name: StepName,
        /// What the inspector says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The command of an inspection failed, or its report does not say that it succeeded.
    #[error("inspection {} failed{}", link.name, returned(link))]
    InspectionFailed {
        /// What the inspector reported.
        link: Box<Link>,
    },
    /// An inspector reports about another inspection than it was asked for.
    #[error("the report about inspection {name} is about {found}")]
    WrongInspection {
        /// The inspection.
        name: StepName,
        /// The name in the report.
        found: StepName,
    },
    /// A directory of links, or a link in it, cannot be read.
    #[cfg(feature = "fs")]
    #[error("cannot read {}", path.display())]
    ReadLinks {
        /// The file or directory.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A directory holds more links than are looked at.
    #[cfg(feature = "fs")]
    #[error("more than {limit} links")]
    TooManyLinks {
        /// The most links read.
        limit: usize,
    },
    /// The links in a directory are longer than what is read.
    #[cfg(feature = "fs")]
    #[error("more than {limit} bytes of links")]
    LinksTooLong {
        /// The most bytes read.
        limit: u64,
    },
}

/// A rule that refuses artifacts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrokenRule {
    /// The step or inspection with the rule.
    pub item: StepName,
    /// Whether it is a rule for materials or for products.
    pub kind: ArtifactKind,
    /// The rule.
    pub rule: ArtifactRule,
    /// The artifacts it refuses; for `REQUIRE` the one it misses.
    pub artifacts: Vec<ArtifactPath>,
    /// Why earlier `MATCH` rules did not take them; the first hundred reasons.
    pub mismatches: Vec<Mismatch>,
}

impl std::error::Error for BrokenRule {}

/// The artifacts, reasons and documents shown in a message; all of them are in the error.
const SHOWN: usize = 5;

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            item,
            kind,
            rule,
            artifacts,
            mismatches,
        } = self;
        let verb = match rule {
            ArtifactRule::Require(_) => "misses",
            _ => "refuses",
        };
        write!(
            f,
            "the rule {:?} for the {kind} of {item} {verb} ",
            rule.to_string()
        )?;
        for (index, artifact) in artifacts.iter().take(SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{}", printable(artifact.as_str()))?;
        }
        if let Some(more @ 1..) = artifacts.len().checked_sub(SHOWN) {
            write!(f, " and {more} more")?;
        }
        for mismatch in mismatches.iter().take(SHOWN) {
            write!(f, "; {mismatch}")?;
        }
        Ok(())
    }
}

/// Why a `MATCH` rule did not take an artifact whose name it matches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mismatch {
    /// The artifact.
    pub artifact: ArtifactPath,
    /// The other step or inspection.
    pub from: StepName,
    /// Whether its materials or products were looked in.
    pub with: ArtifactKind,
    /// What was found there.
    pub reason: MismatchReason,
}

/// What a `MATCH` rule found in the other step or inspection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "an artifact is there or it is not")]
pub enum MismatchReason {
    /// It does not report the artifact.
    Absent,
    /// It reports the artifact with other digests.
    Different,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            artifact,
            from,
            with,
            reason,
        } = self;
        let artifact = printable(artifact.as_str());
        match reason {
            MismatchReason::Absent => write!(f, "{artifact} is not among the {with} of {from}"),
            MismatchReason::Different => write!(
                f,
                "{artifact} differs from the one among the {with} of {from}"
            ),
        }
    }
}

/// The characters shown of a text that somebody else chose.
const MAX_CHARS: usize = 500;

/// A text that somebody else chose: short, and without what would move the cursor of a terminal.
pub(crate) fn printable(text: &str) -> String {
    let shown = text.chars().take(MAX_CHARS);
    shown
        .map(|char| if char.is_control() { '?' } else { char })
        .collect()
}

fn listed(rejected: &[RejectedLink]) -> String {
    let mut text: String = rejected
        .iter()
        .take(SHOWN)
        .map(|link| format!("; {link}"))
        .collect();
    if let Some(more @ 1..) = rejected.len().checked_sub(SHOWN) {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

fn grouped(reports: &[Vec<String>]) -> String {
    let groups: Vec<_> = reports.iter().map(|links| links.join(" and ")).collect();
    printable(&groups.join(" against "))
}

fn returned(link: &Link) -> String {
    let Some(value) = link.return_value() else {
        return " to say what its command returned".to_owned();
    };
    match link.byproducts.get("stderr") {
        Some(Value::String(said)) if !said.is_empty() => format!(
            ": its command returned {value} and said {:?}",
            said.trim_end()
        ),
        _ => format!(": its command returned {value}"),
    }
}
