//! Replays what the fuzzer kept, and every case, on stable.

#[path = "../../../fuzz/checks/document.rs"]
mod document;

#[test]
fn the_corpus_of_the_fuzzer_holds() {
    for (name, path) in testdata::cases("../fuzz/corpus/document") {
        println!("{name}");
        document::check(&std::fs::read(path).unwrap());
    }
}

#[test]
fn every_case_holds() {
    for directory in ["olpc", "jcs", "jcs-refuse", "refuse"] {
        let directory = &format!("canonical-json/{directory}");
        for (name, path) in testdata::cases(directory) {
            println!("{name}");
            document::check(&std::fs::read(path).unwrap());
        }
    }
}
