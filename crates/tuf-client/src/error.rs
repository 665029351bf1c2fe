use std::{error, fmt};

use chrono::{DateTime, Utc};
use crypto_keys::{Digests, Expires};

use crate::{RoleName, TargetPath, Version};

/// Why an update or a download was refused, or could not be carried out.
///
/// After any of these the trusted metadata is what it was before.
#[non_exhaustive]
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The transport failed; trying again later may help.
    #[error("cannot fetch {path}")]
    Transport {
        /// What was fetched.
        path: String,
        /// What the transport says.
        source: Cause,
    },
    /// The store, or a file to be written, failed.
    #[error("cannot use the file of {what}")]
    Store {
        /// What was loaded or saved.
        what: String,
        /// What the store says.
        source: Cause,
    },
    /// A file that the trusted metadata requires is not in the repository.
    #[error("{path} is not in the repository")]
    NotThere {
        /// What was fetched.
        path: String,
    },
    /// A metadata file is not what its role requires.
    #[error("the metadata of {role} is malformed")]
    Malformed {
        /// The role.
        role: RoleName,
        /// What is wrong with it.
        source: crypto_keys::Error,
    },
    /// Too few of the keys that the trusted metadata names signed (5.3.4, 5.4.2, 5.5.3, 5.6.3).
    #[error("the metadata of {role} is not signed by enough of its keys")]
    Threshold {
        /// The role.
        role: RoleName,
        /// How many signed, and how many must.
        source: crypto_keys::Error,
    },
    /// A version is lower than one already trusted (5.3.5, 5.4.3, 5.5.5).
    #[error("{role} goes back from version {trusted} to {offered}")]
    Rollback {
        /// The role that goes back, or that is listed with a lower version.
        role: RoleName,
        /// The version trusted so far.
        trusted: Version,
        /// The version offered.
        offered: Version,
    },
    /// A role of the trusted snapshot is not listed in the new one (5.5.5).
    #[error("the new snapshot no longer lists {file:?}")]
    Removed {
        /// The metadata file, as the snapshot lists it.
        file: String,
    },
    /// The version is not the one that was asked for or is listed (5.3.5, 5.5.4, 5.6.4).
    #[error("the metadata of {role} has version {actual} where {expected} is due")]
    WrongVersion {
        /// The role.
        role: RoleName,
        /// The version due.
        expected: Version,
        /// The version found.
        actual: Version,
    },
    /// The content does not have the digests listed for it (5.5.2, 5.6.2, 5.7.3).
    #[error("{path} does not have the digests listed for it")]
    Digest {
        /// The file.
        path: String,
        /// The digests listed.
        expected: Digests,
        /// The digests of the content.
        actual: Digests,
    },
    /// No digest is listed of a kind that can be computed here.
    #[error("no known kind of digest is listed for {path}")]
    NoKnownDigest {
        /// The file.
        path: String,
    },
    /// The content is shorter or longer than listed.
    #[error("{path} has {actual} bytes where {expected} are listed")]
    Length {
        /// The file.
        path: String,
        /// The bytes listed.
        expected: u64,
        /// The bytes there are; of a file that is too long, those that were read.
        actual: u64,
    },
    /// The metadata has expired: the repository, or somebody on the way to it, withholds newer (5.3.10, 5.4.4, 5.5.6, 5.6.5).
    #[error("the metadata of {role} expired at {expires}, and it is {now}")]
    Expired {
        /// The role.
        role: RoleName,
        /// When it expired.
        expires: Expires,
        /// The instant of the update.
        now: DateTime<Utc>,
    },
    /// A file is, or is listed as, longer than the limit.
    #[error("{path} is longer than {limit} bytes")]
    TooLong {
        /// The file.
        path: String,
        /// The bytes allowed.
        limit: u64,
    },
    /// The repository offers more new roots than the limit. Those followed so far are kept.
    #[error("more than {limit} new roots in one update")]
    TooManyRoots {
        /// The new roots allowed.
        limit: u32,
    },
    /// The search for a target met more roles than the limit.
    #[error("the search for {path} meets more than {limit} roles")]
    TooManyRoles {
        /// The target.
        path: TargetPath,
        /// The roles allowed.
        limit: u32,
    },
    /// The snapshot does not list a role that the metadata needs.
    #[error("the snapshot does not list the role {role}")]
    NotListed {
        /// The role.
        role: RoleName,
    },
    /// A role was offered that its delegator does not delegate to.
    #[error("there is no delegation to {role}")]
    NotDelegated {
        /// The role.
        role: RoleName,
    },
    /// A role delegates to hash bins by a rule (TAP 15), which is not supported: what they hold cannot be known.
    #[error("{role} delegates to succinct roles, which are not supported")]
    SuccinctRoles {
        /// The delegating role.
        role: RoleName,
    },
    /// A step was taken before the one it depends on. Never caused by what a repository sends.
    #[error("the metadata of {needed} must be trusted first")]
    OutOfOrder {
        /// The role that is not trusted yet, or not yet confirmed to be current.
        needed: RoleName,
    },
    /// There is no version after 2^64 - 1.
    #[error("no version follows the last one")]
    LastVersion,
    /// A text that is no role name.
    #[error("{text:?} is not a role name: it must have 1 to 255 bytes")]
    RoleName {
        /// The text.
        text: String,
    },
    /// A text that is no target path.
    #[error("{text:?} is not a target path: it has {reason}")]
    TargetPath {
        /// The text.
        text: String,
        /// Why not.
        reason: &'static str,
    },
    /// A pattern for target paths that is too long.
    #[error("a path pattern is longer than {limit} bytes")]
    PathPattern {
        /// The bytes allowed.
        limit: usize,
    },
}

impl Error {
    pub(crate) fn transport(
        path: impl Into<String>,
        cause: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self::Transport {
            path: path.into(),
            source: Cause::new(cause),
        }
    }

    pub(crate) fn store(what: impl fmt::Display, cause: std::io::Error) -> Self {
        Self::Store {
            what: what.to_string(),
            source: Cause::new(cause),
        }
    }
}

/// What a transport or a store says about its failure. Two are equal when they say the same.
#[derive(Debug)]
pub struct Cause(Box<dyn error::Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl From<std::io::Error> for Cause {
    fn from(cause: std::io::Error) -> Self {
        Self::new(cause)
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for Cause {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source()
    }
}
