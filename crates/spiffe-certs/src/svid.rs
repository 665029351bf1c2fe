use chrono::{DateTime, Utc};
use crypto_keys::PublicKey;

use crate::path::{self, Profile};
use crate::{Budget, BundleSource, Certificate, Error, SpiffeId, VerifiedPath};

/// An X.509-SVID as it was presented, with the intermediates that came with it: the leaf has the shape it must have, and
/// nothing is believed yet.
///
/// The leaf has exactly one URI, which is a SPIFFE id with a path; it is no authority; its key usage is critical, with
/// `digitalSignature` and without `keyCertSign` and `cRLSign`; an extended key usage has `serverAuth` and
/// `clientAuth`; an empty subject makes the alternative names critical (X509-SVID sections 2, 4 and 5.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Svid {
    leaf: Certificate,
    intermediates: Vec<Certificate>,
    id: SpiffeId,
    key: PublicKey,
}

impl Svid {
    /// The longest chain that is read, in bytes of DER.
    pub const MAX_LEN: usize = 64 * 1024;

    /// Reads certificates in DER that stand one after the other, leaf first, as the SPIFFE Workload API hands them out.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] over [`Self::MAX_LEN`] bytes in all or [`Certificate::MAX_LEN`] in one; [`Error::NoCertificate`] if
    /// there is nothing; [`Error::Malformed`] if one of them is not a certificate; otherwise as [`Self::new`].
    pub fn from_der_chain(der: &[u8]) -> Result<Self, Error> {
        Self::of(Certificate::from_ders_within(der, Self::MAX_LEN)?)
    }

    /// Reads PEM certificates, leaf first.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if the text is not PEM or has no certificate, or holds anything else; [`Error::TooLong`] over
    /// 128 KiB of text; otherwise as [`Self::from_der_chain`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::of(Certificate::from_pem(pem)?)
    }

    /// An SVID of certificates that were already read.
    ///
    /// # Errors
    ///
    /// [`Error::Profile`] naming the rule that the leaf breaks; [`Error::Id`], [`Error::TrustDomain`] or [`Error::TooLong`] if its URI is
    /// not a SPIFFE id; [`Error::Key`] if its key cannot be used.
    pub fn new(leaf: Certificate, intermediates: Vec<Certificate>) -> Result<Self, Error> {
        let id = check_profile(&leaf)?;
        let key = leaf.public_key()?;
        Ok(Self {
            leaf,
            intermediates,
            id,
            key,
        })
    }

    /// Verifies the chain at the instant `now` against the authorities of the id's own trust domain, and no others.
    ///
    /// As [`verify_chain`](crate::verify_chain); beyond it, issuers must have a key usage with `keyCertSign`, no SPIFFE id with a path,
    /// and no extended key usage that is narrower than the SVID's.
    ///
    /// # Errors
    ///
    /// [`Error::NoBundle`] if `bundles` does not know the trust domain, otherwise as [`verify_chain`](crate::verify_chain).
    pub fn verify<'a>(
        &'a self,
        bundles: &'a dyn BundleSource,
        now: DateTime<Utc>,
    ) -> Result<VerifiedSvid<'a>, Error> {
        self.verify_within(bundles, now, &Budget::default())
    }

    /// As [`Self::verify`], with a budget of the caller's.
    ///
    /// # Errors
    ///
    /// As [`Self::verify`].
    pub fn verify_within<'a>(
        &'a self,
        bundles: &'a dyn BundleSource,
        now: DateTime<Utc>,
        budget: &Budget,
    ) -> Result<VerifiedSvid<'a>, Error> {
        let trust_domain = self.id.trust_domain();
        let bundle = bundles
            .bundle(trust_domain)
            // A source that answers for somebody else is taken as silent.
            .filter(|bundle| bundle.trust_domain() == trust_domain)
            .ok_or_else(|| Error::NoBundle {
                id: self.id.clone(),
                trust_domain: trust_domain.clone(),
            })?;
        let path = path::find(
            &self.leaf,
            &self.intermediates,
            bundle.authorities(),
            now,
            budget,
            Profile::Svid,
        )?;
        Ok(VerifiedSvid { svid: self, path })
    }

    /// The id the leaf claims.
    pub fn id(&self) -> &SpiffeId {
        &self.id
    }

    /// The key the leaf claims for it.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The certificate of the workload.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The certificates that came with the leaf.
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }

    /// The chain as PEM, leaf first.
    pub fn to_pem(&self) -> String {
        self.chain().map(Certificate::to_pem).collect()
    }

    /// The chain as DER certificates that stand one after the other, leaf first.
    pub fn to_der_chain(&self) -> Vec<u8> {
        self.chain().flat_map(Certificate::der).copied().collect()
    }

    fn chain(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.intermediates)
    }

    fn of(chain: Vec<Certificate>) -> Result<Self, Error> {
        let mut chain = chain.into_iter();
        let leaf = chain.next().ok_or(Error::NoCertificate)?;
        Self::new(leaf, chain.collect())
    }
}

/// An SVID that an authority of its trust domain vouches for, at the instant it was verified for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedSvid<'a> {
    svid: &'a Svid,
    path: VerifiedPath<'a>,
}

impl<'a> VerifiedSvid<'a> {
    /// Who the workload is.
    pub fn id(&self) -> &'a SpiffeId {
        &self.svid.id
    }

    /// The workload's key.
    pub fn public_key(&self) -> &'a PublicKey {
        &self.svid.key
    }

    /// The authority that vouches for it.
    pub fn anchor(&self) -> &'a Certificate {
        self.path.anchor()
    }

    /// The chain of certificates that carries the verdict.
    pub fn path(&self) -> &VerifiedPath<'a> {
        &self.path
    }

    /// The last instant at which the verdict holds.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.path.not_after()
    }
}

/// The rules for a leaf: X509-SVID sections 2, 4.1, 4.3, 4.4 and 5.2, and for the empty subject RFC 5280 section 4.1.2.6.
fn check_profile(leaf: &Certificate) -> Result<SpiffeId, Error> {
    let refuse = |rule| {
        Err(Error::Profile {
            certificate: leaf.label(),
            rule,
        })
    };
    let [uri] = leaf.uris() else {
        return refuse("it must have exactly one URI name");
    };
    let id = SpiffeId::try_from(uri.as_str())?;
    if id.path().is_empty() {
        return refuse("the SPIFFE id of a leaf must have a path");
    }
    let extensions = leaf.extensions();
    if extensions.authority {
        return refuse("a leaf must not be a certificate authority");
    }
    let Some(usage) = extensions.key_usage else {
        return refuse("it must have a key usage");
    };
    if !usage.critical {
        return refuse("its key usage must be critical");
    }
    if !usage.digital_signature {
        return refuse("its key usage must have digitalSignature");
    }
    if usage.key_cert_sign {
        return refuse("its key usage must not have keyCertSign");
    }
    if usage.crl_sign {
        return refuse("its key usage must not have cRLSign");
    }
    if !extensions.names_both_ends() {
        return refuse("its extended key usage must have serverAuth and clientAuth");
    }
    if !leaf.has_subject() && !extensions.critical_names {
        return refuse("its alternative names must be critical, for its subject is empty");
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use der::asn1::ObjectIdentifier;
    use der::oid::AssociatedOid;
    use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName};

    use super::*;
    use crate::error::{Reason, Rejection};
    use crate::mint::{Authority, ID, basic, extension, now, uri, uris, usage};
    use crate::template::Template;
    use crate::{Bundle, TrustDomain, verify_chain};

    fn bundle(trust_domain: &str, roots: &[&Authority]) -> Bundle {
        Bundle::new(
            TrustDomain::try_from(trust_domain).unwrap(),
            roots.iter().map(|root| root.certificate.clone()).collect(),
        )
    }

    #[test]
    fn an_svid_of_its_own_trust_domain_verifies() {
        let root = Authority::root("root", |_| {});
        let svid = Svid::new(root.leaf(|_| {}), Vec::new()).unwrap();
        let acme = bundle("acme.example", &[&root]);
        let verified = svid.verify(&acme, now()).unwrap();
        assert_eq!(verified.id().as_str(), ID);
        assert_eq!(verified.public_key().material(), svid.leaf().spki());
        assert_eq!(verified.anchor(), &root.certificate);
        assert_eq!(verified.not_after(), now() + TimeDelta::hours(1));
    }

    #[test]
    fn an_authority_of_another_trust_domain_has_no_say() {
        let root = Authority::root("root", |_| {});
        let svid = Svid::new(root.leaf(|_| {}), Vec::new()).unwrap();
        assert_eq!(
            svid.verify(&bundle("other.example", &[&root]), now()),
            Err(Error::NoBundle {
                id: svid.id().clone(),
                trust_domain: svid.id().trust_domain().clone(),
            })
        );
    }

    #[test]
    fn a_source_that_answers_with_the_bundle_of_another_is_not_believed() {
        struct Merged(Bundle);
        impl BundleSource for Merged {
            fn bundle(&self, _: &TrustDomain) -> Option<&Bundle> {
                Some(&self.0)
            }
        }
        let root = Authority::root("root", |_| {});
        let svid = Svid::new(root.leaf(|_| {}), Vec::new()).unwrap();
        let merged = Merged(bundle("other.example", &[&root]));
        assert!(matches!(
            svid.verify(&merged, now()),
            Err(Error::NoBundle { .. })
        ));
    }

    #[test]
    fn the_leaf_is_held_to_every_rule_of_the_profile() {
        type Change = fn(&mut Template);
        let spoiled: [(Change, &str); 15] = [
            (
                |leaf| leaf.remove(SubjectAltName::OID),
                "it must have exactly one URI name",
            ),
            (
                |leaf| leaf.set(extension(false, &uris(&[ID, "spiffe://acme.example/b"]))),
                "it must have exactly one URI name",
            ),
            (
                |leaf| leaf.set(extension(false, &uris(&[ID, "https://acme.example/"]))),
                "it must have exactly one URI name",
            ),
            (
                |leaf| leaf.set(extension(false, &SubjectAltName(vec![uri(ID), uri(ID)]))),
                "it must have exactly one URI name",
            ),
            (
                |leaf| leaf.set(extension(false, &uris(&["spiffe://acme.example"]))),
                "the SPIFFE id of a leaf must have a path",
            ),
            (
                |leaf| leaf.set(basic(true, None)),
                "a leaf must not be a certificate authority",
            ),
            (
                |leaf| leaf.remove(KeyUsage::OID),
                "it must have a key usage",
            ),
            (
                |leaf| {
                    let usage = KeyUsage(KeyUsages::DigitalSignature.into());
                    leaf.set(extension(false, &usage));
                },
                "its key usage must be critical",
            ),
            (
                |leaf| leaf.set(usage(KeyUsages::KeyAgreement)),
                "its key usage must have digitalSignature",
            ),
            (
                |leaf| leaf.set(usage(KeyUsages::DigitalSignature | KeyUsages::KeyCertSign)),
                "its key usage must not have keyCertSign",
            ),
            (
                |leaf| leaf.set(usage(KeyUsages::DigitalSignature | KeyUsages::CRLSign)),
                "its key usage must not have cRLSign",
            ),
            (
                |leaf| leaf.set(purposes(&["1.3.6.1.5.5.7.3.1"])),
                "its extended key usage must have serverAuth and clientAuth",
            ),
            (
                |leaf| leaf.set(purposes(&["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3"])),
                "its extended key usage must have serverAuth and clientAuth",
            ),
            (
                |leaf| leaf.set(purposes(&["2.5.29.37.0"])),
                "its extended key usage must have serverAuth and clientAuth",
            ),
            (
                |leaf| leaf.subject = x509_cert::name::Name::default(),
                "its alternative names must be critical, for its subject is empty",
            ),
        ];
        let root = Authority::root("root", |_| {});
        for (change, expected) in spoiled {
            match Svid::new(root.leaf(change), Vec::new()) {
                Err(Error::Profile { rule, .. }) => assert_eq!(rule, expected),
                other => panic!("{expected}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_the_profile_leaves_open_is_accepted() {
        type Change = fn(&mut Template);
        let allowed: [Change; 4] = [
            |leaf| leaf.remove(ExtendedKeyUsage::OID),
            |leaf| leaf.set(basic(false, None)),
            |leaf| leaf.set(usage(KeyUsages::DigitalSignature)),
            |leaf| {
                leaf.subject = x509_cert::name::Name::default();
                leaf.set(extension(true, &uris(&[ID])));
            },
        ];
        let root = Authority::root("root", |_| {});
        let acme = bundle("acme.example", &[&root]);
        for change in allowed {
            let svid = Svid::new(root.leaf(change), Vec::new()).unwrap();
            assert!(svid.verify(&acme, now()).is_ok());
        }
    }

    #[test]
    fn the_uri_must_be_a_spiffe_id() {
        let root = Authority::root("root", |_| {});
        for uri in [
            "https://acme.example/a",
            "SPIFFE://acme.example/a",
            "spiffe://acme.example/a/../b",
        ] {
            let leaf = root.leaf(|leaf| leaf.set(extension(false, &uris(&[uri]))));
            assert!(matches!(
                Svid::new(leaf, Vec::new()),
                Err(Error::Id { text, .. }) if text == uri
            ));
        }
    }

    #[test]
    fn issuers_of_svids_are_held_to_more_than_other_issuers() {
        type Change = fn(&mut Template);
        let spoiled: [(Change, Reason); 3] = [
            (|issuer| issuer.remove(KeyUsage::OID), Reason::NoKeyCertSign),
            (
                |issuer| issuer.set(purposes(&["1.3.6.1.5.5.7.3.3"])),
                Reason::ExtendedKeyUsage,
            ),
            (
                |issuer| issuer.set(extension(false, &uris(&[ID]))),
                Reason::WorkloadId { id: ID.into() },
            ),
        ];
        for (change, expected) in spoiled {
            let root = Authority::root("root", |_| {});
            let intermediate = root.intermediate("intermediate", change);
            let leaf = intermediate.leaf(|_| {});
            let presented = vec![intermediate.certificate];
            let acme = bundle("acme.example", &[&root]);
            assert!(verify_chain(&leaf, &presented, acme.authorities(), now()).is_ok());

            let svid = Svid::new(leaf, presented).unwrap();
            match svid.verify(&acme, now()).unwrap_err() {
                Error::NoPath { rejected, .. } => {
                    let reasons: Vec<_> = rejected.into_iter().map(|one| one.reason).collect();
                    assert_eq!(reasons, [expected]);
                }
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn issuers_of_svids_may_carry_the_id_of_a_trust_domain_and_serve_any_purpose() {
        let root = Authority::root("root", |root| {
            root.set(extension(false, &uris(&["spiffe://acme.example"])));
            root.set(purposes(&["2.5.29.37.0"]));
        });
        let svid = Svid::new(root.leaf(|_| {}), Vec::new()).unwrap();
        assert!(
            svid.verify(&bundle("acme.example", &[&root]), now())
                .is_ok()
        );
    }

    #[test]
    fn an_expired_svid_is_refused_and_was_good_before() {
        let root = Authority::root("root", |_| {});
        let leaf = root.leaf(|leaf| leaf.not_after = now() - TimeDelta::seconds(1));
        let svid = Svid::new(leaf, Vec::new()).unwrap();
        let acme = bundle("acme.example", &[&root]);
        assert_eq!(
            svid.verify(&acme, now()),
            Err(Error::Refused(Rejection {
                certificate: ID.into(),
                reason: Reason::Expired {
                    not_after: now() - TimeDelta::seconds(1),
                    now: now()
                }
            }))
        );
        assert!(svid.verify(&acme, now() - TimeDelta::seconds(1)).is_ok());
    }

    #[test]
    fn a_chain_survives_both_of_its_encodings() {
        let root = Authority::root("root", |_| {});
        let intermediate = root.intermediate("intermediate", |_| {});
        let leaf = intermediate.leaf(|_| {});
        let svid = Svid::new(leaf, vec![intermediate.certificate]).unwrap();
        assert_eq!(Svid::from_pem(&svid.to_pem()), Ok(svid.clone()));
        assert_eq!(Svid::from_der_chain(&svid.to_der_chain()), Ok(svid.clone()));
        let acme = bundle("acme.example", &[&root]);
        assert!(svid.verify(&acme, now()).is_ok());
    }

    #[test]
    fn a_chain_is_not_read_beyond_its_limits() {
        assert_eq!(Svid::from_der_chain(&[]), Err(Error::NoCertificate));
        assert_eq!(
            Svid::from_der_chain(&[0; 65_537]),
            Err(Error::TooLong {
                what: "certificate chain",
                limit: 65_536,
                actual: 65_537
            })
        );
        let leaf = Authority::root("root", |_| {}).leaf(|_| {});
        let mut trailing = leaf.der().to_vec();
        trailing.push(0);
        assert!(matches!(
            Svid::from_der_chain(&trailing),
            Err(Error::Malformed { index: 1, .. })
        ));
    }

    fn purposes(oids: &[&str]) -> x509_cert::ext::Extension {
        let oids = oids.iter().map(|oid| ObjectIdentifier::new_unwrap(oid));
        extension(false, &ExtendedKeyUsage(oids.collect()))
    }
}
