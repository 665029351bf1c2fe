#![doc = include_str!("../README.md")]

mod backend;
mod digest;
mod encoding;
mod envelope;
mod error;
mod expires;
mod key;
mod key_id;
mod key_text;
#[cfg(feature = "ml-dsa")]
mod ml_dsa;
#[cfg(feature = "openpgp")]
mod openpgp;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
#[cfg(feature = "sign")]
mod private_key;
mod quorum;
mod scheme;
mod signer;

pub use backend::Backend;
pub use digest::{Algorithm, Digests, Hasher};
pub use envelope::{
    EnvelopeKind, Payload, Signature, Signed, Verified, document_type, sign_classic, sign_dsse,
};
pub use error::Error;
pub use expires::Expires;
pub use key::{PublicKey, Unusable};
pub use key_id::{KeyId, KeyIdPolicy, KeyIdRule, TextEnd};
#[cfg(feature = "sign")]
pub use private_key::PrivateKey;
pub use quorum::{Quorum, Tally, Threshold};
pub use scheme::Scheme;
pub use signer::Signer;
