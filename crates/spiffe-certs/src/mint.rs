//! Certificates for the tests: right unless a test changes the template.

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{PrivateKey, Scheme, Signer};
use der::Encode;
use der::asn1::{Ia5String, ObjectIdentifier, OctetString};
use der::flagset::FlagSet;
use der::oid::AssociatedOid;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
};

use crate::Certificate;
use crate::certificate::{CLIENT_AUTH, SERVER_AUTH};
use crate::template::Template;

pub(crate) const ID: &str = "spiffe://acme.example/ci/build";

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// An authority and its key.
pub(crate) struct Authority {
    pub(crate) key: PrivateKey,
    pub(crate) certificate: Certificate,
}

impl Authority {
    pub(crate) fn root(name: &str, change: impl FnOnce(&mut Template)) -> Self {
        let key = PrivateKey::generate(Scheme::Ed25519).unwrap();
        let mut template = authority(name, &key);
        change(&mut template);
        let issuer = template.subject.to_der().unwrap();
        let certificate = template.sign(&issuer, &key).unwrap();
        Self { key, certificate }
    }

    pub(crate) fn intermediate(&self, name: &str, change: impl FnOnce(&mut Template)) -> Self {
        let key = PrivateKey::generate(Scheme::Ed25519).unwrap();
        let mut template = authority(name, &key);
        change(&mut template);
        let certificate = self.sign(&template);
        Self { key, certificate }
    }

    pub(crate) fn leaf(&self, change: impl FnOnce(&mut Template)) -> Certificate {
        self.leaf_of(&PrivateKey::generate(Scheme::Ed25519).unwrap(), change)
    }

    pub(crate) fn leaf_of(
        &self,
        key: &PrivateKey,
        change: impl FnOnce(&mut Template),
    ) -> Certificate {
        let usage = KeyUsages::DigitalSignature | KeyUsages::KeyAgreement;
        let mut template = Template {
            extensions: vec![
                extension(true, &KeyUsage(usage)),
                extension(false, &ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH])),
                extension(false, &uris(&[ID])),
            ],
            ..template("O=SPIRE,C=US", key)
        };
        change(&mut template);
        self.sign(&template)
    }

    pub(crate) fn sign(&self, template: &Template) -> Certificate {
        template
            .sign(self.certificate.subject_der(), &self.key)
            .unwrap()
    }
}

impl Template {
    /// Puts an extension in the place of the one of its kind.
    pub(crate) fn set(&mut self, extension: Extension) {
        self.remove(extension.extn_id);
        self.extensions.push(extension);
    }

    pub(crate) fn remove(&mut self, oid: ObjectIdentifier) {
        self.extensions.retain(|other| other.extn_id != oid);
    }
}

pub(crate) fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Extension {
    raw_extension(T::OID, critical, &value.to_der().unwrap())
}

pub(crate) fn raw_extension(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Extension {
    Extension {
        extn_id: oid,
        critical,
        extn_value: OctetString::new(value).unwrap(),
    }
}

pub(crate) fn unknown_critical() -> Extension {
    let oid = ObjectIdentifier::new_unwrap("1.2.3.4");
    raw_extension(oid, true, b"\x05\x00")
}

pub(crate) fn usage(usages: impl Into<FlagSet<KeyUsages>>) -> Extension {
    extension(true, &KeyUsage(usages.into()))
}

pub(crate) fn basic(ca: bool, path_length: Option<u8>) -> Extension {
    let constraints = BasicConstraints {
        ca,
        path_len_constraint: path_length,
    };
    extension(true, &constraints)
}

pub(crate) fn uris(uris: &[&str]) -> SubjectAltName {
    SubjectAltName(uris.iter().map(|text| uri(text)).collect())
}

pub(crate) fn uri(uri: &str) -> GeneralName {
    GeneralName::UniformResourceIdentifier(Ia5String::new(uri).unwrap())
}

/// The DER of `certificate` with every occurrence of some bytes replaced.
pub(crate) fn patched(certificate: &Certificate, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "lengths are part of DER");
    let mut der = certificate.der().to_vec();
    for at in 0..=der.len() - from.len() {
        if der[at..].starts_with(from) {
            der[at..at + to.len()].copy_from_slice(to);
        }
    }
    der
}

fn authority(name: &str, key: &PrivateKey) -> Template {
    Template {
        extensions: vec![
            usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            basic(true, None),
        ],
        ..template(&format!("CN={name}"), key)
    }
}

fn template(subject: &str, key: &PrivateKey) -> Template {
    Template {
        serial: vec![1],
        subject: subject.parse().unwrap(),
        not_before: now() - TimeDelta::hours(1),
        not_after: now() + TimeDelta::hours(1),
        spki: key.public_key().material().to_vec(),
        extensions: Vec::new(),
    }
}
