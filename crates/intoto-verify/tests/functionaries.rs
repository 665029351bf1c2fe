//! Who may report about a step, how they are counted, and what happens when they disagree.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

mod support;

use crypto_keys::Payload as _;
use crypto_keys::{KeyId, PublicKey, Signer, sign_dsse};
use intoto_model::{LayoutSpec, Link};
use intoto_verify::{Error, Functionary, Rejection, Warning};
use support::{Scene, build_by, key, link, name, reasons, signed};

/// The same private key under another id.
struct Renamed<'k>(&'k dyn Signer, PublicKey);

impl<'k> Renamed<'k> {
    fn new(signer: &'k dyn Signer, id: &str) -> Self {
        Self(
            signer,
            signer.public_key().clone().with_id(id.parse().unwrap()),
        )
    }
}

impl Signer for Renamed<'_> {
    fn public_key(&self) -> &PublicKey {
        &self.1
    }

    fn sign(&self, message: &[u8]) -> Result<crypto_keys::Signature, crypto_keys::Error> {
        let key_id = Some(self.1.id().clone());
        Ok(crypto_keys::Signature {
            key_id,
            ..self.0.sign(message)?
        })
    }
}

fn claimed(ids: &[&KeyId]) -> Rejection {
    Rejection::Unauthorised {
        claimed: ids.iter().map(|id| (*id).clone()).collect(),
        certificates: vec![],
    }
}

#[test]
fn a_link_signed_by_a_functionary_counts_in_either_envelope() {
    let alice = key();
    let link = link("build", &[("tool", "1")]);
    let payload = link.to_value().to_json();
    for bytes in [
        signed(&link, &[&alice]),
        sign_dsse(Link::PAYLOAD_TYPE, payload.as_bytes(), &[&alice]).unwrap(),
    ] {
        let scene =
            Scene::new(vec![build_by(&[&alice], 1)], &[&alice]).with_link("build", "alice", bytes);
        let report = scene.verify().unwrap();
        assert_eq!(
            report.steps[0].accepted[0].functionaries,
            [Functionary::Key(alice.public_key().id().clone())]
        );
        assert_eq!(report.steps[0].link, link);
        assert_eq!(report.warnings, []);
    }
}

#[test]
fn a_key_of_the_layout_that_the_step_does_not_list_does_not_count() {
    let (alice, bob) = (key(), key());
    let scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice, &bob]).with_link(
        "build",
        "bob",
        signed(&link("build", &[]), &[&bob]),
    );
    assert_eq!(
        scene.shortage(),
        (0, vec![claimed(&[bob.public_key().id()])])
    );
}

#[test]
fn a_link_that_was_changed_after_signing_does_not_count() {
    let alice = key();
    let bytes = signed(&link("build", &[("tool", "1")]), &[&alice]);
    let changed = String::from_utf8(bytes)
        .unwrap()
        .replace("\"tool\"", "\"toot\"")
        .into_bytes();
    let scene =
        Scene::new(vec![build_by(&[&alice], 1)], &[&alice]).with_link("build", "alice", changed);
    let key = alice.public_key().id().clone();
    assert_eq!(scene.shortage(), (0, vec![Rejection::BadSignature { key }]));
}

#[test]
fn a_link_about_another_step_does_not_count() {
    let alice = key();
    let scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice]).with_link(
        "build",
        "alice",
        signed(&link("test", &[]), &[&alice]),
    );
    assert_eq!(
        scene.shortage(),
        (
            0,
            vec![Rejection::WrongName {
                found: name("test")
            }]
        )
    );
}

#[test]
fn a_layout_in_the_place_of_a_link_does_not_count() {
    let alice = key();
    let mut inner = Scene::new(vec![build_by(&[&alice], 1)], &[&alice]);
    inner.owner = alice;
    let alice = &inner.owner;
    let layout = intoto_model::Layout::new(inner.layout.clone())
        .unwrap()
        .to_value();
    let dsse = sign_dsse(Link::PAYLOAD_TYPE, layout.to_json().as_bytes(), &[alice]).unwrap();
    for bytes in [inner.layout_bytes(), dsse] {
        let scene =
            Scene::new(vec![build_by(&[alice], 1)], &[alice]).with_link("build", "sub", bytes);
        assert_eq!(scene.shortage(), (0, vec![Rejection::Sublayout]));
    }
}

#[test]
fn a_link_with_a_second_spelling_of_a_file_does_not_count() {
    let alice = key();
    let json = r#"{"_type":"link","name":"build","materials":{},"products":{"dir/../tool":{"sha256":"SUM"}}}"#
        .replace("SUM", &"0".repeat(64));
    let value = canonical_json::Value::read(json.as_bytes()).unwrap();
    let bytes = crypto_keys::sign_classic(&value, &[&alice]).unwrap();
    let scene =
        Scene::new(vec![build_by(&[&alice], 1)], &[&alice]).with_link("build", "alice", bytes);
    assert!(
        matches!(scene.shortage(), (0, reasons) if matches!(reasons[..], [Rejection::Malformed(_)]))
    );
}

#[test]
fn documents_that_do_not_count_stop_nothing() {
    let (alice, mallory) = (key(), key());
    let good = link("build", &[("tool", "1")]);
    let scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice])
        .with_link("build", "garbage", b"{".to_vec())
        .with_link(
            "build",
            "mallory",
            signed(&link("build", &[("tool", "evil")]), &[&mallory]),
        )
        .with_link("build", "alice", signed(&good, &[&alice]));
    let report = scene.verify().unwrap();
    assert_eq!(report.steps[0].link, good);
    assert_eq!(report.steps[0].rejected.len(), 2);
    assert!(matches!(
        report.warnings[..],
        [Warning::RejectedLink { .. }, Warning::RejectedLink { .. }]
    ));
}

#[test]
fn signatures_are_counted_before_they_are_checked() {
    let keys: Vec<_> = (0..33).map(|_| key()).collect();
    let signers: Vec<&dyn Signer> = keys.iter().map(|key| -> &dyn Signer { key }).collect();
    let by = |count| {
        let bytes = signed(&link("build", &[]), &signers[..count]);
        Scene::new(vec![build_by(&[&keys[0]], 1)], &[&keys[0]]).with_link("build", "link", bytes)
    };
    assert!(by(32).verify().is_ok());
    let limit = 32;
    assert_eq!(
        by(33).shortage(),
        (0, vec![Rejection::TooManySignatures { limit }])
    );
}

#[test]
fn a_message_about_many_documents_is_short() {
    let strangers: Vec<_> = (0..30).map(|_| key()).collect();
    let signers: Vec<&dyn Signer> = strangers.iter().map(|key| -> &dyn Signer { key }).collect();
    let junk = signed(&link("build", &[]), &signers);
    let alice = key();
    let scene = (0..50).fold(
        Scene::new(vec![build_by(&[&alice], 1)], &[&alice]),
        |scene, _| scene.with_link("build", "junk", junk.clone()),
    );
    let message = scene.verify().unwrap_err().to_string();
    assert!(message.len() < 4000, "{} bytes", message.len());
    assert!(message.ends_with("; and 45 more"), "{message}");
}

#[test]
fn two_functionaries_who_agree_reach_two() {
    let (alice, bob) = (key(), key());
    let link = link("build", &[("tool", "1")]);
    let scene = Scene::new(vec![build_by(&[&alice, &bob], 2)], &[&alice, &bob]).with_link(
        "build",
        "alice",
        signed(&link, &[&alice]),
    );
    assert_eq!(scene.shortage(), (1, vec![Rejection::TooFew]));
    let scene = scene.with_link("build", "bob", signed(&link, &[&bob]));
    assert_eq!(scene.verify().unwrap().steps[0].accepted.len(), 2);
}

#[test]
fn one_document_with_two_signatures_is_two_reports() {
    let (alice, bob) = (key(), key());
    let scene = Scene::new(vec![build_by(&[&alice, &bob], 2)], &[&alice, &bob]).with_link(
        "build",
        "both",
        signed(&link("build", &[]), &[&alice, &bob]),
    );
    assert_eq!(
        scene.verify().unwrap().steps[0].accepted[0]
            .functionaries
            .len(),
        2
    );
}

#[test]
fn one_key_in_two_documents_is_one_functionary() {
    let (alice, bob) = (key(), key());
    let link = link("build", &[]);
    let scene = Scene::new(vec![build_by(&[&alice, &bob], 2)], &[&alice, &bob])
        .with_link("build", "one", signed(&link, &[&alice]))
        .with_link("build", "two", signed(&link, &[&alice]));
    assert_eq!(scene.shortage().0, 1);
}

#[test]
fn one_key_under_two_ids_is_one_functionary() {
    let (alice, bob) = (key(), key());
    let again = Renamed::new(&alice, "beef");
    let mut step = build_by(&[&alice, &bob], 2);
    step.functionaries.push(again.public_key().id().clone());
    let mut scene = Scene::new(vec![step], &[&alice, &bob]);
    scene.layout.keys.push(again.public_key().clone());
    let link = link("build", &[]);
    let scene = scene
        .with_link("build", "one", signed(&link, &[&alice]))
        .with_link("build", "two", signed(&link, &[&again]));
    assert_eq!(scene.shortage().0, 1);
    let scene = scene.with_link("build", "bob", signed(&link, &[&bob]));
    assert!(scene.verify().is_ok());
}

#[test]
fn the_report_of_enough_functionaries_is_the_one_that_counts() {
    let keys = [key(), key(), key()];
    let all: Vec<_> = keys.iter().collect();
    let (honest, other) = (
        link("build", &[("tool", "1")]),
        link("build", &[("tool", "2")]),
    );
    let scene = Scene::new(vec![build_by(&all, 2)], &all)
        .with_link("build", "other", signed(&other, &[&keys[2]]))
        .with_link("build", "one", signed(&honest, &[&keys[0]]))
        .with_link("build", "two", signed(&honest, &[&keys[1]]));
    let report = scene.verify().unwrap();
    assert_eq!(report.steps[0].link, honest);
    assert_eq!(
        reasons(report.steps[0].rejected.clone()),
        [Rejection::TooFew]
    );
}

#[test]
fn two_reports_with_enough_functionaries_each_are_both_refused() {
    let (alice, bob) = (key(), key());
    let scene = Scene::new(vec![build_by(&[&alice, &bob], 1)], &[&alice, &bob])
        .with_link(
            "build",
            "alice",
            signed(&link("build", &[("tool", "1")]), &[&alice]),
        )
        .with_link(
            "build",
            "bob",
            signed(&link("build", &[("tool", "2")]), &[&bob]),
        );
    let Err(Error::Disagreement { reports, .. }) = scene.verify() else {
        panic!("one of them was believed");
    };
    assert_eq!(reports, [["alice"], ["bob"]]);
}

#[test]
fn functionaries_may_differ_in_what_is_no_artifact() {
    let (alice, bob) = (key(), key());
    let quiet = link("build", &[("tool", "1")]);
    let talkative = Link {
        command: vec!["make".into(), "-j8".into()],
        ..quiet.clone()
    };
    let scene = Scene::new(vec![build_by(&[&alice, &bob], 2)], &[&alice, &bob])
        .with_link("build", "alice", signed(&quiet, &[&alice]))
        .with_link("build", "bob", signed(&talkative, &[&bob]));
    assert!(scene.verify().is_ok());
}

#[test]
fn a_dsse_signature_without_a_key_id_is_tried_with_every_key() {
    let (alice, bob) = (key(), key());
    let payload = link("build", &[]).to_value().to_json();
    let bytes = sign_dsse(Link::PAYLOAD_TYPE, payload.as_bytes(), &[&alice]).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let anonymous = text.replace(alice.public_key().id().as_str(), "");
    assert_ne!(anonymous, text);
    let scene = Scene::new(vec![build_by(&[&bob, &alice], 1)], &[&alice, &bob]).with_link(
        "build",
        "anonymous",
        anonymous.into_bytes(),
    );
    assert!(scene.verify().is_ok());
}

#[test]
fn every_step_needs_its_own_links() {
    let alice = key();
    let mut test = build_by(&[&alice], 1);
    test.name = name("test");
    let mut scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice]).with_link(
        "build",
        "build",
        signed(&link("build", &[]), &[&alice]),
    );
    scene.layout = LayoutSpec {
        steps: vec![scene.layout.steps[0].clone(), test],
        ..scene.layout
    };
    assert!(
        matches!(scene.verify(), Err(Error::NotEnoughLinks { step, .. }) if step == name("test"))
    );
}

#[test]
fn a_key_of_an_unknown_kind_is_listed_and_counts_for_nothing() {
    let alice = key();
    let json = br#"{"keytype": "future", "scheme": "future", "keyval": {"public": "key"}}"#;
    let document = canonical_json::Document::read(json).unwrap();
    let future = PublicKey::read("beef".parse().unwrap(), document.root()).unwrap();
    let mut step = build_by(&[&alice], 2);
    step.functionaries.push(future.id().clone());
    let mut scene = Scene::new(vec![step], &[&alice]);
    scene.layout.keys.push(future);
    let scene = scene.with_link("build", "alice", signed(&link("build", &[]), &[&alice]));
    assert_eq!(scene.shortage().0, 1);
}

#[test]
fn no_changed_byte_makes_another_link() {
    let alice = key();
    let honest = link("build", &[("tool", "1")]);
    let bytes = signed(&honest, &[&alice]);
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice])
            .with_link("build", "changed", changed);
        // White space and the case of a signature may change, and mean nothing.
        if let Ok(report) = scene.verify() {
            assert_eq!(report.steps[0].link, honest, "byte {index}");
        }
    }
}
