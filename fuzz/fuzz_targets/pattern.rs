#![no_main]

#[path = "../checks/pattern.rs"]
mod pattern;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pattern::check(bytes));
