//! Replays what the fuzzer kept, on stable.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../../../fuzz/checks/updater.rs"]
mod updater;

#[test]
fn the_corpus_of_updater_holds() {
    for (name, path) in testdata::cases("../fuzz/corpus/updater") {
        println!("{name}");
        updater::check(&std::fs::read(path).unwrap());
    }
}
