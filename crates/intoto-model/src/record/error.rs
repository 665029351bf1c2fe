use std::{io, path::PathBuf, time::Duration};

use crate::Link;

/// Why something was not recorded. Nothing has been left out silently.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory is not there or cannot be read, a symbolic link to nowhere included.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file grew or shrank between being found and being read: no digest says what the command saw.
    #[error("{} changed while it was recorded", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A symbolic link leads out of the base directory.
    #[error("{} leads out of the base directory, to {}", path.display(), target.display())]
    OutsideBase {
        /// The link, or the path that goes through one.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A symbolic link leads to a directory that contains it.
    #[error("{} leads around in a circle", path.display())]
    Loop {
        /// The directory that was reached a second time.
        path: PathBuf,
    },
    /// Something that is neither a file nor a directory, such as a socket.
    #[error("{} is neither a file nor a directory", path.display())]
    Special {
        /// The entry.
        path: PathBuf,
    },
    /// A file name that is not Unicode.
    #[error("the name of {} is not Unicode", path.display())]
    NotUnicode {
        /// The entry.
        path: PathBuf,
    },
    /// A name that no link can report.
    #[error(transparent)]
    Name(#[from] crate::Error),
    /// An exclude that is written in a way not supported here.
    #[error("cannot exclude {pattern:?}: {reason}")]
    Exclude {
        /// The pattern.
        pattern: String,
        /// What is not supported.
        reason: &'static str,
    },
    /// More files and directories than allowed.
    #[error("more than {limit} files and directories")]
    TooManyEntries {
        /// The most entries allowed.
        limit: usize,
    },
    /// More to hash than allowed.
    #[error("more than {limit} bytes of files")]
    TooManyBytes {
        /// The most bytes allowed.
        limit: u64,
    },
    /// Directories nested deeper than allowed.
    #[error("{} is more than {limit} directories deep", path.display())]
    TooDeep {
        /// The directory.
        path: PathBuf,
        /// The most levels allowed.
        limit: usize,
    },
    /// There is no command to run.
    #[error("there is no command to run")]
    NoCommand,
    /// The command cannot be started or watched.
    #[error("cannot run {program:?}")]
    Spawn {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// The command failed, and its products cannot be recorded.
    #[error("the command failed, and its products cannot be recorded")]
    Failed {
        /// All there is to report, which is everything but products.
        link: Box<Link>,
        /// Why there are none.
        source: Box<Self>,
    },
    /// The command took too long, and was ended.
    #[error("{program:?} took longer than {limit:?}")]
    Timeout {
        /// The program.
        program: String,
        /// The time it had.
        limit: Duration,
    },
}
