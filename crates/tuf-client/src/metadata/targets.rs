use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use canonical_json::{Error as JsonError, Kind, Node, Value};
use crypto_keys::{Algorithm, Digests, Expires, Hasher, Payload};

use super::{Delegations, Header, PAYLOAD_TYPE};
use crate::{TargetPath, Version};

/// Which targets there are, and who else may name some (specification 4.5).
#[derive(Clone, Debug)]
pub struct Targets {
    header: Header,
    /// By path, as written: one that is no [`TargetPath`] cannot be asked for, and makes nothing else unreadable.
    targets: BTreeMap<String, TargetFile>,
    delegations: Delegations,
}

/// What is listed about one target: its length, its digests, and what the application attached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TargetFile {
    length: u64,
    digests: Digests,
    custom: Option<Value>,
}

impl Targets {
    /// The version of this metadata.
    pub fn version(&self) -> Version {
        self.header.version
    }

    /// When this metadata expires.
    pub fn expires(&self) -> Expires {
        self.header.expires
    }

    /// What this role itself says about a target.
    pub fn target(&self, path: &TargetPath) -> Option<&TargetFile> {
        self.targets.get(path.as_str())
    }

    /// Everything this role itself lists, by path as written.
    pub fn targets(&self) -> impl Iterator<Item = (&str, &TargetFile)> {
        self.targets
            .iter()
            .map(|(path, file)| (path.as_str(), file))
    }

    /// To whom this role delegates.
    pub fn delegations(&self) -> &Delegations {
        &self.delegations
    }
}

impl TargetFile {
    /// A target of this length and these digests.
    pub fn new(length: u64, digests: Digests) -> Self {
        Self {
            length,
            digests,
            custom: None,
        }
    }

    /// The target with this content, which is read once and not kept.
    ///
    /// # Errors
    ///
    /// Whatever keeps the content from being read.
    ///
    /// ```
    /// # use crypto_keys::{Algorithm, Digests};
    /// # use tuf_client::TargetFile;
    /// let file = TargetFile::of(b"content".as_slice(), &[Algorithm::Sha256])?;
    /// assert_eq!(file, TargetFile::new(7, Digests::of(b"content", &[Algorithm::Sha256])));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn of(mut content: impl Read, algorithms: &[Algorithm]) -> io::Result<Self> {
        let mut hasher = Hasher::new(algorithms.iter().copied());
        let length = io::copy(&mut content, &mut hasher)?;
        Ok(Self::new(length, hasher.finish()))
    }

    /// The same with something attached for the application, an object.
    #[must_use]
    pub fn with_custom(mut self, custom: BTreeMap<String, Value>) -> Self {
        self.custom = Some(Value::Object(custom));
        self
    }

    /// The length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The digests listed.
    pub fn digests(&self) -> &Digests {
        &self.digests
    }

    /// What the application attached.
    pub fn custom(&self) -> Option<&Value> {
        self.custom.as_ref()
    }

    /// The object that lists the target in the metadata.
    pub fn to_value(&self) -> Value {
        let listed = [
            ("length", Value::from(self.length)),
            ("hashes", self.digests.to_value()),
        ];
        let custom = self.custom.clone().map(|custom| ("custom", custom));
        Value::object(listed.into_iter().chain(custom))
    }

    fn read(node: Node<'_>) -> Result<Self, JsonError> {
        let custom = node.get("custom")?;
        if let Some(custom) = custom.filter(|custom| custom.kind() != Kind::Object) {
            return Err(custom.error("an object"));
        }
        Ok(Self {
            length: node.require("length")?.as_u64()?,
            digests: Digests::read(node.require("hashes")?)?,
            custom: custom.map(|custom| custom.to_value()),
        })
    }
}

impl Payload for Targets {
    const TYPE: &'static str = "targets";
    const PAYLOAD_TYPE: &'static str = PAYLOAD_TYPE;

    fn read(signed: Node<'_>) -> Result<Self, JsonError> {
        let targets = signed
            .require("targets")?
            .members()?
            .map(|(path, file)| Ok((path.into_owned(), TargetFile::read(file)?)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            header: Header::read(signed)?,
            targets,
            delegations: match signed.get("delegations")? {
                Some(node) => Delegations::read(node)?,
                None => Delegations::default(),
            },
        })
    }
}
