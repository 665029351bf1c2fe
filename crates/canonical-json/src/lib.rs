#![doc = include_str!("../README.md")]

mod document;
mod error;
mod index;
mod jcs;
mod literal;
mod olpc;
mod read;
mod scan;
mod serde;
mod value;

pub use self::serde::{to_olpc, to_value};
pub use document::{Document, Items, Kind, Members, Node};
pub use error::Error;
pub use read::Limits;
pub use value::{Integer, Value};
