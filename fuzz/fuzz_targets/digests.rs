#![no_main]

#[path = "../checks/digests.rs"]
mod digests;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| digests::check(bytes));
