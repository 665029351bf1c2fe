//! Publishing to the file system.

use std::io::{self, Read};
use std::path::PathBuf;

use tuf_client::{AtomicFile, DirTransport, Tree};

use crate::Sink;

/// Publishes to two directories, from which a web server may serve them meanwhile.
///
/// Each file is written beside its place, made durable and renamed.
#[derive(Clone, Debug)]
pub struct DirSink {
    repository: DirTransport,
}

impl DirSink {
    /// Publishes metadata and targets to these directories, which are made when they are not there.
    pub fn new(metadata: impl Into<PathBuf>, targets: impl Into<PathBuf>) -> Self {
        Self {
            repository: DirTransport::new(metadata, targets),
        }
    }
}

impl Sink for DirSink {
    fn write(&mut self, tree: Tree, path: &str, content: &mut dyn Read) -> io::Result<()> {
        let path = self.repository.locate(tree, path)?;
        let mut file = AtomicFile::create_in_directories(&path)?;
        io::copy(content, &mut file)?;
        file.commit()
    }
}
