//! The workflow around the links: owners, expiry, rules from step to step, inspections, warnings.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

mod support;

use std::error::Error as StdError;

use chrono::TimeDelta;
use crypto_keys::Payload as _;
use crypto_keys::{PrivateKey, Signer, sign_classic, sign_dsse};
use intoto_model::{Inspection, Layout, Link, Rules};
use intoto_verify::{Error, Inspector, Warning, verify_layout};
use support::{Scene, artifacts, build_by, key, link, name, now, rules, signed};

fn built_by(alice: &PrivateKey, products: &[(&str, &str)]) -> Scene {
    Scene::new(vec![build_by(&[alice], 1)], &[alice]).with_link(
        "build",
        "link",
        signed(&link("build", products), &[alice]),
    )
}

#[test]
fn every_owner_must_have_signed_the_layout() {
    let (alice, other) = (key(), key());
    let scene = built_by(&alice, &[]);
    let layout = Layout::new(scene.layout.clone()).unwrap().to_value();
    let owners = [scene.owner.public_key(), other.public_key()];
    let one = sign_classic(&layout, &[&scene.owner]).unwrap();
    let both = sign_classic(&layout, &[&scene.owner, &other]).unwrap();
    let dsse = sign_dsse(
        Layout::PAYLOAD_TYPE,
        layout.to_json().as_bytes(),
        &[&scene.owner, &other],
    )
    .unwrap();
    assert!(verify_layout(&both, owners, now()).is_ok());
    assert!(verify_layout(&dsse, owners, now()).is_ok());
    assert!(verify_layout(&both, [other.public_key()], now()).is_ok());
    assert!(matches!(
        verify_layout(&one, owners, now()),
        Err(Error::Layout(crypto_keys::Error::Threshold { .. }))
    ));
    assert!(matches!(
        verify_layout(&both, [], now()),
        Err(Error::NoOwners)
    ));
}

#[test]
fn a_link_is_no_layout() {
    let alice = key();
    let bytes = signed(&link("build", &[]), &[&alice]);
    let refused = verify_layout(&bytes, [alice.public_key()], now());
    assert!(matches!(
        refused,
        Err(Error::Layout(crypto_keys::Error::WrongType { .. }))
    ));
}

#[test]
fn a_layout_is_good_until_the_second_before_it_expires() {
    let scene = built_by(&key(), &[]);
    let expires = scene.layout.expires.instant();
    assert!(
        scene
            .verifier(expires - TimeDelta::seconds(1))
            .verify()
            .is_ok()
    );
    assert!(matches!(
        scene.verifier(expires).verify(),
        Err(Error::LayoutExpired { .. })
    ));
}

/// Two steps: what is packaged is what was built.
fn pipeline(packaged: &str) -> Scene {
    let alice = key();
    let mut package = build_by(&[&alice], 1);
    package.name = name("package");
    package.rules = Rules {
        materials: rules(&[
            "MATCH * IN in WITH PRODUCTS IN out FROM build",
            "DISALLOW *",
        ]),
        products: rules(&["CREATE tool.tar", "DISALLOW *"]),
    };
    let report = Link {
        materials: artifacts(&[("in/tool", packaged)]),
        products: artifacts(&[("tool.tar", "tar")]),
        command: vec!["tar".to_owned()],
        ..Link::new(name("package"))
    };
    Scene::new(vec![build_by(&[&alice], 1), package], &[&alice])
        .with_link(
            "build",
            "build",
            signed(&link("build", &[("out/tool", "1")]), &[&alice]),
        )
        .with_link("package", "package", signed(&report, &[&alice]))
}

#[test]
fn artifacts_are_followed_from_step_to_step() {
    let report = pipeline("1").verify().unwrap();
    let taken: Vec<_> = report.steps[1]
        .rules
        .iter()
        .map(|rule| rule.artifacts)
        .collect();
    assert_eq!(taken, [1, 0, 1, 0]);
    let summary = report.summary().unwrap();
    assert_eq!(summary.materials, report.steps[0].link.materials);
    assert_eq!(summary.products, artifacts(&[("tool.tar", "tar")]));
    assert_eq!(summary.command, ["tar"]);
}

#[test]
fn an_artifact_that_changed_between_steps_is_refused_by_name() {
    let Err(Error::Rule(broken)) = pipeline("evil").verify() else {
        panic!("it was accepted");
    };
    assert_eq!(
        broken.to_string(),
        "the rule \"DISALLOW *\" for the materials of package refuses in/tool; \
         in/tool differs from the one among the products of build"
    );
}

#[test]
fn a_message_about_a_hostile_name_stays_on_its_line() {
    let alice = key();
    let evil = "\u{1b}[2J\nall is well";
    let scene = built_by(&alice, &[(evil, "1")])
        .with_link("build", evil, b"{}".to_vec())
        .with_products_rules(&["MATCH * WITH MATERIALS FROM build", "DISALLOW *"]);
    let refused = scene.verify().unwrap_err().to_string();
    assert!(refused.contains("?[2J?all is well"), "{refused}");
    let mut unsigned = scene;
    unsigned.links = Default::default();
    let unsigned = unsigned.with_link("build", evil, b"{}".to_vec());
    let short = unsigned.verify().unwrap_err().to_string();
    assert!(short.contains("?[2J?all is well"), "{short}");
    assert_eq!((refused + &short).matches(char::is_control).count(), 0);
}

/// Reports the same, whatever it is asked for.
struct Answer(Link);

impl Inspector for Answer {
    fn inspect(&mut self, _: &Inspection) -> Result<Link, Box<dyn StdError + Send + Sync>> {
        Ok(self.0.clone())
    }
}

fn inspected() -> Scene {
    let mut scene = built_by(&key(), &[("tool", "1")]);
    let unpack = Inspection {
        rules: Rules {
            products: rules(&[
                "MATCH * WITH PRODUCTS FROM build",
                "REQUIRE marker",
                "MATCH * WITH PRODUCTS FROM unpack",
                "DISALLOW *",
            ]),
            ..Rules::default()
        },
        ..Inspection::new(name("unpack"), vec!["tar".to_owned()])
    };
    scene.layout.inspections = vec![unpack];
    scene
}

fn unpacked(contents: &[(&str, &str)], return_value: Option<i64>) -> Answer {
    let mut link = link("unpack", contents);
    if let Some(value) = return_value {
        link.set_return_value(value);
    }
    Answer(link)
}

#[test]
fn a_layout_with_inspections_is_refused_without_an_inspector() {
    assert!(
        matches!(inspected().verify(), Err(Error::Inspection { name: unpack, .. }) if unpack == name("unpack"))
    );
}

#[test]
fn inspections_are_held_to_their_rules() {
    let scene = inspected();
    let report = scene
        .verify_inspecting(&mut unpacked(&[("tool", "1"), ("marker", "")], Some(0)))
        .unwrap();
    assert_eq!(
        report.inspections[0]
            .rules
            .iter()
            .map(|rule| rule.artifacts)
            .collect::<Vec<_>>(),
        [1, 0, 1, 0]
    );
    let Err(Error::Rule(broken)) =
        scene.verify_inspecting(&mut unpacked(&[("tool", "1")], Some(0)))
    else {
        panic!("nothing is required");
    };
    assert_eq!(
        broken.to_string(),
        "the rule \"REQUIRE marker\" for the products of unpack misses marker"
    );
}

#[test]
fn an_inspection_that_does_not_report_success_failed() {
    let scene = inspected();
    for return_value in [Some(1), Some(-9), None] {
        let verdict = scene.verify_inspecting(&mut unpacked(
            &[("tool", "1"), ("marker", "")],
            return_value,
        ));
        assert!(matches!(verdict, Err(Error::InspectionFailed { .. })));
    }
}

#[test]
fn a_report_about_another_inspection_is_refused() {
    let mut other = link("build", &[]);
    other.set_return_value(0);
    assert!(matches!(
        inspected().verify_inspecting(&mut Answer(other)),
        Err(Error::WrongInspection { .. })
    ));
}

#[test]
fn steps_are_judged_before_anything_is_inspected() {
    struct Never;
    impl Inspector for Never {
        fn inspect(&mut self, _: &Inspection) -> Result<Link, Box<dyn StdError + Send + Sync>> {
            panic!("the steps are not in order")
        }
    }
    let scene = inspected().with_products_rules(&["DISALLOW *"]);
    assert!(matches!(
        scene.verify_inspecting(&mut Never),
        Err(Error::Rule(_))
    ));
}

#[test]
fn what_fails_nothing_is_worth_a_warning() {
    let alice = key();
    let mut scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice]);
    scene.layout.unknown = [("x-policy".to_owned(), canonical_json::Value::Null)].into();
    scene.layout.steps[0].expected_command = vec!["make".to_owned()];
    let mut report = Link {
        command: vec!["make".to_owned(), "-k".to_owned()],
        ..link("build", &[])
    };
    report.set_return_value(2);
    let scene = scene.with_link("build", "link", signed(&report, &[&alice]));
    assert_eq!(
        scene.verify().unwrap().warnings,
        [
            Warning::UnknownMember {
                member: "x-policy".to_owned()
            },
            Warning::Command {
                step: name("build"),
                expected: vec!["make".to_owned()],
                reported: vec!["make".to_owned(), "-k".to_owned()],
            },
            Warning::Failed {
                step: name("build"),
                return_value: 2
            },
        ]
    );
}

#[test]
fn what_any_of_those_who_agree_has_run_is_looked_at() {
    let (alice, bob, carol) = (key(), key(), key());
    let ran = |command: &str, return_value| {
        let mut report = Link {
            command: vec![command.to_owned()],
            ..link("build", &[])
        };
        report.set_return_value(return_value);
        report
    };
    let mut scene = Scene::new(
        vec![build_by(&[&alice, &bob, &carol], 3)],
        &[&alice, &bob, &carol],
    );
    scene.layout.steps[0].expected_command = vec!["make".to_owned()];
    let scene = scene
        .with_link("build", "alice", signed(&ran("make", 0), &[&alice]))
        .with_link("build", "bob", signed(&ran("sh", 2), &[&bob]))
        .with_link("build", "carol", signed(&ran("sh", 2), &[&carol]));
    assert_eq!(
        scene.verify().unwrap().warnings,
        [
            Warning::Command {
                step: name("build"),
                expected: vec!["make".to_owned()],
                reported: vec!["sh".to_owned()],
            },
            Warning::Failed {
                step: name("build"),
                return_value: 2
            },
        ]
    );
}

#[test]
fn a_verdict_can_be_given_at_another_instant() {
    let scene = built_by(&key(), &[]);
    let verdict = |years: i32| {
        scene
            .verifier(now() + TimeDelta::days(i64::from(years) * 365))
            .verify()
            .is_ok()
    };
    assert_eq!([verdict(-10), verdict(0), verdict(10)], [true, true, false]);
}
