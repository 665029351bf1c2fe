//! Chains that Python's `cryptography` made; `testdata/spiffe/generate.py` says how.
#![cfg(feature = "rsa")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use spiffe_certs::{Bundle, Error, Svid, TrustDomain};

fn verify(case: &Path) -> Result<String, Error> {
    let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let read = |file| fs::read_to_string(case.join(file)).unwrap();
    let acme = TrustDomain::try_from("acme.example")?;
    let bundle = Bundle::from_pem(acme, &read("bundle.pem"))?;
    let svid = Svid::from_pem(&read("svid.pem"))?;
    let verified = svid.verify(&bundle, now)?;
    Ok(verified.id().to_string())
}

#[test]
fn every_chain_that_holds_is_accepted() {
    for (name, case) in testdata::cases("spiffe/accept") {
        assert_eq!(
            verify(&case),
            Ok("spiffe://acme.example/ci/build".into()),
            "{name}"
        );
    }
}

#[test]
fn every_chain_that_does_not_hold_is_refused_for_its_reason() {
    for (name, case) in testdata::cases("spiffe/refuse") {
        let expected = fs::read_to_string(case.join("expect")).unwrap();
        let message = verify(&case).unwrap_err().to_string();
        assert!(message.contains(expected.trim_end()), "{name}: {message}");
    }
}
