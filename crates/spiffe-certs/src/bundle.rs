use std::collections::BTreeMap;

use crate::{Certificate, Error, TrustDomain};

/// The authorities of one trust domain: who may vouch for the ids in it.
///
/// ```
/// # use spiffe_certs::{Bundle, TrustDomain};
/// let acme = TrustDomain::try_from("acme.example")?;
/// assert!(Bundle::from_pem(acme, "no certificate").is_err());
/// # Ok::<(), spiffe_certs::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bundle {
    trust_domain: TrustDomain,
    authorities: Vec<Certificate>,
}

impl Bundle {
    /// The longest bundle that is read, in bytes of DER or PEM: room for some hundred authorities.
    pub const MAX_LEN: usize = 1024 * 1024;

    /// A bundle of certificates that were already read. Without any it vouches for nobody.
    pub fn new(trust_domain: TrustDomain, authorities: Vec<Certificate>) -> Self {
        Self {
            trust_domain,
            authorities,
        }
    }

    /// Reads certificates in DER that stand one after the other, as the SPIFFE Workload API hands them out.
    ///
    /// # Errors
    ///
    /// [`Error::NoCertificate`] if there is nothing, [`Error::TooLong`] over [`Self::MAX_LEN`] bytes in all or
    /// [`Certificate::MAX_LEN`] in one, [`Error::Malformed`] if one of them is not a certificate.
    pub fn from_der(trust_domain: TrustDomain, der: &[u8]) -> Result<Self, Error> {
        let authorities = Certificate::from_ders_within(der, Self::MAX_LEN)?;
        Ok(Self::new(trust_domain, authorities))
    }

    /// Reads PEM certificates.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if the text is not PEM or has no certificate, [`Error::TooLong`] and [`Error::Malformed`] as [`Self::from_der`].
    pub fn from_pem(trust_domain: TrustDomain, pem: &str) -> Result<Self, Error> {
        let authorities = Certificate::from_pem_within(pem, Self::MAX_LEN)?;
        Ok(Self::new(trust_domain, authorities))
    }

    /// The authorities as PEM, one after the other.
    pub fn to_pem(&self) -> String {
        self.authorities.iter().map(Certificate::to_pem).collect()
    }

    /// Whose authorities these are.
    pub fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// The certificates of the authorities, in the order they were given.
    pub fn authorities(&self) -> &[Certificate] {
        &self.authorities
    }
}

/// Bundles by trust domain. Bundles of different trust domains are never merged: an authority of one has no say about
/// the ids of another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BundleSet(BTreeMap<TrustDomain, Bundle>);

impl BundleSet {
    /// A set that knows nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a bundle in the place of the one its trust domain had, which is returned: a bundle is the complete
    /// state, and an authority that is no longer in it is revoked.
    pub fn insert(&mut self, bundle: Bundle) -> Option<Bundle> {
        self.0.insert(bundle.trust_domain.clone(), bundle)
    }

    /// The bundles, by trust domain.
    pub fn iter(&self) -> impl Iterator<Item = &Bundle> {
        self.0.values()
    }
}

/// Finds the bundle of a trust domain; the only way to pick the authorities that judge an id.
pub trait BundleSource {
    /// The bundle of exactly this trust domain, or `None` if it is not known.
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<&Bundle>;
}

impl BundleSource for BundleSet {
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<&Bundle> {
        self.0.get(trust_domain)
    }
}

impl BundleSource for Bundle {
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<&Bundle> {
        (self.trust_domain == *trust_domain).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(trust_domain: &str) -> Bundle {
        Bundle::new(TrustDomain::try_from(trust_domain).unwrap(), Vec::new())
    }

    #[test]
    fn a_bundle_answers_for_its_own_trust_domain_alone() {
        let acme = empty("acme.example");
        let name = |text| TrustDomain::try_from(text).unwrap();
        assert_eq!(acme.bundle(&name("acme.example")), Some(&acme));
        assert_eq!(acme.bundle(&name("a.acme.example")), None);

        let mut set = BundleSet::new();
        assert_eq!(set.insert(acme.clone()), None);
        assert_eq!(set.insert(empty("other.example")), None);
        assert_eq!(set.bundle(&name("acme.example")), Some(&acme));
        assert_eq!(set.bundle(&name("third.example")), None);
        assert_eq!(set.insert(acme.clone()), Some(acme));
    }

    #[test]
    fn nothing_is_not_a_bundle() {
        let acme = TrustDomain::try_from("acme.example").unwrap();
        assert_eq!(Bundle::from_der(acme, &[]), Err(Error::NoCertificate));
    }
}
