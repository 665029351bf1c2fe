use std::{fmt, str::FromStr};

use crate::{Error, TargetFile, encoding};

/// The path of a target inside a repository.
///
/// The text is kept as given: two spellings are two targets. Paths are relative and use forward
/// slashes; what could leave a directory, or mean different things to different systems, is refused.
///
/// ```
/// # use tuf_client::TargetPath;
/// assert!(TargetPath::try_from("tools/v1..2/ripgrep").is_ok());
/// assert!(TargetPath::try_from("tools/../keys").is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TargetPath(String);

/// The longest path accepted, in bytes: what common systems can open.
const MAX_LEN: usize = 4096;

/// What a path segment of a URL may hold beside unreserved characters (RFC 3986, 3.3).
const SEGMENT: &[u8] = b"!$&'()*+,;=:@";

impl TargetPath {
    /// The path exactly as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as part of a URL: every segment percent-encoded.
    pub fn url_path(&self) -> String {
        url_path(&self.0)
    }

    /// The name of the copy for one digest in a consistent snapshot, `directory/DIGEST.file` (specification 6.2.1).
    pub fn prefixed(&self, digest: &str) -> String {
        match self.0.rsplit_once('/') {
            Some((directory, file)) => format!("{directory}/{digest}.{file}"),
            None => format!("{digest}.{}", self.0),
        }
    }

    /// The names of all copies a consistent snapshot must hold: one for each known digest listed.
    ///
    /// The text of an unknown digest is not checked, so that it must not become a file name.
    pub fn copies(&self, file: &TargetFile) -> Vec<String> {
        let digests = file.digests();
        digests
            .known()
            .filter_map(|algorithm| Some(self.prefixed(digests.hex(algorithm)?)))
            .collect()
    }

    /// The hexadecimal SHA-256 of the path, by which hash bins are found (specification 4.5).
    pub(crate) fn digest(&self) -> String {
        encoding::sha256(&self.0)
    }
}

pub(crate) fn url_path(path: &str) -> String {
    let segments: Vec<_> = path
        .split('/')
        .map(|segment| encoding::percent_encoded(segment, SEGMENT))
        .collect();
    segments.join("/")
}

impl TryFrom<String> for TargetPath {
    type Error = Error;

    /// Accepts a relative path.
    fn try_from(text: String) -> Result<Self, Error> {
        let reason = if text.len() > MAX_LEN {
            Some("longer than 4096 bytes")
        } else if text.contains(['\0', '\\']) {
            Some("a NUL or a backslash")
        } else if text.split('/').any(str::is_empty) {
            Some("an empty segment, or a slash at its start or end")
        } else if text.split('/').any(|segment| matches!(segment, "." | "..")) {
            Some("a segment `.` or `..`")
        } else {
            None
        };
        match reason {
            Some(reason) => Err(Error::TargetPath { text, reason }),
            None => Ok(Self(text)),
        }
    }
}

impl TryFrom<&str> for TargetPath {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl FromStr for TargetPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text)
    }
}

impl fmt::Display for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_accepted_and_nothing_else() {
        for path in [
            "a", "a/b", "...", ".a", "a..b", "a b", "a:b", "%2e%2e/a", "é/?#",
        ] {
            assert_eq!(TargetPath::try_from(path).unwrap().as_str(), path);
        }
        for path in [
            "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a\\b", "a\0",
        ] {
            assert!(TargetPath::try_from(path).is_err(), "{path:?}");
        }
        assert!(TargetPath::try_from("a".repeat(MAX_LEN)).is_ok());
        assert!(TargetPath::try_from("a".repeat(MAX_LEN + 1)).is_err());
    }

    #[test]
    fn nothing_in_a_path_is_more_than_a_path_to_a_url() {
        let path = TargetPath::try_from("a b/%2e?x=1#y/é+@:").unwrap();
        assert_eq!(path.url_path(), "a%20b/%252e%3Fx=1%23y/%C3%A9+@:");
    }

    #[test]
    fn the_digest_goes_before_the_file_not_the_directory() {
        assert_eq!(
            TargetPath::try_from("a/b/c").unwrap().prefixed("00"),
            "a/b/00.c"
        );
        assert_eq!(TargetPath::try_from("c").unwrap().prefixed("00"), "00.c");
    }
}
