//! Every way to be refused that input can reach has its case here.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::{collections::BTreeSet, fmt::Debug};

use canonical_json::Document;
use crypto_keys::{Payload as _, PublicKey, Threshold};
use intoto_model::{
    ArtifactPath, ArtifactRule, CertConstraint, Error, Inspection, Layout, LayoutSpec, Pattern,
    Rules, Step, StepName,
};

fn name(text: &str) -> StepName {
    StepName::try_from(text).unwrap()
}

fn names<T: Debug>(values: &[T]) -> BTreeSet<String> {
    let names = values
        .iter()
        .map(|value| testdata::variant(&format!("{value:?}")));
    names.collect()
}

/// Why a layout with one step, `build` by the key `alice`, is none after a change.
fn layout(change: impl FnOnce(&mut LayoutSpec)) -> Error {
    let json = br#"{"keytype": "future", "scheme": "future", "keyval": {"public": "key"}}"#;
    let document = Document::read(json).unwrap();
    let alice = PublicKey::read("alice".parse().unwrap(), document.root()).unwrap();
    let build = Step {
        functionaries: vec![alice.id().clone()],
        ..Step::new(name("build"))
    };
    let mut spec = LayoutSpec {
        keys: vec![alice],
        steps: vec![build],
        ..LayoutSpec::new("2030-01-01T00:00:00Z".parse().unwrap())
    };
    assert!(Layout::new(spec.clone()).is_ok());
    change(&mut spec);
    Layout::new(spec).unwrap_err()
}

#[test]
fn every_error_has_a_case() {
    let root = "root".parse().unwrap();
    let cases = [
        StepName::try_from("..").unwrap_err(),
        ArtifactPath::try_from("..").unwrap_err(),
        Pattern::try_from("*".repeat(100_000)).unwrap_err(),
        ArtifactRule::parse(["PERMIT", "*"]).unwrap_err(),
        layout(|spec| spec.steps.clear()),
        layout(|spec| spec.steps.extend(spec.steps.clone())),
        layout(|spec| spec.keys.extend(spec.keys.clone())),
        layout(|spec| spec.keys.clear()),
        layout(|spec| {
            spec.steps[0].cert_constraints = vec![CertConstraint::any().with_roots([&root])];
        }),
        layout(|spec| spec.steps[0].threshold = Threshold::new(2).unwrap()),
        layout(|spec| {
            let words = ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "clone"];
            spec.steps[0].rules = Rules {
                materials: vec![ArtifactRule::parse(words).unwrap()],
                ..Rules::default()
            };
        }),
        layout(|spec| spec.inspections = vec![Inspection::new(name("look"), vec![])]),
    ];
    let expected = testdata::variants(include_str!("../src/error.rs"), "Error");
    assert_eq!(names(&cases), expected);
}

/// A layout from outside meets the same checks.
#[test]
fn a_document_is_refused_with_the_place_and_the_reason() {
    let json = r#"{"_type": "layout", "expires": "2030-01-01T00:00:00Z", "steps": []}"#;
    let document = Document::read(json.as_bytes()).unwrap();
    assert_eq!(
        Layout::read(document.root()).unwrap_err().to_string(),
        "expected a consistent layout: the layout has no steps at byte 0"
    );
}
