//! Functionaries known by certificate (ITE-7).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use crypto_keys::{KeyId, PublicKey};
use intoto_model::{CertConstraint, CertificateAuthority, Layout};
use spiffe_certs::{Certificate, verify_chain};

use crate::{Error, error::printable};

/// The certificates of a layout, read.
pub(crate) struct Authorities {
    roots: Vec<(KeyId, Certificate)>,
    intermediates: Vec<Certificate>,
}

/// A signer whose certificate meets a constraint, at the instant asked about.
pub(crate) struct Certified {
    pub(crate) key: PublicKey,
    pub(crate) names: BTreeSet<String>,
    pub(crate) label: String,
    pub(crate) root: KeyId,
}

/// Why a certificate does not make its holder a functionary.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CertificateRejection {
    /// It cannot be read.
    #[error("its certificate cannot be read: {0}")]
    Malformed(Box<spiffe_certs::Error>),
    /// It is an authority's: what it signs are certificates.
    #[error("{subject} is a certificate authority")]
    Authority {
        /// Whose it is.
        subject: String,
    },
    /// It meets no constraint of the step.
    #[error("{subject} meets no certificate constraint of the step: {}", unmet.join("; "))]
    Constraint {
        /// Whose it is.
        subject: String,
        /// The attributes that are not as the constraint has them, for each constraint.
        unmet: Vec<String>,
    },
    /// No path leads to a root that the constraint names.
    #[error("{subject} is not vouched for: {source}")]
    Path {
        /// Whose it is.
        subject: String,
        /// What is wrong with the path.
        source: Box<spiffe_certs::Error>,
    },
    /// The signature beside it was not made with its key.
    #[error("the signature beside the certificate of {subject} is not its key's")]
    Signature {
        /// Whose it is.
        subject: String,
    },
}

impl Authorities {
    pub(crate) fn read(layout: &Layout) -> Result<Self, Error> {
        let mut roots = Vec::new();
        for authority in layout.root_cas() {
            roots.extend(
                certificates(authority)?
                    .into_iter()
                    .map(|root| (authority.id().clone(), root)),
            );
        }
        let mut intermediates = Vec::new();
        for authority in layout.intermediate_cas() {
            intermediates.extend(certificates(authority)?);
        }
        Ok(Self {
            roots,
            intermediates,
        })
    }

    /// The holder of the certificate at the front of `pem`, if it meets one of `constraints` at the instant `at`.
    ///
    /// The path has to end in a root that the very constraint names: the names in a certificate mean nothing
    /// without the authority that gave them.
    pub(crate) fn certify(
        &self,
        pem: &str,
        constraints: &[CertConstraint],
        at: DateTime<Utc>,
    ) -> Result<Certified, CertificateRejection> {
        let malformed = |source| CertificateRejection::Malformed(Box::new(source));
        let mut chain = Certificate::from_pem(pem).map_err(malformed)?.into_iter();
        let leaf = chain
            .next()
            .ok_or_else(|| malformed(spiffe_certs::Error::NoCertificate))?;
        let subject = label(&leaf);
        if leaf.is_authority() {
            return Err(CertificateRejection::Authority { subject });
        }
        let intermediates: Vec<_> = chain.chain(self.intermediates.iter().cloned()).collect();
        let mut refused = Vec::new();
        let mut path_error = None;
        for constraint in constraints {
            let unmet = unmet(constraint, &leaf);
            if !unmet.is_empty() {
                refused.push(unmet.join(", "));
                continue;
            }
            match self.root_of(&leaf, &intermediates, constraint, at) {
                Ok(root) => {
                    let key = leaf.public_key().map_err(malformed)?;
                    return Ok(Certified {
                        key,
                        names: names(&leaf),
                        label: subject,
                        root,
                    });
                }
                Err(error) => path_error = Some(Box::new(error)),
            }
        }
        Err(match path_error {
            Some(source) => CertificateRejection::Path { subject, source },
            None => CertificateRejection::Constraint {
                subject,
                unmet: refused,
            },
        })
    }

    /// The id of the root that vouches for the leaf, of those that the constraint names.
    fn root_of(
        &self,
        leaf: &Certificate,
        intermediates: &[Certificate],
        constraint: &CertConstraint,
        at: DateTime<Utc>,
    ) -> Result<KeyId, spiffe_certs::Error> {
        let (ids, anchors): (Vec<_>, Vec<_>) = self
            .roots
            .iter()
            .filter(|(id, _)| constraint.roots().includes(id.as_str()))
            .cloned()
            .unzip();
        let path = verify_chain(leaf, intermediates, &anchors, at)?;
        ids.into_iter()
            .zip(&anchors)
            .find(|(_, anchor)| *anchor == path.anchor())
            .map(|(id, _)| id)
            // The anchor of a path is one of those given.
            .ok_or(spiffe_certs::Error::NoCertificate)
    }
}

fn certificates(authority: &CertificateAuthority) -> Result<Vec<Certificate>, Error> {
    Certificate::from_pem(authority.pem()).map_err(|source| Error::Authority {
        id: authority.id().clone(),
        source: Box::new(source),
    })
}

/// The attributes of the certificate that are not as the constraint has them, its root aside.
fn unmet(constraint: &CertConstraint, leaf: &Certificate) -> Vec<String> {
    [
        ("common name", constraint.common_name(), leaf.common_names()),
        (
            "organizations",
            constraint.organizations(),
            leaf.organizations(),
        ),
        ("URIs", constraint.uris(), leaf.uris()),
        ("DNS names", constraint.dns_names(), leaf.dns_names()),
        ("e-mail addresses", constraint.emails(), leaf.emails()),
    ]
    .into_iter()
    .filter(|(_, allowed, values)| !allowed.is_met_by(values.iter().map(String::as_str)))
    .map(|(attribute, allowed, values)| {
        let allowed: Vec<_> = allowed.named().collect();
        printable(&format!("{attribute} {values:?} instead of {allowed:?}"))
    })
    .collect()
}

/// What people know the certificate by, fit to print.
fn label(certificate: &Certificate) -> String {
    match certificate.uris().first() {
        Some(uri) => printable(uri),
        None => printable(&certificate.subject()),
    }
}

/// Whom the certificate is about, whatever its key and its serial number: its URIs, or without any its other names.
///
/// Certificates of one workload differ with every rotation, and whoever may ask for another name beside their own
/// still is one functionary: it takes one of these to be the same.
fn names(leaf: &Certificate) -> BTreeSet<String> {
    if !leaf.uris().is_empty() {
        return leaf.uris().iter().cloned().collect();
    }
    let alternatives = leaf.dns_names().iter().chain(leaf.emails()).cloned();
    let names: BTreeSet<_> = alternatives.collect();
    if names.is_empty() {
        BTreeSet::from([leaf.subject()])
    } else {
        names
    }
}
