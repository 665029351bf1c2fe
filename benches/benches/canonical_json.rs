//! How long do reading a document and making its signed bytes take?
//!
//! On a TUF targets role of 1,000 and 10,000 targets, as a person would publish it (indented) and as a program would
//! (canonical), beside serde_json's value with olpc-cjson on the same bytes; and on hostile texts of a like size.

use std::hint::black_box;

use bonafide_benches::targets_role;
use canonical_json::Document;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Serialize;

criterion_group!(benches, honest, hostile);
criterion_main!(benches);

fn honest(criterion: &mut Criterion) {
    for targets in [1_000, 10_000] {
        let role = targets_role(targets);
        let canonical = String::from_utf8(role.to_olpc()).expect("ASCII");
        for (form, json) in [
            ("indented", role.to_json_pretty()),
            ("canonical", canonical),
        ] {
            let mut group = criterion.benchmark_group(format!("targets/{targets}/{form}"));
            group.throughput(Throughput::Bytes(json.len() as u64));
            group.bench_function("ours: read", |bencher| {
                bencher.iter(|| Document::read(black_box(json.as_bytes())).expect("valid"));
            });
            group.bench_function("ours: read, canonical bytes", |bencher| {
                bencher.iter(|| {
                    let document = Document::read(black_box(json.as_bytes())).expect("valid");
                    document.root().to_olpc()
                });
            });
            group.bench_function("serde_json: value", |bencher| {
                bencher.iter(|| {
                    serde_json::from_str::<serde_json::Value>(black_box(&json)).expect("valid")
                });
            });
            group.bench_function("serde_json: value, olpc-cjson", |bencher| {
                bencher.iter(|| olpc_cjson(black_box(&json)));
            });
            group.finish();
            let ours = Document::read(json.as_bytes())
                .expect("valid")
                .root()
                .to_olpc();
            assert_eq!(ours, olpc_cjson(&json));
        }
    }
}

/// Texts of about a megabyte that cost most: many values, members in no order, everything escaped.
fn hostile(criterion: &mut Criterion) {
    let numbers = format!("[{}0]", "0,".repeat(500_000));
    let shuffled = hostile_members(5_000);
    let escapes = format!("\"{}\"", "\\u0061".repeat(170_000));
    let small_objects = format!("[{}0]", "{\"b\":0,\"a\":0},".repeat(70_000));
    let mut group = criterion.benchmark_group("hostile");
    for (name, json) in [
        ("half a million numbers", numbers),
        ("5,000 escaped names in no order", shuffled),
        ("one string of escapes", escapes),
        ("70,000 unsorted objects", small_objects),
    ] {
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let document = Document::read(black_box(json.as_bytes())).expect("valid");
                document.root().to_olpc()
            });
        });
    }
    group.finish();
}

/// An object of this many members in no order, whose names share a long prefix and are written in escapes: the worst case
/// of the search for duplicates.
fn hostile_members(members: usize) -> String {
    let prefix = "\\u0061".repeat(32);
    let member = |number: usize| format!("\"{prefix}{:08}\":0", (number * 7_919) % members);
    format!(
        "{{{}}}",
        (0..members).map(member).collect::<Vec<_>>().join(",")
    )
}

fn olpc_cjson(json: &str) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_str(json).expect("valid");
    let mut bytes = Vec::new();
    let formatter = olpc_cjson::CanonicalFormatter::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    value
        .serialize(&mut serializer)
        .expect("a vector does not fail");
    bytes
}
