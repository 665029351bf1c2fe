#![no_main]

#[path = "../checks/link.rs"]
mod link;

libfuzzer_sys::fuzz_target!(|json: &[u8]| link::check(json));
