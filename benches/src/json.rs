//! Texts that honest and hostile publishers could make a reader read.

use serde::Serialize as _;

/// serde_json's value, written by olpc-cjson: the usual way to the signed bytes.
pub fn olpc_cjson(json: &[u8]) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_slice(json).expect("valid");
    let mut bytes = Vec::new();
    let formatter = olpc_cjson::CanonicalFormatter::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    value
        .serialize(&mut serializer)
        .expect("a vector does not fail");
    bytes
}

/// Texts of one to eleven megabytes that cost most: many values, many brackets, members in no order, everything escaped.
pub fn hostile() -> [(&'static str, String); 8] {
    let nested = format!("{}{}", "[".repeat(126), "]".repeat(126));
    [
        (
            "half a million numbers",
            format!("[{}0]", "0,".repeat(500_000)),
        ),
        (
            "400,000 empty arrays",
            format!("[{}[]]", "[],".repeat(400_000)),
        ),
        (
            "4,000 arrays, 126 deep each",
            format!("[{}0]", format!("{nested},").repeat(4_000)),
        ),
        (
            "70,000 unsorted objects",
            format!("[{}0]", "{\"b\":0,\"a\":0},".repeat(70_000)),
        ),
        (
            "one string of escapes",
            format!("\"{}\"", "\\u0061".repeat(170_000)),
        ),
        (
            "5,000 escaped names that share 32 characters",
            members(5_000, &"\\u0061".repeat(32)),
        ),
        ("a million members in no order", members(1 << 20, "")),
        (
            "blanks around half a million numbers",
            format!("[{}0]", " 0 , ".repeat(500_000)),
        ),
    ]
}

/// An object of so many members, the bits of whose numbers are reversed, with names that share a beginning.
fn members(members: u32, shared: &str) -> String {
    let member = |number: u32| format!("\"{shared}{:010}\":0", number.reverse_bits());
    format!(
        "{{{}}}",
        (0..members).map(member).collect::<Vec<_>>().join(",")
    )
}
