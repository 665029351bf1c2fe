//! How a TUF repository carries in-toto evidence (ITE-2).
//!
//! A target lists, in the member `in-toto` of its custom data, the targets that hold its layout and its links; the layout
//! lists the public keys of its owners in the same way.

use canonical_json::Value;
use crypto_keys::{Algorithm, Digests, KeyId};
use intoto_model::StepName;
use tuf_client::{Target, TargetPath};

use crate::failure::{Explain as _, Failure};

const MEMBER: &str = "in-toto";

/// The most files that one target may carry.
const MAX_CARRIED: usize = 1024;

/// The path of an owner's public key.
pub(crate) fn key_path(id: &KeyId) -> String {
    format!("in-toto-pubkeys/{id}.pub")
}

/// The path of a layout or a link: below the digest of the product it is about, so that those of several releases do
/// not meet.
pub(crate) fn evidence_path(product: &Digests, file_name: &str) -> String {
    let digest = product.hex(Algorithm::Sha256).unwrap_or_default();
    format!("in-toto-metadata/{digest}/{file_name}")
}

/// The step that a link is about, if the file is one: `STEP.KEYID.link`.
pub(crate) fn step_of_link(file_name: &str) -> Option<StepName> {
    let (step, _) = file_name.strip_suffix(".link")?.rsplit_once('.')?;
    StepName::try_from(step).ok()
}

/// The custom data that says what is carried.
pub(crate) fn custom(carried: impl IntoIterator<Item = String>) -> (String, Value) {
    (
        MEMBER.to_owned(),
        Value::from(carried.into_iter().map(Value::from).collect::<Vec<_>>()),
    )
}

/// The paths of the targets that this one carries; none if it says nothing.
pub(crate) fn by(target: &Target) -> Result<Vec<TargetPath>, Failure> {
    let what = || {
        format!(
            "the in-toto evidence listed for {} is malformed",
            target.path()
        )
    };
    let listed = match target.file().custom().and_then(|custom| custom.get(MEMBER)) {
        None => return Ok(Vec::new()),
        Some(Value::Array(listed)) if listed.len() <= MAX_CARRIED => listed,
        Some(_) => return Err(Failure::refused(what())),
    };
    listed
        .iter()
        .map(|path| match path {
            Value::String(path) => TargetPath::try_from(path.as_str()).or_refused(what),
            _ => Err(Failure::refused(what())),
        })
        .collect()
}
