//! Functionaries known by certificate: constraints, roots, instants, and counting by identity.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

mod support;

use chrono::TimeDelta;
use crypto_keys::{PrivateKey, Scheme, Signer, Threshold};
use intoto_model::{CertConstraint, LayoutSpec, Step};
use intoto_verify::{CertificateRejection, Error, Functionary, Rejection, SigningTime, Warning};
use spiffe_certs::SvidSigner;
use support::{Authority, Scene, hours, key, link, name, now, signed};

const BUILD: &str = "spiffe://acme.example/ci/build";

fn build_with(constraint: CertConstraint, threshold: u32) -> Step {
    Step {
        cert_constraints: vec![constraint],
        threshold: Threshold::new(threshold).unwrap(),
        ..Step::new(name("build"))
    }
}

fn scene(authorities: &[&Authority], step: Step) -> Scene {
    let mut scene = Scene::new(vec![step], &[]);
    scene.layout.root_cas = authorities
        .iter()
        .map(|authority| authority.listed())
        .collect();
    scene
}

fn acme() -> (Authority, Scene) {
    let acme = Authority::new("acme.example");
    let scene = scene(
        &[&acme],
        build_with(CertConstraint::any().with_uris([BUILD]), 1),
    );
    (acme, scene)
}

/// The one reason for which the one certificate of the one document was refused.
fn rejection(scene: &Scene) -> CertificateRejection {
    match scene.shortage() {
        (0, reasons) => match &reasons[..] {
            [Rejection::Unauthorised { certificates, .. }] if certificates.len() == 1 => {
                certificates[0].clone()
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_holder_of_a_certificate_that_meets_the_constraint_is_a_functionary() {
    let (acme, scene) = acme();
    let workload = acme.workload("/ci/build", -1, 1);
    let scene = scene.with_link("build", "link", signed(&link("build", &[]), &[&workload]));
    let report = scene.verify().unwrap();
    let root = acme.key.public_key().id().clone();
    assert_eq!(
        report.steps[0].accepted[0].functionaries,
        [Functionary::Certificate {
            subject: BUILD.to_owned(),
            root
        }]
    );
}

#[test]
fn another_workload_of_the_same_authority_is_not() {
    let (acme, scene) = acme();
    let workload = acme.workload("/ci/test", -1, 1);
    let scene = scene.with_link("build", "link", signed(&link("build", &[]), &[&workload]));
    let said = rejection(&scene).to_string();
    assert_eq!(
        said,
        "spiffe://acme.example/ci/test meets no certificate constraint of the step: \
         URIs [\"spiffe://acme.example/ci/test\"] instead of [\"spiffe://acme.example/ci/build\"]"
    );
}

#[test]
fn the_same_name_from_another_authority_is_not() {
    let (_, scene) = acme();
    let impostor = Authority::new("acme.example").workload("/ci/build", -1, 1);
    let scene = scene.with_link("build", "link", signed(&link("build", &[]), &[&impostor]));
    assert!(matches!(
        rejection(&scene),
        CertificateRejection::Path { .. }
    ));
}

#[test]
fn an_expired_certificate_does_not_count() {
    for (from, to) in [(-2, -1), (1, 2)] {
        let (acme, scene) = acme();
        let workload = acme.workload("/ci/build", from, to);
        let scene = scene.with_link("build", "link", signed(&link("build", &[]), &[&workload]));
        assert!(matches!(
            rejection(&scene),
            CertificateRejection::Path { .. }
        ));
    }
}

#[test]
fn an_expired_certificate_counts_with_evidence_of_an_earlier_signing_time() {
    let (acme, scene) = acme();
    let workload = acme.workload("/ci/build", -2, -1);
    let scene = scene.with_link("build", "link", signed(&link("build", &[]), &[&workload]));
    let at = |hours, minutes| {
        let signed = now() + TimeDelta::hours(hours) + TimeDelta::minutes(minutes);
        scene
            .verifier(now())
            .with_signing_time(SigningTime::AssertedByCaller(signed))
            .verify()
    };
    assert!(at(-1, -30).is_ok());
    assert!(matches!(at(-3, 0), Err(Error::NotEnoughLinks { .. })));
    assert!(matches!(at(0, -30), Err(Error::NotEnoughLinks { .. })));
    assert!(matches!(at(0, 1), Err(Error::SignedInFuture { .. })));
}

#[test]
fn the_path_must_end_in_a_root_that_the_constraint_names() {
    let (one, two) = (
        Authority::new("acme.example"),
        Authority::new("acme.example"),
    );
    let workload = one.workload("/ci/build", -1, 1);
    let bytes = signed(&link("build", &[]), &[&workload]);
    let roots = |ids: &[&Authority]| {
        let ids = ids.iter().map(|authority| authority.key.public_key().id());
        CertConstraint::any().with_uris([BUILD]).with_roots(ids)
    };
    for named in [&[&one][..], &[&one, &two]] {
        let scene = scene(&[&one, &two], build_with(roots(named), 1)).with_link(
            "build",
            "link",
            bytes.clone(),
        );
        assert_eq!(scene.verify().unwrap().warnings, []);
    }
    for named in [&[&two][..], &[]] {
        let scene = scene(&[&one, &two], build_with(roots(named), 1)).with_link(
            "build",
            "link",
            bytes.clone(),
        );
        assert!(matches!(
            rejection(&scene),
            CertificateRejection::Path { .. }
        ));
    }
}

#[test]
fn any_of_several_roots_is_worth_a_warning() {
    let (one, two) = (
        Authority::new("acme.example"),
        Authority::new("other.example"),
    );
    let constraint = CertConstraint::any().with_uris([BUILD]);
    let scene = scene(&[&one, &two], build_with(constraint, 1)).with_link(
        "build",
        "link",
        signed(&link("build", &[]), &[&one.workload("/ci/build", -1, 1)]),
    );
    assert_eq!(
        scene.verify().unwrap().warnings,
        [Warning::AnyRoot {
            step: name("build")
        }]
    );
}

#[test]
fn one_identity_with_two_certificates_is_one_functionary() {
    let acme = Authority::new("acme.example");
    let link = link("build", &[]);
    let scene = scene(&[&acme], build_with(CertConstraint::any(), 2))
        .with_link(
            "build",
            "one",
            signed(&link, &[&acme.workload("/ci/build", -1, 1)]),
        )
        .with_link(
            "build",
            "rotated",
            signed(&link, &[&acme.workload("/ci/build", -1, 2)]),
        );
    assert_eq!(scene.shortage().0, 1);
    let scene = scene.with_link(
        "build",
        "other",
        signed(&link, &[&acme.workload("/ci/other", -1, 1)]),
    );
    assert!(scene.verify().is_ok());
}

#[test]
fn one_key_with_two_certificates_is_one_functionary() {
    let acme = Authority::new("acme.example");
    let link = link("build", &[]);
    let pem = PrivateKey::generate(Scheme::EcdsaP256Sha256)
        .unwrap()
        .to_pkcs8_pem()
        .unwrap();
    let with_id =
        |path| acme.workload_with(PrivateKey::from_pem(&pem).unwrap(), path, hours(-1, 1));
    let scene = scene(&[&acme], build_with(CertConstraint::any(), 2))
        .with_link("build", "one", signed(&link, &[&with_id("/ci/a")]))
        .with_link("build", "two", signed(&link, &[&with_id("/ci/b")]));
    assert_eq!(scene.shortage().0, 1);
}

#[test]
fn a_key_that_is_listed_and_certified_is_one_functionary() {
    let acme = Authority::new("acme.example");
    let link = link("build", &[]);
    let pem = PrivateKey::generate(Scheme::EcdsaP256Sha256)
        .unwrap()
        .to_pkcs8_pem()
        .unwrap();
    let key = || PrivateKey::from_pem(&pem).unwrap();
    let mut step = build_with(CertConstraint::any(), 2);
    step.functionaries = vec![key().public_key().id().clone()];
    let mut scene = scene(&[&acme], step);
    scene.layout.keys = vec![key().public_key().clone()];
    let certified = acme.workload_with(key(), "/ci/build", hours(-1, 1));
    let scene = scene
        .with_link("build", "key", signed(&link, &[&key()]))
        .with_link("build", "certificate", signed(&link, &[&certified]));
    assert_eq!(scene.shortage().0, 1);
    let rotated = acme.workload("/ci/build", -1, 1);
    let scene = scene.with_link("build", "rotated", signed(&link, &[&rotated]));
    assert_eq!(
        scene.shortage().0,
        1,
        "the rotated key has the identity of the listed one"
    );
}

#[test]
fn keys_and_certificates_count_together() {
    let acme = Authority::new("acme.example");
    let (alice, link) = (key(), link("build", &[]));
    let mut step = build_with(CertConstraint::any().with_uris([BUILD]), 2);
    step.functionaries = vec![alice.public_key().id().clone()];
    let mut scene = scene(&[&acme], step);
    scene.layout = LayoutSpec {
        keys: vec![alice.public_key().clone()],
        ..scene.layout
    };
    let scene = scene
        .with_link("build", "alice", signed(&link, &[&alice]))
        .with_link(
            "build",
            "svid",
            signed(&link, &[&acme.workload("/ci/build", -1, 1)]),
        );
    assert!(scene.verify().is_ok());
}

/// A signature with a certificate that belongs to somebody else.
struct Stolen<'s> {
    key: PrivateKey,
    certificate: &'s SvidSigner<PrivateKey>,
}

impl Signer for Stolen<'_> {
    fn public_key(&self) -> &crypto_keys::PublicKey {
        self.certificate.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<crypto_keys::Signature, crypto_keys::Error> {
        let bytes = self.key.sign(message)?.bytes;
        Ok(crypto_keys::Signature {
            bytes,
            ..self.certificate.sign(message)?
        })
    }
}

#[test]
fn a_certificate_beside_the_signature_of_another_key_does_not_count() {
    let (acme, scene) = acme();
    let certificate = acme.workload("/ci/build", -1, 1);
    let key = PrivateKey::generate(Scheme::EcdsaP256Sha256).unwrap();
    let scene = scene.with_link(
        "build",
        "link",
        signed(
            &link("build", &[]),
            &[&Stolen {
                key,
                certificate: &certificate,
            }],
        ),
    );
    assert_eq!(
        rejection(&scene),
        CertificateRejection::Signature {
            subject: BUILD.to_owned()
        }
    );
}

/// Signs as an authority, with the authority's own certificate.
struct Root<'a>(&'a Authority);

impl Signer for Root<'_> {
    fn public_key(&self) -> &crypto_keys::PublicKey {
        self.0.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<crypto_keys::Signature, crypto_keys::Error> {
        let certificate = Some(self.0.issuer().authority().to_pem());
        Ok(crypto_keys::Signature {
            certificate,
            ..self.0.key.sign(message)?
        })
    }
}

#[test]
fn an_authority_is_no_functionary() {
    let acme = Authority::new("acme.example");
    let scene = scene(&[&acme], build_with(CertConstraint::any(), 1)).with_link(
        "build",
        "link",
        signed(&link("build", &[]), &[&Root(&acme)]),
    );
    assert!(matches!(
        rejection(&scene),
        CertificateRejection::Authority { .. }
    ));
}

#[test]
fn a_certificate_does_not_help_where_no_constraint_asks_for_one() {
    let acme = Authority::new("acme.example");
    let mut scene = scene(&[&acme], support::build_by(&[], 1));
    let alice = key();
    scene.layout.keys = vec![alice.public_key().clone()];
    scene.layout.steps = vec![support::build_by(&[&alice], 1)];
    let scene = scene.with_link(
        "build",
        "link",
        signed(&link("build", &[]), &[&acme.workload("/ci/build", -1, 1)]),
    );
    assert!(
        matches!(&scene.shortage().1[..], [Rejection::Unauthorised { certificates, .. }] if certificates.is_empty())
    );
}

#[test]
fn a_root_that_is_no_certificate_refuses_the_layout() {
    let (acme, mut scene) = acme();
    let listed = intoto_model::CertificateAuthority::new(acme.key.public_key(), "PEM");
    scene.layout.root_cas = vec![listed];
    assert!(matches!(scene.verify(), Err(Error::Authority { .. })));
}

#[test]
fn text_that_is_no_certificate_is_said_to_be_none() {
    struct Garbage(PrivateKey);
    impl Signer for Garbage {
        fn public_key(&self) -> &crypto_keys::PublicKey {
            self.0.public_key()
        }
        fn sign(&self, message: &[u8]) -> Result<crypto_keys::Signature, crypto_keys::Error> {
            Ok(crypto_keys::Signature {
                certificate: Some("garbage".to_owned()),
                ..self.0.sign(message)?
            })
        }
    }
    let (_, scene) = acme();
    let scene = scene.with_link(
        "build",
        "link",
        signed(&link("build", &[]), &[&Garbage(key())]),
    );
    assert!(matches!(
        rejection(&scene),
        CertificateRejection::Malformed(_)
    ));
}

#[test]
fn certificates_are_counted_before_they_are_looked_at() {
    let (acme, scene) = acme();
    let workloads: Vec<_> = (0..9).map(|_| acme.workload("/ci/build", -1, 1)).collect();
    let signers: Vec<_> = workloads
        .iter()
        .map(|workload| -> &dyn Signer { workload })
        .collect();
    let scene = scene.with_link("build", "link", signed(&link("build", &[]), &signers));
    assert_eq!(
        scene.shortage().1,
        [Rejection::TooManyCertificates { limit: 8 }]
    );
}
