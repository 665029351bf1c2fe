//! Replays what the fuzzer kept, on stable.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../../../fuzz/checks/signed.rs"]
mod signed;

#[test]
fn the_corpus_of_signed_holds() {
    for (name, path) in testdata::cases("../fuzz/corpus/signed") {
        println!("{name}");
        signed::check(&std::fs::read(path).unwrap());
    }
}
