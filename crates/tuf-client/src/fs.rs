//! A repository, a store and downloads in the file system.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use crate::{Client, Error, Record, Request, RoleName, Store, Target, Transport, Tree, encoding};

/// A file that appears under its name when it is complete, or not at all.
///
/// It is written beside its final place, and renamed. Dropped without [`commit`](Self::commit), it is gone.
///
/// ```
/// # use std::io::Write;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("file");
/// let mut file = tuf_client::AtomicFile::create(&path)?;
/// file.write_all(b"content")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"content");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    file: File,
    /// Where it is written; `None` once it has its final name.
    staged: Option<PathBuf>,
    path: PathBuf,
}

/// How many left-overs of crashes are stepped over before giving up.
const MAX_STAGED: u32 = 1000;

impl AtomicFile {
    /// Begins a file that will be at `path`, whose directory must exist.
    ///
    /// # Errors
    ///
    /// If no file can be created in that directory.
    pub fn create(path: &Path) -> io::Result<Self> {
        if path.file_name().is_none() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        for attempt in 0..MAX_STAGED {
            // Not the name and more: that could be longer than a name can be.
            let staged = path.with_file_name(format!(".part-{attempt}"));
            match File::create_new(&staged) {
                Ok(file) => {
                    return Ok(Self {
                        file,
                        staged: Some(staged),
                        path: path.to_owned(),
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The same, and makes the directories that are not there, which survive a crash as well.
    ///
    /// # Errors
    ///
    /// If a directory, or the file in it, cannot be created.
    pub fn create_in_directories(path: &Path) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            make_directories(directory)?;
        }
        Self::create(path)
    }

    /// Gives the file its name, in place of any before it. From then on it survives a crash.
    ///
    /// # Errors
    ///
    /// If it cannot be written out or renamed: what was at `path` before is still there. If the directory cannot be made
    /// durable: the file is there, and a crash may undo that.
    pub fn commit(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        if let Some(staged) = &self.staged {
            fs::rename(staged, &self.path)?;
        }
        self.staged = None;
        sync_directory(self.path.parent())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(staged) = &self.staged {
            // The error that led here is the one to report; a left-over is stepped over.
            let _ = fs::remove_file(staged);
        }
    }
}

fn make_directories(directory: &Path) -> io::Result<()> {
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent() {
        make_directories(parent)?;
    }
    match fs::create_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_directory(directory.parent()),
    }
}

/// A rename is durable when its directory is. Other systems than Unix cannot open one, and order it themselves.
fn sync_directory(directory: Option<&Path>) -> io::Result<()> {
    match directory {
        Some(directory) if cfg!(unix) => {
            let is_here = directory.as_os_str().is_empty();
            File::open(if is_here { Path::new(".") } else { directory })?.sync_all()
        }
        _ => Ok(()),
    }
}

/// A store in a directory: the last metadata of each role as `ROLE.json`, every root in `root_history`.
///
/// The files hold exactly the bytes that were received. Each is replaced as a whole, so that a crash leaves the old or
/// the new. Processes may share the directory; one that began earlier may overwrite what a later one saved.
#[derive(Clone, Debug)]
pub struct DirStore {
    directory: PathBuf,
}

impl DirStore {
    /// A store in `directory`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn new(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        make_directories(&directory.join(HISTORY))?;
        Ok(Self { directory })
    }

    fn path(&self, record: Record<'_>) -> PathBuf {
        match record {
            Record::Root(version) => self
                .directory
                .join(HISTORY)
                .join(RoleName::ROOT.versioned_file_name(version)),
            Record::Role(role) => {
                let name = role.file_name();
                self.directory.join(match name.len() {
                    ..=MAX_NAME => name,
                    _ => encoding::sha256(role.as_str()) + ".json",
                })
            }
        }
    }
}

const HISTORY: &str = "root_history";

/// The longest file name that common systems have, in bytes. An encoded role name may be three times as long.
const MAX_NAME: usize = 255;

/// How much of a file is read: one byte more than metadata can have, so that what is cut is none and is replaced.
const MAX_KEPT: u64 = (64 << 20) + 1;

impl Store for DirStore {
    fn load(&self, record: Record<'_>) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        match File::open(self.path(record)) {
            Ok(file) => file.take(MAX_KEPT).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(bytes))
    }

    fn save(&mut self, record: Record<'_>, bytes: &[u8]) -> io::Result<()> {
        replace(&self.path(record), bytes)?;
        match record {
            // 5.3.8 asks for this file. It is for people: only the history is read back.
            Record::Root(_) => replace(&self.path(Record::Role(&RoleName::ROOT)), bytes),
            Record::Role(_) => Ok(()),
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return remove(path);
    }
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_directory(path.parent()),
    }
}

/// A repository in two directories.
#[derive(Clone, Debug)]
pub struct DirTransport {
    metadata: PathBuf,
    targets: PathBuf,
}

impl DirTransport {
    /// A repository with its metadata and its targets in these directories.
    pub fn new(metadata: impl Into<PathBuf>, targets: impl Into<PathBuf>) -> Self {
        Self {
            metadata: metadata.into(),
            targets: targets.into(),
        }
    }
}

impl DirTransport {
    /// Where a file of the repository is.
    ///
    /// # Errors
    ///
    /// If the path would leave its directory: on some systems `C:` does, in a path that is relative elsewhere.
    pub fn locate(&self, tree: Tree, path: &str) -> io::Result<PathBuf> {
        let root = match tree {
            Tree::Metadata => &self.metadata,
            Tree::Targets => &self.targets,
        };
        let path = Path::new(path);
        let stays = path
            .components()
            .all(|component| matches!(component, Component::Normal(_)));
        match stays {
            true => Ok(root.join(path)),
            false => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

impl Transport for DirTransport {
    type Error = io::Error;

    fn fetch(&mut self, request: &Request<'_>) -> io::Result<Option<Box<dyn Read + '_>>> {
        let path = self.locate(request.tree, request.path)?;
        // A directory of that name is no file of that name.
        match File::open(&path) {
            Ok(file) if file.metadata()?.is_file() => Ok(Some(Box::new(file))),
            Ok(_) => Ok(None),
            Err(error) if is_absence(error.kind()) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A file below a file, like a file below nothing, is not there.
fn is_absence(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl<T: Transport, S: Store> Client<T, S> {
    /// Downloads a target to `path`, whose directory must exist.
    ///
    /// The content is streamed to a file beside it, which gets the name when all of it was received and verified. Until
    /// then, and after an error, `path` is what it was. `progress` is told the bytes received so far and the total.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and [`Error::Store`] if the file cannot be written.
    pub fn download_to(
        &mut self,
        target: &Target,
        path: &Path,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(), Error> {
        let failed = |cause| Error::store(path.display(), cause);
        let mut file = AtomicFile::create(path).map_err(failed)?;
        self.copy(target, &mut file, &mut progress)?;
        file.commit().map_err(failed)
    }
}
