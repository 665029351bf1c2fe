//! The subcommands. Each parses, makes one library call and prints.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use clap::Subcommand;

use crate::{
    console::{Console, Outcome},
    demo,
    failure::Failure,
};

pub(crate) mod get;
mod key;
mod layout;
mod package;
mod repo;
pub(crate) mod run;
mod svid;
pub(crate) mod verify;

// What has no text here has it, at length, where its arguments are.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make and look at signing keys
    #[command(subcommand)]
    Key(key::Key),
    Run(run::Run),
    /// Write, check and sign the layout: which steps there must be, and who may do them
    #[command(subcommand)]
    Layout(layout::Layout),
    Verify(verify::Verify),
    /// Make and change a TUF repository
    #[command(subcommand)]
    Repo(repo::Repo),
    Get(get::Get),
    /// Get, look at and verify SPIFFE identities (X.509-SVIDs)
    #[command(subcommand)]
    Svid(svid::SvidCommand),
    /// Look into a Cargo package: list what is in it, unpack it
    #[command(subcommand)]
    Package(package::Package),
    Demo(demo::Demo),
}

impl Command {
    pub(crate) fn execute(self, console: &Console) -> Result<Outcome, Failure> {
        match self {
            Self::Key(command) => command.execute(),
            Self::Run(command) => command.execute(console),
            Self::Layout(command) => command.execute(),
            Self::Verify(command) => command.execute(console),
            Self::Repo(command) => command.execute(console),
            Self::Get(command) => command.execute(console),
            Self::Svid(command) => command.execute(),
            Self::Package(command) => command.execute(),
            Self::Demo(command) => command.execute(console),
        }
    }

    /// `run` stands in for the command it runs, so its own trouble needs a code apart.
    pub(crate) fn code_when_unable(&self) -> u8 {
        match self {
            Self::Run(_) => 125,
            _ => 3,
        }
    }
}

/// The instant to verify at.
#[derive(Debug, clap::Args)]
pub(crate) struct At {
    /// Verify as of this instant (YYYY-MM-DDTHH:MM:SSZ) instead of now
    #[arg(long, value_name = "INSTANT")]
    at: Option<crypto_keys::Expires>,
}

impl At {
    fn instant(&self) -> DateTime<Utc> {
        self.at.map_or_else(now, crypto_keys::Expires::instant)
    }
}

/// The one place that reads the clock, in whole seconds, as all that expires does.
#[expect(
    clippy::disallowed_methods,
    reason = "the application is where time enters"
)]
pub(crate) fn now() -> DateTime<Utc> {
    let now = Utc::now();
    now.with_nanosecond(0).unwrap_or(now)
}

/// The instant after a while; the last there is, if that is beyond the calendar.
pub(crate) fn later(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant
        .checked_add_signed(by)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
