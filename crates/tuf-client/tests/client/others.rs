//! Repositories that others made.

use std::fs;

use tuf_client::{Client, Error, MemoryStore, MemoryTransport, Tree, TrustedMetadata};

use crate::simulator::{NOW, at, path, version};

#[cfg(all(feature = "fs", feature = "rsa"))]
#[test]
fn a_repository_by_python_tuf_is_read() {
    let repository = testdata::root().join("tuf/python");
    let root = fs::read(repository.join("metadata/1.root.json")).unwrap();
    let transport =
        tuf_client::DirTransport::new(repository.join("metadata"), repository.join("targets"));
    let mut client = Client::new(&root, at(NOW), transport, MemoryStore::new()).unwrap();
    for (name, content) in [
        ("hello.txt", "hello from python-tuf\n"),
        ("packages/tool-1.0.tar", "a tool\n"),
    ] {
        let target = client.target(&path(name)).unwrap().unwrap();
        assert_eq!(client.read(&target), Ok(content.into()));
    }
    assert_eq!(client.target(&path("packages/other.tar")), Ok(None));
    assert_eq!(client.trusted().root().version(), version(2));
    // Three keys, of which two must sign.
    assert_eq!(
        client
            .trusted()
            .root()
            .keys(tuf_client::TopRole::Root)
            .len(),
        3
    );
    assert_eq!(
        client
            .trusted()
            .root()
            .threshold(tuf_client::TopRole::Root)
            .get(),
        2
    );
}

/// The public Sigstore roots; version 4 is the first whose expiry is written as the specification asks.
#[test]
fn the_sigstore_roots_are_followed_from_4_to_15() {
    let Some(vectors) = testdata::vectors() else {
        println!("skipped: BONAFIDE_VECTORS is not set");
        return;
    };
    let read = |name: &str| fs::read(vectors.join("sigstore-root").join(name)).unwrap();
    for first in 1..4 {
        let refused =
            TrustedMetadata::new(&read(&format!("{first}.root.json")), at(NOW)).unwrap_err();
        assert!(
            matches!(refused, Error::Malformed { .. }),
            "{first}: {refused:?}"
        );
    }
    let mut files = MemoryTransport::new();
    for number in 5..=15 {
        let name = format!("{number}.root.json");
        files.put(Tree::Metadata, name.clone(), read(&name));
    }
    for (name, file) in [
        ("timestamp.json", "timestamp.json"),
        ("165.snapshot.json", "snapshot.json"),
        ("14.targets.json", "targets.json"),
    ] {
        files.put(Tree::Metadata, name, read(file));
    }
    let client = |now| {
        Client::new(
            &read("4.root.json"),
            at(now),
            files.clone(),
            MemoryStore::new(),
        )
        .unwrap()
    };
    let mut fresh = client("2026-08-22T00:00:00Z");
    assert_eq!(fresh.refresh(), Ok(()));
    assert_eq!(fresh.trusted().root().version(), version(15));
    let target = fresh.target(&path("trusted_root.json")).unwrap().unwrap();
    assert_eq!(target.file().length(), 6787);
    assert_eq!(fresh.target(&path("nobody.json")), Ok(None));
    // A delegated role whose file is not among the vectors.
    let missing = fresh
        .target(&path("registry.npmjs.org/keys.json"))
        .unwrap_err();
    assert_eq!(
        missing,
        Error::NotThere {
            path: "8.registry.npmjs.org.json".into()
        }
    );
    // The timestamp lives for a week.
    assert!(matches!(
        client("2026-08-29T00:00:00Z").refresh(),
        Err(Error::Expired { .. })
    ));
    assert!(matches!(
        client("2026-12-01T00:00:00Z").refresh(),
        Err(Error::Expired { .. })
    ));
}
