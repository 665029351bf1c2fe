//! What to do next: the order of an update, without doing any of it.

mod search;

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::updater::search::{Delegator, Search};
use crate::{
    Change, Error, Limits, Record, Request, RoleName, Target, TargetPath, Tree, TrustedMetadata,
    Version,
};

/// Decides what to do next. Every driver, blocking or not, is a loop around this.
///
/// It does nothing itself: [`next_action`](Self::next_action) says what is wanted, [`supply`](Self::supply) takes
/// it. One updater is one update, at one instant (5.1), and any number of searches for targets after it.
///
/// An `Err` leaves it as it was: the same action is offered again, to be tried with other bytes.
///
/// ```
/// use tuf_client::{Action, Error, Limits, Record, Request, RoleName, Tree, Updater};
///
/// fn update(mut updater: Updater, repository: impl Fn(&str) -> Option<Vec<u8>>) -> Result<(), Error> {
///     loop {
///         match updater.next_action() {
///             Action::Recall(_) => updater.supply(None)?, // nothing is kept here
///             Action::Fetch(request) => {
///                 let bytes = repository(request.path);
///                 updater.supply(bytes.as_deref())?;
///             }
///             Action::Save(_, _) => {}
///             Action::Done => return Ok(()),
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Updater {
    trusted: TrustedMetadata,
    limits: Limits,
    step: Step,
    /// Where the bytes of the step come from: what was kept, or the repository.
    fetch: Option<Fetch>,
    new_roots: u32,
    saves: VecDeque<Save>,
    /// The last of `saves` to be handed out.
    saving: Option<Save>,
    search: Search,
}

/// What a driver has to do next.
#[expect(clippy::exhaustive_enums, reason = "a driver has to do all of it")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action<'u> {
    /// Load this from the store, and supply it or `None`.
    Recall(Record<'u>),
    /// Fetch this from the repository, no more than its limit, and supply it, or `None` if it is not there. A failure
    /// to fetch must not be supplied at all.
    Fetch(Request<'u>),
    /// Save this, or if it is empty forget what was saved. Nothing is supplied; if it fails, [`Updater::unsaved`] is called.
    Save(Record<'u>, &'u [u8]),
    /// Nothing: the update or the search is complete.
    Done,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    Root(Version),
    Timestamp,
    Snapshot,
    Targets,
    Delegated {
        delegator: Delegator,
        role: RoleName,
    },
    Done,
}

#[derive(Debug)]
struct Fetch {
    path: String,
    limit: u64,
}

#[derive(Debug)]
struct Save {
    step: Step,
    bytes: Vec<u8>,
}

impl Updater {
    /// Begins with a root that is trusted because of where it came from, at the instant of the update.
    ///
    /// # Errors
    ///
    /// As [`TrustedMetadata::new`].
    pub fn new(root: &[u8], now: DateTime<Utc>, limits: Limits) -> Result<Self, Error> {
        let trusted = TrustedMetadata::new(root, now)?;
        Ok(Self {
            step: Step::Root(trusted.root().version().next()?),
            trusted,
            limits,
            fetch: None,
            new_roots: 0,
            saves: VecDeque::new(),
            saving: None,
            search: Search::default(),
        })
    }

    /// The metadata trusted so far.
    pub fn trusted(&self) -> &TrustedMetadata {
        &self.trusted
    }

    /// What to do next.
    pub fn next_action(&mut self) -> Action<'_> {
        if let Some(save) = self.saves.pop_front() {
            let save = self.saving.insert(save);
            return match save.step.record() {
                Some(record) => Action::Save(record, &save.bytes),
                None => Action::Done,
            };
        }
        match (&self.fetch, self.step.record()) {
            (_, None) => Action::Done,
            (None, Some(record)) => Action::Recall(record),
            (Some(fetch), Some(_)) => Action::Fetch(Request {
                tree: Tree::Metadata,
                path: &fetch.path,
                limit: fetch.limit,
            }),
        }
    }

    /// Takes what the last [`Action::Recall`] or [`Action::Fetch`] asked for; `None` if it is not there.
    ///
    /// What was kept and does not verify any more counts as not there. Without an action to answer, nothing happens.
    ///
    /// # Errors
    ///
    /// Those of the checks that what was fetched fails, see [`TrustedMetadata`]; [`Error::NotThere`],
    /// [`Error::TooLong`], [`Error::TooManyRoots`].
    pub fn supply(&mut self, bytes: Option<&[u8]>) -> Result<(), Error> {
        match &self.fetch {
            None => self.recalled(bytes),
            Some(fetch) => match bytes {
                None if matches!(self.step, Step::Root(_)) => {
                    // 5.3.10: the chain ends here, and its end must not have expired.
                    self.trusted.check_root()?;
                    self.recall(Step::Timestamp);
                    Ok(())
                }
                None => Err(Error::NotThere {
                    path: fetch.path.clone(),
                }),
                Some(bytes) => {
                    within(&fetch.path, bytes, fetch.limit)?;
                    self.fetched(bytes)
                }
            },
        }
    }

    /// Takes note that the last [`Action::Save`] failed: it is offered again, before anything else.
    ///
    /// What is trusted must not outlive what is kept: the next update would take a version for new that is not.
    pub fn unsaved(&mut self) {
        if let Some(save) = self.saving.take() {
            self.saves.push_front(save);
        }
    }

    /// Begins to search for a target: in the top-level targets, then in whatever they delegate to (5.6.7).
    ///
    /// The search goes on with [`next_action`](Self::next_action), and ends in [`found`](Self::found).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfOrder`] before the update is complete.
    pub fn find(&mut self, target: &TargetPath) -> Result<(), Error> {
        let top = self.trusted.targets().ok_or(Error::OutOfOrder {
            needed: RoleName::TARGETS,
        })?;
        let next = self.search.begin(target, top, &self.limits);
        self.search_on(next);
        Ok(())
    }

    /// What the search has found: the target, or that there is none.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyRoles`] and [`Error::SuccinctRoles`] if the search could not be completed, [`Error::NoKnownDigest`]
    /// if the target could not be verified, [`Error::OutOfOrder`] if there was no search or it has not ended.
    pub fn found(&self) -> Result<Option<Target>, Error> {
        let Some((path, file)) = self.search.found()? else {
            return Ok(None);
        };
        Target::new(path, file, self.trusted.root().consistent_snapshot()).map(Some)
    }

    fn recalled(&mut self, bytes: Option<&[u8]>) -> Result<(), Error> {
        // Known before anything changes, so that an error has changed nothing.
        let fetch = self.request()?;
        match (&self.step, bytes) {
            (Step::Root(version), Some(bytes)) => {
                let next = version.next()?;
                if self.trusted.update_root(bytes).is_ok() {
                    self.recall(Step::Root(next));
                    return Ok(());
                }
            }
            (Step::Timestamp, Some(bytes)) => {
                // Expired or not, no version may fall below it. It is fetched again in any case.
                let _ = self.trusted.recall_timestamp(bytes);
            }
            (Step::Snapshot, Some(bytes)) => {
                if self.trusted.update_snapshot(bytes).is_ok() {
                    self.recall(Step::Targets);
                    return Ok(());
                }
                let _ = self.trusted.recall_snapshot(bytes);
            }
            (Step::Targets, Some(bytes)) => {
                if self.trusted.update_targets(bytes).is_ok() {
                    self.recall(Step::Done);
                    return Ok(());
                }
            }
            (Step::Delegated { delegator, role }, Some(bytes)) => {
                let targets = self.search.delegator(*delegator, &self.trusted);
                if let Ok(targets) =
                    targets.and_then(|from| self.trusted.delegated(from, role, bytes))
                {
                    let next = self
                        .search
                        .visit(*delegator, role.clone(), targets, &self.limits);
                    self.search_on(next);
                    return Ok(());
                }
            }
            (_, None) | (Step::Done, _) => {}
        }
        self.fetch = fetch;
        Ok(())
    }

    fn fetched(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &self.step {
            Step::Root(version) => {
                let limit = self.limits.roots;
                let next = version.next()?;
                let request = self.root_request(next);
                let new_roots = self.new_roots.saturating_add(1);
                if new_roots > limit {
                    return Err(Error::TooManyRoots { limit });
                }
                let old = self.trusted.root().clone();
                self.trusted.update_root(bytes)?;
                self.new_roots = new_roots;
                self.save(self.step.clone(), bytes);
                // 5.3.11: gone for good, so that an update that breaks off here does not bring them back.
                if !self.trusted.root().keeps_floors_of(&old) {
                    self.save(Step::Timestamp, b"");
                    self.save(Step::Snapshot, b"");
                }
                self.step = Step::Root(next);
                self.fetch = Some(request);
            }
            Step::Timestamp => {
                if self.trusted.update_timestamp(bytes)? == Change::Updated {
                    self.save(self.step.clone(), bytes);
                }
                self.recall(Step::Snapshot);
            }
            Step::Snapshot => {
                self.trusted.update_snapshot(bytes)?;
                self.save(self.step.clone(), bytes);
                self.recall(Step::Targets);
            }
            Step::Targets => {
                self.trusted.update_targets(bytes)?;
                self.save(self.step.clone(), bytes);
                self.recall(Step::Done);
            }
            Step::Delegated { delegator, role } => {
                let from = self.search.delegator(*delegator, &self.trusted)?;
                let targets = self.trusted.delegated(from, role, bytes)?;
                let next = self
                    .search
                    .visit(*delegator, role.clone(), targets, &self.limits);
                self.save(self.step.clone(), bytes);
                self.search_on(next);
            }
            Step::Done => {}
        }
        Ok(())
    }

    fn recall(&mut self, step: Step) {
        self.step = step;
        self.fetch = None;
    }

    fn search_on(&mut self, next: Option<(Delegator, RoleName)>) {
        self.recall(match next {
            Some((delegator, role)) => Step::Delegated { delegator, role },
            None => Step::Done,
        });
    }

    fn save(&mut self, step: Step, bytes: &[u8]) {
        self.saves.push_back(Save {
            step,
            bytes: bytes.to_vec(),
        });
    }

    /// How the step's metadata is fetched if it cannot be recalled.
    fn request(&self) -> Result<Option<Fetch>, Error> {
        let limits = &self.limits;
        Ok(Some(match &self.step {
            Step::Root(version) => self.root_request(*version),
            Step::Timestamp => Fetch {
                path: RoleName::TIMESTAMP.file_name(),
                limit: limits.timestamp,
            },
            Step::Snapshot => {
                let timestamp = self.trusted.timestamp().ok_or(Error::OutOfOrder {
                    needed: RoleName::TIMESTAMP,
                })?;
                self.listed_request(&RoleName::SNAPSHOT, timestamp.snapshot(), limits.snapshot)?
            }
            Step::Targets => {
                let role = &RoleName::TARGETS;
                self.listed_request(role, self.trusted.listed(role)?, limits.targets)?
            }
            Step::Delegated { role, .. } => {
                self.listed_request(role, self.trusted.listed(role)?, limits.targets)?
            }
            Step::Done => return Ok(None),
        }))
    }

    /// Roots are always named by version (5.3.3).
    fn root_request(&self, version: Version) -> Fetch {
        Fetch {
            path: RoleName::ROOT.versioned_file_name(version),
            limit: self.limits.root,
        }
    }

    fn listed_request(
        &self,
        role: &RoleName,
        listed: &crate::FileMeta,
        limit: u64,
    ) -> Result<Fetch, Error> {
        // 5.5.1, 5.6.1
        let path = match self.trusted.root().consistent_snapshot() {
            true => role.versioned_file_name(listed.version()),
            false => role.file_name(),
        };
        match listed.length() {
            Some(length) if length > limit => Err(Error::TooLong { path, limit }),
            Some(length) => Ok(Fetch {
                path,
                limit: length,
            }),
            None => Ok(Fetch { path, limit }),
        }
    }
}

impl Step {
    /// Where the metadata of the step is kept.
    fn record(&self) -> Option<Record<'_>> {
        Some(match self {
            Self::Root(version) => Record::Root(*version),
            Self::Timestamp => Record::Role(&RoleName::TIMESTAMP),
            Self::Snapshot => Record::Role(&RoleName::SNAPSHOT),
            Self::Targets => Record::Role(&RoleName::TARGETS),
            Self::Delegated { role, .. } => Record::Role(role),
            Self::Done => return None,
        })
    }
}

fn within(path: &str, bytes: &[u8], limit: u64) -> Result<(), Error> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        return Ok(());
    }
    Err(Error::TooLong {
        path: path.to_owned(),
        limit,
    })
}
