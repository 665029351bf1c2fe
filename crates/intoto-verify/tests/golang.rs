//! The demo of in-toto-golang: a layout with `rootcas` and `cert_constraints` that it made and signed.
#![cfg(feature = "rsa")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

mod support;

use std::{error::Error as StdError, fs, path::PathBuf};

use canonical_json::Value;
use chrono::{DateTime, Utc};
use crypto_keys::{Algorithm, Digests, PublicKey, Signed, Verified};
use intoto_model::{ArtifactPath, Inspection, Layout, Link};
use intoto_verify::{Error, Functionary, Inspector, Links, Report, Verifier, verify_layout};
use support::{link, name};

fn demo() -> Option<PathBuf> {
    let vectors = testdata::vectors();
    if vectors.is_none() {
        eprintln!("skipped: BONAFIDE_VECTORS is not set");
    }
    Some(vectors?.join("in-toto-golang"))
}

fn layout(demo: &std::path::Path) -> Verified<Layout> {
    let alice = PublicKey::from_pem(&fs::read_to_string(demo.join("alice.pub")).unwrap()).unwrap();
    // The id of their formula, which is not today's.
    let alice = alice.with_id(
        "70ca5750c2eda80b18f41f4ec5f92146789b5d68dd09577be422a0159bd13680"
            .parse()
            .unwrap(),
    );
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    verify_layout(&fs::read(demo.join("demo.layout")).unwrap(), [&alice], now).unwrap()
}

fn links(demo: &std::path::Path) -> Links {
    let mut links = Links::default();
    for (step, file) in [
        ("write-code", "write-code.b7d643de.link"),
        ("package", "package.d3ffd108.link"),
    ] {
        links.add(name(step), file, fs::read(demo.join(file)).unwrap());
    }
    links
}

/// The package, unpacked by somebody else: what the inspection `untar` would find.
struct Unpacked(Vec<u8>);

impl Inspector for Unpacked {
    fn inspect(
        &mut self,
        inspection: &Inspection,
    ) -> Result<Link, Box<dyn StdError + Send + Sync>> {
        let package = Digests::of(&self.0, &[Algorithm::Sha256]);
        let mut link = Link::new(inspection.name.clone());
        link.materials
            .insert(ArtifactPath::try_from("foo.tar.gz")?, package);
        link.set_return_value(0);
        Ok(link)
    }
}

fn verify(
    layout: Verified<Layout>,
    links: &Links,
    package: Vec<u8>,
    now: &str,
) -> Result<Report, Error> {
    let now: DateTime<Utc> = now.parse().unwrap();
    Verifier::new(layout, links, now)
        .with_inspector(&mut Unpacked(package))
        .verify()
}

#[test]
fn the_demo_verifies_until_its_layout_expires() {
    let Some(demo) = demo() else { return };
    let package = fs::read(demo.join("foo.tar.gz")).unwrap();
    let at = |now| verify(layout(&demo), &links(&demo), package.clone(), now);
    let report = at("2026-06-01T00:00:00Z").unwrap();
    let key = |id: &str| vec![Functionary::Key(id.parse().unwrap())];
    assert_eq!(
        report
            .steps
            .iter()
            .map(|step| step.accepted[0].functionaries.clone())
            .collect::<Vec<_>>(),
        [
            key("b7d643dec0a051096ee5d87221b5d91a33daa658699d30903e1cefb90c418401"),
            key("d3ffd1086938b3698618adf088bf14b13db4c8ae19e4e78d73da49ee88492710"),
        ]
    );
    assert!(matches!(
        at("2030-11-18T16:06:36Z"),
        Err(Error::LayoutExpired { .. })
    ));
    let changed = [&package[..], b"more"].concat();
    let refused = verify(
        layout(&demo),
        &links(&demo),
        changed,
        "2026-06-01T00:00:00Z",
    );
    assert!(matches!(refused, Err(Error::Rule(_))));
}

#[test]
fn a_layout_is_written_with_the_members_it_was_read_with() {
    let Some(demo) = demo() else { return };
    let bytes = fs::read(demo.join("demo.layout")).unwrap();
    let Some(original) = Value::read(&bytes).unwrap().get("signed").cloned() else {
        panic!("no layout")
    };
    assert_eq!(layout(&demo).to_value(), original);
}

/// Their fixtures have no link that is signed with the certificate, so the chain is checked beside a link that is made
/// here and signed with another key: everything before the signature holds.
#[test]
fn the_certificate_of_the_demo_meets_its_constraint() {
    let Some(demo) = demo() else { return };
    let pem = |file: &str| fs::read_to_string(demo.join(file)).unwrap();
    let chain = pem("example.com.write-code.cert.pem") + &pem("example.com.intermediate.cert.pem");
    let key = support::key();
    let value = link("write-code", &[]).to_value();
    let bytes = crypto_keys::sign_classic(&value, &[&Beside { key: &key, chain }]).unwrap();
    assert!(Signed::<Link>::parse(&bytes).is_ok());
    let mut evidence = Links::default();
    evidence.add(name("write-code"), "link", bytes);
    let at = |now: &str| {
        Verifier::new(layout(&demo), &evidence, now.parse().unwrap())
            .verify()
            .unwrap_err()
            .to_string()
    };
    let said = at("2026-06-01T00:00:00Z");
    assert!(said.contains("the signature beside the certificate of spiffe://example.com/write-code is not its key's"), "{said}");
    let said = at("2021-08-01T00:00:00Z");
    assert!(
        said.contains("spiffe://example.com/write-code is not vouched for"),
        "{said}"
    );
}

struct Beside<'k> {
    key: &'k crypto_keys::PrivateKey,
    chain: String,
}

impl crypto_keys::Signer for Beside<'_> {
    fn public_key(&self) -> &PublicKey {
        crypto_keys::Signer::public_key(self.key)
    }

    fn sign(&self, message: &[u8]) -> Result<crypto_keys::Signature, crypto_keys::Error> {
        let certificate = Some(self.chain.clone());
        Ok(crypto_keys::Signature {
            certificate,
            ..self.key.sign(message)?
        })
    }
}
