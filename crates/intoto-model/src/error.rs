use crypto_keys::{KeyId, Threshold};

use crate::StepName;

/// Why something is no layout, no link, or no part of one.
///
/// Documents are read through [`crypto_keys::Payload`]; there these errors become the expectation of
/// a [`canonical_json::Error`], which adds the place.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The name of a step or inspection cannot be a file name.
    #[error("{name:?} cannot name a step")]
    StepName {
        /// The name that was offered.
        name: String,
    },
    /// The name of an artifact has a second spelling, or none.
    #[error("{name:?} cannot name an artifact: {reason}")]
    ArtifactPath {
        /// The name that was offered.
        name: String,
        /// What a name must be.
        reason: &'static str,
    },
    /// A pattern is longer than any name.
    #[error("the pattern has more than {limit} bytes")]
    PatternTooLong {
        /// The most bytes allowed.
        limit: usize,
    },
    /// The words are those of no artifact rule.
    #[error("{rule:?} is no artifact rule")]
    Rule {
        /// The words, with spaces between them.
        rule: String,
    },
    /// A layout without steps says nothing, and everything would satisfy it.
    #[error("the layout has no steps")]
    NoSteps,
    /// Two steps or inspections have the same name.
    #[error("the name {name} is used twice")]
    DuplicateName {
        /// The name.
        name: StepName,
    },
    /// Two keys are listed under the same id.
    #[error("the key id {key} is used twice")]
    DuplicateKey {
        /// The id.
        key: KeyId,
    },
    /// A step authorises a key that the layout does not list.
    #[error("step {step} authorises key {key}, which the layout does not list")]
    UnknownKey {
        /// The step.
        step: StepName,
        /// The id without a key.
        key: KeyId,
    },
    /// A certificate constraint asks for a root that the layout does not list.
    #[error("step {step} asks for root {root}, which the layout does not list")]
    UnknownRoot {
        /// The step.
        step: StepName,
        /// The id without a certificate.
        root: String,
    },
    /// A step asks for more functionaries than it authorises.
    #[error("step {step} needs {threshold} functionaries and authorises {functionaries}")]
    UnreachableThreshold {
        /// The step.
        step: StepName,
        /// How many it needs.
        threshold: Threshold,
        /// How many different keys it authorises.
        functionaries: usize,
    },
    /// A rule matches against an item that the layout does not have, or that comes too late.
    #[error("a rule of {item} refers to {from}, which is no step it can look at")]
    UnknownItem {
        /// The step or inspection with the rule.
        item: StepName,
        /// The name in the rule.
        from: StepName,
    },
    /// An inspection has no command.
    #[error("inspection {inspection} runs no command")]
    NoCommand {
        /// The inspection.
        inspection: StepName,
    },
}
