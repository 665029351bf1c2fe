use std::collections::BTreeMap;
use std::fmt::Write as _;

use canonical_json::{Node, Value};
use crypto_keys::{KeyId, Payload};

use crate::{
    Artifacts, StepName,
    artifact::{artifacts_to_value, read_artifacts},
    members::{self, strings_to_value},
};

/// What a functionary reports about a step: what was there before, what was run, what was there
/// afterwards (in-toto specification 4.4).
///
/// ```
/// # use canonical_json::Value;
/// # use crypto_keys::{Algorithm, Digests};
/// # use intoto_model::{ArtifactPath, Link, StepName};
/// let mut link = Link::new(StepName::try_from("package")?);
/// let digests = Digests::of(b"content", &[Algorithm::Sha256]);
/// link.products.insert(ArtifactPath::try_from("dist/tool.tar")?, digests);
/// assert_eq!(link.to_value().get("name"), Some(&Value::from("package")));
/// # Ok::<(), intoto_model::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// The step it reports about.
    pub name: StepName,
    /// What was there before.
    pub materials: Artifacts,
    /// What was there afterwards.
    pub products: Artifacts,
    /// The command and its arguments; empty if nothing was run.
    pub command: Vec<String>,
    /// What the command left beside files, such as `stdout` and `return-value`.
    pub byproducts: BTreeMap<String, Value>,
    /// What is reported about the surroundings.
    pub environment: BTreeMap<String, Value>,
    /// Members this crate does not know, kept as they are.
    pub unknown: BTreeMap<String, Value>,
}

const RETURN_VALUE: &str = "return-value";

impl Link {
    /// A link that reports nothing.
    pub fn new(name: StepName) -> Self {
        Self {
            name,
            materials: Artifacts::new(),
            products: Artifacts::new(),
            command: Vec::new(),
            byproducts: BTreeMap::new(),
            environment: BTreeMap::new(),
            unknown: BTreeMap::new(),
        }
    }

    /// What the command returned, if that is reported as a number.
    pub fn return_value(&self) -> Option<i64> {
        match self.byproducts.get(RETURN_VALUE) {
            Some(Value::Integer(value)) => value.as_str().parse().ok(),
            _ => None,
        }
    }

    /// Reports what the command returned.
    pub fn set_return_value(&mut self, value: i64) {
        self.byproducts
            .insert(RETURN_VALUE.to_owned(), Value::from(value));
    }

    /// The document to sign.
    pub fn to_value(&self) -> Value {
        members::object(
            [
                ("_type", Value::from(Self::TYPE)),
                ("byproducts", Value::Object(self.byproducts.clone())),
                ("command", strings_to_value(&self.command)),
                ("environment", Value::Object(self.environment.clone())),
                ("materials", artifacts_to_value(&self.materials)),
                ("name", Value::from(self.name.as_str())),
                ("products", artifacts_to_value(&self.products)),
            ],
            &self.unknown,
        )
    }
}

impl Payload for Link {
    const TYPE: &'static str = "link";
    const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    fn read(signed: Node<'_>) -> Result<Self, canonical_json::Error> {
        const KNOWN: [&str; 7] = [
            "_type",
            "name",
            "materials",
            "products",
            "command",
            "byproducts",
            "environment",
        ];
        let name = signed.require("name")?;
        let values = |key| {
            Ok(members::map(signed, key, |name, node| {
                Ok((name.to_owned(), node.to_value()))
            })?
            .into_iter()
            .collect())
        };
        Ok(Self {
            name: StepName::try_from(&*name.as_str()?)
                .map_err(|error| name.error(format!("the name of a step: {error}")))?,
            materials: read_artifacts(signed.require("materials")?)?,
            products: read_artifacts(signed.require("products")?)?,
            command: members::strings(signed, "command")?,
            byproducts: values("byproducts")?,
            environment: values("environment")?,
            unknown: members::unknown(signed, &KNOWN)?,
        })
    }
}

/// How the file of a link is called: `name.keyid.link` with the first eight characters of the key id.
///
/// Whatever stands in an id, the result is a plain file name: characters other than letters, digits,
/// `-` and `_` are percent-encoded.
///
/// ```
/// # use intoto_model::{StepName, link_file_name};
/// let key = "b7d643dec0a051096ee5d87221b5d91a".parse()?;
/// assert_eq!(link_file_name(&StepName::try_from("build")?, &key), "build.b7d643de.link");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn link_file_name(step: &StepName, key: &KeyId) -> String {
    let mut prefix = String::new();
    for char in key.as_str().chars().take(8) {
        if char.is_ascii_alphanumeric() || matches!(char, '-' | '_') {
            prefix.push(char);
        } else {
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a `String` cannot fail.
                let _ = write!(prefix, "%{byte:02X}");
            }
        }
    }
    format!("{step}.{prefix}.link")
}

#[cfg(test)]
mod tests {
    use canonical_json::Document;

    use super::*;

    fn read(json: &str) -> Result<Link, canonical_json::Error> {
        Link::read(Document::read(json.as_bytes()).unwrap().root())
    }

    const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn full() -> String {
        format!(
            concat!(
                r#"{{"_type":"link","byproducts":{{"return-value":0,"stderr":"","stdout":"a\tb\n"}},"#,
                r#""command":["tar","x"],"environment":{{"workdir":"."}},"materials":{{"foo":{{"sha256":"{0}"}}}},"#,
                r#""name":"package","products":{{"bar":{{"sha256":"{0}"}}}},"x-run":[1]}}"#
            ),
            EMPTY_SHA256
        )
    }

    #[test]
    fn a_link_is_written_as_it_is_read_with_its_unknown_members() {
        assert_eq!(read(&full()).unwrap().to_value().to_json(), full());
    }

    #[test]
    fn what_was_not_run_may_be_left_out_or_null() {
        let short = r#"{"_type":"link","name":"a","materials":{},"products":{},"command":null,"byproducts":null}"#;
        assert_eq!(
            read(short).unwrap(),
            Link::new(StepName::try_from("a").unwrap())
        );
    }

    #[test]
    fn the_return_value_is_read_back() {
        assert_eq!(read(&full()).unwrap().return_value(), Some(0));
        let mut link = Link::new(StepName::try_from("a").unwrap());
        assert_eq!(link.return_value(), None);
        link.set_return_value(-9);
        assert_eq!(link.return_value(), Some(-9));
    }

    #[test]
    fn artifacts_that_cannot_be_compared_are_refused() {
        for (from, to) in [
            ("\"foo\"", "\"dir/../foo\""),
            ("\"foo\"", "\"/foo\""),
            (EMPTY_SHA256, "E3B0"),
            (&format!("{{\"sha256\":\"{EMPTY_SHA256}\"}}"), "{}"),
            ("\"package\"", "\"../package\""),
            ("\"materials\"", "\"sources\""),
            ("[\"tar\",\"x\"]", "\"tar x\""),
        ] {
            assert!(read(&full().replace(from, to)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn a_key_id_cannot_lead_out_of_the_directory() {
        let step = StepName::try_from("build").unwrap();
        let name = |id: &str| link_file_name(&step, &id.parse().unwrap());
        assert_eq!(name("../../é"), "build.%2E%2E%2F%2E%2E%2F%C3%A9.link");
        assert_eq!(name("ab"), "build.ab.link");
    }
}
