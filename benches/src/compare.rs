//! Contestants on the same bytes in one run, each taking its turn in every round, so that what else the machine does meets
//! all of them alike. What is reported is how many times longer each takes than the first.

use std::time::{Duration, Instant};

/// Some ways to do one thing, the first of which is ours.
pub struct Comparison<'a> {
    bytes: usize,
    contestants: Vec<(&'static str, Box<dyn FnMut() + 'a>)>,
}

/// A contestant's turn lasts at least this long, so that the clock does not matter.
const TURN: Duration = Duration::from_millis(5);
/// How long the rounds of one comparison last together, at least.
const RUN: Duration = Duration::from_secs(4);
const ROUNDS: std::ops::RangeInclusive<usize> = 5..=201;

impl<'a> Comparison<'a> {
    /// Contestants that each work through so many bytes.
    pub fn of(bytes: usize) -> Self {
        Self {
            bytes,
            contestants: Vec::new(),
        }
    }

    /// Adds a contestant. What it returns is dropped while the clock runs, as it would be in a program.
    pub fn add<T>(mut self, name: &'static str, mut work: impl FnMut() -> T + 'a) -> Self {
        let work = move || drop(std::hint::black_box(work()));
        self.contestants.push((name, Box::new(work)));
        self
    }

    /// Runs the rounds and prints a line for each contestant; without `--bench` runs each once and prints nothing. With
    /// words on the command line only titles that have one of them are measured.
    pub fn run(mut self, title: &str) {
        let mut words = std::env::args()
            .skip(1)
            .filter(|word| !word.starts_with('-'))
            .peekable();
        if words.peek().is_some() && !words.any(|word| title.contains(&word)) {
            return;
        }
        let mut repeats = Vec::new();
        let mut round = Duration::ZERO;
        for (_, work) in &mut self.contestants {
            let once = time(work, 1);
            let times = (TURN.as_secs_f64() / once.as_secs_f64()).ceil().max(1.0);
            round += once.mul_f64(times);
            repeats.push(times as u32);
        }
        if !measures() {
            return;
        }
        let rounds = (RUN.as_secs_f64() / round.as_secs_f64()) as usize;
        let rounds = rounds.clamp(*ROUNDS.start(), *ROUNDS.end());
        let mut times = vec![Vec::new(); self.contestants.len()];
        for _ in 0..rounds {
            for (place, (_, work)) in self.contestants.iter_mut().enumerate() {
                // What the one before did to caches and allocator is nobody's time.
                work();
                times[place].push(time(work, repeats[place]).as_secs_f64());
            }
        }
        println!("\n{title} ({} bytes, {rounds} rounds)", self.bytes);
        for ((name, _), own) in self.contestants.iter().zip(&times) {
            let mut ratios: Vec<_> = own
                .iter()
                .zip(&times[0])
                .map(|(own, ours)| own / ours)
                .collect();
            let [low, middle, high] = quartiles(&mut ratios);
            let [_, seconds, _] = quartiles(&mut own.clone());
            println!(
                "  {name:<44} {:>10.1} us {:>7.0} MB/s   x {middle:<6.2} ({low:.2} to {high:.2})",
                seconds * 1e6,
                self.bytes as f64 / seconds / 1e6,
            );
        }
    }
}

/// Whether this run is to measure, as `cargo bench` says, or only to show that everything works.
pub fn measures() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

fn time(work: &mut impl FnMut(), repeats: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..repeats {
        work();
    }
    start.elapsed() / repeats
}

fn quartiles(numbers: &mut [f64]) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| numbers[(numbers.len() - 1) * quarter / 4])
}
