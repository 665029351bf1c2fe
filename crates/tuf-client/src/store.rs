use std::{collections::BTreeMap, fmt, io};

use crate::{RoleName, Version};

/// One file of a [`Store`]: every root by its version, every other role by its name.
#[expect(
    clippy::exhaustive_enums,
    reason = "a store has to keep every kind of record"
)]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Record<'a> {
    /// A root. Every version is kept, as each is trusted because of the one before it.
    Root(Version),
    /// The last metadata of another role.
    Role(&'a RoleName),
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(version) => write!(f, "root {version}"),
            Self::Role(role) => role.fmt(f),
        }
    }
}

/// Keeps trusted metadata between updates, exactly as it was received.
///
/// Nothing that is loaded is believed: it has to verify again. So a store needs no protection against
/// forgery. It does need some against deletion: without its timestamp and snapshot a client cannot notice that a
/// repository goes back.
///
/// ```
/// use std::{cell::RefCell, io, rc::Rc};
/// use tuf_client::{MemoryStore, Record, Store};
///
/// /// A store that several clients share.
/// struct Shared(Rc<RefCell<MemoryStore>>);
///
/// impl Store for Shared {
///     fn load(&self, record: Record<'_>) -> io::Result<Option<Vec<u8>>> {
///         self.0.borrow().load(record)
///     }
///     fn save(&mut self, record: Record<'_>, bytes: &[u8]) -> io::Result<()> {
///         self.0.borrow_mut().save(record, bytes)
///     }
/// }
/// ```
pub trait Store {
    /// What was saved last; `Ok(None)` if nothing was.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from knowing.
    fn load(&self, record: Record<'_>) -> io::Result<Option<Vec<u8>>>;

    /// Saves for good: after a crash, [`load`](Self::load) finds either these bytes or the ones before.
    ///
    /// Empty bytes take the place of what must be forgotten (5.3.11). To keep them is as good as to keep nothing.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from doing so.
    fn save(&mut self, record: Record<'_>, bytes: &[u8]) -> io::Result<()>;
}

impl<S: Store + ?Sized> Store for &mut S {
    fn load(&self, record: Record<'_>) -> io::Result<Option<Vec<u8>>> {
        (**self).load(record)
    }

    fn save(&mut self, record: Record<'_>, bytes: &[u8]) -> io::Result<()> {
        (**self).save(record, bytes)
    }
}

/// A store that lasts as long as the process.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MemoryStore {
    roots: BTreeMap<Version, Vec<u8>>,
    roles: BTreeMap<RoleName, Vec<u8>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The newest root that was saved.
    pub fn newest_root(&self) -> Option<&[u8]> {
        self.roots
            .last_key_value()
            .map(|(_, bytes)| bytes.as_slice())
    }
}

impl Store for MemoryStore {
    fn load(&self, record: Record<'_>) -> io::Result<Option<Vec<u8>>> {
        Ok(match record {
            Record::Root(version) => self.roots.get(&version),
            Record::Role(role) => self.roles.get(role),
        }
        .cloned())
    }

    fn save(&mut self, record: Record<'_>, bytes: &[u8]) -> io::Result<()> {
        match record {
            Record::Role(role) if bytes.is_empty() => self.roles.remove(role),
            Record::Root(version) => self.roots.insert(version, bytes.to_vec()),
            Record::Role(role) => self.roles.insert(role.clone(), bytes.to_vec()),
        };
        Ok(())
    }
}
