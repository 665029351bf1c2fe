//! `Pattern` against Python's `fnmatch`, by the table of `testdata/intoto/make_fnmatch_table.py`.

use canonical_json::Document;
use intoto_model::Pattern;

#[test]
fn patterns_match_what_they_match_in_python() {
    let json = std::fs::read(testdata::root().join("intoto/fnmatch.json")).unwrap();
    let table = Document::read(&json).unwrap();
    let mut rows = 0;
    let mut differences = Vec::new();
    for row in table.root().items().unwrap() {
        let [pattern, name, expected] = row.items().unwrap().collect::<Vec<_>>()[..] else {
            panic!("a row has three cells");
        };
        let (pattern, name) = (pattern.as_str().unwrap(), name.as_str().unwrap());
        if Pattern::try_from(&*pattern).unwrap().matches(&name) != expected.as_bool().unwrap() {
            differences.push(format!("{pattern:?} {name:?}"));
        }
        rows += 1;
    }
    assert!(rows >= 3000, "the table has only {rows} rows");
    assert_eq!(differences, Vec::<String>::new());
}
