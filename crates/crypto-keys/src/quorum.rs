use std::{collections::BTreeSet, fmt, num::NonZeroU32};

use canonical_json::Node;
use chrono::{DateTime, Utc};

use crate::{Backend, EnvelopeKind, Error, KeyId, PublicKey, Signature};

/// How many distinct signers a document needs: at least one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Threshold(NonZeroU32);

impl Threshold {
    /// One signer.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// A threshold of `signers`; `None` for zero, which would trust everybody.
    pub fn new(signers: u32) -> Option<Self> {
        NonZeroU32::new(signers).map(Self)
    }

    /// Reads the value of a `threshold` member.
    ///
    /// # Errors
    ///
    /// [`canonical_json::Error::Type`] if it is not an integer from 1 to 2^32 - 1.
    pub fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        u32::try_from(node.as_u64()?)
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| node.error("a threshold of at least 1"))
    }

    /// The number of signers.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Distinct voters, counted towards a threshold. The only code in the workspace that counts.
///
/// What makes two voters one is `V`: the material of a key, the identity in a certificate.
///
/// ```
/// # use crypto_keys::{Tally, Threshold};
/// let mut tally = Tally::new(Threshold::new(2).ok_or("zero")?);
/// tally.vote("alice");
/// tally.vote("alice");
/// assert!(!tally.is_met());
/// tally.vote("bob");
/// assert!(tally.is_met());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tally<V> {
    needed: Threshold,
    voters: BTreeSet<V>,
}

impl<V: Ord> Tally<V> {
    /// No votes yet.
    pub fn new(needed: Threshold) -> Self {
        Self {
            needed,
            voters: BTreeSet::new(),
        }
    }

    /// Counts a voter, once; says whether the vote was its first.
    pub fn vote(&mut self, voter: V) -> bool {
        self.voters.insert(voter)
    }

    /// Whether enough distinct voters have voted.
    pub fn is_met(&self) -> bool {
        u32::try_from(self.count()).map_or(true, |count| count >= self.needed.get())
    }

    /// How many distinct voters have voted.
    pub fn count(&self) -> usize {
        self.voters.len()
    }

    /// The distinct voters.
    pub fn voters(&self) -> &BTreeSet<V> {
        &self.voters
    }
}

/// Who may sign a document, and how many of them must.
///
/// Signers are counted by key material: two ids for one key are one signer (TUF 5.3.4, TAP 12;
/// DSSE: "unique trusted public keys").
///
/// One document gets at most 1024 signature checks, and a message of more than 2 MiB as many as hash 2 GiB, but always 32.
/// Signatures beyond them count for nothing. A key that cannot be used takes no check.
#[derive(Clone, Debug)]
pub struct Quorum<'k> {
    keys: Vec<&'k PublicKey>,
    needed: Threshold,
    now: Option<DateTime<Utc>>,
    backend: Backend,
}

/// The most signatures checked for one document. DSSE lets a signature name no key, so that every
/// key has to be tried; 1024 is 32 signatures by 32 keys. Signatures beyond it count for nothing: junk
/// put before them can have a document refused, which whoever can put it there could do by taking them out.
const MAX_CHECKS: usize = 1024;

/// How many there are at least, however long the document: 32 keys have signed once.
const MIN_CHECKS: usize = 32;

/// The most bytes hashed for one document, as every check hashes all of it: 1024 checks of 2 MiB, and the
/// least number of checks of 64 MiB, the longest document of the default limits.
const MAX_HASHED: usize = 2 << 30;

fn checks_of(message: &[u8]) -> usize {
    let affordable = MAX_HASHED.checked_div(message.len());
    affordable.map_or(MAX_CHECKS, |checks| checks.clamp(MIN_CHECKS, MAX_CHECKS))
}

impl<'k> Quorum<'k> {
    /// At least `needed` of `keys`. Keys that cannot be used are welcome, and count for nothing.
    pub fn new(keys: impl IntoIterator<Item = &'k PublicKey>, needed: Threshold) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            needed,
            now: None,
            backend: Backend::default(),
        }
    }

    /// Every one of `keys`, as for the owners of an in-toto layout; `None` without any key.
    ///
    /// Every key is asked for, whatever becomes of it: where one cannot be used, has expired or shares a subkey with another,
    /// no document is signed by them all.
    pub fn all(keys: impl IntoIterator<Item = &'k PublicKey>) -> Option<Self> {
        let keys: Vec<_> = keys.into_iter().collect();
        let distinct: BTreeSet<_> = keys.iter().map(|key| key.material()).collect();
        let needed = u32::try_from(distinct.len())
            .ok()
            .and_then(Threshold::new)?;
        Some(Self::new(keys, needed))
    }

    /// The same quorum at an instant: OpenPGP keys and signatures may say how long they are valid, and one that does counts
    /// for nothing without it.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        Self {
            now: Some(now),
            ..self
        }
    }

    /// The same quorum, its signatures computed by `backend`.
    #[must_use]
    pub fn with_backend(self, backend: Backend) -> Self {
        Self { backend, ..self }
    }

    /// The ids of the keys that signed `message`, one for each key, if they are enough.
    ///
    /// A signature speaks for one key at most: one of the id it names, or in a DSSE envelope, where
    /// ids are hints, any key when none here has that id. Checking stops when the threshold is met.
    pub(crate) fn vouch(
        &self,
        envelope: EnvelopeKind,
        message: &[u8],
        signatures: &[Signature],
    ) -> Result<BTreeSet<KeyId>, Error> {
        let mut tally = Tally::new(self.needed);
        let mut counted = BTreeSet::new();
        let mut valid = BTreeSet::new();
        let mut rejected = BTreeSet::new();
        let mut checks = 0..checks_of(message);
        // OpenPGP keys last: they may have parts in common with others, who then count without them.
        let (openpgp, others): (Vec<_>, Vec<_>) = signatures
            .iter()
            .partition(|signature| signature.openpgp.is_some());
        for signature in others.into_iter().chain(openpgp) {
            if checks.is_empty() {
                break; // What is not checked is not said to be invalid.
            }
            let is_named = |key: &&PublicKey| key.is_named_by(signature);
            let named = self.keys.iter().any(&is_named);
            let any_key = envelope == EnvelopeKind::Dsse && !named;
            let signer = self
                .keys
                .iter()
                .filter(|key| key.can_have_made(signature) && (any_key || is_named(key)))
                .find(|key| {
                    checks.next().is_some()
                        && key.signed(self.backend, message, signature, self.now)
                });
            if let Some(key) = signer {
                if key.materials().all(|material| !counted.contains(material)) {
                    counted.extend(key.materials());
                    tally.vote(key.material());
                    valid.insert(key.id().clone());
                }
            } else if named {
                rejected.extend(signature.key_id.clone());
            }
            if tally.is_met() {
                return Ok(valid);
            }
        }
        Err(Error::Threshold {
            needed: self.needed,
            valid,
            rejected,
        })
    }
}

#[cfg(test)]
mod tests {
    use canonical_json::Document;

    use super::*;

    #[test]
    fn a_message_is_checked_between_32_and_1024_times() {
        for (length, checks) in [
            (0, 1024),
            (2 << 20, 1024),
            ((2 << 20) + 1, 1023),
            (48 << 20, 42),
            (64 << 20, 32),
            ((64 << 20) + 1, 32),
        ] {
            assert_eq!(checks_of(&vec![0; length]), checks, "{length}");
        }
    }

    #[test]
    fn a_threshold_is_a_positive_integer_of_32_bits() {
        let read = |json: &str| Threshold::read(Document::read(json.as_bytes()).unwrap().root());
        assert_eq!(read("1"), Ok(Threshold::ONE));
        assert_eq!(read("4294967295").ok(), Threshold::new(u32::MAX));
        for json in [
            "0",
            "-1",
            "4294967296",
            "18446744073709551617",
            "\"1\"",
            "null",
            "[1]",
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
