//! The chains of `testdata/intoto/generate.py`: layouts and links made by in-toto 3.1.0.
#![cfg(all(feature = "fs", feature = "rsa"))]
#![allow(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::{fs, path::Path};

use canonical_json::{Document, Value};
use crypto_keys::PublicKey;
use intoto_model::{Layout, Link};
use intoto_verify::{Error, Links, ReadLimits, Report, Verifier, verify_layout};

fn verify(chain: &Path) -> Result<Report, Error> {
    let owner = fs::read(chain.join("owner.json")).unwrap();
    let owner = Document::read(&owner).unwrap();
    let id = owner
        .root()
        .require("keyid")
        .unwrap()
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let owner = PublicKey::read(id, owner.root()).unwrap();
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let layout = fs::read(chain.join("root.layout")).unwrap();
    let layout = verify_layout(&layout, [&owner], now)?;
    let links = Links::read_dir(chain, &ReadLimits::default())?;
    Verifier::new(layout, &links, now).verify()
}

#[test]
fn chains_of_in_toto_are_accepted_and_refused_for_the_right_reason() {
    for (claim, chain) in testdata::cases("intoto/chains") {
        let expect = Value::read(&fs::read(chain.join("expect.json")).unwrap()).unwrap();
        let found = match verify(&chain) {
            Ok(report) => {
                assert_eq!(report.warnings, [], "{claim}");
                Value::Null
            }
            // A variant's name is the beginning of its debug form.
            Err(error) => Value::from(format!("{error:?}").split(['(', ' ']).next().unwrap()),
        };
        assert_eq!(expect.get("error"), Some(&found), "{claim}");
    }
}

#[test]
fn what_is_read_from_in_toto_is_written_as_it_was() {
    let chain = testdata::root().join("intoto/chains/a-classic-chain-of-ed25519-keys-is-accepted");
    for (_, path) in testdata::cases("intoto/chains/a-classic-chain-of-ed25519-keys-is-accepted") {
        let bytes = fs::read(&path).unwrap();
        let written = match path.extension().and_then(|extension| extension.to_str()) {
            Some("layout") => crypto_keys::Signed::<Layout>::parse(&bytes)
                .unwrap()
                .unverified()
                .unwrap()
                .to_value(),
            Some("link") => crypto_keys::Signed::<Link>::parse(&bytes)
                .unwrap()
                .unverified()
                .unwrap()
                .to_value(),
            _ => continue,
        };
        assert_eq!(
            Value::read(&bytes).unwrap().get("signed"),
            Some(&written),
            "{}",
            path.display()
        );
    }
    assert!(verify(&chain).is_ok());
}
