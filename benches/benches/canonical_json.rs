//! How long do reading a document and making its signed bytes take?
//!
//! On a TUF targets role of 1,000, 10,000 and 100,000 targets, as a person would publish it (indented) and as a program
//! would (canonical), beside serde_json's value alone, and with olpc-cjson, on the same bytes; and on hostile texts.

use std::hint::black_box;

use bonafide_benches::compare::{Comparison, measures};
use bonafide_benches::json::{hostile, olpc_cjson};
use bonafide_benches::targets_role;
use canonical_json::Document;

fn main() {
    let sizes: &[usize] = if measures() {
        &[1_000, 10_000, 100_000]
    } else {
        &[100]
    };
    for targets in sizes {
        let role = targets_role(*targets);
        compare(
            &format!("{targets} targets, indented"),
            role.to_json_pretty().as_bytes(),
        );
        compare(&format!("{targets} targets, canonical"), &role.to_olpc());
    }
    for (name, json) in hostile() {
        compare(&format!("hostile: {name}"), json.as_bytes());
    }
}

fn compare(title: &str, json: &[u8]) {
    let read = || Document::read(black_box(json)).expect("valid");
    assert_eq!(read().root().to_olpc(), olpc_cjson(json), "{title}");
    let value = || serde_json::from_slice::<serde_json::Value>(black_box(json)).expect("valid");
    Comparison::of(json.len())
        .add("ours: read, canonical bytes", || read().root().olpc().len())
        .add("ours: read, canonical bytes streamed", || {
            read().root().write_olpc(&mut std::io::sink())
        })
        .add("ours: read alone", read)
        .add("serde_json: value alone", value)
        .add("serde_json: value, olpc-cjson", || {
            olpc_cjson(black_box(json))
        })
        .run(title);
}
