use std::{collections::BTreeMap, fmt, str::FromStr};

use canonical_json::{Node, Value};
use crypto_keys::Digests;

use crate::Error;

/// Artifacts by name, as a link reports them before or after a step.
pub type Artifacts = BTreeMap<ArtifactPath, Digests>;

/// The name of an artifact: a relative path in its one spelling, or a URI kept byte for byte.
///
/// Rules compare names as text, so a file with two spellings could be disallowed under one and
/// slip through under the other. A name that looks like a file's is therefore refused unless it is
/// relative, uses `/` alone, and has no empty, `.` or `..` segment. A name that starts with a
/// scheme of at least two characters, such as `https:` or `pkg:`, is opaque: cleaning a URI would
/// make it a different one.
///
/// ```
/// # use intoto_model::ArtifactPath;
/// assert!(ArtifactPath::try_from("src/main.rs").is_ok());
/// assert!(ArtifactPath::try_from("docs/../src/main.rs").is_err());
/// assert!(ArtifactPath::try_from("https://example.org//a/../b").is_ok());
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ArtifactPath(String);

/// The longest name in bytes: the longest path of Linux.
const MAX_LEN: usize = 4096;

impl ArtifactPath {
    /// The name exactly as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ArtifactPath {
    type Error = Error;

    /// Accepts 1 to 4096 bytes without NUL; without a scheme, a relative path of plain segments.
    fn try_from(name: String) -> Result<Self, Error> {
        let plain = |segment: &str| !matches!(segment, "" | "." | "..");
        let refused = if name.is_empty() || name.len() > MAX_LEN || name.contains('\0') {
            Some("it must have 1 to 4096 bytes and no NUL")
        } else if has_scheme(&name) {
            None
        } else if name.contains('\\') {
            Some("segments are separated by `/`, not by a backslash")
        } else if name.starts_with('/') {
            Some("it must be relative")
        } else if !name.split('/').all(plain) {
            Some("it must have no empty, `.` or `..` segment")
        } else {
            None
        };
        match refused {
            Some(reason) => Err(Error::ArtifactPath { name, reason }),
            None => Ok(Self(name)),
        }
    }
}

/// Whether the name starts with a scheme of RFC 3986, section 3.1. One letter is a Windows drive.
fn has_scheme(name: &str) -> bool {
    let Some((scheme, _)) = name.split_once(':') else {
        return false;
    };
    scheme.len() >= 2
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'))
}

/// Reads an object of artifact names to digests.
pub(crate) fn read_artifacts(node: Node<'_>) -> Result<Artifacts, canonical_json::Error> {
    node.members()?
        .map(|(name, digests)| {
            let name = ArtifactPath::try_from(name.into_owned())
                .map_err(|error| digests.error(format!("a usable artifact name: {error}")))?;
            Ok((name, Digests::read(digests)?))
        })
        .collect()
}

pub(crate) fn artifacts_to_value(artifacts: &Artifacts) -> Value {
    Value::Object(
        artifacts
            .iter()
            .map(|(name, digests)| (name.0.clone(), digests.to_value()))
            .collect(),
    )
}

impl TryFrom<&str> for ArtifactPath {
    type Error = Error;

    fn try_from(name: &str) -> Result<Self, Error> {
        Self::try_from(name.to_owned())
    }
}

impl FromStr for ArtifactPath {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::try_from(name)
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lets artifacts be looked up by text that was never a name of its own.
impl std::borrow::Borrow<str> for ArtifactPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_spelling_of_a_file_is_refused() {
        for name in [
            "",
            "/etc/passwd",
            "./foo",
            "dir/../foo",
            "dir//foo",
            "dir/",
            ".",
            "..",
            "dir\\foo",
            "foo\0",
            "C:\\foo",
            "1a:/../b",
            &"a".repeat(4097),
        ] {
            assert!(ArtifactPath::try_from(name).is_err(), "{name}");
        }
    }

    #[test]
    fn ordinary_and_schemed_names_are_kept_as_they_are() {
        for name in [
            "foo",
            "dir/.hidden/...",
            "with space/and\nnewline",
            "https://example.org/a/../b//",
            "pkg:cargo/serde@1.0",
            "file:../x\\y",
            "a:b",
        ] {
            assert_eq!(ArtifactPath::try_from(name).unwrap().as_str(), name);
        }
    }
}
