//! The strict reader: one pass over the text, everything checked, an index of its arrays and objects left behind.

use std::borrow::Cow;

use crate::Error;
use crate::index::{Entry, Form, MAX_ENTRIES, Walk, widen};
use crate::literal::{Literal, unescape};
use crate::scan;

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
    /// 64 MiB: 8 bytes for each that is an array or object, and as much again for it to grow. The role with 100,000
    /// targets has about 1,400,000. No limit reaches beyond 536,870,911, the count of the index.
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
pub(crate) const MAX_DEPTH: usize = 128;

/// Reads one document: the text as UTF-8, and the entries of every array and object in it.
pub(crate) fn read<'a>(json: &'a [u8], limits: &Limits) -> Result<(&'a str, Vec<Entry>), Error> {
    let limit = limits.bytes.min(widen(u32::MAX));
    if json.len() > limit {
        return Err(Error::TooLong { limit });
    }
    let text = str::from_utf8(json).map_err(|invalid| Error::Syntax {
        offset: invalid.valid_up_to(),
        expected: "UTF-8",
    })?;
    let nodes = limits.nodes.min(MAX_ENTRIES);
    let mut reader = Reader {
        text,
        bytes: json,
        // Metadata has an array or object in a hundred bytes or more, so that the index starts as a sixteenth of it.
        index: Vec::with_capacity((json.len() / 128).min(nodes)),
        spare: Vec::new(),
        spaced: 0,
        stained: 0,
        depth: limits.depth.min(MAX_DEPTH),
        nodes,
        left: nodes,
    };
    match reader.document() {
        Ok(()) => Ok((text, reader.index)),
        Err(error) => Err(*error),
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Each container before its content.
    index: Vec<Entry>,
    /// Room for the keys of one object, kept between objects.
    spare: Vec<(Cow<'a, str>, usize)>,
    /// The end of the last white space. A container that starts after it has none inside.
    spaced: usize,
    /// The end of the last thing that is not canonical for another reason than white space.
    stained: usize,
    depth: usize,
    nodes: usize,
    /// How many more values and names may come.
    left: usize,
}

/// Every function that reads something takes the offset at which it starts and gives the one behind it. The error is
/// boxed because it is rare: what is not is two words.
type Read<T> = Result<T, Box<Error>>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Read<()> {
        if self.text.starts_with('\u{feff}') {
            return Err(syntax(0, "a value, without a byte order mark"));
        }
        let at = self.space(0);
        let at = self.value(at, 0)?;
        let at = self.space(at);
        if at == self.bytes.len() {
            Ok(())
        } else {
            Err(syntax(at, "the end of the document"))
        }
    }

    /// Reads a value that is `level` containers deep.
    #[inline]
    fn value(&mut self, at: usize, level: usize) -> Read<usize> {
        match self.bytes.get(at) {
            Some(b'"') => Ok(self.string(at)?.0),
            Some(b'{') => self.object(at, level),
            Some(b'[') => self.array(at, level),
            Some(b'-' | b'0'..=b'9') => self.integer(at),
            _ => self.word(at),
        }
    }

    fn word(&self, at: usize) -> Read<usize> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let words: [&[u8]; 3] = [b"true", b"false", b"null"];
        match words.into_iter().find(|word| rest.starts_with(word)) {
            Some(word) => Ok(at.wrapping_add(word.len())),
            None => Err(syntax(at, "a value")),
        }
    }

    fn array(&mut self, start: usize, level: usize) -> Read<usize> {
        let (slot, level) = self.open(start, level)?;
        let mut at = self.space(start.wrapping_add(1));
        if self.bytes.get(at) != Some(&b']') {
            loop {
                self.count(at)?;
                at = self.value(at, level)?;
                at = self.space(at);
                match self.bytes.get(at) {
                    Some(b',') => at = self.space(at.wrapping_add(1)),
                    Some(b']') => break,
                    _ => return Err(syntax(at, "`,` or `]`")),
                }
            }
        }
        Ok(self.close(slot, start, at.wrapping_add(1), false))
    }

    fn object(&mut self, start: usize, level: usize) -> Read<usize> {
        let (slot, level) = self.open(start, level)?;
        let mut at = self.space(start.wrapping_add(1));
        let mut sorted = true;
        let mut previous: Option<Literal<'_>> = None;
        if self.bytes.get(at) != Some(&b'}') {
            loop {
                self.count(at)?;
                if self.bytes.get(at) != Some(&b'"') {
                    return Err(syntax(at, "a member name in quotes"));
                }
                let (end, escaped) = self.string(at)?;
                let inner = at.wrapping_add(1)..end.wrapping_sub(1);
                let key = Literal {
                    text: self.text.get(inner).unwrap_or_default(),
                    escaped,
                };
                sorted = sorted && previous.is_none_or(|previous| previous.cmp(key).is_lt());
                previous = Some(key);
                at = self.space(end);
                if self.bytes.get(at) != Some(&b':') {
                    return Err(syntax(at, "`:`"));
                }
                at = self.space(at.wrapping_add(1));
                self.count(at)?;
                at = self.value(at, level)?;
                at = self.space(at);
                match self.bytes.get(at) {
                    Some(b',') => at = self.space(at.wrapping_add(1)),
                    Some(b'}') => break,
                    _ => return Err(syntax(at, "`,` or `}`")),
                }
            }
        }
        at = at.wrapping_add(1);
        if !sorted {
            self.refuse_duplicates(slot, start)?;
            self.stained = at;
        }
        Ok(self.close(slot, start, at, sorted))
    }

    /// Takes the next place in the index, so that what is inside a container comes after it.
    fn open(&mut self, start: usize, level: usize) -> Read<(usize, usize)> {
        if level >= self.depth {
            return Err(Box::new(Error::TooDeep {
                limit: self.depth,
                offset: start,
            }));
        }
        let slot = self.index.len();
        self.index.push(Entry::default());
        Ok((slot, level.wrapping_add(1)))
    }

    /// Enters the container in its place, with what came into the index since inside it.
    fn close(&mut self, slot: usize, start: usize, end: usize, sorted: bool) -> usize {
        let form = if self.stained > start {
            Form::Other
        } else if self.spaced > start {
            Form::Spaced
        } else {
            Form::Canonical
        };
        let inside = self.index.len().wrapping_sub(slot).wrapping_sub(1);
        if let Some(place) = self.index.get_mut(slot) {
            *place = Entry::new(end, inside, sorted, form);
        }
        end
    }

    #[inline]
    fn count(&mut self, at: usize) -> Read<()> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Box::new(Error::TooManyNodes {
                limit: self.nodes,
                offset: at,
            })),
        }
    }

    /// Reads the string whose opening quote is here; says whether it has escapes.
    #[inline]
    fn string(&mut self, at: usize) -> Read<(usize, bool)> {
        let end = scan::ordinary(self.bytes, at.wrapping_add(1));
        if self.bytes.get(end) == Some(&b'"') {
            Ok((end.wrapping_add(1), false))
        } else {
            self.escapes(end)
        }
    }

    /// Reads the rest of a string from its first byte that is special.
    fn escapes(&mut self, mut at: usize) -> Read<(usize, bool)> {
        loop {
            match self.bytes.get(at) {
                Some(b'"') => return Ok((at.wrapping_add(1), true)),
                Some(b'\\') => at = scan::ordinary(self.bytes, self.escape(at)?),
                Some(_) => return Err(syntax(at, "control characters in strings to be escaped")),
                None => return Err(syntax(at, "a closing quote")),
            }
        }
    }

    fn escape(&mut self, at: usize) -> Read<usize> {
        let escape = self.text.get(at.wrapping_add(1)..).unwrap_or_default();
        let (_, rest) = unescape(escape).map_err(|expected| syntax(at, expected))?;
        let end = self.text.len().wrapping_sub(rest.len());
        // OLPC has two escapes; every other character stands for itself.
        if !escape.starts_with(['"', '\\']) {
            self.stained = end;
        }
        Ok(end)
    }

    fn integer(&self, start: usize) -> Read<usize> {
        let negative = self.bytes.get(start) == Some(&b'-');
        let first = start.wrapping_add(usize::from(negative));
        let end = scan::digits(self.bytes, first);
        let digits = self.bytes.get(first..end).unwrap_or_default();
        match (digits, self.bytes.get(end)) {
            ([], _) => Err(syntax(first, "a digit")),
            ([b'0', _, ..], _) => Err(syntax(start, "a number without leading zeros")),
            (_, Some(b'.' | b'e' | b'E')) => Err(Box::new(Error::NotAnInteger { offset: start })),
            ([b'0'], _) if negative => Err(Box::new(Error::NotAnInteger { offset: start })),
            _ => Ok(end),
        }
    }

    /// Sorting makes this `n log n` whatever the order of the members, and resolving the escapes of a name once makes
    /// every comparison cheap.
    #[cold]
    fn refuse_duplicates(&mut self, slot: usize, start: usize) -> Read<()> {
        let inside = self.index.get(slot.wrapping_add(1)..).unwrap_or_default();
        let mut walk = Walk::new(self.text, start.wrapping_add(1), inside);
        self.spare.clear();
        while let Some(key) = walk.next() {
            self.spare
                .push((key.literal(self.text).decode(), key.start));
            walk.next();
        }
        self.spare.sort_unstable();
        let repeated = self.spare.windows(2).filter_map(|pair| match pair {
            [a, b] if a.0 == b.0 => Some(b),
            _ => None,
        });
        match repeated.min_by_key(|(_, offset)| *offset) {
            None => Ok(()),
            Some((key, offset)) => Err(Box::new(Error::DuplicateKey {
                key: key.clone().into_owned(),
                offset: *offset,
            })),
        }
    }

    #[inline]
    fn space(&mut self, at: usize) -> usize {
        let end = scan::space(self.bytes, at);
        if end != at {
            self.spaced = end;
        }
        end
    }
}

#[cold]
fn syntax(offset: usize, expected: &'static str) -> Box<Error> {
    Box::new(Error::Syntax { offset, expected })
}
