use std::collections::BTreeMap;
use std::io::{self, Read};

use chrono::{DateTime, Utc};
use crypto_keys::Hasher;
use tuf_client::{RoleName, TargetFile, TargetPath, Tree};

use crate::draft::{Draft, Part};
use crate::{Edit, Error, Keyring, Repository, RootSpec, Sink};

/// Files to write, in the order in which it is safe to write them: targets, snapshot, timestamp, root.
///
/// A client has accepted everything in it already. Until the timestamp is written, clients are at the release before,
/// and then at this one. Only where a rotation replaces keys and the keyring does not hold the old ones too, clients that
/// come between the timestamp and the root have to try again.
#[derive(Clone, Debug)]
pub struct Release {
    files: Vec<(String, Vec<u8>)>,
    targets: BTreeMap<TargetPath, TargetFile>,
    repository: Repository,
}

impl Release {
    /// The metadata files by name, in the order in which they have to be written.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// The targets that are new in this release, whose content has to be published before the metadata.
    pub fn targets(&self) -> impl Iterator<Item = (&TargetPath, &TargetFile)> {
        self.targets.iter()
    }

    /// The state of the repository once this is written: where the next edit begins.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Publishes everything: the content of new targets, which `content` opens, one copy for each digest listed
    /// (specification 6.2.1), then the metadata.
    ///
    /// Content is checked while it is copied: what changed since it was listed is not published, nor is any metadata then.
    ///
    /// # Errors
    ///
    /// [`Error::Content`] if content cannot be opened or is not what is listed, [`Error::Write`] if the sink fails. Writing
    /// the same release again is safe.
    pub fn write_to<R: Read>(
        &self,
        sink: &mut dyn Sink,
        mut content: impl FnMut(&TargetPath) -> io::Result<R>,
    ) -> Result<(), Error> {
        for (path, file) in &self.targets {
            for copy in path.copies(file) {
                let refused = |source: io::Error| Error::Content {
                    path: path.clone(),
                    source: source.into(),
                };
                let mut checked = Checked::new(content(path).map_err(refused)?, file);
                let written = sink.write(Tree::Targets, &copy, &mut checked);
                match (written, checked.state) {
                    (Ok(()), State::Verified) => {}
                    (Err(source), State::Refused) => return Err(refused(source)),
                    (Err(source), _) => return Err(unwritten(copy, source)),
                    (Ok(()), _) => return Err(unwritten(copy, io::ErrorKind::WriteZero.into())),
                }
            }
        }
        for (name, bytes) in self.files() {
            sink.write(Tree::Metadata, name, &mut &*bytes)
                .map_err(|source| unwritten(name.to_owned(), source))?;
        }
        Ok(())
    }

    /// The first release of a repository.
    pub(crate) fn first(
        root: &RootSpec,
        keyring: &Keyring<'_>,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        Self::build(&Draft::first(root, keyring, now), &BTreeMap::new())
    }

    /// The release that an edit leads to.
    pub(crate) fn next(
        edit: &Edit<'_>,
        keyring: &Keyring<'_>,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        if !edit.base.root().consistent_snapshot() {
            return Err(Error::NotConsistent);
        }
        Self::build(&Draft::next(edit, keyring, now), &edit.targets)
    }

    fn build(
        draft: &Draft<'_>,
        changes: &BTreeMap<TargetPath, Option<TargetFile>>,
    ) -> Result<Self, Error> {
        let root = draft.root()?;
        let targets = draft.targets(changes)?;
        let snapshot = draft.snapshot(&targets)?;
        let timestamp = draft.timestamp(&snapshot)?;
        let mut files = Vec::new();
        let mut add = |name, part: &Part| {
            if part.is_new {
                files.push((name, part.bytes.clone()));
            }
        };
        // Nothing refers to the first two before the timestamp does. The root comes last: whoever follows it needs the
        // others as its keys signed them, and whoever does not is served by what its predecessor's keys signed.
        add(
            RoleName::TARGETS.versioned_file_name(targets.version),
            &targets,
        );
        add(
            RoleName::SNAPSHOT.versioned_file_name(snapshot.version),
            &snapshot,
        );
        add(RoleName::TIMESTAMP.file_name(), &timestamp);
        add(RoleName::ROOT.versioned_file_name(root.version), &root);
        Ok(Self {
            files,
            targets: changes
                .iter()
                .filter_map(|(path, file)| Some((path.clone(), file.clone()?)))
                .collect(),
            repository: draft.replayed(root, timestamp, snapshot, targets)?,
        })
    }
}

fn unwritten(path: String, source: io::Error) -> Error {
    Error::Write {
        path,
        source: source.into(),
    }
}

/// Content that turns into an error where it is not what is listed, at its end at the latest.
struct Checked<'f, R> {
    content: R,
    file: &'f TargetFile,
    hasher: Hasher,
    length: u64,
    state: State,
}

enum State {
    Reading,
    Verified,
    Refused,
}

impl<'f, R: Read> Checked<'f, R> {
    fn new(content: R, file: &'f TargetFile) -> Self {
        Self {
            content,
            file,
            hasher: Hasher::new(file.digests().known()),
            length: 0,
            state: State::Reading,
        }
    }

    fn refuse(&mut self, reason: impl Into<io::Error>) -> io::Result<usize> {
        self.state = State::Refused;
        Err(reason.into())
    }
}

impl<R: Read> Read for Checked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match self.content.read(buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return self.refuse(error),
        };
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        self.length = self
            .length
            .saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        let is_over = self.length > self.file.length();
        let is_short = read == 0 && self.length < self.file.length();
        if is_over || is_short {
            return self.refuse(io::Error::other(
                "the content is not as long as when it was listed",
            ));
        }
        if read == 0 {
            if !self.file.digests().matches(&self.hasher.clone().finish()) {
                return self.refuse(io::Error::other(
                    "the content is not the one that was listed",
                ));
            }
            self.state = State::Verified;
        }
        Ok(read)
    }
}
