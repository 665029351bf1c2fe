use std::io::{self, Read};

use tuf_client::{MemoryTransport, Tree};

/// Where a release is published.
///
/// ```
/// use std::io::{self, Read};
/// use tuf_client::Tree;
/// use tuf_repo::Sink;
///
/// /// Counts what it would write.
/// struct DryRun(u64);
///
/// impl Sink for DryRun {
///     fn write(&mut self, _: Tree, _: &str, content: &mut dyn Read) -> io::Result<()> {
///         self.0 += io::copy(content, &mut io::sink())?;
///         Ok(())
///     }
/// }
/// ```
pub trait Sink {
    /// Writes a file, in place of any of that path. It must appear complete or not at all: if `content` fails, because it
    /// turns out not to be what it should, nothing may be left of it.
    ///
    /// The path is that of [`tuf_client::Request::path`].
    ///
    /// # Errors
    ///
    /// Whatever keeps the file from being written, or `content` from being read.
    fn write(&mut self, tree: Tree, path: &str, content: &mut dyn Read) -> io::Result<()>;
}

impl Sink for MemoryTransport {
    fn write(&mut self, tree: Tree, path: &str, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.put(tree, path, bytes);
        Ok(())
    }
}
