//! Who the steps of the pipeline are: an authority in this process, or a SPIRE agent.

use std::rc::Rc;

use chrono::TimeDelta;
use crypto_keys::{PrivateKey, Scheme, Signer as _};
use spiffe_certs::{Certificate, Issuer, Serial, SpiffeId, SvidSigner, TrustDomain, Validity};

use crate::{
    command::{later, now},
    failure::{Explain as _, Failure},
    svid_source::{self, Identities},
};

/// The trust domain of the authority in this process.
const TRUST_DOMAIN: &str = "demo.bonafide";

/// Hands every step its identity.
pub(super) enum Authority {
    Embedded(Box<Embedded>),
    Agent(Identities),
}

impl Authority {
    pub(super) fn embedded() -> Result<Self, Failure> {
        let trust_domain = TrustDomain::try_from(TRUST_DOMAIN)
            .or_unable(|| "cannot set up the embedded SPIFFE authority".to_owned())?;
        Ok(Self::Embedded(Box::new(Embedded::new(trust_domain)?)))
    }

    /// An identity of the same name by an authority that nobody trusts.
    pub(super) fn impostor(id: &SpiffeId) -> Result<SvidSigner<PrivateKey>, Failure> {
        Embedded::new(id.trust_domain().clone())?.issue(id)
    }

    pub(super) fn agent(socket: &str) -> Result<Self, Failure> {
        Ok(Self::Agent(svid_source::fetch(socket)?))
    }

    /// The certificates in which the layout trusts.
    pub(super) fn roots(&self) -> Result<Vec<Certificate>, Failure> {
        match self {
            Self::Embedded(embedded) => Ok(vec![embedded.root.clone()]),
            Self::Agent(identities) => {
                let bundles = identities.bundles.iter();
                Ok(bundles
                    .flat_map(|bundle| bundle.authorities().iter().cloned())
                    .collect())
            }
        }
    }

    /// A key and a short-lived certificate for the workload that does `step`.
    ///
    /// An agent may know several identities of this process: the one whose id ends with the name of
    /// the step is the step's, or else the first.
    pub(super) fn identity(&self, step: &str) -> Result<Rc<SvidSigner<PrivateKey>>, Failure> {
        let what = || format!("no identity for the step {step}");
        match self {
            Self::Embedded(embedded) => {
                let id = SpiffeId::new(&embedded.trust_domain, &format!("/ci/{step}"))
                    .or_unable(what)?;
                Ok(Rc::new(embedded.issue(&id)?))
            }
            Self::Agent(identities) => {
                let named = identities
                    .signers
                    .iter()
                    .find(|signer| signer.svid().id().path().ends_with(&format!("/{step}")));
                named
                    .or(identities.signers.first())
                    .cloned()
                    .ok_or_else(|| Failure::unable(what()))
            }
        }
    }
}

/// A root, an intermediate below it that issues, and nothing else.
pub(super) struct Embedded {
    trust_domain: TrustDomain,
    root: Certificate,
    intermediate: Certificate,
    intermediate_key: PrivateKey,
}

impl Embedded {
    fn new(trust_domain: TrustDomain) -> Result<Self, Failure> {
        let what = || "cannot set up the embedded SPIFFE authority".to_owned();
        let root_key = PrivateKey::generate(Scheme::EcdsaP384Sha384).or_unable(what)?;
        let intermediate_key = PrivateKey::generate(Scheme::EcdsaP256Sha256).or_unable(what)?;
        let day = validity(TimeDelta::days(1));
        let root =
            Issuer::self_signed(trust_domain.clone(), &root_key, day, serial()?).or_unable(what)?;
        let issuer = root
            .intermediate(&intermediate_key, day, serial()?)
            .or_unable(what)?;
        let (root, intermediate) = (root.authority().clone(), issuer.authority().clone());
        Ok(Self {
            trust_domain,
            root,
            intermediate,
            intermediate_key,
        })
    }

    fn issue(&self, id: &SpiffeId) -> Result<SvidSigner<PrivateKey>, Failure> {
        let what = || format!("cannot issue the SVID of {id}");
        let key = PrivateKey::generate(Scheme::EcdsaP256Sha256).or_unable(what)?;
        let issuer = Issuer::new(
            self.trust_domain.clone(),
            self.intermediate.clone(),
            Vec::new(),
            &self.intermediate_key,
        )
        .or_unable(what)?;
        let hour = validity(TimeDelta::hours(1));
        let svid = issuer
            .issue(id, key.public_key(), hour, serial()?)
            .or_unable(what)?;
        SvidSigner::new(key, svid).or_unable(what)
    }
}

/// From ten seconds ago, as SPIRE does it, to leave other clocks some room.
fn validity(lifetime: TimeDelta) -> Validity {
    let now = now();
    Validity {
        not_before: later(now, TimeDelta::seconds(-10)),
        not_after: later(now, lifetime),
    }
}

fn serial() -> Result<Serial, Failure> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).or_unable(|| "the system has no randomness to give".to_owned())?;
    Ok(Serial::new(random))
}
