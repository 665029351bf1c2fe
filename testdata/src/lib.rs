//! The shared cases under `testdata/`: each a file or directory whose name is the claim it makes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The directory that holds every case.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The name and path of every case in `directory` (relative to [`root`]), sorted by name.
///
/// # Panics
///
/// If the directory cannot be read or holds no case: a table that lost its rows must not pass.
#[expect(
    clippy::panic,
    reason = "this crate exists for tests, which fail by panicking"
)]
pub fn cases(directory: &str) -> Vec<(String, PathBuf)> {
    let path = root().join(directory);
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(source) => panic!("cannot read {}: {source}", path.display()),
    };
    let mut cases: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_name() != "README.md")
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {}", path.display());
    cases
}

/// The variants of `pub enum NAME` in Rust source as rustfmt leaves it: for a test that every one of them has a case.
///
/// # Panics
///
/// If there is no such enum with variants.
pub fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let head = format!("pub enum {name} {{");
    let body = source.lines().skip_while(|line| *line != head).skip(1);
    let variants: BTreeSet<_> = body
        .take_while(|line| *line != "}")
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(char::is_uppercase))
        .map(variant)
        .collect();
    assert!(!variants.is_empty(), "no {head}");
    variants
}

/// The variant at the start of source, or of a value as `Debug` shows it.
pub fn variant(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// The folder of vectors that others made, named by `BONAFIDE_VECTORS`; `None` when it is not set.
pub fn vectors() -> Option<PathBuf> {
    std::env::var_os("BONAFIDE_VECTORS").map(PathBuf::from)
}
