//! The path validation cases of x509-limbo, read from `BONAFIDE_VECTORS`.
#![cfg(feature = "rsa")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use chrono::{DateTime, Utc};
use serde_json::Value;
use spiffe_certs::{Budget, Certificate, Error, verify_chain_within};

fn verify(case: &Value) -> Result<(), Error> {
    let now: DateTime<Utc> = case["validation_time"]
        .as_str()
        .unwrap_or("2026-11-22T12:00:00Z")
        .parse()
        .unwrap();
    let read = |member: &str| -> Result<Vec<Certificate>, Error> {
        let mut certificates = Vec::new();
        for pem in case[member].as_array().unwrap() {
            certificates.extend(Certificate::from_pem(pem.as_str().unwrap())?);
        }
        Ok(certificates)
    };
    let leaf = Certificate::from_pem(case["peer_certificate"].as_str().unwrap())?.remove(0);
    let (intermediates, anchors) = (read("untrusted_intermediates")?, read("trusted_certs")?);
    let mut budget = Budget::default();
    if let Some(depth) = case["max_chain_depth"].as_u64() {
        budget.intermediates = usize::try_from(depth).unwrap();
    }
    verify_chain_within(&leaf, &intermediates, &anchors, now, &budget)?;
    Ok(())
}

#[test]
fn every_verdict_is_limbos_or_has_a_reason() {
    let Some(vectors) = testdata::vectors() else {
        println!("skipped: BONAFIDE_VECTORS is not set");
        return;
    };
    let text = fs::read_to_string(vectors.join("limbo/limbo.json")).unwrap();
    let limbo: Value = serde_json::from_str(&text).unwrap();
    let mut judged = 0;
    for case in limbo["testcases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if OUT_OF_SCOPE.iter().any(|prefix| id.starts_with(prefix)) {
            continue;
        }
        let outcome = verify(case);
        let agrees = outcome.is_ok() == (case["expected_result"] == "SUCCESS");
        let excused = EXCEPTIONS.iter().any(|(_, ids)| ids.contains(&id));
        assert_eq!(agrees, !excused, "{id}: {outcome:?}");
        judged += 1;
    }
    assert_eq!(judged, 144);
}

/// The rules of browsers, host names above all; revocation lists, which are not read.
const OUT_OF_SCOPE: [&str; 2] = ["webpki::", "crl::"];

/// Where another verdict is the right one here, and why.
const EXCEPTIONS: [(&str, &[&str]); 9] = [
    (
        "constraints on anything but URIs are refused even where they would permit",
        &[
            "rfc5280::nc::excluded-different-constraint-type",
            "rfc5280::nc::nc-forbids-alternate-chain-ica",
            "rfc5280::nc::nc-forbids-othername-noop",
            "rfc5280::nc::nc-permits-email-domain",
            "rfc5280::nc::nc-permits-email-exact",
            "rfc5280::nc::nc-permits-email-literal-asterisk-exact-match",
            "rfc5280::nc::nc-permits-email-literal-double-asterisk",
            "rfc5280::nc::nc-permits-email-literal-mid-asterisk",
            "rfc5280::nc::permitted-different-constraint-type",
            "rfc5280::nc::permitted-dn-match",
            "rfc5280::nc::permitted-dns-match",
            "rfc5280::nc::permitted-dns-match-more",
            "rfc5280::nc::permitted-ipv4-match",
            "rfc5280::nc::permitted-ipv6-match",
            "rfc5280::nc::permitted-self-issued",
        ],
    ),
    (
        "an authority's key that may not make other signatures is no leaf's",
        &[
            "pathlen::validation-ignores-pathlen-in-leaf",
            "rfc5280::ca-as-leaf",
        ],
    ),
    (
        "the budget counts work, and a self-issued certificate is as much of it as any",
        &["pathlen::max-chain-depth-1-self-issued"],
    ),
    (
        "the end of validity is an instant",
        &["rfc5280::validity::notafter-fractional"],
    ),
    (
        "key identifiers order the search and decide nothing",
        &[
            "rfc5280::aki::cross-signed-root-missing-aki",
            "rfc5280::aki::intermediate-missing-aki",
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::ski::intermediate-missing-ski",
            "rfc5280::ski::root-missing-ski",
        ],
    ),
    (
        "what the leaf is for is the caller's question",
        &["rfc5280::eku::ee-wrong-eku"],
    ),
    (
        "DNS names are not interpreted",
        &["rfc5280::san::ip-in-dns", "rfc5280::san::underscore-dns"],
    ),
    (
        "asked of SVIDs, whose names matter, and not of every leaf",
        &[
            "rfc5280::leaf-ku-keycertsign",
            "rfc5280::san::noncritical-with-empty-subject",
        ],
    ),
    (
        "asked of those who issue; a verifier that insists gains nothing",
        &[
            "rfc5280::pc::ica-noncritical-pc",
            "rfc5280::root-non-critical-basic-constraints",
            "rfc5280::serial::zero",
        ],
    ),
];
