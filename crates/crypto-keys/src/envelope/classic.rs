//! `{signed, signatures}` as TUF and in-toto share it (TUF 4.2.1).

use std::collections::BTreeSet;

use canonical_json::{Node, Value};

use super::{bounded, certificate_of, listed};
use crate::{
    Error, KeyId, Signature, Signer,
    encoding::{from_hex_of_any_case, to_hex},
};

pub(super) fn signed(root: Node<'_>) -> Result<Node<'_>, Error> {
    Ok(root.require("signed")?)
}

pub(super) fn signatures(root: Node<'_>) -> Result<Vec<Signature>, Error> {
    let mut ids = BTreeSet::new();
    bounded(root.require("signatures")?)?
        .map(|node| {
            let signature = signature(node)?;
            // TUF 4.2.1: the key ids of the signatures are unique.
            match &signature.key_id {
                Some(key_id) if !ids.insert(key_id.clone()) => Err(Error::DuplicateSignature {
                    key_id: key_id.clone(),
                }),
                _ => Ok(signature),
            }
        })
        .collect()
}

fn signature(node: Node<'_>) -> Result<Signature, Error> {
    let id = node.require("keyid")?.as_str()?.into_owned();
    let openpgp = node.get("other_headers")?.map(hex_of);
    // Signatures of kinds unknown here have no `sig`; roots in the wild have empty ones.
    let bytes = match (node.get("sig")?, node.get("signature")?) {
        (Some(sig), _) => from_hex_of_any_case(&sig.as_str()?).unwrap_or_default(),
        (None, Some(signature)) if openpgp.is_some() => hex_of(signature),
        _ => Vec::new(),
    };
    Ok(Signature {
        key_id: Some(KeyId::try_from(id)?),
        bytes,
        certificate: certificate_of(node)?,
        openpgp,
    })
}

fn hex_of(node: Node<'_>) -> Vec<u8> {
    let text = node.as_str().ok();
    let bytes = text.and_then(|text| from_hex_of_any_case(&text));
    bytes.unwrap_or_default()
}

/// Signs `signed` and puts it into a classic envelope, as readable JSON.
///
/// # Errors
///
/// [`Error::Signing`] if a signer cannot sign; [`Error::DuplicateSignature`] if two have one id.
pub fn sign_classic(signed: &Value, signers: &[&dyn Signer]) -> Result<Vec<u8>, Error> {
    let message = signed.to_olpc();
    let mut ids = BTreeSet::new();
    let mut signatures = Vec::with_capacity(signers.len());
    for signer in signers {
        let signature = signer.sign(&message)?;
        let key_id = signature
            .key_id
            .as_ref()
            .unwrap_or(signer.public_key().id());
        if !ids.insert(key_id.clone()) {
            return Err(Error::DuplicateSignature {
                key_id: key_id.clone(),
            });
        }
        let bytes = to_hex(&signature.bytes);
        let members = match &signature.openpgp {
            None => vec![("sig", bytes)],
            Some(headers) => vec![("signature", bytes), ("other_headers", to_hex(headers))],
        };
        signatures.push(listed(Some(key_id), members, signature.certificate));
    }
    let envelope = Value::object([
        ("signatures", Value::from(signatures)),
        ("signed", signed.clone()),
    ]);
    let mut json = envelope.to_json_pretty();
    json.push('\n');
    Ok(json.into_bytes())
}
