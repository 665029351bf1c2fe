//! Publication of the package, and the clients that install it.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{PrivateKey, Scheme};
use tuf_client::{TargetPath, TopRole};
use tuf_repo::{Keyring, Repository};

use super::{attacks::Case, project::Project, server::Server};
use crate::{
    command::{
        get::{Got, Wanted},
        now,
        verify::Inspections,
    },
    console::Console,
    failure::{Explain as _, Failure},
    files,
    publication::{Place, Provenance, Publication},
};

/// Who runs the repository: the keys of its roles, and what is published so far.
pub(super) struct Publisher {
    place: Place,
    keys: [PrivateKey; 3],
    repository: RefCell<Repository>,
    published: Vec<String>,
    package: String,
}

impl Publisher {
    pub(super) fn new(work: &Path, project: &Project, case: &Case) -> Result<Self, Failure> {
        let what = || "cannot set up the repository".to_owned();
        let place = Place::new(work.join("repository"));
        let key = || PrivateKey::generate(Scheme::Ed25519).or_unable(what);
        let keys = [key()?, key()?, key()?];
        let keyring = keyring(&keys);
        let first = Repository::create(&keyring.spec(), &keyring, now()).or_unable(what)?;
        place.write(&first, &Publication::default())?;

        let (layout, owner) = (work.join("root.layout"), work.join("owner.pub"));
        files::write(&layout, &case.evidence.layout)?;
        files::write(&owner, case.owner.to_pem().unwrap_or_default().as_bytes())?;
        let mut publication = Publication::default();
        let provenance = Provenance {
            layout: &layout,
            owners: &[owner],
            links: &case.links,
        };
        publication.add_with(&project.package(), &case.package, &provenance)?;
        let mut edit = first.repository().edit();
        publication.put_into(&mut edit);
        let release = place.publish(edit, &publication, &keyring, now())?;

        let published = publication.paths().map(ToString::to_string).collect();
        let repository = RefCell::new(release.repository().clone());
        Ok(Self {
            place,
            keys,
            repository,
            published,
            package: project.package(),
        })
    }

    pub(super) fn published(&self) -> &[String] {
        &self.published
    }

    /// Publishes once more: a new timestamp.
    pub(super) fn release_again(&self) -> Result<(), Failure> {
        let base = self.repository.borrow().clone();
        let keyring = keyring(&self.keys);
        let release = self
            .place
            .publish(base.edit(), &Publication::default(), &keyring, now())?;
        self.repository.replace(release.repository().clone());
        Ok(())
    }

    pub(super) fn timestamp(&self) -> Result<Vec<u8>, Failure> {
        files::read(&self.place.metadata().join("timestamp.json"))
    }

    /// When what is served now is no longer to be believed.
    pub(super) fn timestamp_expiry(&self) -> Result<DateTime<Utc>, Failure> {
        let repository = self.repository.borrow();
        let timestamp = repository
            .timestamp()
            .ok_or_else(|| Failure::unable("there is no timestamp"))?;
        Ok(timestamp.expires().instant())
    }

    /// A copy of the repository, as an attacker who controls the server would serve it.
    pub(super) fn tampered(
        &self,
        copy: &Path,
        tamper: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        copy_tree(self.place.directory(), copy)?;
        tamper(copy)
    }

    /// The package in a copy of the repository: under its name, with the digest in front.
    pub(super) fn package_file(&self, repository: &Path) -> Result<PathBuf, Failure> {
        let what = || "the package is not in the repository".to_owned();
        let targets = fs::read_dir(repository.join("targets")).or_unable(what)?;
        let suffix = format!(".{}", self.package);
        let mut names = targets.flatten().map(|entry| entry.path());
        names
            .find(|path| path.to_string_lossy().ends_with(&suffix))
            .ok_or_else(|| Failure::unable(what()))
    }

    pub(super) fn package_name(&self) -> &str {
        &self.package
    }
}

/// The root is offline in life; here all keys are at hand.
fn keyring(keys: &[PrivateKey; 3]) -> Keyring<'_> {
    let [root, targets, online] = keys;
    Keyring::new()
        .with(TopRole::Root, TimeDelta::days(365), &[root])
        .with(TopRole::Targets, TimeDelta::days(90), &[targets])
        .with(TopRole::Snapshot, TimeDelta::days(7), &[online])
        .with(TopRole::Timestamp, TimeDelta::days(1), &[online])
}

/// Who installs the package, over and over: at first with nothing but `root.json`.
pub(super) struct Visitor {
    root: Vec<u8>,
    server: Server,
    target: TargetPath,
    store: PathBuf,
    output: PathBuf,
    console: Console,
}

impl Visitor {
    pub(super) fn new(
        publisher: &Publisher,
        work: &Path,
        console: Console,
    ) -> Result<Self, Failure> {
        let target = publisher.package.as_str();
        let target =
            TargetPath::try_from(target).or_unable(|| format!("{target} cannot name a target"))?;
        let home = work.join("client");
        Ok(Self {
            root: files::read(&publisher.place.metadata().join("1.root.json"))?,
            server: Server::start(publisher.place.directory())?,
            output: home.join(target.as_str()),
            store: home.join("metadata"),
            target,
            console,
        })
    }

    /// Installs from the honest server.
    pub(super) fn install(&self) -> Result<Got, Failure> {
        self.install_from(&self.server, now())
    }

    /// Installs, or tries to, from a server under attack, which must not touch what is installed.
    pub(super) fn install_from(&self, server: &Server, now: DateTime<Utc>) -> Result<Got, Failure> {
        let wanted = Wanted {
            target: &self.target,
            root: &self.root,
            store: &self.store,
            output: &self.output,
            now,
            require_in_toto: true,
            owners: Vec::new(),
            inspections: &Inspections::default(),
        };
        wanted.get_from(&server.url(""), self.console)
    }

    /// Installs, or tries to, while the honest server sends a file that has no end.
    pub(super) fn install_endless(&self, file: &str) -> Result<Got, Failure> {
        self.server.make_endless(Some(file));
        let verdict = self.install();
        self.server.make_endless(None);
        verdict
    }

    pub(super) fn address(&self) -> String {
        self.server.url("")
    }

    pub(super) fn installed(&self) -> &Path {
        &self.output
    }
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Failure> {
    let what = || format!("cannot copy {}", from.display());
    fs::create_dir_all(to).or_unable(what)?;
    for entry in fs::read_dir(from).or_unable(what)? {
        let entry = entry.or_unable(what)?;
        let copy = to.join(entry.file_name());
        if entry.file_type().or_unable(what)?.is_dir() {
            copy_tree(&entry.path(), &copy)?;
        } else {
            fs::copy(entry.path(), copy).or_unable(what)?;
        }
    }
    Ok(())
}
