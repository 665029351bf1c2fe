#![doc = include_str!("../README.md")]

use std::process::ExitCode;

use clap::Parser;

mod carried;
mod command;
mod console;
mod demo;
mod failure;
mod files;
mod publication;
mod signing_key;
mod svid_source;

/// Know that what you install is what was built, and how.
///
/// Record what a pipeline does (run), say what it should do (layout), check the one against the other
/// (verify), publish the result (repo) and fetch it with proof (get). `bonafide demo` shows all of it at work.
#[derive(Debug, Parser)]
#[command(name = "bonafide", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    /// Print one JSON object instead of text, also for errors, and show no progress
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: command::Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done; what was asked for is so
  1  refused: something did not verify, and the reason was printed
  2  the command line was not understood
  3  unable: a file, a server, a key or a socket was not what it had to be
`bonafide run` ends with the code of the command it ran, and with 125 if it could not run or record it.";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let console = console::Console::new(arguments.json);
    let unable = arguments.command.code_when_unable();
    match arguments.command.execute(&console) {
        Ok(outcome) => {
            console.print(&outcome);
            outcome.code
        }
        Err(failure) => {
            console.print_failure(&failure);
            failure.code(unable)
        }
    }
}
