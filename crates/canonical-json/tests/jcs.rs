//! The form of RFC 8785 is, byte for byte, the one of Python's rfc8785: see `testdata/canonical-json/README.md`.

use std::path::PathBuf;

use canonical_json::{Document, Error, Value};

#[test]
fn the_form_is_that_of_rfc8785() {
    for (name, path) in cases("canonical-json/jcs") {
        let json = std::fs::read(&path).unwrap();
        let form = std::fs::read(path.with_extension("jcs")).unwrap();
        let document = Document::read(&json).unwrap();
        let (node, value) = (document.root(), document.root().to_value());
        let (mut from_node, mut from_value) = (Vec::new(), Vec::new());
        node.write_jcs(&mut from_node).unwrap();
        value.write_jcs(&mut from_value).unwrap();
        let ours = [
            node.to_jcs().unwrap(),
            value.to_jcs().unwrap(),
            from_node,
            from_value,
        ];
        for ours in ours.iter().map(|ours| str::from_utf8(ours).unwrap()) {
            assert_eq!(ours, str::from_utf8(&form).unwrap(), "{name}");
        }
    }
}

#[test]
fn what_rfc8785_refuses_is_refused_with_its_error() {
    for (name, path) in cases("canonical-json/jcs-refuse") {
        let json = std::fs::read(&path).unwrap();
        let expected = std::fs::read_to_string(path.with_extension("expect")).unwrap();
        let document = Document::read(&json).unwrap();
        let error = document.root().to_jcs().unwrap_err();
        assert_eq!(format!("{error:?}"), expected.trim_end(), "{name}");
        // A value has no place in a text; else the error is the same.
        let Error::UnsafeInteger { digits, .. } = error else {
            panic!("{name}: {error}");
        };
        assert_eq!(
            document.root().to_value().to_jcs(),
            Err(Error::UnsafeInteger {
                digits,
                offset: None
            }),
            "{name}"
        );
    }
}

#[test]
fn a_refusal_reaches_whoever_streams() {
    let json = b"[1, 9007199254740992]";
    let document = Document::read(json).unwrap();
    let error = document.root().write_jcs(&mut std::io::sink()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert_eq!(
        error.downcast::<Error>().unwrap(),
        document.root().to_jcs().unwrap_err()
    );
}

#[test]
fn a_full_sink_is_an_error_and_not_a_shorter_form() {
    let document = Document::read(b"[1, 2, 3]").unwrap();
    let value = document.root().to_value();
    let mut room = [0; 6];
    assert!(document.root().write_jcs(&mut room.as_mut_slice()).is_err());
    assert!(value.write_jcs(&mut room.as_mut_slice()).is_err());
}

#[test]
fn the_two_forms_order_names_beyond_the_basic_plane_differently() {
    let value = Value::object([("\u{e000}", Value::Null), ("\u{10000}", Value::Null)]);
    assert_eq!(
        value.to_olpc(),
        "{\"\u{e000}\":null,\"\u{10000}\":null}".as_bytes()
    );
    assert_eq!(
        value.to_jcs().unwrap(),
        "{\"\u{10000}\":null,\"\u{e000}\":null}".as_bytes()
    );
}

fn cases(directory: &str) -> impl Iterator<Item = (String, PathBuf)> {
    let cases = testdata::cases(directory).into_iter();
    cases.filter(|(_, path)| path.extension().is_some_and(|kind| kind == "json"))
}
