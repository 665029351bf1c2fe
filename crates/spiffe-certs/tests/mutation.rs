//! A chain that was changed anywhere is no longer a chain.
#![cfg(feature = "issue")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{PrivateKey, Scheme, Signer};
use proptest::prelude::*;
use spiffe_certs::{Bundle, Issuer, Serial, SpiffeId, Svid, TrustDomain, Validity};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A chain of a leaf and one intermediate, and the bundle it leads to.
fn honest() -> &'static (Vec<u8>, Bundle) {
    static CHAIN: OnceLock<(Vec<u8>, Bundle)> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let keys = [(); 3].map(|()| PrivateKey::generate(Scheme::Ed25519).unwrap());
        let validity = Validity {
            not_before: now(),
            not_after: now() + TimeDelta::hours(1),
        };
        let acme = TrustDomain::try_from("acme.example").unwrap();
        let id = SpiffeId::new(&acme, "/ci/build").unwrap();
        let serial = |number| Serial::new([number; 16]);
        let root = Issuer::self_signed(acme, &keys[0], validity, serial(1)).unwrap();
        let middle = root.intermediate(&keys[1], validity, serial(2)).unwrap();
        let svid = middle
            .issue(&id, keys[2].public_key(), validity, serial(3))
            .unwrap();
        (svid.to_der_chain(), root.bundle())
    })
}

fn verifies(chain: &[u8]) -> bool {
    let (_, bundle) = honest();
    Svid::from_der_chain(chain).is_ok_and(|svid| svid.verify(bundle, now()).is_ok())
}

#[test]
fn the_chain_verifies_unchanged() {
    assert!(verifies(&honest().0));
}

#[test]
fn no_single_bit_can_be_changed() {
    let (chain, _) = honest();
    for at in 0..chain.len() {
        for bit in 0..8 {
            let mut changed = chain.clone();
            changed[at] ^= 1 << bit;
            assert!(!verifies(&changed), "bit {bit} of byte {at}");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_can_be_replaced_inserted_or_removed(
        start in 0usize..2000,
        removed in 0usize..40,
        inserted in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let (chain, _) = honest();
        let start = start.min(chain.len());
        let end = (start + removed).min(chain.len());
        let mut changed = chain.clone();
        changed.splice(start..end, inserted);
        prop_assert_eq!(verifies(&changed), &changed == chain);
    }

    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(!verifies(&bytes));
    }
}
