use crypto_keys::{PublicKey, Signature, Signer};

use crate::{Error, Svid};

/// A workload's key with its SVID: signatures carry the chain, so that whoever verifies them needs no list of keys.
#[derive(Debug)]
pub struct SvidSigner<S> {
    signer: S,
    svid: Svid,
    chain: String,
}

impl<S: Signer> SvidSigner<S> {
    /// Joins a key with the SVID that was issued for it.
    ///
    /// # Errors
    ///
    /// [`Error::KeyMismatch`] if the SVID is another key's.
    pub fn new(signer: S, svid: Svid) -> Result<Self, Error> {
        if signer.public_key().material() != svid.public_key().material() {
            return Err(Error::KeyMismatch {
                certificate: svid.id().to_string(),
            });
        }
        let chain = svid.to_pem();
        Ok(Self {
            signer,
            svid,
            chain,
        })
    }

    /// The SVID whose chain the signatures carry.
    pub fn svid(&self) -> &Svid {
        &self.svid
    }
}

impl<S: Signer> Signer for SvidSigner<S> {
    fn public_key(&self) -> &PublicKey {
        self.signer.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, crypto_keys::Error> {
        Ok(Signature {
            certificate: Some(self.chain.clone()),
            ..self.signer.sign(message)?
        })
    }
}
