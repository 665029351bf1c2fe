//! The digest sets of `crypto-keys`.

use canonical_json::Document;
use crypto_keys::{Algorithm, Digests};

/// What must hold for any bytes: a set that is read comes out as it went in, and is no content's unless that was hashed.
pub(crate) fn check(bytes: &[u8]) {
    let text = str::from_utf8(bytes).unwrap_or_default();
    if let Ok(directory) = Digests::from_dir_hash(text) {
        check_set(&directory);
    }
    let Ok(document) = Document::read(bytes) else {
        return;
    };
    if let Ok(digests) = Digests::read(document.root()) {
        assert_eq!(digests.to_value(), document.root().to_value());
        check_set(&digests);
    }
}

fn check_set(digests: &Digests) {
    let json = digests.to_value().to_json();
    let again = Document::read(json.as_bytes()).and_then(|again| Digests::read(again.root()));
    assert_eq!(again.as_ref(), Ok(digests));
    assert!(digests.iter().is_sorted());
    for algorithm in digests.known() {
        let hex = digests.hex(algorithm).unwrap_or_default();
        assert_eq!(hex.len(), algorithm.digest_len().saturating_mul(2));
    }
    assert_eq!(digests.matches(digests), digests.known().next().is_some());
    // Nobody finds content for a digest, so that of no fixed content is among them.
    let all = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];
    let ours = Digests::of(b"nobody lists this", &all);
    assert!(!digests.matches(&ours));
    assert!(!digests.agrees(&ours) && !ours.agrees(digests));
}
