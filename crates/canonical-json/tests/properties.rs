//! What holds for every document: round trips, one form for equal values, agreement with two other implementations.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use canonical_json::{Document, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::Serialize;

// What the fuzzer checks, here on texts that are more often documents.
#[path = "../../../fuzz/checks/document.rs"]
mod document;

proptest! {
    #[test]
    fn what_is_written_as_json_reads_back(value in value(any::<String>(), any::<String>())) {
        prop_assert_eq!(Value::read(value.to_json().as_bytes()), Ok(value.clone()));
        prop_assert_eq!(Value::read(value.to_json_pretty().as_bytes()), Ok(value));
    }

    #[test]
    fn equal_values_have_equal_bytes_however_they_are_written(
        value in value(any::<String>(), any::<String>()),
        dice in vec(any::<u8>(), 1..200),
    ) {
        let mut json = String::new();
        write_untidily(&value, &mut dice.iter().copied().cycle(), &mut json);
        for json in [json, value.to_json(), value.to_json_pretty()] {
            let document = Document::read(json.as_bytes()).unwrap();
            prop_assert_eq!(document.root().to_olpc(), value.to_olpc(), "{}", json);
            prop_assert_eq!(document.root().to_jcs().ok(), value.to_jcs().ok(), "{}", json);
        }
    }

    #[test]
    fn the_form_of_rfc_8785_is_json_and_a_fixed_point(value in value(any::<String>(), any::<String>())) {
        let value = with_small_integers(value);
        let form = value.to_jcs().unwrap();
        prop_assert_eq!(Value::read(&form), Ok(value));
        prop_assert_eq!(Document::read(&form).unwrap().root().to_jcs(), Ok(form));
    }

    #[test]
    fn the_canonical_form_is_a_fixed_point(value in value("[ -~]{0,8}", "[ -~]{0,8}")) {
        let canonical = value.to_olpc();
        prop_assert_eq!(Document::read(&canonical).unwrap().root().to_olpc(), canonical);
    }

    #[test]
    fn serde_json_agrees_about_every_text(json in nearly_json()) {
        document::check(json.as_bytes());
    }

    #[test]
    fn olpc_cjson_writes_the_same_bytes(value in value("[a-z0-9]{0,8}", "[\0-\x7f]{0,8}")) {
        let theirs = olpc_cjson(&serde_json::from_str(&value.to_json()).unwrap());
        prop_assert_eq!(theirs, value.to_olpc());
    }
}

/// `olpc-cjson` composes letters (NFC) as its documentation says. securesystemslib does not, and its bytes are signed.
#[test]
fn olpc_cjson_composes_letters_and_we_do_not() {
    let decomposed = Value::from("e\u{301}");
    assert_eq!(decomposed.to_olpc(), "\"e\u{301}\"".as_bytes());
    assert_eq!(olpc_cjson(&"e\u{301}".into()), "\"\u{e9}\"".as_bytes());
}

/// Any document with such member names and such texts.
fn value(
    name: impl Strategy<Value = String> + 'static,
    text: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = Value> {
    let name = name.boxed();
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(name.clone(), inner, 0..6).prop_map(Value::from),
        ]
    })
}

/// The value with integers that RFC 8785 can write.
fn with_small_integers(value: Value) -> Value {
    match value {
        Value::Integer(integer) => {
            let digits: i128 = integer.as_str().parse().unwrap();
            Value::from(i64::try_from(digits >> 12).unwrap())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(with_small_integers).collect()),
        Value::Object(members) => Value::object(
            members
                .into_iter()
                .map(|(key, value)| (key, with_small_integers(value))),
        ),
        other => other,
    }
}

/// Texts on both sides of the border: documents with some characters put in or taken out.
fn nearly_json() -> impl Strategy<Value = String> {
    let edit = (
        any::<prop::sample::Index>(),
        any::<bool>(),
        "[\\[\\]{}:,\"\\\\u0-9a-f.eE+/ \n\u{e9}-]",
    );
    (value("[ab]{0,2}", "[ -~\u{e9}\n]{0,4}"), vec(edit, 0..4)).prop_map(|(value, edits)| {
        let mut json: Vec<char> = value.to_json().chars().collect();
        for (place, insert, text) in edits {
            if insert || json.is_empty() {
                let place = place.index(json.len() + 1);
                json.splice(place..place, text.chars());
            } else {
                json.remove(place.index(json.len()));
            }
        }
        json.into_iter().collect()
    })
}

/// Writes with white space anywhere, members in another order, and characters as escapes, as the dice say.
fn write_untidily(value: &Value, dice: &mut impl Iterator<Item = u8>, json: &mut String) {
    space(dice, json);
    match value {
        Value::String(text) => write_escaped(text, dice, json),
        Value::Array(items) => {
            json.push('[');
            for (position, item) in items.iter().enumerate() {
                json.push_str(if position == 0 { "" } else { "," });
                write_untidily(item, dice, json);
            }
            space(dice, json);
            json.push(']');
        }
        Value::Object(members) => {
            json.push('{');
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_cached_key(|_| dice.next());
            for (position, (key, value)) in members.into_iter().enumerate() {
                json.push_str(if position == 0 { "" } else { "," });
                space(dice, json);
                write_escaped(key, dice, json);
                space(dice, json);
                json.push(':');
                write_untidily(value, dice, json);
            }
            space(dice, json);
            json.push('}');
        }
        scalar => json.push_str(&scalar.to_json()),
    }
    space(dice, json);
}

fn write_escaped(text: &str, dice: &mut impl Iterator<Item = u8>, json: &mut String) {
    json.push('"');
    for char in text.chars() {
        let dice = dice.next().unwrap();
        match char {
            _ if dice.is_multiple_of(4) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    json.push_str(&format!("\\u{unit:04x}"));
                }
            }
            '/' if dice % 4 == 1 => json.push_str("\\/"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '"' => json.push_str("\\\""),
            _ => json.push_str(Value::from(char.to_string()).to_json().trim_matches('"')),
        }
    }
    json.push('"');
}

fn space(dice: &mut impl Iterator<Item = u8>, json: &mut String) {
    json.push_str(match dice.next().unwrap() % 8 {
        0 => " ",
        1 => "\n",
        2 => "\t \r",
        _ => "",
    });
}

fn olpc_cjson(value: &serde_json::Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let formatter = olpc_cjson::CanonicalFormatter::new();
    value
        .serialize(&mut serde_json::Serializer::with_formatter(
            &mut bytes, formatter,
        ))
        .unwrap();
    bytes
}
