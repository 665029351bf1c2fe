//! What the reader leaves behind: an entry for every array and object, so that a walk can step over them. Everything else
//! is found again by scanning the text, which costs less than remembering it.

use crate::literal::Literal;
use crate::scan;

/// An array or an object: where it ends, how many more are inside it, and what the reader learned about it. 8 bytes,
/// because hostile documents are mostly brackets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    end: u32,
    /// The number of entries after this one that are inside it, whether the members are in order, and the form.
    inside: u32,
}

/// How many entries can be counted in the bits that [`Entry`] has for it.
pub(crate) const MAX_ENTRIES: usize = (1 << 29) - 1;

/// How far the text of a value is from its OLPC form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// It is that form.
    Canonical,
    /// White space has to go.
    Spaced,
    /// Members have to be sorted or escapes to be resolved.
    Other,
}

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Integer,
    /// A string without escapes.
    Plain,
    Escaped,
    Array,
    /// An object whose members are in canonical order.
    SortedObject,
    Object,
}

impl Entry {
    pub(crate) fn new(end: usize, inside: usize, sorted: bool, form: Form) -> Self {
        // The reader sees to it that both fit.
        let narrow = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let form = match form {
            Form::Canonical => 0,
            Form::Spaced => 1,
            Form::Other => 2,
        };
        Self {
            end: narrow(end),
            inside: narrow(inside) << 3 | u32::from(sorted) << 2 | form,
        }
    }

    fn inside(self) -> usize {
        widen(self.inside >> 3)
    }

    fn is_sorted(self) -> bool {
        self.inside & 4 != 0
    }

    fn form(self) -> Form {
        match self.inside & 3 {
            0 => Form::Canonical,
            1 => Form::Spaced,
            _ => Form::Other,
        }
    }
}

/// A value in a checked text.
#[derive(Clone, Copy)]
pub(crate) struct Token<'d> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) shape: Shape,
    pub(crate) form: Form,
    /// The entries of everything inside it.
    pub(crate) inside: &'d [Entry],
}

impl<'d> Token<'d> {
    pub(crate) const NULL: Self = Self {
        start: 0,
        end: 0,
        shape: Shape::Null,
        form: Form::Canonical,
        inside: &[],
    };

    /// The value that starts at `start`, if any does, and the entries after those of the value.
    #[inline]
    fn read(text: &[u8], start: usize, entries: &'d [Entry]) -> Option<(Self, &'d [Entry])> {
        let scalar = |end, shape, form| Self {
            start,
            end,
            shape,
            form,
            inside: &[],
        };
        let first = text.get(start)?;
        let token = match first {
            b'"' => {
                let string = scan::string(text, start);
                let shape = if string.escaped {
                    Shape::Escaped
                } else {
                    Shape::Plain
                };
                let form = if string.canonical {
                    Form::Canonical
                } else {
                    Form::Other
                };
                scalar(string.end, shape, form)
            }
            b'{' | b'[' => {
                let (entry, rest) = entries.split_first()?;
                let (inside, rest) = rest.split_at_checked(entry.inside())?;
                let shape = match first {
                    b'[' => Shape::Array,
                    _ if entry.is_sorted() => Shape::SortedObject,
                    _ => Shape::Object,
                };
                let token = Self {
                    start,
                    end: widen(entry.end),
                    shape,
                    form: entry.form(),
                    inside,
                };
                return Some((token, rest));
            }
            b'n' => scalar(start.wrapping_add(4), Shape::Null, Form::Canonical),
            b't' => scalar(start.wrapping_add(4), Shape::Bool, Form::Canonical),
            b'f' => scalar(start.wrapping_add(5), Shape::Bool, Form::Canonical),
            _ => {
                let end = scan::digits(text, start.wrapping_add(1));
                scalar(end, Shape::Integer, Form::Canonical)
            }
        };
        Some((token, entries))
    }

    /// What stands between the quotes. For a string only.
    pub(crate) fn literal<'t>(&self, text: &'t str) -> Literal<'t> {
        let inner = self.start.wrapping_add(1)..self.end.wrapping_sub(1);
        Literal {
            text: text.get(inner).unwrap_or_default(),
            escaped: self.shape == Shape::Escaped,
        }
    }
}

/// Walks over the values directly inside an array or an object, names among them.
#[derive(Clone)]
pub(crate) struct Walk<'d> {
    text: &'d [u8],
    /// Behind the last value that was handed out.
    at: usize,
    entries: &'d [Entry],
}

impl<'d> Walk<'d> {
    /// A walk whose first value is the next one at or after `at`.
    pub(crate) fn new(text: &'d str, at: usize, entries: &'d [Entry]) -> Self {
        Self {
            text: text.as_bytes(),
            at,
            entries,
        }
    }

    /// The next value; `None` at the end of the container.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Token<'d>> {
        while let Some(b',' | b':' | b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at = scan::space(self.text, self.at.wrapping_add(1));
        }
        if let Some(b']' | b'}') = self.text.get(self.at) {
            return None;
        }
        let (token, rest) = Token::read(self.text, self.at, self.entries)?;
        self.at = token.end;
        self.entries = rest;
        Some(token)
    }
}

/// Loses nothing where addresses have 32 bits or more.
pub(crate) fn widen(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_8_bytes_and_forgets_nothing() {
        assert_eq!(size_of::<Entry>(), 8);
        for (end, inside) in [(0, 0), (widen(u32::MAX), MAX_ENTRIES), (7, 1)] {
            for sorted in [false, true] {
                for form in [Form::Canonical, Form::Spaced, Form::Other] {
                    let entry = Entry::new(end, inside, sorted, form);
                    assert_eq!(
                        (
                            widen(entry.end),
                            entry.inside(),
                            entry.is_sorted(),
                            entry.form()
                        ),
                        (end, inside, sorted, form)
                    );
                }
            }
        }
    }
}
