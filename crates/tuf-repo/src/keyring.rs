use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{Expires, PublicKey, Signature, Signer};
use tuf_client::TopRole;

use crate::{Error, RoleSpec, RootSpec};

/// Who signs for which role here and now, and how long what they sign lives.
///
/// A role whose keys are elsewhere is left out: as long as nothing of it has to be signed, it is not missed.
///
/// ```
/// # #[cfg(feature = "rsa")] {
/// use chrono::TimeDelta;
/// use crypto_keys::{PrivateKey, Scheme};
/// use tuf_client::TopRole;
/// use tuf_repo::Keyring;
///
/// let online = PrivateKey::generate(Scheme::Ed25519)?;
/// let keyring = Keyring::new()
///     .with(TopRole::Timestamp, TimeDelta::days(1), &[&online])
///     .with(TopRole::Snapshot, TimeDelta::days(7), &[&online]);
/// # let _ = keyring;
/// # }
/// # Ok::<(), crypto_keys::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Keyring<'s> {
    roles: BTreeMap<TopRole, Desk<'s>>,
}

#[derive(Clone)]
struct Desk<'s> {
    lifetime: TimeDelta,
    signers: Vec<&'s dyn Signer>,
}

impl<'s> Keyring<'s> {
    /// A keyring without signers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with these signers for a role, in place of any before, and the lifetime of what they sign.
    #[must_use]
    pub fn with(mut self, role: TopRole, lifetime: TimeDelta, signers: &[&'s dyn Signer]) -> Self {
        let signers = signers.to_vec();
        self.roles.insert(role, Desk { lifetime, signers });
        self
    }

    /// A root that names the keys of this keyring, any of which is enough: a beginning, to be made stricter.
    pub fn spec(&self) -> RootSpec {
        let role = |role| {
            let signers = self
                .roles
                .get(&role)
                .into_iter()
                .flat_map(|desk| &desk.signers);
            RoleSpec::any_of(signers.map(|signer| signer.public_key().clone()))
        };
        RootSpec {
            root: role(TopRole::Root),
            timestamp: role(TopRole::Timestamp),
            snapshot: role(TopRole::Snapshot),
            targets: role(TopRole::Targets),
        }
    }

    /// The signers for a role that hold one of `keys`, each under the id the key is listed by.
    pub(crate) fn signers<'k>(
        &self,
        role: TopRole,
        keys: impl IntoIterator<Item = &'k PublicKey>,
    ) -> Result<Vec<Listed<'k, 's>>, Error> {
        let here = self.roles.get(&role).map_or(&[][..], |desk| &desk.signers);
        let mut signers: BTreeMap<_, Listed<'k, 's>> = BTreeMap::new();
        for key in keys {
            let holder = here
                .iter()
                .find(|signer| signer.public_key().material() == key.material());
            if let Some(signer) = holder {
                signers.insert(
                    key.id(),
                    Listed {
                        key,
                        signer: *signer,
                    },
                );
            }
        }
        if signers.is_empty() {
            return Err(Error::NoSigner { role });
        }
        Ok(signers.into_values().collect())
    }

    /// When metadata of a role that is signed now expires.
    pub(crate) fn expires(&self, role: TopRole, now: DateTime<Utc>) -> Result<Expires, Error> {
        let desk = self.roles.get(&role).ok_or(Error::NoSigner { role })?;
        let expires = now.checked_add_signed(desk.lifetime);
        Ok(expires.ok_or(Error::Lifetime { role })?.into())
    }
}

impl fmt::Debug for Keyring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = self.roles.iter().map(|(role, desk)| {
            let ids: Vec<_> = desk
                .signers
                .iter()
                .map(|signer| signer.public_key().id())
                .collect();
            (role, (desk.lifetime, ids))
        });
        f.debug_map().entries(roles).finish()
    }
}

/// A signer under the id by which the root lists its key.
pub(crate) struct Listed<'k, 's> {
    key: &'k PublicKey,
    signer: &'s dyn Signer,
}

impl Signer for Listed<'_, '_> {
    fn public_key(&self) -> &PublicKey {
        self.key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, crypto_keys::Error> {
        let signature = self.signer.sign(message)?;
        Ok(Signature {
            key_id: Some(self.key.id().clone()),
            ..signature
        })
    }
}
