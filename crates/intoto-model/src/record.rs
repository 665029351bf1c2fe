//! Recording: what files are there, what a command did to them, as a [`Link`].
//!
//! Nothing ambient is consulted: the base directory, the excludes and the environment of the command are the
//! caller's, and the working directory of the process is neither read nor changed.
//!
//! ```
//! use intoto_model::{StepName, record::{Command, Recorder}};
//!
//! let base = tempfile::tempdir()?;
//! std::fs::write(base.path().join("main.c"), "int main() {}")?;
//! let mut recorder = Recorder::new(base.path());
//! let compile = Command::new(["cp", "main.c", "main"]);
//! let link = recorder.run(StepName::try_from("compile")?, &["main.c"], &["."], &compile)?;
//! assert_eq!(link.return_value(), Some(0));
//! assert_eq!(link.products.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["main", "main.c"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{fmt, fs::File, io::Read as _, path::PathBuf};

use canonical_json::Value;
use crypto_keys::{Algorithm, Digests, Hasher};

use crate::{Artifacts, Link, StepName};

mod command;
mod error;
mod exclude;
mod walk;

pub use command::{Command, Environment, Stream};
pub use error::Error;
pub use exclude::Excludes;

use walk::{Found, Walk};

/// Takes stock of files under one directory, before and after a command.
pub struct Recorder<'a> {
    base: PathBuf,
    excludes: Excludes,
    max_entries: usize,
    max_bytes: u64,
    notify: Box<dyn FnMut(Event<'_>) + 'a>,
}

/// What a [`Recorder`] is doing, for a progress bar or a terminal.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event<'e> {
    /// Files are being hashed.
    Hashing {
        /// The file at hand, by its artifact name.
        name: &'e str,
        /// Bytes hashed since files were counted.
        done: u64,
        /// Bytes there were when files were counted.
        total: u64,
    },
    /// The command has written something.
    Output {
        /// Where it wrote.
        stream: Stream,
        /// What it wrote.
        bytes: &'e [u8],
    },
}

/// A large monorepo has some hundred thousand files; beyond a million somebody has named the wrong directory.
const MAX_ENTRIES: usize = 1_000_000;

/// An hour of hashing. A file may say that it is larger without taking any room, and many links may lead to one file.
const MAX_BYTES: u64 = 1 << 40;

/// Large enough that reading costs less than hashing, small enough for a cache.
const BUFFER: usize = 256 * 1024;

impl<'a> Recorder<'a> {
    /// A recorder for `base`, with the default [`Excludes`], at most a million directory entries and a tebibyte of files.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self {
            base: base.into(),
            excludes: Excludes::default(),
            max_entries: MAX_ENTRIES,
            max_bytes: MAX_BYTES,
            notify: Box::new(|_| ()),
        }
    }

    /// The same recorder, leaving out these files instead of the default ones.
    #[must_use]
    pub fn with_excludes(self, excludes: Excludes) -> Self {
        Self { excludes, ..self }
    }

    /// The same recorder, refusing to look at more than this many directory entries.
    #[must_use]
    pub fn with_max_entries(self, max_entries: usize) -> Self {
        Self {
            max_entries,
            ..self
        }
    }

    /// The same recorder, refusing to hash more than this many bytes before or after a command.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// The same recorder, telling `notify` what it does.
    #[must_use]
    pub fn with_notify(self, notify: impl FnMut(Event<'_>) + 'a) -> Self {
        Self {
            notify: Box::new(notify),
            ..self
        }
    }

    /// Hashes files, and all files in directories, named relative to the base; `.` is all of it.
    ///
    /// Every entry found is recorded, excluded, or an error. Symbolic links are followed, to files and directories,
    /// as long as they stay inside the base, and what is found is recorded under the name of the link.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] for what cannot be read or is not there, [`Error::Changed`] for what is written meanwhile;
    /// [`Error::OutsideBase`] and [`Error::Loop`] for symbolic links that lead out or around; [`Error::Special`] for
    /// sockets and the like; [`Error::NotUnicode`] and [`Error::Name`] for names that no link can report;
    /// [`Error::TooManyEntries`], [`Error::TooManyBytes`] and [`Error::TooDeep`].
    pub fn artifacts(&mut self, paths: &[impl AsRef<str>]) -> Result<Artifacts, Error> {
        let mut walk = Walk::new(&self.base, &self.excludes, self.max_entries)?;
        for path in paths {
            walk.add(path.as_ref())?;
        }
        let files = walk.into_found();
        let total = files
            .values()
            .map(|file| file.len)
            .fold(0, u64::saturating_add);
        if total > self.max_bytes {
            return Err(Error::TooManyBytes {
                limit: self.max_bytes,
            });
        }
        let mut done = 0_u64;
        let mut buffer = vec![0; BUFFER];
        files
            .into_iter()
            .map(|(name, file)| {
                let digests = hash(&file, &mut buffer, |bytes| {
                    done = done.saturating_add(bytes);
                    (self.notify)(Event::Hashing {
                        name: name.as_str(),
                        done,
                        total,
                    });
                })?;
                Ok((name, digests))
            })
            .collect()
    }

    /// Records `materials`, runs `command`, records `products`, and reports all of it.
    ///
    /// A command that fails is reported like any other: see [`Link::return_value`]. Of its output the beginning of both
    /// streams is kept, see [`Command::keep_output`].
    ///
    /// # Errors
    ///
    /// As [`Recorder::artifacts`], and [`Error::NoCommand`], [`Error::Spawn`] and [`Error::Timeout`] for the command;
    /// [`Error::Failed`] if it failed and left products that cannot be recorded, because it never made them, say.
    pub fn run(
        &mut self,
        step: StepName,
        materials: &[impl AsRef<str>],
        products: &[impl AsRef<str>],
        command: &Command,
    ) -> Result<Link, Error> {
        let mut link = Link::new(step);
        link.materials = self.artifacts(materials)?;
        let outcome = command.run_in(&self.base, &mut self.notify)?;
        let products = self.artifacts(products);
        link.command.clone_from(&command.arguments);
        for (name, output) in [("stdout", outcome.stdout), ("stderr", outcome.stderr)] {
            if output.dropped > 0 && command.keep_output > 0 {
                link.byproducts
                    .insert(format!("{name}-dropped-bytes"), Value::from(output.dropped));
            }
            let text = String::from_utf8_lossy(&output.kept).into_owned();
            link.byproducts.insert(name.to_owned(), Value::from(text));
        }
        link.set_return_value(outcome.return_value);
        match products {
            Ok(products) => link.products = products,
            // Why the command failed matters more than what it therefore did not make.
            Err(source) if outcome.return_value != 0 => {
                let (link, source) = (Box::new(link), Box::new(source));
                return Err(Error::Failed { link, source });
            }
            Err(source) => return Err(source),
        }
        Ok(link)
    }
}

fn hash(file: &Found, buffer: &mut [u8], mut progress: impl FnMut(u64)) -> Result<Digests, Error> {
    let refused = |source| Error::Io {
        path: file.location.clone(),
        source,
    };
    // One byte more than there should be tells a file that grows, and one that grows faster than it is read has no end.
    let mut content = File::open(&file.location)
        .map_err(refused)?
        .take(file.len.saturating_add(1));
    let mut left = file.len;
    let mut hasher = Hasher::new([Algorithm::Sha256]);
    let changed = || Error::Changed {
        path: file.location.clone(),
    };
    loop {
        match content.read(buffer) {
            Ok(0) if left == 0 => return Ok(hasher.finish()),
            Ok(0) => return Err(changed()),
            Ok(read) => {
                hasher.update(buffer.get(..read).unwrap_or_default());
                let read = u64::try_from(read).unwrap_or(u64::MAX);
                left = left.checked_sub(read).ok_or_else(changed)?;
                progress(read);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(refused(error)),
        }
    }
}

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("base", &self.base)
            .field("excludes", &self.excludes)
            .field("max_entries", &self.max_entries)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
