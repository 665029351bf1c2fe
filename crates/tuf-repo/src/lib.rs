#![doc = include_str!("../README.md")]

mod draft;
mod edit;
mod error;
#[cfg(feature = "fs")]
mod fs;
mod keyring;
mod release;
mod repository;
mod root_spec;
mod sink;

pub use edit::Edit;
pub use error::Error;
#[cfg(feature = "fs")]
pub use fs::DirSink;
pub use keyring::Keyring;
pub use release::Release;
pub use repository::Repository;
pub use root_spec::{RoleSpec, RootSpec};
pub use sink::Sink;
