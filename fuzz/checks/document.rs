//! The reader and the writers of `canonical-json`, beside serde_json and olpc-cjson.

use canonical_json::{Document, Error, Value, to_value};
use serde::Serialize as _;
use serde::de::IgnoredAny;

/// What must hold for any bytes.
pub(crate) fn check(json: &[u8]) {
    match (Document::read(json), serde_json::from_slice(json)) {
        (Ok(document), Ok(theirs)) => {
            let ours = document.root().to_value();
            assert!(agree(&ours, &theirs), "{ours:?} is not {theirs:?}");
            check_forms(&document, &ours);
            check_against_peers(&ours, &theirs);
            check_serde(&document, &ours, Some(&theirs));
        }
        // Of what JSON allows, only what a signature cannot cover is refused.
        (Err(error), Ok(_)) => assert!(
            matches!(
                error,
                Error::DuplicateKey { .. } | Error::NotAnInteger { .. }
            ),
            "{error}"
        ),
        // serde_json has floats for large integers, which end at 1e308, and 127 levels.
        (Ok(document), Err(error)) => {
            let error = error.to_string();
            assert!(
                error.contains("out of range") || error.contains("recursion limit"),
                "{error}"
            );
            let ours = document.root().to_value();
            check_forms(&document, &ours);
            check_serde(&document, &ours, None);
        }
        (Err(_), Err(_)) => {}
    }
}

/// Every way to the canonical bytes gives the same, and every text of a value reads as the value.
fn check_forms(document: &Document<'_>, value: &Value) {
    let canonical = document.root().to_olpc();
    assert_eq!(canonical, value.to_olpc());
    for json in [value.to_json(), value.to_json_pretty()] {
        assert_eq!(Value::read(json.as_bytes()).as_ref(), Ok(value));
    }
    // Control characters stand for themselves in the canonical form, which is then no JSON.
    if !canonical.iter().any(|byte| *byte < b' ') {
        assert_eq!(
            Document::read(&canonical).map(|again| again.root().to_olpc()),
            Ok(canonical)
        );
    }
    check_jcs(document, value);
}

/// The form of RFC 8785 is JSON, and a fixed point; only integers that are not exact everywhere have none.
fn check_jcs(document: &Document<'_>, value: &Value) {
    match document.root().to_jcs() {
        Ok(form) => {
            assert_eq!(value.to_jcs().as_ref(), Ok(&form));
            assert_eq!(Value::read(&form).as_ref(), Ok(value));
            let again = Document::read(&form).and_then(|again| again.root().to_jcs());
            assert_eq!(again, Ok(form));
        }
        Err(Error::UnsafeInteger { digits, offset }) => {
            assert!(!is_safe(&digits), "{digits}");
            assert!(offset.is_some());
            let offset = None;
            assert_eq!(value.to_jcs(), Err(Error::UnsafeInteger { digits, offset }));
        }
        Err(error) => unreachable!("{error}"),
    }
}

/// By way of serde a document is the same document, up to the integers that serde knows.
fn check_serde(document: &Document<'_>, ours: &Value, theirs: Option<&serde_json::Value>) {
    assert!(document.root().deserialize::<IgnoredAny>().is_ok());
    match document.root().deserialize::<Value>() {
        Ok(value) => {
            assert_eq!(&value, ours);
            assert_eq!(to_value(&value).as_ref(), Ok(ours));
        }
        Err(Error::Type { offset, .. }) => {
            let place = offset.checked_sub(document.root().offset());
            assert!(place.is_some_and(|place| place < document.root().raw().len()));
            assert!(to_value(ours).is_err());
        }
        Err(error) => unreachable!("{error}"),
    }
    // Where serde_json has an integer of its own, it has the same from here.
    let value: Result<serde_json::Value, Error> = document.root().deserialize();
    if let (Ok(value), Some(theirs)) = (value, theirs) {
        assert_eq!(&value, theirs);
    }
}

fn is_safe(digits: &str) -> bool {
    let integer: Result<i128, _> = digits.parse();
    integer.is_ok_and(|integer| integer.abs() < 1 << 53)
}

/// Both forms are those of other writers, where these have the same idea of them.
fn check_against_peers(ours: &Value, theirs: &serde_json::Value) {
    let Ok(jcs) = ours.to_jcs() else {
        return;
    };
    // serde_json sorts by code point, which differs beyond the basic plane alone.
    let is_basic = |text: &str| text.chars().all(|char| u32::from(char) < 0x1_0000);
    if str::from_utf8(&jcs).is_ok_and(is_basic) {
        assert_eq!(serde_json::to_vec(theirs).ok(), Some(jcs));
    }
    // OLPC left the order of names and the form of letters to its implementers. They agree on ASCII without escapes, spaces
    // and `!`.
    let olpc = ours.to_olpc();
    if olpc
        .iter()
        .all(|byte| matches!(byte, b'"'..=b'[' | b']'..=0x7f))
    {
        let mut bytes = Vec::new();
        let formatter = olpc_cjson::CanonicalFormatter::new();
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        assert!(theirs.serialize(&mut writer).is_ok());
        assert_eq!(bytes, olpc);
    }
}

fn agree(ours: &Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
        // Beyond 64 bits serde_json has an approximation, which says nothing.
        (Value::Integer(ours), serde_json::Value::Number(theirs)) if theirs.is_f64() => {
            ours.as_str().parse::<i64>().is_err() && ours.as_str().parse::<u64>().is_err()
        }
        (Value::Integer(ours), serde_json::Value::Number(theirs)) => {
            ours.as_str() == theirs.to_string()
        }
        (Value::String(ours), serde_json::Value::String(theirs)) => ours == theirs,
        (Value::Array(ours), serde_json::Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| agree(ours, theirs))
        }
        (Value::Object(ours), serde_json::Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, ours)| theirs.get(key).is_some_and(|theirs| agree(ours, theirs)))
        }
        _ => false,
    }
}
