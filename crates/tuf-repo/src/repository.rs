use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::Verified;
use tuf_client::{
    Client, Error as ClientError, MemoryStore, Record, RoleName, Root, Snapshot, Store, Targets,
    Timestamp, Transport, TrustedMetadata,
};

use crate::{Edit, Error, Keyring, Release, RootSpec};

/// A published state of a repository, verified the way a client would.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(crate) trusted: TrustedMetadata,
    pub(crate) root: Vec<u8>,
    pub(crate) timestamp: Vec<u8>,
    pub(crate) snapshot: Vec<u8>,
    pub(crate) targets: Vec<u8>,
}

impl Repository {
    /// Makes a repository without targets, every role in version 1. Nothing is written yet.
    ///
    /// # Errors
    ///
    /// [`Error::NoSigner`], [`Error::Sign`] and [`Error::Lifetime`] if a role cannot be signed, [`Error::KeyId`] if
    /// `root` names two keys by one id, [`Error::Refused`] if a client would refuse the outcome: because the
    /// keyring's signers are fewer than a threshold, say.
    pub fn create(
        root: &RootSpec,
        keyring: &Keyring<'_>,
        now: DateTime<Utc>,
    ) -> Result<Release, Error> {
        Release::first(root, keyring, now)
    }

    /// Reads a repository and verifies it as a client does that trusts `root`, which may be any of its roots.
    ///
    /// Whoever publishes has to be able to repair: metadata that expired is accepted, at the instant before it did.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] if a client would refuse the repository for another reason than its age, or could not read it.
    pub fn open(transport: impl Transport, root: &[u8], now: DateTime<Utc>) -> Result<Self, Error> {
        let mut transport = transport;
        let mut instant = now;
        loop {
            let opened = Client::new(root, instant, &mut transport, MemoryStore::new());
            let mut client = opened.map_err(|source| Error::Open { source })?;
            match client.refresh() {
                Ok(()) => return Self::read(client, root),
                Err(source) => instant = earlier(&source).ok_or(Error::Open { source })?,
            }
        }
    }

    /// Begins to change it.
    pub fn edit(&self) -> Edit<'_> {
        Edit::new(self)
    }

    /// The newest root, to be shipped to clients.
    pub fn root_bytes(&self) -> &[u8] {
        &self.root
    }

    /// The newest root.
    pub fn root(&self) -> &Verified<Root> {
        self.trusted.root()
    }

    /// The timestamp.
    pub fn timestamp(&self) -> Option<&Verified<Timestamp>> {
        self.trusted.timestamp()
    }

    /// The snapshot.
    pub fn snapshot(&self) -> Option<&Verified<Snapshot>> {
        self.trusted.snapshot()
    }

    /// The top-level targets.
    pub fn targets(&self) -> Option<&Verified<Targets>> {
        self.trusted.targets()
    }

    fn read<T: Transport>(client: Client<T, MemoryStore>, root: &[u8]) -> Result<Self, Error> {
        let trusted = client.trusted().clone();
        let (_, store) = client.into_parts();
        let role = |role: &RoleName| {
            let kept = store.load(Record::Role(role)).ok().flatten();
            kept.ok_or_else(|| Error::Open {
                source: ClientError::OutOfOrder {
                    needed: role.clone(),
                },
            })
        };
        Ok(Self {
            trusted,
            root: store.newest_root().unwrap_or(root).to_vec(),
            timestamp: role(&RoleName::TIMESTAMP)?,
            snapshot: role(&RoleName::SNAPSHOT)?,
            targets: role(&RoleName::TARGETS)?,
        })
    }
}

/// The last instant at which what expired had not. As each role expires once, there are few of them to go back to.
fn earlier(refusal: &ClientError) -> Option<DateTime<Utc>> {
    match refusal {
        ClientError::Expired { expires, .. } => {
            expires.instant().checked_sub_signed(TimeDelta::seconds(1))
        }
        _ => None,
    }
}
