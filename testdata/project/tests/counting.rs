use tally::{tally, Tally};

#[test]
fn nothing_counts_as_nothing() {
    assert_eq!(tally(""), Tally::default());
}

#[test]
fn a_last_line_needs_no_line_break() {
    assert_eq!(tally("one\ntwo").lines, 2);
}
