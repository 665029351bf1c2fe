//! How long does it take to verify a signed document, from its bytes?
//!
//! A link of a hundred artifacts in both envelopes, one signature of each scheme with every backend of the build, right and
//! wrong, and the most that an envelope may cost: as many signatures as are allowed, all under the ids of
//! trusted keys, none of them right.

use std::hint::black_box;

use bonafide_benches::key;
use canonical_json::Value;
use criterion::{Criterion, criterion_group, criterion_main};
use crypto_keys::{
    Algorithm, Backend, Digests, Payload, PrivateKey, PublicKey, Quorum, Scheme, Signed, Signer,
    Threshold, sign_classic, sign_dsse,
};
use intoto_model::{ArtifactPath, Link, StepName};

criterion_group!(benches, honest, one_signature, hostile);
criterion_main!(benches);

fn honest(criterion: &mut Criterion) {
    let link = link().to_value();
    let mut group = criterion.benchmark_group("a link of 100 artifacts");
    for scheme in [
        Scheme::Ed25519,
        Scheme::EcdsaP256Sha256,
        Scheme::EcdsaP384Sha384,
    ] {
        let key = key(scheme);
        let classic = sign_classic(&link, &[&key]).expect("the key signs");
        let dsse = sign_dsse(Link::PAYLOAD_TYPE, link.to_json().as_bytes(), &[&key]);
        let dsse = dsse.expect("the key signs");
        for (envelope, bytes) in [("classic", classic), ("dsse", dsse)] {
            group.bench_function(format!("{envelope}, {}", scheme.name()), |bencher| {
                let quorum = Quorum::new([key.public_key()], Threshold::ONE);
                bencher.iter(|| {
                    let signed = Signed::<Link>::parse(black_box(&bytes)).expect("an envelope");
                    signed.verify(&quorum).expect("signed")
                });
            });
        }
    }
    group.finish();
}

const SCHEMES: [Scheme; 9] = [
    Scheme::Ed25519,
    Scheme::EcdsaP256Sha256,
    Scheme::EcdsaP384Sha384,
    Scheme::EcdsaP521Sha512,
    Scheme::RsaPssSha256,
    Scheme::RsaPkcs1Sha256,
    Scheme::MlDsa44,
    Scheme::MlDsa65,
    Scheme::MlDsa87,
];

fn one_signature(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one signature");
    for scheme in SCHEMES {
        let key = key(scheme);
        let message = [0x5a; 1024];
        let signature = key.sign(&message).expect("the key signs").bytes;
        let wrong = key.sign(b"another message").expect("the key signs").bytes;
        for backend in Backend::ALL {
            for (what, signature, verifies) in
                [("right", &signature, true), ("wrong", &wrong, false)]
            {
                group.bench_function(
                    format!("{}, {backend:?}, {what}", scheme.name()),
                    |bencher| {
                        bencher.iter(|| {
                            let key = key.public_key();
                            let verdict = key.verify_with(*backend, black_box(&message), signature);
                            assert_eq!(verdict.is_ok(), verifies);
                        });
                    },
                );
            }
        }
    }
    group.finish();
}

fn hostile(criterion: &mut Criterion) {
    let keys: Vec<PrivateKey> = (0..256).map(|_| key(Scheme::Ed25519)).collect();
    // Signatures of something else: one with an `s` out of range would be refused for nothing.
    let wrong = keys.iter().map(|key| {
        let signature = key.sign(b"another message").expect("the key signs").bytes;
        let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        Value::object([
            ("keyid", Value::from(key.public_key().id().as_str())),
            ("sig", hex.into()),
        ])
    });
    let envelope = Value::object([
        ("signatures", Value::from(wrong.collect::<Vec<_>>())),
        ("signed", link().to_value()),
    ]);
    let bytes = envelope.to_json();
    let keys: Vec<&PublicKey> = keys.iter().map(Signer::public_key).collect();
    for backend in Backend::ALL {
        let quorum = Quorum::new(keys.iter().copied(), Threshold::ONE).with_backend(*backend);
        criterion.bench_function(
            &format!("hostile/256 wrong signatures, {backend:?}"),
            |bencher| {
                bencher.iter(|| {
                    let signed =
                        Signed::<Link>::parse(black_box(bytes.as_bytes())).expect("an envelope");
                    assert!(signed.verify(&quorum).is_err());
                });
            },
        );
    }
}

fn link() -> Link {
    let mut link = Link::new(StepName::try_from("build").expect("this is a name"));
    for number in 0..100_u32 {
        let path = format!("src/file-{number}.rs");
        let path = ArtifactPath::try_from(path.as_str()).expect("this is a path");
        let digests = Digests::of(&number.to_le_bytes(), &[Algorithm::Sha256]);
        link.products.insert(path, digests);
    }
    link
}
