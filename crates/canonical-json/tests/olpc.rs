//! The canonical form is, byte for byte, the one of securesystemslib: see `testdata/canonical-json/README.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use canonical_json::{Document, Value};

#[test]
fn the_canonical_form_is_that_of_securesystemslib() {
    for (name, json, canonical) in cases() {
        let document = Document::read(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(text(&document.root().to_olpc()), text(&canonical), "{name}");
    }
}

#[test]
fn the_owned_document_has_the_same_form() {
    for (name, json, canonical) in cases() {
        let value = Value::read(&json).unwrap();
        assert_eq!(text(&value.to_olpc()), text(&canonical), "{name}");
    }
}

#[test]
fn the_streamed_form_is_the_collected_one() {
    for (name, json, canonical) in cases() {
        let (mut from_node, mut from_value) = (Vec::new(), Vec::new());
        let document = Document::read(&json).unwrap();
        document.root().write_olpc(&mut from_node).unwrap();
        document
            .root()
            .to_value()
            .write_olpc(&mut from_value)
            .unwrap();
        assert_eq!(
            (&from_node, &from_value),
            (&canonical, &canonical),
            "{name}"
        );
    }
}

#[test]
fn a_full_sink_is_an_error_and_not_a_shorter_signature() {
    let document = Document::read(b"[1, 2, 3]").unwrap();
    let mut room = [0; 4];
    assert!(
        document
            .root()
            .write_olpc(&mut room.as_mut_slice())
            .is_err()
    );
    assert!(
        document
            .root()
            .to_value()
            .write_olpc(&mut room.as_mut_slice())
            .is_err()
    );
}

fn cases() -> impl Iterator<Item = (String, Vec<u8>, Vec<u8>)> {
    let cases = testdata::cases("canonical-json/olpc").into_iter();
    cases
        .filter(|(_, path)| path.extension().is_some_and(|kind| kind == "json"))
        .map(|(name, path)| {
            let read = |path| std::fs::read(path).unwrap();
            (name, read(path.clone()), read(path.with_extension("olpc")))
        })
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}
