//! How long does a client that knows nothing but a root take to fetch one target of a mebibyte?
//!
//! From a repository in memory whose targets role lists 100, 1,000 and 10,000 targets; and again with everything kept from
//! the time before.

use std::hint::black_box;

use bonafide_benches::{Repository, repository};
use chrono::DateTime;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tuf_client::{Client, MemoryStore, MemoryTransport, TargetPath};

criterion_group!(benches, update);
criterion_main!(benches);

fn update(criterion: &mut Criterion) {
    for targets in [100, 1_000, 10_000] {
        let repository = repository(targets);
        let mut group = criterion.benchmark_group(format!("one of {targets} targets"));
        let kept = fetch(
            &repository,
            repository.transport.clone(),
            MemoryStore::new(),
        );
        for (state, store) in [("cold", MemoryStore::new()), ("kept", kept)] {
            group.bench_function(state, |bencher| {
                bencher.iter_batched(
                    || (repository.transport.clone(), store.clone()),
                    |(transport, store)| fetch(black_box(&repository), transport, store),
                    BatchSize::LargeInput,
                );
            });
        }
        group.finish();
    }
}

fn fetch(repository: &Repository, transport: MemoryTransport, store: MemoryStore) -> MemoryStore {
    let now = DateTime::UNIX_EPOCH;
    let path = TargetPath::try_from(repository.target).expect("this is a path");
    let mut client = Client::new(&repository.root, now, transport, store).expect("a root");
    client.refresh().expect("honest metadata");
    let target = client
        .target(&path)
        .expect("honest metadata")
        .expect("listed");
    assert_eq!(
        client.read(&target).expect("the listed bytes").len(),
        1 << 20
    );
    client.into_parts().1
}
