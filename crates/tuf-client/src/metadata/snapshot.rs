use std::collections::BTreeMap;

use canonical_json::{Error as JsonError, Node};
use crypto_keys::{Expires, Payload};

use super::{FileMeta, Header, PAYLOAD_TYPE, read_file_metas};
use crate::{RoleName, Version};

/// Which version of every targets role belongs together (specification 4.4).
#[derive(Clone, Debug)]
pub struct Snapshot {
    header: Header,
    /// By file name, which is the unencoded name of the role and `.json`.
    files: BTreeMap<String, FileMeta>,
}

impl Snapshot {
    /// The version of this snapshot.
    pub fn version(&self) -> Version {
        self.header.version
    }

    /// When this snapshot expires.
    pub fn expires(&self) -> Expires {
        self.header.expires
    }

    /// What the metadata of a targets role must be; `None` if it is not listed.
    pub fn role(&self, role: &RoleName) -> Option<&FileMeta> {
        self.files.get(&format!("{role}.json"))
    }

    /// Everything listed, by file name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &FileMeta)> {
        self.files.iter().map(|(name, meta)| (name.as_str(), meta))
    }

    pub(crate) fn file(&self, name: &str) -> Option<&FileMeta> {
        self.files.get(name)
    }
}

impl Payload for Snapshot {
    const TYPE: &'static str = "snapshot";
    const PAYLOAD_TYPE: &'static str = PAYLOAD_TYPE;

    fn read(signed: Node<'_>) -> Result<Self, JsonError> {
        Ok(Self {
            header: Header::read(signed)?,
            files: read_file_metas(signed.require("meta")?)?,
        })
    }
}
