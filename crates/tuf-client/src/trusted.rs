use chrono::{DateTime, Utc};
use crypto_keys::{Expires, Payload, Quorum, Signed, Verified};

use crate::metadata::{FileMeta, Root, Snapshot, Targets, Timestamp};
use crate::{Error, RoleName, TopRole, Version};

/// The metadata a client trusts at one instant. Pure: bytes and that instant in, a verdict out.
///
/// Every check of sections 5.3 to 5.6 of the specification is here, under its number. An `Err` leaves
/// the state exactly as it was.
///
/// Metadata enters in two ways. What was fetched is *updated to*, and has to pass everything. What was
/// kept from an earlier update is *recalled*, and may be expired or superseded: it authorises nothing,
/// and is the floor below which no version may fall. Recalled metadata has to be signed by the keys of
/// the current root, so that after a compromise new keys free clients from versions an attacker drove up (5.3.11).
#[derive(Clone, Debug)]
pub struct TrustedMetadata {
    now: DateTime<Utc>,
    root: Verified<Root>,
    timestamp: Option<Verified<Timestamp>>,
    snapshot: Option<Verified<Snapshot>>,
    targets: Option<Verified<Targets>>,
    timestamp_floor: Option<Verified<Timestamp>>,
    snapshot_floor: Option<Verified<Snapshot>>,
}

/// What an offered timestamp did.
#[expect(clippy::exhaustive_enums, reason = "there is no third outcome")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// It is newer, and is trusted now.
    Updated,
    /// It has the version that is trusted already, and was discarded (5.4.3.1).
    Unchanged,
}

impl TrustedMetadata {
    /// Begins with a root that is trusted because of where it came from (5.2), at the instant of the update (5.1).
    ///
    /// It may have expired: newer ones may follow.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if it is no root, [`Error::Threshold`] if its own keys did not sign it.
    pub fn new(root: &[u8], now: DateTime<Utc>) -> Result<Self, Error> {
        let signed = parse::<Root>(&RoleName::ROOT, root)?;
        let claim = signed
            .unverified()
            .map_err(|source| malformed(&RoleName::ROOT, source))?;
        Ok(Self {
            now,
            root: verify(&RoleName::ROOT, &signed, &claim.quorum(TopRole::Root))?,
            timestamp: None,
            snapshot: None,
            targets: None,
            timestamp_floor: None,
            snapshot_floor: None,
        })
    }

    /// The root, the last one that was trusted; it may have expired.
    pub fn root(&self) -> &Verified<Root> {
        &self.root
    }

    /// The timestamp, if one was updated to.
    pub fn timestamp(&self) -> Option<&Verified<Timestamp>> {
        self.timestamp.as_ref()
    }

    /// The snapshot, if it is the one the timestamp names.
    pub fn snapshot(&self) -> Option<&Verified<Snapshot>> {
        self.snapshot.as_ref()
    }

    /// The top-level targets, if they are those the snapshot names.
    pub fn targets(&self) -> Option<&Verified<Targets>> {
        self.targets.as_ref()
    }

    /// Replaces the root by its successor.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`]; [`Error::Threshold`] if the keys of the old root or its own did not sign it (5.3.4);
    /// [`Error::Rollback`] and [`Error::WrongVersion`] if it is not exactly the next version (5.3.5).
    pub fn update_root(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let role = &RoleName::ROOT;
        let signed = parse::<Root>(role, bytes)?;
        // 5.3.4: signed by the keys of the trusted root, and by its own.
        let new = verify(role, &signed, &self.root.quorum(TopRole::Root))?;
        let new = verify(role, &signed, &new.quorum(TopRole::Root))?;
        // 5.3.5: exactly the next version.
        not_below(role, self.root.version(), new.version())?;
        is_version(role, self.root.version().next()?, new.version())?;
        // 5.3.11: new keys free clients from what the old ones may have been abused for.
        let keeps_floors = new.keeps_floors_of(&self.root);
        let timestamp = self.timestamp.take().or(self.timestamp_floor.take());
        let snapshot = self.snapshot.take().or(self.snapshot_floor.take());
        self.timestamp_floor = timestamp.filter(|_| keeps_floors);
        self.snapshot_floor = snapshot.filter(|_| keeps_floors);
        self.targets = None;
        self.root = new;
        Ok(())
    }

    /// Whether the root has not expired: to be asked when no newer one is there (5.3.10).
    ///
    /// # Errors
    ///
    /// [`Error::Expired`].
    pub fn check_root(&self) -> Result<(), Error> {
        self.is_fresh(&RoleName::ROOT, self.root.expires())
    }

    /// Takes a timestamp of an earlier update as a floor for versions.
    ///
    /// # Errors
    ///
    /// As [`update_timestamp`](Self::update_timestamp), except that it may have expired, and the root too.
    pub fn recall_timestamp(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let recalled = self.signed_timestamp(bytes)?;
        self.not_below_trusted(&recalled)?;
        self.lose_timestamp();
        self.timestamp_floor = Some(recalled);
        Ok(())
    }

    /// Replaces the timestamp by a newer one.
    ///
    /// # Errors
    ///
    /// [`Error::Expired`] if the root has expired (5.3.10) or the timestamp (5.4.4), [`Error::Malformed`],
    /// [`Error::Threshold`] (5.4.2), [`Error::Rollback`] if it, or the snapshot it names, goes back (5.4.3).
    pub fn update_timestamp(&mut self, bytes: &[u8]) -> Result<Change, Error> {
        self.check_root()?;
        // 5.4.2: signed by the keys the root names.
        let new = self.signed_timestamp(bytes)?;
        // 5.4.3: neither it nor the snapshot it names goes back; the same version is no news.
        let trusted = self.timestamp.as_ref().or(self.timestamp_floor.as_ref());
        let unchanged = trusted.filter(|trusted| trusted.version() == new.version());
        if let Some(trusted) = unchanged {
            self.is_fresh(&RoleName::TIMESTAMP, trusted.expires())?;
            self.timestamp = self.timestamp.take().or(self.timestamp_floor.take());
            return Ok(Change::Unchanged);
        }
        self.not_below_trusted(&new)?;
        // 5.4.4: not expired.
        self.is_fresh(&RoleName::TIMESTAMP, new.expires())?;
        self.lose_timestamp();
        self.timestamp_floor = None;
        self.timestamp = Some(new);
        Ok(Change::Updated)
    }

    /// Takes a snapshot of an earlier update as a floor for the versions it lists.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::Threshold`] (5.5.3), [`Error::Rollback`] and [`Error::Removed`] if a floor
    /// is there already that it falls below (5.5.5).
    pub fn recall_snapshot(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let recalled = self.signed_snapshot(bytes)?;
        self.lists_no_less(&recalled)?;
        self.snapshot = None;
        self.targets = None;
        self.snapshot_floor = Some(recalled);
        Ok(())
    }

    /// Replaces the snapshot by the one the timestamp names.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfOrder`] without a timestamp; [`Error::Length`], [`Error::Digest`] and [`Error::NoKnownDigest`]
    /// if it is not the file the timestamp names (5.5.2), [`Error::Malformed`], [`Error::Threshold`] (5.5.3),
    /// [`Error::WrongVersion`] (5.5.4), [`Error::Rollback`] and [`Error::Removed`] (5.5.5), [`Error::Expired`] (5.5.6).
    pub fn update_snapshot(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let role = &RoleName::SNAPSHOT;
        let timestamp = self.timestamp.as_ref().ok_or(Error::OutOfOrder {
            needed: RoleName::TIMESTAMP,
        })?;
        let named = timestamp.snapshot();
        // 5.5.2: the file the timestamp names.
        named.check(&role.file_name(), bytes)?;
        // 5.5.3: signed by the keys the root names.
        let new = self.signed_snapshot(bytes)?;
        // 5.5.4: the version the timestamp names.
        is_version(role, named.version(), new.version())?;
        // 5.5.5: nothing it lists goes back, or is gone.
        self.lists_no_less(&new)?;
        // 5.5.6: not expired.
        self.is_fresh(role, new.expires())?;
        self.snapshot_floor = None;
        self.targets = None;
        self.snapshot = Some(new);
        Ok(())
    }

    /// Replaces the top-level targets by those the snapshot names.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfOrder`] without a snapshot, [`Error::NotListed`] if it names none, [`Error::Length`],
    /// [`Error::Digest`] and [`Error::NoKnownDigest`] (5.6.2), [`Error::Malformed`], [`Error::Threshold`] (5.6.3),
    /// [`Error::WrongVersion`] (5.6.4), [`Error::Expired`] (5.6.5).
    pub fn update_targets(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let new = self.checked_targets(
            &RoleName::TARGETS,
            &self.root.quorum(TopRole::Targets),
            bytes,
        )?;
        self.targets = Some(new);
        Ok(())
    }

    /// Checks the metadata of a role as the one `delegator` delegates to (5.6.7).
    ///
    /// The answer holds for this delegator alone: another may delegate to the same name and trust other keys, so
    /// that nothing is kept here.
    ///
    /// # Errors
    ///
    /// [`Error::NotDelegated`] if `delegator` has no delegation to `role`, and as
    /// [`update_targets`](Self::update_targets).
    pub fn delegated(
        &self,
        delegator: &Verified<Targets>,
        role: &RoleName,
        bytes: &[u8],
    ) -> Result<Verified<Targets>, Error> {
        let quorum = delegator
            .delegations()
            .quorum(role)
            .ok_or_else(|| Error::NotDelegated { role: role.clone() })?;
        self.checked_targets(role, &quorum, bytes)
    }

    /// What the snapshot says about a targets role.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfOrder`] without a snapshot, [`Error::NotListed`] if it does not list the role.
    pub fn listed(&self, role: &RoleName) -> Result<&FileMeta, Error> {
        let snapshot = self.snapshot.as_ref().ok_or(Error::OutOfOrder {
            needed: RoleName::SNAPSHOT,
        })?;
        snapshot
            .role(role)
            .ok_or_else(|| Error::NotListed { role: role.clone() })
    }

    fn checked_targets(
        &self,
        role: &RoleName,
        quorum: &Quorum<'_>,
        bytes: &[u8],
    ) -> Result<Verified<Targets>, Error> {
        let listed = self.listed(role)?;
        // 5.6.2: the file the snapshot names.
        listed.check(&role.file_name(), bytes)?;
        // 5.6.3: signed by the keys of its delegator, which for the top level is the root.
        let new = verify(role, &parse::<Targets>(role, bytes)?, quorum)?;
        // 5.6.4: the version the snapshot names.
        is_version(role, listed.version(), new.version())?;
        // 5.6.5: not expired.
        self.is_fresh(role, new.expires())?;
        Ok(new)
    }

    fn signed_timestamp(&self, bytes: &[u8]) -> Result<Verified<Timestamp>, Error> {
        let role = &RoleName::TIMESTAMP;
        verify(
            role,
            &parse(role, bytes)?,
            &self.root.quorum(TopRole::Timestamp),
        )
    }

    fn signed_snapshot(&self, bytes: &[u8]) -> Result<Verified<Snapshot>, Error> {
        let role = &RoleName::SNAPSHOT;
        verify(
            role,
            &parse(role, bytes)?,
            &self.root.quorum(TopRole::Snapshot),
        )
    }

    /// 5.4.3: the timestamp does not go back, nor does the snapshot it names.
    fn not_below_trusted(&self, new: &Timestamp) -> Result<(), Error> {
        let Some(trusted) = self.timestamp.as_ref().or(self.timestamp_floor.as_ref()) else {
            return Ok(());
        };
        not_below(&RoleName::TIMESTAMP, trusted.version(), new.version())?;
        not_below(
            &RoleName::SNAPSHOT,
            trusted.snapshot().version(),
            new.snapshot().version(),
        )
    }

    /// 5.5.5: every role listed so far is still listed, with no lower version.
    fn lists_no_less(&self, new: &Snapshot) -> Result<(), Error> {
        let Some(trusted) = self.snapshot.as_ref().or(self.snapshot_floor.as_ref()) else {
            return Ok(());
        };
        for (file, meta) in trusted.files() {
            let Some(offered) = new.file(file) else {
                return Err(Error::Removed {
                    file: file.to_owned(),
                });
            };
            if offered.version() < meta.version() {
                let role = RoleName::try_from(file.strip_suffix(".json").unwrap_or(file))?;
                return not_below(&role, meta.version(), offered.version());
            }
        }
        Ok(())
    }

    fn is_fresh(&self, role: &RoleName, expires: Expires) -> Result<(), Error> {
        if expires.has_passed(self.now) {
            return Err(Error::Expired {
                role: role.clone(),
                expires,
                now: self.now,
            });
        }
        Ok(())
    }

    /// What the timestamp named is no longer known to be the newest: it stays as a floor.
    fn lose_timestamp(&mut self) {
        self.snapshot_floor = self.snapshot.take().or(self.snapshot_floor.take());
        self.timestamp = None;
        self.targets = None;
    }
}

fn parse<'a, T: Payload>(role: &RoleName, bytes: &'a [u8]) -> Result<Signed<'a, T>, Error> {
    Signed::parse(bytes).map_err(|source| malformed(role, source))
}

fn verify<T: Payload>(
    role: &RoleName,
    signed: &Signed<'_, T>,
    quorum: &Quorum<'_>,
) -> Result<Verified<T>, Error> {
    signed.verify(quorum).map_err(|source| match source {
        crypto_keys::Error::Threshold { .. } => Error::Threshold {
            role: role.clone(),
            source,
        },
        source => malformed(role, source),
    })
}

fn malformed(role: &RoleName, source: crypto_keys::Error) -> Error {
    Error::Malformed {
        role: role.clone(),
        source,
    }
}

fn not_below(role: &RoleName, trusted: Version, offered: Version) -> Result<(), Error> {
    if offered < trusted {
        return Err(Error::Rollback {
            role: role.clone(),
            trusted,
            offered,
        });
    }
    Ok(())
}

fn is_version(role: &RoleName, expected: Version, actual: Version) -> Result<(), Error> {
    if actual != expected {
        return Err(Error::WrongVersion {
            role: role.clone(),
            expected,
            actual,
        });
    }
    Ok(())
}
