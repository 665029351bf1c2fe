//! Every text in `testdata/canonical-json/refuse` is refused with the error written beside it.

use canonical_json::{Document, Limits};

#[test]
fn every_case_is_refused_with_its_error() {
    for (name, path) in testdata::cases("canonical-json/refuse") {
        if path.extension().is_none_or(|kind| kind != "json") {
            continue;
        }
        let json = std::fs::read(&path).unwrap();
        let expected = std::fs::read_to_string(path.with_extension("expect")).unwrap();
        let error = Document::read_within(&json, &limits()).expect_err(&name);
        assert_eq!(format!("{error:?}"), expected.trim_end(), "{name}");
    }
}

/// Small enough that a case about a limit is a small file.
fn limits() -> Limits {
    Limits {
        bytes: 4096,
        nodes: 1000,
        ..Limits::default()
    }
}
