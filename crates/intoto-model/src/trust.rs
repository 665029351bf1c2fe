use std::collections::{BTreeMap, BTreeSet};

use canonical_json::{Node, Value};
use crypto_keys::{KeyId, PublicKey};

use crate::members::{self, strings_to_value};

/// A certificate authority as a layout lists it: PEM under an id (ITE-7, `rootcas` and
/// `intermediatecas`).
///
/// Nothing here has looked into the certificates.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateAuthority {
    id: KeyId,
    pem: String,
    document: BTreeMap<String, Value>,
}

impl CertificateAuthority {
    /// The authority with this certificate, listed under the id of its key.
    pub fn new(key: &PublicKey, pem: &str) -> Self {
        let mut document = match key.to_value() {
            Value::Object(document) => document,
            _ => BTreeMap::new(),
        };
        let keyval = [
            ("certificate", Value::from(pem)),
            ("public", Value::from("")),
        ];
        document.insert("keyval".to_owned(), Value::object(keyval));
        Self {
            id: key.id().clone(),
            pem: pem.to_owned(),
            document,
        }
    }

    /// The id that `roots` of a [`CertConstraint`] refers to.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// One or more certificates as PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    pub(crate) fn read(id: KeyId, node: Node<'_>) -> Result<Self, canonical_json::Error> {
        let pem = node
            .require("keyval")?
            .require("certificate")?
            .as_str()?
            .into_owned();
        Ok(Self {
            id,
            pem,
            document: members::unknown(node, &[])?,
        })
    }

    pub(crate) fn to_value(&self) -> Value {
        members::object([("keyid", Value::from(self.id.as_str()))], &self.document)
    }
}

/// What a certificate must say for its holder to be a functionary of a step (ITE-7).
///
/// Every attribute must be as the constraint has it. [`CertConstraint::default`] asks for a
/// certificate that says nothing at all, and [`CertConstraint::any`] for nothing in particular, so
/// start from the latter and name what matters:
///
/// ```
/// # use intoto_model::CertConstraint;
/// let builder = CertConstraint::any().with_uris(["spiffe://example.org/ci/build"]);
/// assert!(builder.uris().is_met_by(["spiffe://example.org/ci/build"]));
/// assert!(!builder.uris().is_met_by(["spiffe://example.org/ci/build", "spiffe://example.org/ci/test"]));
/// assert!(!builder.uris().is_met_by([]));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CertConstraint {
    common_name: Allowed,
    dns_names: Allowed,
    emails: Allowed,
    organizations: Allowed,
    roots: Allowed,
    uris: Allowed,
}

impl CertConstraint {
    /// The constraint that every certificate meets whose path ends in any root of the layout.
    pub fn any() -> Self {
        Self {
            common_name: Allowed::any(),
            dns_names: Allowed::any(),
            emails: Allowed::any(),
            organizations: Allowed::any(),
            roots: Allowed::any(),
            uris: Allowed::any(),
        }
    }

    /// The same constraint, for certificates whose subject has exactly this common name.
    #[must_use]
    pub fn with_common_name(self, name: &str) -> Self {
        Self {
            common_name: Allowed::exactly([name]),
            ..self
        }
    }

    /// The same constraint, for certificates with exactly these DNS names.
    #[must_use]
    pub fn with_dns_names<'v>(self, names: impl IntoIterator<Item = &'v str>) -> Self {
        Self {
            dns_names: Allowed::exactly(names),
            ..self
        }
    }

    /// The same constraint, for certificates with exactly these e-mail addresses.
    #[must_use]
    pub fn with_emails<'v>(self, addresses: impl IntoIterator<Item = &'v str>) -> Self {
        Self {
            emails: Allowed::exactly(addresses),
            ..self
        }
    }

    /// The same constraint, for certificates whose subject has exactly these organisations.
    #[must_use]
    pub fn with_organizations<'v>(self, names: impl IntoIterator<Item = &'v str>) -> Self {
        Self {
            organizations: Allowed::exactly(names),
            ..self
        }
    }

    /// The same constraint, for certificates whose path ends in one of these roots.
    #[must_use]
    pub fn with_roots<'v>(self, ids: impl IntoIterator<Item = &'v KeyId>) -> Self {
        Self {
            roots: Allowed::exactly(ids.into_iter().map(KeyId::as_str)),
            ..self
        }
    }

    /// The same constraint, for certificates with exactly these URIs; the SPIFFE id is one.
    #[must_use]
    pub fn with_uris<'v>(self, uris: impl IntoIterator<Item = &'v str>) -> Self {
        Self {
            uris: Allowed::exactly(uris),
            ..self
        }
    }

    /// The common names of the subject.
    pub fn common_name(&self) -> &Allowed {
        &self.common_name
    }

    /// The DNS names among the alternative names.
    pub fn dns_names(&self) -> &Allowed {
        &self.dns_names
    }

    /// The e-mail addresses among the alternative names.
    pub fn emails(&self) -> &Allowed {
        &self.emails
    }

    /// The organisations of the subject.
    pub fn organizations(&self) -> &Allowed {
        &self.organizations
    }

    /// The ids of root authorities: the path of the certificate must end in one of them.
    pub fn roots(&self) -> &Allowed {
        &self.roots
    }

    /// The URIs among the alternative names.
    pub fn uris(&self) -> &Allowed {
        &self.uris
    }

    pub(crate) fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        const KNOWN: [&str; 6] = [
            "common_name",
            "dns_names",
            "emails",
            "organizations",
            "roots",
            "uris",
        ];
        // A constraint that is overlooked would let somebody in.
        if let Some(name) = members::unknown(node, &KNOWN)?.keys().next() {
            return Err(node.error(format!(
                "a certificate constraint without the unknown member {name:?}"
            )));
        }
        let list = |key| {
            let values = members::strings(node, key)?;
            Ok(Allowed::exactly(values.iter().map(String::as_str)))
        };
        Ok(Self {
            common_name: Allowed::exactly([members::text(node, "common_name")?.as_str()]),
            dns_names: list("dns_names")?,
            emails: list("emails")?,
            organizations: list("organizations")?,
            roots: list("roots")?,
            uris: list("uris")?,
        })
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::object([
            (
                "common_name",
                Value::from(self.common_name.written().next().unwrap_or_default()),
            ),
            ("dns_names", strings_to_value(self.dns_names.written())),
            ("emails", strings_to_value(self.emails.written())),
            (
                "organizations",
                strings_to_value(self.organizations.written()),
            ),
            ("roots", strings_to_value(self.roots.written())),
            ("uris", strings_to_value(self.uris.written())),
        ])
    }
}

/// Which values of one attribute are allowed: any at all, or exactly a certain set.
///
/// There are no patterns, and case matters. The default is the empty set: the attribute must not be
/// there. In a layout `*` as the only value says any, and an empty text as the only value says none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Allowed(Values);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Values {
    Any,
    Exactly(BTreeSet<String>),
}

impl Allowed {
    /// Whatever the certificate says.
    pub fn any() -> Self {
        Self(Values::Any)
    }

    /// Exactly these values. As in a layout, `*` alone is any value and an empty text alone is none.
    pub fn exactly<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let values: Vec<&str> = values.into_iter().collect();
        Self(match values.as_slice() {
            ["*"] => Values::Any,
            [""] => Values::Exactly(BTreeSet::new()),
            values => Values::Exactly(values.iter().map(|&value| value.to_owned()).collect()),
        })
    }

    /// Whether a certificate with these values is allowed: the two sets are equal, and the
    /// certificate says nothing twice.
    pub fn is_met_by<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> bool {
        let Values::Exactly(allowed) = &self.0 else {
            return true;
        };
        let mut unmet: BTreeSet<&str> = allowed.iter().map(String::as_str).collect();
        let values: Vec<&str> = values.into_iter().collect();
        match values.as_slice() {
            [""] => unmet.is_empty(),
            values => values.iter().all(|value| unmet.remove(value)) && unmet.is_empty(),
        }
    }

    /// Whether this one value is among the allowed ones.
    pub fn includes(&self, value: &str) -> bool {
        match &self.0 {
            Values::Any => true,
            Values::Exactly(allowed) => allowed.contains(value),
        }
    }

    /// The values named; none if any is allowed.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        match &self.0 {
            Values::Any => None,
            Values::Exactly(allowed) => Some(allowed),
        }
        .into_iter()
        .flatten()
        .map(String::as_str)
    }

    /// The values as a layout has them.
    fn written(&self) -> impl Iterator<Item = &str> {
        // Alone, these would mean something else when they are read again.
        let alone = match &self.0 {
            Values::Exactly(allowed) if allowed.len() == 1 => self.named().next(),
            _ => None,
        };
        (self.0 == Values::Any)
            .then_some("*")
            .into_iter()
            .chain(self.named())
            .chain(alone.filter(|value| matches!(*value, "*" | "")))
    }
}

impl Default for Allowed {
    fn default() -> Self {
        Self::exactly([])
    }
}

#[cfg(test)]
mod tests {
    use canonical_json::Document;

    use super::*;

    fn read(json: &str) -> Result<CertConstraint, canonical_json::Error> {
        CertConstraint::read(Document::read(json.as_bytes()).unwrap().root())
    }

    #[test]
    fn sets_are_equal_or_the_constraint_is_not_met() {
        let two = Allowed::exactly(["a", "b"]);
        assert!(two.is_met_by(["b", "a"]));
        for values in [
            &[][..],
            &["a"],
            &["a", "b", "c"],
            &["a", "a"],
            &["a", "b", "b"],
            &["A", "b"],
            &["a*", "b"],
        ] {
            assert!(!two.is_met_by(values.iter().copied()), "{values:?}");
        }
    }

    #[test]
    fn an_absent_null_or_empty_list_asks_for_nothing_to_be_there() {
        for json in [
            r#"{}"#,
            r#"{"uris": null}"#,
            r#"{"uris": []}"#,
            r#"{"uris": [""], "common_name": ""}"#,
        ] {
            assert_eq!(read(json).unwrap(), CertConstraint::default());
        }
        assert!(Allowed::default().is_met_by([]));
        assert!(Allowed::default().is_met_by([""]));
        assert!(!Allowed::default().is_met_by(["a"]));
        assert!(!Allowed::default().is_met_by(["", ""]));
    }

    #[test]
    fn a_star_is_any_value_only_when_it_stands_alone() {
        assert!(Allowed::exactly(["*"]).is_met_by(["a", "a"]));
        assert!(Allowed::exactly(["*"]).is_met_by([]));
        assert!(!Allowed::exactly(["*", "a"]).is_met_by(["b", "a"]));
        assert!(Allowed::exactly(["*", "a"]).is_met_by(["*", "a"]));
    }

    #[test]
    fn a_constraint_is_written_as_it_is_read() {
        let json = concat!(
            r#"{"common_name":"*","dns_names":[],"emails":["a@b"],"organizations":["*"],"#,
            r#""roots":["beef"],"uris":["spiffe://a/b","spiffe://a/c"]}"#,
        );
        assert_eq!(read(json).unwrap().to_value().to_json(), json);
    }

    #[test]
    fn writing_a_constraint_makes_it_no_wider() {
        for json in [r#"{"uris":["*","*"]}"#, r#"{"uris":["",""]}"#] {
            let constraint = read(json).unwrap();
            assert!(!constraint.uris().is_met_by(["a"]));
            assert_eq!(
                read(&constraint.to_value().to_json()).unwrap(),
                constraint,
                "{json}"
            );
        }
    }

    #[test]
    fn an_unknown_attribute_is_not_overlooked() {
        assert!(matches!(
            read(r#"{"extensions": []}"#),
            Err(canonical_json::Error::Type { .. })
        ));
    }
}
