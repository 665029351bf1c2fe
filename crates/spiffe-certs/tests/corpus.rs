//! Replays what the fuzzer kept, on stable.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../../../fuzz/checks/spiffe_id.rs"]
mod spiffe_id;
#[path = "../../../fuzz/checks/svid.rs"]
mod svid;

#[test]
fn the_corpus_of_spiffe_id_holds() {
    replay("spiffe_id", spiffe_id::check);
}

#[test]
fn the_corpus_of_svid_holds() {
    replay("svid", svid::check);
}

fn replay(target: &str, check: fn(&[u8])) {
    for (name, path) in testdata::cases(&format!("../fuzz/corpus/{target}")) {
        println!("{name}");
        check(&std::fs::read(path).unwrap());
    }
}
