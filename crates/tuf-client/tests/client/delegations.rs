//! Whom the search for a target asks, in which order, and whom it believes.

use tuf_client::{Client, Error, Limits, MemoryStore, RoleName, Tree};

use crate::simulator::{BEFORE_NOW, NOW, Simulator, TargetsRole, at, key, path, role};

/// A repository of empty roles with these delegations: from, to, pattern, terminating.
fn graph(edges: &[(&'static str, &'static str, &'static str, bool)]) -> Simulator {
    let mut simulator = Simulator::new();
    for (from, to, pattern, terminating) in edges {
        for name in [from, to] {
            simulator
                .targets
                .entry(name)
                .or_insert_with(TargetsRole::new);
        }
        simulator
            .delegated(from)
            .delegations
            .push((to, vec![pattern], *terminating));
    }
    simulator.publish();
    simulator
}

/// What comes of a search, and the delegated roles it asked for.
fn search(simulator: &Simulator, target: &str) -> (Result<bool, Error>, Vec<String>) {
    let mut client = simulator.client(MemoryStore::new());
    client.refresh().unwrap();
    client.transport_mut().log.clear();
    let found = client.target(&path(target)).map(|target| target.is_some());
    let asked = client.into_parts().0.log;
    let names = asked.iter().map(|file| {
        file.trim_start_matches("1.")
            .trim_end_matches(".json")
            .to_owned()
    });
    (found, names.collect())
}

fn asked(edges: &[(&'static str, &'static str, &'static str, bool)]) -> String {
    let (found, asked) = search(&graph(edges), "nobody/has.this");
    assert_eq!(found, Ok(false));
    asked.join(" ")
}

#[test]
fn the_search_is_pre_order_and_depth_first() {
    let any = "*/*";
    assert_eq!(
        asked(&[
            ("targets", "a", any, false),
            ("targets", "b", any, false),
            ("a", "c", any, false),
            ("a", "d", any, false),
            ("b", "e", any, false),
            ("c", "f", any, false),
        ]),
        "a c f d b e"
    );
}

#[test]
fn cycles_are_cut_and_no_role_is_asked_twice() {
    let any = "*/*";
    assert_eq!(
        asked(&[
            ("targets", "a", any, false),
            ("targets", "b", any, false),
            ("a", "b", any, false),
            ("a", "a", any, false),
            ("b", "a", any, false),
            ("b", "c", any, false),
        ]),
        "a b c"
    );
}

#[test]
fn a_terminating_delegation_ends_the_search_if_it_is_about_the_target() {
    let any = "*/*";
    assert_eq!(
        asked(&[("targets", "a", any, true), ("targets", "b", any, false)]),
        "a"
    );
    assert_eq!(
        asked(&[("targets", "a", "x/*", true), ("targets", "b", any, false)]),
        "b"
    );
    // Those below it are still asked, those further up are not.
    assert_eq!(
        asked(&[
            ("targets", "a", any, false),
            ("targets", "z", any, false),
            ("a", "b", any, true),
            ("a", "y", any, false),
            ("b", "c", any, false),
        ]),
        "a b c"
    );
}

#[test]
fn only_delegations_about_the_target_are_followed() {
    assert_eq!(
        asked(&[
            ("targets", "a", "nobody/*", false),
            ("targets", "b", "somebody/*", false),
            ("targets", "c", "*", false),
            ("targets", "d", "nobody/has.thi?", false),
            ("a", "e", "NOBODY/*", false),
        ]),
        "a d"
    );
}

#[test]
fn a_role_cannot_speak_about_paths_it_was_not_given() {
    let mut simulator = graph(&[("targets", "a", "a/*", false), ("a", "b", "*/*", false)]);
    simulator.add_target("b", "a/file", b"mine");
    simulator.add_target("b", "c/file", b"not mine");
    simulator.publish();
    assert_eq!(
        search(&simulator, "a/file"),
        (Ok(true), vec!["a".into(), "b".into()])
    );
    assert_eq!(search(&simulator, "c/file"), (Ok(false), vec![]));
}

#[test]
fn the_first_to_list_a_target_is_believed() {
    let any = "*/*";
    let mut simulator = graph(&[("targets", "a", any, false), ("targets", "b", any, false)]);
    simulator.add_target("b", "x/file", b"second");
    simulator.add_target("a", "x/file", b"first");
    simulator.publish();
    let mut client = simulator.client(MemoryStore::new());
    let target = client.target(&path("x/file")).unwrap().unwrap();
    assert_eq!(target.file().length(), 5);
}

#[test]
fn odd_role_names_are_files_with_encoded_names() {
    for (name, file) in [
        ("?", "1.%3F.json"),
        ("#", "1.%23.json"),
        ("/delegatedrole", "1.%2Fdelegatedrole.json"),
        ("../delegatedrole", "1...%2Fdelegatedrole.json"),
    ] {
        let simulator = graph(&[("targets", name, "*", false)]);
        let mut client = simulator.client(MemoryStore::new());
        assert_eq!(client.target(&path("x")), Ok(None));
        assert_eq!(
            client.into_parts().0.log.last().map(String::as_str),
            Some(file)
        );
    }
}

#[test]
fn a_role_that_was_kept_is_not_fetched_again() {
    let simulator = graph(&[("targets", "a", "*", false)]);
    let mut client = simulator.client(MemoryStore::new());
    assert_eq!(client.target(&path("x")), Ok(None));
    let (_, store) = client.into_parts();
    let mut client = simulator.client(store);
    assert_eq!(client.target(&path("x")), Ok(None));
    assert_eq!(client.target(&path("y")), Ok(None));
    assert_eq!(client.into_parts().0.log, ["2.root.json", "timestamp.json"]);
}

#[test]
fn a_role_is_verified_with_the_keys_of_the_delegator_that_leads_to_it() {
    let mut simulator = graph(&[
        ("targets", "a", "a/*", false),
        ("targets", "b", "b/*", false),
        ("a", "shared", "*/*", false),
    ]);
    simulator.add_target("shared", "a/file", b"good");
    simulator.add_target("shared", "b/file", b"bad");
    simulator.publish();
    // `b` delegates to the same name and trusts another key for it.
    let genuine = std::mem::replace(&mut simulator.delegated("shared").role.keys, vec![key()]);
    simulator
        .delegated("b")
        .delegations
        .push(("shared", vec!["*/*"], false));
    let other = crate::simulator::sign(
        &simulator.targets_value("b"),
        &simulator.targets["b"].role.keys,
    );
    simulator.files.put(Tree::Metadata, "1.b.json", other);
    simulator.delegated("shared").role.keys = genuine;

    let mut client = simulator.client(MemoryStore::new());
    assert!(client.target(&path("a/file")).unwrap().is_some());
    let refused = client.target(&path("b/file"));
    assert!(
        matches!(&refused, Err(Error::Threshold { role: refused, .. }) if *refused == role("shared")),
        "{refused:?}"
    );
    // What the right delegator vouched for is as good as before.
    assert!(client.target(&path("a/file")).unwrap().is_some());
}

#[test]
fn a_role_the_snapshot_does_not_list_is_not_fetched() {
    let mut simulator = graph(&[("targets", "a", "*", false)]);
    let a = simulator.targets.remove("a").unwrap();
    simulator.delegated("targets").delegations.clear();
    simulator.publish();
    simulator.targets.insert("a", a);
    simulator
        .delegated("targets")
        .delegations
        .push(("a", vec!["*"], false));
    let targets = crate::simulator::sign(
        &simulator.targets_value("targets"),
        &simulator.targets["targets"].role.keys,
    );
    simulator
        .files
        .put(Tree::Metadata, "1.targets.json", targets);
    assert_eq!(
        search(&simulator, "x"),
        (Err(Error::NotListed { role: role("a") }), vec![])
    );
}

#[test]
fn an_expired_role_is_refused_when_it_is_needed_and_not_before() {
    let mut simulator = graph(&[
        ("targets", "a", "a/*", false),
        ("targets", "b", "b/*", false),
    ]);
    simulator.delegated("a").role.expires = BEFORE_NOW.into();
    simulator.add_target("b", "b/file", b"fresh");
    simulator.publish();
    let (refused, _) = search(&simulator, "a/file");
    assert!(matches!(refused, Err(Error::Expired { .. })), "{refused:?}");
    assert_eq!(search(&simulator, "b/file").0, Ok(true));
}

#[test]
fn a_search_asks_no_more_roles_than_the_limit() {
    let names: Vec<&'static str> = (0..40)
        .map(|n| &*Box::leak(format!("r{n:02}").into_boxed_str()))
        .collect();
    let mut edges = vec![("targets", names[0], "*", false)];
    edges.extend(names.windows(2).map(|pair| (pair[0], pair[1], "*", false)));
    let (refused, asked) = search(&graph(&edges), "x");
    assert_eq!(
        refused,
        Err(Error::TooManyRoles {
            path: path("x"),
            limit: 33
        })
    );
    assert_eq!(asked.len(), 32);
    // One more is within the limit.
    assert_eq!(search(&graph(&edges[..32]), "x").0, Ok(false));

    let simulator = graph(&edges);
    let limits = Limits {
        roles: 50,
        ..Limits::default()
    };
    let (root, now) = (simulator.first_root(), at(NOW));
    let mut client = Client::with_limits(
        root,
        now,
        simulator.files.clone(),
        MemoryStore::new(),
        limits,
    )
    .unwrap();
    assert_eq!(client.target(&path("x")), Ok(None));
}

#[test]
fn succinct_roles_are_refused_and_not_overlooked() {
    let mut simulator = Simulator::new();
    simulator.top().succinct = true;
    simulator.publish();
    assert_eq!(search(&simulator, "file.txt").0, Ok(true));
    let refused = Error::SuccinctRoles {
        role: RoleName::TARGETS,
    };
    assert_eq!(search(&simulator, "x").0, Err(refused));
}

#[test]
fn nobody_is_delegated_to_under_a_top_level_name() {
    for name in ["root", "timestamp", "Snapshot", "targets"] {
        let mut simulator = graph(&[("targets", "harmless", "*", false)]);
        let value = simulator
            .targets_value("targets")
            .to_json()
            .replace("harmless", name);
        let value = canonical_json::Value::read(value.as_bytes()).unwrap();
        let targets = crate::simulator::sign(&value, &simulator.top().role.keys);
        simulator
            .files
            .put(Tree::Metadata, "1.targets.json", targets);
        let refused = simulator.refresh(MemoryStore::new()).0;
        assert!(
            matches!(refused, Err(Error::Malformed { .. })),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn hash_prefixes_are_of_the_digest_of_the_path() {
    let digest = crypto_keys::Digests::of(b"x", &[crypto_keys::Algorithm::Sha256]);
    let digest = digest
        .hex(crypto_keys::Algorithm::Sha256)
        .unwrap()
        .to_owned();
    let other = if digest.starts_with('0') { "1" } else { "0" };
    for (prefixes, asks) in [
        (format!(r#"["{}"]"#, &digest[..1]), true),
        (format!(r#"["{}"]"#, &digest[..3]), true),
        (format!(r#"["{other}","{digest}"]"#), true),
        (format!(r#"["{other}"]"#), false),
        ("[]".into(), false),
    ] {
        let mut simulator = graph(&[("targets", "a", "PATHS", false)]);
        let value = simulator.targets_value("targets").to_json();
        let value = value.replace(
            r#""paths":["PATHS"]"#,
            &format!(r#""path_hash_prefixes":{prefixes}"#),
        );
        let value = canonical_json::Value::read(value.as_bytes()).unwrap();
        let targets = crate::simulator::sign(&value, &simulator.top().role.keys);
        simulator
            .files
            .put(Tree::Metadata, "1.targets.json", targets);
        let (found, asked) = search(&simulator, "x");
        assert_eq!((found, asked.len() == 1), (Ok(false), asks), "{prefixes}");
    }
}
