//! Counts lines, words and bytes.

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub lines: usize,
    pub words: usize,
    pub bytes: usize,
}

/// Counts a text.
///
/// ```
/// assert_eq!(tally::tally("to be\nor not").words, 4);
/// ```
pub fn tally(text: &str) -> Tally {
    Tally {
        lines: text.lines().count(),
        words: text.split_whitespace().count(),
        bytes: text.len(),
    }
}
