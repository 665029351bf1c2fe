//! How long does it take to check a supply chain of three steps against its layout, from the bytes of both?
//!
//! With 100, 1,000 and 10,000 artifacts in each of the six lists; and with patterns that are dear and match nothing.

use std::hint::black_box;

use bonafide_benches::{Chain, chain};
use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use intoto_verify::{Verifier, verify_layout};

criterion_group!(benches, honest, hostile);
criterion_main!(benches);

fn honest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("three steps");
    for artifacts in [100, 1_000, 10_000] {
        let chain = chain(artifacts, 0);
        group.bench_function(format!("{artifacts} artifacts"), |bencher| {
            bencher.iter(|| verify(black_box(&chain)));
        });
    }
    group.finish();
}

fn hostile(criterion: &mut Criterion) {
    let chain = chain(1_000, 100);
    criterion.bench_function(
        "hostile/1000 artifacts, 100 patterns of many stars",
        |bencher| {
            bencher.iter(|| verify(black_box(&chain)));
        },
    );
}

fn verify(chain: &Chain) {
    let now = DateTime::UNIX_EPOCH;
    let layout = verify_layout(&chain.layout, [&chain.owner], now).expect("signed");
    let verifier = Verifier::new(layout, &chain.links, now);
    verifier.verify().expect("the steps keep to the layout");
}
