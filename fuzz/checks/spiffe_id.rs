//! The names of `spiffe-certs`.

use spiffe_certs::{SpiffeId, TrustDomain};

/// What must hold for any bytes: a name that is read is kept as it was given, and is made of its parts.
pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(id) = SpiffeId::try_from(text) {
        assert_eq!(id.as_str(), text);
        let mut segments = id.path().split('/').skip(1);
        assert!(segments.all(|segment| !matches!(segment, "" | "." | "..")));
        assert_eq!(SpiffeId::new(id.trust_domain(), id.path()), Ok(id));
    }
    if let Ok(domain) = TrustDomain::try_from(text) {
        assert_eq!(domain.as_str(), text);
        let id = SpiffeId::try_from(format!("spiffe://{text}"));
        assert_eq!(id.map(|id| id.trust_domain().clone()), Ok(domain));
    }
}
