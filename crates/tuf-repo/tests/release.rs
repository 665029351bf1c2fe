//! What is published, and what clients make of it at every moment.
#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::io::{self, Read};

use canonical_json::{Document, Value};
use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{Algorithm, Digests, KeyId, PrivateKey, Scheme, Signer, Threshold, sign_classic};
use proptest::prelude::*;
use tuf_client::{
    Client, Limits, MemoryStore, MemoryTransport, RoleName, TargetFile, TargetPath, TopRole, Tree,
    Version,
};
use tuf_repo::{Error, Keyring, Release, Repository, RoleSpec, RootSpec, Sink};

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-06-01T00:00:00Z")
}

fn key() -> PrivateKey {
    PrivateKey::generate(Scheme::Ed25519).unwrap()
}

fn path(text: &str) -> TargetPath {
    TargetPath::try_from(text).unwrap()
}

fn file(content: &[u8]) -> TargetFile {
    TargetFile::of(content, &[Algorithm::Sha256]).unwrap()
}

/// One key for each role.
struct Keys {
    root: PrivateKey,
    timestamp: PrivateKey,
    snapshot: PrivateKey,
    targets: PrivateKey,
}

impl Keys {
    fn new() -> Self {
        Self {
            root: key(),
            timestamp: key(),
            snapshot: key(),
            targets: key(),
        }
    }

    fn online(&self) -> Keyring<'_> {
        Keyring::new()
            .with(TopRole::Timestamp, TimeDelta::days(1), &[&self.timestamp])
            .with(TopRole::Snapshot, TimeDelta::days(7), &[&self.snapshot])
            .with(TopRole::Targets, TimeDelta::days(90), &[&self.targets])
    }

    fn all(&self) -> Keyring<'_> {
        self.online()
            .with(TopRole::Root, TimeDelta::days(365), &[&self.root])
    }
}

fn nothing(_: &TargetPath) -> io::Result<io::Empty> {
    Ok(io::empty())
}

/// A repository in version 1, without targets, published.
fn created(keys: &Keys) -> (Release, MemoryTransport) {
    let keyring = keys.all();
    let release = Repository::create(&keyring.spec(), &keyring, now()).unwrap();
    let mut published = MemoryTransport::new();
    release.write_to(&mut published, nothing).unwrap();
    (release, published)
}

/// The same with one target, `tool`.
fn with_tool(keys: &Keys) -> (Release, MemoryTransport) {
    let (first, mut published) = created(keys);
    let mut edit = first.repository().edit();
    edit.add_target(path("tool"), file(b"a tool"));
    let release = edit.sign(&keys.online(), now()).unwrap();
    release
        .write_to(&mut published, |_| Ok(b"a tool".as_slice()))
        .unwrap();
    (release, published)
}

fn names(release: &Release) -> Vec<&str> {
    release.files().map(|(name, _)| name).collect()
}

/// What a client that trusts `root` reads, or why not.
fn read(
    root: &[u8],
    published: &MemoryTransport,
    target: &str,
) -> Result<Option<Vec<u8>>, tuf_client::Error> {
    let mut client = Client::new(root, now(), published.clone(), MemoryStore::new())?;
    let target = client.target(&path(target))?;
    target.map(|target| client.read(&target)).transpose()
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

#[test]
fn a_new_repository_is_read_by_a_client_and_has_no_targets() {
    let keys = Keys::new();
    let (release, published) = created(&keys);
    assert_eq!(
        names(&release),
        [
            "1.targets.json",
            "1.snapshot.json",
            "timestamp.json",
            "1.root.json"
        ]
    );
    assert_eq!(
        read(release.repository().root_bytes(), &published, "tool"),
        Ok(None)
    );
    assert!(release.repository().root().consistent_snapshot());
}

#[test]
fn an_added_target_is_published_before_the_metadata_that_lists_it() {
    /// Remembers the order.
    struct Order(Vec<String>);
    impl Sink for Order {
        fn write(&mut self, _: Tree, path: &str, content: &mut dyn Read) -> io::Result<()> {
            io::copy(content, &mut io::sink())?;
            self.0.push(path.to_owned());
            Ok(())
        }
    }
    let keys = Keys::new();
    let (release, published) = with_tool(&keys);
    assert_eq!(
        read(release.repository().root_bytes(), &published, "tool"),
        Ok(Some(b"a tool".to_vec()))
    );
    let mut order = Order(Vec::new());
    release
        .write_to(&mut order, |_| Ok(b"a tool".as_slice()))
        .unwrap();
    let digest = file(b"a tool")
        .digests()
        .hex(Algorithm::Sha256)
        .unwrap()
        .to_owned();
    assert_eq!(
        order.0,
        [
            &format!("{digest}.tool"),
            "2.targets.json",
            "2.snapshot.json",
            "timestamp.json"
        ]
    );
}

#[test]
fn there_is_a_copy_for_every_digest_listed() {
    let keys = Keys::new();
    let (first, mut published) = created(&keys);
    let mut edit = first.repository().edit();
    let both = [Algorithm::Sha256, Algorithm::Sha512];
    let listed = TargetFile::of(b"x".as_slice(), &both).unwrap();
    edit.add_target(path("a/b"), listed.clone());
    let release = edit.sign(&keys.online(), now()).unwrap();
    release
        .write_to(&mut published, |_| Ok(b"x".as_slice()))
        .unwrap();
    for algorithm in both {
        let copy = format!("a/{}.b", listed.digests().hex(algorithm).unwrap());
        assert_eq!(published.remove(Tree::Targets, &copy), Some(b"x".to_vec()));
    }
}

#[test]
fn content_that_is_not_what_was_listed_is_not_published_and_nothing_after_it() {
    let keys = Keys::new();
    let (first, published) = created(&keys);
    let mut edit = first.repository().edit();
    edit.add_target(path("tool"), file(b"a tool"));
    let release = edit.sign(&keys.online(), now()).unwrap();
    for other in [b"A tool".as_slice(), b"a too", b"a tool!", b""] {
        let mut attempt = published.clone();
        let refused = release.write_to(&mut attempt, |_| Ok(other)).unwrap_err();
        assert!(matches!(refused, Error::Content { .. }), "{refused:?}");
        assert_eq!(attempt, published);
    }
    let unreadable = |_: &TargetPath| Err::<io::Empty, _>(io::ErrorKind::NotFound.into());
    let mut attempt = published.clone();
    let refused = release.write_to(&mut attempt, unreadable).unwrap_err();
    assert!(matches!(refused, Error::Content { .. }), "{refused:?}");
    assert_eq!(attempt, published);
}

/// Fails after a number of files.
struct Failing<'p> {
    published: &'p mut MemoryTransport,
    left: usize,
}

impl Sink for Failing<'_> {
    fn write(&mut self, tree: Tree, path: &str, content: &mut dyn Read) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        self.published.write(tree, path, content)
    }
}

#[test]
fn a_release_that_is_cut_short_leaves_clients_the_one_before_or_all_of_it() {
    let keys = Keys::new();
    let (before, published) = with_tool(&keys);
    let root = before.repository().root_bytes();
    let mut edit = before.repository().edit();
    edit.add_target(path("tool"), file(b"a better tool"));
    let mut spec = RootSpec::of(before.repository().root());
    spec.root.keys.push(key().public_key().clone());
    edit.rotate_root(spec);
    let release = edit.sign(&keys.all(), now()).unwrap();
    let files = 1 + release.files().count();
    assert_eq!(files, 5);
    for left in 0..=files {
        let mut published = published.clone();
        let mut sink = Failing {
            published: &mut published,
            left,
        };
        let written = release.write_to(&mut sink, |_| Ok(b"a better tool".as_slice()));
        // The timestamp is the last but one, and makes the difference.
        let expected = match left < files - 1 {
            true => b"a tool".as_slice(),
            false => b"a better tool",
        };
        assert_eq!(written.is_ok(), left == files);
        assert_eq!(
            read(root, &published, "tool"),
            Ok(Some(expected.to_vec())),
            "after {left} files"
        );
        // And whoever publishes can go on.
        release
            .write_to(&mut published, |_| Ok(b"a better tool".as_slice()))
            .unwrap();
        assert_eq!(
            read(root, &published, "tool"),
            Ok(Some(b"a better tool".to_vec()))
        );
    }
}

#[test]
fn a_rotation_that_is_cut_short_leaves_clients_a_release_if_the_old_keys_signed_too() {
    let keys = Keys::new();
    let (before, published) = with_tool(&keys);
    let root = before.repository().root_bytes();
    let new = Keys::new();
    let mut edit = before.repository().edit();
    edit.rotate_root(new.all().spec());
    let mut keyring = Keyring::new();
    for (role, old, new) in [
        (TopRole::Root, &keys.root, &new.root),
        (TopRole::Timestamp, &keys.timestamp, &new.timestamp),
        (TopRole::Snapshot, &keys.snapshot, &new.snapshot),
        (TopRole::Targets, &keys.targets, &new.targets),
    ] {
        keyring = keyring.with(role, TimeDelta::days(1), &[old, new]);
    }
    let release = edit.sign(&keyring, now()).unwrap();
    let files = release.files().count();
    for left in 0..=files {
        let mut published = published.clone();
        let mut sink = Failing {
            published: &mut published,
            left,
        };
        let written = release.write_to(&mut sink, nothing);
        assert_eq!(written.is_ok(), left == files);
        assert_eq!(
            read(root, &published, "tool"),
            Ok(Some(b"a tool".to_vec())),
            "after {left} files"
        );
        // And whoever publishes can go on from what there is.
        let repository = Repository::open(published.clone(), root, now()).unwrap();
        let next = repository.edit().sign(&keyring, now()).unwrap();
        next.write_to(&mut published, nothing).unwrap();
        assert_eq!(
            read(root, &published, "tool"),
            Ok(Some(b"a tool".to_vec())),
            "after {left} files"
        );
    }
}

#[test]
fn a_removed_target_is_listed_no_longer() {
    let keys = Keys::new();
    let (before, mut published) = with_tool(&keys);
    let mut edit = before.repository().edit();
    edit.remove_target(path("tool"));
    let release = edit.sign(&keys.online(), now()).unwrap();
    release.write_to(&mut published, nothing).unwrap();
    assert_eq!(
        read(release.repository().root_bytes(), &published, "tool"),
        Ok(None)
    );

    let mut again = release.repository().edit();
    again.remove_target(path("tool"));
    assert_eq!(
        again.sign(&keys.online(), now()).unwrap_err(),
        Error::NotListed { path: path("tool") }
    );
}

#[test]
fn without_changes_only_the_timestamp_is_signed() {
    let keys = Keys::new();
    let (before, _) = with_tool(&keys);
    let only_timestamp =
        Keyring::new().with(TopRole::Timestamp, TimeDelta::days(1), &[&keys.timestamp]);
    let release = before
        .repository()
        .edit()
        .sign(&only_timestamp, now())
        .unwrap();
    assert_eq!(names(&release), ["timestamp.json"]);
    assert_eq!(
        release.repository().timestamp().unwrap().version(),
        version(3)
    );
}

#[test]
fn a_renewed_role_lives_longer() {
    let keys = Keys::new();
    let (before, _) = with_tool(&keys);
    let later = now() + TimeDelta::hours(1);
    let mut edit = before.repository().edit();
    edit.renew(TopRole::Snapshot).renew(TopRole::Root);
    let release = edit.sign(&keys.all(), later).unwrap();
    assert_eq!(
        names(&release),
        ["3.snapshot.json", "timestamp.json", "2.root.json"]
    );
    let state = release.repository();
    assert_eq!(
        state.snapshot().unwrap().expires().instant(),
        later + TimeDelta::days(7)
    );
    assert_eq!(
        state.root().expires().instant(),
        later + TimeDelta::days(365)
    );
    assert_eq!(state.targets().unwrap().version(), version(2));
}

#[test]
fn an_expired_repository_can_be_opened_and_is_renewed() {
    let keys = Keys::new();
    let (before, mut published) = with_tool(&keys);
    let root = before.repository().root_bytes();
    let much_later = now() + TimeDelta::days(400);
    let mut client = Client::new(root, much_later, published.clone(), MemoryStore::new()).unwrap();
    assert!(matches!(
        client.refresh(),
        Err(tuf_client::Error::Expired { .. })
    ));

    let repository = Repository::open(published.clone(), root, much_later).unwrap();
    let without_root = repository
        .edit()
        .sign(&keys.online(), much_later)
        .unwrap_err();
    assert_eq!(
        without_root,
        Error::NoSigner {
            role: TopRole::Root
        }
    );
    let release = repository.edit().sign(&keys.all(), much_later).unwrap();
    assert_eq!(
        names(&release),
        [
            "3.targets.json",
            "3.snapshot.json",
            "timestamp.json",
            "2.root.json"
        ]
    );
    release.write_to(&mut published, nothing).unwrap();
    let mut client = Client::new(root, much_later, published, MemoryStore::new()).unwrap();
    assert_eq!(client.refresh(), Ok(()));
}

#[test]
fn a_repository_that_was_tampered_with_cannot_be_opened() {
    let keys = Keys::new();
    let (release, mut published) = with_tool(&keys);
    let root = release.repository().root_bytes();
    assert!(Repository::open(published.clone(), root, now()).is_ok());
    let other = Repository::create(&Keys::new().all().spec(), &keys.all(), now());
    assert!(matches!(other.unwrap_err(), Error::NoSigner { .. }));
    let (other, _) = created(&Keys::new());
    let refused = Repository::open(published.clone(), other.repository().root_bytes(), now());
    assert!(matches!(refused, Err(Error::Open { .. })));
    published.put(Tree::Metadata, "timestamp.json", "{}");
    let refused = Repository::open(published, root, now()).unwrap_err();
    let Error::Open {
        source: tuf_client::Error::Malformed { role, .. },
    } = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(role, RoleName::TIMESTAMP);
}

#[test]
fn a_rotation_is_signed_by_old_keys_and_new_and_clients_follow() {
    let keys = Keys::new();
    let (before, mut published) = with_tool(&keys);
    let root = before.repository().root_bytes();
    let mut client = Client::new(root, now(), published.clone(), MemoryStore::new()).unwrap();
    client.refresh().unwrap();
    let (_, store) = client.into_parts();

    let successor = Keys::new();
    let both = successor.all().with(
        TopRole::Root,
        TimeDelta::days(365),
        &[&keys.root, &successor.root],
    );
    let mut edit = before.repository().edit();
    edit.rotate_root(successor.all().spec());
    let release = edit.clone().sign(&both, now()).unwrap();
    // The new keys vouch for nothing that is there, so that all of it is signed anew.
    assert_eq!(
        names(&release),
        [
            "3.targets.json",
            "3.snapshot.json",
            "timestamp.json",
            "2.root.json"
        ]
    );
    release.write_to(&mut published, nothing).unwrap();
    for store in [store, MemoryStore::new()] {
        let mut client = Client::new(root, now(), published.clone(), store).unwrap();
        let target = client.target(&path("tool")).unwrap().unwrap();
        assert_eq!(client.read(&target), Ok(b"a tool".to_vec()));
        assert_eq!(client.trusted().root().version(), version(2));
    }
    // Neither set of root keys is enough alone.
    for alone in [&keys.root, &successor.root] {
        let keyring = successor
            .all()
            .with(TopRole::Root, TimeDelta::days(365), &[alone]);
        let refused = edit.clone().sign(&keyring, now()).unwrap_err();
        let Error::Refused {
            source: tuf_client::Error::Threshold { role, .. },
        } = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!(role, RoleName::ROOT);
    }
    // The old keys sign no longer.
    let refused = release
        .repository()
        .edit()
        .sign(&keys.all(), now())
        .unwrap_err();
    assert_eq!(
        refused,
        Error::NoSigner {
            role: TopRole::Timestamp
        }
    );
}

#[test]
fn another_key_beside_the_old_leaves_what_is_signed_alone() {
    let keys = Keys::new();
    let (before, _) = with_tool(&keys);
    let mut spec = RootSpec::of(before.repository().root());
    spec.targets.keys.push(key().public_key().clone());
    let mut edit = before.repository().edit();
    edit.rotate_root(spec);
    let keyring = Keyring::new()
        .with(TopRole::Timestamp, TimeDelta::days(1), &[&keys.timestamp])
        .with(TopRole::Root, TimeDelta::days(1), &[&keys.root]);
    let release = edit.sign(&keyring, now()).unwrap();
    assert_eq!(names(&release), ["timestamp.json", "2.root.json"]);
}

#[test]
fn a_threshold_the_keyring_does_not_reach_makes_no_release() {
    let keys = Keys::new();
    let mut spec = keys.all().spec();
    spec.snapshot = RoleSpec {
        keys: vec![
            keys.snapshot.public_key().clone(),
            key().public_key().clone(),
        ],
        threshold: Threshold::new(2).unwrap(),
    };
    let refused = Repository::create(&spec, &keys.all(), now()).unwrap_err();
    let Error::Refused {
        source: tuf_client::Error::Threshold { role, .. },
    } = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(role, RoleName::SNAPSHOT);
}

#[test]
fn what_is_longer_than_clients_read_makes_no_release() {
    let keys = Keys::new();
    let (before, _) = created(&keys);
    let limit = Limits::default().targets;
    for (length, is_refused) in [(limit / 2, false), (limit, true)] {
        let text = Value::from("x".repeat(length as usize));
        let listed = file(b"a tool").with_custom([("text".to_owned(), text)].into());
        let mut edit = before.repository().edit();
        edit.add_target(path("tool"), listed);
        let refused = edit.sign(&keys.online(), now()).err();
        let too_long = Error::Refused {
            source: tuf_client::Error::TooLong {
                path: "targets.json".into(),
                limit,
            },
        };
        assert_eq!(refused, is_refused.then_some(too_long));
    }
}

#[test]
fn a_target_that_no_client_can_verify_makes_no_release() {
    let keys = Keys::new();
    let (before, _) = created(&keys);
    let unknown = Document::read(br#"{"future": "abc"}"#).unwrap();
    let digests = Digests::read(unknown.root()).unwrap();
    let mut edit = before.repository().edit();
    edit.add_target(path("tool"), TargetFile::new(6, digests));
    let expected = Error::Refused {
        source: tuf_client::Error::NoKnownDigest {
            path: "tool".into(),
        },
    };
    assert_eq!(edit.sign(&keys.online(), now()).unwrap_err(), expected);
}

#[test]
fn a_role_nobody_here_signs_for_makes_no_release() {
    let keys = Keys::new();
    let refused = Repository::create(&keys.all().spec(), &keys.online(), now()).unwrap_err();
    assert_eq!(
        refused,
        Error::NoSigner {
            role: TopRole::Root
        }
    );
    let (before, _) = created(&keys);
    let stranger = key();
    let keyring = keys
        .online()
        .with(TopRole::Targets, TimeDelta::days(1), &[&stranger]);
    let mut edit = before.repository().edit();
    edit.add_target(path("tool"), file(b"a tool"));
    assert_eq!(
        edit.sign(&keyring, now()).unwrap_err(),
        Error::NoSigner {
            role: TopRole::Targets
        }
    );
}

#[test]
fn two_keys_cannot_have_one_id() {
    let keys = Keys::new();
    let mut spec = keys.all().spec();
    let id = KeyId::try_from("same").unwrap();
    spec.root.keys = vec![
        keys.root.public_key().clone().with_id(id.clone()),
        key().public_key().clone().with_id(id.clone()),
    ];
    assert_eq!(
        Repository::create(&spec, &keys.all(), now()).unwrap_err(),
        Error::KeyId { key_id: id }
    );
}

#[test]
fn a_key_signs_under_the_id_the_root_lists() {
    let keys = Keys::new();
    let mut spec = keys.all().spec();
    let id = KeyId::try_from("the root of all").unwrap();
    spec.root.keys = vec![keys.root.public_key().clone().with_id(id.clone())];
    let release = Repository::create(&spec, &keys.all(), now()).unwrap();
    assert!(release.repository().root().signers().contains(&id));
}

#[test]
fn a_lifetime_has_to_be_one() {
    let keys = Keys::new();
    let spec = keys.all().spec();
    let beyond = keys
        .all()
        .with(TopRole::Targets, TimeDelta::MAX, &[&keys.targets]);
    assert_eq!(
        Repository::create(&spec, &beyond, now()).unwrap_err(),
        Error::Lifetime {
            role: TopRole::Targets
        }
    );
    for lifetime in [TimeDelta::zero(), TimeDelta::days(-1)] {
        let gone = keys
            .all()
            .with(TopRole::Targets, lifetime, &[&keys.targets]);
        let refused = Repository::create(&spec, &gone, now()).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Refused {
                    source: tuf_client::Error::Expired { .. }
                }
            ),
            "{refused:?}"
        );
    }
    // Metadata cannot say a year of five digits: the last instant it can say stands for it.
    let far = keys.all().with(
        TopRole::Targets,
        TimeDelta::days(365 * 9000),
        &[&keys.targets],
    );
    let release = Repository::create(&spec, &far, now()).unwrap();
    let targets = release.repository().targets().unwrap();
    assert_eq!(targets.expires().to_string(), "9999-12-31T23:59:59Z");
}

/// The first root with something else in it, signed by the same key.
fn root_with(
    keys: &Keys,
    first: &Release,
    change: impl Fn(&mut BTreeMap<String, Value>),
) -> Vec<u8> {
    let envelope = Value::read(first.repository().root_bytes()).unwrap();
    let mut signed = object(envelope.get("signed"));
    change(&mut signed);
    sign_classic(&Value::Object(signed), &[&keys.root]).unwrap()
}

fn object(value: Option<&Value>) -> BTreeMap<String, Value> {
    match value {
        Some(Value::Object(members)) => members.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_repository_without_consistent_snapshots_is_not_edited() {
    let keys = Keys::new();
    let (first, mut published) = created(&keys);
    for role in ["snapshot", "targets"] {
        let file = published.remove(Tree::Metadata, &format!("1.{role}.json"));
        published.put(Tree::Metadata, format!("{role}.json"), file.unwrap());
    }
    let root = root_with(&keys, &first, |signed| {
        signed.insert("consistent_snapshot".into(), Value::from(false));
    });
    let repository = Repository::open(published, &root, now()).unwrap();
    let refused = repository.edit().sign(&keys.all(), now()).unwrap_err();
    assert_eq!(refused, Error::NotConsistent);
}

#[test]
fn what_others_say_in_the_root_survives_a_rotation() {
    let keys = Keys::new();
    let (first, published) = created(&keys);
    let mirrors = Value::object([("keyids", Value::from(vec![Value::from("mirror")]))]);
    let mirror = key().public_key().to_value();
    let root = root_with(&keys, &first, |signed| {
        let mut listed = object(signed.get("keys"));
        listed.insert("mirror".into(), mirror.clone());
        signed.insert("keys".into(), Value::Object(listed));
        let mut roles = object(signed.get("roles"));
        let mut timestamp = object(roles.get("timestamp"));
        timestamp.insert("x-period".into(), Value::from(7_u32));
        roles.insert("timestamp".into(), Value::Object(timestamp));
        roles.insert("mirrors".into(), mirrors.clone());
        signed.insert("roles".into(), Value::Object(roles));
    });
    let repository = Repository::open(published, &root, now()).unwrap();
    let new = key();
    let mut spec = RootSpec::of(repository.root());
    spec.timestamp = RoleSpec::any_of([new.public_key().clone()]);
    let mut edit = repository.edit();
    edit.rotate_root(spec);
    let keyring = keys
        .all()
        .with(TopRole::Timestamp, TimeDelta::days(1), &[&new]);
    let release = edit.sign(&keyring, now()).unwrap();

    let root = Value::read(release.repository().root_bytes()).unwrap();
    let signed = object(root.get("signed"));
    let (listed, roles) = (object(signed.get("keys")), object(signed.get("roles")));
    assert_eq!(roles.get("mirrors"), Some(&mirrors));
    assert_eq!(listed.get("mirror"), Some(&mirror));
    assert_eq!(
        roles["timestamp"].get("x-period"),
        Some(&Value::from(7_u32))
    );
    // What was replaced is gone.
    assert_eq!(listed.get(keys.timestamp.public_key().id().as_str()), None);
}

#[cfg(all(feature = "fs", feature = "rsa"))]
#[test]
fn a_repository_by_python_tuf_can_be_opened_and_its_keys_are_missed() {
    let python = testdata::root().join("tuf/python");
    let root = std::fs::read(python.join("metadata/1.root.json")).unwrap();
    let transport = tuf_client::DirTransport::new(python.join("metadata"), python.join("targets"));
    let repository = Repository::open(transport, &root, now()).unwrap();
    assert_eq!(repository.root().version(), version(2));
    let refused = repository
        .edit()
        .sign(&Keys::new().all(), now())
        .unwrap_err();
    assert_eq!(
        refused,
        Error::NoSigner {
            role: TopRole::Timestamp
        }
    );
}

#[cfg(feature = "fs")]
#[test]
fn directories_are_published_to_and_read_from() {
    let keys = Keys::new();
    let directory = tempfile::tempdir().unwrap();
    let (metadata, targets) = (directory.path().join("m"), directory.path().join("t"));
    let mut sink = tuf_repo::DirSink::new(&metadata, &targets);
    let keyring = keys.all();
    let first = Repository::create(&keyring.spec(), &keyring, now()).unwrap();
    first.write_to(&mut sink, nothing).unwrap();
    let mut edit = first.repository().edit();
    edit.add_target(path("deep/down/tool"), file(b"a tool"));
    let release = edit.sign(&keyring, now()).unwrap();
    // Content that turns out wrong leaves nothing, not even beside its place.
    assert!(
        release
            .write_to(&mut sink, |_| Ok(b"A tool".as_slice()))
            .is_err()
    );
    assert_eq!(
        std::fs::read_dir(targets.join("deep/down"))
            .unwrap()
            .count(),
        0
    );
    release
        .write_to(&mut sink, |_| Ok(b"a tool".as_slice()))
        .unwrap();

    let transport = tuf_client::DirTransport::new(&metadata, &targets);
    let root = first.repository().root_bytes();
    let mut client = Client::new(root, now(), transport, MemoryStore::new()).unwrap();
    let target = client.target(&path("deep/down/tool")).unwrap().unwrap();
    assert_eq!(client.read(&target), Ok(b"a tool".to_vec()));
}

/// What an edit may do.
#[derive(Clone, Debug)]
enum Step {
    Add(u8, Vec<u8>),
    Remove(u8),
    Rotate(usize),
    Renew(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..4, prop::collection::vec(any::<u8>(), 0..16))
            .prop_map(|(name, content)| Step::Add(name, content)),
        (0_u8..4).prop_map(Step::Remove),
        (0_usize..4).prop_map(Step::Rotate),
        (0_usize..4).prop_map(Step::Renew),
        (0_i64..800).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_signed_is_accepted(edits in prop::collection::vec(prop::collection::vec(step(), 0..4), 1..6)) {
        let mut keys: Vec<Vec<PrivateKey>> = (0..4).map(|_| vec![key()]).collect();
        let lifetimes = [365, 1, 7, 90].map(TimeDelta::days);
        let mut now = now();
        let mut published = MemoryTransport::new();
        let mut listed = BTreeMap::new();
        let mut release: Option<Release> = None;
        let mut follower = MemoryStore::new();
        let mut first_root = Vec::new();
        for steps in edits {
            // Keys that were replaced stay in the keyring, last in their list.
            let mut spec = release.as_ref().map(|release| RootSpec::of(release.repository().root()));
            let mut rotates = false;
            for step in &steps {
                if let (Step::Rotate(role), Some(spec)) = (step, &mut spec) {
                    keys[*role].push(key());
                    let new = RoleSpec::any_of([keys[*role].last().unwrap().public_key().clone()]);
                    *[&mut spec.root, &mut spec.timestamp, &mut spec.snapshot, &mut spec.targets][*role] = new;
                    rotates = true;
                }
            }
            let keyring = TopRole::ALL.iter().enumerate().fold(Keyring::new(), |keyring, (index, role)| {
                let signers: Vec<&dyn Signer> = keys[index].iter().map(|key| key as &dyn Signer).collect();
                keyring.with(*role, lifetimes[index], &signers)
            });
            let mut contents = BTreeMap::new();
            let next = match &release {
                None => Repository::create(&keyring.spec(), &keyring, now).unwrap(),
                Some(release) => {
                    let mut edit = release.repository().edit();
                    let before = listed.clone();
                    for step in &steps {
                        match step {
                            Step::Add(name, content) => {
                                edit.add_target(path(&name.to_string()), file(content));
                                contents.insert(path(&name.to_string()), content.clone());
                                listed.insert(*name, content.clone());
                            }
                            Step::Remove(name) if before.contains_key(name) => {
                                edit.remove_target(path(&name.to_string()));
                                listed.remove(name);
                            }
                            Step::Remove(_) | Step::Rotate(_) => {}
                            Step::Renew(role) => {
                                edit.renew(TopRole::ALL[*role]);
                            }
                            Step::Wait(hours) => now += TimeDelta::hours(*hours),
                        }
                    }
                    if rotates {
                        edit.rotate_root(spec.unwrap());
                    }
                    edit.sign(&keyring, now).unwrap()
                }
            };
            next.write_to(&mut published, |path| Ok(io::Cursor::new(contents[path].clone()))).unwrap();
            if first_root.is_empty() {
                first_root = next.repository().root_bytes().to_vec();
            }
            // One client that was there all along, and one that is new.
            for store in [std::mem::take(&mut follower), MemoryStore::new()] {
                let mut client = Client::new(&first_root, now, published.clone(), store).unwrap();
                for name in 0..4 {
                    let target = client.target(&path(&name.to_string())).unwrap();
                    let read = target.map(|target| client.read(&target).unwrap());
                    prop_assert_eq!(read.as_ref(), listed.get(&name));
                }
                if follower == MemoryStore::new() {
                    follower = client.into_parts().1;
                }
            }
            let opened = Repository::open(published.clone(), &first_root, now).unwrap();
            prop_assert_eq!(opened.root_bytes(), next.repository().root_bytes());
            release = Some(next);
        }
    }
}
