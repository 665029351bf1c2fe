//! The order of an update, and what is kept after it.

use std::io::{self, Read};

use canonical_json::Value;
use crypto_keys::PrivateKey;
use tuf_client::{
    Client, Error, Limits, MemoryStore, Record, Request, RoleName, Store, Transport, Tree,
};

use crate::simulator::{BEFORE_NOW, NOW, Role, Simulator, at, key, role, version, versions};

fn rollback(name: &str, trusted: u64, offered: u64) -> Error {
    Error::Rollback {
        role: role(name),
        trusted: version(trusted),
        offered: version(offered),
    }
}

fn expired(name: &str) -> Error {
    Error::Expired {
        role: role(name),
        expires: BEFORE_NOW.parse().unwrap(),
        now: at(NOW),
    }
}

#[test]
fn a_first_update_asks_for_each_role_once_and_keeps_the_exact_bytes() {
    let simulator = Simulator::new();
    let (result, store, log) = simulator.refresh(MemoryStore::new());
    assert_eq!(result, Ok(()));
    assert_eq!(
        log,
        [
            "2.root.json",
            "timestamp.json",
            "1.snapshot.json",
            "1.targets.json"
        ]
    );
    for (role, file) in [
        (RoleName::TIMESTAMP, "timestamp.json"),
        (RoleName::SNAPSHOT, "1.snapshot.json"),
        (RoleName::TARGETS, "1.targets.json"),
    ] {
        assert_eq!(
            store.load(Record::Role(&role)).unwrap(),
            Some(simulator.file(file))
        );
    }
}

#[test]
fn an_update_without_news_asks_for_the_next_root_and_the_timestamp_only() {
    let simulator = Simulator::new();
    let store = simulator.kept(MemoryStore::new());
    let (result, kept, log) = simulator.refresh(store.clone());
    assert_eq!(result, Ok(()));
    assert_eq!(log, ["2.root.json", "timestamp.json"]);
    assert_eq!(kept, store);
}

#[test]
fn without_consistent_snapshots_names_have_no_version_but_for_the_root() {
    let mut simulator = Simulator::new();
    simulator.rotate(|simulator| simulator.consistent = false);
    simulator.publish();
    let (result, _, log) = simulator.refresh(MemoryStore::new());
    assert_eq!(result, Ok(()));
    assert_eq!(
        log,
        [
            "2.root.json",
            "3.root.json",
            "timestamp.json",
            "snapshot.json",
            "targets.json"
        ]
    );
}

#[test]
fn listed_lengths_and_digests_are_accepted_when_they_are_right() {
    let mut simulator = Simulator::new();
    simulator.pinned = true;
    simulator.publish();
    assert_eq!(simulator.refresh(MemoryStore::new()).0, Ok(()));
}

#[test]
fn every_new_root_is_followed_and_kept_and_not_asked_for_again() {
    let mut simulator = Simulator::new();
    simulator.rotate(|simulator| simulator.root.keys = vec![key()]);
    simulator.rotate(|simulator| simulator.root.keys = vec![key(), key()]);
    let (result, store, log) = simulator.refresh(MemoryStore::new());
    assert_eq!(result, Ok(()));
    assert_eq!(log[..3], ["2.root.json", "3.root.json", "4.root.json"]);
    assert_eq!(
        store.load(Record::Root(version(2))).unwrap(),
        Some(simulator.file("2.root.json"))
    );
    assert_eq!(
        store.load(Record::Root(version(3))).unwrap(),
        Some(simulator.file("3.root.json"))
    );
    let (result, _, log) = simulator.refresh(store);
    assert_eq!(result, Ok(()));
    assert_eq!(log, ["4.root.json", "timestamp.json"]);
}

#[test]
fn a_root_the_old_keys_did_not_sign_is_refused_and_the_one_before_is_kept() {
    let mut simulator = Simulator::new();
    simulator.rotate(|_| {});
    simulator.root.keys = vec![key()];
    simulator.root.version = 3;
    simulator.publish_root(&[]);
    let (result, store, _) = simulator.refresh(MemoryStore::new());
    assert!(matches!(result, Err(Error::Threshold { role, .. }) if role == RoleName::ROOT));
    assert_eq!(versions(&store), [Some(2), None, None, None]);
}

#[test]
fn a_root_its_own_keys_did_not_sign_is_refused() {
    let mut simulator = Simulator::new();
    let old = std::mem::replace(&mut simulator.root.keys, vec![key()]);
    simulator.root.version = 2;
    let signed = simulator.root_value();
    simulator.files.put(
        Tree::Metadata,
        "2.root.json",
        crate::simulator::sign(&signed, &old),
    );
    let (result, store, _) = simulator.refresh(MemoryStore::new());
    assert!(matches!(result, Err(Error::Threshold { role, .. }) if role == RoleName::ROOT));
    assert_eq!(versions(&store), [None; 4]);
}

#[test]
fn a_root_must_have_the_version_it_is_named_by() {
    let mut simulator = Simulator::new();
    simulator.root.version = 3;
    simulator.publish_root(&[]);
    let skipping = simulator.file("3.root.json");
    simulator.files.put(Tree::Metadata, "2.root.json", skipping);
    let expected = Error::WrongVersion {
        role: RoleName::ROOT,
        expected: version(2),
        actual: version(3),
    };
    assert_eq!(simulator.refresh(MemoryStore::new()).0, Err(expected));

    let mut simulator = Simulator::new();
    let same = simulator.file("1.root.json");
    simulator.files.put(Tree::Metadata, "2.root.json", same);
    let expected = Error::WrongVersion {
        role: RoleName::ROOT,
        expected: version(2),
        actual: version(1),
    };
    assert_eq!(simulator.refresh(MemoryStore::new()).0, Err(expected));
}

#[test]
fn an_expired_root_may_be_followed_by_a_fresh_one() {
    let mut simulator = Simulator::new();
    simulator.rotate(|simulator| simulator.root.expires = BEFORE_NOW.into());
    let fresh = Role::new().expires;
    simulator.rotate(|simulator| simulator.root.expires = fresh);
    assert_eq!(simulator.refresh(MemoryStore::new()).0, Ok(()));
}

#[test]
fn an_expired_last_root_is_kept_and_ends_the_update() {
    let mut simulator = Simulator::new();
    simulator.rotate(|simulator| simulator.root.expires = BEFORE_NOW.into());
    let (result, store, log) = simulator.refresh(MemoryStore::new());
    assert_eq!(result, Err(expired("root")));
    assert_eq!(versions(&store), [Some(2), None, None, None]);
    assert_eq!(log, ["2.root.json", "3.root.json"]);
}

#[test]
fn metadata_expires_at_the_second_it_names_and_not_before() {
    let mut simulator = Simulator::new();
    simulator.timestamp.expires = NOW.into();
    simulator.publish();
    assert_eq!(
        simulator.refresh_at(BEFORE_NOW, MemoryStore::new()).0,
        Ok(())
    );
    assert!(matches!(
        simulator.refresh(MemoryStore::new()).0,
        Err(Error::Expired { .. })
    ));
}

#[test]
fn expired_metadata_is_refused_and_what_vouches_for_it_is_kept() {
    for (name, kept) in [
        ("timestamp", [None, None, None, None]),
        ("snapshot", [None, Some(1), None, None]),
        ("targets", [None, Some(1), Some(1), None]),
    ] {
        let mut simulator = Simulator::new();
        match name {
            "timestamp" => simulator.timestamp.expires = BEFORE_NOW.into(),
            "snapshot" => simulator.snapshot.expires = BEFORE_NOW.into(),
            _ => simulator.top().role.expires = BEFORE_NOW.into(),
        }
        simulator.publish();
        let (result, store, _) = simulator.refresh(MemoryStore::new());
        assert_eq!(result, Err(expired(name)), "{name}");
        assert_eq!(versions(&store), kept, "{name}");
    }
}

#[test]
fn a_timestamp_that_is_replayed_after_it_expired_is_a_freeze() {
    let mut simulator = Simulator::new();
    simulator.timestamp.expires = NOW.into();
    simulator.publish();
    let (result, store, _) = simulator.refresh_at(BEFORE_NOW, MemoryStore::new());
    assert_eq!(result, Ok(()));
    let expected = Error::Expired {
        role: RoleName::TIMESTAMP,
        expires: NOW.parse().unwrap(),
        now: at(NOW),
    };
    let (result, after, _) = simulator.refresh(store.clone());
    assert_eq!(result, Err(expected));
    assert_eq!(after, store);
}

#[test]
fn an_older_timestamp_is_refused() {
    let mut simulator = Simulator::new();
    let old = simulator.file("timestamp.json");
    simulator.bump();
    simulator.publish();
    let store = simulator.kept(MemoryStore::new());
    simulator.files.put(Tree::Metadata, "timestamp.json", old);
    let (result, after, _) = simulator.refresh(store.clone());
    assert_eq!(result, Err(rollback("timestamp", 2, 1)));
    assert_eq!(after, store);
}

#[test]
fn an_expired_timestamp_still_prevents_rollback() {
    let mut simulator = Simulator::new();
    let old = simulator.file("timestamp.json");
    simulator.bump();
    simulator.timestamp.expires = NOW.into();
    simulator.publish();
    let (result, store, _) = simulator.refresh_at(BEFORE_NOW, MemoryStore::new());
    assert_eq!(result, Ok(()));
    simulator.files.put(Tree::Metadata, "timestamp.json", old);
    assert_eq!(simulator.refresh(store).0, Err(rollback("timestamp", 2, 1)));
}

#[test]
fn a_newer_timestamp_that_names_an_older_snapshot_is_refused() {
    let mut simulator = Simulator::new();
    simulator.bump();
    simulator.publish();
    let store = simulator.kept(MemoryStore::new());
    simulator.timestamp.version = 3;
    simulator.snapshot.version = 1;
    simulator.publish();
    let (result, after, _) = simulator.refresh(store.clone());
    assert_eq!(result, Err(rollback("snapshot", 2, 1)));
    assert_eq!(after, store);
}

#[test]
fn a_newer_snapshot_that_lists_older_targets_is_refused() {
    let mut simulator = Simulator::new();
    simulator.bump();
    simulator.publish();
    let store = simulator.kept(MemoryStore::new());
    simulator.bump();
    simulator.top().role.version = 1;
    simulator.publish();
    let (result, after, _) = simulator.refresh(store);
    assert_eq!(result, Err(rollback("targets", 2, 1)));
    assert_eq!(versions(&after), [None, Some(3), Some(2), Some(2)]);
}

#[test]
fn an_expired_snapshot_still_prevents_rollback_of_what_it_lists() {
    let mut simulator = Simulator::new();
    simulator.bump();
    simulator.snapshot.expires = NOW.into();
    simulator.publish();
    let (result, store, _) = simulator.refresh_at(BEFORE_NOW, MemoryStore::new());
    assert_eq!(result, Ok(()));
    simulator.bump();
    simulator.snapshot.expires = Role::new().expires;
    simulator.top().role.version = 1;
    simulator.publish();
    assert_eq!(simulator.refresh(store).0, Err(rollback("targets", 2, 1)));
}

#[test]
fn a_snapshot_that_drops_a_role_is_refused() {
    let mut simulator = Simulator::new();
    simulator.add_target("delegated", "other.txt", b"other");
    simulator.publish();
    let store = simulator.kept(MemoryStore::new());
    simulator.bump();
    simulator.targets.remove("delegated");
    simulator.publish();
    let expected = Error::Removed {
        file: "delegated.json".into(),
    };
    assert_eq!(simulator.refresh(store).0, Err(expected));
}

#[test]
fn another_timestamp_of_the_same_version_is_discarded_without_an_error() {
    let mut simulator = Simulator::new();
    let store = simulator.kept(MemoryStore::new());
    simulator.timestamp.expires = "2040-01-01T00:00:00Z".into();
    simulator.snapshot.version = 2;
    simulator.publish();
    let (result, after, log) = simulator.refresh(store.clone());
    assert_eq!(result, Ok(()));
    assert_eq!(log, ["2.root.json", "timestamp.json"]);
    assert_eq!(after, store);
}

#[test]
fn new_keys_free_clients_from_versions_an_attacker_drove_up() {
    // Fast-forward (5.3.11): which keys are replaced, and what may then go back.
    type Change = fn(&mut Simulator);
    let cases: [(&str, Change, Change); 3] = [
        (
            "timestamp",
            |simulator| simulator.timestamp.keys = vec![key()],
            |simulator| simulator.timestamp.version = 1,
        ),
        (
            "snapshot",
            |simulator| {
                simulator.timestamp.keys = vec![key()];
                simulator.snapshot.keys = vec![key()];
            },
            |simulator| {
                simulator.timestamp.version = 1;
                simulator.snapshot.version = 1;
            },
        ),
        (
            "targets",
            |simulator| simulator.snapshot.keys = vec![key()],
            |simulator| {
                simulator.timestamp.version += 1;
                simulator.snapshot.version += 1;
                simulator.top().role.version = 1;
            },
        ),
    ];
    for (name, replace_keys, go_back) in cases {
        for replaced in [true, false] {
            let mut simulator = Simulator::new();
            simulator.timestamp.version = 99_999;
            simulator.snapshot.version = 99_999;
            simulator.top().role.version = 99_999;
            simulator.publish();
            let store = simulator.kept(MemoryStore::new());
            if replaced {
                simulator.rotate(replace_keys);
            }
            go_back(&mut simulator);
            simulator.publish();
            match simulator.refresh(store).0 {
                Ok(()) => assert!(replaced, "{name}"),
                Err(Error::Rollback { .. }) => assert!(!replaced, "{name}"),
                Err(other) => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[test]
fn new_keys_of_either_role_do_so_for_both_and_for_good() {
    // 5.3.11: "timestamp and / or snapshot".
    type Change = fn(&mut Simulator);
    let replace: [Change; 2] = [
        |simulator| simulator.timestamp.keys = vec![key()],
        |simulator| simulator.snapshot.keys = vec![key()],
    ];
    for replace_keys in replace {
        let mut simulator = Simulator::new();
        simulator.timestamp.version = 99_999;
        simulator.snapshot.version = 99_999;
        simulator.top().role.version = 99_999;
        simulator.publish();
        let store = simulator.kept(MemoryStore::new());
        simulator.rotate(replace_keys);
        simulator.timestamp.version = 1;
        simulator.snapshot.version = 1;
        simulator.top().role.version = 1;
        simulator.publish();
        // The update in which the new root arrives breaks off before anything else does.
        let timestamp = simulator.files.remove(Tree::Metadata, "timestamp.json");
        let (result, store, _) = simulator.refresh(store);
        assert!(matches!(result, Err(Error::NotThere { .. })), "{result:?}");
        let timestamp = timestamp.unwrap();
        simulator
            .files
            .put(Tree::Metadata, "timestamp.json", timestamp);
        let (result, store, _) = simulator.refresh(store);
        assert_eq!(result, Ok(()));
        assert_eq!(versions(&store), [Some(2), Some(1), Some(1), Some(1)]);
    }
}

#[test]
fn a_replaced_root_key_no_longer_counts() {
    // After a compromise: the attacker still holds the old key and offers a root signed with it.
    let mut simulator = Simulator::new();
    let stolen = PrivateKey::from_pem(&simulator.root.keys[0].to_pkcs8_pem().unwrap()).unwrap();
    simulator.rotate(|simulator| simulator.root.keys = vec![key()]);
    let store = simulator.kept(MemoryStore::new());
    simulator.root.keys = vec![stolen];
    simulator.root.version = 3;
    simulator.publish_root(&[]);
    let (result, after, _) = simulator.refresh(store.clone());
    assert!(matches!(result, Err(Error::Threshold { role, .. }) if role == RoleName::ROOT));
    assert_eq!(after, store);
}

#[test]
fn what_was_kept_is_verified_again() {
    let mut simulator = Simulator::new();
    let mut store = MemoryStore::new();
    store
        .save(Record::Role(&RoleName::TIMESTAMP), b"not even JSON")
        .unwrap();
    store
        .save(
            Record::Role(&RoleName::SNAPSHOT),
            &simulator.file("timestamp.json"),
        )
        .unwrap();
    store
        .save(Record::Root(version(2)), &simulator.file("1.root.json"))
        .unwrap();
    simulator.top().role.keys = vec![key()];
    let forged = crate::simulator::sign(
        &simulator.targets_value("targets"),
        &simulator.top().role.keys,
    );
    store
        .save(Record::Role(&RoleName::TARGETS), &forged)
        .unwrap();
    let (result, store, log) = simulator.refresh(store);
    assert_eq!(result, Ok(()));
    assert_eq!(
        log,
        [
            "2.root.json",
            "timestamp.json",
            "1.snapshot.json",
            "1.targets.json"
        ]
    );
    assert_eq!(
        store.load(Record::Role(&RoleName::TARGETS)).unwrap(),
        Some(simulator.file("1.targets.json"))
    );
}

#[test]
fn metadata_that_is_listed_and_not_there_is_an_error() {
    for (file, kept) in [
        ("timestamp.json", [None, None, None, None]),
        ("1.snapshot.json", [None, Some(1), None, None]),
        ("1.targets.json", [None, Some(1), Some(1), None]),
    ] {
        let mut simulator = Simulator::new();
        simulator.files.remove(Tree::Metadata, file);
        let (result, store, _) = simulator.refresh(MemoryStore::new());
        assert_eq!(result, Err(Error::NotThere { path: file.into() }));
        assert_eq!(versions(&store), kept, "{file}");
    }
}

#[test]
fn metadata_of_another_role_or_version_is_refused() {
    let mut simulator = Simulator::new();
    let targets = simulator.file("1.targets.json");
    simulator
        .files
        .put(Tree::Metadata, "1.snapshot.json", targets);
    let result = simulator.refresh(MemoryStore::new()).0;
    assert!(matches!(result, Err(Error::Malformed { role, .. }) if role == RoleName::SNAPSHOT));

    // Mix and match: the snapshot is genuine, and not the one the timestamp names.
    let mut simulator = Simulator::new();
    let first = simulator.file("1.snapshot.json");
    simulator.bump();
    simulator.publish();
    simulator
        .files
        .put(Tree::Metadata, "2.snapshot.json", first);
    let expected = Error::WrongVersion {
        role: RoleName::SNAPSHOT,
        expected: version(2),
        actual: version(1),
    };
    assert_eq!(simulator.refresh(MemoryStore::new()).0, Err(expected));

    let mut simulator = Simulator::new();
    let first = simulator.file("1.targets.json");
    simulator.bump();
    simulator.publish();
    simulator.files.put(Tree::Metadata, "2.targets.json", first);
    let expected = Error::WrongVersion {
        role: RoleName::TARGETS,
        expected: version(2),
        actual: version(1),
    };
    assert_eq!(simulator.refresh(MemoryStore::new()).0, Err(expected));
}

#[test]
fn metadata_that_is_not_the_file_listed_is_refused_whoever_signed_it() {
    for (file, kept) in [
        ("1.snapshot.json", [None, Some(1), None, None]),
        ("1.targets.json", [None, Some(1), Some(1), None]),
    ] {
        let mut simulator = Simulator::new();
        simulator.pinned = true;
        simulator.publish();
        // White space is not signed, so that only the digest can tell.
        let mut other = simulator.file(file);
        let newline = other.iter().position(|byte| *byte == b'\n').unwrap();
        other[newline] = b' ';
        simulator.files.put(Tree::Metadata, file, other.clone());
        let (result, store, _) = simulator.refresh(MemoryStore::new());
        assert!(matches!(result, Err(Error::Digest { .. })), "{result:?}");
        assert_eq!(versions(&store), kept);

        other.push(b'\n');
        simulator.files.put(Tree::Metadata, file, other.clone());
        let (result, _, _) = simulator.refresh(MemoryStore::new());
        assert!(matches!(result, Err(Error::TooLong { .. })), "{result:?}");

        other.truncate(other.len() - 2);
        simulator.files.put(Tree::Metadata, file, other);
        let (result, _, _) = simulator.refresh(MemoryStore::new());
        assert!(matches!(result, Err(Error::Length { .. })), "{result:?}");
    }
}

#[test]
fn unsigned_metadata_is_refused_in_every_role() {
    for (name, file) in [
        ("root", "2.root.json"),
        ("timestamp", "timestamp.json"),
        ("snapshot", "1.snapshot.json"),
        ("targets", "1.targets.json"),
    ] {
        let mut simulator = Simulator::new();
        simulator.rotate(|_| {});
        let Value::Object(mut envelope) = Value::read(&simulator.file(file)).unwrap() else {
            panic!()
        };
        envelope.insert("signatures".into(), Value::from(vec![]));
        simulator
            .files
            .put(Tree::Metadata, file, Value::Object(envelope).to_json());
        let result = simulator.refresh(MemoryStore::new()).0;
        assert!(
            matches!(&result, Err(Error::Threshold { role: refused, .. }) if *refused == role(name)),
            "{result:?}"
        );
    }
}

#[test]
fn endless_metadata_is_cut_at_the_limit() {
    /// Sends one file forever.
    struct Endless<'s>(&'s Simulator, &'static str, u64);
    impl Transport for Endless<'_> {
        type Error = io::Error;
        fn fetch(&mut self, request: &Request<'_>) -> io::Result<Option<Box<dyn Read + '_>>> {
            if request.path == self.1 {
                self.2 = request.limit;
                return Ok(Some(Box::new(io::repeat(b' '))));
            }
            let mut files = self.0.files.clone();
            let mut bytes = Vec::new();
            match files.fetch(request).unwrap() {
                Some(mut reader) => reader.read_to_end(&mut bytes)?,
                None => return Ok(None),
            };
            Ok(Some(Box::new(io::Cursor::new(bytes))))
        }
    }
    let simulator = Simulator::new();
    let limits = Limits {
        root: 600,
        timestamp: 700,
        snapshot: 800,
        targets: 900,
        ..Limits::default()
    };
    for (file, limit) in [
        ("2.root.json", 600),
        ("timestamp.json", 700),
        ("1.snapshot.json", 800),
        ("1.targets.json", 900),
    ] {
        let transport = Endless(&simulator, file, 0);
        let store = MemoryStore::new();
        let root = simulator.first_root();
        let mut client = Client::with_limits(root, at(NOW), transport, store, limits).unwrap();
        assert_eq!(
            client.refresh(),
            Err(Error::TooLong {
                path: file.into(),
                limit
            })
        );
    }
}

#[test]
fn a_listed_length_beyond_the_limit_is_refused_before_anything_is_fetched() {
    let mut simulator = Simulator::new();
    let huge =
        Value::object([("version", 1_u64), ("length", 1 << 40)].map(|(k, v)| (k, Value::from(v))));
    simulator.publish_timestamp(huge);
    let (result, _, log) = simulator.refresh(MemoryStore::new());
    let limit = Limits::default().snapshot;
    assert_eq!(
        result,
        Err(Error::TooLong {
            path: "1.snapshot.json".into(),
            limit
        })
    );
    assert_eq!(log, ["2.root.json", "timestamp.json"]);
}

#[test]
fn a_chain_of_roots_ends_at_the_limit_and_goes_on_from_there() {
    let mut simulator = Simulator::new();
    for _ in 0..3 {
        simulator.rotate(|_| {});
    }
    let limits = Limits {
        roots: 2,
        ..Limits::default()
    };
    let client = |store| {
        Client::with_limits(
            simulator.first_root(),
            at(NOW),
            simulator.files.clone(),
            store,
            limits,
        )
        .unwrap()
    };
    let mut first = client(MemoryStore::new());
    assert_eq!(first.refresh(), Err(Error::TooManyRoots { limit: 2 }));
    let mut second = client(first.into_parts().1);
    assert_eq!(second.refresh(), Ok(()));
    assert_eq!(second.trusted().root().version(), version(4));
}

#[test]
fn a_failure_is_not_taken_for_absence() {
    /// Fails for one file, once.
    struct Failing(tuf_client::MemoryTransport, Option<&'static str>);
    impl Transport for Failing {
        type Error = io::Error;
        fn fetch(&mut self, request: &Request<'_>) -> io::Result<Option<Box<dyn Read + '_>>> {
            if self.1 == Some(request.path) {
                self.1 = None;
                return Err(io::ErrorKind::TimedOut.into());
            }
            Ok(self.0.fetch(request).unwrap())
        }
    }
    let mut simulator = Simulator::new();
    simulator.rotate(|_| {});
    for file in [
        "2.root.json",
        "3.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
    ] {
        let transport = Failing(simulator.files.clone(), Some(file));
        let root = simulator.first_root();
        let mut client = Client::new(root, at(NOW), transport, MemoryStore::new()).unwrap();
        let error = client.refresh().unwrap_err();
        assert!(
            matches!(&error, Error::Transport { path, .. } if path == file),
            "{error:?}"
        );
        // Nothing is lost: the same client goes on where it stopped.
        assert_eq!(client.refresh(), Ok(()));
        assert_eq!(client.trusted().root().version(), version(2));
    }
}

#[test]
fn what_could_not_be_saved_is_saved_when_the_update_goes_on() {
    /// Is full for one file, once.
    struct Full(MemoryStore, Option<&'static str>);
    impl Store for Full {
        fn load(&self, record: Record<'_>) -> io::Result<Option<Vec<u8>>> {
            self.0.load(record)
        }
        fn save(&mut self, record: Record<'_>, bytes: &[u8]) -> io::Result<()> {
            if self.1 == Some(record.to_string().as_str()) {
                self.1 = None;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.save(record, bytes)
        }
    }
    let mut simulator = Simulator::new();
    simulator.rotate(|_| {});
    let before = simulator.kept(MemoryStore::new());
    simulator.rotate(|_| {});
    simulator.bump();
    simulator.publish();
    for record in ["root 3", "timestamp", "snapshot"] {
        let (root, files) = (simulator.first_root(), simulator.files.clone());
        let mut store = Full(before.clone(), Some(record));
        let mut client = Client::new(root, at(NOW), files, &mut store).unwrap();
        let refused = client.refresh();
        assert!(matches!(refused, Err(Error::Store { .. })), "{refused:?}");
        assert_eq!(client.refresh(), Ok(()));
        assert_eq!(store.0, simulator.kept(before.clone()), "{record}");
    }
}

#[test]
fn an_update_that_dies_anywhere_is_completed_by_the_next_and_forgets_no_floor() {
    /// Keeps what is saved until the process is killed.
    struct Killed(MemoryStore, usize);
    impl Store for Killed {
        fn load(&self, record: Record<'_>) -> io::Result<Option<Vec<u8>>> {
            self.0.load(record)
        }
        fn save(&mut self, record: Record<'_>, bytes: &[u8]) -> io::Result<()> {
            self.1 = self.1.checked_sub(1).ok_or(io::ErrorKind::Interrupted)?;
            self.0.save(record, bytes)
        }
    }
    let mut simulator = Simulator::new();
    let before = simulator.kept(MemoryStore::new());
    let replayed = simulator.file("timestamp.json");
    simulator.rotate(|simulator| simulator.root.keys = vec![key()]);
    simulator.rotate(|simulator| simulator.root.keys = vec![key()]);
    simulator.bump();
    simulator.publish();
    let after = simulator.kept(before.clone());
    // Two roots and three other roles.
    for left in 0..=5 {
        let (root, files) = (simulator.first_root(), simulator.files.clone());
        let mut killed = Killed(before.clone(), left);
        let mut client = Client::new(root, at(NOW), files, &mut killed).unwrap();
        assert_eq!(client.refresh().is_ok(), left == 5);
        assert_eq!(simulator.kept(killed.0.clone()), after, "{left}");

        let genuine = simulator.file("timestamp.json");
        simulator
            .files
            .put(Tree::Metadata, "timestamp.json", replayed.clone());
        let floor = versions(&killed.0)[1];
        let replay = match floor {
            Some(2) => Err(rollback("timestamp", 2, 1)),
            _ => Ok(()),
        };
        assert_eq!(simulator.refresh(killed.0).0, replay, "{left}");
        simulator
            .files
            .put(Tree::Metadata, "timestamp.json", genuine);
    }
}
