use std::collections::BTreeMap;

use intoto_model::StepName;

/// The link documents to judge, by the step they are said to be about. Nobody has looked at them.
///
/// ```
/// # use intoto_model::StepName;
/// # use intoto_verify::Links;
/// let mut links = Links::default();
/// links.add(StepName::try_from("build")?, "build.b7d643de.link", b"{}".to_vec());
/// # Ok::<(), intoto_model::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Links {
    by_step: BTreeMap<StepName, Vec<Evidence>>,
}

/// One document, as found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// Where it was found, for people.
    pub label: String,
    /// The signed document, in either envelope.
    pub bytes: Vec<u8>,
}

impl Links {
    /// Adds a document about `step`.
    pub fn add(&mut self, step: StepName, label: impl Into<String>, bytes: Vec<u8>) {
        let evidence = Evidence {
            label: label.into(),
            bytes,
        };
        self.by_step.entry(step).or_default().push(evidence);
    }

    /// The documents about `step`, in the order in which they were added.
    pub fn of(&self, step: &StepName) -> &[Evidence] {
        self.by_step.get(step).map_or(&[], Vec::as_slice)
    }
}

#[cfg(feature = "fs")]
pub use fs::ReadLimits;

#[cfg(feature = "fs")]
mod fs {
    use std::{
        fs::{self, File},
        io::{self, Read as _},
        path::Path,
    };

    use intoto_model::StepName;

    use super::Links;
    use crate::Error;

    /// How much of a directory is read.
    #[derive(Clone, Copy, Debug)]
    pub struct ReadLimits {
        /// Link files.
        pub files: usize,
        /// Bytes of all link files together.
        pub bytes: u64,
    }

    impl Default for ReadLimits {
        /// A thousand links of all together 256 MiB: twice the links of five steps with a hundred thousand artifacts each.
        fn default() -> Self {
            Self {
                files: 1000,
                bytes: 256 * 1024 * 1024,
            }
        }
    }

    impl Links {
        /// Reads the files called `step.keyid.link` in a directory; all others are ignored.
        ///
        /// The name says which step a file is about. What it says about the key is not relied on: the signature
        /// counts, so that links whose keys begin alike may lie side by side under any names.
        ///
        /// # Errors
        ///
        /// [`Error::ReadLinks`] if the directory or a link file cannot be read, [`Error::TooManyLinks`] and
        /// [`Error::LinksTooLong`] beyond the limits.
        pub fn read_dir(directory: &Path, limits: &ReadLimits) -> Result<Self, Error> {
            let reading = |path: &Path| {
                let path = path.to_owned();
                |source: io::Error| Error::ReadLinks { path, source }
            };
            let mut files = Vec::new();
            for entry in fs::read_dir(directory).map_err(reading(directory))? {
                let entry = entry.map_err(reading(directory))?;
                let Some((step, name)) = entry.file_name().into_string().ok().and_then(named_link)
                else {
                    continue;
                };
                let path = entry.path();
                // Whatever else has such a name, a pipe for one, is no link and must not be waited for.
                if !fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
                    continue;
                }
                if files.len() >= limits.files {
                    return Err(Error::TooManyLinks {
                        limit: limits.files,
                    });
                }
                files.push((name, step, path));
            }
            // The order in which a directory lists its files is not the same everywhere.
            files.sort();
            let mut links = Self::default();
            let mut left = limits.bytes;
            for (name, step, path) in files {
                let mut bytes = Vec::new();
                File::open(&path)
                    .and_then(|file| file.take(left.saturating_add(1)).read_to_end(&mut bytes))
                    .map_err(reading(&path))?;
                left = u64::try_from(bytes.len())
                    .ok()
                    .and_then(|len| left.checked_sub(len))
                    .ok_or(Error::LinksTooLong {
                        limit: limits.bytes,
                    })?;
                links.add(step, name, bytes);
            }
            Ok(links)
        }
    }

    /// The step that a file called `step.keyid.link` is about, and that name again.
    fn named_link(name: String) -> Option<(StepName, String)> {
        let (step, _) = name.strip_suffix(".link")?.rsplit_once('.')?;
        Some((StepName::try_from(step).ok()?, name))
    }
}
