//! The strict reader: one pass over the text, everything checked, an index of its values left behind.

use std::borrow::Cow;

use crate::Error;
use crate::document::{Entry, Shape, widen};
use crate::literal::{Literal, unescape};

/// How much of a document is read before it is refused.
///
/// ```
/// use canonical_json::{Document, Error, Limits};
///
/// let limits = Limits { depth: 1, ..Limits::default() };
/// assert!(Document::read_within(b"[1]", &limits).is_ok());
/// assert_eq!(
///     Document::read_within(b"[[1]]", &limits).unwrap_err(),
///     Error::TooDeep { limit: 1, offset: 1 }
/// );
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The longest text, in bytes. 64 MiB by default: a TUF targets role with 100,000 targets has 44 MB.
    /// No limit reaches beyond 4 GiB, the span of the index.
    pub bytes: usize,
    /// The deepest nesting of arrays and objects. 128 by default, and never more: code that walks a document may
    /// recurse. TUF metadata has some 8 levels, in-toto metadata some 10 outside of by-products.
    pub depth: usize,
    /// The most values and member names inside the outermost value. 4,194,304 by default, which bounds the index to
    /// 64 MiB; the role with 100,000 targets has about 1,100,000.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: MAX_DEPTH,
            nodes: 4 << 20,
        }
    }
}

/// Levels beyond which no limit reaches, so that recursion is safe on every stack.
const MAX_DEPTH: usize = 128;

/// Reads one document: the text as UTF-8, the entry of its outermost value, the entries inside it.
pub(crate) fn read<'a>(
    json: &'a [u8],
    limits: &Limits,
) -> Result<(&'a str, Entry, Vec<Entry>), Error> {
    let limit = limits
        .bytes
        .min(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
    if json.len() > limit {
        return Err(Error::TooLong { limit });
    }
    let text = str::from_utf8(json).map_err(|invalid| Error::Syntax {
        offset: invalid.valid_up_to(),
        expected: "UTF-8",
    })?;
    let mut reader = Reader {
        text,
        rest: json,
        // A value in sixteen bytes is usual, so that the index starts no larger than the text.
        index: Vec::with_capacity((json.len() / 16).min(limits.nodes)),
        spare: Vec::new(),
        stained: 0,
        depth: limits.depth.min(MAX_DEPTH),
        nodes: limits.nodes,
    };
    if text.starts_with('\u{feff}') {
        return Err(reader.syntax("a value, without a byte order mark"));
    }
    reader.space();
    let start = reader.offset();
    let shape = reader.value(0)?;
    let root = reader.entry(start, shape, 0);
    reader.space();
    if !reader.rest.is_empty() {
        return Err(reader.syntax("the end of the document"));
    }
    Ok((text, root, reader.index))
}

struct Reader<'a> {
    text: &'a str,
    /// What has not been read yet: always a tail of `text`, and always from a character on.
    rest: &'a [u8],
    /// The entries inside the outermost value, each container before its content.
    index: Vec<Entry>,
    /// Room for the keys of one object, kept between objects.
    spare: Vec<(Cow<'a, str>, usize)>,
    /// The end of the last thing that is not in canonical form. A value that starts after it is.
    stained: usize,
    depth: usize,
    nodes: usize,
}

impl<'a> Reader<'a> {
    /// Reads the value that starts here, `level` containers deep.
    fn value(&mut self, level: usize) -> Result<Shape, Error> {
        match self.rest {
            [b'"', ..] => self.string(),
            [b'{', rest @ ..] => {
                let level = self.descend(level)?;
                self.rest = rest;
                self.object(level)
            }
            [b'[', rest @ ..] => {
                let level = self.descend(level)?;
                self.rest = rest;
                self.array(level)
            }
            [b'-' | b'0'..=b'9', ..] => self.integer(),
            [b't', b'r', b'u', b'e', rest @ ..] | [b'f', b'a', b'l', b's', b'e', rest @ ..] => {
                self.rest = rest;
                Ok(Shape::Bool)
            }
            [b'n', b'u', b'l', b'l', rest @ ..] => {
                self.rest = rest;
                Ok(Shape::Null)
            }
            _ => Err(self.syntax("a value")),
        }
    }

    fn descend(&self, level: usize) -> Result<usize, Error> {
        if level >= self.depth {
            return Err(Error::TooDeep {
                limit: self.depth,
                offset: self.offset(),
            });
        }
        Ok(level.saturating_add(1))
    }

    fn array(&mut self, level: usize) -> Result<Shape, Error> {
        self.space();
        if !self.take(b']') {
            loop {
                self.child(level)?;
                if !self.another(b']', "`,` or `]`")? {
                    break;
                }
            }
        }
        Ok(Shape::Array)
    }

    fn object(&mut self, level: usize) -> Result<Shape, Error> {
        let first = self.index.len();
        let mut shape = Shape::SortedObject;
        let mut previous = None;
        self.space();
        if !self.take(b'}') {
            loop {
                let key = self.key()?;
                if previous.is_some_and(|previous: Literal<'_>| previous.cmp(key).is_ge()) {
                    shape = Shape::Object;
                }
                previous = Some(key);
                self.space();
                if !self.take(b':') {
                    return Err(self.syntax("`:`"));
                }
                self.space();
                self.child(level)?;
                if !self.another(b'}', "`,` or `}`")? {
                    break;
                }
            }
        }
        if shape == Shape::Object {
            self.refuse_duplicates(first)?;
            self.stained = self.offset();
        }
        Ok(shape)
    }

    /// Reads what follows an element: whether there is another, or the container ends.
    fn another(&mut self, close: u8, expected: &'static str) -> Result<bool, Error> {
        self.space();
        if self.take(b',') {
            self.space();
            return Ok(true);
        }
        if self.take(close) {
            return Ok(false);
        }
        Err(self.syntax(expected))
    }

    fn child(&mut self, level: usize) -> Result<(), Error> {
        let slot = self.reserve()?;
        let start = self.offset();
        let shape = self.value(level)?;
        self.fill(slot, start, shape);
        Ok(())
    }

    fn key(&mut self) -> Result<Literal<'a>, Error> {
        let slot = self.reserve()?;
        let start = self.offset();
        if !self.rest.starts_with(b"\"") {
            return Err(self.syntax("a member name in quotes"));
        }
        let shape = self.string()?;
        Ok(self.fill(slot, start, shape).literal(self.text))
    }

    /// Takes the next place in the index, so that what is inside a value comes after it.
    fn reserve(&mut self) -> Result<usize, Error> {
        let slot = self.index.len();
        if slot >= self.nodes {
            return Err(Error::TooManyNodes {
                limit: self.nodes,
                offset: self.offset(),
            });
        }
        self.index.push(Entry::default());
        Ok(slot)
    }

    /// Enters the value from `start` to here in its place, with what came into the index since inside it.
    fn fill(&mut self, slot: usize, start: usize, shape: Shape) -> Entry {
        let entry = self.entry(start, shape, slot.saturating_add(1));
        if let Some(place) = self.index.get_mut(slot) {
            *place = entry;
        }
        entry
    }

    /// The entry of the value from `start` to here, with the index from `first` on inside it.
    fn entry(&self, start: usize, shape: Shape, first: usize) -> Entry {
        let inside = self.index.len().saturating_sub(first);
        Entry::new(start..self.offset(), inside, shape, self.stained <= start)
    }

    /// Reads the string whose opening quote is next.
    fn string(&mut self) -> Result<Shape, Error> {
        let mut shape = Shape::Plain;
        self.rest = self.rest.get(1..).unwrap_or_default();
        loop {
            let ordinary = ordinary_prefix(self.rest);
            self.rest = self.rest.get(ordinary..).unwrap_or_default();
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(shape);
                }
                [b'\\', ..] => {
                    shape = Shape::Escaped;
                    self.escape()?;
                }
                [_, ..] => return Err(self.syntax("control characters in strings to be escaped")),
                [] => return Err(self.syntax("a closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        let escape = self.offset().saturating_add(1);
        let escape = self.text.get(escape..).unwrap_or_default();
        let (_, rest) = unescape(escape).map_err(|expected| self.syntax(expected))?;
        self.rest = rest.as_bytes();
        // OLPC has two escapes; every other character stands for itself.
        if !escape.starts_with(['"', '\\']) {
            self.stained = self.offset();
        }
        Ok(())
    }

    fn integer(&mut self) -> Result<Shape, Error> {
        let start = self.offset();
        let negative = self.take(b'-');
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at_checked(digits).unwrap_or_default();
        if digits.is_empty() {
            return Err(self.syntax("a digit"));
        }
        match (digits, rest) {
            ([b'0', _, ..], _) => Err(Error::Syntax {
                offset: start,
                expected: "a number without leading zeros",
            }),
            (_, [b'.' | b'e' | b'E', ..]) => Err(Error::NotAnInteger { offset: start }),
            ([b'0'], _) if negative => Err(Error::NotAnInteger { offset: start }),
            _ => {
                self.rest = rest;
                Ok(Shape::Integer)
            }
        }
    }

    /// Sorting makes this `n log n` whatever the order of the members, and resolving the escapes of a name once makes
    /// every comparison cheap.
    fn refuse_duplicates(&mut self, first: usize) -> Result<(), Error> {
        let mut members = self.index.get(first..).unwrap_or_default();
        self.spare.clear();
        while let [key, value, rest @ ..] = members {
            let name = key.literal(self.text).decode();
            self.spare.push((name, key.start()));
            members = rest.get(value.inside()..).unwrap_or_default();
        }
        self.spare.sort_unstable();
        let repeated = self.spare.windows(2).filter_map(|pair| match pair {
            [a, b] if a.0 == b.0 => Some(b),
            _ => None,
        });
        match repeated.min_by_key(|(_, offset)| *offset) {
            None => Ok(()),
            Some((key, offset)) => Err(Error::DuplicateKey {
                key: key.clone().into_owned(),
                offset: *offset,
            }),
        }
    }

    fn space(&mut self) {
        let start = self.rest.len();
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if self.rest.len() != start {
            self.stained = self.offset();
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn offset(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    fn syntax(&self, expected: &'static str) -> Error {
        Error::Syntax {
            offset: self.offset(),
            expected,
        }
    }
}

/// How many bytes from here on stand for themselves inside a string.
fn ordinary_prefix(bytes: &[u8]) -> usize {
    let (blocks, tail) = bytes.as_chunks::<8>();
    let mut ordinary = 0_usize;
    for block in blocks {
        let special = special_bytes(u64::from_le_bytes(*block));
        if special != 0 {
            return ordinary.saturating_add(widen(special.trailing_zeros() / u8::BITS));
        }
        ordinary = ordinary.saturating_add(block.len());
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    ordinary.saturating_add(tail.iter().position(special).unwrap_or(tail.len()))
}

/// The highest bit of each byte that is a quote, a backslash or a control character. Subtraction borrows from the byte
/// above a match, so only the lowest bit that is set is certain: it is the one that is used.
fn special_bytes(block: u64) -> u64 {
    let each = |byte| u64::from_le_bytes([byte; 8]);
    let below = |block: u64, limit| block.wrapping_sub(each(limit)) & !block & each(0x80);
    let equal = |byte| below(block ^ each(byte), 1);
    below(block, 0x20) | equal(b'"') | equal(b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_scanned_up_to_the_first_special_byte_wherever_it_stands() {
        for special in 0..=u8::MAX {
            for position in 0..20 {
                for after in [
                    b'a', b'"', 0x1f, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xff,
                ] {
                    let mut bytes = [after; 20];
                    bytes[..position].fill(b'a');
                    bytes[position] = special;
                    let naive = bytes
                        .iter()
                        .position(|byte| *byte < 0x20 || b"\"\\".contains(byte));
                    assert_eq!(ordinary_prefix(&bytes), naive.unwrap_or(20), "{bytes:x?}");
                }
            }
        }
    }
}
