#![no_main]

#[path = "../checks/updater.rs"]
mod updater;

libfuzzer_sys::fuzz_target!(|script: &[u8]| updater::check(script));
