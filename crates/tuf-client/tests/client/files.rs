//! Directories as repositories, stores and destinations.
#![cfg(feature = "fs")]

use std::fs;
use std::io::Write;

use tuf_client::{
    AtomicFile, Client, DirStore, DirTransport, Error, MemoryStore, Record, RoleName, Store, Tree,
};

use crate::simulator::{NOW, Simulator, at, path, role, version};

fn write(simulator: &Simulator, directory: &std::path::Path) -> DirTransport {
    for (tree, path, bytes) in simulator.files.files() {
        let file = directory
            .join(if tree == Tree::Metadata {
                "metadata"
            } else {
                "targets"
            })
            .join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
    DirTransport::new(directory.join("metadata"), directory.join("targets"))
}

fn names(directory: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_directory_is_a_repository_and_another_a_store() {
    let mut simulator = Simulator::new();
    simulator.rotate(|_| {});
    let directory = tempfile::tempdir().unwrap();
    let transport = write(&simulator, directory.path());
    let kept = directory.path().join("kept");
    let root = simulator.first_root();
    let store = DirStore::new(&kept).unwrap();
    let mut client = Client::new(root, at(NOW), transport.clone(), store).unwrap();
    client.refresh().unwrap();
    assert_eq!(
        names(&kept),
        [
            "root.json",
            "root_history",
            "snapshot.json",
            "targets.json",
            "timestamp.json"
        ]
    );
    assert_eq!(names(&kept.join("root_history")), ["2.root.json"]);
    for (kept_name, published) in [
        ("root.json", "2.root.json"),
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "1.snapshot.json"),
    ] {
        assert_eq!(
            fs::read(kept.join(kept_name)).unwrap(),
            simulator.file(published)
        );
    }
    // What is kept is enough: without the rest of the repository nothing else is asked for.
    let store = DirStore::new(&kept).unwrap();
    fs::remove_file(directory.path().join("metadata/2.root.json")).unwrap();
    fs::remove_file(directory.path().join("metadata/1.snapshot.json")).unwrap();
    let mut client = Client::new(root, at(NOW), transport, store).unwrap();
    assert_eq!(client.refresh(), Ok(()));
    assert_eq!(client.trusted().root().version(), version(2));
}

#[test]
fn a_download_appears_when_it_is_complete() {
    let simulator = Simulator::new();
    let directory = tempfile::tempdir().unwrap();
    let mut client = simulator.client(MemoryStore::new());
    let target = client.target(&path("file.txt")).unwrap().unwrap();
    let destination = directory.path().join("downloaded");
    let mut seen = Vec::new();
    client
        .download_to(&target, &destination, |bytes, total| {
            seen.push((bytes, total))
        })
        .unwrap();
    assert_eq!(fs::read(&destination).unwrap(), b"content");
    assert_eq!(seen, [(7, 7)]);
    assert_eq!(names(directory.path()), ["downloaded"]);
}

#[test]
fn a_refused_download_leaves_what_was_there() {
    let mut simulator = Simulator::new();
    let mut client = simulator.client(MemoryStore::new());
    let target = client.target(&path("file.txt")).unwrap().unwrap();
    let remote = target.request().path.to_owned();
    for content in [b"CONTENT".as_slice(), b"short", b"much too long"] {
        simulator.files.put(Tree::Targets, remote.clone(), content);
        let mut client = simulator.client(MemoryStore::new());
        let directory = tempfile::tempdir().unwrap();
        let destination = directory.path().join("downloaded");
        fs::write(&destination, "before").unwrap();
        let refused = client.download_to(&target, &destination, |_, _| {});
        assert!(
            matches!(refused, Err(Error::Digest { .. } | Error::Length { .. })),
            "{refused:?}"
        );
        assert_eq!(fs::read(&destination).unwrap(), b"before");
        assert_eq!(names(directory.path()), ["downloaded"]);
    }
}

#[test]
fn an_interrupted_write_leaves_the_old_content_and_the_next_one_succeeds() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = DirStore::new(directory.path()).unwrap();
    let timestamp = Record::Role(&RoleName::TIMESTAMP);
    store.save(timestamp, b"old").unwrap();
    // A crash in the middle of writing: the staged file stays, with half of its content.
    let mut interrupted = AtomicFile::create(&directory.path().join("timestamp.json")).unwrap();
    interrupted.write_all(b"ne").unwrap();
    std::mem::forget(interrupted);
    assert_eq!(store.load(timestamp).unwrap(), Some(b"old".to_vec()));
    store.save(timestamp, b"new").unwrap();
    assert_eq!(store.load(timestamp).unwrap(), Some(b"new".to_vec()));
    // One in the middle of a file that was never there.
    let mut interrupted = AtomicFile::create(&directory.path().join("snapshot.json")).unwrap();
    interrupted.write_all(b"ne").unwrap();
    std::mem::forget(interrupted);
    assert_eq!(store.load(Record::Role(&RoleName::SNAPSHOT)).unwrap(), None);
}

#[test]
fn what_is_forgotten_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = DirStore::new(directory.path()).unwrap();
    let timestamp = Record::Role(&RoleName::TIMESTAMP);
    store.save(timestamp, b"old").unwrap();
    for _ in 0..2 {
        store.save(timestamp, b"").unwrap();
        assert_eq!(store.load(timestamp).unwrap(), None);
        assert_eq!(names(directory.path()), ["root_history"]);
    }
}

#[test]
fn a_crash_between_a_root_and_its_copy_loses_nothing() {
    let mut simulator = Simulator::new();
    simulator.rotate(|_| {});
    let directory = tempfile::tempdir().unwrap();
    let mut store = DirStore::new(directory.path()).unwrap();
    store
        .save(Record::Root(version(2)), &simulator.file("2.root.json"))
        .unwrap();
    fs::write(directory.path().join("root.json"), simulator.first_root()).unwrap();
    simulator.files.remove(Tree::Metadata, "2.root.json");
    let mut client = Client::new(
        simulator.first_root(),
        at(NOW),
        simulator.files.clone(),
        store,
    )
    .unwrap();
    assert_eq!(client.refresh(), Ok(()));
    assert_eq!(client.trusted().root().version(), version(2));
}

#[test]
fn no_role_name_leaves_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("store");
    let mut store = DirStore::new(&inner).unwrap();
    for name in ["../outside", "/absolute", "..", "a/b"] {
        let role = role(name);
        store.save(Record::Role(&role), name.as_bytes()).unwrap();
        assert_eq!(
            store.load(Record::Role(&role)).unwrap(),
            Some(name.as_bytes().to_vec())
        );
    }
    assert_eq!(names(directory.path()), ["store"]);
    assert_eq!(
        names(&inner),
        [
            "%2Fabsolute.json",
            "..%2Foutside.json",
            "...json",
            "a%2Fb.json",
            "root_history"
        ]
    );
}

#[test]
fn a_directory_is_not_a_file_and_a_file_no_directory() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("directory")).unwrap();
    fs::write(directory.path().join("file"), "content").unwrap();
    let mut transport = DirTransport::new(directory.path(), directory.path());
    let mut is_there = |path| {
        let request = tuf_client::Request {
            tree: Tree::Targets,
            path,
            limit: 9,
        };
        tuf_client::Transport::fetch(&mut transport, &request).map(|file| file.is_some())
    };
    assert!(is_there("file").unwrap());
    assert!(!is_there("directory").unwrap());
    assert!(!is_there("file/below").unwrap());
    assert!(!is_there("nothing/below").unwrap());
    assert!(is_there("../file").is_err());
}

#[test]
fn directories_are_made_and_a_name_may_be_as_long_as_names_can_be() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b").join("n".repeat(255));
    assert!(AtomicFile::create(&path).is_err());
    let file = AtomicFile::create_in_directories(&path).unwrap();
    file.commit().unwrap();
    assert!(path.is_file());
    assert!(AtomicFile::create_in_directories(&path.join("below-a-file")).is_err());
}

#[test]
fn what_cannot_be_metadata_counts_as_not_kept_and_is_replaced() {
    let simulator = Simulator::new();
    let directory = tempfile::tempdir().unwrap();
    let kept = directory.path().join("timestamp.json");
    // A terabyte, of which nothing is on the disk.
    let huge = fs::File::create(&kept).unwrap();
    huge.set_len(1 << 40).unwrap();
    let (root, files) = (simulator.first_root(), simulator.files.clone());
    let store = DirStore::new(directory.path()).unwrap();
    let mut client = Client::new(root, at(NOW), files, store).unwrap();
    assert_eq!(client.refresh(), Ok(()));
    assert_eq!(fs::read(kept).unwrap(), simulator.file("timestamp.json"));
}

#[test]
fn a_role_is_kept_whatever_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = DirStore::new(directory.path()).unwrap();
    // Encoded, three times as long as a file name can be.
    let names = ["é".repeat(127), "é".repeat(126) + "è"];
    for name in &names {
        let role = role(name);
        assert_eq!(store.load(Record::Role(&role)).unwrap(), None);
        store.save(Record::Role(&role), name.as_bytes()).unwrap();
    }
    for name in &names {
        let kept = store.load(Record::Role(&role(name))).unwrap();
        assert_eq!(kept, Some(name.as_bytes().to_vec()));
    }
}
