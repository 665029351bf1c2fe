use std::{collections::BTreeMap, convert::Infallible, error, io};

use crate::target_path::url_path;

/// A file to be fetched from a repository.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Request<'a> {
    /// In which of the two trees the file is.
    pub tree: Tree,
    /// Where it is in the tree.
    ///
    /// Metadata is one file, whose name is percent-encoded already: safe in a file system, and to be put into a URL as
    /// it is. The path of a target is relative and without dot segments, and not encoded.
    pub path: &'a str,
    /// How many bytes of it will be read, at most.
    pub limit: u64,
}

/// The two trees of files that a repository consists of. They may be in different places.
#[expect(clippy::exhaustive_enums, reason = "the specification has these two")]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Tree {
    /// What is signed.
    Metadata,
    /// What is downloaded.
    Targets,
}

impl Request<'_> {
    /// The path as part of a URL.
    pub fn url_path(&self) -> String {
        match self.tree {
            Tree::Metadata => self.path.to_owned(),
            Tree::Targets => url_path(self.path),
        }
    }
}

/// Reads from a repository. `Ok(None)` means that a file is not there, and nothing else does.
///
/// The distinction matters: the end of the chain of roots is the first that is not there. A failure that were taken
/// for absence would let anybody who can cause failures hide new keys.
///
/// ```
/// use std::io;
/// use tuf_client::{Request, Transport, Tree};
///
/// /// A repository that is down.
/// struct Down;
///
/// impl Transport for Down {
///     type Error = io::Error;
///     fn fetch(&mut self, _: &Request<'_>) -> Result<Option<Box<dyn io::Read + '_>>, io::Error> {
///         Err(io::Error::from(io::ErrorKind::ConnectionRefused))
///     }
/// }
/// ```
pub trait Transport {
    /// What can go wrong.
    type Error: error::Error + Send + Sync + 'static;

    /// Begins to read a file. The reader may be longer than the limit of the request: it is cut.
    ///
    /// # Errors
    ///
    /// Anything that keeps the transport from knowing whether the file is there.
    fn fetch(
        &mut self,
        request: &Request<'_>,
    ) -> Result<Option<Box<dyn io::Read + '_>>, Self::Error>;
}

impl<T: Transport + ?Sized> Transport for &mut T {
    type Error = T::Error;

    fn fetch(
        &mut self,
        request: &Request<'_>,
    ) -> Result<Option<Box<dyn io::Read + '_>>, Self::Error> {
        (**self).fetch(request)
    }
}

/// A repository in memory.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MemoryTransport {
    files: BTreeMap<(Tree, String), Vec<u8>>,
}

impl MemoryTransport {
    /// An empty repository.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file into the repository, in place of the one before.
    pub fn put(&mut self, tree: Tree, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert((tree, path.into()), bytes.into());
    }

    /// Takes a file out of the repository.
    pub fn remove(&mut self, tree: Tree, path: &str) -> Option<Vec<u8>> {
        self.files.remove(&(tree, path.to_owned()))
    }

    /// Every file: its tree, its path, its bytes.
    pub fn files(&self) -> impl Iterator<Item = (Tree, &str, &[u8])> {
        self.files
            .iter()
            .map(|((tree, path), bytes)| (*tree, path.as_str(), bytes.as_slice()))
    }
}

impl Transport for MemoryTransport {
    type Error = Infallible;

    fn fetch(
        &mut self,
        request: &Request<'_>,
    ) -> Result<Option<Box<dyn io::Read + '_>>, Infallible> {
        match self.files.get(&(request.tree, request.path.to_owned())) {
            Some(bytes) => Ok(Some(Box::new(bytes.as_slice()))),
            None => Ok(None),
        }
    }
}
