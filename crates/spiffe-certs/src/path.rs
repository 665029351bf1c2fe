use chrono::{DateTime, Utc};
use crypto_keys::{PublicKey, Scheme};

use crate::error::{Reason, Rejection};
use crate::{Certificate, Error, SpiffeId};

/// Finds a chain from `leaf` to one of `anchors` that is valid at the instant `now` (RFC 5280 section 6.1).
///
/// Of every certificate in the chain, the anchor included, the validity, the critical extensions, and where it issued
/// another one `cA`, `keyCertSign`, the path length and the name constraints are enforced; a leaf that limits its key's usage
/// must allow signatures. URI constraints are understood, any other kind is refused. What the leaf is *for* (its extended
/// key usage, its names) is left to the caller, who knows. Intermediates come with the leaf and are believed
/// in nothing; the order of either list does not matter.
///
/// # Errors
///
/// [`Error::Refused`] if the leaf cannot stand in any chain, [`Error::NoPath`] with a [`Reason`] for each candidate if no chain
/// holds, [`Error::Budget`] if the default [`Budget`] ended the search.
pub fn verify_chain<'a>(
    leaf: &'a Certificate,
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    now: DateTime<Utc>,
) -> Result<VerifiedPath<'a>, Error> {
    verify_chain_within(leaf, intermediates, anchors, now, &Budget::default())
}

/// As [`verify_chain`], with a budget of the caller's.
///
/// # Errors
///
/// As [`verify_chain`].
pub fn verify_chain_within<'a>(
    leaf: &'a Certificate,
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    now: DateTime<Utc>,
    budget: &Budget,
) -> Result<VerifiedPath<'a>, Error> {
    let usage = leaf.extensions().key_usage;
    if usage.is_some_and(|usage| !usage.digital_signature) {
        return Err(Error::Refused(Rejection {
            certificate: leaf.label(),
            reason: Reason::NoDigitalSignature,
        }));
    }
    find(leaf, intermediates, anchors, now, budget, Profile::Any)
}

/// How much work one verification may cost. Whoever presents a chain chooses the work; this is the end of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Budget {
    /// Intermediates in a chain. Deployments have one or two.
    pub intermediates: usize,
    /// Certificates considered as an issuer, over the whole search.
    pub candidates: usize,
    /// Signatures verified, over the whole search. Authorities that were rotated under one name are told apart
    /// by their key identifiers; only without those does each cost a signature.
    pub signatures: usize,
}

impl Default for Budget {
    /// 8 intermediates, 64 candidates, 32 signatures: some 30 ms of P-384, 100 ms of RSA with 8192 bits, at the worst.
    fn default() -> Self {
        Self {
            intermediates: 8,
            candidates: 64,
            signatures: 32,
        }
    }
}

/// A chain that holds, from a leaf to a trusted authority. Nothing but verification makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedPath<'a> {
    leaf: &'a Certificate,
    intermediates: Vec<&'a Certificate>,
    anchor: &'a Certificate,
}

impl<'a> VerifiedPath<'a> {
    /// The certificate that was verified.
    pub fn leaf(&self) -> &'a Certificate {
        self.leaf
    }

    /// The certificates between leaf and anchor, the leaf's issuer first.
    pub fn intermediates(&self) -> &[&'a Certificate] {
        &self.intermediates
    }

    /// The trusted authority that the chain leads to.
    pub fn anchor(&self) -> &'a Certificate {
        self.anchor
    }

    /// The whole chain: leaf, intermediates, anchor.
    pub fn certificates(&self) -> impl Iterator<Item = &'a Certificate> {
        std::iter::once(self.leaf)
            .chain(self.intermediates.iter().copied())
            .chain(std::iter::once(self.anchor))
    }

    /// The last instant at which this chain is valid: the earliest end of validity in it.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.certificates()
            .map(Certificate::not_after)
            .fold(self.leaf.not_after(), Ord::min)
    }
}

/// What is asked of issuers beyond RFC 5280.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Profile {
    /// Nothing.
    Any,
    /// X509-SVID: `keyCertSign` must be there, no workload's id, a purpose that covers the SVID's.
    Svid,
}

pub(crate) fn find<'a>(
    leaf: &'a Certificate,
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    now: DateTime<Utc>,
    budget: &Budget,
    profile: Profile,
) -> Result<VerifiedPath<'a>, Error> {
    check_certificate(leaf, now).map_err(|reason| Rejection {
        certificate: leaf.label(),
        reason,
    })?;
    let mut search = Search {
        leaf,
        intermediates,
        anchors,
        now,
        budget,
        profile,
        candidates: 0,
        signatures: 0,
        rejected: Vec::new(),
        path: Vec::new(),
    };
    match search.issuer_of(leaf)? {
        Some(anchor) => Ok(VerifiedPath {
            leaf,
            intermediates: search.path,
            anchor,
        }),
        None => Err(Error::NoPath {
            certificate: leaf.label(),
            issuer: leaf.issuer_label(),
            rejected: search.rejected,
        }),
    }
}

/// A depth-first search from the leaf upwards.
struct Search<'a, 'b> {
    leaf: &'a Certificate,
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    now: DateTime<Utc>,
    budget: &'b Budget,
    profile: Profile,
    /// How many candidates were considered.
    candidates: usize,
    /// How many signatures were verified.
    signatures: usize,
    rejected: Vec<Rejection>,
    /// The intermediates between the leaf and the certificate whose issuer is sought.
    path: Vec<&'a Certificate>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Role {
    Anchor,
    Intermediate,
}

impl<'a> Search<'a, '_> {
    /// The anchor above `child`, with `self.path` as the way to it; or `None`, with `self.path` as it was.
    fn issuer_of(&mut self, child: &'a Certificate) -> Result<Option<&'a Certificate>, Error> {
        let scheme = match child.scheme() {
            Ok(scheme) => scheme,
            Err(oid) => {
                self.reject(child, Reason::SignatureAlgorithm { oid });
                return Ok(None);
            }
        };
        for (role, candidate) in self.candidates_above(child) {
            match self.try_issuer(role, candidate, child, scheme) {
                Ok(()) => {}
                Err(Stop::Rejected(reason)) => {
                    self.reject(candidate, reason);
                    continue;
                }
                Err(Stop::Exhausted { counted, limit }) => {
                    return Err(Error::Budget {
                        certificate: self.leaf.label(),
                        counted,
                        limit,
                    });
                }
            }
            if role == Role::Anchor {
                return Ok(Some(candidate));
            }
            self.path.push(candidate);
            if let Some(anchor) = self.issuer_of(candidate)? {
                return Ok(Some(anchor));
            }
            self.path.pop();
        }
        Ok(None)
    }

    /// Everybody with the issuer's name who is not in the path: those whose key identifier is the one `child` names
    /// first, and anchors before intermediates. Names are compared byte by byte.
    fn candidates_above(&self, child: &'a Certificate) -> Vec<(Role, &'a Certificate)> {
        let anchors = self.anchors.iter().map(|anchor| (Role::Anchor, anchor));
        let intermediates = self
            .intermediates
            .iter()
            .filter(|intermediate| !self.in_path(intermediate))
            .map(|intermediate| (Role::Intermediate, intermediate));
        let mut candidates: Vec<_> = anchors
            .chain(intermediates)
            .filter(|(_, candidate)| candidate.subject_der() == child.issuer_der())
            .collect();
        let named = child.extensions().authority_key_id.as_deref();
        candidates.sort_by_key(|(_, candidate)| {
            named.is_none() || candidate.extensions().subject_key_id.as_deref() != named
        });
        candidates
    }

    /// The same name with the same key adds nothing to a path but length.
    fn in_path(&self, candidate: &Certificate) -> bool {
        std::iter::once(&self.leaf).chain(&self.path).any(|used| {
            used.subject_der() == candidate.subject_der() && used.spki() == candidate.spki()
        })
    }

    /// Whether `candidate` may have issued `child`, and did.
    fn try_issuer(
        &mut self,
        role: Role,
        candidate: &Certificate,
        child: &Certificate,
        scheme: Scheme,
    ) -> Result<(), Stop> {
        spend(&mut self.candidates, self.budget.candidates, "candidates")?;
        self.check_issuer(role, candidate)?;
        let key =
            PublicKey::from_spki_with(candidate.spki(), scheme).map_err(|source| Reason::Key {
                child: child.label(),
                source,
            })?;
        spend(&mut self.signatures, self.budget.signatures, "signatures")?;
        key.verify(child.signed(), child.signature()).map_err(|_| {
            Stop::Rejected(Reason::BadSignature {
                child: child.label(),
            })
        })
    }

    /// Everything about an issuer that costs no signature.
    fn check_issuer(&self, role: Role, candidate: &Certificate) -> Result<(), Reason> {
        check_certificate(candidate, self.now)?;
        let extensions = candidate.extensions();
        if !extensions.authority {
            return Err(Reason::NotAnAuthority);
        }
        // RFC 5280 6.1.4 (n) asks for keyCertSign if there is a key usage; X509-SVID asks for the key usage too.
        let signs_certificates = extensions.key_usage.map(|usage| usage.key_cert_sign);
        if !signs_certificates.unwrap_or(self.profile == Profile::Any) {
            return Err(Reason::NoKeyCertSign);
        }
        if !candidate.has_subject() {
            return Err(Reason::EmptySubject);
        }
        if self.profile == Profile::Svid {
            check_svid_issuer(candidate)?;
        }
        if role == Role::Intermediate && self.path.len() >= self.budget.intermediates {
            return Err(Reason::TooManyIntermediates {
                limit: self.budget.intermediates,
            });
        }
        self.check_path_length(candidate)?;
        self.check_names(candidate)
    }

    /// RFC 5280 sections 4.2.1.9 and 6.1.4 (l): self-issued certificates do not count.
    fn check_path_length(&self, candidate: &Certificate) -> Result<(), Reason> {
        let found = self
            .path
            .iter()
            .filter(|below| !is_self_issued(below))
            .count();
        match candidate.extensions().path_length.map(usize::from) {
            Some(allowed) if found > allowed => Err(Reason::PathLength { allowed, found }),
            _ => Ok(()),
        }
    }

    /// RFC 5280 section 6.1.3 (b) and (c): self-issued intermediates are exempt, the leaf never is.
    fn check_names(&self, candidate: &Certificate) -> Result<(), Reason> {
        let Some(constraints) = &candidate.extensions().name_constraints else {
            return Ok(());
        };
        let below = self.path.iter().filter(|below| !is_self_issued(below));
        std::iter::once(&self.leaf)
            .chain(below)
            .try_for_each(|below| constraints.check(below.uris()))
    }

    fn reject(&mut self, certificate: &Certificate, reason: Reason) {
        self.rejected.push(Rejection {
            certificate: certificate.label(),
            reason,
        });
    }
}

/// Why a candidate is not taken.
enum Stop {
    /// This one is not it; there may be others.
    Rejected(Reason),
    /// There was enough work.
    Exhausted { counted: &'static str, limit: usize },
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Rejected(reason)
    }
}

fn spend(spent: &mut usize, limit: usize, counted: &'static str) -> Result<(), Stop> {
    if *spent >= limit {
        return Err(Stop::Exhausted { counted, limit });
    }
    *spent = spent.saturating_add(1);
    Ok(())
}

/// What holds for every certificate of a path, the anchor included.
fn check_certificate(certificate: &Certificate, now: DateTime<Utc>) -> Result<(), Reason> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if now < not_before {
        return Err(Reason::NotYetValid { not_before, now });
    }
    if now > not_after {
        return Err(Reason::Expired { not_after, now });
    }
    match certificate.extensions().unknown_critical {
        Some(oid) => Err(Reason::CriticalExtension {
            oid: oid.to_string(),
        }),
        None => Ok(()),
    }
}

/// X509-SVID sections 3.1 and 4.4.
fn check_svid_issuer(issuer: &Certificate) -> Result<(), Reason> {
    let workload =
        |uri: &&String| SpiffeId::try_from(uri.as_str()).is_ok_and(|id| !id.path().is_empty());
    if let Some(id) = issuer.uris().iter().find(workload) {
        return Err(Reason::WorkloadId { id: id.clone() });
    }
    if !issuer.extensions().names_both_ends() && !issuer.extensions().serves_any_purpose() {
        return Err(Reason::ExtendedKeyUsage);
    }
    Ok(())
}

fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.subject_der() == certificate.issuer_der()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use crypto_keys::{PrivateKey, Signer};
    use der::asn1::{Ia5String, OctetString};
    use der::oid::AssociatedOid;
    use x509_cert::ext::pkix::constraints::name::{GeneralSubtree, NameConstraints};
    use x509_cert::ext::pkix::name::GeneralName;
    use x509_cert::ext::pkix::{
        AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
    };

    use super::*;
    use crate::mint::{
        Authority, ID, basic, extension, now, patched, raw_extension, unknown_critical, uri, uris,
        usage,
    };
    use crate::template::Template;

    /// The reasons for which every candidate was rejected.
    fn reasons(result: Result<VerifiedPath<'_>, Error>) -> Vec<Reason> {
        match result.unwrap_err() {
            Error::NoPath { rejected, .. } => rejected
                .into_iter()
                .map(|rejection| rejection.reason)
                .collect(),
            other => panic!("{other}"),
        }
    }

    fn certificates(authorities: &[Authority]) -> Vec<Certificate> {
        authorities
            .iter()
            .map(|one| one.certificate.clone())
            .collect()
    }

    #[test]
    fn a_leaf_of_an_anchor_verifies_and_the_anchor_is_named() {
        let roots = [Authority::root("a", |_| {}), Authority::root("b", |_| {})];
        let leaf = roots[1].leaf(|leaf| leaf.not_after = now() + TimeDelta::minutes(5));
        let anchors = certificates(&roots);
        let path = verify_chain(&leaf, &[], &anchors, now()).unwrap();
        assert_eq!(path.leaf(), &leaf);
        assert!(path.intermediates().is_empty());
        assert_eq!(path.anchor(), &anchors[1]);
        assert_eq!(path.not_after(), now() + TimeDelta::minutes(5));
    }

    #[test]
    fn intermediates_are_found_in_any_order_among_others() {
        let root = Authority::root("root", |_| {});
        let upper = root.intermediate("upper", |upper| {
            upper.not_after = now() + TimeDelta::minutes(1);
        });
        let lower = upper.intermediate("lower", |_| {});
        let stranger = Authority::root("lower", |_| {});
        let leaf = lower.leaf(|_| {});
        let presented = certificates(&[stranger, upper, lower]);
        let anchors = [root.certificate];
        let path = verify_chain(&leaf, &presented, &anchors, now()).unwrap();
        assert_eq!(path.intermediates(), [&presented[2], &presented[1]]);
        assert_eq!(path.not_after(), now() + TimeDelta::minutes(1));
    }

    #[test]
    fn another_authority_of_the_same_name_is_refused() {
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        let anchors = [Authority::root("root", |_| {}).certificate];
        assert_eq!(
            verify_chain(&leaf, &[], &anchors, now()),
            Err(Error::NoPath {
                certificate: ID.into(),
                issuer: "CN=root".into(),
                rejected: vec![Rejection {
                    certificate: "CN=root".into(),
                    reason: Reason::BadSignature { child: ID.into() }
                }]
            })
        );
    }

    #[test]
    fn an_unknown_issuer_and_an_untrusted_root_are_refused() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|_| {});
        let other = [Authority::root("other", |_| {}).certificate];
        assert_eq!(reasons(verify_chain(&leaf, &[], &other, now())), []);
        assert_eq!(reasons(verify_chain(&leaf, &[], &[], now())), []);
        let own = [root.certificate];
        assert_eq!(reasons(verify_chain(&leaf, &own, &other, now())), []);
    }

    #[test]
    fn a_name_in_another_string_type_is_another_name() {
        let root = Authority::root("root", |_| {});
        let leaf = patched(&root.leaf(|_| {}), b"\x0c\x04root", b"\x13\x04root");
        let leaf = Certificate::from_der(&leaf).unwrap();
        assert_eq!(leaf.issuer(), root.certificate.subject());
        let anchors = [root.certificate];
        assert_eq!(reasons(verify_chain(&leaf, &[], &anchors, now())), []);
    }

    #[test]
    fn validity_includes_both_of_its_ends() {
        let root = Authority::root("root", |root| {
            root.not_before = now() - TimeDelta::days(1);
            root.not_after = now() + TimeDelta::days(1);
        });
        let leaf = root.leaf(|_| {});
        let anchors = [root.certificate];
        let (not_before, not_after) = (leaf.not_before(), leaf.not_after());
        for instant in [not_before, now(), not_after] {
            assert!(verify_chain(&leaf, &[], &anchors, instant).is_ok());
        }

        let refused = |reason| {
            Err(Error::Refused(Rejection {
                certificate: ID.into(),
                reason,
            }))
        };
        let early = not_before - TimeDelta::nanoseconds(1);
        assert_eq!(
            verify_chain(&leaf, &[], &anchors, early),
            refused(Reason::NotYetValid {
                not_before,
                now: early
            })
        );
        let late = not_after + TimeDelta::nanoseconds(1);
        assert_eq!(
            verify_chain(&leaf, &[], &anchors, late),
            refused(Reason::Expired {
                not_after,
                now: late
            })
        );
    }

    #[test]
    fn an_unknown_critical_extension_of_the_leaf_is_refused() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|leaf| leaf.set(unknown_critical()));
        assert_eq!(
            verify_chain(&leaf, &[], &[root.certificate], now()),
            Err(Error::Refused(Rejection {
                certificate: ID.into(),
                reason: Reason::CriticalExtension {
                    oid: "1.2.3.4".into()
                }
            }))
        );
    }

    #[test]
    fn an_unknown_extension_that_is_not_critical_is_ignored() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|leaf| {
            let mut extension = unknown_critical();
            extension.critical = false;
            leaf.set(extension);
        });
        assert!(verify_chain(&leaf, &[], &[root.certificate], now()).is_ok());
    }

    #[test]
    fn a_leaf_whose_key_must_not_sign_is_refused() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|leaf| leaf.set(usage(KeyUsages::KeyAgreement)));
        let unlimited = root.leaf(|leaf| leaf.remove(KeyUsage::OID));
        let anchors = [root.certificate];
        assert_eq!(
            verify_chain(&leaf, &[], &anchors, now()),
            Err(Error::Refused(Rejection {
                certificate: ID.into(),
                reason: Reason::NoDigitalSignature
            }))
        );
        assert!(verify_chain(&unlimited, &[], &anchors, now()).is_ok());
    }

    type Change = fn(&mut Template);

    #[test]
    fn an_issuer_is_held_to_every_rule_as_anchor_and_as_intermediate() {
        let spoiled: [(Change, Reason); 7] = [
            (
                |issuer| issuer.not_after = now() - TimeDelta::seconds(1),
                Reason::Expired {
                    not_after: now() - TimeDelta::seconds(1),
                    now: now(),
                },
            ),
            (
                |issuer| issuer.not_before = now() + TimeDelta::seconds(1),
                Reason::NotYetValid {
                    not_before: now() + TimeDelta::seconds(1),
                    now: now(),
                },
            ),
            (
                |issuer| issuer.set(unknown_critical()),
                Reason::CriticalExtension {
                    oid: "1.2.3.4".into(),
                },
            ),
            (
                |issuer| issuer.set(basic(false, None)),
                Reason::NotAnAuthority,
            ),
            (
                |issuer| issuer.remove(BasicConstraints::OID),
                Reason::NotAnAuthority,
            ),
            (
                |issuer| issuer.set(usage(KeyUsages::CRLSign)),
                Reason::NoKeyCertSign,
            ),
            (
                |issuer| issuer.subject = "".parse().unwrap_or_default(),
                Reason::EmptySubject,
            ),
        ];
        for (change, reason) in spoiled {
            let root = Authority::root("root", change);
            let leaf = root.leaf(|_| {});
            assert_eq!(
                reasons(verify_chain(&leaf, &[], &[root.certificate], now())),
                std::slice::from_ref(&reason)
            );

            let root = Authority::root("root", |_| {});
            let intermediate = root.intermediate("intermediate", change);
            let leaf = intermediate.leaf(|_| {});
            let presented = [intermediate.certificate];
            assert_eq!(
                reasons(verify_chain(&leaf, &presented, &[root.certificate], now())),
                [reason]
            );
        }
    }

    #[test]
    fn an_authority_without_a_key_usage_may_sign() {
        let root = Authority::root("root", |root| root.remove(KeyUsage::OID));
        let leaf = root.leaf(|_| {});
        assert!(verify_chain(&leaf, &[], &[root.certificate], now()).is_ok());
    }

    #[test]
    fn the_path_length_limits_the_intermediates_below() {
        let root = Authority::root("root", |root| root.set(basic(true, Some(0))));
        let direct = root.leaf(|_| {});
        let intermediate = root.intermediate("intermediate", |_| {});
        let below = intermediate.leaf(|_| {});
        let (anchors, presented) = ([root.certificate], [intermediate.certificate]);
        assert!(verify_chain(&direct, &presented, &anchors, now()).is_ok());
        assert_eq!(
            reasons(verify_chain(&below, &presented, &anchors, now())),
            [Reason::PathLength {
                allowed: 0,
                found: 1
            }]
        );
    }

    #[test]
    fn a_self_issued_intermediate_does_not_count_for_the_path_length() {
        let root = Authority::root("root", |root| root.set(basic(true, Some(0))));
        let next = root.intermediate("root", |_| {});
        let leaf = next.leaf(|_| {});
        let presented = [next.certificate];
        assert!(verify_chain(&leaf, &presented, &[root.certificate], now()).is_ok());
    }

    fn constraints(permitted: &[GeneralName], excluded: &[GeneralName]) -> NameConstraints {
        let subtrees = |names: &[GeneralName]| {
            let subtree = |base: &GeneralName| GeneralSubtree {
                base: base.clone(),
                minimum: 0,
                maximum: None,
            };
            (!names.is_empty()).then(|| names.iter().map(subtree).collect())
        };
        NameConstraints {
            permitted_subtrees: subtrees(permitted),
            excluded_subtrees: subtrees(excluded),
        }
    }

    #[test]
    fn uri_constraints_are_enforced_for_every_certificate_below() {
        for (constraints, expected) in [
            (constraints(&[uri("acme.example")], &[]), Ok(())),
            (constraints(&[], &[uri("other.example")]), Ok(())),
            (constraints(&[uri("ACME.example")], &[]), Ok(())),
            (constraints(&[], &[uri("ACME.example")]), Err(ID)),
            (constraints(&[uri("other.example")], &[]), Err(ID)),
            (constraints(&[], &[uri("acme.example")]), Err(ID)),
            (
                constraints(&[uri("acme.example")], &[uri("acme.example")]),
                Err(ID),
            ),
        ] {
            let root = Authority::root("root", |root| root.set(extension(true, &constraints)));
            let intermediate = root.intermediate("intermediate", |_| {});
            let leaf = intermediate.leaf(|_| {});
            let presented = [intermediate.certificate];
            let anchors = [root.certificate];
            let result = verify_chain(&leaf, &presented, &anchors, now());
            match expected {
                Ok(()) => assert!(result.is_ok()),
                Err(name) => assert_eq!(
                    reasons(result),
                    [Reason::NameConstraint { name: name.into() }]
                ),
            }
        }
    }

    #[test]
    fn a_name_of_an_intermediate_is_constrained_as_the_leafs_is() {
        let foreign = "spiffe://other.example";
        let permitted = constraints(&[uri("acme.example")], &[]);
        let root = Authority::root("root", |root| root.set(extension(true, &permitted)));
        let intermediate = root.intermediate("intermediate", |intermediate| {
            intermediate.set(extension(false, &uris(&[foreign])));
        });
        let leaf = intermediate.leaf(|_| {});
        let presented = [intermediate.certificate];
        assert_eq!(
            reasons(verify_chain(&leaf, &presented, &[root.certificate], now())),
            [Reason::NameConstraint {
                name: foreign.into()
            }]
        );
    }

    #[test]
    fn constraints_that_are_not_understood_are_refused_even_if_nothing_has_such_a_name() {
        let dns = || GeneralName::DnsName(Ia5String::new("acme.example").unwrap());
        for constraints in [
            constraints(&[dns()], &[]),
            constraints(&[], &[dns()]),
            constraints(&[uri("acme.example")], &[dns()]),
            constraints(&[], &[]),
            constraints(&[uri("")], &[]),
            constraints(&[uri("1.2.3.4")], &[]),
            constraints(&[uri("spiffe://acme.example")], &[]),
        ] {
            let root = Authority::root("root", |root| root.set(extension(true, &constraints)));
            let leaf = root.leaf(|_| {});
            assert!(matches!(
                reasons(verify_chain(&leaf, &[], &[root.certificate], now()))[..],
                [Reason::UnsupportedNameConstraint { .. }]
            ));
        }
    }

    fn key_id(byte: u8) -> OctetString {
        OctetString::new([byte; 20]).unwrap()
    }

    /// Authorities of one name; the last one issued the leaf and alone has the key id it names.
    fn rotated(count: usize) -> (Certificate, Vec<Certificate>) {
        let mut roots: Vec<_> = (1..count)
            .map(|_| Authority::root("root", |_| {}))
            .collect();
        let last = Authority::root("root", |root| {
            root.set(extension(false, &SubjectKeyIdentifier(key_id(7))));
        });
        let leaf = last.leaf(|leaf| {
            let named = AuthorityKeyIdentifier {
                key_identifier: Some(key_id(7)),
                ..AuthorityKeyIdentifier::default()
            };
            leaf.set(extension(false, &named));
        });
        roots.push(last);
        (leaf, certificates(&roots))
    }

    #[test]
    fn the_key_identifier_finds_its_authority_among_many_at_the_price_of_one_signature() {
        let (leaf, anchors) = rotated(100);
        let budget = Budget {
            signatures: 1,
            candidates: 1,
            ..Budget::default()
        };
        let path = verify_chain_within(&leaf, &[], &anchors, now(), &budget).unwrap();
        assert_eq!(path.anchor(), &anchors[99]);
    }

    #[test]
    fn a_wrong_key_identifier_costs_time_and_changes_nothing() {
        let (_, mut anchors) = rotated(3);
        let issuer = Authority::root("root", |_| {});
        let leaf = issuer.leaf(|leaf| {
            let named = AuthorityKeyIdentifier {
                key_identifier: Some(key_id(7)),
                ..AuthorityKeyIdentifier::default()
            };
            leaf.set(extension(false, &named));
        });
        anchors.push(issuer.certificate);
        let path = verify_chain(&leaf, &[], &anchors, now()).unwrap();
        assert_eq!(path.anchor(), &anchors[3]);
    }

    #[test]
    fn the_33rd_authority_of_one_name_is_not_asked() {
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        let roots: Vec<_> = (0..33).map(|_| Authority::root("root", |_| {})).collect();
        let anchors = certificates(&roots);
        assert_eq!(
            verify_chain(&leaf, &[], &anchors, now()),
            Err(Error::Budget {
                certificate: ID.into(),
                counted: "signatures",
                limit: 32
            })
        );
        assert_eq!(
            reasons(verify_chain(&leaf, &[], &anchors[..32], now())).len(),
            32
        );
    }

    #[test]
    fn the_65th_candidate_is_not_looked_at() {
        let expired = Authority::root("root", |root| root.not_after = root.not_before);
        let leaf = expired.leaf(|_| {});
        let anchors = vec![expired.certificate; 65];
        assert_eq!(
            verify_chain(&leaf, &[], &anchors, now()),
            Err(Error::Budget {
                certificate: ID.into(),
                counted: "candidates",
                limit: 64
            })
        );
        assert_eq!(
            reasons(verify_chain(&leaf, &[], &anchors[..64], now())).len(),
            64
        );
    }

    #[test]
    fn the_9th_intermediate_is_one_too_many() {
        let root = Authority::root("root", |_| {});
        let mut chain = vec![root.intermediate("1", |_| {})];
        while chain.len() < 9 {
            let next = chain[chain.len() - 1].intermediate(&(chain.len() + 1).to_string(), |_| {});
            chain.push(next);
        }
        let (eighth, ninth) = (chain[7].leaf(|_| {}), chain[8].leaf(|_| {}));
        let (presented, anchors) = (certificates(&chain), [root.certificate]);
        assert!(verify_chain(&eighth, &presented, &anchors, now()).is_ok());
        assert_eq!(
            reasons(verify_chain(&ninth, &presented, &anchors, now())),
            [Reason::TooManyIntermediates { limit: 8 }]
        );
    }

    #[test]
    fn authorities_that_vouch_for_each_other_lead_nowhere() {
        let (a, b) = (Authority::root("a", |_| {}), Authority::root("b", |_| {}));
        let cross = |issuer: &Authority, subject: &Authority| {
            issuer
                .intermediate(subject.certificate.common_names()[0].as_str(), |template| {
                    template.spki = subject.key.public_key().material().to_vec();
                })
                .certificate
        };
        let presented = [cross(&a, &b), cross(&b, &a)];
        let leaf = a.leaf(|_| {});
        assert_eq!(reasons(verify_chain(&leaf, &presented, &[], now())), []);
    }

    #[test]
    fn an_unsupported_signature_algorithm_is_named() {
        let root = Authority::root("root", |_| {});
        let ed448 = patched(
            &root.leaf(|_| {}),
            b"\x30\x05\x06\x03\x2b\x65\x70",
            b"\x30\x05\x06\x03\x2b\x65\x71",
        );
        let leaf = Certificate::from_der(&ed448).unwrap();
        assert_eq!(
            reasons(verify_chain(&leaf, &[], &[root.certificate], now())),
            [Reason::SignatureAlgorithm {
                oid: "1.3.101.113".into()
            }]
        );
    }

    #[test]
    fn the_curve_must_be_the_algorithms() {
        let key = PrivateKey::generate(Scheme::EcdsaP256Sha256).unwrap();
        let root = Authority::root("root", |root| {
            root.spki = key.public_key().material().to_vec()
        });
        let root = Authority { key, ..root };
        let leaf = root.leaf(|_| {});
        let sha384 = patched(
            &leaf,
            b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
            b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
        );
        let anchors = [root.certificate];
        assert!(verify_chain(&leaf, &[], &anchors, now()).is_ok());
        let other = Certificate::from_der(&sha384).unwrap();
        assert!(matches!(
            reasons(verify_chain(&other, &[], &anchors, now()))[..],
            [Reason::Key { .. }]
        ));
    }

    #[test]
    fn a_critical_key_identifier_is_not_understood() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|leaf| {
            leaf.set(raw_extension(
                AuthorityKeyIdentifier::OID,
                true,
                b"\x30\x00",
            ));
        });
        assert!(matches!(
            verify_chain(&leaf, &[], &[root.certificate], now()),
            Err(Error::Refused(_))
        ));
    }
}
