//! Types by way of serde: as `serde_json` does it, with an offset in every error, and without what a document cannot hold.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use canonical_json::{Document, Error, Integer, Value, to_olpc, to_value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

/// Something of every kind that both sides know.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Everything {
    small: u8,
    signed: i64,
    wide_number: u128,
    wide_signed: i128,
    text: String,
    letter: char,
    maybe: Option<i16>,
    nothing: (),
    pair: (bool, Wrapped),
    choices: Vec<Choice>,
    by_name: BTreeMap<String, Tagged>,
    by_choice: BTreeMap<Letter, Option<bool>>,
    #[serde(default)]
    usually: u16,
    marker: Marker,
    #[serde(flatten)]
    flat: Flat,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Wrapped(String);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Marker;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
enum Choice {
    Unit,
    Newtype(u16),
    Optional(Option<bool>),
    Tuple(i8, String),
    Struct {
        first: bool,
        next: Option<Box<Self>>,
    },
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "_type")]
enum Tagged {
    Link { name: String },
    Layout { steps: Vec<i8> },
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
enum Letter {
    A,
    B,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(i32),
    Texts(Vec<String>),
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Flat {
    either: Untagged,
    other: Option<u8>,
}

/// Keys that are no text, which can be read and not written.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Keyed {
    numbers: BTreeMap<u8, bool>,
    wide: BTreeMap<i128, ()>,
    truths: BTreeMap<bool, u8>,
    letters: BTreeMap<char, u8>,
    optional: BTreeMap<Option<i8>, u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Borrowed<'a> {
    name: &'a str,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

proptest! {
    #[test]
    fn serde_json_reads_the_same(everything in everything(), changes in changes()) {
        let mut json = serde_json::to_string(&everything).unwrap();
        compare::<Everything>(&json);
        prop_assert_eq!(read::<Everything>(&json).ok(), Some(everything));
        // As large as they may be, and then changed: most of these are refused, on both sides.
        let mut value = Value::read(json.as_bytes()).unwrap();
        for (path, other) in &changes {
            put(&mut value, path, other);
        }
        json = value.to_json();
        compare::<Everything>(&json);
        compare::<IgnoredAny>(&json);
    }

    #[test]
    fn serde_json_reads_the_same_of_a_text_with_typing_errors(everything in everything(), edits in edits()) {
        let mut json: Vec<char> = serde_json::to_string(&everything).unwrap().chars().collect();
        for (place, text) in edits {
            let place = place.index(json.len());
            json.splice(place..=place, text.chars());
        }
        compare::<Everything>(&json.into_iter().collect::<String>());
    }

    #[test]
    fn serde_json_reads_the_same_keys(
        numbers in btree_map("-?[0-9]{1,4}|[ +]?[0-9]|[a-z]?", any::<bool>(), 0..3),
        wide in btree_map(any::<i128>(), Just(()), 0..3),
        truths in btree_map("true|false|True| true", 0_u8..3, 0..2),
        letters in btree_map(".{0,2}", 0_u8..3, 0..2),
        optional in btree_map("-?[0-9]{1,2}|null", 0_u8..3, 0..3),
    ) {
        let json = serde_json::json!({
            "numbers": numbers, "wide": wide, "truths": truths, "letters": letters, "optional": optional,
        });
        compare::<Keyed>(&json.to_string());
    }

    #[test]
    fn serde_json_borrows_the_same(name in ".{0,4}", text in ".{0,4}") {
        let json = serde_json::json!({"name": name, "text": text}).to_string();
        let document = Document::read(json.as_bytes()).unwrap();
        let ours: Option<Borrowed<'_>> = document.root().deserialize().ok();
        prop_assert_eq!(&ours, &serde_json::from_str(&json).ok());
        let is_plain = |text: &str| !text.contains(|char| char < ' ' || char == '"' || char == '\\');
        if let Some(ours) = ours {
            prop_assert_eq!(matches!(ours.text, Cow::Borrowed(_)), is_plain(&text));
        }
    }

    #[test]
    fn serde_json_writes_the_same(everything in everything()) {
        let theirs = serde_json::to_vec(&everything).unwrap();
        let ours = to_value(&everything).unwrap();
        prop_assert_eq!(to_olpc(&everything), Ok(ours.to_olpc()));
        prop_assert_eq!(Value::read(&theirs), Ok(ours));
    }

    #[test]
    fn a_value_goes_through_any_format(value in value()) {
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(Value::read(json.as_bytes()), Ok(value.clone()));
        prop_assert_eq!(serde_json::from_str(&json).ok(), Some(value.clone()));
        prop_assert_eq!(read(&json), Ok(value.clone()));
        prop_assert_eq!(to_value(&value), Ok(value));
    }
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    Document::read(json.as_bytes())?.root().deserialize()
}

/// Both read the same, or both read nothing: but for what a signature cannot cover, which is refused here alone.
fn compare<T: DeserializeOwned + std::fmt::Debug>(json: &str) {
    let ours: Result<T, Error> = read(json);
    if matches!(
        ours,
        Err(Error::DuplicateKey { .. } | Error::NotAnInteger { .. })
    ) {
        return;
    }
    let theirs: Result<T, _> = serde_json::from_str(json);
    let shown = |value: Option<&T>| value.map(|value| format!("{value:?}"));
    assert_eq!(
        shown(ours.as_ref().ok()),
        shown(theirs.as_ref().ok()),
        "{json}: {ours:?} is not {theirs:?}"
    );
    // A text that is a document tells where it is not what was asked for.
    if let (Err(error), Ok(_)) = (ours, Document::read(json.as_bytes())) {
        let offset = match error {
            Error::Type { offset, .. } => Some(offset),
            Error::Data { offset, .. } => offset,
            _ => None,
        };
        assert!(offset.is_some_and(|offset| offset < json.len()), "{json}");
    }
}

fn everything() -> impl Strategy<Value = Everything> {
    let text = ".{0,4}";
    let tagged = prop_oneof![
        text.prop_map(|name| Tagged::Link { name }),
        vec(any::<i8>(), 0..3).prop_map(|steps| Tagged::Layout { steps }),
    ];
    let letter = prop_oneof![Just(Letter::A), Just(Letter::B)];
    let either = prop_oneof![
        any::<i32>().prop_map(Untagged::Number),
        vec(text, 0..3).prop_map(Untagged::Texts),
    ];
    let numbers = (any::<u8>(), any::<i64>(), any::<u128>(), any::<i128>());
    let flat = (either, any::<Option<u8>>()).prop_map(|(either, other)| Flat { either, other });
    (
        numbers,
        (text, any::<char>(), any::<Option<i16>>(), any::<u16>()),
        (any::<bool>(), text.prop_map(Wrapped)),
        vec(choice(), 0..4),
        btree_map(text, tagged, 0..3),
        btree_map(letter, any::<Option<bool>>(), 0..3),
        flat,
    )
        .prop_map(
            |(numbers, scalars, pair, choices, by_name, by_choice, flat)| Everything {
                small: numbers.0,
                signed: numbers.1,
                wide_number: numbers.2,
                wide_signed: numbers.3,
                text: scalars.0,
                letter: scalars.1,
                maybe: scalars.2,
                nothing: (),
                pair,
                choices,
                by_name,
                by_choice,
                usually: scalars.3,
                marker: Marker,
                flat,
            },
        )
}

fn choice() -> impl Strategy<Value = Choice> {
    let leaf = prop_oneof![
        Just(Choice::Unit),
        any::<u16>().prop_map(Choice::Newtype),
        any::<Option<bool>>().prop_map(Choice::Optional),
        (any::<i8>(), ".{0,4}").prop_map(|(number, text)| Choice::Tuple(number, text)),
    ];
    leaf.prop_recursive(3, 4, 1, |inner| {
        (any::<bool>(), prop::option::of(inner.prop_map(Box::new)))
            .prop_map(|(first, next)| Choice::Struct { first, next })
    })
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
        prop::sample::select(vec!["Unit", "Newtype", "A", "Link", "0"]).prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 3, |inner| {
        let name = prop_oneof![Just("Tuple".to_owned()), Just("first".to_owned()), ".{0,3}"];
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(name, inner, 0..3).prop_map(Value::from),
        ]
    })
}

fn changes() -> impl Strategy<Value = Vec<(Vec<prop::sample::Index>, Value)>> {
    vec((vec(any::<prop::sample::Index>(), 1..5), value()), 1..3)
}

fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, String)>> {
    vec(
        (
            any::<prop::sample::Index>(),
            "[\\[\\]{}:,\"0-9a-f n.-]{0,2}",
        ),
        1..3,
    )
}

/// Puts another value at the end of a path through the document, or where the path can go no further.
fn put(value: &mut Value, path: &[prop::sample::Index], other: &Value) {
    match (value, path) {
        (Value::Array(items), [step, rest @ ..]) if !items.is_empty() => {
            let place = step.index(items.len());
            put(items.get_mut(place).unwrap(), rest, other);
        }
        (Value::Object(members), [step, rest @ ..]) if !members.is_empty() => {
            let place = step.index(members.len());
            put(members.values_mut().nth(place).unwrap(), rest, other);
        }
        (value, _) => *value = other.clone(),
    }
}

fn data(message: &str, offset: usize) -> Error {
    Error::Data {
        message: message.into(),
        offset: Some(offset),
    }
}

fn expected(expected: &str, offset: usize) -> Error {
    Error::Type {
        offset,
        expected: expected.into(),
    }
}

#[test]
fn an_error_names_the_innermost_value() {
    let choices = |json| read::<BTreeMap<String, Vec<Choice>>>(json).unwrap_err();
    assert_eq!(
        choices(r#"{"a": ["Unit", {"Newtype": 65536}]}"#),
        data("invalid value: integer `65536`, expected u16", 27)
    );
    assert_eq!(
        choices(r#"{"a": [{"Tuple": [1]}]}"#),
        data(
            "invalid length 1, expected tuple variant Choice::Tuple with 2 elements",
            17
        )
    );
    assert_eq!(
        choices(r#"{"a": [{"Tuple": [1, "b", true]}]}"#),
        expected("the end of the array", 26)
    );
    assert_eq!(
        choices(r#"{"a": [{"Struct": {"first": true, "third": null}}]}"#),
        data("unknown field `third`, expected `first` or `next`", 43)
    );
    assert_eq!(
        choices(r#"{"a": ["Newtype"]}"#),
        data("invalid type: unit variant, expected newtype variant", 7)
    );
    assert_eq!(
        choices(r#"{"a": [{}]}"#),
        expected("an object with one member, named as a variant", 7)
    );
    assert_eq!(
        choices(r#"{"a": [{"Unit": null, "Newtype": 1}]}"#),
        expected("an object with one member, named as a variant", 7)
    );
    assert_eq!(
        choices(r#"{"a": [7]}"#),
        expected(
            "the name of a variant, or an object with one as its member",
            7
        )
    );
}

#[test]
fn an_error_about_a_name_has_the_place_of_its_value() {
    assert_eq!(
        read::<BTreeMap<u8, bool>>(r#"{"1": true, "01": true}"#).unwrap_err(),
        expected("an integer as the name of the value", 18)
    );
    assert_eq!(
        read::<BTreeMap<u8, bool>>(r#"{"256": true}"#).unwrap_err(),
        data("invalid value: integer `256`, expected u8", 8)
    );
    assert_eq!(
        read::<BTreeMap<bool, bool>>(r#"{"yes": true}"#).unwrap_err(),
        expected("`true` or `false` as the name of the value", 8)
    );
}

#[test]
fn a_tag_is_the_name_of_a_variant_and_never_its_number() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(tag = "tag", content = "content")]
    enum Beside {
        First,
        Second(u8),
    }

    assert_eq!(
        read(r#"{"_type": "Link", "name": "a"}"#),
        Ok(Tagged::Link { name: "a".into() })
    );
    for tag in ["0", "1", "null", "true", "[0]", r#"{"Link": null}"#] {
        let json = format!(r#"{{"_type": {tag}, "name": "a", "steps": []}}"#);
        assert_eq!(
            read::<Tagged>(&json),
            Err(expected("the name of a variant", 10)),
            "{tag}"
        );
        compare::<Tagged>(&json);
    }
    for json in [
        r#"{"tag": "First"}"#,
        r#"{"content": 7, "tag": "Second"}"#,
        r#"{"tag": 0}"#,
        r#"{"tag": 1, "content": 7}"#,
        r#"{"content": 7, "tag": 1}"#,
        r#"[1, 7]"#,
        r#"["Second", 7]"#,
    ] {
        compare::<Beside>(json);
    }
}

#[test]
fn what_a_type_says_itself_has_a_place_too() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "u8")]
    struct Even(#[expect(dead_code, reason = "it is never made")] u8);

    impl TryFrom<u8> for Even {
        type Error = &'static str;

        fn try_from(_: u8) -> Result<Self, Self::Error> {
            Err("an odd number")
        }
    }

    assert_eq!(read::<Even>(" 3").unwrap_err(), data("an odd number", 1));
    assert_eq!(
        read::<HashMap<String, Vec<Even>>>(r#"{"a": [ 3 ]}"#).unwrap_err(),
        data("an odd number", 8)
    );
}

#[test]
fn integers_end_where_serde_ends() {
    let least = i128::MIN.to_string();
    let most = u128::MAX.to_string();
    assert_eq!(read::<i128>(&least), Ok(i128::MIN));
    assert_eq!(read::<u128>(&most), Ok(u128::MAX));
    assert_eq!(read::<Value>(&most), Ok(Integer::from(u128::MAX).into()));
    let beyond = "[340282366920938463463374607431768211456]";
    let error = expected("an integer of at most 128 bits", 1);
    assert_eq!(read::<Vec<u128>>(beyond), Err(error.clone()));
    assert_eq!(read::<Value>(beyond), Err(error));
    // What nobody asks for has no width, unless serde keeps it aside.
    assert!(read::<IgnoredAny>(beyond).is_ok());
    #[derive(Debug, Deserialize)]
    struct Aside {
        #[serde(flatten)]
        _rest: BTreeMap<String, IgnoredAny>,
    }
    assert!(read::<Aside>(r#"{"a": [18446744073709551615]}"#).is_ok());
    assert_eq!(
        read::<Aside>(r#"{"a": [18446744073709551616]}"#).unwrap_err(),
        data(
            "invalid type: integer `18446744073709551616` as u128, expected any value",
            7
        )
    );
    let value = Value::read(beyond.as_bytes()).unwrap();
    assert_eq!(
        to_value(&value).unwrap_err().to_string(),
        "an integer of more than 128 bits"
    );
}

#[test]
fn a_hostile_text_makes_a_short_message() {
    let json = format!("\"{}\"", "\\u0001".repeat(100_000));
    let Error::Data { message, .. } = read::<u8>(&json).unwrap_err() else {
        panic!("not what the type says");
    };
    assert_eq!(message.chars().count(), 200);
    assert!(
        message.starts_with("invalid type: string \"\\u{1}"),
        "{message}"
    );
}

#[test]
fn a_value_from_another_format_is_a_document_or_nothing() {
    let value: Result<Value, _> = serde_json::from_str(r#"{"a": {"b": 1, "\u0062": 2}}"#);
    let error = value.unwrap_err().to_string();
    assert!(
        error.starts_with("member \"b\" appears a second time"),
        "{error}"
    );
    for json in ["[1.5]", "1e3", "-0.0"] {
        assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
    }
}

#[test]
fn what_no_document_holds_is_not_written() {
    let refused = |written: Result<Value, Error>| match written {
        Err(Error::Unwritable { what }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(to_value(&[0.5_f32])), "a float");
    assert_eq!(refused(to_value(&[1.0_f64])), "a float");
    assert_eq!(refused(to_value(&Bytes)), "a string of bytes");
    let names = "a member name that is not text";
    assert_eq!(refused(to_value(&BTreeMap::from([(1, 2)]))), names);
    assert_eq!(refused(to_value(&BTreeMap::from([(true, 2)]))), names);
    assert_eq!(refused(to_value(&BTreeMap::from([((), 2)]))), names);
    assert_eq!(
        refused(to_value(&Twice::default())),
        "a second member \"name\""
    );
    assert_eq!(
        to_value(&BTreeMap::from([(Some('x'), Letter::B)])),
        Ok(Value::object([("x", Value::from("B"))]))
    );
}

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(b"bytes")
    }
}

#[derive(Default, Serialize)]
struct Twice {
    name: u8,
    #[serde(flatten)]
    inner: Inner,
}

#[derive(Default, Serialize)]
struct Inner {
    name: u8,
}

#[test]
fn a_type_is_written_128_levels_deep_and_no_deeper() {
    #[derive(Serialize)]
    enum Deep {
        End,
        Array(Vec<Self>),
        Struct { inner: Box<Self> },
    }
    let levels = |count: usize| {
        (0..count).fold(Deep::End, |inner, level| {
            if level % 2 == 0 {
                Deep::Array(vec![inner])
            } else {
                Deep::Struct {
                    inner: Box::new(inner),
                }
            }
        })
    };
    // Each is an object with the name of the variant, and what is in it.
    let deepest = to_value(&levels(64)).unwrap();
    assert_eq!(Value::read(deepest.to_json().as_bytes()), Ok(deepest));
    let what = "more than 128 levels".into();
    assert_eq!(to_value(&levels(65)), Err(Error::Unwritable { what }));
}

#[test]
fn what_serde_json_alone_understands_is_not_written() {
    /// As serde_json writes a number where some crate has turned its `arbitrary_precision` on.
    #[derive(Serialize)]
    #[serde(rename = "$serde_json::private::Number")]
    struct Number {
        #[serde(rename = "$serde_json::private::Number")]
        digits: &'static str,
    }
    let error = to_value(&[Number { digits: "1" }]).unwrap_err();
    assert!(matches!(error, Error::Unwritable { .. }), "{error:?}");
}
