use std::collections::BTreeSet;

use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::constraints::name::NameConstraints as EncodedNameConstraints;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage as EncodedKeyUsage,
    SubjectAltName, SubjectKeyIdentifier,
};

use super::Malformed;
use crate::name_constraints::NameConstraints;

/// What the extensions of a certificate say, as far as it is looked at.
#[derive(Clone, Default)]
pub(crate) struct Extensions {
    /// The cA bit of the basic constraints; false if there are none.
    pub(crate) authority: bool,
    pub(crate) path_length: Option<u8>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    pub(crate) uris: Vec<String>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) emails: Vec<String>,
    /// Whether the alternative names are marked critical.
    pub(crate) critical_names: bool,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) authority_key_id: Option<Vec<u8>>,
    /// The first critical extension that is not interpreted here.
    pub(crate) unknown_critical: Option<ObjectIdentifier>,
}

/// The key usage, as far as it is looked at.
#[derive(Clone, Copy)]
pub(crate) struct KeyUsage {
    pub(crate) critical: bool,
    pub(crate) digital_signature: bool,
    pub(crate) key_cert_sign: bool,
    pub(crate) crl_sign: bool,
}

impl Extensions {
    pub(super) fn read(encoded: &[Extension]) -> Result<Self, Malformed> {
        let mut extensions = Self::default();
        let mut seen = BTreeSet::new();
        for extension in encoded {
            let oid = extension.extn_id;
            if !seen.insert(oid) {
                return Err(Malformed(format!("its extension {oid} occurs twice")));
            }
            extensions
                .read_one(extension)
                .map_err(|Malformed(reason)| {
                    Malformed(format!("its extension {oid} is malformed: {reason}"))
                })?;
        }
        // RFC 5280 section 4.2.1.10.
        if extensions.name_constraints.is_some() && !extensions.authority {
            return Err("it has name constraints and is no authority".into());
        }
        Ok(extensions)
    }

    /// Whether the extended key usage, if there is one, names both ends of a TLS connection (X509-SVID section 4.4).
    pub(crate) fn names_both_ends(&self) -> bool {
        self.extended_key_usage.as_ref().is_none_or(|purposes| {
            purposes.contains(&SERVER_AUTH) && purposes.contains(&CLIENT_AUTH)
        })
    }

    /// Whether the extended key usage, if there is one, is for any purpose.
    pub(crate) fn serves_any_purpose(&self) -> bool {
        self.extended_key_usage
            .as_ref()
            .is_none_or(|purposes| purposes.contains(&ANY_PURPOSE))
    }

    fn read_one(&mut self, extension: &Extension) -> Result<(), Malformed> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            BASIC_CONSTRAINTS => {
                let constraints = BasicConstraints::from_der(value)?;
                self.authority = constraints.ca;
                self.path_length = constraints.path_len_constraint;
            }
            KEY_USAGE => {
                let usage = EncodedKeyUsage::from_der(value)?;
                self.key_usage = Some(KeyUsage {
                    critical: extension.critical,
                    digital_signature: usage.digital_signature(),
                    key_cert_sign: usage.key_cert_sign(),
                    crl_sign: usage.crl_sign(),
                });
            }
            EXTENDED_KEY_USAGE => {
                let purposes = ExtendedKeyUsage::from_der(value)?.0;
                if purposes.is_empty() {
                    return Err("it is empty".into());
                }
                self.extended_key_usage = Some(purposes);
            }
            SUBJECT_ALT_NAME => {
                self.critical_names = extension.critical;
                for name in SubjectAltName::from_der(value)?.0 {
                    match name {
                        GeneralName::UniformResourceIdentifier(uri) => {
                            self.uris.push(uri.as_str().to_owned());
                        }
                        GeneralName::DnsName(name) => self.dns_names.push(name.as_str().to_owned()),
                        GeneralName::Rfc822Name(mail) => self.emails.push(mail.as_str().to_owned()),
                        _ => {}
                    }
                }
            }
            NAME_CONSTRAINTS => {
                let constraints = EncodedNameConstraints::from_der(value)?;
                self.name_constraints = Some(NameConstraints::read(constraints));
            }
            SUBJECT_KEY_ID => {
                let id = SubjectKeyIdentifier::from_der(value)?;
                self.subject_key_id = Some(id.0.into_bytes().into_vec());
            }
            AUTHORITY_KEY_ID => {
                let id = AuthorityKeyIdentifier::from_der(value)?.key_identifier;
                self.authority_key_id = id.map(|id| id.into_bytes().into_vec());
            }
            _ => {}
        }
        // The key identifiers only order the search, and "MUST NOT be critical" (RFC 5280 sections 4.2.1.1, 4.2.1.2).
        if extension.critical && !INTERPRETED.contains(&extension.extn_id) {
            self.unknown_critical.get_or_insert(extension.extn_id);
        }
        Ok(())
    }
}

const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

/// The extensions whose meaning is enforced; every other one that is critical ends the path.
const INTERPRETED: [ObjectIdentifier; 5] = [
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    EXTENDED_KEY_USAGE,
    SUBJECT_ALT_NAME,
    NAME_CONSTRAINTS,
];

const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
pub(crate) const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
pub(crate) const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
