//! How much memory do reading a document and making its signed bytes take?
//!
//! The most that was allocated at once, as a multiple of the text, which is not counted. Apart from the bench of time
//! because counting slows down whoever allocates often.

use std::io::Write;

use bonafide_benches::json::{hostile, olpc_cjson};
use bonafide_benches::targets_role;
use canonical_json::Document;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() {
    println!(
        "{:<48} {:>9} {:>9} {:>9} {:>9}",
        "times the text", "streamed", "collected", "value", "olpc-cjson"
    );
    for targets in [1_000, 10_000, 100_000] {
        let role = targets_role(targets);
        let (indented, canonical) = (role.to_json_pretty(), role.to_olpc());
        drop(role);
        measure(&format!("{targets} targets, indented"), indented.as_bytes());
        measure(&format!("{targets} targets, canonical"), &canonical);
    }
    for (name, json) in hostile() {
        measure(&format!("hostile: {name}"), json.as_bytes());
    }
}

fn measure(name: &str, json: &[u8]) {
    let read = || Document::read(json).expect("valid");
    let streamed = peak(json, || {
        let document = read();
        document
            .root()
            .write_olpc(&mut Count(0))
            .expect("it counts");
    });
    let collected = peak(json, || {
        let document = read();
        std::hint::black_box(document.root().olpc());
    });
    let value = peak(json, || {
        std::hint::black_box(serde_json::from_slice::<serde_json::Value>(json).expect("valid"));
    });
    let olpc_cjson = peak(json, || {
        std::hint::black_box(olpc_cjson(json));
    });
    println!("{name:<48} {streamed:>9.3} {collected:>9.3} {value:>9.2} {olpc_cjson:>9.2}");
}

fn peak(json: &[u8], work: impl FnOnce()) -> f64 {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    work();
    (MEMORY.peak_usage() - before) as f64 / json.len() as f64
}

/// A sink that keeps nothing.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
