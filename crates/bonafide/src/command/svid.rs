use std::path::PathBuf;

use canonical_json::Value;
use clap::Subcommand;
use crypto_keys::Expires;
use spiffe_certs::{Bundle, BundleSet, Svid, TrustDomain};

use super::At;
use crate::{
    console::Outcome,
    failure::{Explain as _, Failure},
    files, svid_source,
};

#[derive(Debug, Subcommand)]
pub(crate) enum SvidCommand {
    /// Ask the SPIFFE Workload API who this process is, and write the certificates (no key) to DIR
    Fetch {
        /// The socket of the Workload API, such as unix:///run/spire/agent.sock
        #[arg(long, env = svid_source::SOCKET_VARIABLE)]
        socket: String,
        /// Where to write svid.N.pem and bundle.TRUST-DOMAIN.pem
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Show what a certificate chain claims, without believing it
    Show {
        /// The chain as PEM, the leaf first
        chain: PathBuf,
    },
    /// Verify a certificate chain against the bundle of its trust domain
    Verify {
        /// The chain as PEM, the leaf first
        chain: PathBuf,
        /// The authorities of the trust domain, as PEM
        #[arg(long)]
        bundle: PathBuf,
        /// Whose authorities these are
        #[arg(long)]
        trust_domain: TrustDomain,
        #[command(flatten)]
        at: At,
    },
}

impl SvidCommand {
    pub(super) fn execute(self) -> Result<Outcome, Failure> {
        match self {
            Self::Fetch { socket, out } => {
                let identities = svid_source::fetch(&socket)?;
                if let Some(directory) = out {
                    for (number, signer) in identities.signers.iter().enumerate() {
                        let file = directory.join(format!("svid.{number}.pem"));
                        files::write(&file, signer.svid().to_pem().as_bytes())?;
                    }
                    for bundle in identities.bundles.iter() {
                        let file = directory.join(format!("bundle.{}.pem", bundle.trust_domain()));
                        files::write(&file, bundle.to_pem().as_bytes())?;
                    }
                }
                let svids = identities.signers.iter().map(|signer| signer.svid());
                let text: Vec<_> = svids.clone().map(line).collect();
                let json: Vec<_> = svids.map(described).collect();
                Ok(Outcome::new(
                    text.join("\n"),
                    Value::object([("svids", Value::from(json))]),
                ))
            }
            Self::Show { chain } => {
                let svid = read(&chain)?;
                Ok(Outcome::new(line(&svid), described(&svid)))
            }
            Self::Verify {
                chain,
                bundle,
                trust_domain,
                at,
            } => {
                let svid = read(&chain)?;
                let pem = files::read_text(&bundle)?;
                let bundle = Bundle::from_pem(trust_domain, &pem)
                    .or_unable(|| format!("{} holds no bundle", bundle.display()))?;
                let mut bundles = BundleSet::new();
                bundles.insert(bundle);
                let verified = svid
                    .verify(&bundles, at.instant())
                    .or_refused(|| format!("{} does not verify", chain.display()))?;
                let anchor = verified.anchor().subject();
                let text = format!("{}\n  vouched for by {anchor}", line(&svid));
                Ok(Outcome::new(text, described(&svid)))
            }
        }
    }
}

fn read(chain: &std::path::Path) -> Result<Svid, Failure> {
    Svid::from_pem(&files::read_text(chain)?)
        .or_refused(|| format!("{} holds no X.509-SVID", chain.display()))
}

fn line(svid: &Svid) -> String {
    let leaf = svid.leaf();
    let (from, until) = (
        Expires::from(leaf.not_before()),
        Expires::from(leaf.not_after()),
    );
    format!("{}\n  valid from {from} until {until}", svid.id())
}

fn described(svid: &Svid) -> Value {
    let leaf = svid.leaf();
    Value::object([
        ("spiffe_id", Value::from(svid.id().as_str())),
        (
            "not_before",
            Value::from(Expires::from(leaf.not_before()).to_string()),
        ),
        (
            "not_after",
            Value::from(Expires::from(leaf.not_after()).to_string()),
        ),
        ("keyid", Value::from(svid.public_key().id().as_str())),
        (
            "intermediates",
            Value::from(u64::try_from(svid.intermediates().len()).unwrap_or(u64::MAX)),
        ),
    ])
}
