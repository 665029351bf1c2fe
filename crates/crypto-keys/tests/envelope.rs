//! What a quorum vouches for, and what it does not.
#![cfg(feature = "sign")]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use canonical_json::{Document, Limits, Node, Value};
use crypto_keys::{
    EnvelopeKind, Error, Expires, KeyId, Payload, PrivateKey, PublicKey, Quorum, Scheme, Signature,
    Signed, Signer, Threshold, Verified, document_type, sign_classic, sign_dsse,
};

#[derive(Debug, Eq, PartialEq)]
struct Note(String);

impl Payload for Note {
    const TYPE: &'static str = "note";
    const PAYLOAD_TYPE: &'static str = "application/vnd.example.note+json";

    fn read(signed: Node<'_>) -> Result<Self, canonical_json::Error> {
        Ok(Self(signed.require("text")?.as_str()?.into_owned()))
    }
}

/// A key under an id of its holder's choice.
struct Named(PrivateKey, PublicKey);

impl Named {
    fn alias(key: &PrivateKey, id: &str) -> Self {
        let copy = PrivateKey::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        let public = key.public_key().clone().with_id(id.parse().unwrap());
        Self(copy, public)
    }
}

impl Signer for Named {
    fn public_key(&self) -> &PublicKey {
        &self.1
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
        Ok(Signature {
            key_id: Some(self.1.id().clone()),
            ..self.0.sign(message)?
        })
    }
}

/// Signs, but says nothing of who it is.
struct Anonymous<'k>(&'k PrivateKey);

impl Signer for Anonymous<'_> {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
        Ok(Signature {
            key_id: None,
            ..self.0.sign(message)?
        })
    }
}

fn key() -> PrivateKey {
    PrivateKey::generate(Scheme::Ed25519).unwrap()
}

fn note(text: &str) -> Value {
    Value::object([("_type", Value::from("note")), ("text", Value::from(text))])
}

fn classic(signers: &[&dyn Signer]) -> Vec<u8> {
    sign_classic(&note("hello\n\"world\""), signers).unwrap()
}

fn dsse(signers: &[&dyn Signer]) -> Vec<u8> {
    let payload = note("hello\n\"world\"").to_json();
    sign_dsse(Note::PAYLOAD_TYPE, payload.as_bytes(), signers).unwrap()
}

fn verify(bytes: &[u8], keys: &[&PublicKey], needed: u32) -> Result<Note, Error> {
    let quorum = Quorum::new(keys.iter().copied(), Threshold::new(needed).unwrap());
    Ok(Signed::<Note>::parse(bytes)?.verify(&quorum)?.into_inner())
}

fn valid_signers(result: Result<Note, Error>) -> usize {
    match result {
        Err(Error::Threshold { valid, .. }) => valid.len(),
        other => panic!("expected too few signers, got {other:?}"),
    }
}

#[test]
fn either_envelope_is_read_back_when_enough_have_signed() {
    let (alice, bob) = (key(), key());
    for (bytes, kind) in [
        (classic(&[&alice, &bob]), EnvelopeKind::Classic),
        (dsse(&[&alice, &bob]), EnvelopeKind::Dsse),
    ] {
        let signed = Signed::<Note>::parse(&bytes).unwrap();
        assert_eq!(signed.envelope(), kind);
        let quorum = Quorum::all([alice.public_key(), bob.public_key()]).unwrap();
        let verified = signed.verify(&quorum).unwrap();
        assert_eq!(verified.0, "hello\n\"world\"");
        assert_eq!(verified.signers().len(), 2);
        assert_eq!(document_type(&bytes).unwrap(), "note");
    }
}

#[test]
fn one_signature_too_few_is_refused() {
    let (alice, bob, mallory) = (key(), key(), key());
    let trusted = [alice.public_key(), bob.public_key()];
    for bytes in [classic(&[&alice, &mallory]), dsse(&[&alice, &mallory])] {
        let expected = Error::Threshold {
            needed: Threshold::new(2).unwrap(),
            valid: [alice.public_key().id().clone()].into(),
            rejected: [].into(),
        };
        assert_eq!(verify(&bytes, &trusted, 2), Err(expected));
        assert!(verify(&bytes, &trusted, 1).is_ok());
    }
}

#[test]
fn one_key_under_two_ids_does_not_reach_two() {
    let alice = key();
    let (first, second) = (
        Named::alias(&alice, "first"),
        Named::alias(&alice, "second"),
    );
    let trusted = [first.public_key(), second.public_key()];
    for bytes in [classic(&[&first, &second]), dsse(&[&first, &second])] {
        let expected = Error::Threshold {
            needed: Threshold::new(2).unwrap(),
            valid: [first.public_key().id().clone()].into(),
            rejected: [].into(),
        };
        assert_eq!(verify(&bytes, &trusted, 2), Err(expected));
        assert!(verify(&bytes, &trusted, 1).is_ok());
    }
    assert!(Quorum::all(trusted).is_some());
    let bytes = classic(&[&first]);
    let all = Quorum::all(trusted).unwrap();
    assert!(Signed::<Note>::parse(&bytes).unwrap().verify(&all).is_ok());
}

#[test]
fn one_signature_repeated_does_not_reach_two() {
    let (alice, bob) = (key(), key());
    let trusted = [alice.public_key(), bob.public_key()];
    let anonymous = Anonymous(&alice);
    let bytes = dsse(&[&alice, &alice, &anonymous]);
    assert_eq!(valid_signers(verify(&bytes, &trusted, 2)), 1);
}

#[test]
fn two_classic_signatures_under_one_id_are_refused() {
    let alice = key();
    let named = Named::alias(&key(), alice.public_key().id().as_str());
    let expected = Error::DuplicateSignature {
        key_id: alice.public_key().id().clone(),
    };
    assert_eq!(
        sign_classic(&note(""), &[&alice, &named]),
        Err(expected.clone())
    );

    let bytes = String::from_utf8(classic(&[&alice])).unwrap();
    let start = bytes.find('{').unwrap() + bytes[1..].find('{').unwrap() + 1;
    let end = bytes.find('}').unwrap() + 1;
    let signature = &bytes[start..end];
    let doubled = bytes.replace(signature, &format!("{signature},{signature}"));
    assert_eq!(
        verify(doubled.as_bytes(), &[alice.public_key()], 1),
        Err(expected)
    );
}

#[test]
fn an_id_binds_in_classic_and_hints_in_dsse() {
    let alice = key();
    let renamed = Named::alias(&alice, "somebody");
    let trusted = [alice.public_key()];
    assert_eq!(valid_signers(verify(&classic(&[&renamed]), &trusted, 1)), 0);
    assert!(verify(&dsse(&[&renamed]), &trusted, 1).is_ok());
    assert!(verify(&dsse(&[&Anonymous(&alice)]), &trusted, 1).is_ok());
}

#[test]
fn a_forged_id_is_named_as_rejected() {
    let alice = key();
    let forger = Named::alias(&key(), alice.public_key().id().as_str());
    let expected = Error::Threshold {
        needed: Threshold::ONE,
        valid: [].into(),
        rejected: [alice.public_key().id().clone()].into(),
    };
    for bytes in [classic(&[&forger]), dsse(&[&forger])] {
        assert_eq!(
            verify(&bytes, &[alice.public_key()], 1),
            Err(expected.clone())
        );
    }
}

#[test]
fn a_changed_member_unknown_to_us_breaks_the_signature() {
    let alice = key();
    let signed = Value::object([
        ("_type", Value::from("note")),
        ("text", Value::from("hello")),
        ("x-added-later", Value::from(1_u64)),
    ]);
    let bytes = String::from_utf8(sign_classic(&signed, &[&alice]).unwrap()).unwrap();
    assert!(verify(bytes.as_bytes(), &[alice.public_key()], 1).is_ok());
    let changed = bytes.replace("\"x-added-later\": 1", "\"x-added-later\": 2");
    assert_ne!(bytes, changed);
    assert_eq!(
        valid_signers(verify(changed.as_bytes(), &[alice.public_key()], 1)),
        0
    );
}

#[test]
fn white_space_and_the_order_of_members_are_not_signed() {
    let alice = key();
    let Value::Object(mut envelope) = Value::read(&classic(&[&alice])).unwrap() else {
        panic!()
    };
    let signed = envelope.remove("signed").unwrap().to_json();
    let signatures = envelope.remove("signatures").unwrap().to_json();
    let reordered = format!("{{\n \"signed\" : {signed},\t\"signatures\":{signatures}}}");
    assert!(verify(reordered.as_bytes(), &[alice.public_key()], 1).is_ok());
}

#[test]
fn undecodable_signatures_count_for_nothing_and_harm_nobody() {
    let alice = key();
    let bytes = String::from_utf8(classic(&[&alice])).unwrap();
    for junk in [
        r#"{"keyid": "bob", "sig": ""}"#,
        r#"{"keyid": "bob", "sig": "no hexadecimal"}"#,
        r#"{"keyid": "bob", "signature": "00", "other_headers": "00"}"#,
    ] {
        let with = bytes.replace("\"signatures\": [", &format!("\"signatures\": [{junk},"));
        assert_ne!(with, bytes);
        assert!(
            verify(with.as_bytes(), &[alice.public_key()], 1).is_ok(),
            "{junk}"
        );
    }
    for junk in [
        r#"{"sig": "00"}"#,
        r#"{"keyid": 7, "sig": "00"}"#,
        r#"{"keyid": "", "sig": ""}"#,
        "7",
    ] {
        let with = bytes.replace("\"signatures\": [", &format!("\"signatures\": [{junk},"));
        assert!(Signed::<Note>::parse(with.as_bytes()).is_err(), "{junk}");
    }
}

#[test]
fn a_dsse_hint_that_is_no_key_id_says_nothing() {
    let alice = key();
    let bytes = String::from_utf8(dsse(&[&alice])).unwrap();
    let id = alice.public_key().id().as_str();
    for hint in ["", "a\\nb", &"projects/".repeat(20)] {
        let bytes = bytes.replace(id, hint);
        let signed = Signed::<Note>::parse(bytes.as_bytes()).unwrap();
        assert_eq!(signed.signatures()[0].key_id, None, "{hint}");
        assert!(verify(bytes.as_bytes(), &[alice.public_key()], 1).is_ok());
    }
    let number = bytes.replace(&format!("\"{id}\""), "7");
    assert!(Signed::<Note>::parse(number.as_bytes()).is_err());
}

#[test]
fn a_document_of_another_type_is_refused_before_anything_else() {
    let alice = key();
    let other = Value::object([("_type", Value::from("letter")), ("text", Value::from(""))]);
    let bytes = sign_classic(&other, &[&alice]).unwrap();
    let wrong = Error::WrongType {
        expected: "note",
        found: "letter".into(),
    };
    assert_eq!(Signed::<Note>::parse(&bytes).unwrap_err(), wrong);

    let bytes = sign_dsse(Note::PAYLOAD_TYPE, other.to_json().as_bytes(), &[&alice]).unwrap();
    assert_eq!(verify(&bytes, &[alice.public_key()], 1), Err(wrong));

    let bytes = sign_dsse("application/json", note("").to_json().as_bytes(), &[&alice]).unwrap();
    let wrong = Error::WrongType {
        expected: Note::PAYLOAD_TYPE,
        found: "application/json".into(),
    };
    assert_eq!(Signed::<Note>::parse(&bytes).unwrap_err(), wrong);
}

#[test]
fn what_is_no_envelope_or_both_is_refused() {
    for json in [
        "{}",
        r#"{"signed": {"_type": "note"}, "payload": "", "signatures": []}"#,
        r#"{"signatures": []}"#,
    ] {
        assert_eq!(
            Signed::<Note>::parse(json.as_bytes()).unwrap_err(),
            Error::NotAnEnvelope,
            "{json}"
        );
    }
    for json in [
        "[]",
        "",
        r#"{"signed": {"_type": "note"}}"#,
        r#"{"signed": {"_type": "note"}, "signatures": {}}"#,
        r#"{"signed": [], "signatures": []}"#,
        r#"{"payload": "", "payloadType": 1, "signatures": []}"#,
    ] {
        assert!(
            matches!(Signed::<Note>::parse(json.as_bytes()), Err(Error::Json(_))),
            "{json}"
        );
    }
    let payload = format!(
        r#"{{"payload": "?", "payloadType": "{}", "signatures": []}}"#,
        Note::PAYLOAD_TYPE
    );
    assert_eq!(
        Signed::<Note>::parse(payload.as_bytes()).unwrap_err(),
        Error::PayloadEncoding
    );
}

#[test]
fn a_dsse_payload_is_not_read_before_it_is_verified() {
    let alice = key();
    let bytes = sign_dsse(Note::PAYLOAD_TYPE, b"{ not JSON", &[&alice]).unwrap();
    assert_eq!(valid_signers(verify(&bytes, &[key().public_key()], 1)), 0);
    assert!(matches!(
        verify(&bytes, &[alice.public_key()], 1),
        Err(Error::Json(_))
    ));
}

#[test]
fn the_callers_limits_hold_for_the_payload_of_a_dsse_envelope_too() {
    let alice = key();
    let quorum = Quorum::all([alice.public_key()]).unwrap();
    let read = |json: &str, limits: &Limits| {
        let bytes = sign_dsse(Note::PAYLOAD_TYPE, json.as_bytes(), &[&alice]).unwrap();
        let signed = Signed::<Note>::parse_within(&bytes, limits).unwrap();
        signed.verify(&quorum).map(Verified::into_inner)
    };
    let deep = r#"{"_type": "note", "text": "", "more": [[[1]]]}"#;
    let limits = |depth| Limits {
        depth,
        ..Limits::default()
    };
    assert_eq!(read(deep, &limits(4)), Ok(Note(String::new())));
    assert_eq!(
        read(deep, &limits(3)),
        Err(Error::Json(canonical_json::Error::TooDeep {
            limit: 3,
            offset: 40
        }))
    );
}

#[test]
fn more_signatures_than_the_limit_are_refused_unseen() {
    let many = |count: usize| {
        let signatures: Vec<_> = (0..count)
            .map(|id| format!(r#"{{"keyid": "{id}", "sig": "00"}}"#))
            .collect();
        format!(
            r#"{{"signed": {{"_type": "note"}}, "signatures": [{}]}}"#,
            signatures.join(",")
        )
    };
    assert!(Signed::<Note>::parse(many(256).as_bytes()).is_ok());
    assert_eq!(
        Signed::<Note>::parse(many(257).as_bytes()).unwrap_err(),
        Error::TooManySignatures { limit: 256 }
    );
}

#[test]
fn junk_before_a_signature_can_cost_it_its_check_and_never_makes_one_of_it() {
    let keys: Vec<_> = (0..5).map(|_| key()).collect();
    let trusted: Vec<_> = keys.iter().map(PrivateKey::public_key).collect();
    let stranger = key();
    let after = |junk: usize| {
        let nobody = Anonymous(&stranger);
        let mut signers: Vec<&dyn Signer> = vec![&nobody; junk];
        signers.push(&keys[0]);
        dsse(&signers)
    };
    // Nobody's signature is tried with each of the five keys; the 1024th check is the last.
    assert!(verify(&after(204), &trusted, 1).is_ok());
    assert_eq!(valid_signers(verify(&after(205), &trusted, 1)), 0);
}

#[test]
fn a_long_message_is_checked_as_often_as_two_gibibytes_of_it_allow() {
    /// Is too short to be anybody's signature, and costs no more than its check.
    struct Short(PrivateKey);
    impl Signer for Short {
        fn public_key(&self) -> &PublicKey {
            self.0.public_key()
        }
        fn sign(&self, _: &[u8]) -> Result<Signature, Error> {
            Ok(Signature {
                key_id: None,
                bytes: vec![1],
                certificate: None,
                openpgp: None,
            })
        }
    }
    let keys: Vec<_> = (0..3).map(|_| key()).collect();
    let trusted: Vec<_> = keys.iter().map(PrivateKey::public_key).collect();
    let short = Short(key());
    let payload = note(&"a".repeat(4 << 20)).to_json();
    let after = |junk: usize| {
        let mut signers: Vec<&dyn Signer> = vec![&short; junk];
        signers.push(&keys[0]);
        sign_dsse(Note::PAYLOAD_TYPE, payload.as_bytes(), &signers).unwrap()
    };
    // A little over 4 MiB: 511 checks.
    assert!(verify(&after(170), &trusted, 1).is_ok());
    let expected = Error::Threshold {
        needed: Threshold::ONE,
        valid: [].into(),
        rejected: [].into(),
    };
    assert_eq!(verify(&after(171), &trusted, 1).map(drop), Err(expected));
}

#[test]
fn keys_that_cannot_be_used_take_no_checks_from_others() {
    let alice = key();
    let json = r#"{"keytype": "future", "scheme": "future", "keyval": {"public": ""}}"#;
    let document = Document::read(json.as_bytes()).unwrap();
    let unusable: Vec<_> = (0..2000)
        .map(|number| {
            PublicKey::read(number.to_string().parse().unwrap(), document.root()).unwrap()
        })
        .collect();
    let trusted: Vec<_> = unusable.iter().chain([alice.public_key()]).collect();
    assert!(verify(&dsse(&[&Anonymous(&alice)]), &trusted, 1).is_ok());
    assert_eq!(
        valid_signers(verify(&dsse(&[&Anonymous(&key())]), &trusted, 1)),
        0
    );
}

#[test]
fn everybody_is_everybody_even_who_cannot_sign() {
    let alice = key();
    let json = r#"{"keytype": "future", "scheme": "future", "keyval": {"public": ""}}"#;
    let document = Document::read(json.as_bytes()).unwrap();
    let unusable = PublicKey::read("bob".parse().unwrap(), document.root()).unwrap();
    let all = Quorum::all([alice.public_key(), &unusable]).unwrap();
    for bytes in [classic(&[&alice]), dsse(&[&alice])] {
        let expected = Error::Threshold {
            needed: Threshold::new(2).unwrap(),
            valid: [alice.public_key().id().clone()].into(),
            rejected: [].into(),
        };
        let refusal = Signed::<Note>::parse(&bytes).unwrap().verify(&all);
        assert_eq!(refusal.unwrap_err(), expected);
    }
}

#[test]
fn a_quorum_of_everybody_needs_somebody() {
    assert!(Quorum::all([]).is_none());
    assert!(Threshold::new(0).is_none());
}

#[test]
fn certificates_travel_with_the_signature_in_both_envelopes() {
    struct Certified(PrivateKey);
    impl Signer for Certified {
        fn public_key(&self) -> &PublicKey {
            self.0.public_key()
        }
        fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
            Ok(Signature {
                certificate: Some("PEM".into()),
                ..self.0.sign(message)?
            })
        }
    }
    let alice = Certified(key());
    for bytes in [classic(&[&alice]), dsse(&[&alice])] {
        let signed = Signed::<Note>::parse(&bytes).unwrap();
        assert_eq!(signed.signatures()[0].certificate.as_deref(), Some("PEM"));
    }
}

#[test]
fn a_long_text_of_a_stranger_makes_a_short_message() {
    let long = "a".repeat(100_000);
    let document = format!(r#"{{"signed": {{"_type": "{long}"}}, "signatures": []}}"#);
    let key = format!(r#"{{"keytype": "{long}", "scheme": "{long}", "keyval": {{"public": ""}}}}"#);
    let key = Document::read(key.as_bytes()).unwrap();
    let key = PublicKey::read(KeyId::try_from("key").unwrap(), key.root()).unwrap();
    for message in [
        Signed::<Note>::parse(document.as_bytes())
            .unwrap_err()
            .to_string(),
        KeyId::try_from(&*long).unwrap_err().to_string(),
        long.parse::<Expires>().unwrap_err().to_string(),
        key.unusable().unwrap().to_string(),
    ] {
        assert!(
            message.contains(&"a".repeat(200)) && message.len() < 500,
            "{message}"
        );
    }
}

#[test]
fn an_error_lists_who_is_missing_in_words() {
    let error = Error::Threshold {
        needed: Threshold::new(3).unwrap(),
        valid: [KeyId::try_from("alice").unwrap()].into(),
        rejected: ["bob", "carol"]
            .map(|id| KeyId::try_from(id).unwrap())
            .into(),
    };
    assert_eq!(
        error.to_string(),
        "signed by 1 of the 3 trusted keys it needs; not valid: bob, carol"
    );
}
