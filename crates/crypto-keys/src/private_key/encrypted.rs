//! PKCS#8 under a passphrase: PBES2 (RFC 8018 section 6.2), with the cost of a passphrase within limits.

use der::Decode as _;
use pkcs8::{
    EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef,
    pkcs5::{
        EncryptionScheme,
        pbes2::{self, Kdf, Parameters, Salt, ScryptParams},
    },
};
use zeroize::Zeroizing;

use super::{
    NOT_ENCODED, PrivateKey,
    form::{self, ENCRYPTED_LABEL, Encoded, Form},
    random, refused,
};
use crate::Error;

/// The most iterations of PBKDF2: five times the 600 000 that OWASP asks for. OpenSSL and Python's
/// `cryptography` write 2048. They were measured to take a second with SHA-256, five with SHA-512.
const MAX_ITERATIONS: u32 = 3_000_000;

/// The most work of scrypt, N·r·p, of which each unit takes 128 bytes at the most: 256 MiB, and
/// measured three seconds. OpenSSL writes 2^17; the strongest that OWASP asks for is 2^20.
const MAX_WORK: u64 = 1 << 21;

/// What is written costs as much as OWASP asks for in the memory that OpenSSL allows by default.
const SCRYPT_N: u64 = 1 << 14;
const SCRYPT_R: u16 = 8;
const SCRYPT_P: u16 = 5;

impl PrivateKey {
    /// Reads what [`PrivateKey::from_pem`] reads and, with a passphrase, an `ENCRYPTED PRIVATE KEY`
    /// (PKCS#8). A key that is not encrypted is read without it.
    ///
    /// The passphrase is stretched as the file says, with PBKDF2 of at most 3 000 000 iterations or
    /// scrypt with N·r·p of at most 2^21 and so at most 256 MiB, and the cipher is AES-CBC
    /// (PBES2, RFC 8018 and RFC 7914). Both limits stand before the work; at either it was measured to
    /// take up to five seconds. The key derived from the passphrase is not wiped.
    ///
    /// ```
    /// # use crypto_keys::{Error, PrivateKey, Scheme, Signer};
    /// let key = PrivateKey::generate(Scheme::Ed25519)?;
    /// let pem = key.to_encrypted_pkcs8_pem(b"correct horse")?;
    /// let read = PrivateKey::from_pem_with_passphrase(&pem, b"correct horse")?;
    /// assert_eq!(read.public_key(), key.public_key());
    /// let wrong = PrivateKey::from_pem_with_passphrase(&pem, b"battery staple");
    /// assert_eq!(wrong.unwrap_err(), Error::WrongPassphrase);
    /// assert_eq!(PrivateKey::from_pem(&pem).unwrap_err(), Error::PassphraseNeeded);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::WrongPassphrase`] if that is not the passphrase or the file is damaged,
    /// [`Error::PrivateKey`] if it is encrypted in another way or costs more, and as
    /// [`PrivateKey::from_pem`].
    pub fn from_pem_with_passphrase(pem: &str, passphrase: &[u8]) -> Result<Self, Error> {
        Self::decrypt(Encoded::from_pem(pem)?.borrow(), passphrase)
    }

    /// Reads what [`PrivateKey::from_der`] reads and, with a passphrase, PKCS#8 that is encrypted.
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::from_pem_with_passphrase`].
    pub fn from_der_with_passphrase(der: &[u8], passphrase: &[u8]) -> Result<Self, Error> {
        Self::decrypt((Form::of(der)?, der), passphrase)
    }

    fn decrypt((form, der): (Form, &[u8]), passphrase: &[u8]) -> Result<Self, Error> {
        if form != Form::EncryptedPkcs8 {
            return Self::read((form, der));
        }
        form::check_length(der)?;
        let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| match Form::of(der) {
            Ok(Form::EncryptedPkcs8) => refused(OTHER_ENCRYPTION),
            _ => refused("it is not encrypted PKCS#8"),
        })?;
        let parameters = supported(&info.encryption_algorithm)?;
        let mut buffer = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
        let key = parameters
            .decrypt_in_place(passphrase, &mut buffer)
            .map_err(|_| Error::WrongPassphrase)?;
        // The padding of one wrong key in 256 is right; what it uncovers is noise.
        let info = PrivateKeyInfoRef::from_der(key).map_err(|_| Error::WrongPassphrase)?;
        Self::from_info(info)
    }

    /// The key as an `ENCRYPTED PRIVATE KEY` PEM block (PKCS#8): AES-256-CBC under a key that scrypt
    /// makes of the passphrase with N = 2^14, r = 8 and p = 5, which takes 16 MiB.
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKey`] if the passphrase is empty, the key cannot be encoded, or the system has
    /// no randomness to give.
    pub fn to_encrypted_pkcs8_pem(&self, passphrase: &[u8]) -> Result<String, Error> {
        if passphrase.is_empty() {
            return Err(refused("an empty passphrase protects nothing"));
        }
        let parameters = Parameters {
            kdf: Kdf::Scrypt(ScryptParams {
                salt: Salt::new(*random::<16>()?).map_err(|_| refused(NOT_ENCODED))?,
                cost_parameter: SCRYPT_N,
                block_size: SCRYPT_R,
                parallelization: SCRYPT_P,
                key_length: None,
            }),
            encryption: pbes2::EncryptionScheme::Aes256Cbc { iv: *random()? },
        };
        let der = self.to_pkcs8()?;
        form::pkcs8(der.as_bytes())?
            .encrypt_with_params(parameters, passphrase)
            .and_then(|encrypted| Ok(encrypted.to_pem(ENCRYPTED_LABEL, LineEnding::LF)?))
            .map(|pem| pem.to_string())
            .map_err(|_| refused(NOT_ENCODED))
    }
}

const OTHER_ENCRYPTION: &str = "it is encrypted otherwise than with AES-CBC under PBKDF2 (HMAC-SHA-2) or scrypt: \
     convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc`";

/// The parameters, if they are of the kinds that are decrypted here and cost no more than the limits.
fn supported(scheme: &EncryptionScheme) -> Result<&Parameters, Error> {
    use pbes2::{EncryptionScheme as Cipher, Pbkdf2Prf};

    let parameters = scheme.pbes2().ok_or_else(|| refused(OTHER_ENCRYPTION))?;
    let (Cipher::Aes128Cbc { .. } | Cipher::Aes192Cbc { .. } | Cipher::Aes256Cbc { .. }) =
        parameters.encryption
    else {
        return Err(refused(OTHER_ENCRYPTION));
    };
    match &parameters.kdf {
        Kdf::Pbkdf2(kdf) if kdf.prf == Pbkdf2Prf::HmacWithSha1 => Err(refused(OTHER_ENCRYPTION)),
        Kdf::Pbkdf2(kdf) if kdf.iteration_count > MAX_ITERATIONS => Err(refused(
            "its passphrase costs more than 3 000 000 iterations of PBKDF2",
        )),
        Kdf::Pbkdf2(kdf) if kdf.iteration_count == 0 => {
            Err(refused("its passphrase is stretched by 0 iterations"))
        }
        Kdf::Scrypt(kdf) if !affordable(kdf) => Err(refused(
            "its scrypt parameters are malformed, or N·r·p is more than 2^21",
        )),
        Kdf::Pbkdf2(_) | Kdf::Scrypt(_) => Ok(parameters),
        _ => Err(refused(OTHER_ENCRYPTION)),
    }
}

/// Whether N is a power of two from 2 on (RFC 7914 section 2) and the work within the limit.
fn affordable(kdf: &ScryptParams) -> bool {
    let (r, p) = (u64::from(kdf.block_size), u64::from(kdf.parallelization));
    kdf.cost_parameter.is_power_of_two()
        && kdf.cost_parameter > 1
        && r > 0
        && p > 0
        && [r, p]
            .iter()
            .try_fold(kdf.cost_parameter, |work, factor| work.checked_mul(*factor))
            .is_some_and(|work| work <= MAX_WORK)
}
