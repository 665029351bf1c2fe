#![doc = include_str!("../README.md")]

mod command;
mod constraint;
mod error;
mod evidence;
mod functionaries;
mod inspect;
mod report;
mod rules;
mod verifier;

pub use constraint::CertificateRejection;
pub use error::{BrokenRule, Error, Mismatch, MismatchReason};
#[cfg(feature = "fs")]
pub use evidence::ReadLimits;
pub use evidence::{Evidence, Links};
pub use functionaries::{Functionary, RejectedLink, Rejection};
#[cfg(feature = "run")]
pub use inspect::Subprocess;
pub use inspect::{Inspector, NoInspections};
pub use report::{AcceptedLink, AppliedRule, InspectionReport, Report, StepReport, Warning};
pub use verifier::{SigningTime, Verifier, verify_layout};
