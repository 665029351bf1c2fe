//! Keys in a token, with SoftHSM 2 as the token.
//!
//! SoftHSM reads its configuration from an environment variable of the process that loads it. So one test, `softhsm`, runs all
//! others, which are marked to be ignored, in a process of their own with an empty directory for tokens.
//! `BONAFIDE_SOFTHSM` names the module, and makes its absence a failure.
#![cfg(feature = "pkcs11")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    thread,
};

use canonical_json::Value;
use crypto_keys::{
    PublicKey, Scheme, Signer, Unusable,
    pkcs11::{Error, Module, Token, TokenKey, Uri},
};
use cryptoki::{
    context::Pkcs11,
    mechanism::{Mechanism, MechanismType},
    object::{Attribute, CertificateType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    types::AuthPin,
};

const PIN: &str = "a test PIN";
const VARIABLE: &str = "BONAFIDE_SOFTHSM";

/// The module, if there is one.
fn softhsm_module() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let named = PathBuf::from(named);
        assert!(
            named.exists(),
            "{VARIABLE} names {}, which is not there",
            named.display()
        );
        return Some(named);
    }
    let usual = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];
    usual.iter().map(PathBuf::from).find(|path| path.exists())
}

#[test]
fn softhsm() {
    let Some(module) = softhsm_module() else {
        eprintln!("skipped: there is no SoftHSM 2 here (Debian's package is softhsm2)");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let configuration = directory.path().join("softhsm2.conf");
    let tokens = directory.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--show-output", "--test-threads=1"])
        .env("SOFTHSM2_CONF", configuration)
        .env(VARIABLE, module)
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success(),
        "{report}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    assert!(
        report.contains(" 0 failed; 0 ignored;") && !report.contains("running 0 tests"),
        "{report}"
    );
    println!("{report}");
}

/// The library, by its own door. Our code asks it to begin a second time, as another part of a program would.
static LIBRARY: LazyLock<Pkcs11> = LazyLock::new(|| {
    assert!(
        std::env::var_os("SOFTHSM2_CONF").is_some(),
        "the test `softhsm` runs this one"
    );
    ours();
    Pkcs11::new(softhsm_module().unwrap()).unwrap()
});

fn ours() -> Module {
    Module::open(&softhsm_module().unwrap()).unwrap()
}

fn pin(text: &str) -> AuthPin {
    AuthPin::new(text.into())
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

/// A session with a new token of this label, logged in.
fn new_token(label: &str) -> Session {
    let slots = LIBRARY.get_slots_with_token().unwrap();
    let free = slots
        .into_iter()
        .find(|slot| !LIBRARY.get_token_info(*slot).unwrap().token_initialized())
        .unwrap();
    LIBRARY
        .init_token(free, &pin("of the officer"), label)
        .unwrap();
    let session = LIBRARY.open_rw_session(free).unwrap();
    session
        .login(UserType::So, Some(&pin("of the officer")))
        .unwrap();
    session.init_pin(&pin(PIN)).unwrap();
    session.logout().unwrap();
    session.login(UserType::User, Some(&pin(PIN))).unwrap();
    session
}

const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";
const P521: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x23";
const SECP256K1: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x0a";
const ED25519: &[u8] = b"\x13\x0cedwards25519";

struct Pair {
    public: ObjectHandle,
    private: ObjectHandle,
}

fn new_pair(
    session: &Session,
    mechanism: &Mechanism<'_>,
    kind: Attribute,
    label: &str,
    id: u8,
) -> Pair {
    let named = |rest: &[Attribute]| {
        let mut template = vec![
            Attribute::Token(true),
            Attribute::Label(label.into()),
            Attribute::Id(vec![id]),
        ];
        template.extend_from_slice(rest);
        template
    };
    let (public, private) = session
        .generate_key_pair(
            mechanism,
            &named(&[kind, Attribute::Private(false)]),
            &named(&[
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Sign(true),
            ]),
        )
        .unwrap();
    Pair { public, private }
}

fn new_ec_pair(session: &Session, curve: &[u8], label: &str, id: u8) -> Pair {
    let curve = Attribute::EcParams(curve.to_vec());
    new_pair(session, &Mechanism::EccKeyPairGen, curve, label, id)
}

fn new_rsa_pair(session: &Session, bits: u64, label: &str, id: u8) -> Pair {
    let bits = Attribute::ModulusBits(usize::try_from(bits).unwrap().try_into().unwrap());
    new_pair(session, &Mechanism::RsaPkcsKeyPairGen, bits, label, id)
}

/// Logs in as a program would.
fn log_in(label: &str) -> Token {
    let token = uri(&format!("pkcs11:token={}", label.replace(' ', "%20")));
    ours().log_in(&token, Some(PIN)).unwrap()
}

fn assert_signs(key: &TokenKey, scheme: Scheme) {
    let public = key.public_key();
    assert_eq!(public.scheme(), Some(scheme));
    let signature = key.sign(b"message").unwrap();
    assert_eq!(signature.key_id.as_ref(), Some(public.id()));
    assert_eq!(
        public.verify(b"message", &signature.bytes),
        Ok(()),
        "{scheme:?}"
    );
    assert!(
        public.verify(b"massage", &signature.bytes).is_err(),
        "{scheme:?}"
    );
    let again = PublicKey::from_spki_with(public.material(), scheme).unwrap();
    assert_eq!(&again, public);
}

#[test]
#[ignore = "`softhsm` runs it"]
fn a_key_on_every_curve_signs() {
    let session = new_token("curves");
    let curves = [
        (P256, Scheme::EcdsaP256Sha256),
        (P384, Scheme::EcdsaP384Sha384),
        (P521, Scheme::EcdsaP521Sha512),
    ];
    for (id, (curve, scheme)) in (0..).zip(curves) {
        new_ec_pair(&session, curve, scheme.name(), id);
    }
    let token = log_in("curves");
    for (_, scheme) in curves {
        let key = token
            .key(&uri(&format!("pkcs11:object={}", scheme.name())))
            .unwrap();
        assert_signs(&key, scheme);
        assert_eq!(
            key.with_scheme(Scheme::RsaPssSha256).unwrap_err(),
            crypto_keys::Error::Key(Unusable::OtherScheme {
                expected: Scheme::RsaPssSha256
            })
        );
    }
}

#[test]
#[ignore = "`softhsm` runs it"]
fn an_rsa_key_signs_with_each_of_six_schemes() {
    let session = new_token("rsa");
    new_rsa_pair(&session, 2048, "owner", 1);
    new_rsa_pair(&session, 3072, "builder", 2);
    let token = log_in("rsa");
    for key in ["pkcs11:object=owner", "pkcs11:id=%02"] {
        let key = token.key(&uri(key)).unwrap();
        assert_signs(&key, Scheme::RsaPssSha256);
        for scheme in [
            Scheme::RsaPssSha256,
            Scheme::RsaPssSha384,
            Scheme::RsaPssSha512,
            Scheme::RsaPkcs1Sha256,
            Scheme::RsaPkcs1Sha384,
            Scheme::RsaPkcs1Sha512,
        ] {
            let key = key.clone().with_scheme(scheme).unwrap();
            assert_signs(&key, scheme);
        }
        assert!(key.with_scheme(Scheme::Ed25519).is_err());
    }
}

#[test]
#[ignore = "`softhsm` runs it"]
fn an_ed25519_key_signs_where_the_token_has_them() {
    let session = new_token("edwards");
    let slot = session.get_session_info().unwrap().slot_id();
    if !LIBRARY
        .get_mechanism_list(slot)
        .unwrap()
        .contains(&MechanismType::EDDSA)
    {
        println!("skipped: this SoftHSM was built without EdDSA");
        return;
    }
    let curve = Attribute::EcParams(ED25519.to_vec());
    new_pair(
        &session,
        &Mechanism::EccEdwardsKeyPairGen,
        curve,
        "owner",
        1,
    );
    assert_signs(
        &log_in("edwards").key(&uri("pkcs11:")).unwrap(),
        Scheme::Ed25519,
    );
}

#[test]
#[ignore = "`softhsm` runs it"]
fn a_certificate_stands_in_for_the_public_key() {
    let path = testdata::root().join("keys/private/certified.json");
    let case = Value::read(&std::fs::read(path).unwrap()).unwrap();
    let text = |member: &str| match case.get(member) {
        Some(Value::String(text)) => text.clone(),
        _ => unreachable!("the case has it"),
    };
    let certificate = base16ct::lower::decode_vec(text("certificate")).unwrap();
    let (_, sec1) = der::pem::decode_vec(text("test_private_key").as_bytes()).unwrap();
    let name = |id: u8| {
        [
            Attribute::Token(true),
            Attribute::Label("certified".into()),
            Attribute::Id(vec![id]),
        ]
    };
    let session = new_token("certificates");
    let mut private = vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::EcParams(P256.to_vec()),
        Attribute::Value(sec1[7..39].to_vec()),
        Attribute::Sign(true),
    ];
    private.extend_from_slice(&name(1));
    session.create_object(&private).unwrap();
    let token = log_in("certificates");
    assert_eq!(token.key(&uri("pkcs11:")).unwrap_err(), Error::NoPublicKey);

    let mut object = vec![
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Subject(b"\x30\x00".to_vec()),
        Attribute::Value(certificate.clone()),
    ];
    object.extend_from_slice(&name(1));
    session.create_object(&object).unwrap();
    let key = token.key(&uri("pkcs11:object=certified")).unwrap();
    assert_signs(&key, Scheme::EcdsaP256Sha256);
    assert_eq!(
        key.public_key(),
        &PublicKey::from_certificate(&certificate).unwrap()
    );
}

#[test]
#[ignore = "`softhsm` runs it"]
fn one_token_and_one_key_have_to_be_named() {
    let first = new_token("twin");
    drop(new_token("twin"));
    drop(new_token("lonely"));
    let refusal = |text: &str| match ours().log_in(&uri(text), Some(PIN)).unwrap_err() {
        Error::WhichToken { matching, found } => {
            assert!(found.contains(&"lonely".to_owned()), "{found:?}");
            matching
        }
        other => unreachable!("{other}"),
    };
    assert_eq!(refusal("pkcs11:token=twin"), 2);
    assert_eq!(refusal("pkcs11:token=Lonely"), 0);
    assert_eq!(refusal("pkcs11:token=lonely;model=another"), 0);
    assert_eq!(refusal("pkcs11:slot-id=4294967294"), 0);
    let slot = first.get_session_info().unwrap().slot_id();
    let serial = LIBRARY
        .get_token_info(slot)
        .unwrap()
        .serial_number()
        .to_owned();
    let named = ours()
        .log_in(
            &uri(&format!("pkcs11:token=twin;serial={serial}")),
            Some(PIN),
        )
        .unwrap();
    ours()
        .log_in(&uri(&format!("pkcs11:slot-id={}", slot.id())), Some(PIN))
        .unwrap();

    let refusal = |text: &str| named.key(&uri(text)).unwrap_err();
    assert_eq!(
        refusal("pkcs11:"),
        Error::WhichKey {
            matching: 0,
            found: Vec::new()
        }
    );
    new_ec_pair(&first, P256, "owner", 1);
    assert!(named.key(&uri("pkcs11:")).is_ok());
    new_ec_pair(&first, P256, "owner", 2);
    let found = vec!["owner".to_owned(); 2];
    assert_eq!(
        refusal("pkcs11:"),
        Error::WhichKey {
            matching: 2,
            found: found.clone()
        }
    );
    assert_eq!(
        refusal("pkcs11:object=owner"),
        Error::WhichKey {
            matching: 2,
            found: found.clone()
        }
    );
    assert_eq!(
        refusal("pkcs11:object=owne"),
        Error::WhichKey {
            matching: 0,
            found: found.clone()
        }
    );
    assert_eq!(
        refusal("pkcs11:object=owner;id=%03"),
        Error::WhichKey { matching: 0, found }
    );
    let key = |text: &str| named.key(&uri(text)).unwrap().public_key().id().clone();
    assert_eq!(key("pkcs11:id=%01"), key("pkcs11:object=owner;id=%01"));
    assert_ne!(key("pkcs11:id=%01"), key("pkcs11:id=%02"));
}

#[test]
#[ignore = "`softhsm` runs it"]
fn a_wrong_pin_is_refused() {
    drop(new_token("guarded"));
    let log_in = |pin| ours().log_in(&uri("pkcs11:token=guarded"), pin).map(|_| ());
    for wrong in ["", "a test pin", "another PIN of some length"] {
        assert_eq!(log_in(Some(wrong)), Err(Error::WrongPin), "{wrong:?}");
    }
    assert!(matches!(log_in(None), Err(Error::Token { .. })));
    assert_eq!(log_in(Some(PIN)), Ok(()));
}

#[test]
#[ignore = "`softhsm` runs it"]
fn a_key_that_signs_nothing_here_is_refused() {
    let session = new_token("other kinds");
    new_ec_pair(&session, SECP256K1, "another curve", 1);
    new_rsa_pair(&session, 1024, "a short modulus", 2);
    let lonely = new_ec_pair(&session, P256, "no public key", 3);
    session.destroy_object(lonely.public).unwrap();
    let public_alone = new_ec_pair(&session, P256, "no private key", 4);
    session.destroy_object(public_alone.private).unwrap();
    let token = log_in("other kinds");
    let refusal = |id: &str| token.key(&uri(&format!("pkcs11:id={id}"))).unwrap_err();
    assert_eq!(refusal("%01"), Error::Key(Unusable::UnknownAlgorithm));
    assert_eq!(refusal("%02"), Error::Key(Unusable::Weak));
    assert_eq!(refusal("%03"), Error::NoPublicKey);
    assert!(matches!(
        refusal("%04"),
        Error::WhichKey { matching: 0, .. }
    ));
}

#[test]
#[ignore = "`softhsm` runs it"]
fn a_signature_that_does_not_verify_is_not_handed_out() {
    let session = new_token("mixed up");
    let alice = new_ec_pair(&session, P256, "alice", 1);
    session.destroy_object(alice.public).unwrap();
    let bob = new_ec_pair(&session, P256, "bob", 2);
    session
        .update_attributes(bob.public, &[Attribute::Id(vec![1])])
        .unwrap();
    let key = log_in("mixed up").key(&uri("pkcs11:object=alice")).unwrap();
    let key_id = key.public_key().id().clone();
    let reason = "what it signed does not verify with the public key beside it".to_owned();
    assert_eq!(
        key.sign(b"message").unwrap_err(),
        crypto_keys::Error::Signing { key_id, reason }
    );
}

#[test]
#[ignore = "`softhsm` runs it"]
fn a_login_that_ended_is_reported_and_the_next_one_works() {
    let session = new_token("forgetful");
    new_ec_pair(&session, P256, "owner", 1);
    let key = log_in("forgetful").key(&uri("pkcs11:")).unwrap();
    assert_signs(&key, Scheme::EcdsaP256Sha256);
    session.logout().unwrap();
    let refusal = key.sign(b"message").unwrap_err().to_string();
    assert!(refusal.contains("cannot sign with the key"), "{refusal}");
    let again = log_in("forgetful").key(&uri("pkcs11:")).unwrap();
    assert_signs(&again, Scheme::EcdsaP256Sha256);
}

#[test]
#[ignore = "`softhsm` runs it"]
fn the_keys_of_one_login_sign_from_several_threads() {
    let session = new_token("busy");
    new_ec_pair(&session, P256, "a", 1);
    new_ec_pair(&session, P384, "b", 2);
    drop(session);
    let token = log_in("busy");
    let a = token.key(&uri("pkcs11:object=a")).unwrap();
    let b = token.key(&uri("pkcs11:object=b")).unwrap();
    drop(token);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_signs(&a, Scheme::EcdsaP256Sha256));
            scope.spawn(|| assert_signs(&b, Scheme::EcdsaP384Sha384));
        }
    });
}

#[test]
#[ignore = "`softhsm` runs it"]
fn debug_shows_the_public_key_and_nothing_else() {
    let session = new_token("discreet");
    new_ec_pair(&session, P256, "owner", 1);
    let token = log_in("discreet");
    let key = token.key(&uri("pkcs11:")).unwrap();
    let public = format!("TokenKey {{ public: {:?}, .. }}", key.public_key());
    assert_eq!(
        format!("{key:?} {token:?} {:?}", ours()),
        format!("{public} Token {{ .. }} Module {{ .. }}")
    );
}

#[test]
fn what_is_no_module_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("module.so");
    std::fs::write(&text, "not a library").unwrap();
    for path in [&text, Path::new("/nonexistent/module.so"), Path::new("")] {
        assert!(
            matches!(Module::open(path), Err(Error::Module { path: named, .. }) if named == path),
            "{}",
            path.display()
        );
    }
}
