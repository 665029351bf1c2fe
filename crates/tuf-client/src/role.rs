use std::{borrow::Cow, fmt, str::FromStr};

use crate::{Error, Version, encoding};

/// The name of a role: one of the four of the specification, or any a delegation gives.
///
/// Names such as `../delegated` are legal. The only way from a name to a file or a URL is
/// [`file_name`](Self::file_name), which leaves no separator in it.
///
/// ```
/// # use tuf_client::RoleName;
/// let role = RoleName::try_from("../delegated")?;
/// assert_eq!(role.file_name(), "..%2Fdelegated.json");
/// assert!(RoleName::try_from("").is_err());
/// # Ok::<(), tuf_client::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RoleName(Cow<'static, str>);

/// The longest role name accepted, in bytes: what a file name can hold.
const MAX_LEN: usize = 255;

impl RoleName {
    /// The role that names the keys of the others.
    pub const ROOT: Self = Self(Cow::Borrowed("root"));
    /// The role that names the newest snapshot.
    pub const TIMESTAMP: Self = Self(Cow::Borrowed("timestamp"));
    /// The role that names the version of every targets role.
    pub const SNAPSHOT: Self = Self(Cow::Borrowed("snapshot"));
    /// The role with which the search for a target begins.
    pub const TARGETS: Self = Self(Cow::Borrowed("targets"));

    /// The name exactly as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file that holds the role's metadata: the name, percent-encoded, and `.json`.
    ///
    /// Everything but ASCII letters, digits and `_.-~` is encoded, as the other implementations do.
    pub fn file_name(&self) -> String {
        encoding::percent_encoded(&self.0, b"") + ".json"
    }

    /// The file that holds one version of the role's metadata in a consistent snapshot (specification 6.2.1).
    pub fn versioned_file_name(&self, version: Version) -> String {
        format!("{version}.{}", self.file_name())
    }

    /// Whether the name is, but for case, that of a top-level role, and so cannot be delegated to.
    ///
    /// Case is ignored because some file systems do: a role `Timestamp` must not replace `timestamp.json`.
    pub(crate) fn is_reserved(&self) -> bool {
        [Self::ROOT, Self::TIMESTAMP, Self::SNAPSHOT, Self::TARGETS]
            .iter()
            .any(|reserved| reserved.0.eq_ignore_ascii_case(&self.0))
    }
}

impl TryFrom<String> for RoleName {
    type Error = Error;

    /// Accepts 1 to 255 bytes of any text.
    fn try_from(text: String) -> Result<Self, Error> {
        if text.is_empty() || text.len() > MAX_LEN {
            return Err(Error::RoleName { text });
        }
        Ok(Self(Cow::Owned(text)))
    }
}

impl TryFrom<&str> for RoleName {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl FromStr for RoleName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text)
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One of the four roles whose keys the root names.
#[expect(
    clippy::exhaustive_enums,
    reason = "the specification names these four"
)]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum TopRole {
    /// Names the keys of all four.
    Root,
    /// Names the newest snapshot.
    Timestamp,
    /// Names the version of every targets role.
    Snapshot,
    /// Lists targets, and delegates.
    Targets,
}

impl TopRole {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Root, Self::Timestamp, Self::Snapshot, Self::Targets];

    /// The name of the role.
    pub const fn name(self) -> RoleName {
        match self {
            Self::Root => RoleName::ROOT,
            Self::Timestamp => RoleName::TIMESTAMP,
            Self::Snapshot => RoleName::SNAPSHOT,
            Self::Targets => RoleName::TARGETS,
        }
    }
}

impl fmt::Display for TopRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_directory() {
        // Left: a name. Right: what Python's `quote(name, "")` makes of it.
        for (name, encoded) in [
            ("targets", "targets"),
            ("..", ".."),
            ("/delegated", "%2Fdelegated"),
            ("../delegated", "..%2Fdelegated"),
            ("a\\b", "a%5Cb"),
            ("?", "%3F"),
            ("#", "%23"),
            ("100%", "100%25"),
            ("A-Z_a~z.0", "A-Z_a~z.0"),
            ("with space", "with%20space"),
            ("é", "%C3%A9"),
            ("C:", "C%3A"),
        ] {
            let role = RoleName::try_from(name).unwrap();
            assert_eq!(role.file_name(), format!("{encoded}.json"));
        }
    }

    #[test]
    fn a_name_has_1_to_255_bytes() {
        assert!(RoleName::try_from("a".repeat(255)).is_ok());
        assert!(RoleName::try_from("a".repeat(256)).is_err());
        assert!(RoleName::try_from("").is_err());
    }

    #[test]
    fn a_top_level_name_is_reserved_in_any_case() {
        for name in ["root", "Timestamp", "SNAPSHOT", "targets"] {
            assert!(RoleName::try_from(name).unwrap().is_reserved(), "{name}");
        }
        for name in ["roots", "1.root", "targets2", "target"] {
            assert!(!RoleName::try_from(name).unwrap().is_reserved(), "{name}");
        }
    }
}
