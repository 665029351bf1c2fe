//! OpenPGP keys and signatures of in-toto: made by GnuPG (`testdata/openpgp`), and made here, right and almost right.
#![cfg(all(feature = "openpgp", feature = "rsa", feature = "sign"))]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::collections::BTreeMap;

use canonical_json::{Document, Node, Value};
use crypto_keys::{
    Backend, Error, Payload, PublicKey, Quorum, Signed, Threshold, Unusable, Verified,
};

#[derive(Debug)]
struct Link;

impl Payload for Link {
    const TYPE: &'static str = "link";
    const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    fn read(_: Node<'_>) -> Result<Self, canonical_json::Error> {
        Ok(Self)
    }
}

/// A key object with envelopes that the key signed.
struct Case {
    name: String,
    key: Value,
    envelopes: BTreeMap<String, Value>,
}

fn cases() -> Vec<Case> {
    let read = |(name, path)| {
        let case = Value::read(&std::fs::read(path).unwrap()).unwrap();
        let Some(Value::Object(envelopes)) = case.get("envelopes") else {
            panic!("{name}");
        };
        Case {
            name,
            key: case.get("key").unwrap().clone(),
            envelopes: envelopes.clone(),
        }
    };
    testdata::cases("openpgp/keys")
        .into_iter()
        .map(read)
        .collect()
}

fn public_key(object: &Value) -> PublicKey {
    let json = object.to_json();
    let document = Document::read(json.as_bytes()).unwrap();
    let id = document.root().require("keyid").unwrap();
    let id = id.as_str().unwrap().parse().unwrap();
    PublicKey::read(id, document.root()).unwrap()
}

fn verify(envelope: &Value, quorum: &Quorum<'_>) -> Result<Verified<Link>, Error> {
    let json = envelope.to_json();
    let signed = Signed::<Link>::parse(json.as_bytes())?;
    let with = |backend: &Backend| signed.verify(&quorum.clone().with_backend(*backend));
    let mut verdicts = Backend::ALL.iter().map(with);
    let verdict = verdicts.next().unwrap();
    for other in verdicts {
        assert_eq!(other.as_ref().err(), verdict.as_ref().err());
    }
    verdict
}

/// What is at the end of a path of members; `0` is the first of a list.
fn at<'v>(value: &'v mut Value, path: &[&str]) -> &'v mut Value {
    path.iter().fold(value, |value, name| match value {
        Value::Object(members) => members.entry((*name).to_owned()).or_insert(Value::Null),
        Value::Array(items) => items.get_mut(name.parse::<usize>().unwrap()).unwrap(),
        other => panic!("{name} in {other:?}"),
    })
}

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        other => panic!("{other:?}"),
    }
}

mod made_by_gnupg {
    use chrono::{DateTime, Duration, Utc};
    use crypto_keys::{KeyIdPolicy, KeyIdRule};

    use super::*;

    const YEAR: Duration = Duration::days(365);

    fn usable() -> Vec<Case> {
        let mut cases = cases();
        cases.retain(|case| case.name != "dsa.json");
        cases
    }

    fn case(name: &str) -> Case {
        cases().into_iter().find(|case| case.name == name).unwrap()
    }

    fn instant(object: &Value, member: &str) -> DateTime<Utc> {
        let Some(Value::Integer(seconds)) = object.get(member) else {
            panic!("no {member}");
        };
        DateTime::from_timestamp(seconds.as_str().parse().unwrap(), 0).unwrap()
    }

    /// A day after every key was made.
    fn then() -> DateTime<Utc> {
        let made = instant(&case("dsa.json").key, "creation_time");
        made.checked_add_signed(Duration::days(1)).unwrap()
    }

    #[test]
    fn their_signatures_count_for_the_master_key() {
        for case in usable() {
            let key = public_key(&case.key);
            assert_eq!(key.unusable(), None, "{}", case.name);
            for (name, envelope) in &case.envelopes {
                let verified = verify(envelope, &Quorum::new([&key], Threshold::ONE).at(then()));
                let signers = verified.map(|verified| verified.signers().clone());
                assert_eq!(
                    signers,
                    Ok([key.id().clone()].into()),
                    "{}: {name}",
                    case.name
                );
            }
        }
    }

    #[test]
    fn a_short_number_is_one_with_zeros_before_it() {
        let signature = |case: &str, envelope: &str| {
            let mut envelope = self::case(case).envelopes.remove(envelope).unwrap();
            text(at(&mut envelope, &["signatures", "0", "signature"])).to_owned()
        };
        // `their_signatures_count_for_the_master_key` verifies them.
        let short = signature("rsa.json", "a-short-signature");
        assert_eq!(short.len(), 2 * 255);
        assert!(signature("ed25519.json", "a-short-r").starts_with("00"));
        assert!(signature("ed25519.json", "a-short-s")[64..].starts_with("00"));

        let case = case("rsa.json");
        let key = public_key(&case.key);
        let mut envelope = case.envelopes["a-short-signature"].clone();
        *at(&mut envelope, &["signatures", "0", "signature"]) = Value::from(format!("00{short}"));
        assert!(verify(&envelope, &Quorum::new([&key], Threshold::ONE)).is_ok());
    }

    #[test]
    fn a_signature_with_anything_changed_counts_for_nothing() {
        let other_id = "ab".repeat(20);
        for case in usable() {
            let key = public_key(&case.key);
            let quorum = Quorum::new([&key], Threshold::ONE).at(then());
            for (name, envelope) in &case.envelopes {
                let signature = match case.name.contains("tuf") {
                    true => "sig",
                    false => "signature",
                };
                let old = |member: &str| {
                    let mut envelope = envelope.clone();
                    text(at(&mut envelope, &["signatures", "0", member])).to_owned()
                };
                let (headers, bytes) = (old("other_headers"), old(signature));
                let flip = |hex: &str, at: usize| {
                    let mut bytes = base16ct::lower::decode_vec(hex).unwrap();
                    bytes[at] ^= 1;
                    Value::from(base16ct::lower::encode_string(&bytes))
                };
                let mut table = vec![
                    ("other_headers", Value::from("")),
                    ("other_headers", Value::from("04")),
                    ("other_headers", Value::from(&headers[2..])),
                    ("other_headers", Value::from(&headers[..headers.len() - 2])),
                    ("other_headers", Value::from(format!("{headers}00"))),
                    ("other_headers", Value::Null),
                    ("other_headers", Value::from(1_u32)),
                    (signature, Value::from("")),
                    (signature, Value::from(&bytes[..bytes.len() - 2])),
                    (signature, Value::from(&bytes[2..])),
                    (signature, Value::from(format!("{bytes}00"))),
                    (signature, Value::from(format!("0000{bytes}"))),
                    ("keyid", Value::from(&*other_id)),
                    ("keyid", Value::from(&key.id().as_str()[24..])),
                ];
                table.extend(
                    (0..headers.len() / 2).map(|index| ("other_headers", flip(&headers, index))),
                );
                table.extend((0..bytes.len() / 2).map(|index| (signature, flip(&bytes, index))));
                for (member, value) in table {
                    let mut changed = envelope.clone();
                    *at(&mut changed, &["signatures", "0", member]) = value.clone();
                    assert_ne!(changed, *envelope, "{}: {name}", case.name);
                    assert!(
                        matches!(verify(&changed, &quorum), Err(Error::Threshold { .. })),
                        "{}: {name}: {member} is {value:?}",
                        case.name
                    );
                }
                let mut changed = envelope.clone();
                *at(&mut changed, &["signed", "name"]) = Value::from("test");
                assert!(verify(&changed, &quorum).is_err(), "{}: {name}", case.name);
                let mut changed = envelope.clone();
                let Value::Object(signature) = at(&mut changed, &["signatures", "0"]) else {
                    panic!("a signature is an object");
                };
                signature.remove("other_headers").unwrap();
                assert!(verify(&changed, &quorum).is_err(), "{}: {name}", case.name);
            }
        }
    }

    #[test]
    fn a_key_that_expires_counts_until_then_and_only_at_an_instant() {
        let case = case("rsa-that-expires.json");
        let (key, envelope) = (public_key(&case.key), &case.envelopes["by-the-master"]);
        let counts = |key: &PublicKey, now: Option<DateTime<Utc>>| {
            let quorum = Quorum::new([key], Threshold::ONE);
            let quorum = match now {
                Some(now) => quorum.at(now),
                None => quorum,
            };
            verify(envelope, &quorum).is_ok()
        };
        let end = instant(&case.key, "creation_time") + YEAR;
        assert!(counts(&key, Some(end)));
        assert!(!counts(&key, Some(end + Duration::nanoseconds(1))));
        assert!(!counts(&key, None));

        for (member, value) in [
            ("validity_period", Value::Null),
            ("validity_period", Value::from(0_u32)),
        ] {
            let mut forever = case.key.clone();
            *at(&mut forever, &[member]) = value;
            let forever = public_key(&forever);
            assert!(counts(&forever, None));
            assert!(counts(&forever, Some(end + YEAR)));
        }
    }

    #[test]
    fn a_signature_made_outside_of_the_validity_counts_for_nothing() {
        let case = case("rsa-that-expires.json");
        let envelope = &case.envelopes["by-the-master"];
        let created = instant(&case.key, "creation_time");
        let counts = |created: DateTime<Utc>, period: u32| {
            let mut key = case.key.clone();
            let seconds = u32::try_from(created.timestamp()).unwrap();
            *at(&mut key, &["creation_time"]) = Value::from(seconds);
            *at(&mut key, &["validity_period"]) = Value::from(period);
            let key = public_key(&key);
            // Whatever the key has been, it is valid.
            verify(envelope, &Quorum::new([&key], Threshold::ONE).at(created)).is_ok()
        };
        let minute = Duration::minutes(1);
        assert!(counts(created, 60));
        assert!(!counts(created - minute, 59), "made after the end");
        assert!(!counts(created + minute, 60), "made before the beginning");
    }

    #[test]
    fn a_validity_that_nobody_can_know_makes_a_key_that_counts_for_nothing() {
        let case = case("rsa-that-expires.json");
        for (member, value) in [
            ("creation_time", Value::Null),
            ("creation_time", Value::from("2026-01-01T00:00:00Z")),
            ("creation_time", Value::from(-1_i64)),
            ("creation_time", Value::from(1_u64 << 32)),
            ("validity_period", Value::from("31536000")),
            ("validity_period", Value::from(-1_i64)),
            ("validity_period", Value::from(1_u64 << 32)),
        ] {
            let mut key = case.key.clone();
            *at(&mut key, &[member]) = value.clone();
            let key = public_key(&key);
            assert_eq!(
                key.unusable(),
                Some(&Unusable::Malformed),
                "{member}: {value:?}"
            );
        }
    }

    #[test]
    fn a_subkey_expires_for_itself_and_with_its_master() {
        let case = case("rsa-with-subkeys.json");
        let created = instant(&case.key, "creation_time");
        let counts = |key: &Value, envelope: &str, now: DateTime<Utc>| {
            let key = public_key(key);
            let quorum = Quorum::new([&key], Threshold::ONE).at(now);
            verify(&case.envelopes[envelope], &quorum).is_ok()
        };
        let late = created + YEAR + Duration::minutes(1);
        for (envelope, still) in [
            ("by-the-master", true),
            ("by-the-subkey", true),
            ("by-the-subkey-that-expires", false),
        ] {
            assert_eq!(counts(&case.key, envelope, late), still, "{envelope}");
        }
        let mut expired = case.key.clone();
        *at(&mut expired, &["validity_period"]) = Value::from(60_u32);
        for envelope in case.envelopes.keys() {
            assert!(counts(&expired, envelope, created + Duration::minutes(1)));
            assert!(!counts(&expired, envelope, created + Duration::minutes(2)));
        }
    }

    #[test]
    fn a_master_and_its_subkeys_are_one_signer() {
        let case = case("rsa-with-subkeys.json");
        let key = public_key(&case.key);
        let signatures = case.envelopes.values().map(|envelope| {
            let mut envelope = envelope.clone();
            at(&mut envelope, &["signatures", "0"]).clone()
        });
        let signatures: Vec<_> = signatures.collect();
        assert_eq!(signatures.len(), 3);
        let mut envelope = case.envelopes["by-the-master"].clone();
        *at(&mut envelope, &["signatures"]) = Value::from(signatures);
        let quorum = |needed| Quorum::new([&key], Threshold::new(needed).unwrap()).at(then());
        assert!(verify(&envelope, &quorum(1)).is_ok());
        assert_eq!(
            verify(&envelope, &quorum(2)).unwrap_err(),
            Error::Threshold {
                needed: Threshold::new(2).unwrap(),
                valid: [key.id().clone()].into(),
                rejected: [].into(),
            }
        );
    }

    #[test]
    fn the_signature_of_a_subkey_is_not_that_of_another() {
        let case = case("rsa-with-subkeys.json");
        let key = public_key(&case.key);
        let quorum = Quorum::new([&key], Threshold::ONE).at(then());
        let id_in = |envelope: &str| {
            let mut envelope = case.envelopes[envelope].clone();
            at(&mut envelope, &["signatures", "0", "keyid"]).clone()
        };
        for other in ["by-the-master", "by-the-subkey-that-expires"] {
            let mut envelope = case.envelopes["by-the-subkey"].clone();
            *at(&mut envelope, &["signatures", "0", "keyid"]) = id_in(other);
            assert!(verify(&envelope, &quorum).is_err(), "{other}");
        }
        let mut without = case.key.clone();
        let Value::Object(subkeys) = at(&mut without, &["subkeys"]) else {
            panic!("the key has subkeys");
        };
        subkeys.remove(text(&id_in("by-the-subkey"))).unwrap();
        let without = public_key(&without);
        let quorum = Quorum::new([&without], Threshold::ONE).at(then());
        assert!(verify(&case.envelopes["by-the-subkey"], &quorum).is_err());
        assert!(verify(&case.envelopes["by-the-master"], &quorum).is_ok());
    }

    #[test]
    fn a_key_of_dsa_is_kept_and_counts_for_nothing() {
        let case = case("dsa.json");
        let key = public_key(&case.key);
        assert_eq!(key.to_value(), case.key);
        assert_eq!(
            key.unusable(),
            Some(&Unusable::UnknownScheme {
                keytype: "dsa".to_owned(),
                scheme: "pgp+dsa-fips-180-2".to_owned()
            })
        );
        let quorum = Quorum::new([&key], Threshold::ONE).at(then());
        for envelope in case.envelopes.values() {
            assert!(matches!(
                verify(envelope, &quorum),
                Err(Error::Threshold { .. })
            ));
        }
    }

    #[test]
    fn their_ids_are_fingerprints() {
        for case in usable() {
            let key = public_key(&case.key);
            // The newer interface leaves out when the key was made, which is a part of the fingerprint.
            let expected = match case.key.get("creation_time") {
                Some(_) => vec![KeyIdRule::Fingerprint],
                None => vec![],
            };
            let rules: Vec<_> = key.id_rules().collect();
            assert_eq!(rules, expected, "{}", case.name);
            let computed = KeyIdPolicy::Computed.check(&key).is_ok();
            assert_eq!(computed, !expected.is_empty(), "{}", case.name);
        }
    }

    #[test]
    fn an_openpgp_key_verifies_nothing_without_headers() {
        for case in usable() {
            let key = public_key(&case.key);
            let plain = PublicKey::from_pem(&key.to_pem().unwrap()).unwrap();
            assert_eq!(plain.material(), key.material(), "{}", case.name);
            for envelope in case.envelopes.values() {
                let json = envelope.to_json();
                let signed = Signed::<Link>::parse(json.as_bytes()).unwrap();
                let [signature] = signed.signatures() else {
                    panic!("{}", case.name);
                };
                let plain = plain.clone().with_id(signature.key_id.clone().unwrap());
                for key in [&key, &plain] {
                    let verified = key.verify(&message(envelope), &signature.bytes);
                    assert_eq!(verified, Err(Error::BadSignature), "{}", case.name);
                }
                let quorum = Quorum::new([&plain], Threshold::ONE).at(then());
                assert!(signed.verify(&quorum).is_err(), "{}", case.name);
            }
        }
    }

    fn message(envelope: &Value) -> Vec<u8> {
        envelope.get("signed").unwrap().to_olpc()
    }
}

mod made_here {
    use chrono::{DateTime, Utc};
    use crypto_keys::{PrivateKey, Scheme, Signature, Signer, sign_classic, sign_dsse};
    use sha2::{Digest as _, Sha256};

    use super::*;

    const MADE: u32 = 1_800_000_000;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(i64::from(MADE), 0).unwrap()
    }

    /// An Ed25519 key that signs as OpenPGP does, in the name of any key object.
    struct OpenPgp {
        private: PrivateKey,
        listed: PublicKey,
        headers: Vec<u8>,
    }

    fn generate() -> PrivateKey {
        PrivateKey::generate(Scheme::Ed25519).unwrap()
    }

    fn id(name: &str) -> String {
        base16ct::lower::encode_string(Sha256::digest(name).first_chunk::<20>().unwrap())
    }

    fn object(key: &PrivateKey, name: &str, subkeys: &[(&str, &PrivateKey)]) -> Value {
        let point = key.public_key().material().last_chunk::<32>().unwrap();
        let point = base16ct::lower::encode_string(point);
        let subkeys = subkeys
            .iter()
            .map(|(name, key)| (id(name), object(key, name, &[])));
        Value::object([
            ("type", Value::from("eddsa")),
            ("method", Value::from("pgp+eddsa-ed25519")),
            ("keyid", Value::from(id(name))),
            (
                "keyval",
                Value::object([("public", Value::object([("q", Value::from(point))]))]),
            ),
            ("subkeys", Value::object(subkeys)),
        ])
    }

    impl Signer for OpenPgp {
        fn public_key(&self) -> &PublicKey {
            &self.listed
        }

        fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
            let length = u32::try_from(self.headers.len()).unwrap().to_be_bytes();
            let signed = [message, &self.headers, &[4, 0xff], &length].concat();
            let signature = self.private.sign(&Sha256::digest(signed))?;
            Ok(Signature {
                key_id: Some(self.listed.id().clone()),
                openpgp: Some(self.headers.clone()),
                ..signature
            })
        }
    }

    /// Signs with `private` under the id of `name`.
    fn signer(private: &PrivateKey, name: &str) -> OpenPgp {
        OpenPgp {
            private: PrivateKey::from_pem(&private.to_pkcs8_pem().unwrap()).unwrap(),
            listed: private
                .public_key()
                .clone()
                .with_id(id(name).parse().unwrap()),
            headers: headers(&made(MADE)),
        }
    }

    fn headers(subpackets: &[u8]) -> Vec<u8> {
        let length = u16::try_from(subpackets.len()).unwrap().to_be_bytes();
        [[4, 0, 22, 8].as_slice(), &length, subpackets].concat()
    }

    fn subpacket(kind: u8, body: &[u8]) -> Vec<u8> {
        let packet = [&[kind], body].concat();
        let length = u8::try_from(packet.len()).unwrap();
        assert!(length < 192);
        [&[length], &*packet].concat()
    }

    fn made(seconds: u32) -> Vec<u8> {
        subpacket(2, &seconds.to_be_bytes())
    }

    fn signed(signers: &[&dyn Signer]) -> Value {
        let link = Value::object([("_type", Value::from("link"))]);
        Value::read(&sign_classic(&link, signers).unwrap()).unwrap()
    }

    fn count(envelope: &Value, keys: &[&PublicKey]) -> usize {
        let quorum = |needed: usize| {
            let needed = Threshold::new(u32::try_from(needed).unwrap()).unwrap();
            Quorum::new(keys.iter().copied(), needed).at(now())
        };
        (1..)
            .take_while(|needed| verify(envelope, &quorum(*needed)).is_ok())
            .count()
    }

    #[test]
    fn headers_say_what_the_rfc_has_them_say() {
        let private = generate();
        let key = public_key(&object(&private, "alice", &[]));
        let alice = base16ct::lower::decode_vec(id("alice")).unwrap();
        let counts = |headers: Vec<u8>| {
            let signer = OpenPgp {
                headers,
                ..signer(&private, "alice")
            };
            count(&signed(&[&signer]), &[&key]) == 1
        };
        let made = made(MADE);
        let with = |more: &[u8]| headers(&[&made, more].concat());
        let fingerprint = |version: u8, id: &[u8]| subpacket(33, &[&[version], id].concat());
        let long = |length: &[u8], body: usize| [length, &[20], &vec![0; body]].concat();
        for (what, headers) in [
            ("when it was made", headers(&made)),
            ("who made it", with(&fingerprint(4, &alice))),
            ("the end of who made it", with(&subpacket(16, &alice[12..]))),
            (
                "both",
                with(&[fingerprint(4, &alice), subpacket(16, &alice[12..])].concat()),
            ),
            (
                "a critical time",
                headers(&subpacket(0x82, &MADE.to_be_bytes())),
            ),
            ("something that is unknown", with(&subpacket(60, b"?"))),
            ("a lifetime without end", with(&subpacket(3, &[0; 4]))),
            (
                "a lifetime that has not passed",
                with(&subpacket(3, &[0, 0, 0, 1])),
            ),
            ("a length of two octets", with(&long(&[0xc0, 0x00], 191))),
            ("the longest of them", with(&long(&[0xfe, 0xff], 16_318))),
            (
                "a length of five octets",
                with(&long(&[0xff, 0, 0, 0x3f, 0xff], 16_382)),
            ),
            (
                "as much as there can be",
                with(&long(&[0xff, 0, 0, 0xff, 0xf4], 65_523)),
            ),
        ] {
            assert!(counts(headers), "{what}");
        }
        let valid = headers(&made);
        let replaced = |at: usize, byte: u8| {
            let mut headers = valid.clone();
            headers[at] = byte;
            headers
        };
        for (what, headers) in [
            ("nothing", Vec::new()),
            ("no time", headers(&[])),
            ("two times", headers(&[&*made, &made].concat())),
            ("a time of three octets", headers(&subpacket(2, &[1; 3]))),
            ("a time of five octets", headers(&subpacket(2, &[1; 5]))),
            (
                "a lifetime that has passed",
                headers(&[self::made(MADE - 2), subpacket(3, &[0, 0, 0, 1])].concat()),
            ),
            (
                "two lifetimes",
                with(&[subpacket(3, &[0; 4]), subpacket(3, &[0; 4])].concat()),
            ),
            ("version 3", replaced(0, 3)),
            ("version 6", replaced(0, 6)),
            ("a signature over text", replaced(1, 1)),
            ("a certification", replaced(1, 0x13)),
            ("an RSA key", replaced(2, 1)),
            ("a DSA key", replaced(2, 17)),
            ("SHA-1", replaced(3, 2)),
            ("SHA-512", replaced(3, 10)),
            ("a length that is too small", replaced(5, 5)),
            ("a length that is too large", replaced(5, 7)),
            ("a byte beyond the length", [&*valid, &[0]].concat()),
            ("nothing but a length", vec![4, 0, 22, 8, 0]),
            ("somebody else", with(&fingerprint(4, &[1; 20]))),
            ("the end of somebody else", with(&subpacket(16, &[1; 8]))),
            ("a fingerprint of version 5", with(&fingerprint(5, &alice))),
            ("a short fingerprint", with(&fingerprint(4, &alice[1..]))),
            ("a short id", with(&subpacket(16, &alice[13..]))),
            (
                "something critical that is unknown",
                with(&subpacket(0x80 | 60, b"?")),
            ),
            ("an empty subpacket", with(&[0])),
            ("a subpacket beyond the end", with(&[2, 20])),
            ("half a length of two octets", with(&[0xc0])),
            (
                "two octets of length beyond the end",
                with(&long(&[0xc0, 0x00], 190)),
            ),
            ("half a length of five octets", with(&[0xff, 0, 0, 0])),
            (
                "five octets of length beyond the end",
                with(&long(&[0xff, 0xff, 0xff, 0xff, 0xff], 10)),
            ),
        ] {
            assert!(!counts(headers), "{what}");
        }
    }

    #[test]
    fn a_subkey_of_two_masters_makes_one_signer() {
        let (alice, bob, shared) = (generate(), generate(), generate());
        // Under two ids, as nobody checks that they are fingerprints.
        let keys = [
            public_key(&object(&alice, "alice", &[("s1", &shared)])),
            public_key(&object(&bob, "bob", &[("s2", &shared)])),
        ];
        let keys: Vec<_> = keys.iter().collect();
        let (s1, s2) = (signer(&shared, "s1"), signer(&shared, "s2"));
        let (alice, bob) = (signer(&alice, "alice"), signer(&bob, "bob"));
        assert_eq!(count(&signed(&[&s1, &s2]), &keys), 1);
        assert_eq!(count(&signed(&[&alice, &s2]), &keys), 1);
        assert_eq!(
            count(&signed(&[&alice, &bob]), &keys),
            1,
            "who shares a key is one"
        );
        assert_eq!(count(&signed(&[&alice, &bob]), &keys[..1]), 1);
        assert_eq!(count(&signed(&[&bob]), &keys[..1]), 0);
    }

    #[test]
    fn a_subkey_that_is_a_master_elsewhere_makes_one_signer() {
        let (alice, bob, carol) = (generate(), generate(), generate());
        let keys = [
            public_key(&object(&alice, "alice", &[])),
            public_key(&object(&bob, "bob", &[("sub", &alice)])),
            public_key(&object(&carol, "carol", &[])),
        ];
        let keys: Vec<_> = keys.iter().collect();
        let (sub, bob) = (signer(&alice, "sub"), signer(&bob, "bob"));
        let (alice, carol) = (signer(&alice, "alice"), signer(&carol, "carol"));
        let pairs: [[&dyn Signer; 2]; 4] =
            [[&alice, &sub], [&sub, &alice], [&alice, &bob], [&bob, &sub]];
        for signers in pairs {
            assert_eq!(count(&signed(&signers), &keys), 1);
        }
        assert_eq!(count(&signed(&[&alice, &carol]), &keys), 2);
        assert_eq!(count(&signed(&[&sub, &carol]), &keys), 2);
    }

    #[test]
    fn two_plain_keys_stay_two_signers_whoever_lists_them_as_subkeys() {
        let (alice, bob, both) = (generate(), generate(), generate());
        let listed = public_key(&object(&both, "both", &[("s1", &alice), ("s2", &bob)]));
        let keys = [&listed, alice.public_key(), bob.public_key()];
        let (both, s1) = (signer(&both, "both"), signer(&alice, "s1"));
        let table: [(Vec<&dyn Signer>, usize); 6] = [
            (vec![&both, &alice, &bob], 2),
            (vec![&s1, &alice, &bob], 2),
            (vec![&alice, &bob], 2),
            (vec![&alice, &s1], 1),
            (vec![&both, &s1], 1),
            (vec![&both, &bob], 1),
        ];
        for (signers, expected) in table {
            assert_eq!(count(&signed(&signers), &keys), expected);
        }
    }

    #[test]
    fn owners_who_share_a_key_are_never_all() {
        let (alice, bob) = (generate(), generate());
        let listed = public_key(&object(&bob, "bob", &[("sub", &alice)]));
        let keys = [alice.public_key(), &listed];
        let envelope = signed(&[&alice, &signer(&bob, "bob")]);
        let all = Quorum::all(keys).unwrap().at(now());
        assert!(matches!(
            verify(&envelope, &all),
            Err(Error::Threshold { .. })
        ));
        let all = Quorum::all([&listed]).unwrap().at(now());
        assert!(verify(&envelope, &all).is_ok());
    }

    #[test]
    fn a_signature_with_headers_is_no_plain_one() {
        let private = generate();
        let openpgp = public_key(&object(&private, "alice", &[]));
        let plain = private.public_key().clone().with_id(openpgp.id().clone());
        let of_plain = |envelope: &Value| count(envelope, &[&plain]);
        let of_openpgp = |envelope: &Value| count(envelope, &[&openpgp]);

        let mut envelope = signed(&[&Renamed(&private, plain.clone())]);
        assert_eq!((of_plain(&envelope), of_openpgp(&envelope)), (1, 0));
        // The plain signature, dressed up as one of OpenPGP.
        let dressed = Value::from(base16ct::lower::encode_string(&headers(&made(MADE))));
        *at(&mut envelope, &["signatures", "0", "other_headers"]) = dressed;
        assert_eq!((of_plain(&envelope), of_openpgp(&envelope)), (0, 0));

        let envelope = signed(&[&signer(&private, "alice")]);
        assert_eq!((of_plain(&envelope), of_openpgp(&envelope)), (0, 1));
        let json = envelope.to_json();
        let read = Signed::<Link>::parse(json.as_bytes()).unwrap();
        let headers_found = read.signatures().iter().map(|it| it.openpgp.clone());
        assert_eq!(
            headers_found.collect::<Vec<_>>(),
            [Some(headers(&made(MADE)))]
        );
        assert_eq!(
            envelope.get("signatures").map(Value::to_json),
            Some(format!(
                r#"[{{"keyid":"{}","other_headers":"{}","signature":"{}"}}]"#,
                id("alice"),
                base16ct::lower::encode_string(&headers(&made(MADE))),
                text(at(&mut envelope.clone(), &["signatures", "0", "signature"])),
            ))
        );
    }

    struct Renamed<'k>(&'k PrivateKey, PublicKey);

    impl Signer for Renamed<'_> {
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

    #[test]
    fn keys_of_other_formats_are_none_of_openpgp() {
        for scheme in [Scheme::OpenPgpRsa, Scheme::OpenPgpEd25519] {
            let made = PrivateKey::generate(scheme);
            assert!(matches!(made, Err(Error::PrivateKey { .. })), "{scheme:?}");
            let spki = generate().public_key().material().to_vec();
            assert_eq!(
                PublicKey::from_spki_with(&spki, scheme),
                Err(Error::Key(Unusable::OtherScheme { expected: scheme }))
            );
        }
    }

    #[test]
    fn there_is_no_openpgp_in_dsse() {
        let private = generate();
        let signed = sign_dsse(Link::PAYLOAD_TYPE, b"{}", &[&signer(&private, "alice")]);
        assert!(matches!(signed, Err(Error::Signing { .. })));

        let bytes = sign_dsse(Link::PAYLOAD_TYPE, br#"{"_type": "link"}"#, &[&private]).unwrap();
        let key = public_key(&object(&private, "alice", &[]));
        let signed = Signed::<Link>::parse(&bytes).unwrap();
        assert!(signed.verify(&Quorum::new([&key], Threshold::ONE)).is_err());
        let plain = Quorum::new([private.public_key()], Threshold::ONE);
        assert!(signed.verify(&plain).is_ok());
    }

    #[test]
    fn what_is_no_openpgp_key_says_why() {
        let private = generate();
        let alice = object(&private, "alice", &[]);
        let point = text(at(&mut alice.clone(), &["keyval", "public", "q"])).to_owned();
        let digits = |text: &str| Value::from(text);
        for (path, value, reason) in [
            (
                &["keyval", "public", "q"][..],
                digits(&point[2..]),
                Unusable::Malformed,
            ),
            (
                &["keyval", "public", "q"],
                digits(&format!("40{point}")),
                Unusable::Malformed,
            ),
            (&["keyval", "public", "q"], digits("?"), Unusable::Malformed),
            (
                &["keyval", "public", "q"],
                digits(&"00".repeat(32)),
                Unusable::Weak,
            ),
            (
                &["keyval", "public", "q"],
                digits(&"0".repeat(1 << 20)),
                Unusable::Weak,
            ),
            (
                &["keyval", "public", "q"],
                Value::Null,
                Unusable::UnknownForm,
            ),
            (
                &["keyval", "public", "q"],
                Value::from(1_u32),
                Unusable::UnknownForm,
            ),
            (
                &["keyval", "public"],
                Value::from(&*point),
                Unusable::UnknownForm,
            ),
            (&["keyval", "public"], Value::Null, Unusable::UnknownForm),
            (&["keyval"], Value::Null, Unusable::UnknownForm),
            (&["subkeys"], Value::from(vec![]), Unusable::UnknownForm),
            (&["type"], Value::Null, Unusable::UnknownForm),
            (&["type"], Value::from(1_u32), Unusable::UnknownForm),
            (&["method"], Value::Null, Unusable::UnknownForm),
            (&["method"], Value::from("ed25519"), Unusable::UnknownForm),
            (
                &["type"],
                Value::from("rsa"),
                Unusable::UnknownScheme {
                    keytype: "rsa".to_owned(),
                    scheme: "pgp+eddsa-ed25519".to_owned(),
                },
            ),
        ] {
            let mut changed = alice.clone();
            *at(&mut changed, path) = value.clone();
            assert_eq!(
                public_key(&changed).unusable(),
                Some(&reason),
                "{path:?}: {:?}",
                &value.to_json()[..value.to_json().len().min(80)]
            );
        }
        // Names of TUF and names of OpenPGP in one object: the former say what it is.
        let mut both = alice.clone();
        *at(&mut both, &["keytype"]) = Value::from("ed25519");
        *at(&mut both, &["scheme"]) = Value::from("ed25519");
        assert_eq!(public_key(&both).unusable(), Some(&Unusable::UnknownForm));
    }

    #[test]
    fn a_subkey_that_cannot_be_used_leaves_the_others_alone() {
        let (alice, sub) = (generate(), generate());
        let whole = object(&alice, "alice", &[("sub", &sub), ("other", &generate())]);
        for (member, value) in [
            ("method", Value::from("pgp+dsa-fips-180-2")),
            ("method", Value::from("ed25519")),
            ("keyval", Value::Null),
            ("validity_period", Value::from(1_u32)),
        ] {
            let mut changed = whole.clone();
            *at(&mut changed, &["subkeys", &id("other"), member]) = value;
            let key = public_key(&changed);
            assert_eq!(key.materials().count(), 2, "{member}");
            let envelope = signed(&[&signer(&sub, "sub")]);
            assert_eq!(count(&envelope, &[&key]), 1, "{member}");
        }
        assert_eq!(public_key(&whole).materials().count(), 3);
    }

    #[test]
    fn a_key_has_64_subkeys_at_most() {
        let (alice, sub) = (generate(), generate());
        let with = |subkeys: usize| {
            let names: Vec<_> = (0..subkeys).map(|number| number.to_string()).collect();
            let subkeys: Vec<_> = names.iter().map(|name| (&**name, &sub)).collect();
            public_key(&object(&alice, "alice", &subkeys))
        };
        assert_eq!(with(64).unusable(), None);
        assert_eq!(with(65).unusable(), Some(&Unusable::Malformed));
        assert_eq!(with(5000).unusable(), Some(&Unusable::Malformed));
    }

    #[test]
    fn a_modulus_has_8192_bits_at_most() {
        let with = |digits: usize| {
            let number = |text: String| Value::from(text);
            let public = Value::object([
                ("e", number("010001".to_owned())),
                ("n", number("f".repeat(digits))),
            ]);
            public_key(&Value::object([
                ("type", Value::from("rsa")),
                ("method", Value::from("pgp+rsa-pkcsv1.5")),
                ("keyid", Value::from("rsa")),
                ("keyval", Value::object([("public", public)])),
            ]))
        };
        assert_eq!(with(2048).unusable(), None);
        assert_eq!(with(2050).unusable(), Some(&Unusable::Weak));
        for digits in [2052, 1 << 20] {
            assert_eq!(with(digits).unusable(), Some(&Unusable::Weak), "{digits}");
        }
    }
}
