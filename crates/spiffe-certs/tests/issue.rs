//! What an issuer makes, through the public interface.
#![cfg(feature = "issue")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{PrivateKey, Scheme, Signer};
use spiffe_certs::{
    Bundle, BundleSet, Certificate, Error, Issuer, Reason, Rejection, Serial, SpiffeId, Svid,
    SvidSigner, TrustDomain, Validity,
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn lasting(hours: i64) -> Validity {
    Validity {
        not_before: now() - TimeDelta::seconds(10),
        not_after: now() + TimeDelta::hours(hours),
    }
}

fn serial(number: u8) -> Serial {
    Serial::new([number; 16])
}

fn acme() -> TrustDomain {
    TrustDomain::try_from("acme.example").unwrap()
}

fn build() -> SpiffeId {
    SpiffeId::new(&acme(), "/ci/build").unwrap()
}

fn key(scheme: Scheme) -> PrivateKey {
    PrivateKey::generate(scheme).unwrap()
}

#[test]
fn keys_of_every_kind_issue_and_are_issued_for() {
    let schemes = [
        Scheme::Ed25519,
        Scheme::EcdsaP256Sha256,
        Scheme::EcdsaP384Sha384,
        Scheme::EcdsaP521Sha512,
    ];
    for authority in schemes {
        let root_key = key(authority);
        let root = Issuer::self_signed(acme(), &root_key, lasting(24), serial(1)).unwrap();
        for workload in schemes {
            let key = key(workload);
            let svid = root
                .issue(&build(), key.public_key(), lasting(1), serial(2))
                .unwrap();
            let bundle = root.bundle();
            let verified = svid.verify(&bundle, now()).unwrap();
            assert_eq!(verified.id(), &build());
            assert_eq!(
                verified.public_key().material(),
                key.public_key().material()
            );
            assert_eq!(verified.public_key().scheme(), Some(workload));
        }
    }
}

#[test]
fn an_svid_has_the_shape_that_spire_gives_it() {
    let (root_key, key) = (key(Scheme::EcdsaP256Sha256), key(Scheme::EcdsaP256Sha256));
    let root = Issuer::self_signed(acme(), &root_key, lasting(24), serial(1)).unwrap();
    let svid = root
        .issue(&build(), key.public_key(), lasting(1), serial(2))
        .unwrap();
    let leaf = svid.leaf();
    assert_eq!(leaf.subject(), "O=SPIRE,C=US");
    assert_eq!(leaf.organizations(), ["SPIRE"]);
    assert_eq!(leaf.uris(), ["spiffe://acme.example/ci/build"]);
    assert_eq!(leaf.not_before(), now() - TimeDelta::seconds(10));
    assert_eq!(leaf.not_after(), now() + TimeDelta::hours(1));
    assert_eq!(leaf.issuer(), root.authority().subject());
    assert_eq!(root.authority().uris(), ["spiffe://acme.example"]);
    assert!(svid.intermediates().is_empty());
}

#[test]
fn an_intermediate_issues_svids_that_lead_to_the_root() {
    let keys = [(); 4].map(|()| key(Scheme::Ed25519));
    let root = Issuer::self_signed(acme(), &keys[0], lasting(24), serial(1)).unwrap();
    let upper = root.intermediate(&keys[1], lasting(12), serial(2)).unwrap();
    let lower = upper.intermediate(&keys[2], lasting(6), serial(3)).unwrap();
    let svid = lower
        .issue(&build(), keys[3].public_key(), lasting(1), serial(4))
        .unwrap();
    let bundle = root.bundle();
    let verified = svid.verify(&bundle, now()).unwrap();
    assert_eq!(verified.anchor(), root.authority());
    assert_eq!(
        verified.path().intermediates(),
        [lower.authority(), upper.authority()]
    );

    let alone = Svid::new(svid.leaf().clone(), Vec::new()).unwrap();
    assert!(matches!(
        alone.verify(&bundle, now()),
        Err(Error::NoPath { rejected, .. }) if rejected.is_empty()
    ));
}

#[test]
fn an_authority_that_is_loaded_again_goes_on_issuing() {
    let (root_key, key) = (key(Scheme::Ed25519), key(Scheme::Ed25519));
    let root = Issuer::self_signed(acme(), &root_key, lasting(24), serial(1)).unwrap();
    let pem = root.authority().to_pem();
    let authority = Certificate::from_pem(&pem).unwrap().remove(0);

    let again = Issuer::new(acme(), authority.clone(), Vec::new(), &root_key).unwrap();
    let svid = again
        .issue(&build(), key.public_key(), lasting(1), serial(2))
        .unwrap();
    assert!(svid.verify(&root.bundle(), now()).is_ok());

    assert!(matches!(
        Issuer::new(acme(), authority, Vec::new(), &key),
        Err(Error::KeyMismatch { .. })
    ));
}

#[test]
fn an_svid_that_outlives_its_authority_is_not_handed_out() {
    let (root_key, key) = (key(Scheme::Ed25519), key(Scheme::Ed25519));
    let root = Issuer::self_signed(acme(), &root_key, lasting(1), serial(1)).unwrap();
    let outcome = root.issue(&build(), key.public_key(), lasting(2), serial(2));
    let expired = Reason::Expired {
        not_after: now() + TimeDelta::hours(1),
        now: now() + TimeDelta::hours(2),
    };
    assert!(matches!(
        outcome,
        Err(Error::NoPath { rejected, .. })
            if rejected == [Rejection { certificate: "spiffe://acme.example".into(), reason: expired.clone() }]
    ));
}

#[test]
fn ids_of_others_and_of_the_trust_domain_itself_are_not_issued() {
    let (root_key, key) = (key(Scheme::Ed25519), key(Scheme::Ed25519));
    let root = Issuer::self_signed(acme(), &root_key, lasting(24), serial(1)).unwrap();
    let foreign = SpiffeId::try_from("spiffe://other.example/ci").unwrap();
    assert_eq!(
        root.issue(&foreign, key.public_key(), lasting(1), serial(2)),
        Err(Error::ForeignId {
            issuer: acme(),
            id: foreign
        })
    );
    let itself = SpiffeId::new(&acme(), "").unwrap();
    assert!(matches!(
        root.issue(&itself, key.public_key(), lasting(1), serial(2)),
        Err(Error::Profile { .. })
    ));
}

#[test]
fn a_validity_that_ends_before_it_begins_is_not_issued() {
    let root_key = key(Scheme::Ed25519);
    let backwards = Validity {
        not_before: now(),
        not_after: now() - TimeDelta::seconds(1),
    };
    assert!(matches!(
        Issuer::self_signed(acme(), &root_key, backwards, serial(1)),
        Err(Error::Refused(_))
    ));
}

#[test]
fn two_trust_domains_do_not_vouch_for_each_other() {
    let (acme_key, evil_key, key) = (
        key(Scheme::Ed25519),
        key(Scheme::Ed25519),
        key(Scheme::Ed25519),
    );
    let evil = TrustDomain::try_from("evil.example").unwrap();
    let acme_root = Issuer::self_signed(acme(), &acme_key, lasting(24), serial(1)).unwrap();
    let evil_root = Issuer::self_signed(evil, &evil_key, lasting(24), serial(1)).unwrap();
    let mut bundles = BundleSet::new();
    bundles.insert(acme_root.bundle());
    bundles.insert(evil_root.bundle());

    // An authority of evil.example that issues an id of acme.example all the same.
    let impostor =
        Issuer::new(acme(), evil_root.authority().clone(), Vec::new(), &evil_key).unwrap();
    let forged = impostor
        .issue(&build(), key.public_key(), lasting(1), serial(2))
        .unwrap();
    assert!(matches!(
        forged.verify(&bundles, now()),
        Err(Error::NoPath { .. })
    ));

    let honest = acme_root
        .issue(&build(), key.public_key(), lasting(1), serial(2))
        .unwrap();
    assert!(honest.verify(&bundles, now()).is_ok());
}

#[test]
fn signatures_of_an_svid_signer_carry_a_chain_that_verifies_them() {
    let (root_key, key) = (key(Scheme::Ed25519), key(Scheme::EcdsaP256Sha256));
    let root = Issuer::self_signed(acme(), &root_key, lasting(24), serial(1)).unwrap();
    let svid = root
        .issue(&build(), key.public_key(), lasting(1), serial(2))
        .unwrap();

    assert!(matches!(
        SvidSigner::new(self::key(Scheme::EcdsaP256Sha256), svid.clone()),
        Err(Error::KeyMismatch { .. })
    ));

    let signer = SvidSigner::new(key, svid).unwrap();
    let signature = signer.sign(b"message").unwrap();
    let carried = Svid::from_pem(&signature.certificate.unwrap()).unwrap();
    let bundle = Bundle::from_pem(acme(), &root.bundle().to_pem()).unwrap();
    let verified = carried.verify(&bundle, now()).unwrap();
    assert_eq!(
        verified.public_key().verify(b"message", &signature.bytes),
        Ok(())
    );
}
