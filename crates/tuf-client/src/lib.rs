#![doc = include_str!("../README.md")]

mod client;
mod encoding;
mod error;
#[cfg(feature = "fs")]
mod fs;
#[cfg(feature = "http")]
mod http;
mod limits;
mod metadata;
mod path_pattern;
mod role;
mod store;
mod target;
mod target_path;
mod transport;
mod trusted;
mod updater;
mod version;

pub use client::Client;
pub use error::{Cause, Error};
#[cfg(feature = "fs")]
pub use fs::{AtomicFile, DirStore, DirTransport};
#[cfg(feature = "http")]
pub use http::{HttpError, HttpTransport, Timeouts};
pub use limits::Limits;
pub use metadata::{
    Delegation, Delegations, FileMeta, Root, Snapshot, TargetFile, Targets, Timestamp,
};
pub use path_pattern::PathPattern;
pub use role::{RoleName, TopRole};
pub use store::{MemoryStore, Record, Store};
pub use target::Target;
pub use target_path::TargetPath;
pub use transport::{MemoryTransport, Request, Transport, Tree};
pub use trusted::{Change, TrustedMetadata};
pub use updater::{Action, Updater};
pub use version::Version;
