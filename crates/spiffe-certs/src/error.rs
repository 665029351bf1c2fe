use chrono::{DateTime, Utc};

use crate::{SpiffeId, TrustDomain};

/// What this crate refuses, and why.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The text is not the name of a trust domain.
    #[error("{text:?} is not a trust domain: {rule}")]
    TrustDomain {
        /// The text as given.
        text: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// The text is not a SPIFFE id.
    #[error("{text:?} is not a SPIFFE id: {rule}")]
    Id {
        /// The text as given.
        text: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// The input is longer than what is read at all.
    #[error("the {what} is {actual} bytes long, and {limit} is the limit")]
    TooLong {
        /// What was to be read.
        what: &'static str,
        /// The most bytes that are read.
        limit: usize,
        /// The bytes given.
        actual: usize,
    },
    /// The text is not a sequence of PEM certificates.
    #[error("malformed PEM: {reason}")]
    Pem {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no certificate in the input.
    #[error("there is no certificate")]
    NoCertificate,
    /// The bytes are not a certificate of version 3, or break RFC 5280 in their form.
    #[error("certificate {index} is malformed: {reason}")]
    Malformed {
        /// Which certificate of the input, counted from zero.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The leaf is not shaped as an X.509-SVID.
    #[error("{certificate} is not an X.509-SVID: {rule}")]
    Profile {
        /// The leaf.
        certificate: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// The key of a certificate cannot be used.
    #[error("the key of {certificate} cannot be used")]
    Key {
        /// Whose key.
        certificate: String,
        /// Why not.
        source: crypto_keys::Error,
    },
    /// There is no bundle for the trust domain of the id: nobody to ask about it.
    #[error("there is no bundle for the trust domain {trust_domain} of {id}")]
    NoBundle {
        /// Who wants to be believed.
        id: SpiffeId,
        /// Whose authorities would have to be known.
        trust_domain: TrustDomain,
    },
    /// The leaf itself is refused, whoever issued it.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// No chain of certificates leads from the leaf to a trusted authority.
    #[error(
        "no chain leads from {certificate}, issued by {issuer}, to a trusted authority{}",
        listed(rejected)
    )]
    NoPath {
        /// The leaf.
        certificate: String,
        /// Who issued it, as the leaf says.
        issuer: String,
        /// The candidates that were tried, in order; empty if nobody known has the issuer's name.
        rejected: Vec<Rejection>,
    },
    /// The search for a chain was stopped before it came to an end.
    #[error(
        "the search for a chain from {certificate} to a trusted authority was stopped after {limit} {counted}"
    )]
    Budget {
        /// The leaf.
        certificate: String,
        /// What was counted.
        counted: &'static str,
        /// How many were allowed.
        limit: usize,
    },
    /// The private key does not belong to the certificate.
    #[error("the private key does not belong to {certificate}")]
    KeyMismatch {
        /// The certificate with the other key.
        certificate: String,
    },
    /// The issuer speaks for another trust domain than the id's.
    #[error("an authority of {issuer} cannot issue {id}")]
    ForeignId {
        /// The issuer's trust domain.
        issuer: TrustDomain,
        /// The id asked for.
        id: SpiffeId,
    },
    /// The certificate cannot be made as asked.
    #[error("cannot issue a certificate: {reason}")]
    Unissuable {
        /// What stands in the way.
        reason: String,
    },
    /// The signer failed to sign.
    #[error("the signer failed")]
    Signer(#[source] crypto_keys::Error),
}

/// The first reasons; a hostile chain has many, and the error still holds them all.
fn listed(rejected: &[Rejection]) -> String {
    const SHOWN: usize = 4;
    if rejected.is_empty() {
        return ": none is known by that name".to_owned();
    }
    let mut list: String = rejected
        .iter()
        .take(SHOWN)
        .map(|rejection| format!("; {rejection}"))
        .collect();
    match rejected.len().saturating_sub(SHOWN) {
        0 => {}
        more => list.push_str(&format!("; and {more} more")),
    }
    list
}

/// A certificate that may not stand in a chain, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{certificate} is refused: {reason}")]
pub struct Rejection {
    /// The refused certificate: its first URI name, or its subject.
    pub certificate: String,
    /// Why it is refused.
    pub reason: Reason,
}

/// Why a certificate may not stand in a chain.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Reason {
    /// Its time has not come.
    #[error("it is not valid before {not_before}, and the time is {now}")]
    NotYetValid {
        /// The first valid instant.
        not_before: DateTime<Utc>,
        /// The instant of the verification.
        now: DateTime<Utc>,
    },
    /// Its time has passed.
    #[error("it expired at {not_after}, and the time is {now}")]
    Expired {
        /// The last valid instant.
        not_after: DateTime<Utc>,
        /// The instant of the verification.
        now: DateTime<Utc>,
    },
    /// It has a critical extension that is not understood here (RFC 5280 section 4.2).
    #[error("its critical extension {oid} is not understood")]
    CriticalExtension {
        /// The extension.
        oid: String,
    },
    /// It is a leaf whose key usage does not cover signatures.
    #[error("its key usage lacks digitalSignature")]
    NoDigitalSignature,
    /// It issued a certificate without being an authority (cA is not set).
    #[error("it is not a certificate authority")]
    NotAnAuthority,
    /// It issued a certificate although its key usage does not cover that.
    #[error("its key usage lacks keyCertSign")]
    NoKeyCertSign,
    /// It issued a certificate without having a name.
    #[error("its subject is empty")]
    EmptySubject,
    /// It issued an SVID, and its own extended key usage is narrower than the SVID's purpose.
    #[error("its extended key usage lacks serverAuth and clientAuth")]
    ExtendedKeyUsage,
    /// It issued an SVID, and its own SPIFFE id is a workload's.
    #[error("its SPIFFE id {id} has a path, so it is no authority's")]
    WorkloadId {
        /// The id in the authority's certificate.
        id: String,
    },
    /// There are more intermediates below it than its path length allows.
    #[error("it allows {allowed} intermediates below it, and there are {found}")]
    PathLength {
        /// What the certificate allows.
        allowed: usize,
        /// What the chain holds, self-issued certificates not counted.
        found: usize,
    },
    /// The chain would hold more intermediates than the budget allows.
    #[error("the chain would have more than {limit} intermediates")]
    TooManyIntermediates {
        /// The budget.
        limit: usize,
    },
    /// A name below it is outside the names it may speak for.
    #[error("its name constraints do not permit {name:?}")]
    NameConstraint {
        /// The name, from a certificate below.
        name: String,
    },
    /// It has name constraints of a kind that is not supported, so nothing below it can be judged.
    #[error("its name constraints are not supported: {what}")]
    UnsupportedNameConstraint {
        /// What is not supported.
        what: String,
    },
    /// It was signed with an algorithm that is not supported.
    #[error("it is signed with the unsupported algorithm {oid}")]
    SignatureAlgorithm {
        /// The algorithm.
        oid: String,
    },
    /// Its key does not fit the algorithm of the signature it is said to have made, or cannot be used at all.
    #[error("its key cannot verify the signature of {child}: {source}")]
    Key {
        /// The certificate it is said to have signed.
        child: String,
        /// Why not.
        source: crypto_keys::Error,
    },
    /// Its key did not make the signature.
    #[error("its key did not sign {child}")]
    BadSignature {
        /// The certificate it is said to have signed.
        child: String,
    },
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    use chrono::TimeDelta;
    use crypto_keys::{PrivateKey, Scheme, Signer};
    use der::asn1::ObjectIdentifier;
    use x509_cert::ext::pkix::constraints::name::{GeneralSubtree, NameConstraints};
    use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsages};
    use x509_cert::name::Name;

    use super::*;
    use crate::mint::{
        Authority, ID, basic, extension, now, patched, unknown_critical, uri, uris, usage,
    };
    use crate::template::Template;
    use crate::{Budget, Bundle, Certificate, Svid, SvidSigner, verify_chain};

    fn names<T: Debug>(values: impl IntoIterator<Item = T>) -> BTreeSet<String> {
        let names = values
            .into_iter()
            .map(|value| testdata::variant(&format!("{value:?}")));
        names.collect()
    }

    fn acme() -> TrustDomain {
        TrustDomain::try_from("acme.example").unwrap()
    }

    fn svid(leaf: Certificate) -> Svid {
        Svid::new(leaf, Vec::new()).unwrap()
    }

    #[test]
    fn every_error_that_input_can_reach_has_a_case() {
        let root = Authority::root("root", |_| {});
        let honest = svid(root.leaf(|_| {}));
        let bundle = Bundle::new(acme(), vec![root.certificate.clone()]);
        let other = Bundle::new(TrustDomain::try_from("other").unwrap(), Vec::new());
        let nothing = Budget {
            candidates: 0,
            ..Budget::default()
        };
        let late = now() + TimeDelta::days(1);
        let ed448 = patched(&root.leaf(|_| {}), b"\x2b\x65\x70", b"\x2b\x65\x71");
        let ed448 = Certificate::from_der(&ed448).unwrap();
        let cases = [
            TrustDomain::try_from("").unwrap_err(),
            TrustDomain::try_from("a".repeat(256)).unwrap_err(),
            SpiffeId::try_from("").unwrap_err(),
            Svid::from_pem("").unwrap_err(),
            Svid::from_der_chain(b"").unwrap_err(),
            Svid::from_der_chain(b"0").unwrap_err(),
            Svid::new(root.certificate.clone(), Vec::new()).unwrap_err(),
            Svid::new(ed448, Vec::new()).unwrap_err(),
            honest.verify(&other, now()).unwrap_err(),
            honest.verify(&bundle, late).unwrap_err(),
            honest
                .verify(&Bundle::new(acme(), Vec::new()), now())
                .unwrap_err(),
            honest.verify_within(&bundle, now(), &nothing).unwrap_err(),
            SvidSigner::new(root.key, honest).unwrap_err(),
        ];
        let mut expected = testdata::variants(include_str!("error.rs"), "Error");
        // These are about what a caller asks of an issuer: tests/issue.rs.
        for asked in ["ForeignId", "Unissuable", "Signer"] {
            assert!(expected.remove(asked));
        }
        assert_eq!(names(cases), expected);
    }

    /// The reason for which the only candidate, or the leaf, is refused.
    fn reason(outcome: Result<(), Error>) -> Reason {
        match outcome.unwrap_err() {
            Error::Refused(rejection) => rejection.reason,
            Error::NoPath { mut rejected, .. } => rejected.remove(0).reason,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn every_reason_has_a_case() {
        fn limited(root: &mut Template, host: &str) {
            let subtree = GeneralSubtree {
                base: uri(host),
                minimum: 0,
                maximum: None,
            };
            let constraints = NameConstraints {
                permitted_subtrees: Some(vec![subtree]),
                excluded_subtrees: None,
            };
            root.set(extension(true, &constraints));
        }
        type Change = fn(&mut Template);
        let changes: [(Change, Change); 12] = [
            (
                |_| {},
                |leaf| leaf.not_before = now() + TimeDelta::seconds(1),
            ),
            (
                |_| {},
                |leaf| leaf.not_after = now() - TimeDelta::seconds(1),
            ),
            (|_| {}, |leaf| leaf.set(unknown_critical())),
            (|root| root.set(basic(false, None)), |_| {}),
            (|root| root.set(usage(KeyUsages::CRLSign)), |_| {}),
            (|root| root.subject = Name::default(), |_| {}),
            (
                |root| {
                    let signing_code = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
                    root.set(extension(false, &ExtendedKeyUsage(vec![signing_code])));
                },
                |_| {},
            ),
            (|root| root.set(extension(false, &uris(&[ID]))), |_| {}),
            (|root| limited(root, "other.example"), |_| {}),
            (|root| limited(root, "1.2.3.4"), |_| {}),
            (
                |root| {
                    let p256 = PrivateKey::generate(Scheme::EcdsaP256Sha256).unwrap();
                    root.spki = p256.public_key().material().to_vec();
                },
                |_| {},
            ),
            (
                |root| {
                    let another = PrivateKey::generate(Scheme::Ed25519).unwrap();
                    root.spki = another.public_key().material().to_vec();
                },
                |_| {},
            ),
        ];
        let mut reasons: Vec<_> = changes
            .into_iter()
            .map(|(root, leaf)| {
                let root = Authority::root("root", root);
                let leaf = svid(root.leaf(leaf));
                let bundle = Bundle::new(acme(), vec![root.certificate]);
                reason(leaf.verify(&bundle, now()).map(drop))
            })
            .collect();

        let root = Authority::root("root", |root| root.set(basic(true, Some(0))));
        let anchors = [root.certificate.clone()];
        let silent = root.leaf(|leaf| leaf.set(usage(KeyUsages::KeyAgreement)));
        reasons.push(reason(
            verify_chain(&silent, &[], &anchors, now()).map(drop),
        ));
        let ed448 = [0x30, 5, 6, 3, 0x2b, 0x65, 0x71];
        let ed448 = patched(&root.leaf(|_| {}), b"\x30\x05\x06\x03\x2b\x65\x70", &ed448);
        let ed448 = Certificate::from_der(&ed448).unwrap();
        reasons.push(reason(verify_chain(&ed448, &[], &anchors, now()).map(drop)));
        let intermediate = root.intermediate("intermediate", |_| {});
        let below = intermediate.leaf(|_| {});
        let presented = [intermediate.certificate];
        reasons.push(reason(
            verify_chain(&below, &presented, &anchors, now()).map(drop),
        ));
        let direct = Budget {
            intermediates: 0,
            ..Budget::default()
        };
        let outcome = crate::verify_chain_within(&below, &presented, &anchors, now(), &direct);
        reasons.push(reason(outcome.map(drop)));

        let expected = testdata::variants(include_str!("error.rs"), "Reason");
        assert_eq!(names(reasons), expected);
    }

    #[test]
    fn a_long_search_makes_a_short_message() {
        let rejection = Rejection {
            certificate: "CN=root".into(),
            reason: Reason::NotAnAuthority,
        };
        let message = |count| {
            let error = Error::NoPath {
                certificate: "spiffe://acme.example/ci".into(),
                issuer: "CN=root".into(),
                rejected: vec![rejection.clone(); count],
            };
            error.to_string()
        };
        let start = "no chain leads from spiffe://acme.example/ci, issued by CN=root, to a trusted authority";
        let one = "; CN=root is refused: it is not a certificate authority";
        assert_eq!(message(0), format!("{start}: none is known by that name"));
        assert_eq!(message(4), format!("{start}{}", one.repeat(4)));
        assert_eq!(
            message(64),
            format!("{start}{}; and 60 more", one.repeat(4))
        );
    }
}
