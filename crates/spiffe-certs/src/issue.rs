use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use crypto_keys::{Algorithm, Digests, PublicKey, Signer};
use der::Encode;
use der::asn1::{Ia5String, ObjectIdentifier, OctetString};
use der::oid::AssociatedOid;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::Name;

use crate::certificate::{CLIENT_AUTH, SERVER_AUTH};
use crate::path::{self, Profile};
use crate::template::{Template, unissuable};
use crate::{Budget, Bundle, Certificate, Error, SpiffeId, Svid, TrustDomain};

/// An authority that issues X.509-SVIDs for the ids of one trust domain.
///
/// Its key is any [`Signer`]; a workload gives nothing but its public key. It has no clock and no randomness of its own. The
/// certificates have the shape that SPIRE gives them, and every one is verified at both ends of its validity before it is
/// handed out: one that outlives the authority, for example, is refused.
///
/// Whether the workload deserves the id it asks for is for the caller to know.
///
/// ```
/// # use chrono::{TimeDelta, DateTime};
/// # use crypto_keys::{PrivateKey, Scheme, Signer};
/// # use spiffe_certs::{Bundle, Issuer, Serial, SpiffeId, TrustDomain, Validity};
/// let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
/// let hour = Validity { not_before: now, not_after: now + TimeDelta::hours(1) };
/// let (root_key, build_key) = (PrivateKey::generate(Scheme::Ed25519)?, PrivateKey::generate(Scheme::EcdsaP256Sha256)?);
///
/// let acme = TrustDomain::try_from("acme.example")?;
/// let root = Issuer::self_signed(acme, &root_key, hour, Serial::new([1; 16]))?;
/// let id = SpiffeId::try_from("spiffe://acme.example/ci/build")?;
/// let svid = root.issue(&id, build_key.public_key(), hour, Serial::new([2; 16]))?;
/// assert_eq!(svid.verify(&root.bundle(), now)?.id(), &id);
///
/// let foreign = SpiffeId::try_from("spiffe://other.example/ci/build")?;
/// assert!(root.issue(&foreign, build_key.public_key(), hour, Serial::new([3; 16])).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Issuer<'s> {
    trust_domain: TrustDomain,
    authority: Certificate,
    /// What goes with every SVID: the way from it to the anchor.
    intermediates: Vec<Certificate>,
    signer: &'s dyn Signer,
}

impl<'s> Issuer<'s> {
    /// An authority that exists, with its key. `upstream` holds the certificates between it and the anchor, its own issuer first;
    /// nothing is needed for a root.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the authority's key cannot be used, [`Error::KeyMismatch`] if `signer` holds another one.
    pub fn new(
        trust_domain: TrustDomain,
        authority: Certificate,
        upstream: Vec<Certificate>,
        signer: &'s dyn Signer,
    ) -> Result<Self, Error> {
        if authority.public_key()?.material() != signer.public_key().material() {
            return Err(Error::KeyMismatch {
                certificate: authority.label(),
            });
        }
        let is_root = authority.subject_der() == authority.issuer_der();
        let own = (!is_root).then(|| authority.clone());
        Ok(Self {
            trust_domain,
            authority,
            intermediates: own.into_iter().chain(upstream).collect(),
            signer,
        })
    }

    /// Makes the root authority of a trust domain.
    ///
    /// # Errors
    ///
    /// [`Error::Unissuable`] if the signer's key or the validity cannot stand in a certificate, [`Error::Signer`] if it does not
    /// sign; [`Error::Refused`] or [`Error::NoPath`] if the certificate does not verify.
    pub fn self_signed(
        trust_domain: TrustDomain,
        signer: &'s dyn Signer,
        validity: Validity,
        serial: Serial,
    ) -> Result<Self, Error> {
        let key = signer.public_key();
        let template = authority_template(&trust_domain, key, key, validity, serial)?;
        let issuer = template.subject.to_der().map_err(unissuable)?;
        let authority = template.sign(&issuer, signer)?;
        check_authority(&authority, &authority)?;
        Self::new(trust_domain, authority, Vec::new(), signer)
    }

    /// Makes an intermediate authority below this one, for the same trust domain. The SVIDs it issues carry its certificate.
    ///
    /// # Errors
    ///
    /// As [`Self::self_signed`].
    pub fn intermediate<'i>(
        &self,
        signer: &'i dyn Signer,
        validity: Validity,
        serial: Serial,
    ) -> Result<Issuer<'i>, Error> {
        let authority = authority_template(
            &self.trust_domain,
            signer.public_key(),
            self.signer.public_key(),
            validity,
            serial,
        )?
        .sign(self.authority.subject_der(), self.signer)?;
        check_authority(&authority, &self.authority)?;
        Issuer::new(
            self.trust_domain.clone(),
            authority,
            self.intermediates.clone(),
            signer,
        )
    }

    /// Issues the SVID of a workload for its public key.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignId`] if the id is in another trust domain; [`Error::Profile`] if it has no path; otherwise as
    /// [`Self::self_signed`].
    pub fn issue(
        &self,
        id: &SpiffeId,
        key: &PublicKey,
        validity: Validity,
        serial: Serial,
    ) -> Result<Svid, Error> {
        if *id.trust_domain() != self.trust_domain {
            return Err(Error::ForeignId {
                issuer: self.trust_domain.clone(),
                id: id.clone(),
            });
        }
        let extensions = leaf_extensions(id, key, self.signer.public_key());
        let leaf = Template {
            serial: serial.0.to_vec(),
            subject: Name::from_str(LEAF_NAME).map_err(unissuable)?,
            not_before: validity.not_before,
            not_after: validity.not_after,
            spki: spki(key)?,
            extensions: extensions.map_err(unissuable)?,
        }
        .sign(self.authority.subject_der(), self.signer)?;
        let svid = Svid::new(leaf, self.intermediates.clone())?;
        for instant in [svid.leaf().not_before(), svid.leaf().not_after()] {
            svid.verify(&self.bundle(), instant)?;
        }
        Ok(svid)
    }

    /// The authority's certificate.
    pub fn authority(&self) -> &Certificate {
        &self.authority
    }

    /// The bundle that trusts this authority and no other.
    pub fn bundle(&self) -> Bundle {
        Bundle::new(self.trust_domain.clone(), vec![self.authority.clone()])
    }
}

impl fmt::Debug for Issuer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("trust_domain", &self.trust_domain)
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

/// From when until when a certificate is valid, both included, in whole seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    /// The first valid instant. Leave the clocks of others some room: SPIRE starts ten seconds early.
    pub not_before: DateTime<Utc>,
    /// The last valid instant.
    pub not_after: DateTime<Utc>,
}

/// A serial number: positive, and as hard to guess as the bytes it is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Serial([u8; 16]);

impl Serial {
    /// A serial number of random bytes; two of the bits are set so that it is positive and always as long.
    pub fn new(random: [u8; 16]) -> Self {
        let mut serial = random;
        if let Some(first) = serial.first_mut() {
            *first = *first & 0x3f | 0x40;
        }
        Self(serial)
    }
}

/// What every SVID of SPIRE has for a subject, unless it was given DNS names.
const LEAF_NAME: &str = "O=SPIRE,C=US";

fn leaf_extensions(
    id: &SpiffeId,
    key: &PublicKey,
    authority: &PublicKey,
) -> der::Result<Vec<Extension>> {
    let usage = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment | KeyUsages::KeyAgreement;
    let constraints = BasicConstraints {
        ca: false,
        path_len_constraint: None,
    };
    Ok(vec![
        extension(true, &KeyUsage(usage))?,
        extension(false, &ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH]))?,
        extension(true, &constraints)?,
        extension(false, &SubjectKeyIdentifier(key_id(key)?))?,
        extension(false, &issued_by(authority)?)?,
        extension(false, &named(id)?)?,
    ])
}

/// An authority's certificate, not yet signed. The name tells the authorities of one trust domain apart by their serial
/// number, as SPIRE's does.
fn authority_template(
    trust_domain: &TrustDomain,
    key: &PublicKey,
    issuer: &PublicKey,
    validity: Validity,
    serial: Serial,
) -> Result<Template, Error> {
    let number = u128::from_be_bytes(serial.0);
    let subject = format!("{SERIAL_NUMBER}={number},O=SPIFFE,C=US");
    let id = SpiffeId::new(trust_domain, "")?;
    Ok(Template {
        serial: serial.0.to_vec(),
        subject: Name::from_str(&subject).map_err(unissuable)?,
        not_before: validity.not_before,
        not_after: validity.not_after,
        spki: spki(key)?,
        extensions: authority_extensions(&id, key, issuer).map_err(unissuable)?,
    })
}

fn authority_extensions(
    id: &SpiffeId,
    key: &PublicKey,
    issuer: &PublicKey,
) -> der::Result<Vec<Extension>> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: None,
    };
    Ok(vec![
        extension(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?,
        extension(true, &constraints)?,
        extension(false, &SubjectKeyIdentifier(key_id(key)?))?,
        extension(false, &issued_by(issuer)?)?,
        extension(false, &named(id)?)?,
    ])
}

fn named(id: &SpiffeId) -> der::Result<SubjectAltName> {
    let uri = Ia5String::new(id.as_str())?;
    Ok(SubjectAltName(vec![
        GeneralName::UniformResourceIdentifier(uri),
    ]))
}

fn issued_by(issuer: &PublicKey) -> der::Result<AuthorityKeyIdentifier> {
    Ok(AuthorityKeyIdentifier {
        key_identifier: Some(key_id(issuer)?),
        ..AuthorityKeyIdentifier::default()
    })
}

/// The first 160 bits of the SHA-256 of the key (RFC 7093 section 2, of the whole SubjectPublicKeyInfo).
fn key_id(key: &PublicKey) -> der::Result<OctetString> {
    let digests = Digests::of(key.material(), &[Algorithm::Sha256]);
    let digest = digests.hex(Algorithm::Sha256).unwrap_or_default();
    let mut id = base16ct::lower::decode_vec(digest).unwrap_or_default();
    id.truncate(20);
    OctetString::new(id)
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> der::Result<Extension> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

fn spki(key: &PublicKey) -> Result<Vec<u8>, Error> {
    match key.unusable() {
        None => Ok(key.material().to_owned()),
        Some(reason) => Err(unissuable(reason)),
    }
}

/// An issuer proves its own work: the certificate verifies from the first instant of its validity to the last.
fn check_authority(authority: &Certificate, issuer: &Certificate) -> Result<(), Error> {
    for instant in [authority.not_before(), authority.not_after()] {
        path::find(
            authority,
            &[],
            std::slice::from_ref(issuer),
            instant,
            &Budget::default(),
            Profile::Svid,
        )?;
    }
    Ok(())
}

const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
