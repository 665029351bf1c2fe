use std::collections::{BTreeMap, BTreeSet};

use canonical_json::{Node, Value};
use crypto_keys::{Expires, KeyId, Payload, PublicKey, Threshold};

use crate::{
    ArtifactRule, CertConstraint, CertificateAuthority, Error, StepName,
    members::{self, strings_to_value},
};

/// What a project owner promises about a product: who does which step, and how artifacts may change
/// between them (in-toto specification 4.3).
///
/// A `Layout` is consistent: it has a step; the names of its steps and inspections are unique; the keys,
/// roots and steps it refers to are there; and every threshold can be reached.
///
/// ```
/// # use crypto_keys::{Expires, Payload};
/// # use intoto_model::{ArtifactRule, CertConstraint, Error, Layout, LayoutSpec, Step, StepName};
/// let build = Step {
///     cert_constraints: vec![CertConstraint::any().with_uris(["spiffe://example.org/ci/build"])],
///     ..Step::new(StepName::try_from("build")?)
/// };
/// let expires: Expires = "2030-01-01T00:00:00Z".parse()?;
/// let layout = Layout::new(LayoutSpec { steps: vec![build], ..LayoutSpec::new(expires) })?;
/// assert_eq!(layout.steps().len(), 1);
/// assert_eq!(Layout::new(LayoutSpec::new(expires)), Err(Error::NoSteps));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
    spec: LayoutSpec,
    keys: BTreeMap<KeyId, usize>,
}

/// What a [`Layout`] is made from: the same content, before anything was compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LayoutSpec {
    /// When the promise ends.
    pub expires: Expires,
    /// The functionaries' keys, which steps refer to by id.
    pub keys: Vec<PublicKey>,
    /// The steps, in the order in which they are expected to happen.
    pub steps: Vec<Step>,
    /// What the verifier runs on the product.
    pub inspections: Vec<Inspection>,
    /// For people.
    pub readme: String,
    /// Where the paths of functionaries' certificates must end.
    pub root_cas: Vec<CertificateAuthority>,
    /// What such a path may go through, beside what a link brings itself.
    pub intermediate_cas: Vec<CertificateAuthority>,
    /// Members this crate does not know, kept as they are.
    pub unknown: BTreeMap<String, Value>,
}

impl LayoutSpec {
    /// Nothing but an expiry.
    pub fn new(expires: Expires) -> Self {
        Self {
            expires,
            keys: Vec::new(),
            steps: Vec::new(),
            inspections: Vec::new(),
            readme: String::new(),
            root_cas: Vec::new(),
            intermediate_cas: Vec::new(),
            unknown: BTreeMap::new(),
        }
    }
}

/// One step: who may do it, and what it may do to which artifacts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Its name, by which links and rules refer to it.
    pub name: StepName,
    /// The keys that may sign its links, by id.
    pub functionaries: Vec<KeyId>,
    /// The certificates that may sign its links: those that meet any of these.
    pub cert_constraints: Vec<CertConstraint>,
    /// How many different functionaries must report the same.
    pub threshold: Threshold,
    /// The command that is expected to be run. A different one is a warning, never an error.
    pub expected_command: Vec<String>,
    /// What may happen to artifacts.
    pub rules: Rules,
    /// Members this crate does not know, kept as they are.
    pub unknown: BTreeMap<String, Value>,
}

impl Step {
    /// A step that one functionary must do, and nobody may yet.
    pub fn new(name: StepName) -> Self {
        Self {
            name,
            functionaries: Vec::new(),
            cert_constraints: Vec::new(),
            threshold: Threshold::ONE,
            expected_command: Vec::new(),
            rules: Rules::default(),
            unknown: BTreeMap::new(),
        }
    }
}

/// A command that the verifier runs on the product, and what it may do to which artifacts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inspection {
    /// Its name, by which rules refer to it.
    pub name: StepName,
    /// The command and its arguments; at least the command.
    pub run: Vec<String>,
    /// What may happen to artifacts.
    pub rules: Rules,
    /// Members this crate does not know, kept as they are.
    pub unknown: BTreeMap<String, Value>,
}

impl Inspection {
    /// An inspection that allows everything.
    pub fn new(name: StepName, run: Vec<String>) -> Self {
        Self {
            name,
            run,
            rules: Rules::default(),
            unknown: BTreeMap::new(),
        }
    }
}

/// The artifact rules of a step or an inspection, in the order in which they are applied.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rules {
    /// For what was there before.
    pub materials: Vec<ArtifactRule>,
    /// For what was there afterwards.
    pub products: Vec<ArtifactRule>,
}

impl Layout {
    /// Compares everything the parts say about each other.
    ///
    /// # Errors
    ///
    /// [`Error::NoSteps`], [`Error::DuplicateName`], [`Error::DuplicateKey`] and [`Error::NoCommand`] for a
    /// layout that says too little or something twice; [`Error::UnknownKey`], [`Error::UnknownRoot`] and
    /// [`Error::UnknownItem`] for a reference to what is not there; [`Error::UnreachableThreshold`] for a step
    /// that could never be done.
    pub fn new(spec: LayoutSpec) -> Result<Self, Error> {
        if spec.steps.is_empty() {
            return Err(Error::NoSteps);
        }
        let mut names = BTreeSet::new();
        let items = spec.steps.iter().map(|step| &step.name);
        for name in items.chain(spec.inspections.iter().map(|inspection| &inspection.name)) {
            if !names.insert(name) {
                return Err(Error::DuplicateName { name: name.clone() });
            }
        }
        let mut keys = BTreeMap::new();
        for (index, key) in spec.keys.iter().enumerate() {
            if keys.insert(key.id().clone(), index).is_some() {
                return Err(Error::DuplicateKey {
                    key: key.id().clone(),
                });
            }
        }
        for authorities in [&spec.root_cas, &spec.intermediate_cas] {
            let mut ids = BTreeSet::new();
            if let Some(twice) = authorities
                .iter()
                .find(|authority| !ids.insert(authority.id()))
            {
                return Err(Error::DuplicateKey {
                    key: twice.id().clone(),
                });
            }
        }
        let layout = Self { spec, keys };
        layout.check_references()?;
        Ok(layout)
    }

    fn check_references(&self) -> Result<(), Error> {
        for step in &self.spec.steps {
            self.check_functionaries(step)?;
            // Links of inspections are made after all steps have been judged.
            check_matches(&step.name, &step.rules, |from| self.step(from).is_some())?;
        }
        for inspection in &self.spec.inspections {
            if inspection.run.is_empty() {
                return Err(Error::NoCommand {
                    inspection: inspection.name.clone(),
                });
            }
            check_matches(&inspection.name, &inspection.rules, |from| {
                self.step(from).is_some()
                    || self
                        .spec
                        .inspections
                        .iter()
                        .any(|other| other.name == *from)
            })?;
        }
        Ok(())
    }

    fn check_functionaries(&self, step: &Step) -> Result<(), Error> {
        let mut distinct = BTreeSet::new();
        for id in &step.functionaries {
            let Some(key) = self.key(id) else {
                return Err(Error::UnknownKey {
                    step: step.name.clone(),
                    key: id.clone(),
                });
            };
            distinct.insert(key.material());
        }
        for root in step
            .cert_constraints
            .iter()
            .flat_map(|constraint| constraint.roots().named())
        {
            if !self
                .spec
                .root_cas
                .iter()
                .any(|authority| authority.id().as_str() == root)
            {
                return Err(Error::UnknownRoot {
                    step: step.name.clone(),
                    root: root.to_owned(),
                });
            }
        }
        // How many certificates meet a constraint cannot be known.
        let reachable =
            u32::try_from(distinct.len()).is_ok_and(|keys| keys >= step.threshold.get());
        if !reachable && step.cert_constraints.is_empty() {
            return Err(Error::UnreachableThreshold {
                step: step.name.clone(),
                threshold: step.threshold,
                functionaries: distinct.len(),
            });
        }
        Ok(())
    }

    /// When the promise ends.
    pub fn expires(&self) -> Expires {
        self.spec.expires
    }

    /// The functionaries' keys.
    pub fn keys(&self) -> &[PublicKey] {
        &self.spec.keys
    }

    /// The key listed under `id`.
    pub fn key(&self, id: &KeyId) -> Option<&PublicKey> {
        self.keys
            .get(id)
            .and_then(|&index| self.spec.keys.get(index))
    }

    /// The steps, in the order in which they are expected to happen; at least one.
    pub fn steps(&self) -> &[Step] {
        &self.spec.steps
    }

    /// The step of that name.
    pub fn step(&self, name: &StepName) -> Option<&Step> {
        self.spec.steps.iter().find(|step| step.name == *name)
    }

    /// What the verifier runs on the product.
    pub fn inspections(&self) -> &[Inspection] {
        &self.spec.inspections
    }

    /// For people.
    pub fn readme(&self) -> &str {
        &self.spec.readme
    }

    /// Where the paths of functionaries' certificates must end.
    pub fn root_cas(&self) -> &[CertificateAuthority] {
        &self.spec.root_cas
    }

    /// What such a path may go through, beside what a link brings itself.
    pub fn intermediate_cas(&self) -> &[CertificateAuthority] {
        &self.spec.intermediate_cas
    }

    /// The members this crate does not know and therefore does not obey, as `member` or `item: member`.
    pub fn unknown_members(&self) -> Vec<String> {
        let within = |name: &StepName, members: &BTreeMap<String, Value>| {
            members
                .keys()
                .map(|member| format!("{name}: {member}"))
                .collect::<Vec<_>>()
        };
        let mut unknown: Vec<String> = self.spec.unknown.keys().cloned().collect();
        unknown.extend(
            self.spec
                .steps
                .iter()
                .flat_map(|step| within(&step.name, &step.unknown)),
        );
        unknown.extend(
            self.spec
                .inspections
                .iter()
                .flat_map(|item| within(&item.name, &item.unknown)),
        );
        unknown
    }

    /// The parts, to change them and make another layout.
    pub fn into_spec(self) -> LayoutSpec {
        self.spec
    }

    /// The document to sign.
    ///
    /// Members that other implementations do not know, `rootcas`, `intermediatecas` and
    /// `cert_constraints`, are there only if they hold something: they would refuse a layout with keys
    /// alone on their account.
    pub fn to_value(&self) -> Value {
        let spec = &self.spec;
        let keys = spec
            .keys
            .iter()
            .map(|key| (key.id().as_str(), listed_key(key)));
        let mut value = members::object(
            [
                ("_type", Value::from(Self::TYPE)),
                ("expires", Value::from(spec.expires.to_string())),
                (
                    "inspect",
                    Value::Array(spec.inspections.iter().map(Inspection::to_value).collect()),
                ),
                ("keys", Value::object(keys)),
                ("readme", Value::from(spec.readme.as_str())),
                (
                    "steps",
                    Value::Array(spec.steps.iter().map(Step::to_value).collect()),
                ),
            ],
            &spec.unknown,
        );
        for (name, authorities) in [
            ("rootcas", &spec.root_cas),
            ("intermediatecas", &spec.intermediate_cas),
        ] {
            let listed = authorities
                .iter()
                .map(|authority| (authority.id().as_str(), authority.to_value()));
            insert_unless_empty(
                &mut value,
                name,
                authorities.is_empty(),
                Value::object(listed),
            );
        }
        value
    }
}

fn check_matches(
    item: &StepName,
    rules: &Rules,
    exists: impl Fn(&StepName) -> bool,
) -> Result<(), Error> {
    let sources = rules
        .materials
        .iter()
        .chain(&rules.products)
        .filter_map(|rule| match rule {
            ArtifactRule::Match(rule) => Some(&rule.from),
            _ => None,
        });
    for from in sources {
        if !exists(from) {
            return Err(Error::UnknownItem {
                item: item.clone(),
                from: from.clone(),
            });
        }
    }
    Ok(())
}

fn insert_unless_empty(object: &mut Value, name: &str, is_empty: bool, value: Value) {
    if let (Value::Object(members), false) = (object, is_empty) {
        members.insert(name.to_owned(), value);
    }
}

/// The key object with its id inside, where other implementations look for it.
fn listed_key(key: &PublicKey) -> Value {
    let mut value = key.to_value();
    insert_unless_empty(&mut value, "keyid", false, Value::from(key.id().as_str()));
    value
}

impl Step {
    fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        const KNOWN: [&str; 8] = [
            "_type",
            "name",
            "pubkeys",
            "cert_constraints",
            "threshold",
            "expected_command",
            "expected_materials",
            "expected_products",
        ];
        expect_type(node, "step")?;
        Ok(Self {
            name: read_name(node)?,
            functionaries: members::list(node, "pubkeys", |id| read_id(&id.as_str()?, id))?,
            cert_constraints: members::list(node, "cert_constraints", CertConstraint::read)?,
            threshold: Threshold::read(node.require("threshold")?)?,
            expected_command: members::strings(node, "expected_command")?,
            rules: Rules::read(node)?,
            unknown: members::unknown(node, &KNOWN)?,
        })
    }

    fn to_value(&self) -> Value {
        let [materials, products] = self.rules.to_values();
        let mut value = members::object(
            [
                ("_type", Value::from("step")),
                ("expected_command", strings_to_value(&self.expected_command)),
                ("expected_materials", materials),
                ("expected_products", products),
                ("name", Value::from(self.name.as_str())),
                (
                    "pubkeys",
                    strings_to_value(self.functionaries.iter().map(KeyId::as_str)),
                ),
                ("threshold", Value::from(self.threshold.get())),
            ],
            &self.unknown,
        );
        let constraints = self
            .cert_constraints
            .iter()
            .map(CertConstraint::to_value)
            .collect();
        insert_unless_empty(
            &mut value,
            "cert_constraints",
            self.cert_constraints.is_empty(),
            Value::Array(constraints),
        );
        value
    }
}

impl Inspection {
    fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        const KNOWN: [&str; 5] = [
            "_type",
            "name",
            "run",
            "expected_materials",
            "expected_products",
        ];
        expect_type(node, "inspection")?;
        Ok(Self {
            name: read_name(node)?,
            run: members::strings(node, "run")?,
            rules: Rules::read(node)?,
            unknown: members::unknown(node, &KNOWN)?,
        })
    }

    fn to_value(&self) -> Value {
        let [materials, products] = self.rules.to_values();
        members::object(
            [
                ("_type", Value::from("inspection")),
                ("expected_materials", materials),
                ("expected_products", products),
                ("name", Value::from(self.name.as_str())),
                ("run", strings_to_value(&self.run)),
            ],
            &self.unknown,
        )
    }
}

impl Rules {
    fn read(item: Node<'_>) -> Result<Self, canonical_json::Error> {
        Ok(Self {
            materials: members::list(item, "expected_materials", ArtifactRule::read)?,
            products: members::list(item, "expected_products", ArtifactRule::read)?,
        })
    }

    fn to_values(&self) -> [Value; 2] {
        [&self.materials, &self.products]
            .map(|rules| Value::Array(rules.iter().map(ArtifactRule::to_value).collect()))
    }
}

fn expect_type(node: Node<'_>, expected: &'static str) -> Result<(), canonical_json::Error> {
    let found = node.require("_type")?;
    if found.as_str()? == expected {
        Ok(())
    } else {
        Err(found.error(format!("{expected:?}")))
    }
}

fn read_name(item: Node<'_>) -> Result<StepName, canonical_json::Error> {
    let name = item.require("name")?;
    StepName::try_from(&*name.as_str()?)
        .map_err(|error| name.error(format!("the name of a step: {error}")))
}

/// A key id: an element of a list, or the name of the member `node`.
fn read_id(id: &str, node: Node<'_>) -> Result<KeyId, canonical_json::Error> {
    KeyId::try_from(id).map_err(|error| node.error(format!("a key id: {error}")))
}

/// Refuses an object that is listed under one id and gives itself another.
fn read_listed_id(id: &str, node: Node<'_>) -> Result<KeyId, canonical_json::Error> {
    match node.get("keyid")? {
        Some(own) if own.as_str()? != id => {
            Err(own.error(format!("the key id {id:?}, under which it is listed")))
        }
        _ => read_id(id, node),
    }
}

impl Payload for Layout {
    const TYPE: &'static str = "layout";
    const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    fn read(signed: Node<'_>) -> Result<Self, canonical_json::Error> {
        const KNOWN: [&str; 8] = [
            "_type",
            "expires",
            "keys",
            "steps",
            "inspect",
            "readme",
            "rootcas",
            "intermediatecas",
        ];
        let authorities = |name| {
            members::map(signed, name, |id, node| {
                CertificateAuthority::read(read_listed_id(id, node)?, node)
            })
        };
        let spec = LayoutSpec {
            expires: Expires::read(signed.require("expires")?)?,
            keys: members::map(signed, "keys", |id, node| {
                PublicKey::read(read_listed_id(id, node)?, node)
            })?,
            steps: members::list(signed, "steps", Step::read)?,
            inspections: members::list(signed, "inspect", Inspection::read)?,
            readme: members::text(signed, "readme")?,
            root_cas: authorities("rootcas")?,
            intermediate_cas: authorities("intermediatecas")?,
            unknown: members::unknown(signed, &KNOWN)?,
        };
        Self::new(spec).map_err(|error| signed.error(format!("a consistent layout: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use canonical_json::Document;

    use super::*;

    const KEY: &str = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";

    /// A layout that uses every member, in canonical order.
    fn full() -> String {
        let key = format!(
            r#"{{"keyid":"beef","keytype":"ed25519","keyval":{{"public":"{KEY}"}},"scheme":"ed25519"}}"#
        );
        let ca = r#"{"keyid":"cafe","keytype":"ed25519","keyval":{"certificate":"PEM","public":""},"scheme":"ed25519"}"#;
        let constraint = concat!(
            r#"{"common_name":"*","dns_names":["*"],"emails":["*"],"organizations":["*"],"#,
            r#""roots":["cafe"],"uris":["spiffe://example.org/build"]}"#
        );
        let build = format!(
            concat!(
                r#"{{"_type":"step","cert_constraints":[{}],"expected_command":["make"],"#,
                r#""expected_materials":[["DISALLOW","*"]],"expected_products":[["CREATE","tool"]],"#,
                r#""name":"build","pubkeys":[],"threshold":2}}"#
            ),
            constraint
        );
        let package = concat!(
            r#"{"_type":"step","expected_command":[],"expected_materials":["#,
            r#"["MATCH","*","WITH","PRODUCTS","FROM","build"]],"expected_products":[],"#,
            r#""name":"package","pubkeys":["beef"],"threshold":1,"x-step":1}"#
        );
        let untar = concat!(
            r#"{"_type":"inspection","expected_materials":[["ALLOW","*"]],"#,
            r#""expected_products":[["MATCH","*","WITH","PRODUCTS","FROM","untar"]],"name":"untar","run":["tar"]}"#
        );
        format!(
            concat!(
                r#"{{"_type":"layout","expires":"2030-01-01T00:00:00Z","inspect":[{}],"#,
                r#""intermediatecas":{{"cafe":{}}},"keys":{{"beef":{}}},"readme":"hello","#,
                r#""rootcas":{{"cafe":{}}},"steps":[{},{}],"x-layout":null}}"#
            ),
            untar, ca, key, ca, build, package
        )
    }

    fn read(json: &str) -> Result<Layout, canonical_json::Error> {
        Layout::read(Document::read(json.as_bytes()).unwrap().root())
    }

    /// What is said about the document after one replacement, which must change it.
    fn refusal(from: &str, to: &str) -> String {
        let changed = full().replacen(from, to, 1);
        assert_ne!(changed, full(), "{from}");
        read(&changed).unwrap_err().to_string()
    }

    #[test]
    fn a_layout_is_written_as_it_is_read_with_its_unknown_members() {
        let layout = read(&full()).unwrap();
        assert_eq!(layout.to_value().to_json(), full());
        assert_eq!(layout.unknown_members(), ["x-layout", "package: x-step"]);
        assert_eq!(Layout::new(layout.clone().into_spec()).unwrap(), layout);
    }

    #[test]
    fn a_layout_of_keys_alone_has_no_members_that_others_refuse() {
        let key = PublicKey::read(
            "beef".parse().unwrap(),
            Document::read(
                format!(
                    r#"{{"keytype":"ed25519","keyval":{{"public":"{KEY}"}},"scheme":"ed25519"}}"#
                )
                .as_bytes(),
            )
            .unwrap()
            .root(),
        )
        .unwrap();
        let step = Step {
            functionaries: vec![key.id().clone()],
            ..Step::new(StepName::try_from("build").unwrap())
        };
        let spec = LayoutSpec {
            keys: vec![key],
            steps: vec![step],
            ..LayoutSpec::new("2030-01-01T00:00:00Z".parse().unwrap())
        };
        let value = Layout::new(spec).unwrap().to_value();
        let Value::Object(members) = &value else {
            panic!("{value:?}")
        };
        assert_eq!(
            members.keys().collect::<Vec<_>>(),
            ["_type", "expires", "inspect", "keys", "readme", "steps"]
        );
        assert_eq!(
            value.get("keys").unwrap().get("beef").unwrap().get("keyid"),
            Some(&Value::from("beef"))
        );
        let Some(Value::Array(steps)) = value.get("steps") else {
            panic!("{value:?}")
        };
        assert_eq!(steps[0].get("cert_constraints"), None);
    }

    #[test]
    fn names_are_unique_across_steps_and_inspections() {
        for (from, to) in [
            (r#""name":"untar""#, r#""name":"build""#),
            (r#""name":"package""#, r#""name":"build""#),
        ] {
            assert!(refusal(from, to).contains("the name build is used twice"));
        }
    }

    #[test]
    fn what_is_referred_to_must_be_there() {
        for (from, to, expected) in [
            (
                r#""pubkeys":["beef"]"#,
                r#""pubkeys":["dead"]"#,
                "step package authorises key dead",
            ),
            (
                r#""roots":["cafe"]"#,
                r#""roots":["dead"]"#,
                "step build asks for root dead",
            ),
            (
                r#""FROM","build""#,
                r#""FROM","deploy""#,
                "a rule of package refers to deploy",
            ),
            (
                r#""FROM","build""#,
                r#""FROM","untar""#,
                "a rule of package refers to untar",
            ),
            (
                r#""FROM","untar""#,
                r#""FROM","deploy""#,
                "a rule of untar refers to deploy",
            ),
        ] {
            let said = refusal(from, to);
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_threshold_can_be_reached() {
        let said = refusal(r#""threshold":1"#, r#""threshold":2"#);
        assert!(
            said.contains("step package needs 2 functionaries and authorises 1"),
            "{said}"
        );
        assert!(
            refusal(r#""threshold":1"#, r#""threshold":0"#).contains("a threshold of at least 1")
        );
        assert!(read(&full().replacen(r#""threshold":2"#, r#""threshold":9"#, 1)).is_ok());
    }

    #[test]
    fn one_key_under_two_ids_is_one_functionary() {
        let two = full()
            .replacen(r#""keys":{"#, &format!(
                r#""keys":{{"abba":{{"keytype":"ed25519","keyval":{{"public":"{KEY}"}},"scheme":"ed25519"}},"#
            ), 1)
            .replacen(r#""pubkeys":["beef"],"threshold":1"#, r#""pubkeys":["beef","abba"],"threshold":2"#, 1);
        assert!(
            read(&two)
                .unwrap_err()
                .to_string()
                .contains("needs 2 functionaries and authorises 1")
        );
    }

    #[test]
    fn what_is_no_layout_is_refused() {
        for (from, to) in [
            (r#""_type":"step""#, r#""_type":"inspection""#),
            (
                r#""expires":"2030-01-01T00:00:00Z""#,
                r#""expires":"2030-01-01""#,
            ),
            (r#""name":"build""#, r#""name":"../build""#),
            (r#""CREATE""#, r#""MAKE""#),
            (r#""keyid":"beef""#, r#""keyid":"dead""#),
            (r#""run":["tar"]"#, r#""run":[]"#),
            (
                r#""keyid":"beef","keytype":"ed25519","#,
                r#""keyid":"beef","keytype":25519,"#,
            ),
            (r#""threshold":1"#, r#""threshold":true"#),
            (r#""dns_names""#, r#""extensions""#),
            (r#""certificate":"PEM","#, ""),
            (r#""steps""#, r#""stages""#),
        ] {
            refusal(from, to);
        }
    }

    #[test]
    fn an_absent_or_null_list_is_an_empty_one() {
        let nulls = full()
            .replacen(
                r#""expected_products":[]"#,
                r#""expected_products":null"#,
                1,
            )
            .replacen(r#""pubkeys":[],"#, "", 1);
        assert_eq!(read(&nulls).unwrap(), read(&full()).unwrap());
    }
}
