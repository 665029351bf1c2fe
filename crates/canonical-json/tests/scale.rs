//! Documents of a size that would show work that is not linear, or recursion that has no end.

use canonical_json::{Document, Error, Limits, Value};

const MEMBERS: u32 = 1 << 20;

/// The orders that sorting algorithms dislike: backwards, every bit reversed, a sawtooth.
fn orders() -> [fn(u32) -> u32; 3] {
    [
        |place| !place % MEMBERS,
        |place| place.reverse_bits() >> 12,
        |place| (place % 1024) << 10 | place >> 10,
    ]
}

fn object(members: impl Iterator<Item = u32>) -> String {
    let members: Vec<_> = members.map(|number| format!("\"{number:07}\":0")).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn a_million_members_in_any_order_have_one_form() {
    let sorted = object(0..MEMBERS);
    for order in orders() {
        let json = object((0..MEMBERS).map(order));
        let document = Document::read(json.as_bytes()).unwrap();
        assert!(document.root().to_olpc() == sorted.as_bytes());
    }
}

#[test]
fn a_name_given_twice_is_found_among_a_million() {
    for order in orders() {
        let json = object((0..MEMBERS).map(order).chain([0]));
        let offset = json.len() - "\"0000000\":0}".len();
        assert_eq!(
            Document::read(json.as_bytes()).unwrap_err(),
            Error::DuplicateKey {
                key: "0000000".into(),
                offset
            }
        );
    }
}

#[test]
fn a_million_objects_out_of_order_have_the_form_of_each() {
    let json = format!(
        "[{}{{}}]",
        "{\"b\":[ ],\"a\":{\"d\":0,\"c\":0}},".repeat(1 << 18)
    );
    let sorted = format!(
        "[{}{{}}]",
        "{\"a\":{\"c\":0,\"d\":0},\"b\":[]},".repeat(1 << 18)
    );
    let document = Document::read(json.as_bytes()).unwrap();
    assert!(document.root().to_olpc() == sorted.as_bytes());
}

#[test]
fn the_deepest_document_is_walked_whole() {
    let (open, close) = ("[{\"b\": 0, \"a\": ".repeat(64), "}, 1]".repeat(64));
    let sorted = format!("{}0{}", "[{\"a\":".repeat(64), ",\"b\":0},1]".repeat(64));
    let json = format!("{open}0{close}");
    let document = Document::read(json.as_bytes()).unwrap();
    assert_eq!(document.root().to_olpc(), sorted.as_bytes());
    assert_eq!(
        Value::read(json.as_bytes()).unwrap().to_olpc(),
        sorted.as_bytes()
    );
}

#[test]
fn brackets_alone_reach_the_limit_of_values_and_no_further() {
    let limits = Limits {
        nodes: 1000,
        ..Limits::default()
    };
    let json = format!("[{}[]]", "[],".repeat(1000));
    assert_eq!(
        Document::read_within(json.as_bytes(), &limits).unwrap_err(),
        Error::TooManyNodes {
            limit: 1000,
            offset: 3001
        }
    );
}
