//! Replays what the fuzzer kept, on stable.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../fuzz/checks/link.rs"]
mod link;
#[path = "../../../fuzz/checks/pattern.rs"]
mod pattern;

#[test]
fn the_corpus_of_link_holds() {
    replay("link", link::check);
}

#[test]
fn the_corpus_of_pattern_holds() {
    replay("pattern", pattern::check);
}

fn replay(target: &str, check: fn(&[u8])) {
    for (name, path) in testdata::cases(&format!("../fuzz/corpus/{target}")) {
        println!("{name}");
        check(&std::fs::read(path).unwrap());
    }
}
