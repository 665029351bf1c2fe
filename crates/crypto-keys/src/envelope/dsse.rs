//! The Dead Simple Signing Envelope, version 1.0.

use canonical_json::{Node, Value};

use super::{bounded, certificate_of, listed};
use crate::{
    Error, KeyId, Signature, Signer,
    encoding::{from_base64, to_base64},
};

pub(super) struct Envelope {
    pub(super) payload_type: String,
    pub(super) payload: Vec<u8>,
    pub(super) signatures: Vec<Signature>,
}

pub(super) fn read(root: Node<'_>) -> Result<Envelope, Error> {
    let payload_type = root.require("payloadType")?.as_str()?.into_owned();
    let signatures = bounded(root.require("signatures")?)?
        .map(signature)
        .collect::<Result<Vec<_>, _>>()?;
    let payload = from_base64(&root.require("payload")?.as_str()?).ok_or(Error::PayloadEncoding)?;
    Ok(Envelope {
        payload_type,
        payload,
        signatures,
    })
}

fn signature(node: Node<'_>) -> Result<Signature, Error> {
    // A hint that can be no key's id, such as an empty one, says as little as none.
    let key_id = match node.get("keyid")? {
        Some(id) => KeyId::try_from(id.as_str()?.into_owned()).ok(),
        None => None,
    };
    let bytes = from_base64(&node.require("sig")?.as_str()?).unwrap_or_default();
    Ok(Signature {
        key_id,
        bytes,
        certificate: certificate_of(node)?,
        openpgp: None,
    })
}

/// PAE: the payload with its type, so that no signature over one type verifies as another.
pub(super) fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let (type_len, payload_len) = (payload_type.len(), payload.len());
    let mut message = format!("DSSEv1 {type_len} {payload_type} {payload_len} ").into_bytes();
    message.extend_from_slice(payload);
    message
}

/// Signs `payload` as a document of `payload_type` and puts it into a DSSE envelope.
///
/// # Errors
///
/// [`Error::Signing`] if a signer cannot sign, or signs as OpenPGP does.
pub fn sign_dsse(
    payload_type: &str,
    payload: &[u8],
    signers: &[&dyn Signer],
) -> Result<Vec<u8>, Error> {
    let message = pre_authentication_encoding(payload_type, payload);
    let mut signatures = Vec::with_capacity(signers.len());
    for signer in signers {
        let signature = signer.sign(&message)?;
        if signature.openpgp.is_some() {
            return Err(Error::Signing {
                key_id: signer.public_key().id().clone(),
                reason: "an OpenPGP signature has no place in a DSSE envelope".to_owned(),
            });
        }
        let (key_id, bytes) = (signature.key_id.as_ref(), to_base64(&signature.bytes));
        signatures.push(listed(key_id, [("sig", bytes)], signature.certificate));
    }
    let envelope = Value::object([
        ("payload", Value::from(to_base64(payload))),
        ("payloadType", Value::from(payload_type)),
        ("signatures", Value::from(signatures)),
    ]);
    let mut json = envelope.to_json_pretty();
    json.push('\n');
    Ok(json.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the protocol's text.
    #[test]
    fn the_encoding_is_the_one_of_the_protocol() {
        assert_eq!(
            pre_authentication_encoding("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
