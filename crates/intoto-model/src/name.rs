use std::{fmt, str::FromStr};

use crate::Error;

/// The name of a step or an inspection, which is also the beginning of its links' file names.
///
/// ```
/// # use intoto_model::StepName;
/// assert!(StepName::try_from("build x86").is_ok());
/// assert!(StepName::try_from("../build").is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StepName(String);

/// Leaves room for the key id and the extension in a file name of 255 bytes.
const MAX_LEN: usize = 200;

impl StepName {
    /// The name exactly as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StepName {
    type Error = Error;

    /// Accepts 1 to 200 bytes without `/`, `\` and control characters, but not `.` and `..`.
    fn try_from(name: String) -> Result<Self, Error> {
        let refused = name.is_empty()
            || name.len() > MAX_LEN
            || name == "."
            || name == ".."
            || name.contains(|char: char| char == '/' || char == '\\' || char.is_control());
        if refused {
            Err(Error::StepName { name })
        } else {
            Ok(Self(name))
        }
    }
}

impl TryFrom<&str> for StepName {
    type Error = Error;

    fn try_from(name: &str) -> Result<Self, Error> {
        Self::try_from(name.to_owned())
    }
}

impl FromStr for StepName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::try_from(name)
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_file_name_is_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "..\\b",
            "a\0",
            "a\n",
            &"a".repeat(201),
        ] {
            assert_eq!(
                StepName::try_from(name),
                Err(Error::StepName {
                    name: name.to_owned()
                })
            );
        }
    }

    #[test]
    fn a_name_may_look_like_a_pattern_or_hold_dots() {
        for name in ["*", "[a]", "...", "v1..2", "übersetzen", &"a".repeat(200)] {
            assert_eq!(StepName::try_from(name).unwrap().to_string(), name);
        }
    }
}
