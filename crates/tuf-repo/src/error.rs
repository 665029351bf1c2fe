use crypto_keys::KeyId;
use tuf_client::{Cause, TargetPath, TopRole};

/// Why a repository could not be opened, changed or published.
///
/// Until a release is written, nothing is. While it is written, an error leaves the repository such that clients see the
/// release before or the new one; see [`Release`](crate::Release) for the one exception.
#[non_exhaustive]
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The repository is not one that a client would accept, leaving aside that it may have expired.
    #[error("cannot open the repository")]
    Open {
        /// What a client says.
        source: tuf_client::Error,
    },
    /// A client would refuse the release.
    #[error("clients would refuse the release")]
    Refused {
        /// What a client says.
        source: tuf_client::Error,
    },
    /// The keyring has no signer for a role whose metadata has to be signed.
    #[error("the keyring has no signer for {role} whose key the root names")]
    NoSigner {
        /// The role.
        role: TopRole,
    },
    /// A signer failed.
    #[error("cannot sign the metadata of {role}")]
    Sign {
        /// The role.
        role: TopRole,
        /// What the signer says.
        source: crypto_keys::Error,
    },
    /// A role's metadata would live longer than instants can be named.
    #[error("the lifetime of {role} reaches beyond the calendar")]
    Lifetime {
        /// The role.
        role: TopRole,
    },
    /// Two different keys of the new root have one id.
    #[error("two keys have the id {key_id}")]
    KeyId {
        /// The id.
        key_id: KeyId,
    },
    /// A target to be removed is not listed.
    #[error("{path} cannot be removed: it is not listed")]
    NotListed {
        /// The target.
        path: TargetPath,
    },
    /// Metadata in an envelope that cannot be edited: only the classic one can.
    #[error("the metadata of {role} is not in the classic envelope")]
    Envelope {
        /// The role.
        role: TopRole,
    },
    /// The repository has no consistent snapshots, so that clients would read half of a release (6.2).
    #[error("the repository has no consistent snapshots")]
    NotConsistent,
    /// The content of a target cannot be read, or is not what the release lists.
    #[error("cannot publish {path}")]
    Content {
        /// The target.
        path: TargetPath,
        /// What is wrong with it.
        source: Cause,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: String,
        /// What the sink says.
        source: Cause,
    },
}
