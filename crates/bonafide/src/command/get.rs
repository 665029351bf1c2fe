use std::{
    fs,
    path::{Path, PathBuf},
};

use canonical_json::Value;
use crypto_keys::PublicKey;
use intoto_verify::Links;
use tuf_client::{
    Client, DirStore, DirTransport, Error, HttpTransport, Store, Target, TargetPath, Transport,
};

use super::{
    At,
    verify::{Evidence, Inspections},
};
use crate::{
    carried,
    console::{Console, Outcome},
    failure::{Explain as _, Failure},
    files,
};

/// Fetch a target from a TUF repository, and install it only if everything verifies
///
/// The metadata of the repository is brought up to date from the root you trust, and kept in --store so that nobody can
/// take you back to an older state. A target that carries in-toto evidence (ITE-2) is verified against its layout
/// too. The file appears at --output when all of that has succeeded, and not before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  bonafide get tool-1.0.0.crate --repo https://example.org/ --root root.json --store ~/.cache/example")]
pub(crate) struct Get {
    /// The target, by the path under which the repository lists it
    target: TargetPath,
    /// The repository: a URL or a directory with `metadata` and `targets` below it
    #[arg(long)]
    repo: String,
    /// The root metadata you trust, from the program itself or another safe place
    #[arg(long)]
    root: PathBuf,
    /// Where trusted metadata is kept between runs
    #[arg(long)]
    store: PathBuf,
    /// Where to install the target [default: its file name, here]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Refuse a target that carries no in-toto evidence
    #[arg(long)]
    require_in_toto: bool,
    /// The public key of an owner of the layout, from a safe place of its own: whoever steals the keys of the repository
    /// cannot replace it. Every one given must have signed, and evidence is
    /// then required [default: the keys that the repository lists]
    #[arg(long, value_name = "FILE")]
    owner: Vec<PathBuf>,
    #[command(flatten)]
    inspections: Inspections,
    #[command(flatten)]
    at: At,
}

impl Get {
    pub(super) fn execute(self, console: &Console) -> Result<Outcome, Failure> {
        let name = self.target.as_str().rsplit('/').next().unwrap_or_default();
        let output = self.output.clone().unwrap_or_else(|| PathBuf::from(name));
        let wanted = Wanted {
            target: &self.target,
            root: &files::read(&self.root)?,
            store: &self.store,
            output: &output,
            now: self.at.instant(),
            require_in_toto: self.require_in_toto || !self.owner.is_empty(),
            owners: self
                .owner
                .iter()
                .map(|file| files::public_key(file))
                .collect::<Result<_, _>>()?,
            inspections: &self.inspections,
        };
        let got = wanted.get_from(&self.repo, *console)?;
        let evidence = match &got.steps {
            Some(steps) => format!("in-toto: {} verified", steps.join(", ")),
            None => "in-toto: the target carries no evidence".to_owned(),
        };
        let text = format!(
            "installed {} ({} bytes)\n  {evidence}",
            output.display(),
            got.length
        );
        let steps = got
            .steps
            .map(|steps| steps.into_iter().map(Value::from).collect::<Vec<_>>());
        let json = Value::object([
            (
                "installed",
                Value::from(output.to_string_lossy().into_owned()),
            ),
            ("length", Value::from(got.length)),
            ("in_toto_steps", steps.map_or(Value::Null, Value::from)),
        ]);
        Ok(Outcome::new(text, json))
    }
}

/// A target to be installed, and everything there is to decide whether it may be.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) target: &'a TargetPath,
    pub(crate) root: &'a [u8],
    pub(crate) store: &'a Path,
    pub(crate) output: &'a Path,
    pub(crate) now: chrono::DateTime<chrono::Utc>,
    pub(crate) require_in_toto: bool,
    /// Who must have signed the layout; without any, whom the repository names.
    pub(crate) owners: Vec<PublicKey>,
    pub(crate) inspections: &'a Inspections,
}

/// What was installed.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) length: u64,
    /// The steps that in-toto verified, if the target carries evidence.
    pub(crate) steps: Option<Vec<String>>,
}

impl Wanted<'_> {
    /// Gets the target from a URL or a directory.
    pub(crate) fn get_from(&self, repo: &str, console: Console) -> Result<Got, Failure> {
        if self.output.is_dir() {
            let taken = format!("{} is a directory", self.output.display());
            return Err(Failure::unable(taken).advise("name the file to install with --output"));
        }
        if repo.starts_with("http://") || repo.starts_with("https://") {
            let base = repo.trim_end_matches('/');
            let (metadata, targets) = (format!("{base}/metadata/"), format!("{base}/targets/"));
            let transport = HttpTransport::new(&metadata, &targets)
                .or_unable(|| format!("{repo} is no repository"))?;
            self.get_through(transport, repo, console)
        } else {
            let base = Path::new(repo);
            if !base.join("metadata").is_dir() {
                return Err(Failure::unable(format!("{repo} is no repository")).advise(
                    "give an http:// or https:// URL, or a directory with `metadata` in it",
                ));
            }
            let transport = DirTransport::new(base.join("metadata"), base.join("targets"));
            self.get_through(transport, repo, console)
        }
    }

    fn get_through(
        &self,
        transport: impl Transport,
        repo: &str,
        console: Console,
    ) -> Result<Got, Failure> {
        let what = || format!("{} from {repo}", self.target);
        let store = DirStore::new(self.store)
            .or_unable(|| format!("cannot keep metadata in {}", self.store.display()))?;
        let mut client =
            Client::new(self.root, self.now, transport, store).map_err(|e| judged(e, what()))?;
        client.refresh().map_err(|source| judged(source, what()))?;
        let target = find(&mut client, self.target)?;

        // Beside the output, so that it can be moved into place at once.
        let directory = self
            .output
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let cannot = || format!("cannot install {}", self.output.display());
        fs::create_dir_all(directory).or_unable(cannot)?;
        let staging = tempfile::Builder::new()
            .prefix(".bonafide-")
            .tempdir_in(directory)
            .or_unable(cannot)?;
        let name = self.target.as_str().rsplit('/').next().unwrap_or_default();
        let staged = staging.path().join(name);

        let bar = console.bytes(name, Some(target.file().length()));
        let downloaded = client.download_to(&target, &staged, |done, _| bar.set_position(done));
        bar.finish_and_clear();
        downloaded.map_err(|source| judged(source, what()))?;

        let steps = match evidence(&mut client, &target)? {
            Some(mut evidence) => {
                if !self.owners.is_empty() {
                    evidence.owners.clone_from(&self.owners);
                }
                let report =
                    evidence.verify(self.now, std::slice::from_ref(&staged), self.inspections)?;
                Some(
                    report
                        .steps
                        .iter()
                        .map(|step| step.name.to_string())
                        .collect(),
                )
            }
            None if self.require_in_toto => {
                let refused =
                    Failure::refused(format!("{} carries no in-toto evidence", self.target));
                return Err(
                    refused.advise("ask the publisher for it, or leave out --require-in-toto")
                );
            }
            None => None,
        };
        fs::rename(&staged, self.output).or_unable(cannot)?;
        Ok(Got {
            length: target.file().length(),
            steps,
        })
    }
}

/// The layout, the keys of its owners and the links that the repository binds to a target.
fn evidence<T: Transport, S: Store>(
    client: &mut Client<T, S>,
    target: &Target,
) -> Result<Option<Evidence>, Failure> {
    let carried = carried::by(target)?;
    if carried.is_empty() {
        return Ok(None);
    }
    let mut layout = None;
    let mut owners = Vec::new();
    let mut links = Links::default();
    let mut left = MAX_EVIDENCE;
    for path in carried {
        let carrier = find(client, &path)?;
        let content = read(client, &carrier, &mut left)?;
        let name = path.as_str().rsplit('/').next().unwrap_or_default();
        if let Some(step) = carried::step_of_link(name) {
            links.add(step, path.as_str(), content);
        } else if layout.replace(content).is_some() {
            return Err(Failure::refused(format!(
                "{} carries two layouts",
                target.path()
            )));
        } else {
            for path in carried::by(&carrier)? {
                let key = find(client, &path)?;
                let key = read(client, &key, &mut left)?;
                let key = PublicKey::from_pem(&String::from_utf8_lossy(&key))
                    .or_refused(|| format!("{path} holds no public key"))?;
                owners.push(key);
            }
        }
    }
    let layout =
        layout.ok_or_else(|| Failure::refused(format!("{} carries no layout", target.path())))?;
    Ok(Some(Evidence {
        layout,
        owners,
        links,
    }))
}

/// All that one target carries: as much as a directory of links may hold.
const MAX_EVIDENCE: u64 = 256 << 20;

/// Reads evidence into memory, as long as there is some `left` of what it may take.
fn read<T: Transport, S: Store>(
    client: &mut Client<T, S>,
    target: &Target,
    left: &mut u64,
) -> Result<Vec<u8>, Failure> {
    *left = left.checked_sub(target.file().length()).ok_or_else(|| {
        Failure::refused(format!(
            "with {} the evidence is longer than {MAX_EVIDENCE} bytes",
            target.path()
        ))
    })?;
    client
        .read(target)
        .map_err(|source| judged(source, target.path().to_string()))
}

fn find<T: Transport, S: Store>(
    client: &mut Client<T, S>,
    path: &TargetPath,
) -> Result<Target, Failure> {
    let found = client
        .target(path)
        .map_err(|source| judged(source, path.to_string()))?;
    found.ok_or_else(|| {
        Failure::refused(format!("the repository lists no target {path}"))
            .advise("check the spelling; `bonafide repo status DIR` lists what a repository holds")
    })
}

/// Failing to reach a repository is no verdict on it.
fn judged(source: Error, what: String) -> Failure {
    match source {
        Error::Transport { .. } => Failure::unable(format!("cannot get {what}"))
            .because(source)
            .advise("check the address and the network, and try again later"),
        // Whoever asks at the wrong address learns nothing about the right one.
        Error::NotThere { ref path } if path == "timestamp.json" => {
            Failure::unable(format!("cannot get {what}"))
                .because(source)
                .advise(
                    "is this the address of a repository? It has `metadata` and `targets` below it",
                )
        }
        Error::Store { .. } => Failure::unable(format!("cannot get {what}")).because(source),
        _ => Failure::refused(format!("will not take {what}")).because(source),
    }
}
