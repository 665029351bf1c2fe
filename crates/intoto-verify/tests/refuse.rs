//! Every way to be refused that input can reach has its case here.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]
#![cfg(feature = "fs")]

mod support;

use std::{collections::BTreeSet, error::Error as StdError, fs};

use chrono::TimeDelta;
use crypto_keys::Signer as _;
use intoto_model::{CertificateAuthority, Inspection, Link};
use intoto_verify::{Error, Inspector, Links, ReadLimits, SigningTime, verify_layout};
use support::{Scene, build_by, key, link, name, now, signed};

/// A step that alice may do, and her link, after a change.
fn scene(change: impl FnOnce(&mut Scene)) -> Scene {
    let alice = key();
    let mut scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice]).with_link(
        "build",
        "one",
        signed(&link("build", &[("tool", "1")]), &[&alice]),
    );
    change(&mut scene);
    scene
}

fn refused(change: impl FnOnce(&mut Scene)) -> Error {
    scene(change).verify().unwrap_err()
}

fn inspect(scene: &mut Scene) {
    scene.layout.inspections = vec![Inspection::new(name("look"), vec!["true".to_owned()])];
}

/// Reports about an inspection of that name, and not that it succeeded.
struct Answer(&'static str);

impl Inspector for Answer {
    fn inspect(&mut self, _: &Inspection) -> Result<Link, Box<dyn StdError + Send + Sync>> {
        Ok(link(self.0, &[]))
    }
}

fn inspected(report: &'static str) -> Error {
    let verdict = scene(inspect).verify_inspecting(&mut Answer(report));
    verdict.unwrap_err()
}

fn disagreement() -> Error {
    let (alice, bob) = (key(), key());
    let reports = [(&alice, "1"), (&bob, "2")];
    let scene = reports.iter().fold(
        Scene::new(vec![build_by(&[&alice, &bob], 1)], &[&alice, &bob]),
        |scene, (key, content)| {
            let report = link("build", &[("tool", *content)]);
            scene.with_link("build", content, signed(&report, &[*key]))
        },
    );
    scene.verify().unwrap_err()
}

fn read(files: usize, bytes: u64) -> Error {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("build.00000000.link"), "12345").unwrap();
    Links::read_dir(directory.path(), &ReadLimits { files, bytes }).unwrap_err()
}

#[test]
fn every_error_has_a_case() {
    let missing = tempfile::tempdir().unwrap().path().join("missing");
    let later = now() + TimeDelta::seconds(1);
    let honest = scene(|_| ());
    let cases = [
        verify_layout(&honest.layout_bytes(), [], now()).unwrap_err(),
        verify_layout(&honest.layout_bytes(), [key().public_key()], now()).unwrap_err(),
        refused(|scene| scene.layout.expires = now().into()),
        honest
            .verifier(now())
            .with_signing_time(SigningTime::AssertedByCaller(later))
            .verify()
            .unwrap_err(),
        refused(|scene| {
            let listed = CertificateAuthority::new(&scene.layout.keys[0], "PEM");
            scene.layout.root_cas = vec![listed];
        }),
        refused(|scene| scene.links = Links::default()),
        disagreement(),
        refused(|scene| scene.layout.steps[0].rules.products = support::rules(&["DISALLOW *"])),
        refused(inspect),
        inspected("look"),
        inspected("build"),
        Links::read_dir(&missing, &ReadLimits::default()).unwrap_err(),
        read(0, 5),
        read(1, 4),
    ];
    let cases = cases.map(|error| testdata::variant(&format!("{error:?}")));
    assert_eq!(
        BTreeSet::from(cases),
        testdata::variants(include_str!("../src/error.rs"), "Error")
    );
}
