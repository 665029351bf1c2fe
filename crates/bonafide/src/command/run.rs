use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    rc::Rc,
    time::Duration,
};

use canonical_json::Value;
use crypto_keys::{Payload as _, Signer, sign_classic, sign_dsse};
use intoto_model::{
    Link, StepName, link_file_name,
    record::{self, Command, Event, Excludes, Recorder, Stream},
};

use spiffe_certs::SpiffeId;

use crate::{
    console::{Console, Outcome},
    failure::{Explain as _, Failure},
    files,
    signing_key::{HELP, KeySource, Passphrase},
    svid_source,
};

/// Run a command and record, signed, what went in and what came out
///
/// Records the files a command starts from, runs it, records those it leaves, and writes the signed link.
/// The signature is made with --key, or with the identity that the SPIFFE Workload API gives to this process. A
/// command that fails leaves no link.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("\
Example:
  bonafide run --step build --key alice --materials src --products dist -- make dist

{HELP}"))]
pub(crate) struct Run {
    /// The step of the layout that this is
    #[arg(long, short = 'n')]
    step: StepName,
    /// The private key to sign with
    #[arg(long, short)]
    key: Option<KeySource>,
    #[command(flatten)]
    passphrase: Passphrase,
    /// The SPIFFE Workload API to get a certificate from, where no key is given
    #[arg(long, env = svid_source::SOCKET_VARIABLE, value_name = "SOCKET")]
    spiffe: Option<String>,
    /// Which of several identities to sign with [default: the first]
    #[arg(long, value_name = "SPIFFE-ID")]
    spiffe_id: Option<SpiffeId>,
    /// A file or directory to record before the command
    #[arg(long, short, num_args = 1.., default_value = ".", value_name = "PATH")]
    materials: Vec<String>,
    /// A file or directory to record after it
    #[arg(long, short, num_args = 1.., default_value = ".", value_name = "PATH")]
    products: Vec<String>,
    /// Files not to record, as in .gitignore [default: *.link* .git *.pyc *~]
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// The directory to run in, and to which all recorded paths are relative
    #[arg(long, short = 'C', default_value = ".", value_name = "DIR")]
    base: PathBuf,
    /// Where to write the link
    #[arg(long, short = 'd', default_value = ".", value_name = "DIR")]
    link_dir: PathBuf,
    /// Use a DSSE envelope instead of the classic one
    #[arg(long)]
    dsse: bool,
    /// Stop the command after this many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Do not put the output of the command into the link
    #[arg(long)]
    no_output: bool,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// One step to be recorded.
#[derive(Debug)]
pub(crate) struct Recording<'a> {
    pub(crate) step: StepName,
    pub(crate) base: &'a Path,
    pub(crate) materials: &'a [String],
    pub(crate) products: &'a [String],
    pub(crate) excludes: Excludes,
    pub(crate) command: Command,
    /// Whether the person sees what the command prints.
    pub(crate) show_output: bool,
}

impl Run {
    pub(super) fn execute(self, console: &Console) -> Result<Outcome, Failure> {
        let what = || format!("cannot record the step {}", self.step);
        let signer = signer(
            self.key.as_ref(),
            &self.passphrase,
            self.spiffe.as_deref(),
            self.spiffe_id.as_ref(),
        )?;
        let excludes = if self.exclude.is_empty() {
            Excludes::default()
        } else {
            Excludes::new(self.exclude.iter().map(String::as_str)).or_unable(what)?
        };
        let mut command = Command::new(self.command.clone());
        command.timeout = self.timeout.map(Duration::from_secs);
        if self.no_output {
            command.keep_output = 0;
        }
        let recording = Recording {
            step: self.step.clone(),
            base: &self.base,
            materials: &self.materials,
            products: &self.products,
            excludes,
            command,
            show_output: !console.is_json(),
        };
        let link = recording.run(*console)?;
        let value = link.return_value().unwrap_or(-1);
        if value != 0 {
            let code = shell_code(value);
            console.note(&format!(
                "the command failed with {code}, so there is no link of {}",
                self.step
            ));
            let json = Value::object([
                ("return_value", Value::from(u64::from(code))),
                ("link", Value::Null),
            ]);
            return Ok(Outcome {
                code: ExitCode::from(code),
                ..Outcome::new("", json)
            });
        }
        let path = sign(&link, &*signer, self.dsse, &self.link_dir)?;
        let (materials, products) = (link.materials.len(), link.products.len());
        console.note(&format!(
            "recorded {}: {materials} materials, {products} products, signed as {}",
            self.step,
            path.display()
        ));
        let json = Value::object([
            ("return_value", Value::from(0_u64)),
            ("link", Value::from(path.to_string_lossy().into_owned())),
        ]);
        Ok(Outcome::new("", json))
    }
}

/// The exit code that shells give a command: 128 and the number of the signal that ended it.
fn shell_code(value: i64) -> u8 {
    let code = if value < 0 {
        value.saturating_abs().saturating_add(128)
    } else {
        value
    };
    u8::try_from(code).unwrap_or(1)
}

impl Recording<'_> {
    pub(crate) fn run(self, console: Console) -> Result<Link, Failure> {
        let bar = console.bytes(self.step.as_str(), None);
        let show_output = self.show_output;
        let mut recorder = Recorder::new(self.base)
            .with_excludes(self.excludes)
            .with_notify(|event| match event {
                Event::Hashing { done, total, .. } => {
                    bar.set_length(total);
                    bar.set_position(done);
                }
                Event::Output { stream, bytes } if show_output => bar.suspend(|| {
                    // Output that nobody reads any more is lost, as it would be without us.
                    let _ = match stream {
                        Stream::Stdout => std::io::stdout().write_all(bytes),
                        Stream::Stderr => std::io::stderr().write_all(bytes),
                    };
                }),
                _ => {}
            });
        let what = format!("cannot record the step {}", self.step);
        let link = match recorder.run(self.step, self.materials, self.products, &self.command) {
            // It is not signed, but says how the command failed.
            Err(record::Error::Failed { link, .. }) => Ok(*link),
            recorded => recorded,
        };
        drop(recorder);
        bar.finish_and_clear();
        link.or_unable(|| what)
    }
}

/// Signs a link and writes it under the name that verifiers look for.
pub(crate) fn sign(
    link: &Link,
    signer: &dyn Signer,
    dsse: bool,
    into: &Path,
) -> Result<PathBuf, Failure> {
    let value = link.to_value();
    let signed = if dsse {
        sign_dsse(Link::PAYLOAD_TYPE, value.to_json().as_bytes(), &[signer])
    } else {
        sign_classic(&value, &[signer])
    };
    let signed = signed.or_unable(|| format!("cannot sign the link of {}", link.name))?;
    let path = into.join(link_file_name(&link.name, signer.public_key().id()));
    files::write(&path, &signed)?;
    Ok(path)
}

fn signer(
    key: Option<&KeySource>,
    passphrase: &Passphrase,
    socket: Option<&str>,
    id: Option<&SpiffeId>,
) -> Result<Rc<dyn Signer>, Failure> {
    match (key, socket) {
        (Some(key), _) => Ok(key.signer(passphrase)?.into()),
        (None, Some(socket)) => {
            let identities = svid_source::fetch(socket)?;
            let mut signers = identities.signers.into_iter();
            match signers.find(|signer| id.is_none_or(|id| signer.svid().id() == id)) {
                Some(chosen) => Ok(chosen),
                None => Err(Failure::unable("this process has no such identity")
                    .advise("`bonafide svid fetch` lists those it has")),
            }
        }
        (None, None) => Err(
            Failure::unable("there is nothing to sign the link with").advise(format!(
                "give --key FILE, or set {} to the socket of a SPIFFE agent",
                svid_source::SOCKET_VARIABLE
            )),
        ),
    }
}
