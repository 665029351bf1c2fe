//! RSA private keys: checked as they are read, made, and signing with each of the six schemes.

use chacha20::{ChaCha20Rng, rand_core::SeedableRng as _};
use der::Decode as _;
use getrandom::SysRng;
use pkcs8::PrivateKeyInfoRef;
use rsa::{
    Pkcs1v15Sign, Pss, RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey as _, RsaPrivateKeyRef},
    traits::SignatureScheme as _,
};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{NO_RANDOMNESS, refused};
use crate::{Error, Scheme};

/// The size of a new key where none is asked for: as strong as P-256 (NIST SP 800-57 part 1, table 2).
pub(super) const DEFAULT_BITS: usize = 3072;

pub(super) fn generate(bits: usize) -> Result<RsaPrivateKey, Error> {
    if ![2048, 3072, 4096].contains(&bits) {
        return Err(refused("RSA keys are made with 2048, 3072 or 4096 bits"));
    }
    // The search for primes cannot be told that the system's randomness failed.
    let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).map_err(|_| refused(NO_RANDOMNESS))?;
    RsaPrivateKey::new(&mut rng, bits).map_err(|_| refused("no key was found"))
}

/// The longest modulus that is computed with, in bytes. The public key's own limits come later.
const MAX_MODULUS: usize = 8192 / 8;

pub(super) fn read(info: PrivateKeyInfoRef<'_>) -> Result<RsaPrivateKey, Error> {
    let der = info.private_key.as_bytes();
    let parts = RsaPrivateKeyRef::from_der(der).map_err(|_| refused("it is not PKCS#1"))?;
    if parts.modulus.as_bytes().len() > MAX_MODULUS {
        return Err(refused("it has more than 8192 bits"));
    }
    let contradiction = || refused("its parts contradict each other");
    let key = RsaPrivateKey::try_from(info).map_err(|_| contradiction())?;
    // A key is made from n, e, d, p and q; the three numbers derived from them must be those of the file.
    let again = key.to_pkcs1_der().map_err(|_| contradiction())?;
    if again.as_bytes() != der {
        return Err(contradiction());
    }
    Ok(key)
}

/// Signs, with the blinding that keeps the key out of the timing.
pub(super) fn sign(
    key: &RsaPrivateKey,
    scheme: Option<Scheme>,
    message: &[u8],
) -> rsa::errors::Result<Vec<u8>> {
    let mut rng = SysRng;
    let rng = Some(&mut rng);
    match scheme {
        Some(Scheme::RsaPssSha256) => Pss::<Sha256>::new().sign(rng, key, &Sha256::digest(message)),
        Some(Scheme::RsaPssSha384) => Pss::<Sha384>::new().sign(rng, key, &Sha384::digest(message)),
        Some(Scheme::RsaPssSha512) => Pss::<Sha512>::new().sign(rng, key, &Sha512::digest(message)),
        Some(Scheme::RsaPkcs1Sha256) => {
            Pkcs1v15Sign::new::<Sha256>().sign(rng, key, &Sha256::digest(message))
        }
        Some(Scheme::RsaPkcs1Sha384) => {
            Pkcs1v15Sign::new::<Sha384>().sign(rng, key, &Sha384::digest(message))
        }
        Some(Scheme::RsaPkcs1Sha512) => {
            Pkcs1v15Sign::new::<Sha512>().sign(rng, key, &Sha512::digest(message))
        }
        _ => Err(rsa::errors::Error::InvalidPaddingScheme),
    }
}
