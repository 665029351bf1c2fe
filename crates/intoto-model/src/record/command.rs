use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    thread,
    time::{Duration, Instant},
};

use super::{Error, Event};

/// A command to run and report.
///
/// It reads nothing from standard input, and on a timeout it is killed; processes it started itself are not.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program and its arguments.
    pub arguments: Vec<String>,
    /// Where it runs; the base directory of the recorder if not given.
    pub directory: Option<PathBuf>,
    /// The environment variables it sees.
    pub environment: Environment,
    /// How long it may take; for ever if not given.
    pub timeout: Option<Duration>,
    /// How many bytes of each output stream are reported, from the beginning. The rest is read, and counted as
    /// `stdout-dropped-bytes` and `stderr-dropped-bytes`; with 0 both streams are reported as empty.
    pub keep_output: usize,
}

/// The environment variables of a command.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "variables are inherited or they are not"
)]
pub enum Environment {
    /// Those of this process.
    Inherited,
    /// These and no others.
    Exactly(BTreeMap<OsString, OsString>),
}

/// An output stream of a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a process has these two")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Enough for what a failing build says at the beginning; links are read in whole by everyone who verifies.
const KEEP_OUTPUT: usize = 64 * 1024;

/// How often a silent command is looked at.
const TICK: Duration = Duration::from_millis(20);

/// How long streams may stay open after the command has ended: something in the background holds them.
const LINGER: Duration = Duration::from_secs(1);

/// More than a command can leave behind in the pipes and the queue of its two streams.
const LEFT_BEHIND: usize = 4 * 1024 * 1024;

impl Command {
    /// A command that runs in the base directory with the environment of this process, for as long as it takes, with
    /// 64 KiB of each output stream reported.
    pub fn new<A: Into<String>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            arguments: arguments.into_iter().map(Into::into).collect(),
            directory: None,
            environment: Environment::Inherited,
            timeout: None,
            keep_output: KEEP_OUTPUT,
        }
    }

    pub(super) fn run_in(
        &self,
        base: &Path,
        notify: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, Error> {
        let Some((program, arguments)) = self.arguments.split_first() else {
            return Err(Error::NoCommand);
        };
        let failed = |source| Error::Spawn {
            program: program.clone(),
            source,
        };
        let mut command = std::process::Command::new(program);
        command
            .args(arguments)
            .current_dir(self.directory.as_deref().unwrap_or(base))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Environment::Exactly(variables) = &self.environment {
            command.env_clear().envs(variables);
        }
        let mut running = Running {
            child: command.spawn().map_err(failed)?,
            deadline: self
                .timeout
                .and_then(|limit| Instant::now().checked_add(limit)),
        };
        let outcome = running.watch(self.keep_output, notify);
        if !matches!(outcome, Ok(Some(_))) {
            running.end();
        }
        match (outcome.map_err(failed)?, self.timeout) {
            (Some(outcome), _) => Ok(outcome),
            (None, limit) => Err(Error::Timeout {
                program: program.clone(),
                limit: limit.unwrap_or_default(),
            }),
        }
    }
}

pub(super) struct Outcome {
    pub(super) return_value: i64,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
}

#[derive(Default)]
pub(super) struct Output {
    pub(super) kept: Vec<u8>,
    pub(super) dropped: u64,
}

impl Output {
    fn take(&mut self, bytes: &[u8], limit: usize) {
        let room = limit.saturating_sub(self.kept.len()).min(bytes.len());
        let (kept, dropped) = bytes.split_at_checked(room).unwrap_or_default();
        self.kept.extend_from_slice(kept);
        self.dropped = self
            .dropped
            .saturating_add(u64::try_from(dropped.len()).unwrap_or(u64::MAX));
    }
}

struct Running {
    child: Child,
    deadline: Option<Instant>,
}

impl Running {
    /// Reads both streams until they and the command have ended; `None` when the time is over first.
    ///
    /// Each stream has a thread of its own, so that a command that fills one of them while nobody reads the other
    /// does not wait for ever.
    fn watch(
        &mut self,
        keep: usize,
        notify: &mut dyn FnMut(Event<'_>),
    ) -> io::Result<Option<Outcome>> {
        let output = self.output()?;
        let (mut stdout, mut stderr) = (Output::default(), Output::default());
        let mut ended: Option<Instant> = None;
        let mut since_end = 0_usize;
        loop {
            let mut silent = false;
            match output.recv_timeout(TICK) {
                Ok((stream, bytes)) => {
                    if ended.is_some() {
                        since_end = since_end.saturating_add(bytes.len());
                    }
                    notify(Event::Output {
                        stream,
                        bytes: &bytes,
                    });
                    match stream {
                        Stream::Stdout => stdout.take(&bytes, keep),
                        Stream::Stderr => stderr.take(&bytes, keep),
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => silent = true,
            }
            if ended.is_none() && self.child.try_wait()?.is_some() {
                ended = Some(Instant::now());
            }
            // What the command itself has written is read however long that takes.
            if ended.is_some_and(|end| end.elapsed() >= LINGER)
                && (silent || since_end > LEFT_BEHIND)
            {
                break;
            }
            if self.is_over() {
                return Ok(None);
            }
        }
        let Some(status) = self.wait()? else {
            return Ok(None);
        };
        Ok(Some(Outcome {
            return_value: return_value(status),
            stdout,
            stderr,
        }))
    }

    fn output(&mut self) -> io::Result<Receiver<(Stream, Vec<u8>)>> {
        // Bounded: a command that writes faster than it is read waits.
        let (sender, receiver) = mpsc::sync_channel(16);
        if let Some(stdout) = self.child.stdout.take() {
            forward(Stream::Stdout, stdout, sender.clone())?;
        }
        if let Some(stderr) = self.child.stderr.take() {
            forward(Stream::Stderr, stderr, sender)?;
        }
        Ok(receiver)
    }

    /// Waits for a command that has closed its streams.
    fn wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.deadline.is_none() {
            return self.child.wait().map(Some);
        }
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if self.is_over() {
                return Ok(None);
            }
            thread::sleep(TICK);
        }
    }

    fn is_over(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn end(&mut self) {
        // Both fail only if the command has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(
    stream: Stream,
    mut pipe: impl Read + Send + 'static,
    sender: SyncSender<(Stream, Vec<u8>)>,
) -> io::Result<()> {
    let read = move || {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            match pipe.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(len) => {
                    let bytes = buffer.get(..len).unwrap_or_default().to_vec();
                    if sender.send((stream, bytes)).is_err() {
                        return;
                    }
                }
            }
        }
    };
    thread::Builder::new().spawn(read).map(drop)
}

#[cfg(unix)]
fn return_value(status: ExitStatus) -> i64 {
    use std::os::unix::process::ExitStatusExt as _;
    // As Python and the shells' `wait` have it: a signal is a negative value.
    let signal = status
        .signal()
        .map(|signal| i64::from(signal).saturating_neg());
    status.code().map(i64::from).or(signal).unwrap_or(-1)
}

#[cfg(not(unix))]
fn return_value(status: ExitStatus) -> i64 {
    status.code().map_or(-1, i64::from)
}
