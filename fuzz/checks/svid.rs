//! Certificates, chains and their verification in `spiffe-certs`.

use chrono::DateTime;
use spiffe_certs::{Bundle, BundleSet, Svid};

/// What must hold for any bytes: a chain that is read is kept as it was given, and no authority is believed but those
/// of the bundle.
pub(crate) fn check(der: &[u8]) {
    let Ok(svid) = Svid::from_der_chain(der) else {
        return;
    };
    assert_eq!(svid.to_der_chain(), der);
    assert_eq!(Svid::from_pem(&svid.to_pem()).as_ref(), Ok(&svid));

    let now = svid.leaf().not_before();
    assert!(svid.verify(&BundleSet::new(), now).is_err());

    let domain = svid.id().trust_domain().clone();
    let mut stranger = BundleSet::new();
    stranger.insert(Bundle::from_pem(domain.clone(), STRANGER).expect("the case is a bundle"));
    assert!(svid.verify(&stranger, now).is_err());

    // With the authority that came along, whatever happens is decided by the instant: not before the leaf begins.
    let mut presented = BundleSet::new();
    presented.insert(Bundle::new(domain, svid.intermediates().to_vec()));
    assert!(svid.verify(&presented, DateTime::UNIX_EPOCH).is_err() || now <= DateTime::UNIX_EPOCH);
    if let Ok(verified) = svid.verify(&presented, now) {
        assert!(svid.intermediates().contains(verified.anchor()));
        assert!(verified.not_after() >= now);
    }
}

/// An authority under the name of the one in the corpus, with a key that signed nothing there.
const STRANGER: &str =
    include_str!("../../testdata/spiffe/accept/an-authority-with-p384/bundle.pem");
