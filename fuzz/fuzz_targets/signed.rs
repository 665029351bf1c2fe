#![no_main]

#[path = "../checks/signed.rs"]
mod signed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| signed::check(bytes));
