//! Writes the canonical form of every document on its input, for programs in other languages to compare theirs with.
//!
//! ```text
//! $ printf '14\n{"b":1, "a":2}3\n1.5' | cargo run --quiet -p canonical-json --example canonicalise -- olpc
//! canonical 13
//! {"a":2,"b":1}
//! refused NotAnInteger { offset: 0 }
//! ```
//!
//! A document is its length in bytes on a line, then its bytes. The answer is one line for a refusal; for a canonical
//! form it is the length on a line, then the bytes and a line break.

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use canonical_json::{Document, Error};

fn main() -> io::Result<ExitCode> {
    let canonicalise = match std::env::args().nth(1).as_deref() {
        Some("olpc") => olpc,
        Some("jcs") => jcs,
        _ => {
            eprintln!("usage: canonicalise olpc|jcs");
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut input = io::stdin().lock();
    let mut output = io::BufWriter::new(io::stdout().lock());
    while let Some(document) = next(&mut input)? {
        match canonicalise(&document) {
            Ok(form) => {
                writeln!(output, "canonical {}", form.len())?;
                output.write_all(&form)?;
                writeln!(output)?;
            }
            Err(error) => writeln!(output, "refused {error:?}")?,
        }
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn olpc(json: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(Document::read(json)?.root().to_olpc())
}

fn jcs(json: &[u8]) -> Result<Vec<u8>, Error> {
    Document::read(json)?.root().to_jcs()
}

fn next(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = String::new();
    if input.read_line(&mut length)? == 0 {
        return Ok(None);
    }
    let length = length.trim_end().parse().map_err(io::Error::other)?;
    let mut document = Vec::new();
    if input.take(length).read_to_end(&mut document)? == 0 && length > 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(document))
}
