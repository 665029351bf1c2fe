//! A layout, its owner and some links, made in a test and verified at once.
#![allow(dead_code, reason = "each test binary uses its part")]

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{Algorithm, Digests, PrivateKey, Scheme, Signer, Threshold, sign_classic};
use intoto_model::{
    ArtifactPath, ArtifactRule, Artifacts, CertificateAuthority, Layout, LayoutSpec, Link, Rules,
    Step, StepName,
};
use intoto_verify::{
    Error, Inspector, Links, RejectedLink, Rejection, Report, Verifier, verify_layout,
};
use spiffe_certs::{Issuer, Serial, SpiffeId, SvidSigner, TrustDomain, Validity};

pub(crate) fn now() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn key() -> PrivateKey {
    PrivateKey::generate(Scheme::Ed25519).unwrap()
}

pub(crate) fn name(text: &str) -> StepName {
    StepName::try_from(text).unwrap()
}

pub(crate) fn artifacts(contents: &[(&str, &str)]) -> Artifacts {
    contents
        .iter()
        .map(|(name, content)| {
            let digests = Digests::of(content.as_bytes(), &[Algorithm::Sha256]);
            (ArtifactPath::try_from(*name).unwrap(), digests)
        })
        .collect()
}

pub(crate) fn rules(lines: &[&str]) -> Vec<ArtifactRule> {
    lines
        .iter()
        .map(|line| ArtifactRule::parse(line.split(' ')).unwrap())
        .collect()
}

/// A link about `step` that reports these products.
pub(crate) fn link(step: &str, products: &[(&str, &str)]) -> Link {
    Link {
        products: artifacts(products),
        ..Link::new(name(step))
    }
}

pub(crate) fn signed(link: &Link, signers: &[&dyn Signer]) -> Vec<u8> {
    sign_classic(&link.to_value(), signers).unwrap()
}

/// A step `build` that any of `keys` may do, `threshold` of them together.
pub(crate) fn build_by(keys: &[&PrivateKey], threshold: u32) -> Step {
    Step {
        functionaries: keys
            .iter()
            .map(|key| key.public_key().id().clone())
            .collect(),
        threshold: Threshold::new(threshold).unwrap(),
        ..Step::new(name("build"))
    }
}

/// What a test verifies. Changed freely, signed when verified.
pub(crate) struct Scene {
    pub(crate) owner: PrivateKey,
    pub(crate) layout: LayoutSpec,
    pub(crate) links: Links,
}

impl Scene {
    pub(crate) fn new(steps: Vec<Step>, keys: &[&PrivateKey]) -> Self {
        let layout = LayoutSpec {
            steps,
            keys: keys.iter().map(|key| key.public_key().clone()).collect(),
            ..LayoutSpec::new("2026-12-31T00:00:00Z".parse().unwrap())
        };
        Self {
            owner: key(),
            layout,
            links: Links::default(),
        }
    }

    pub(crate) fn with_link(mut self, step: &str, label: &str, bytes: Vec<u8>) -> Self {
        self.links.add(name(step), label, bytes);
        self
    }

    pub(crate) fn with_products_rules(mut self, lines: &[&str]) -> Self {
        self.layout.steps[0].rules = Rules {
            products: rules(lines),
            ..Rules::default()
        };
        self
    }

    pub(crate) fn layout_bytes(&self) -> Vec<u8> {
        let layout = Layout::new(self.layout.clone()).unwrap();
        sign_classic(&layout.to_value(), &[&self.owner]).unwrap()
    }

    pub(crate) fn verifier(&self, now: DateTime<Utc>) -> Verifier<'_> {
        let layout = verify_layout(&self.layout_bytes(), [self.owner.public_key()], now).unwrap();
        Verifier::new(layout, &self.links, now)
    }

    pub(crate) fn verify(&self) -> Result<Report, Error> {
        self.verifier(now()).verify()
    }

    pub(crate) fn verify_inspecting(&self, inspector: &mut dyn Inspector) -> Result<Report, Error> {
        self.verifier(now()).with_inspector(inspector).verify()
    }

    /// Why the links of a step were not enough: how many functionaries agreed, and why documents did not count.
    pub(crate) fn shortage(&self) -> (usize, Vec<Rejection>) {
        match self.verify() {
            Err(Error::NotEnoughLinks {
                agreeing, rejected, ..
            }) => (agreeing, reasons(rejected)),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn reasons(rejected: Vec<RejectedLink>) -> Vec<Rejection> {
    rejected.into_iter().map(|link| link.reason).collect()
}

/// An authority of SVIDs that lives from a day before `now()` to a day after it.
pub(crate) struct Authority {
    pub(crate) key: PrivateKey,
    pub(crate) trust_domain: TrustDomain,
}

impl Authority {
    pub(crate) fn new(trust_domain: &str) -> Self {
        Self {
            key: key(),
            trust_domain: TrustDomain::try_from(trust_domain).unwrap(),
        }
    }

    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer::self_signed(
            self.trust_domain.clone(),
            &self.key,
            hours(-24, 24),
            Serial::new([1; 16]),
        )
        .unwrap()
    }

    /// The authority as a layout lists it.
    pub(crate) fn listed(&self) -> CertificateAuthority {
        CertificateAuthority::new(self.key.public_key(), &self.issuer().authority().to_pem())
    }

    /// A workload's signer: a fresh key with an SVID for `path`, valid for the hours around `now()`.
    pub(crate) fn workload(&self, path: &str, from: i64, to: i64) -> SvidSigner<PrivateKey> {
        let key = PrivateKey::generate(Scheme::EcdsaP256Sha256).unwrap();
        self.workload_with(key, path, hours(from, to))
    }

    pub(crate) fn workload_with(
        &self,
        key: PrivateKey,
        path: &str,
        validity: Validity,
    ) -> SvidSigner<PrivateKey> {
        let id = SpiffeId::new(&self.trust_domain, path).unwrap();
        let svid = self
            .issuer()
            .issue(&id, key.public_key(), validity, Serial::new([2; 16]))
            .unwrap();
        SvidSigner::new(key, svid).unwrap()
    }
}

/// A validity in hours around `now()`.
pub(crate) fn hours(from: i64, to: i64) -> Validity {
    Validity {
        not_before: now() + TimeDelta::hours(from),
        not_after: now() + TimeDelta::hours(to),
    }
}
