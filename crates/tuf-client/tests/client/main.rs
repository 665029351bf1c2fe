//! The client as its users see it: a simulated repository, and everything an attacker can do with it.
#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

mod delegations;
mod files;
#[cfg(feature = "http")]
mod http;
mod others;
mod properties;
mod refresh;
mod simulator;
mod targets;
mod trusted;
