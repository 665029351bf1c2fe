//! OpenPGP keys and signatures, version 4, in the JSON that in-toto makes of them (RFC 4880).

use std::collections::BTreeMap;

use canonical_json::Node;
use chrono::{DateTime, Utc};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::{
    Backend, KeyId, Scheme, Signature, Unusable,
    backend::Verifier,
    encoding::{from_hex_of_any_case, to_hex},
    key::scheme_of,
};

/// The most subkeys of a key. People have some three.
const MAX_SUBKEYS: usize = 64;

/// The most digits of a number: those of a modulus of 8192 bits, with a leading zero byte.
const MAX_DIGITS: usize = 2050;

/// A master key with the subkeys that sign in its name.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    master: Single,
    subkeys: BTreeMap<KeyId, Single>,
}

/// A master key or a subkey by itself.
#[derive(Clone, Debug)]
struct Single {
    scheme: Scheme,
    verifier: Verifier,
    material: Vec<u8>,
    /// The length of a modulus in bytes; nothing for Ed25519.
    modulus_len: usize,
    fingerprint: Option<KeyId>,
    validity: Validity,
}

impl Key {
    /// Reads a key object whose names are those of `scheme`.
    ///
    /// A subkey that cannot be used is left out: it signs for nobody.
    pub(crate) fn read(scheme: Scheme, object: Node<'_>) -> Result<Self, Unusable> {
        let mut subkeys = BTreeMap::new();
        if let Some(listed) = member(object, "subkeys")? {
            let too_many = listed.members().map_err(|_| Unusable::UnknownForm)?;
            if too_many.count() > MAX_SUBKEYS {
                return Err(Unusable::Malformed);
            }
            for (id, subkey) in listed.members().map_err(|_| Unusable::UnknownForm)? {
                if let Ok(id) = KeyId::try_from(id.into_owned())
                    && let Ok(Ok(scheme)) = scheme_of(subkey)
                    && scheme.is_openpgp()
                    && let Ok(single) = Single::read(scheme, subkey)
                {
                    subkeys.insert(id, single);
                }
            }
        }
        Ok(Self {
            master: Single::read(scheme, object)?,
            subkeys,
        })
    }

    /// The master key itself.
    pub(crate) fn verifier(&self) -> &Verifier {
        &self.master.verifier
    }

    /// The fingerprint of the master key (RFC 4880 12.2), if the key says when it was created.
    pub(crate) fn fingerprint(&self) -> Option<&KeyId> {
        self.master.fingerprint.as_ref()
    }

    /// What makes the subkeys themselves, see [`crate::PublicKey::material`].
    pub(crate) fn subkey_materials(&self) -> impl Iterator<Item = &[u8]> {
        self.subkeys.values().map(|subkey| &*subkey.material)
    }

    pub(crate) fn has_subkey(&self, id: &KeyId) -> bool {
        self.subkeys.contains_key(id)
    }

    /// Whether `signature` was made over `message` by the master, listed as `id`, or by a subkey: by the one that it names,
    /// while that and the master were valid, both of which `now` has to be known for if they end.
    pub(crate) fn verify(
        &self,
        backend: Backend,
        id: &KeyId,
        message: &[u8],
        signature: &Signature,
        now: Option<DateTime<Utc>>,
    ) -> bool {
        let (Some(named), Some(headers)) = (&signature.key_id, &signature.openpgp) else {
            return false;
        };
        let signer = if named == id {
            Some(&self.master)
        } else {
            self.subkeys.get(named)
        };
        let (Some(signer), Some(read)) = (signer, Headers::read(headers)) else {
            return false;
        };
        read.name(named)
            && read.algorithm == signer.algorithm()
            && self.master.validity.covers(read.made, now)
            && signer.validity.covers(read.made, now)
            && read.lasts(now)
            && signer.verify(backend, message, headers, &signature.bytes)
    }
}

impl Single {
    fn read(scheme: Scheme, object: Node<'_>) -> Result<Self, Unusable> {
        let validity = Validity::read(object)?;
        let public = member(object, "keyval")?.ok_or(Unusable::UnknownForm)?;
        let public = member(public, "public")?.ok_or(Unusable::UnknownForm)?;
        let (verifier, packet, modulus_len) = if scheme == Scheme::OpenPgpEd25519 {
            let point = number(public, "q")?;
            let packet = [ED25519_OID, &integer(&[&[0x40], &*point].concat())].concat();
            (Verifier::ed25519(&point)?, packet, 0)
        } else {
            let (modulus, exponent) = (number(public, "n")?, number(public, "e")?);
            let packet = [integer(&modulus), integer(&exponent)].concat();
            let modulus_len = significant(&modulus).len();
            (Verifier::rsa(&modulus, &exponent)?, packet, modulus_len)
        };
        let mut single = Self {
            scheme,
            material: verifier.to_spki()?,
            verifier,
            modulus_len,
            fingerprint: None,
            validity,
        };
        single.fingerprint = single.fingerprint_of(&packet);
        Ok(single)
    }

    /// The number of this key's algorithm (RFC 4880 9.1; 22 is EdDSA).
    fn algorithm(&self) -> u8 {
        match self.scheme {
            Scheme::OpenPgpEd25519 => 22,
            _ => 1,
        }
    }

    /// RFC 4880 12.2: SHA-1 over the packet of the key.
    fn fingerprint_of(&self, numbers: &[u8]) -> Option<KeyId> {
        let created = self.validity.created?.to_be_bytes();
        let packet = [[4].as_slice(), &created, &[self.algorithm()], numbers].concat();
        let length = u16::try_from(packet.len()).ok()?.to_be_bytes();
        let hash = Sha1::new()
            .chain_update([0x99])
            .chain_update(length)
            .chain_update(packet);
        KeyId::try_from(to_hex(&hash.finalize())).ok()
    }

    /// RFC 4880 5.2.4: what is hashed is the message, the hashed part of the signature packet, and how long that is.
    fn verify(&self, backend: Backend, message: &[u8], headers: &[u8], signature: &[u8]) -> bool {
        let Ok(length) = u32::try_from(headers.len()) else {
            return false;
        };
        let signed = [message, headers, &[4, 0xff], &length.to_be_bytes()].concat();
        if self.scheme == Scheme::OpenPgpEd25519 {
            let digest = Sha256::digest(&signed);
            return self
                .verifier
                .verify(backend, Scheme::Ed25519, &digest, signature);
        }
        // RFC 4880 3.2: the number is written without leading zeros, which PKCS #1 wants.
        let missing = self.modulus_len.saturating_sub(signature.len());
        let padded = [&vec![0; missing], signature].concat();
        self.verifier
            .verify(backend, Scheme::RsaPkcs1Sha256, &signed, &padded)
    }
}

/// Since when and until when a key is one, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Validity {
    created: Option<u32>,
    ends: Option<DateTime<Utc>>,
}

impl Validity {
    fn read(object: Node<'_>) -> Result<Self, Unusable> {
        let seconds = |name| match member(object, name)? {
            None => Ok(None),
            Some(node) => match node.as_u64().map(u32::try_from) {
                Ok(Ok(seconds)) => Ok(Some(seconds)),
                _ => Err(Unusable::Malformed),
            },
        };
        let created = seconds("creation_time")?;
        let ends = match (created, seconds("validity_period")?) {
            (_, None | Some(0)) => None, // RFC 4880 5.2.3.6: it never expires
            (Some(created), Some(period)) => Some(after(created, period)),
            // It ends, and nobody knows when.
            (None, Some(_)) => return Err(Unusable::Malformed),
        };
        Ok(Self { created, ends })
    }

    /// Whether a signature `made` then is one of a valid key, and whether the key is still valid.
    fn covers(&self, made: u32, now: Option<DateTime<Utc>>) -> bool {
        let begun = self.created.is_none_or(|created| created <= made);
        let made_in_time = self.ends.is_none_or(|ends| after(made, 0) <= ends);
        begun && made_in_time && is_before(now, self.ends)
    }
}

fn after(start: u32, seconds: u32) -> DateTime<Utc> {
    let end = i64::from(start).saturating_add(i64::from(seconds));
    DateTime::from_timestamp(end, 0).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// Whether `end` has not passed; where there is one, `now` must be known.
fn is_before(now: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> bool {
    end.is_none_or(|end| now.is_some_and(|now| now <= end))
}

/// The hashed part of a signature packet (RFC 4880 5.2.3).
struct Headers {
    algorithm: u8,
    /// When the signature was made, in seconds since 1970.
    made: u32,
    lifetime: Option<u32>,
    /// The fingerprint, or the end of it, of who is said to have signed.
    issuers: Vec<String>,
}

impl Headers {
    /// Reads a signature of version 4 over a binary document with SHA-256.
    fn read(headers: &[u8]) -> Option<Self> {
        const SHA256: u8 = 8;
        let [4, 0, algorithm, SHA256, high, low, subpackets @ ..] = headers else {
            return None;
        };
        if subpackets.len() != usize::from(u16::from_be_bytes([*high, *low])) {
            return None;
        }
        let (mut made, mut lifetime, mut issuers) = (None, None, Vec::new());
        let mut rest = subpackets;
        while !rest.is_empty() {
            let (kind, body, after) = subpacket(rest)?;
            rest = after;
            match (kind & !CRITICAL, body) {
                (2, seconds) if made.is_none() => made = Some(number_of(seconds)?),
                (3, seconds) if lifetime.is_none() => lifetime = Some(number_of(seconds)?),
                (16, id) if id.len() == 8 => issuers.push(to_hex(id)),
                (33, [4, fingerprint @ ..]) if fingerprint.len() == 20 => {
                    issuers.push(to_hex(fingerprint));
                }
                // Said twice, or in another way than the RFC has it.
                (2 | 3 | 16 | 33, _) => return None,
                // RFC 4880 5.2.3.1: who does not know a critical subpacket does not know what the signature says.
                _ if kind & CRITICAL != 0 => return None,
                _ => {}
            }
        }
        Some(Self {
            algorithm: *algorithm,
            made: made?,
            lifetime,
            issuers,
        })
    }

    /// Whether they name no other signer than `id`, a fingerprint.
    fn name(&self, id: &KeyId) -> bool {
        self.issuers
            .iter()
            .all(|issuer| id.as_str().ends_with(issuer.as_str()))
    }

    /// Whether the signature itself has not expired (RFC 4880 5.2.3.10).
    fn lasts(&self, now: Option<DateTime<Utc>>) -> bool {
        let lifetime = self.lifetime.filter(|seconds| *seconds != 0);
        is_before(now, lifetime.map(|seconds| after(self.made, seconds)))
    }
}

const CRITICAL: u8 = 0x80;

/// The kind and the body of the subpacket at the start of `bytes`, and what comes after it (RFC 4880 5.2.3.1).
fn subpacket(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (length, rest) = match bytes {
        [0xff, a, b, c, d, rest @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]), rest),
        [0xff, ..] => return None,
        [high @ 0xc0..=0xfe, low, rest @ ..] => {
            let beyond = u16::from_be_bytes([high & 0x3f, *low]);
            (u32::from(beyond).saturating_add(192), rest)
        }
        [length, rest @ ..] => (u32::from(*length), rest),
        [] => return None,
    };
    let (packet, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let (kind, body) = packet.split_first()?;
    Some((*kind, body, rest))
}

fn number_of(seconds: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(seconds.try_into().ok()?))
}

/// A length and the curve of Ed25519 (RFC 4880bis 9.2).
const ED25519_OID: &[u8] = b"\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";

/// A multiprecision integer (RFC 4880 3.2): the number of its bits, and the bytes that they need.
fn integer(number: &[u8]) -> Vec<u8> {
    let number = significant(number);
    let zeros = number.first().map_or(0, |first| first.leading_zeros());
    let bits = u32::try_from(number.len())
        .ok()
        .and_then(|length| length.checked_mul(8)?.checked_sub(zeros))
        .and_then(|bits| u16::try_from(bits).ok());
    // Longer numbers than 65,535 bits are no keys.
    [&bits.unwrap_or_default().to_be_bytes(), number].concat()
}

fn significant(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0);
    start
        .and_then(|start| number.get(start..))
        .unwrap_or_default()
}

/// A member; one that is null is not there.
fn member<'d>(object: Node<'d>, name: &str) -> Result<Option<Node<'d>>, Unusable> {
    let member = object.get(name).map_err(|_| Unusable::UnknownForm)?;
    Ok(member.filter(|member| !member.is_null()))
}

fn number(public: Node<'_>, name: &str) -> Result<Vec<u8>, Unusable> {
    let digits = member(public, name)?.ok_or(Unusable::UnknownForm)?;
    let digits = digits.as_str().map_err(|_| Unusable::UnknownForm)?;
    if digits.len() > MAX_DIGITS {
        return Err(Unusable::Weak);
    }
    from_hex_of_any_case(&digits).ok_or(Unusable::Malformed)
}
