//! The documents that the benches read: made here, the same on every machine.

use canonical_json::Value;

/// A TUF targets role with so many targets, of the size and shape that Python's TUF publishes.
pub fn targets_role(targets: usize) -> Value {
    let target = |number: usize| {
        let digest = format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(4);
        let entry = Value::object([
            (
                "custom",
                Value::object([("license", Value::from("MIT")), ("yanked", false.into())]),
            ),
            (
                "hashes",
                Value::object([("sha256", digest)].map(|(name, hex)| (name, Value::from(hex)))),
            ),
            ("length", Value::from(u64::try_from(number).unwrap_or(0))),
        ]);
        (
            format!("packages/a-package-of-some-name-{number:06}/1.{number}.0.tar.gz"),
            entry,
        )
    };
    let signed = Value::object([
        ("_type", Value::from("targets")),
        ("expires", "2030-01-01T00:00:00Z".into()),
        ("spec_version", "1.0.31".into()),
        ("targets", Value::object((0..targets).map(target))),
        ("version", 1_u32.into()),
    ]);
    let signature = Value::object([
        ("keyid", Value::from("ab".repeat(32))),
        ("sig", "cd".repeat(64).into()),
    ]);
    Value::object([
        ("signatures", Value::from(vec![signature])),
        ("signed", signed),
    ])
}

/// An object of this many members in an order that makes a comparison with the last member useless, with names that
/// share a long prefix and are written in escapes: the worst case for the search for duplicates.
pub fn hostile_members(members: usize) -> String {
    let prefix = "\\u0061".repeat(32);
    let name = |number: usize| format!("\"{prefix}{:08}\":0", (number * 7_919) % members);
    format!(
        "{{{}}}",
        (0..members).map(name).collect::<Vec<_>>().join(",")
    )
}
