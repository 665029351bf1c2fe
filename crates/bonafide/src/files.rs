//! Files of the person who runs the tool: keys, certificates, documents.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write as _},
    path::Path,
};

use crypto_keys::{Algorithm, Digests, Hasher, PublicKey};

use crate::failure::{Explain as _, Failure};

/// The largest file that is read whole: a layout of a hundred thousand artifacts takes a tenth.
const MAX_FILE: u64 = 256 << 20;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let what = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).or_unable(what)?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .or_unable(what)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= MAX_FILE) {
        Ok(bytes)
    } else {
        Err(Failure::unable(format!(
            "{} is larger than {MAX_FILE} bytes",
            path.display()
        )))
    }
}

pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).or_unable(|| format!("{} is not text", path.display()))
}

/// The digests of everything there is to read, which may be more than memory holds.
pub(crate) fn digests(mut content: impl Read, algorithms: &[Algorithm]) -> io::Result<Digests> {
    let mut hasher = Hasher::new(algorithms.iter().copied());
    let mut buffer = vec![0; 64 << 10];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(read) => hasher.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let what = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).or_unable(what)?;
    }
    fs::write(path, bytes).or_unable(what)
}

/// What to do about a key that is in the way.
pub(crate) const NEVER_OVERWRITTEN: &str =
    "choose another name, or move the old file away: a key is never overwritten";

/// Writes a secret that only its owner may read, to a file that is not there yet.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).or_unable(|| format!("cannot write {}", path.display()))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(bytes));
    written.map_err(|source| {
        let exists = source.kind() == io::ErrorKind::AlreadyExists;
        let failure = Failure::unable(format!("cannot write {}", path.display())).because(source);
        if exists {
            failure.advise(NEVER_OVERWRITTEN)
        } else {
            failure
        }
    })
}

pub(crate) fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    PublicKey::from_pem(&read_text(path)?).map_err(|source| {
        Failure::unable(format!("{} holds no public key", path.display()))
            .because(source)
            .advise("give the `.pub` file that `bonafide key generate` wrote, or any `PUBLIC KEY` PEM file")
    })
}
