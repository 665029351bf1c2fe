use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Error, Excludes};
use crate::ArtifactPath;

/// Collects the files of one or more trees inside a base directory.
pub(super) struct Walk<'w> {
    /// The base without symbolic links, so that what leads out of it can be told.
    base: PathBuf,
    excludes: &'w Excludes,
    max_entries: usize,
    entries: usize,
    /// The directories between the base and the entry at hand, without symbolic links.
    above: Vec<PathBuf>,
    found: BTreeMap<ArtifactPath, Found>,
}

pub(super) struct Found {
    pub(super) location: PathBuf,
    pub(super) len: u64,
}

/// Deeper than any tree people make, and far from the end of the stack.
const MAX_DEPTH: usize = 256;

impl<'w> Walk<'w> {
    pub(super) fn new(
        base: &Path,
        excludes: &'w Excludes,
        max_entries: usize,
    ) -> Result<Self, Error> {
        Ok(Self {
            base: fs::canonicalize(base).map_err(reading(base))?,
            excludes,
            max_entries,
            entries: 0,
            above: Vec::new(),
            found: BTreeMap::new(),
        })
    }

    /// Adds one file, or all files of a directory, named relative to the base.
    pub(super) fn add(&mut self, path: &str) -> Result<(), Error> {
        let path = path.strip_suffix('/').unwrap_or(path);
        if path == "." {
            return self.visit("", &self.base.clone());
        }
        let path = ArtifactPath::try_from(path)?;
        let location = self.base.join(path.as_str());
        let is_directory = fs::symlink_metadata(&location)
            .map_err(reading(&location))?
            .is_dir();
        let above = path
            .as_str()
            .match_indices('/')
            .filter_map(|(at, _)| path.as_str().get(..at));
        let excluded = self.excludes.covers(path.as_str(), is_directory)
            || above
                .into_iter()
                .any(|directory| self.excludes.covers(directory, true));
        if excluded {
            Ok(())
        } else {
            self.visit(path.as_str(), &location)
        }
    }

    pub(super) fn into_found(self) -> BTreeMap<ArtifactPath, Found> {
        self.found
    }

    /// Records the entry at `location` under `name`; the base itself has an empty one.
    fn visit(&mut self, name: &str, location: &Path) -> Result<(), Error> {
        let target = fs::canonicalize(location).map_err(reading(location))?;
        if !target.starts_with(&self.base) {
            return Err(Error::OutsideBase {
                path: location.to_owned(),
                target,
            });
        }
        let metadata = fs::metadata(&target).map_err(reading(&target))?;
        if metadata.is_file() {
            let len = metadata.len();
            self.found.insert(
                ArtifactPath::try_from(name)?,
                Found {
                    location: target,
                    len,
                },
            );
            Ok(())
        } else if metadata.is_dir() {
            self.visit_directory(name, target)
        } else {
            Err(Error::Special {
                path: location.to_owned(),
            })
        }
    }

    fn visit_directory(&mut self, name: &str, directory: PathBuf) -> Result<(), Error> {
        if self.above.contains(&directory) {
            return Err(Error::Loop {
                path: self.base.join(name),
            });
        }
        if self.above.len() >= MAX_DEPTH {
            return Err(Error::TooDeep {
                path: directory,
                limit: MAX_DEPTH,
            });
        }
        let children = self.children(name, &directory)?;
        self.above.push(directory);
        for (name, location) in children {
            self.visit(&name, &location)?;
        }
        self.above.pop();
        Ok(())
    }

    /// The entries of a directory that are not excluded.
    fn children(&mut self, name: &str, directory: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
        let mut children = Vec::new();
        for entry in fs::read_dir(directory).map_err(reading(directory))? {
            let entry = entry.map_err(reading(directory))?;
            self.entries = self.entries.saturating_add(1);
            if self.entries > self.max_entries {
                return Err(Error::TooManyEntries {
                    limit: self.max_entries,
                });
            }
            let location = entry.path();
            let Ok(child) = entry.file_name().into_string() else {
                return Err(Error::NotUnicode { path: location });
            };
            let child = if name.is_empty() {
                child
            } else {
                format!("{name}/{child}")
            };
            let is_directory = entry.file_type().map_err(reading(&location))?.is_dir();
            if !self.excludes.covers(&child, is_directory) {
                children.push((child, location));
            }
        }
        Ok(children)
    }
}

fn reading(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    |source| Error::Io { path, source }
}
