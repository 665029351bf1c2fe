use canonical_json::{Error as JsonError, Node};
use crypto_keys::{Expires, Payload};

use super::{FileMeta, Header, PAYLOAD_TYPE};
use crate::Version;

/// Which snapshot is the newest (specification 4.6).
#[derive(Clone, Debug)]
pub struct Timestamp {
    header: Header,
    snapshot: FileMeta,
}

impl Timestamp {
    /// The version of this timestamp.
    pub fn version(&self) -> Version {
        self.header.version
    }

    /// When this timestamp expires.
    pub fn expires(&self) -> Expires {
        self.header.expires
    }

    /// What the snapshot must be.
    pub fn snapshot(&self) -> &FileMeta {
        &self.snapshot
    }
}

impl Payload for Timestamp {
    const TYPE: &'static str = "timestamp";
    const PAYLOAD_TYPE: &'static str = PAYLOAD_TYPE;

    fn read(signed: Node<'_>) -> Result<Self, JsonError> {
        let snapshot = signed.require("meta")?.require("snapshot.json")?;
        Ok(Self {
            header: Header::read(signed)?,
            snapshot: FileMeta::read(snapshot)?,
        })
    }
}
