use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Component, Path, PathBuf},
};

use canonical_json::Value;
use clap::Subcommand;
use crypto_keys::{Algorithm, Hasher};
use flate2::read::GzDecoder;

use crate::{
    console::Outcome,
    failure::{Explain as _, Failure},
    files,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Package {
    /// List the files and the dependencies of a Cargo package, as JSON
    Inventory {
        /// A `.crate` file
        package: PathBuf,
        /// Where to write the list, instead of printing it
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Unpack a Cargo package into a directory named after it
    Unpack {
        /// A `.crate` file
        package: PathBuf,
        /// Where to unpack it
        #[arg(long, default_value = ".")]
        into: PathBuf,
    },
}

/// The most that is unpacked: fifty times what the registry accepts.
const MAX_UNPACKED: u64 = 512 << 20;
const MAX_FILES: usize = 100_000;

impl Package {
    pub(super) fn execute(self) -> Result<Outcome, Failure> {
        match self {
            Self::Inventory { package, output } => {
                let inventory = inventory(&package)?;
                match output {
                    Some(output) => {
                        files::write(
                            &output,
                            format!("{}\n", inventory.to_json_pretty()).as_bytes(),
                        )?;
                        let json = Value::object([(
                            "written",
                            Value::from(output.to_string_lossy().into_owned()),
                        )]);
                        Ok(Outcome::new(format!("wrote {}", output.display()), json))
                    }
                    None => Ok(Outcome::new(inventory.to_json_pretty(), inventory)),
                }
            }
            Self::Unpack { package, into } => {
                let count = unpack(&package, &into)?;
                let json = Value::object([("files", Value::from(count))]);
                Ok(Outcome::new(format!("unpacked {count} files"), json))
            }
        }
    }
}

/// Unpacks regular files, never outside of `into` and never through a link; says how many.
fn unpack(package: &Path, into: &Path) -> Result<u64, Failure> {
    let mut count: u64 = 0;
    each_file(package, |path, content| {
        files::write(&into.join(path), content)?;
        count = count.saturating_add(1);
        Ok(())
    })?;
    Ok(count)
}

/// What is in a package: its files with digests, and the exact versions it was built with.
fn inventory(package: &Path) -> Result<Value, Failure> {
    let mut listed = BTreeMap::new();
    let mut dependencies = Vec::new();
    each_file(package, |path, content| {
        let mut hasher = Hasher::new([Algorithm::Sha256]);
        hasher.update(content);
        let file = Value::object([
            (
                "size",
                Value::from(u64::try_from(content.len()).unwrap_or(u64::MAX)),
            ),
            ("digest", hasher.finish().to_value()),
        ]);
        if path.file_name().is_some_and(|name| name == "Cargo.lock") {
            dependencies = locked(&String::from_utf8_lossy(content));
        }
        listed.insert(path.to_string_lossy().replace('\\', "/"), file);
        Ok(())
    })?;
    let name = package
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Value::object([
        ("package", Value::from(name)),
        ("files", Value::Object(listed)),
        ("dependencies", Value::from(dependencies)),
    ]))
}

/// The packages of a `Cargo.lock` that come from elsewhere: those with a `source`.
///
/// Cargo writes the file itself, one `key = "value"` per line, in tables `[[package]]`.
fn locked(lock: &str) -> Vec<Value> {
    lock.split("[[package]]")
        .skip(1)
        .filter_map(|table| {
            let field = |name: &str| {
                table.lines().find_map(|line| {
                    let value = line.strip_prefix(name)?.strip_prefix(" = \"")?;
                    value.strip_suffix('"')
                })
            };
            let source = field("source")?;
            let mut members = vec![
                ("name", Value::from(field("name")?)),
                ("version", Value::from(field("version")?)),
                ("source", Value::from(source)),
            ];
            members.extend(field("checksum").map(|checksum| ("sha256", Value::from(checksum))));
            Some(Value::object(members))
        })
        .collect()
}

/// Hands every regular file of the package to `take`, with a path that stays inside.
fn each_file(
    package: &Path,
    mut take: impl FnMut(&Path, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let what = || format!("cannot unpack {}", package.display());
    let file = File::open(package).or_unable(what)?;
    let mut archive = tar::Archive::new(GzDecoder::new(file).take(MAX_UNPACKED));
    for (number, entry) in archive.entries().or_unable(what)?.enumerate() {
        if number >= MAX_FILES {
            return Err(Failure::refused(format!(
                "{} holds over {MAX_FILES} files",
                package.display()
            )));
        }
        let mut entry = entry.or_unable(what)?;
        let path = entry.path().or_unable(what)?.into_owned();
        if entry.header().entry_type().is_dir() {
            continue;
        }
        let inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !entry.header().entry_type().is_file() || !inside || path.as_os_str().is_empty() {
            let odd = format!(
                "{} holds {}, which is no plain file inside it",
                package.display(),
                path.display()
            );
            return Err(Failure::refused(odd));
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content).or_unable(what)?;
        take(&path, &content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// A package with one entry, whose name is written as it stands.
    fn package(name: &str, kind: tar::EntryType) -> tempfile::NamedTempFile {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(5);
        header.set_link_name("/etc/hostname").unwrap();
        header.set_cksum();
        let mut archive = tar::Builder::new(Vec::new());
        archive.append(&header, &b"hello"[..]).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut gzip = GzEncoder::new(&file, Compression::fast());
        gzip.write_all(&archive.into_inner().unwrap()).unwrap();
        gzip.finish().unwrap();
        file
    }

    #[test]
    fn a_plain_file_inside_is_unpacked() {
        let into = tempfile::tempdir().unwrap();
        let package = package("tool-1.0.0/src/lib.rs", tar::EntryType::Regular);
        assert_eq!(unpack(package.path(), into.path()).unwrap(), 1);
        assert_eq!(
            std::fs::read(into.path().join("tool-1.0.0/src/lib.rs")).unwrap(),
            b"hello"
        );
    }

    #[test]
    fn what_would_leave_the_directory_is_refused_and_nothing_is_written() {
        for (name, kind) in [
            ("../evil", tar::EntryType::Regular),
            ("/evil", tar::EntryType::Regular),
            ("tool/../../evil", tar::EntryType::Regular),
            ("tool/link", tar::EntryType::Symlink),
            ("tool/link", tar::EntryType::Link),
            ("tool/pipe", tar::EntryType::Fifo),
        ] {
            let into = tempfile::tempdir().unwrap();
            let refused = unpack(package(name, kind).path(), into.path()).unwrap_err();
            assert!(refused.is_refusal(), "{name}: {refused}");
            assert_eq!(std::fs::read_dir(into.path()).unwrap().count(), 0, "{name}");
        }
    }

    #[test]
    fn the_locked_versions_of_others_are_listed() {
        let lock = "version = 4\n\n[[package]]\nname = \"itoa\"\nversion = \"1.0.1\"\nsource = \"registry\"\nchecksum = \"ab\"\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
        let listed = Value::from(locked(lock)).to_json();
        assert_eq!(
            listed,
            r#"[{"name":"itoa","sha256":"ab","source":"registry","version":"1.0.1"}]"#
        );
    }
}
