//! Identities from the SPIFFE Workload API, through the `spiffe` crate.

use std::{rc::Rc, time::Duration};

use crypto_keys::PrivateKey;
use spiffe::WorkloadApiClient;
use spiffe_certs::{Bundle, BundleSet, Svid, SvidSigner, TrustDomain};

use crate::failure::{Explain as _, Failure};

/// The variable that names the socket of the Workload API.
pub(crate) const SOCKET_VARIABLE: &str = "SPIFFE_ENDPOINT_SOCKET";

/// How long an agent may take. A new registration reaches it within its sync interval of five seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything the Workload API says this workload is, and whom to believe.
#[derive(Debug)]
pub(crate) struct Identities {
    /// The workload's SVIDs, the default one first.
    pub(crate) signers: Vec<Rc<SvidSigner<PrivateKey>>>,
    pub(crate) bundles: BundleSet,
}

/// Asks the agent at `socket`, for example `unix:///run/spire/agent.sock`.
pub(crate) fn fetch(socket: &str) -> Result<Identities, Failure> {
    let what = || format!("cannot get an identity from the SPIFFE Workload API at {socket}");
    let advice =
        "is the agent running, and is this workload registered? See `spire-server entry show`";
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .or_unable(what)?;
    let context = runtime
        .block_on(async {
            let ask = async {
                WorkloadApiClient::connect_to(socket)
                    .await?
                    .fetch_x509_context()
                    .await
            };
            tokio::time::timeout(PATIENCE, ask).await
        })
        .or_unable(what)
        .and_then(|answer| answer.or_unable(what))
        .map_err(|failure| failure.advise(advice))?;

    let mut signers = Vec::new();
    for svid in context.svids() {
        let chain: Vec<u8> = svid
            .cert_chain()
            .iter()
            .flat_map(spiffe::Certificate::as_bytes)
            .copied()
            .collect();
        let key = PrivateKey::from_der(svid.private_key().as_bytes()).or_unable(what)?;
        let svid = Svid::from_der_chain(&chain).or_unable(what)?;
        signers.push(Rc::new(SvidSigner::new(key, svid).or_unable(what)?));
    }
    let mut bundles = BundleSet::new();
    for (trust_domain, bundle) in context.bundle_set().iter() {
        let trust_domain = TrustDomain::try_from(trust_domain.as_str()).or_unable(what)?;
        let authorities: Vec<u8> = bundle
            .authorities()
            .iter()
            .flat_map(spiffe::Certificate::as_bytes)
            .copied()
            .collect();
        bundles.insert(Bundle::from_der(trust_domain, &authorities).or_unable(what)?);
    }
    if signers.is_empty() {
        return Err(Failure::unable(what()).advise(advice));
    }
    Ok(Identities { signers, bundles })
}
