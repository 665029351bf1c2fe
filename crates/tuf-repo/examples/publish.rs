//! Publishes a repository for others to read: keys of three kinds, two releases, a rotation of every key.
//!
//! ```text
//! cargo run -p tuf-repo --example publish -- DIRECTORY 2026-06-01T00:00:00Z
//! ```
//!
//! The second argument is the instant of publishing; metadata lives for a day and more from then. In `DIRECTORY` there will be
//! `metadata`, `targets`, and `root.json`, the root with which a client begins.

use std::{env, error::Error, fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{Algorithm, PrivateKey, Scheme, Signer, Threshold};
use tuf_client::{TargetFile, TargetPath, TopRole};
use tuf_repo::{DirSink, Keyring, Repository, RootSpec};

const CONTENT: [(&str, &[u8]); 3] = [
    ("hello.txt", b"hello from bonafide\n"),
    ("packages/tool 1.0+ü.tar", b"a tool\n"),
    ("empty", b""),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(directory), Some(now)) = (arguments.next(), arguments.next()) else {
        return Err("usage: publish DIRECTORY INSTANT".into());
    };
    let directory = PathBuf::from(directory);
    let now: DateTime<Utc> = now.parse()?;
    let mut sink = DirSink::new(directory.join("metadata"), directory.join("targets"));

    // The root needs two of three keys, the first release is empty.
    let key = PrivateKey::generate;
    let roots = [
        key(Scheme::Ed25519)?,
        key(Scheme::EcdsaP256Sha256)?,
        key(Scheme::EcdsaP384Sha384)?,
    ];
    let roots = roots.each_ref().map(|key| -> &dyn Signer { key });
    let (old, new) = (key(Scheme::Ed25519)?, key(Scheme::EcdsaP256Sha256)?);
    let keyring = keyring(&roots, &old);
    let mut spec = keyring.spec();
    spec.root.threshold = Threshold::new(2).ok_or("zero")?;
    let first = Repository::create(&spec, &keyring, now)?;
    first.write_to(&mut sink, |_| Ok(std::io::empty()))?;
    fs::write(directory.join("root.json"), first.repository().root_bytes())?;

    // The second lists targets, and replaces the key of every other role.
    let keyring = self::keyring(&roots, &new);
    let mut edit = first.repository().edit();
    for (path, content) in CONTENT {
        let file = TargetFile::of(content, &[Algorithm::Sha256, Algorithm::Sha512])?;
        edit.add_target(TargetPath::try_from(path)?, file);
    }
    let root = RootSpec::of(first.repository().root()).root;
    edit.rotate_root(RootSpec {
        root,
        ..keyring.spec()
    });
    edit.sign(&keyring, now)?.write_to(&mut sink, |path| {
        let content = CONTENT.iter().find(|(name, _)| *name == path.as_str());
        content
            .map(|(_, content)| *content)
            .ok_or(std::io::ErrorKind::NotFound.into())
    })?;
    Ok(())
}

fn keyring<'s>(roots: &[&'s dyn Signer], other: &'s PrivateKey) -> Keyring<'s> {
    Keyring::new()
        .with(TopRole::Root, TimeDelta::days(365), roots)
        .with(TopRole::Targets, TimeDelta::days(90), &[other])
        .with(TopRole::Snapshot, TimeDelta::days(7), &[other])
        .with(TopRole::Timestamp, TimeDelta::days(1), &[other])
}
