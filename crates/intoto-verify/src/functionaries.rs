//! Who reported about a step, and whether enough of them report the same.

use std::{collections::BTreeSet, fmt};

use chrono::{DateTime, Utc};
use crypto_keys::{KeyId, PublicKey, Quorum, Signature, Signed, Tally, Threshold, Verified};
use intoto_model::{Artifacts, Layout, Link, Step, StepName};

use crate::{
    AcceptedLink, CertificateRejection, Error, Evidence, Links, Warning, command,
    constraint::Authorities, error::printable,
};

/// Somebody whose report about a step counts.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Functionary {
    /// The holder of a key that the step lists.
    Key(KeyId),
    /// The holder of a certificate that meets a constraint of the step.
    Certificate {
        /// The first URI of the certificate, such as its SPIFFE id, or its subject.
        subject: String,
        /// The root of the layout that vouches for it.
        root: KeyId,
    },
}

impl fmt::Display for Functionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key {id}"),
            Self::Certificate { subject, root } => write!(f, "{subject}, vouched for by {root}"),
        }
    }
}

/// A document that does not count, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RejectedLink {
    /// Where it was found.
    pub label: String,
    /// Why it does not count.
    pub reason: Rejection,
}

impl fmt::Display for RejectedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", printable(&self.label), self.reason)
    }
}

/// Why a document does not count as a report about a step.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// It is no signed link.
    #[error("it is no signed link: {0}")]
    Malformed(crypto_keys::Error),
    /// It is a layout, which would stand for the step's own steps.
    #[error("it is a layout, and sublayouts are not supported")]
    Sublayout,
    /// It is a report about another step.
    #[error("it is a report about {found}")]
    WrongName {
        /// The step it names.
        found: StepName,
    },
    /// Nobody who may report about the step has signed it.
    #[error(
        "it is not signed by a functionary of the step{}",
        explained(claimed, certificates)
    )]
    Unauthorised {
        /// The key ids of its signatures.
        claimed: Vec<KeyId>,
        /// Why certificates beside signatures do not help.
        certificates: Vec<CertificateRejection>,
    },
    /// The signature in the name of a functionary is not that of its key: the document was changed, or never theirs.
    #[error("the signature of key {key} does not verify")]
    BadSignature {
        /// The key of the step.
        key: KeyId,
    },
    /// It has more signatures than are looked at.
    #[error("it has more than {limit} signatures")]
    TooManySignatures {
        /// The most signatures looked at.
        limit: usize,
    },
    /// It has more certificates than are looked at.
    #[error("it has more than {limit} certificates")]
    TooManyCertificates {
        /// The most certificates looked at.
        limit: usize,
    },
    /// It is a functionary's, and too few others report the same artifacts.
    #[error("too few functionaries report the artifacts that it reports")]
    TooFew,
}

fn explained(claimed: &[KeyId], certificates: &[CertificateRejection]) -> String {
    if certificates.is_empty() {
        let ids: Vec<_> = claimed.iter().map(KeyId::as_str).collect();
        return if ids.is_empty() {
            String::new()
        } else {
            format!(" but by {}", printable(&ids.join(", ")))
        };
    }
    certificates
        .iter()
        .map(|reason| format!("; {reason}"))
        .collect()
}

/// A report about a step on which enough of its functionaries agree.
pub(crate) struct Agreed {
    pub(crate) link: Link,
    pub(crate) accepted: Vec<AcceptedLink>,
    pub(crate) rejected: Vec<RejectedLink>,
    /// About the commands of all who agree: what they ran may differ.
    pub(crate) warnings: Vec<Warning>,
}

/// What decides about functionaries beside the step itself.
pub(crate) struct Judge<'v> {
    pub(crate) layout: &'v Layout,
    pub(crate) authorities: &'v Authorities,
    pub(crate) links: &'v Links,
    /// The instant at which certificates must be valid, and OpenPGP keys that expire.
    pub(crate) at: DateTime<Utc>,
}

/// A document that counts, with everybody who signed it.
struct Report {
    label: String,
    link: Link,
    signers: Vec<Signer>,
}

/// A functionary, and by what two of them are known to be one.
struct Signer {
    functionary: Functionary,
    /// The material of its key, and of what signs in the name of that.
    materials: BTreeSet<Vec<u8>>,
    /// What the certificate calls its holder; nothing for a key.
    names: BTreeSet<String>,
}

/// The most signatures of one document. A link has one for each functionary, mostly one; in a DSSE envelope each may have
/// to be tried with every key of the step, and there may be a thousand documents.
const MAX_SIGNATURES: usize = 32;

/// The most certificates of one document: a link has one signature, and every path costs up to 32 more.
const MAX_CERTIFICATES: usize = 8;

impl Judge<'_> {
    /// The report on which `step.threshold` functionaries agree (in-toto specification 4.3.1 and 4.4).
    ///
    /// Documents that do not count are left aside, whatever is wrong with them: somebody who can only add files must
    /// not be able to stop the verification. But when two reports have enough functionaries each, neither is believed.
    pub(crate) fn agreed(&self, step: &Step) -> Result<Agreed, Error> {
        let mut reports = Vec::new();
        let mut rejected = Vec::new();
        for evidence in self.links.of(&step.name) {
            match self.report(step, evidence) {
                Ok(report) => reports.push(report),
                Err(reason) => rejected.push(RejectedLink {
                    label: evidence.label.clone(),
                    reason,
                }),
            }
        }
        let people = People::of(reports.iter().flat_map(|report| &report.signers));
        let mut agreeing = 0;
        let (mut enough, few): (Vec<_>, Vec<_>) = grouped(reports).into_iter().partition(|group| {
            let tally = people.count(
                step.threshold,
                group.iter().flat_map(|report| &report.signers),
            );
            agreeing = agreeing.max(tally.count());
            tally.is_met()
        });
        if enough.len() > 1 {
            let labels =
                |group: Vec<Report>| group.into_iter().map(|report| report.label).collect();
            return Err(Error::Disagreement {
                step: step.name.clone(),
                reports: enough.into_iter().map(labels).collect(),
            });
        }
        let minority = few.into_iter().flatten();
        rejected.extend(minority.map(|report| RejectedLink {
            label: report.label,
            reason: Rejection::TooFew,
        }));
        let (mut agreed, mut accepted, mut warnings) = (None, Vec::new(), Vec::new());
        for report in enough.pop().into_iter().flatten() {
            for warning in command::warnings(step, &report.link) {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
            accepted.push(report.accept(&mut agreed));
        }
        match agreed {
            Some(link) => Ok(Agreed {
                link,
                accepted,
                rejected,
                warnings,
            }),
            None => Err(Error::NotEnoughLinks {
                step: step.name.clone(),
                needed: step.threshold,
                agreeing,
                rejected,
            }),
        }
    }

    fn report(&self, step: &Step, evidence: &Evidence) -> Result<Report, Rejection> {
        let signed = Signed::<Link>::parse(&evidence.bytes).map_err(refused)?;
        if signed.signatures().len() > MAX_SIGNATURES {
            return Err(Rejection::TooManySignatures {
                limit: MAX_SIGNATURES,
            });
        }
        let mut signers = Vec::new();
        let mut link = None;
        let keys = step
            .functionaries
            .iter()
            .filter_map(|id| self.layout.key(id));
        for key in keys {
            if let Some(verified) = signed_by(&signed, key, self.at)? {
                link = Some(verified.into_inner());
                signers.push(Signer {
                    functionary: Functionary::Key(key.id().clone()),
                    materials: materials(key),
                    names: BTreeSet::new(),
                });
            }
        }
        let mut certificates = Vec::new();
        if !step.cert_constraints.is_empty() {
            for (signer, verified) in self.certified(step, &signed, &mut certificates)? {
                link = Some(verified.into_inner());
                signers.push(signer);
            }
        }
        let Some(link) = link else {
            return Err(self.unauthorised(step, &signed, certificates));
        };
        // A functionary of two steps must not have a link about one of them used for the other.
        if link.name != step.name {
            return Err(Rejection::WrongName { found: link.name });
        }
        Ok(Report {
            label: evidence.label.clone(),
            link,
            signers,
        })
    }

    /// Everybody whose certificate meets a constraint of the step, and whose key made the signature beside it.
    fn certified(
        &self,
        step: &Step,
        signed: &Signed<'_, Link>,
        rejected: &mut Vec<CertificateRejection>,
    ) -> Result<Vec<(Signer, Verified<Link>)>, Rejection> {
        let beside: Vec<_> = signed
            .signatures()
            .iter()
            .filter_map(certificate_of)
            .collect();
        if beside.len() > MAX_CERTIFICATES {
            return Err(Rejection::TooManyCertificates {
                limit: MAX_CERTIFICATES,
            });
        }
        let mut signers = Vec::new();
        for (signature, pem) in beside {
            let certified = match self
                .authorities
                .certify(pem, &step.cert_constraints, self.at)
            {
                Ok(certified) => certified,
                Err(reason) => {
                    rejected.push(reason);
                    continue;
                }
            };
            // Whatever id the signature has, the key is the certificate's.
            let id = signature
                .key_id
                .clone()
                .unwrap_or_else(|| certified.key.id().clone());
            let key = certified.key.with_id(id);
            match signed_by(signed, &key, self.at)? {
                Some(verified) => {
                    let signer = Signer {
                        functionary: Functionary::Certificate {
                            subject: certified.label,
                            root: certified.root,
                        },
                        materials: materials(&key),
                        names: certified.names,
                    };
                    signers.push((signer, verified));
                }
                None => rejected.push(CertificateRejection::Signature {
                    subject: certified.label,
                }),
            }
        }
        Ok(signers)
    }

    /// Why a document without a functionary's signature does not count.
    fn unauthorised(
        &self,
        step: &Step,
        signed: &Signed<'_, Link>,
        certificates: Vec<CertificateRejection>,
    ) -> Rejection {
        let signatures = signed.signatures();
        let is_named = |id: &&KeyId| {
            let key = self.layout.key(id);
            key.is_some_and(|key| signatures.iter().any(|it| key.is_named_by(it)))
        };
        match step.functionaries.iter().find(is_named) {
            Some(key) if certificates.is_empty() => Rejection::BadSignature { key: key.clone() },
            _ => Rejection::Unauthorised {
                claimed: signatures
                    .iter()
                    .filter_map(|it| it.key_id.clone())
                    .collect(),
                certificates,
            },
        }
    }
}

/// A signature with the certificate beside it; other writers leave an empty text where there is none.
fn certificate_of(signature: &Signature) -> Option<(&Signature, &str)> {
    let pem = signature.certificate.as_deref()?;
    (!pem.is_empty()).then_some((signature, pem))
}

/// Reports of the same artifacts, put together, in the order of their labels.
fn grouped(mut reports: Vec<Report>) -> Vec<Vec<Report>> {
    // Sorted, so that a functionary who reports a thousand things costs no million comparisons.
    reports.sort_by(|one, other| one.artifacts().cmp(&other.artifacts()));
    let mut groups: Vec<Vec<Report>> = Vec::new();
    for report in reports {
        let same = |group: &Vec<Report>| {
            group
                .first()
                .is_some_and(|first| first.artifacts() == report.artifacts())
        };
        match groups.last_mut() {
            Some(group) if same(group) => group.push(report),
            _ => groups.push(vec![report]),
        }
    }
    let label = |group: &Vec<Report>| group.first().map(|report| report.label.clone());
    groups.sort_by_key(label);
    groups
}

impl Report {
    fn artifacts(&self) -> [&Artifacts; 2] {
        [&self.link.materials, &self.link.products]
    }

    /// Leaves its link in `agreed` if none is there: they report the same artifacts.
    fn accept(self, agreed: &mut Option<Link>) -> AcceptedLink {
        agreed.get_or_insert(self.link);
        let functionaries = self
            .signers
            .into_iter()
            .map(|signer| signer.functionary)
            .collect();
        AcceptedLink {
            label: self.label,
            functionaries,
        }
    }
}

fn materials(key: &PublicKey) -> BTreeSet<Vec<u8>> {
    key.materials().map(<[u8]>::to_vec).collect()
}

/// The link, if `key` signed it and is valid at the instant `at`.
fn signed_by(
    signed: &Signed<'_, Link>,
    key: &PublicKey,
    at: DateTime<Utc>,
) -> Result<Option<Verified<Link>>, Rejection> {
    match signed.verify(&Quorum::new([key], Threshold::ONE).at(at)) {
        Ok(verified) => Ok(Some(verified)),
        Err(crypto_keys::Error::Threshold { .. }) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: crypto_keys::Error) -> Rejection {
    match error {
        crypto_keys::Error::WrongType { found, .. } if found == "layout" => Rejection::Sublayout,
        error => Rejection::Malformed(error),
    }
}

/// Signers who are one and the same, put together: who shares a key, or a name, or somebody to share
/// them with.
struct People(Vec<Person>);

struct Person {
    materials: BTreeSet<Vec<u8>>,
    names: BTreeSet<String>,
}

impl People {
    fn of<'s>(signers: impl Iterator<Item = &'s Signer>) -> Self {
        let mut people: Vec<Person> = Vec::new();
        for signer in signers {
            let mut person = Person {
                materials: signer.materials.clone(),
                names: signer.names.clone(),
            };
            for known in people.extract_if(.., |known| known.is(signer)) {
                person.materials.extend(known.materials);
                person.names.extend(known.names);
            }
            people.push(person);
        }
        Self(people)
    }

    fn count<'s>(
        &self,
        needed: Threshold,
        signers: impl Iterator<Item = &'s Signer>,
    ) -> Tally<usize> {
        let mut tally = Tally::new(needed);
        for signer in signers {
            if let Some(person) = self.0.iter().position(|person| person.is(signer)) {
                tally.vote(person);
            }
        }
        tally
    }
}

impl Person {
    fn is(&self, signer: &Signer) -> bool {
        !self.materials.is_disjoint(&signer.materials) || !self.names.is_disjoint(&signer.names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certified(key: u8, names: &[&str]) -> Signer {
        Signer {
            functionary: Functionary::Key("id".parse().unwrap()),
            materials: BTreeSet::from([vec![key]]),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_name_beside_the_first_makes_nobody_else() {
        let (alone, more) = (certified(1, &["a"]), certified(2, &["a", "b"]));
        let (rest, other) = (certified(3, &["b", "c"]), certified(4, &["d"]));
        let signers = [&alone, &rest, &more, &other];
        let people = People::of(signers.into_iter());
        let count = people.count(Threshold::ONE, signers.into_iter()).count();
        assert_eq!(count, 2);
    }
}
