//! Documents and the types of a program, by way of serde.

mod deserialize;
mod serialize;

pub use serialize::{to_olpc, to_value};
