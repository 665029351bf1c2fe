//! The search for a target: pre-order, depth first, in order of delegation (5.6.7).

use std::collections::BTreeSet;

use crypto_keys::Verified;

use crate::{Error, Limits, RoleName, TargetFile, TargetPath, Targets, TrustedMetadata};

/// The delegated metadata that was verified so far, and the search that needs it.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// A role is known by the delegations that led to it: another delegator may trust other keys for its name.
    known: Vec<Known>,
    walk: Walk,
}

#[derive(Debug)]
struct Known {
    delegator: Delegator,
    role: RoleName,
    targets: Verified<Targets>,
}

/// Which of the known roles delegates; `None` is the top-level one.
pub(super) type Delegator = Option<usize>;

#[derive(Debug, Default)]
struct Walk {
    target: Option<TargetPath>,
    visited: BTreeSet<RoleName>,
    /// Who is still to be asked, the next one last.
    ahead: Vec<(Delegator, RoleName)>,
    end: Option<End>,
}

#[derive(Debug)]
enum End {
    Found(TargetFile),
    NotFound,
    TooManyRoles(u32),
    Succinct(RoleName),
}

impl Search {
    /// Begins anew. Says which metadata is needed next; `None` when the search has ended.
    pub(super) fn begin(
        &mut self,
        target: &TargetPath,
        top: &Targets,
        limits: &Limits,
    ) -> Option<(Delegator, RoleName)> {
        self.walk = Walk {
            target: Some(target.clone()),
            ..Walk::default()
        };
        self.walk.ask(None, RoleName::TARGETS, top);
        self.advance(limits)
    }

    /// Goes on with the metadata that was needed.
    pub(super) fn visit(
        &mut self,
        delegator: Delegator,
        role: RoleName,
        targets: Verified<Targets>,
        limits: &Limits,
    ) -> Option<(Delegator, RoleName)> {
        self.walk
            .ask(Some(self.known.len()), role.clone(), &targets);
        self.known.push(Known {
            delegator,
            role,
            targets,
        });
        self.advance(limits)
    }

    /// The metadata of a delegator.
    pub(super) fn delegator<'s>(
        &'s self,
        delegator: Delegator,
        trusted: &'s TrustedMetadata,
    ) -> Result<&'s Verified<Targets>, Error> {
        match delegator {
            Some(index) => self.known.get(index).map(|known| &known.targets),
            None => trusted.targets(),
        }
        .ok_or(Error::OutOfOrder {
            needed: RoleName::TARGETS,
        })
    }

    /// The target that was searched for, with what is listed about it.
    pub(super) fn found(&self) -> Result<Option<(TargetPath, TargetFile)>, Error> {
        match (&self.walk.target, &self.walk.end) {
            (Some(path), Some(End::Found(file))) => Ok(Some((path.clone(), file.clone()))),
            (Some(_), Some(End::NotFound)) => Ok(None),
            (Some(path), Some(End::TooManyRoles(limit))) => Err(Error::TooManyRoles {
                path: path.clone(),
                limit: *limit,
            }),
            (Some(_), Some(End::Succinct(role))) => {
                Err(Error::SuccinctRoles { role: role.clone() })
            }
            (None, _) | (_, None) => Err(Error::OutOfOrder {
                needed: RoleName::TARGETS,
            }),
        }
    }

    fn advance(&mut self, limits: &Limits) -> Option<(Delegator, RoleName)> {
        while self.walk.end.is_none() {
            let Some((delegator, role)) = self.walk.ahead.pop() else {
                self.walk.end = Some(End::NotFound);
                break;
            };
            // 5.6.7.1: cycles are cut, and so is what would take too long.
            if self.walk.visited.contains(&role) {
                continue;
            }
            if u32::try_from(self.walk.visited.len()).is_ok_and(|visited| visited >= limits.roles) {
                self.walk.end = Some(End::TooManyRoles(limits.roles));
                break;
            }
            let mut known = self.known.iter().enumerate();
            match known.find(|(_, known)| known.delegator == delegator && known.role == role) {
                Some((index, known)) => self.walk.ask(Some(index), role, &known.targets),
                None => return Some((delegator, role)),
            }
        }
        None
    }
}

impl Walk {
    /// Asks a role about the target, and notes whom else it names.
    fn ask(&mut self, this: Delegator, role: RoleName, targets: &Targets) {
        let Some(target) = &self.target else { return };
        if let Some(file) = targets.target(target) {
            self.end = Some(End::Found(file.clone()));
            return;
        }
        if targets.delegations().is_succinct() {
            self.end = Some(End::Succinct(role));
            return;
        }
        self.visited.insert(role);
        let mut named = Vec::new();
        let about = targets
            .delegations()
            .roles()
            .iter()
            .filter(|delegation| delegation.is_about(target));
        for delegation in about {
            named.push((this, delegation.role().clone()));
            // 5.6.7.2.1: what comes after, here or further up, has no say about this target.
            if delegation.is_terminating() {
                self.ahead.clear();
                break;
            }
        }
        self.ahead.extend(named.into_iter().rev());
    }
}
