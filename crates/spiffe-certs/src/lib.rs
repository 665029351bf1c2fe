#![doc = include_str!("../README.md")]

mod bundle;
mod certificate;
mod error;
mod id;
#[cfg(feature = "issue")]
mod issue;
#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "the helpers of a test fail by panicking"
)]
mod mint;
mod name_constraints;
mod path;
mod pem;
mod svid;
mod svid_signer;
#[cfg(any(feature = "issue", test))]
mod template;
mod trust_domain;

pub use bundle::{Bundle, BundleSet, BundleSource};
pub use certificate::Certificate;
pub use error::{Error, Reason, Rejection};
pub use id::SpiffeId;
#[cfg(feature = "issue")]
pub use issue::{Issuer, Serial, Validity};
pub use path::{Budget, VerifiedPath, verify_chain, verify_chain_within};
pub use svid::{Svid, VerifiedSvid};
pub use svid_signer::SvidSigner;
pub use trust_domain::TrustDomain;
