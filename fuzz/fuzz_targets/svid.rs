#![no_main]

#[path = "../checks/svid.rs"]
mod svid;

libfuzzer_sys::fuzz_target!(|der: &[u8]| svid::check(der));
