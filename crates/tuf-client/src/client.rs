use std::io::{self, Read};

use chrono::{DateTime, Utc};

use crate::{
    Action, Error, Limits, Request, Store, Target, TargetPath, Transport, TrustedMetadata, Updater,
};

/// A client that blocks while it fetches: an [`Updater`], a [`Transport`] and a [`Store`].
///
/// One client is one update, at the instant it was made with (5.1); for the next, make another.
#[derive(Debug)]
pub struct Client<T, S> {
    updater: Updater,
    transport: T,
    store: S,
}

impl<T: Transport, S: Store> Client<T, S> {
    /// Begins with a root that is trusted because of where it came from, such as the program itself.
    ///
    /// Newer roots that the store holds are followed from there.
    ///
    /// # Errors
    ///
    /// As [`TrustedMetadata::new`].
    pub fn new(root: &[u8], now: DateTime<Utc>, transport: T, store: S) -> Result<Self, Error> {
        Self::with_limits(root, now, transport, store, Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    ///
    /// As [`TrustedMetadata::new`].
    pub fn with_limits(
        root: &[u8],
        now: DateTime<Utc>,
        transport: T,
        store: S,
        limits: Limits,
    ) -> Result<Self, Error> {
        Ok(Self {
            updater: Updater::new(root, now, limits)?,
            transport,
            store,
        })
    }

    /// Brings the metadata of the top-level roles up to date. Does nothing when it is.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] and [`Error::Store`] if either fails, and as [`Updater::supply`].
    pub fn refresh(&mut self) -> Result<(), Error> {
        match self.updater.trusted().targets() {
            Some(_) => Ok(()),
            None => self.drive(),
        }
    }

    /// Looks a target up, after a refresh if there was none; `None` if nobody lists it.
    ///
    /// # Errors
    ///
    /// As [`refresh`](Self::refresh) and [`Updater::found`].
    pub fn target(&mut self, path: &TargetPath) -> Result<Option<Target>, Error> {
        self.refresh()?;
        self.updater.find(path)?;
        self.drive()?;
        self.updater.found()
    }

    /// The whole target, or an error. Never a prefix, and never unverified bytes.
    ///
    /// # Errors
    ///
    /// [`Error::NotThere`], [`Error::Transport`]; [`Error::Length`] and [`Error::Digest`] if it is not what is listed.
    pub fn read(&mut self, target: &Target) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        self.copy(target, &mut content, &mut |_, _| {})?;
        Ok(content)
    }

    /// The metadata trusted so far.
    pub fn trusted(&self) -> &TrustedMetadata {
        self.updater.trusted()
    }

    /// The transport, to be used directly.
    pub fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    /// The parts, to begin another update with.
    pub fn into_parts(self) -> (T, S) {
        (self.transport, self.store)
    }

    fn drive(&mut self) -> Result<(), Error> {
        loop {
            match self.updater.next_action() {
                Action::Recall(record) => {
                    let kept = self
                        .store
                        .load(record)
                        .map_err(|cause| Error::store(record, cause))?;
                    self.updater.supply(kept.as_deref())?;
                }
                Action::Fetch(request) => {
                    let fetched = fetch(&mut self.transport, &request)?;
                    self.updater.supply(fetched.as_deref())?;
                }
                Action::Save(record, bytes) => {
                    if let Err(cause) = self.store.save(record, bytes) {
                        let error = Error::store(record, cause);
                        self.updater.unsaved();
                        return Err(error);
                    }
                }
                Action::Done => return Ok(()),
            }
        }
    }

    /// Streams a target into `sink`, whose content must not be used unless this is `Ok`.
    pub(crate) fn copy(
        &mut self,
        target: &Target,
        sink: &mut dyn io::Write,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), Error> {
        let request = target.request();
        let content = open(&mut self.transport, &request)?.ok_or_else(|| Error::NotThere {
            path: request.path.to_owned(),
        })?;
        target.copy(content, sink, progress, &|cause| {
            Error::transport(request.path, cause)
        })
    }
}

fn open<'t, T: Transport>(
    transport: &'t mut T,
    request: &Request<'_>,
) -> Result<Option<Box<dyn Read + 't>>, Error> {
    transport
        .fetch(request)
        .map_err(|cause| Error::transport(request.path, cause))
}

/// The whole of a file that is no longer than the request allows: one byte more is read, to know.
fn fetch<T: Transport>(transport: &mut T, request: &Request<'_>) -> Result<Option<Vec<u8>>, Error> {
    let Some(content) = open(transport, request)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    content
        .take(request.limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::transport(request.path, cause))?;
    Ok(Some(bytes))
}
