use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use canonical_json::Value;
use chrono::TimeDelta;
use clap::{Args, Subcommand};
use crypto_keys::{Expires, Signer, Threshold};
use tuf_client::{TargetPath, TopRole, Version};
use tuf_repo::{Keyring, Repository};

use super::now;
use crate::{
    console::{Console, Outcome, visible},
    failure::Failure,
    files,
    publication::{Place, Provenance, Publication, unsigned},
    signing_key::{HELP, KeySource, Passphrase, signers},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Repo {
    /// Make an empty repository, and root.json for its clients
    #[command(after_help = HELP)]
    Init {
        /// The directory of the repository
        directory: PathBuf,
        #[command(flatten)]
        keys: Keys,
        /// How many of the root keys must sign a root
        #[arg(long, default_value_t = 1)]
        root_threshold: u32,
    },
    /// Publish files, alone or with the in-toto evidence of how they were made
    #[command(after_help = HELP)]
    Add {
        /// The directory of the repository
        directory: PathBuf,
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The directory in the repository to list them under
        #[arg(long, value_name = "PATH")]
        under: Option<String>,
        /// The signed layout that the files were made by
        #[arg(long, requires = "links", requires = "owner")]
        layout: Option<PathBuf>,
        /// The directory with the links of that
        #[arg(long, requires = "layout")]
        links: Option<PathBuf>,
        /// The public key of an owner of the layout
        #[arg(long, requires = "layout")]
        owner: Vec<PathBuf>,
        #[command(flatten)]
        keys: Keys,
    },
    /// List targets no longer
    #[command(after_help = HELP)]
    Remove {
        /// The directory of the repository
        directory: PathBuf,
        /// The targets, by their paths in the repository
        #[arg(required = true)]
        targets: Vec<TargetPath>,
        #[command(flatten)]
        keys: Keys,
    },
    /// Sign a new timestamp, and whatever else has expired
    #[command(after_help = HELP)]
    Refresh {
        /// The directory of the repository
        directory: PathBuf,
        #[command(flatten)]
        keys: Keys,
    },
    /// Show what a client sees: versions, expiries and targets
    Status {
        /// The directory of the repository
        directory: PathBuf,
        /// The root to begin with [default: the first in the repository]
        #[arg(long)]
        root: Option<PathBuf>,
    },
}

/// Who signs, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Keys {
    /// A private key for every role that has none of its own
    #[arg(long)]
    key: Vec<KeySource>,
    /// A private key of the root role
    #[arg(long, value_name = "KEY")]
    root_key: Vec<KeySource>,
    /// A private key of the targets role
    #[arg(long, value_name = "KEY")]
    targets_key: Vec<KeySource>,
    /// A private key of the snapshot role
    #[arg(long, value_name = "KEY")]
    snapshot_key: Vec<KeySource>,
    /// A private key of the timestamp role
    #[arg(long, value_name = "KEY")]
    timestamp_key: Vec<KeySource>,
    /// How long what a role signs lives, such as timestamp=3 [default: root=365 targets=90 snapshot=7 timestamp=1]
    #[arg(long, value_name = "ROLE=DAYS")]
    days: Vec<Days>,
    #[command(flatten)]
    passphrase: Passphrase,
}

/// `ROLE=DAYS` of `--days`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Days(TopRole, u16);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, days) = text
            .split_once('=')
            .ok_or("expected ROLE=DAYS, such as timestamp=3")?;
        let role = TopRole::ALL
            .into_iter()
            .find(|known| known.to_string() == role)
            .ok_or("the roles are root, targets, snapshot and timestamp")?;
        let days = days
            .parse()
            .map_err(|_| "the days are a number below 65536")?;
        Ok(Self(role, days))
    }
}

impl Repo {
    pub(super) fn execute(self, console: &Console) -> Result<Outcome, Failure> {
        match self {
            Self::Init {
                directory,
                keys,
                root_threshold,
            } => {
                let place = Place::new(directory);
                if place.metadata().join("timestamp.json").exists() {
                    let there = format!("{} is a repository already", place.directory().display());
                    return Err(
                        Failure::unable(there).advise("`bonafide repo status` shows what is in it")
                    );
                }
                let held = keys.read()?;
                let keyring = held.keyring();
                let mut spec = keyring.spec();
                spec.root.threshold = Threshold::new(root_threshold).ok_or_else(|| {
                    Failure::unable("a root threshold of zero would trust everybody")
                })?;
                let release = Repository::create(&spec, &keyring, now())
                    .map_err(|source| unsigned(source, "cannot make the repository".to_owned()))?;
                place.write(&release, &Publication::default())?;
                let root = place.directory().join("root.json");
                files::write(&root, release.repository().root_bytes())?;
                let mut outcome = status(release.repository());
                let _ = write!(
                    outcome.text,
                    "\ngive {} to your clients, by a way they trust",
                    root.display()
                );
                Ok(outcome)
            }
            Self::Add {
                directory,
                files,
                under,
                layout,
                links,
                owner,
                keys,
            } => {
                let mut publication = Publication::default();
                let bar = console.count("hashing", None);
                for file in &files {
                    let name = file
                        .file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned();
                    let path = under
                        .as_ref()
                        .map_or(name.clone(), |under| format!("{under}/{name}"));
                    match (&layout, &links) {
                        (Some(layout), Some(links)) => {
                            let provenance = Provenance {
                                layout,
                                owners: &owner,
                                links,
                            };
                            publication.add_with(&path, file, &provenance)?;
                        }
                        _ => publication.add(&path, file)?,
                    }
                    bar.inc(1);
                }
                bar.finish_and_clear();
                publish(&directory, &keys, &publication, &[])
            }
            Self::Remove {
                directory,
                targets,
                keys,
            } => publish(&directory, &keys, &Publication::default(), &targets),
            Self::Refresh { directory, keys } => {
                publish(&directory, &keys, &Publication::default(), &[])
            }
            Self::Status { directory, root } => {
                Ok(status(&Place::new(directory).open(root.as_deref(), now())?))
            }
        }
    }
}

fn publish(
    directory: &Path,
    keys: &Keys,
    publication: &Publication,
    removed: &[TargetPath],
) -> Result<Outcome, Failure> {
    let place = Place::new(directory);
    let repository = place.open(None, now())?;
    let mut edit = repository.edit();
    publication.put_into(&mut edit);
    for target in removed {
        edit.remove_target(target.clone());
    }
    let held = keys.read()?;
    let release = place.publish(edit, publication, &held.keyring(), now())?;
    let mut outcome = status(release.repository());
    for path in publication.paths() {
        let _ = write!(outcome.text, "\npublished {path}");
    }
    Ok(outcome)
}

/// The private keys of each role.
struct Held<'k> {
    keys: &'k Keys,
    roles: BTreeMap<TopRole, Vec<Box<dyn Signer>>>,
}

impl Keys {
    fn read(&self) -> Result<Held<'_>, Failure> {
        let own = |role| match role {
            TopRole::Root => &self.root_key,
            TopRole::Targets => &self.targets_key,
            TopRole::Snapshot => &self.snapshot_key,
            TopRole::Timestamp => &self.timestamp_key,
        };
        let mut roles = BTreeMap::new();
        for role in TopRole::ALL {
            let sources = if own(role).is_empty() {
                &self.key
            } else {
                own(role)
            };
            roles.insert(role, signers(sources, &self.passphrase)?);
        }
        Ok(Held { keys: self, roles })
    }
}

impl Held<'_> {
    fn keyring(&self) -> Keyring<'_> {
        self.roles.iter().filter(|(_, keys)| !keys.is_empty()).fold(
            Keyring::new(),
            |keyring, (role, keys)| {
                let signers: Vec<_> = keys.iter().map(|key| &**key).collect();
                let chosen = self.keys.days.iter().rev().find(|days| days.0 == *role);
                let days = chosen.map_or_else(|| usual_days(*role), |days| days.1);
                keyring.with(*role, TimeDelta::days(i64::from(days)), &signers)
            },
        )
    }
}

/// The less is at stake and the more often it is signed, the shorter it lives.
fn usual_days(role: TopRole) -> u16 {
    match role {
        TopRole::Root => 365,
        TopRole::Targets => 90,
        TopRole::Snapshot => 7,
        TopRole::Timestamp => 1,
    }
}

fn status(repository: &Repository) -> Outcome {
    let mut text = String::new();
    let mut roles = BTreeMap::new();
    let mut line = |role: &str, version: Version, expires: Expires| {
        let age = if expires.has_passed(now()) {
            "expired"
        } else {
            "expires"
        };
        let _ = writeln!(text, "{role:9} version {version:5}  {age} {expires}");
        let described = [
            ("version", Value::from(version.get())),
            ("expires", Value::from(expires.to_string())),
        ];
        roles.insert(role.to_owned(), Value::object(described));
    };
    let root = repository.root();
    line("root", root.version(), root.expires());
    if let Some(role) = repository.timestamp() {
        line("timestamp", role.version(), role.expires());
    }
    if let Some(role) = repository.snapshot() {
        line("snapshot", role.version(), role.expires());
    }
    let mut targets = BTreeMap::new();
    if let Some(role) = repository.targets() {
        line("targets", role.version(), role.expires());
        for (path, file) in role.targets() {
            targets.insert(path.to_owned(), file.to_value());
        }
    }
    for path in targets.keys() {
        let _ = writeln!(text, "  {}", visible(path));
    }
    let json = [
        ("roles", Value::Object(roles)),
        ("targets", Value::Object(targets)),
    ];
    Outcome::new(text.trim_end(), Value::object(json))
}
