//! The checks one by one, and what an error leaves behind.

use canonical_json::Value;
use crypto_keys::{Digests, PrivateKey, Signer, sign_classic};
use tuf_client::{Change, Error, Limits, RoleName, Tree, TrustedMetadata, Updater};

use crate::simulator::{BEFORE_NOW, NOW, Simulator, at, key, sign, version};

fn trusted(simulator: &Simulator) -> TrustedMetadata {
    TrustedMetadata::new(simulator.first_root(), at(NOW)).unwrap()
}

/// Everything a client trusts after an update.
fn current(simulator: &Simulator) -> TrustedMetadata {
    let mut trusted = trusted(simulator);
    trusted
        .update_timestamp(&simulator.file("timestamp.json"))
        .unwrap();
    trusted
        .update_snapshot(&simulator.file("1.snapshot.json"))
        .unwrap();
    trusted
        .update_targets(&simulator.file("1.targets.json"))
        .unwrap();
    trusted
}

fn out_of_order(needed: RoleName) -> Error {
    Error::OutOfOrder { needed }
}

fn with_member(signed: Value, name: &str, value: Value) -> Value {
    let Value::Object(mut signed) = signed else {
        panic!()
    };
    signed.insert(name.into(), value);
    Value::Object(signed)
}

#[test]
fn the_first_root_must_be_signed_by_its_own_keys() {
    let simulator = Simulator::new();
    assert!(TrustedMetadata::new(simulator.first_root(), at(NOW)).is_ok());
    let forged = sign(&simulator.root_value(), &[key()]);
    let error = TrustedMetadata::new(&forged, at(NOW)).unwrap_err();
    assert!(matches!(error, Error::Threshold { role, .. } if role == RoleName::ROOT));
    for no_root in [
        b"".as_slice(),
        b"{}",
        b"null",
        &simulator.file("timestamp.json"),
    ] {
        let error = TrustedMetadata::new(no_root, at(NOW)).unwrap_err();
        assert!(matches!(error, Error::Malformed { role, .. } if role == RoleName::ROOT));
    }
}

#[test]
fn steps_are_taken_in_order() {
    let mut simulator = Simulator::new();
    simulator.bump();
    simulator.publish();
    let mut trusted = trusted(&simulator);
    let snapshot = simulator.file("2.snapshot.json");
    let targets = simulator.file("2.targets.json");
    assert_eq!(
        trusted.update_snapshot(&snapshot),
        Err(out_of_order(RoleName::TIMESTAMP))
    );
    assert_eq!(
        trusted.update_targets(&targets),
        Err(out_of_order(RoleName::SNAPSHOT))
    );
    trusted
        .update_timestamp(&simulator.file("timestamp.json"))
        .unwrap();
    assert_eq!(
        trusted.update_targets(&targets),
        Err(out_of_order(RoleName::SNAPSHOT))
    );
    trusted.update_snapshot(&snapshot).unwrap();
    trusted.update_targets(&targets).unwrap();
    assert_eq!(trusted.targets().unwrap().version(), version(2));

    let mut updater = Updater::new(simulator.first_root(), at(NOW), Limits::default()).unwrap();
    let target = crate::simulator::path("file.txt");
    assert_eq!(updater.find(&target), Err(out_of_order(RoleName::TARGETS)));
    assert_eq!(updater.found(), Err(out_of_order(RoleName::TARGETS)));
}

#[test]
fn what_was_recalled_authorises_nothing() {
    let simulator = Simulator::new();
    let mut trusted = trusted(&simulator);
    trusted
        .recall_timestamp(&simulator.file("timestamp.json"))
        .unwrap();
    trusted
        .recall_snapshot(&simulator.file("1.snapshot.json"))
        .unwrap();
    let snapshot = trusted.update_snapshot(&simulator.file("1.snapshot.json"));
    assert_eq!(snapshot, Err(out_of_order(RoleName::TIMESTAMP)));
    let targets = trusted.update_targets(&simulator.file("1.targets.json"));
    assert_eq!(targets, Err(out_of_order(RoleName::SNAPSHOT)));
    // The repository confirming it makes the difference.
    assert_eq!(
        trusted.update_timestamp(&simulator.file("timestamp.json")),
        Ok(Change::Unchanged)
    );
    assert_eq!(
        trusted.update_snapshot(&simulator.file("1.snapshot.json")),
        Ok(())
    );
}

#[test]
fn a_newer_timestamp_withdraws_what_the_older_one_named() {
    let mut simulator = Simulator::new();
    let mut trusted = current(&simulator);
    simulator.bump();
    simulator.publish();
    assert_eq!(
        trusted.update_timestamp(&simulator.file("timestamp.json")),
        Ok(Change::Updated)
    );
    assert!(trusted.snapshot().is_none());
    assert!(trusted.targets().is_none());
}

#[test]
fn a_new_root_withdraws_what_rests_on_the_old_one() {
    let mut simulator = Simulator::new();
    let mut trusted = current(&simulator);
    simulator.rotate(|_| {});
    trusted.update_root(&simulator.file("2.root.json")).unwrap();
    assert!(
        trusted.timestamp().is_none()
            && trusted.snapshot().is_none()
            && trusted.targets().is_none()
    );
    // The keys are the same: what was trusted is still a floor.
    simulator.timestamp.version = 0;
    assert_eq!(
        trusted.update_timestamp(&simulator.file("timestamp.json")),
        Ok(Change::Unchanged)
    );

    // Other keys for the snapshot: no floor is left, for the timestamp neither (5.3.11).
    simulator.rotate(|simulator| simulator.snapshot.keys = vec![key()]);
    trusted.update_root(&simulator.file("3.root.json")).unwrap();
    assert_eq!(
        trusted.update_timestamp(&simulator.file("timestamp.json")),
        Ok(Change::Updated)
    );
}

#[test]
fn an_error_changes_nothing() {
    let mut simulator = Simulator::new();
    simulator.bump();
    simulator.publish();
    let mut trusted = trusted(&simulator);
    let everything = [
        "1.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "2.snapshot.json",
        "1.targets.json",
        "2.targets.json",
    ];
    let files: Vec<_> = everything
        .iter()
        .map(|name| simulator.file(name))
        .chain([b"{".to_vec()])
        .collect();
    type Update = fn(&mut TrustedMetadata, &[u8]) -> Result<(), Error>;
    let updates: [Update; 6] = [
        |trusted, bytes| trusted.update_root(bytes),
        |trusted, bytes| trusted.recall_timestamp(bytes),
        |trusted, bytes| trusted.update_timestamp(bytes).map(|_| ()),
        |trusted, bytes| trusted.recall_snapshot(bytes),
        |trusted, bytes| trusted.update_snapshot(bytes),
        |trusted, bytes| trusted.update_targets(bytes),
    ];
    let mut refused = 0;
    // Several rounds, so that every file meets every state on the way to a complete update.
    for _ in 0..3 {
        for update in updates {
            for file in &files {
                let before = format!("{trusted:?}");
                if update(&mut trusted, file).is_err() {
                    assert_eq!(format!("{trusted:?}"), before);
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 50, "{refused}");
    assert_eq!(trusted.targets().unwrap().version(), version(2));
}

#[test]
fn a_threshold_counts_keys_and_not_signatures_or_ids() {
    let signed_by = |listed: &[PrivateKey], threshold, signers: &[&PrivateKey]| {
        let mut simulator = Simulator::new();
        simulator.timestamp.threshold = threshold;
        simulator.timestamp.keys = listed
            .iter()
            .map(|key| PrivateKey::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap())
            .collect();
        simulator.rotate(|_| {});
        let mut trusted = trusted(&simulator);
        trusted.update_root(&simulator.file("2.root.json")).unwrap();
        let signed = Value::read(&simulator.file("timestamp.json")).unwrap();
        let signers: Vec<&dyn Signer> = signers.iter().map(|key| *key as &dyn Signer).collect();
        trusted.update_timestamp(&sign_classic(signed.get("signed").unwrap(), &signers).unwrap())
    };
    let [a, b, c, stranger] = std::array::from_fn(|_| key());
    let listed = [a, b, c];
    let [a, b, c] = &listed;
    assert_eq!(signed_by(&listed, 2, &[a, b]), Ok(Change::Updated));
    assert_eq!(
        signed_by(&listed, 2, &[c, a, &stranger]),
        Ok(Change::Updated)
    );
    assert_eq!(signed_by(&listed, 1, &[c]), Ok(Change::Updated));
    for (threshold, signers) in [
        (2, vec![a]),
        (2, vec![a, &stranger]),
        (3, vec![a, b]),
        (4, vec![a, b, c]),
        (1, vec![&stranger]),
        (1, vec![]),
    ] {
        let refused = signed_by(&listed, threshold, &signers);
        assert!(
            matches!(refused, Err(Error::Threshold { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn two_signatures_under_one_id_are_refused_unseen() {
    let simulator = Simulator::new();
    let Value::Object(mut envelope) = Value::read(&simulator.file("timestamp.json")).unwrap()
    else {
        panic!()
    };
    let Some(Value::Array(signatures)) = envelope.get("signatures").cloned() else {
        panic!()
    };
    envelope.insert(
        "signatures".into(),
        Value::from([signatures.clone(), signatures].concat()),
    );
    let twice = Value::Object(envelope).to_json();
    let refused = trusted(&simulator).update_timestamp(twice.as_bytes());
    assert!(
        matches!(refused, Err(Error::Malformed { .. })),
        "{refused:?}"
    );
}

#[test]
fn one_key_under_two_ids_does_not_reach_two() {
    let mut simulator = Simulator::new();
    simulator.timestamp.threshold = 2;
    let one = simulator.timestamp.keys[0].public_key().clone();
    let signed = simulator.root_value();
    let mut keys = signed.get("keys").unwrap().clone();
    let Value::Object(listed) = &mut keys else {
        panic!()
    };
    listed.insert("beef".into(), one.to_value());
    let ids = Value::from(vec![Value::from(one.id().as_str()), Value::from("beef")]);
    let Value::Object(mut roles) = signed.get("roles").unwrap().clone() else {
        panic!()
    };
    roles.insert(
        "timestamp".into(),
        Value::object([("keyids", ids), ("threshold", Value::from(2_u32))]),
    );
    let signed = with_member(
        with_member(signed, "keys", keys),
        "roles",
        Value::Object(roles),
    );
    let root = sign(&signed, &simulator.root.keys);
    let mut trusted = TrustedMetadata::new(&root, at(NOW)).unwrap();

    // The same signature under both ids.
    let Value::Object(mut envelope) = Value::read(&simulator.file("timestamp.json")).unwrap()
    else {
        panic!()
    };
    let Some(Value::Array(signatures)) = envelope.get("signatures").cloned() else {
        panic!()
    };
    let again = with_member(signatures[0].clone(), "keyid", Value::from("beef"));
    envelope.insert(
        "signatures".into(),
        Value::from(vec![signatures[0].clone(), again]),
    );
    let twice = Value::Object(envelope).to_json();
    assert!(matches!(
        trusted.update_timestamp(twice.as_bytes()),
        Err(Error::Threshold { .. })
    ));
}

#[test]
fn odd_signatures_are_tolerated_beside_enough_good_ones() {
    let simulator = Simulator::new();
    let Value::Object(mut envelope) = Value::read(&simulator.file("timestamp.json")).unwrap()
    else {
        panic!()
    };
    let Some(Value::Array(mut signatures)) = envelope.get("signatures").cloned() else {
        panic!()
    };
    for (id, signature) in [("unknown", ""), ("odd", "xyz"), ("wrong", "00ff")] {
        signatures.insert(
            0,
            Value::object([("keyid", id), ("sig", signature)].map(|(k, v)| (k, Value::from(v)))),
        );
    }
    envelope.insert("signatures".into(), signatures.into());
    let bytes = Value::Object(envelope).to_json();
    assert_eq!(
        trusted(&simulator).update_timestamp(bytes.as_bytes()),
        Ok(Change::Updated)
    );
}

#[test]
fn unknown_members_and_keys_are_tolerated_and_signed() {
    let simulator = Simulator::new();
    let signed = simulator.root_value();
    let Value::Object(mut keys) = signed.get("keys").unwrap().clone() else {
        panic!()
    };
    let exotic = Value::object([
        ("keytype", Value::from("lattice")),
        ("scheme", Value::from("lattice-9")),
        ("keyval", Value::object([("public", Value::from("00"))])),
        ("x-origin", Value::from(vec![Value::Null])),
    ]);
    keys.insert("exotic".into(), exotic);
    let signed = with_member(signed, "keys", Value::Object(keys));
    let signed = with_member(
        signed,
        "x-custom",
        Value::object([("deep", Value::from(true))]),
    );
    let root = sign(&signed, &simulator.root.keys);
    assert!(TrustedMetadata::new(&root, at(NOW)).is_ok());
    let without = String::from_utf8(root)
        .unwrap()
        .replace("\"deep\": true", "\"deep\": false");
    assert!(matches!(
        TrustedMetadata::new(without.as_bytes(), at(NOW)),
        Err(Error::Threshold { .. })
    ));
}

#[test]
fn what_a_root_must_say_it_must_say_rightly() {
    let simulator = Simulator::new();
    let Value::Object(good) = simulator.root_value() else {
        panic!()
    };
    let accepts = |signed: &Value| {
        TrustedMetadata::new(&sign(signed, &simulator.root.keys), at(NOW)).map(|_| ())
    };
    assert_eq!(accepts(&Value::Object(good.clone())), Ok(()));
    let mut without_flag = good.clone();
    without_flag.remove("consistent_snapshot");
    assert_eq!(accepts(&Value::Object(without_flag)), Ok(()));
    for member in ["spec_version", "version", "expires", "keys", "roles"] {
        let mut signed = good.clone();
        signed.remove(member);
        let refused = accepts(&Value::Object(signed));
        assert!(
            matches!(refused, Err(Error::Malformed { .. })),
            "without {member}"
        );
    }
    for (member, value) in [
        ("_type", Value::from("timestamp")),
        ("spec_version", Value::from("2.0.0")),
        ("spec_version", Value::from(1_u32)),
        ("version", Value::from(0_u32)),
        ("version", Value::from(-1_i64)),
        ("version", Value::from("1")),
        ("expires", Value::from("2036-01-01")),
        ("expires", Value::from("2036-01-01T00:00:00+00:00")),
        ("keys", Value::from(vec![])),
        ("roles", Value::object([("root", Value::Null)])),
        ("consistent_snapshot", Value::from("yes")),
    ] {
        let signed = with_member(Value::Object(good.clone()), member, value.clone());
        assert!(
            matches!(accepts(&signed), Err(Error::Malformed { .. })),
            "{member}: {value:?}"
        );
    }
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let Some(Value::Object(roles)) = good.get("roles") else {
            panic!()
        };
        let zero = with_member(roles[role].clone(), "threshold", Value::from(0_u32));
        let signed = with_member(Value::Object(roles.clone()), role, zero);
        let signed = with_member(Value::Object(good.clone()), "roles", signed);
        assert!(
            matches!(accepts(&signed), Err(Error::Malformed { .. })),
            "a threshold of 0 for {role}"
        );
    }
}

#[test]
fn a_digest_of_an_unknown_kind_alone_is_no_digest() {
    let mut simulator = Simulator::new();
    let unknown = Value::object([
        ("version", Value::from(1_u32)),
        ("hashes", Value::object([("md5", Value::from("00"))])),
    ]);
    simulator.publish_timestamp(unknown);
    let mut trusted = trusted(&simulator);
    trusted
        .update_timestamp(&simulator.file("timestamp.json"))
        .unwrap();
    let refused = trusted.update_snapshot(&simulator.file("1.snapshot.json"));
    assert_eq!(
        refused,
        Err(Error::NoKnownDigest {
            path: "snapshot.json".into()
        })
    );
}

#[test]
fn every_known_digest_listed_must_be_right() {
    let simulator = Simulator::new();
    let snapshot = simulator.file("1.snapshot.json");
    let right = Digests::of(
        &snapshot,
        &[
            crypto_keys::Algorithm::Sha256,
            crypto_keys::Algorithm::Sha512,
        ],
    );
    let wrong = Digests::of(b"other", &[crypto_keys::Algorithm::Sha512]);
    let mixed = with_member(
        right.to_value(),
        "sha512",
        wrong.to_value().get("sha512").unwrap().clone(),
    );
    let extra = with_member(
        right.to_value(),
        "blake9",
        Value::from("not even hexadecimal"),
    );
    for (digests, accepted) in [(right.to_value(), true), (extra, true), (mixed, false)] {
        let mut simulator = Simulator::new();
        simulator
            .files
            .put(Tree::Metadata, "1.snapshot.json", snapshot.clone());
        simulator.publish_timestamp(Value::object([
            ("version", Value::from(1_u32)),
            ("hashes", digests),
        ]));
        let mut trusted = trusted(&simulator);
        trusted
            .update_timestamp(&simulator.file("timestamp.json"))
            .unwrap();
        // The snapshot is of another repository, so that its signature is wrong: the digest is looked at first.
        match trusted.update_snapshot(&snapshot) {
            Err(Error::Threshold { .. }) => assert!(accepted),
            Err(Error::Digest { .. }) => assert!(!accepted),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nothing_rests_on_an_expired_root() {
    let mut simulator = Simulator::new();
    simulator.rotate(|simulator| simulator.root.expires = BEFORE_NOW.into());
    let mut trusted = trusted(&simulator);
    trusted.update_root(&simulator.file("2.root.json")).unwrap();
    let refused = trusted.update_timestamp(&simulator.file("timestamp.json"));
    assert!(matches!(refused, Err(Error::Expired { role, .. }) if role == RoleName::ROOT));
}
