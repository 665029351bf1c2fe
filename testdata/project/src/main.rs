use std::io::{self, Read};

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let tally = tally::tally(&text);
    println!("{:8} {:8} {:8}", tally.lines, tally.words, tally.bytes);
    Ok(())
}
