use std::collections::BTreeSet;

use crate::{KeyId, Threshold, Unusable};

/// Why a key, a signature or an envelope was refused.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// A signature is not the key's over the message. Why is not said.
    #[error("the signature does not verify")]
    BadSignature,
    /// Too few of the trusted keys signed.
    #[error("signed by {} of the {needed} trusted keys it needs{}", valid.len(), listed(rejected))]
    Threshold {
        /// How many distinct keys must sign.
        needed: Threshold,
        /// The keys whose signatures verify. Of several ids of one key only the first is listed.
        valid: BTreeSet<KeyId>,
        /// The trusted keys in whose name a signature was given that does not verify.
        rejected: BTreeSet<KeyId>,
    },
    /// The document is not the JSON it should be.
    #[error(transparent)]
    Json(#[from] canonical_json::Error),
    /// The document is of another type than the one asked for.
    #[error("expected a document of type {expected:?}, found {:?}", start(found))]
    WrongType {
        /// The type asked for.
        expected: &'static str,
        /// The type the document names.
        found: String,
    },
    /// The document is neither of the two envelopes.
    #[error(
        "not a signed document: expected the members `signed` and `signatures`, or a DSSE envelope"
    )]
    NotAnEnvelope,
    /// Two signatures of a classic envelope are listed under one key id.
    #[error("two signatures under the key id {key_id}")]
    DuplicateSignature {
        /// The id they share.
        key_id: KeyId,
    },
    /// The envelope holds more signatures than are looked at.
    #[error("more than {limit} signatures")]
    TooManySignatures {
        /// The most signatures accepted.
        limit: usize,
    },
    /// A DSSE payload that is not base64.
    #[error("the payload of the envelope is not base64")]
    PayloadEncoding,
    /// A key that cannot be used.
    #[error(transparent)]
    Key(#[from] Unusable),
    /// A text that is no key id: empty, over 128 bytes, or with control characters.
    #[error("{:?} is not a key id", start(text))]
    KeyId {
        /// The text.
        text: String,
    },
    /// A key is listed under an id that is not computed from it.
    #[error("the key id {listed} is not computed from its key{}", meant(computed))]
    OtherKeyId {
        /// The id under which the key is listed.
        listed: KeyId,
        /// The ids that would do.
        computed: BTreeSet<KeyId>,
    },
    /// A text that is no instant of the form `YYYY-MM-DDTHH:MM:SSZ`.
    #[error("{:?} is not an instant of the form YYYY-MM-DDTHH:MM:SSZ", start(text))]
    Expires {
        /// The text.
        text: String,
    },
    /// A text that is no digest of a directory of the form `h1:` and base64.
    #[error("{:?} is not the digest of a directory", start(text))]
    DirHash {
        /// The text.
        text: String,
    },
    /// A private key that cannot be read or made.
    #[error("cannot use the private key: {reason}")]
    PrivateKey {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A private key that is encrypted, and no passphrase was given.
    #[error("the private key is encrypted: it takes its passphrase")]
    PassphraseNeeded,
    /// A passphrase under which there is no private key in the file.
    #[error("the private key does not open: the passphrase is wrong, or the file is damaged")]
    WrongPassphrase,
    /// A signer could not sign.
    #[error("cannot sign with the key {key_id}: {reason}")]
    Signing {
        /// The signer's key.
        key_id: KeyId,
        /// What the signer says.
        reason: String,
    },
}

/// As much of a hostile text as a message needs.
pub(crate) fn start(text: &str) -> String {
    const MAX_CHARS: usize = 200;
    text.chars().take(MAX_CHARS).collect()
}

fn listed(rejected: &BTreeSet<KeyId>) -> String {
    match joined(rejected, ", ") {
        ids if ids.is_empty() => ids,
        ids => format!("; not valid: {ids}"),
    }
}

fn meant(computed: &BTreeSet<KeyId>) -> String {
    match joined(computed, " or ") {
        ids if ids.is_empty() => ids,
        ids => format!(", which has {ids}"),
    }
}

fn joined(ids: &BTreeSet<KeyId>, separator: &str) -> String {
    let ids: Vec<_> = ids.iter().map(KeyId::as_str).collect();
    ids.join(separator)
}
