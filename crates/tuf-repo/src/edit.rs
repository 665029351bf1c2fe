use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tuf_client::{TargetFile, TargetPath, TopRole};

use crate::{Error, Keyring, Release, Repository, RootSpec};

/// Changes that are not signed yet. Versions and expiries are derived, never typed in.
///
/// Without any change, signing an edit gives clients a newer timestamp, which is how a repository shows that it is alive.
#[derive(Clone, Debug)]
pub struct Edit<'r> {
    pub(crate) base: &'r Repository,
    /// What becomes of a target: listed as this, or no longer.
    pub(crate) targets: BTreeMap<TargetPath, Option<TargetFile>>,
    pub(crate) root: Option<RootSpec>,
    pub(crate) renewed: BTreeSet<TopRole>,
}

impl<'r> Edit<'r> {
    pub(crate) fn new(base: &'r Repository) -> Self {
        Self {
            base,
            targets: BTreeMap::new(),
            root: None,
            renewed: BTreeSet::new(),
        }
    }

    /// Lists a target, in place of what is listed under that path. [`TargetFile::of`] describes content.
    pub fn add_target(&mut self, path: TargetPath, file: TargetFile) -> &mut Self {
        self.targets.insert(path, Some(file));
        self
    }

    /// Lists a target no longer. Its content stays where it is, for clients that are still at the release before.
    pub fn remove_target(&mut self, path: TargetPath) -> &mut Self {
        self.targets.insert(path, None);
        self
    }

    /// Replaces keys and thresholds: the successor of the root has to be signed by both its keys and the old.
    ///
    /// Roles whose keys change are signed anew, by the old keys as well if the keyring has them: as long as the new root
    /// is not written, clients need those.
    pub fn rotate_root(&mut self, root: RootSpec) -> &mut Self {
        self.root = Some(root);
        self
    }

    /// Signs a role anew though nothing of it changed, so that it lives longer. What has expired is renewed unasked.
    pub fn renew(&mut self, role: TopRole) -> &mut Self {
        self.renewed.insert(role);
        self
    }

    /// Signs what changed, then replays it as a client that is at the state before.
    ///
    /// What that client would refuse does not become a release.
    ///
    /// # Errors
    ///
    /// [`Error::NotListed`] if a target to be removed is not there; [`Error::NoSigner`], [`Error::Sign`] and
    /// [`Error::Lifetime`] if a role cannot be signed; [`Error::KeyId`]; [`Error::Envelope`] if the state before is
    /// in an envelope that cannot be edited, [`Error::NotConsistent`] if it has no consistent snapshots; [`Error::Refused`] if a client would refuse the outcome.
    pub fn sign(self, keyring: &Keyring<'_>, now: DateTime<Utc>) -> Result<Release, Error> {
        Release::next(&self, keyring, now)
    }
}
