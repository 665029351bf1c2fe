#![doc = include_str!("../README.md")]

mod artifact;
mod error;
mod layout;
mod link;
mod members;
mod name;
mod pattern;
#[cfg(feature = "record")]
pub mod record;
mod rule;
mod trust;
mod wildcard;

pub use artifact::{ArtifactPath, Artifacts};
pub use error::Error;
pub use layout::{Inspection, Layout, LayoutSpec, Rules, Step};
pub use link::{Link, link_file_name};
pub use name::StepName;
pub use pattern::Pattern;
pub use rule::{ArtifactKind, ArtifactRule, MatchRule, Prefix};
pub use trust::{Allowed, CertConstraint, CertificateAuthority};
