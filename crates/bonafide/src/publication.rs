//! Putting files, with the evidence they carry, into a TUF repository.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use crypto_keys::Algorithm;
use tuf_client::{DirTransport, TargetFile, TargetPath};
use tuf_repo::{DirSink, Edit, Error, Keyring, Release, Repository};

use crate::{
    carried,
    failure::{Explain as _, Failure},
    files,
};

/// A repository in a directory: `metadata` and `targets` below it.
#[derive(Clone, Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.0
    }

    pub(crate) fn metadata(&self) -> PathBuf {
        self.0.join("metadata")
    }

    pub(crate) fn targets(&self) -> PathBuf {
        self.0.join("targets")
    }

    pub(crate) fn sink(&self) -> DirSink {
        DirSink::new(self.metadata(), self.targets())
    }

    /// Reads the repository as a client would that trusts its first root, or another one that is given.
    pub(crate) fn open(
        &self,
        root: Option<&Path>,
        now: DateTime<Utc>,
    ) -> Result<Repository, Failure> {
        let first = self.metadata().join("1.root.json");
        let root = files::read(root.unwrap_or(&first)).map_err(|failure| {
            failure.advise(format!(
                "is {} a repository? `bonafide repo init` makes one",
                self.0.display()
            ))
        })?;
        let transport = DirTransport::new(self.metadata(), self.targets());
        Repository::open(transport, &root, now).or_refused(|| {
            format!(
                "{} is no repository that a client would accept",
                self.0.display()
            )
        })
    }

    /// Signs the edit and writes the release; `publication` holds the content of its targets.
    pub(crate) fn publish(
        &self,
        edit: Edit<'_>,
        publication: &Publication,
        keyring: &Keyring<'_>,
        now: DateTime<Utc>,
    ) -> Result<Release, Failure> {
        let what = || {
            format!(
                "cannot publish to {}; nothing a client reads has changed",
                self.0.display()
            )
        };
        let release = edit
            .sign(keyring, now)
            .map_err(|source| unsigned(source, what()))?;
        self.write(&release, publication)?;
        Ok(release)
    }

    pub(crate) fn write(
        &self,
        release: &Release,
        publication: &Publication,
    ) -> Result<(), Failure> {
        release
            .write_to(&mut self.sink(), |path| publication.open(path))
            .or_unable(|| format!("cannot write the release to {}", self.0.display()))
    }
}

/// The release that could not be signed, and what to do where a key is missing.
pub(crate) fn unsigned(source: Error, what: String) -> Failure {
    let advice = match source {
        Error::NoSigner { role } => {
            Some(format!("give a key of {role} with --{role}-key or --key"))
        }
        _ => None,
    };
    let failure = Failure::unable(what).because(source);
    match advice {
        Some(advice) => failure.advise(advice),
        None => failure,
    }
}

/// Targets to be listed, each with the file that holds its content.
#[derive(Debug, Default)]
pub(crate) struct Publication {
    targets: BTreeMap<TargetPath, (PathBuf, TargetFile)>,
}

/// The evidence that goes with a target.
#[derive(Debug)]
pub(crate) struct Provenance<'a> {
    pub(crate) layout: &'a Path,
    pub(crate) owners: &'a [PathBuf],
    pub(crate) links: &'a Path,
}

impl Publication {
    /// Lists `file` as `path`.
    pub(crate) fn add(&mut self, path: &str, file: &Path) -> Result<(), Failure> {
        self.add_carrying(path, file, Vec::new())
    }

    /// Lists `file` as `path`, bound to its layout, the owners' keys and all links in a directory (ITE-2).
    pub(crate) fn add_with(
        &mut self,
        path: &str,
        file: &Path,
        provenance: &Provenance<'_>,
    ) -> Result<(), Failure> {
        let Provenance {
            layout,
            owners,
            links,
        } = provenance;
        let mut keys = Vec::new();
        for owner in *owners {
            let path = carried::key_path(files::public_key(owner)?.id());
            self.add(&path, owner)?;
            keys.push(path);
        }
        let digests = described(file)?.digests().clone();
        let layout_path = carried::evidence_path(&digests, "root.layout");
        self.add_carrying(&layout_path, layout, keys)?;
        let mut carried = vec![layout_path];
        let what = || format!("cannot read the links in {}", links.display());
        for entry in fs::read_dir(links).or_unable(what)? {
            let entry = entry.or_unable(what)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if carried::step_of_link(&name).is_some() {
                let path = carried::evidence_path(&digests, &name);
                self.add(&path, &entry.path())?;
                carried.push(path);
            }
        }
        carried.sort();
        self.add_carrying(path, file, carried)
    }

    fn add_carrying(
        &mut self,
        path: &str,
        file: &Path,
        carried: Vec<String>,
    ) -> Result<(), Failure> {
        let target =
            TargetPath::try_from(path).or_unable(|| format!("{path} cannot name a target"))?;
        let mut listed = described(file)?;
        if !carried.is_empty() {
            listed = listed.with_custom([carried::custom(carried)].into());
        }
        self.targets.insert(target, (file.to_owned(), listed));
        Ok(())
    }

    /// Puts all of it into an edit.
    pub(crate) fn put_into(&self, edit: &mut Edit<'_>) {
        for (path, (_, listed)) in &self.targets {
            edit.add_target(path.clone(), listed.clone());
        }
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &TargetPath> {
        self.targets.keys()
    }

    fn open(&self, path: &TargetPath) -> io::Result<File> {
        match self.targets.get(path) {
            Some((file, _)) => File::open(file),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn described(file: &Path) -> Result<TargetFile, Failure> {
    let content = File::open(file).or_unable(|| format!("cannot read {}", file.display()))?;
    TargetFile::of(content, &[Algorithm::Sha256])
        .or_unable(|| format!("cannot read {}", file.display()))
}
