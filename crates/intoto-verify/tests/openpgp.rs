//! The chain of `testdata/openpgp/generate.py`: a layout and links that in-toto 3.1.0 signed with GnuPG.
#![cfg(all(feature = "fs", feature = "openpgp", feature = "rsa"))]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::fs;

use canonical_json::{Document, Value};
use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{Error as KeyError, PublicKey};
use intoto_verify::{
    Error, Functionary, Links, ReadLimits, Rejection, Report, SigningTime, Verifier, verify_layout,
};

fn owner() -> PublicKey {
    let path = testdata::root().join("openpgp/chain/owner.json");
    let json = fs::read(path).unwrap();
    let document = Document::read(&json).unwrap();
    let id = document.root().require("keyid").unwrap();
    PublicKey::read(id.as_str().unwrap().parse().unwrap(), document.root()).unwrap()
}

fn created() -> DateTime<Utc> {
    match owner().to_value().get("creation_time") {
        Some(Value::Integer(seconds)) => {
            DateTime::from_timestamp(seconds.as_str().parse().unwrap(), 0).unwrap()
        }
        other => unreachable!("{other:?}"),
    }
}

fn days(after: i64) -> DateTime<Utc> {
    created()
        .checked_add_signed(TimeDelta::days(after))
        .unwrap()
}

fn verify(
    now: DateTime<Utc>,
    owners_at: DateTime<Utc>,
    signing_time: SigningTime,
) -> Result<Report, Error> {
    let chain = testdata::root().join("openpgp/chain");
    let layout = fs::read(chain.join("root.layout")).unwrap();
    let layout = verify_layout(&layout, [&owner()], owners_at)?;
    let links = Links::read_dir(&chain, &ReadLimits::default())?;
    Verifier::new(layout, &links, now)
        .with_signing_time(signing_time)
        .verify()
}

#[test]
fn a_chain_of_openpgp_keys_is_accepted_in_the_name_of_the_masters() {
    let report = verify(days(1), days(1), SigningTime::Now).unwrap();
    assert_eq!(report.warnings, []);
    let chain = testdata::root().join("openpgp/chain/root.layout");
    let layout = Value::read(&fs::read(chain).unwrap()).unwrap();
    let Some(Value::Array(steps)) = layout.get("signed").and_then(|signed| signed.get("steps"))
    else {
        unreachable!("a layout has steps");
    };
    for (step, reported) in steps.iter().zip(&report.steps) {
        let [accepted] = &*reported.accepted else {
            unreachable!("a link for each step");
        };
        let [Functionary::Key(id)] = &*accepted.functionaries else {
            unreachable!("a functionary for each link");
        };
        let listed = Value::from(vec![Value::from(id.as_str())]);
        assert_eq!(step.get("pubkeys"), Some(&listed));
    }
    assert_eq!(report.steps.len(), 2);
}

#[test]
fn an_expired_owner_vouches_for_nothing() {
    let refused = verify(days(366), days(366), SigningTime::Now).unwrap_err();
    assert!(
        matches!(refused, Error::Layout(KeyError::Threshold { .. })),
        "{refused:?}"
    );
}

#[test]
fn an_expired_subkey_reports_nothing_unless_the_links_are_known_to_be_older() {
    // The owner was valid when the layout was looked at, which is not what this is about.
    let refused = verify(days(366), days(1), SigningTime::Now).unwrap_err();
    let Error::NotEnoughLinks { rejected, .. } = &refused else {
        unreachable!("{refused:?}");
    };
    assert!(
        matches!(&**rejected, [link] if matches!(link.reason, Rejection::BadSignature { .. })),
        "{rejected:?}"
    );
    let older = SigningTime::AssertedByCaller(days(2));
    assert!(verify(days(366), days(1), older).is_ok());
}
