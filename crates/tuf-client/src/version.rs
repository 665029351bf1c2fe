use std::{fmt, num::NonZeroU64};

use canonical_json::Node;

use crate::Error;

/// The version number of a metadata file: an integer greater than 0 (specification 4.3).
///
/// ```
/// # use tuf_client::Version;
/// assert_eq!(Version::ONE.next()?.to_string(), "2");
/// assert!(Version::new(0).is_none());
/// # Ok::<(), tuf_client::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version(NonZeroU64);

impl Version {
    /// The first version of everything.
    pub const ONE: Self = Self(NonZeroU64::MIN);

    /// The version with this number; `None` for zero.
    pub const fn new(number: u64) -> Option<Self> {
        match NonZeroU64::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The version that follows.
    ///
    /// # Errors
    ///
    /// [`Error::LastVersion`] after 2^64 - 1.
    pub fn next(self) -> Result<Self, Error> {
        self.0.checked_add(1).map(Self).ok_or(Error::LastVersion)
    }

    pub(crate) fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        Self::new(node.as_u64()?).ok_or_else(|| node.error("a version of at least 1"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_version_has_no_successor() {
        let last = Version::new(u64::MAX).unwrap();
        assert_eq!(last.next(), Err(Error::LastVersion));
        assert_eq!(Version::new(u64::MAX - 1).unwrap().next(), Ok(last));
    }
}
