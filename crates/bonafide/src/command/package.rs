use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use canonical_json::Value;
use clap::Subcommand;
use crypto_keys::{Algorithm, Digests};
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
    /// Unpack the directory that a Cargo package holds
    Unpack {
        /// A `.crate` file
        package: PathBuf,
        /// Where to put the directory
        #[arg(long, default_value = ".")]
        into: PathBuf,
    },
}

/// The most that is unpacked: fifty times what the registry accepts.
const MAX_UNPACKED: u64 = 512 << 20;
const MAX_ENTRIES: usize = 100_000;
/// The longest path of Linux.
const MAX_NAME: u64 = 4096;
/// A real one has some hundred bytes for each dependency.
const MAX_LOCK: u64 = 16 << 20;

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

/// Unpacks the directory that a package is, to where there is nothing of that name; says how many files it has.
///
/// Nothing is there before all of it is, and nothing is written through a link or over what was there.
fn unpack(package: &Path, into: &Path) -> Result<u64, Failure> {
    let what = || {
        format!(
            "cannot unpack {} into {}",
            package.display(),
            into.display()
        )
    };
    fs::create_dir_all(into).or_unable(what)?;
    let staging = tempfile::Builder::new()
        .prefix(".bonafide-")
        .tempdir_in(into)
        .or_unable(what)?;
    let mut count: u64 = 0;
    let stem = each_file(package, |path, mut content| {
        let path = staging.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(&path)).or_unable(what)?;
        let mut file = File::create_new(&path).or_unable(what)?;
        io::copy(&mut content, &mut file).or_unable(what)?;
        count = count.saturating_add(1);
        Ok(())
    })?;
    let place = into.join(&stem);
    if place.symlink_metadata().is_ok() {
        let there = format!("{} is there already", place.display());
        return Err(Failure::unable(there).advise("move it away, or unpack elsewhere with --into"));
    }
    fs::rename(staging.path().join(&stem), &place).or_unable(what)?;
    Ok(count)
}

/// What is in a package: its files with digests, and the exact versions it was built with.
fn inventory(package: &Path) -> Result<Value, Failure> {
    let what = || format!("cannot list {}", package.display());
    let mut listed = BTreeMap::new();
    let mut dependencies = Vec::new();
    each_file(package, |path, mut content| {
        let size = content.size();
        // One that lies deeper is about something else.
        let is_lock = path
            .split_once('/')
            .is_some_and(|(_, file)| file == "Cargo.lock");
        let digests = if is_lock && size <= MAX_LOCK {
            let mut lock = Vec::new();
            content.read_to_end(&mut lock).or_unable(what)?;
            dependencies = locked(&String::from_utf8_lossy(&lock));
            Digests::of(&lock, &[Algorithm::Sha256])
        } else if is_lock {
            let long = format!("{path} is longer than {MAX_LOCK} bytes");
            return Err(Failure::refused(what()).because(long));
        } else {
            files::digests(content, &[Algorithm::Sha256]).or_unable(what)?
        };
        let file = Value::object([("size", Value::from(size)), ("digest", digests.to_value())]);
        listed.insert(path.to_owned(), file);
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

type Archive = tar::Archive<Bounded<GzDecoder<File>>>;
type Content<'a> = tar::Entry<'a, Bounded<GzDecoder<File>>>;

/// Hands every file of the package to `take`; the name of the one directory in which all of them are.
fn each_file(
    package: &Path,
    mut take: impl FnMut(&str, Content<'_>) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let what = || format!("cannot read the package {}", package.display());
    let refused = |why: String| Failure::refused(what()).because(why);
    let file = File::open(package).or_unable(what)?;
    let mut archive = Archive::new(Bounded {
        content: GzDecoder::new(file),
        left: MAX_UNPACKED,
    });
    let mut seen = BTreeSet::new();
    let mut only: Option<String> = None;
    // As they stand, because otherwise names of any length are read into memory.
    let mut long_name = None;
    for (number, entry) in archive.entries().or_unable(what)?.raw(true).enumerate() {
        if number >= MAX_ENTRIES {
            return Err(refused(format!("it holds over {MAX_ENTRIES} entries")));
        }
        let mut entry = entry.or_unable(what)?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() && entry.size() <= MAX_NAME {
            let mut name = Vec::new();
            entry.read_to_end(&mut name).or_unable(what)?;
            long_name = Some(name.strip_suffix(b"\0").unwrap_or(&name).to_vec());
            continue;
        }
        let name = long_name.take();
        let name = name.unwrap_or_else(|| entry.path_bytes().into_owned());
        if kind.is_dir() {
            continue;
        }
        let path = String::from_utf8_lossy(&name).into_owned();
        let stem = match directory_of(&path) {
            Some(stem) if kind.is_file() && only.as_ref().is_none_or(|only| only == stem) => stem,
            _ => {
                let odd = "is no plain file in the one directory of a package";
                return Err(refused(format!("{path} {odd}")));
            }
        };
        only.get_or_insert_with(|| stem.to_owned());
        // Readers differ in which of them counts.
        if !seen.insert(path.clone()) {
            return Err(refused(format!("it holds {path} twice")));
        }
        take(&path, entry)?;
    }
    only.ok_or_else(|| refused("it is empty".to_owned()))
}

/// The first segment of a path that is below it, and goes nowhere else.
fn directory_of(path: &str) -> Option<&str> {
    let is_odd =
        |char: char| char == '\\' || char.is_control() || char == char::REPLACEMENT_CHARACTER;
    let is_plain = path
        .split('/')
        .all(|part| !matches!(part, "" | "." | "..") && !part.contains(is_odd));
    let (directory, _) = path.split_once('/')?;
    is_plain.then_some(directory)
}

/// Content up to a length: a great deal of it can be packed into nearly nothing.
struct Bounded<R> {
    content: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.left = u64::try_from(read)
            .ok()
            .and_then(|read| self.left.checked_sub(read))
            .ok_or_else(|| io::Error::other(format!("it unpacks to over {MAX_UNPACKED} bytes")))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    const FILE: tar::EntryType = tar::EntryType::Regular;
    const LONG_NAME: tar::EntryType = tar::EntryType::GNULongName;

    /// A package with these entries, whose names are written as they stand.
    fn package(entries: &[(&str, tar::EntryType, &str)]) -> tempfile::NamedTempFile {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len().try_into().unwrap());
            header.set_link_name("/etc/hostname").unwrap();
            header.set_cksum();
            archive.append(&header, content.as_bytes()).unwrap();
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut gzip = GzEncoder::new(&file, Compression::fast());
        gzip.write_all(&archive.into_inner().unwrap()).unwrap();
        gzip.finish().unwrap();
        file
    }

    #[test]
    fn a_plain_file_inside_is_unpacked_where_there_is_nothing() {
        let into = tempfile::tempdir().unwrap();
        let tool = package(&[("tool-1.0.0/src/lib.rs", FILE, "hello")]);
        assert_eq!(unpack(tool.path(), into.path()).unwrap(), 1);
        let file = into.path().join("tool-1.0.0/src/lib.rs");
        assert_eq!(fs::read(&file).unwrap(), b"hello");

        let long = format!("tool/{}", "x/".repeat(200));
        let long = package(&[
            ("@", LONG_NAME, &format!("{long}x\0")),
            ("tool/x", FILE, "hello"),
        ]);
        assert_eq!(unpack(long.path(), into.path()).unwrap(), 1);

        fs::write(&file, "changed").unwrap();
        unpack(tool.path(), into.path()).unwrap_err();
        assert_eq!(fs::read(&file).unwrap(), b"changed");
    }

    #[test]
    fn what_is_no_directory_of_plain_files_is_refused_and_nothing_is_written() {
        let good = ("tool/good", FILE, "hello");
        let too_long = &format!("tool/{}\0", "x".repeat(5000));
        for entries in [
            &[good, ("../evil", FILE, "hello")][..],
            &[good, ("/evil", FILE, "hello")],
            &[good, ("tool/../../evil", FILE, "hello")],
            &[good, ("tool//evil", FILE, "hello")],
            &[good, ("tool\\evil", FILE, "hello")],
            &[good, ("evil", FILE, "hello")],
            &[good, ("evil/evil", FILE, "hello")],
            &[good, good],
            &[good, ("tool/link", tar::EntryType::Symlink, "")],
            &[good, ("tool/link", tar::EntryType::Link, "")],
            &[good, ("tool/pipe", tar::EntryType::Fifo, "")],
            &[good, ("tool/\u{1b}[2J", FILE, "hello")],
            &[good, ("@", LONG_NAME, "../evil\0"), good],
            &[good, ("@", LONG_NAME, too_long), ("tool/x", FILE, "hello")],
            &[
                good,
                ("@", tar::EntryType::XHeader, "16 path=../evil\n"),
                ("tool/x", FILE, ""),
            ],
            &[("tool", tar::EntryType::Directory, "")],
            &[],
        ] {
            let into = tempfile::tempdir().unwrap();
            let refused = unpack(package(entries).path(), into.path()).unwrap_err();
            assert!(refused.is_refusal(), "{entries:?}: {refused}");
            assert_eq!(fs::read_dir(into.path()).unwrap().count(), 0, "{entries:?}");
        }
    }

    #[test]
    fn a_package_that_breaks_off_leaves_nothing() {
        let into = tempfile::tempdir().unwrap();
        let package = package(&[("tool/a", FILE, "a"), ("tool/b", FILE, "b")]);
        let file = File::options().write(true).open(package.path());
        file.unwrap().set_len(60).unwrap();
        unpack(package.path(), into.path()).unwrap_err();
        assert_eq!(fs::read_dir(into.path()).unwrap().count(), 0);
    }

    #[test]
    fn content_is_read_up_to_its_length_and_no_further() {
        let bounded = |left| Bounded {
            content: &b"hello"[..],
            left,
        };
        assert_eq!(io::read_to_string(bounded(5)).unwrap(), "hello");
        io::read_to_string(bounded(4)).unwrap_err();
    }

    #[test]
    fn the_dependencies_are_those_of_the_package_itself() {
        let lock = |name| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"registry\"\n")
        };
        let package = package(&[
            ("tool/Cargo.lock", FILE, &lock("real")),
            ("tool/tests/Cargo.lock", FILE, &lock("fixture")),
        ]);
        let listed = inventory(package.path()).unwrap();
        assert_eq!(
            listed.get("dependencies").unwrap().to_json(),
            r#"[{"name":"real","source":"registry","version":"1.0.0"}]"#
        );
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
