use crate::{Error, PublicKey, Signature};

/// A key that can sign: in memory, in a token, or at the far end of a service.
///
/// ```
/// # use crypto_keys::{Error, PublicKey, Signature, Signer};
/// /// Signs as another key does, under the name of the certificate that holds it.
/// struct Certified<S> {
///     key: S,
///     chain_pem: String,
/// }
///
/// impl<S: Signer> Signer for Certified<S> {
///     fn public_key(&self) -> &PublicKey {
///         self.key.public_key()
///     }
///
///     fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
///         Ok(Signature { certificate: Some(self.chain_pem.clone()), ..self.key.sign(message)? })
///     }
/// }
/// ```
pub trait Signer {
    /// The key that verifies what this signs.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message`.
    ///
    /// # Errors
    ///
    /// [`Error::Signing`] if the key cannot be reached or refuses.
    fn sign(&self, message: &[u8]) -> Result<Signature, Error>;
}
