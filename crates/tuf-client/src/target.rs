use std::io::{self, Read, Write};

use crypto_keys::Hasher;

use crate::metadata::check_digests;
use crate::{Error, Request, TargetFile, TargetPath, Tree};

/// A target that trusted metadata lists, and that can be fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    path: TargetPath,
    file: TargetFile,
    remote: String,
}

/// How much is read at once.
const CHUNK: usize = 64 << 10;

impl Target {
    pub(crate) fn new(
        path: TargetPath,
        file: TargetFile,
        consistent_snapshot: bool,
    ) -> Result<Self, Error> {
        let Some(copy) = path.copies(&file).into_iter().next() else {
            return Err(Error::NoKnownDigest {
                path: path.to_string(),
            });
        };
        // 5.7.3
        let remote = if consistent_snapshot {
            copy
        } else {
            path.to_string()
        };
        Ok(Self { path, file, remote })
    }

    /// The path by which the target is known.
    pub fn path(&self) -> &TargetPath {
        &self.path
    }

    /// What is listed about it.
    pub fn file(&self) -> &TargetFile {
        &self.file
    }

    /// How it is fetched: in a consistent snapshot, the name has the digest in front (6.2.1).
    pub fn request(&self) -> Request<'_> {
        Request {
            tree: Tree::Targets,
            path: &self.remote,
            limit: self.file.length(),
        }
    }

    /// Checks content that is there already, such as a download of last week, against what is listed.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] and [`Error::Digest`] if it is something else, [`Error::Store`] if it cannot be read.
    pub fn check(&self, content: impl Read) -> Result<(), Error> {
        let failed = |cause| Error::store(&self.path, cause);
        self.copy(content, &mut io::sink(), &mut |_, _| {}, &failed)
    }

    /// Copies the content, no more than its listed length, and checks it. Nothing that reached `sink` may be used
    /// before this is `Ok`.
    pub(crate) fn copy(
        &self,
        mut content: impl Read,
        sink: &mut dyn Write,
        progress: &mut dyn FnMut(u64, u64),
        failed: &dyn Fn(io::Error) -> Error,
    ) -> Result<(), Error> {
        let expected = self.file.length();
        let mut hasher = Hasher::new(self.file.digests().known());
        let mut chunk = vec![0; CHUNK];
        let mut actual = 0_u64;
        loop {
            let read = match content.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => chunk.get(..read).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            actual = actual.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
            if actual > expected {
                break;
            }
            hasher.update(read);
            sink.write_all(read)
                .map_err(|cause| Error::store(&self.path, cause))?;
            progress(actual, expected);
        }
        if actual != expected {
            return Err(Error::Length {
                path: self.path.to_string(),
                expected,
                actual,
            });
        }
        check_digests(self.path.as_str(), self.file.digests(), hasher)
    }
}
