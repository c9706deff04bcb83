//! Reads canonical text value by value.

use super::scan::quote_or_escape;
use super::text::Text;

/// A place in canonical text. The text is well-formed: what is left to find out is the type of each value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The place after `at` bytes of canonical text, which is before a value.
    pub(crate) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// Bytes of the text before this place.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Enters an object. `None` where the value is none.
    pub(crate) fn object(&mut self) -> Option<()> {
        self.take(b'{')
    }

    /// Enters an array. `None` where the value is none.
    pub(crate) fn array(&mut self) -> Option<()> {
        self.take(b'[')
    }

    /// The next name of the object entered, before its value; `None` leaves the object at its end.
    pub(crate) fn name(&mut self) -> Option<Text<'a>> {
        if self.take(b'}').is_some() {
            return None;
        }
        let _ = self.take(b',');
        let name = self.string()?;
        self.take(b':')?;
        Some(name)
    }

    /// Like [`name`](Self::name), but returns where the name stands.
    pub(crate) fn name_at(&mut self) -> Option<usize> {
        let comma = usize::from(self.peek() == Some(b','));
        let at = self.at.saturating_add(comma);
        self.name().map(|_| at)
    }

    /// Whether the array entered has a next item, before it; `false` leaves the array at its end.
    pub(crate) fn item(&mut self) -> bool {
        if self.take(b']').is_some() {
            return false;
        }
        let _ = self.take(b',');
        self.peek().is_some()
    }

    /// The items of an array that is known to be one of such items: it ends where one cannot be read.
    pub(crate) fn items<Item, Error>(
        mut self,
        read: impl Fn(&mut Self) -> Result<Item, Error>,
    ) -> impl Iterator<Item = Item> {
        let entered = self.array();
        core::iter::from_fn(move || {
            entered?;
            if self.item() { read(&mut self).ok() } else { None }
        })
    }

    /// Reads a string. `None` where the value is none.
    pub(crate) fn string(&mut self) -> Option<Text<'a>> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let run = quote_or_escape(rest)?;
            self.advance(run);
            if self.peek() == Some(b'"') {
                break;
            }
            self.advance(2);
        }
        let content = self.text.get(start..self.at)?;
        self.advance(1);
        Some(Text::escaped(content))
    }

    /// Reads an integer, as text. `None` where the value is none.
    pub(crate) fn integer(&mut self) -> Option<&'a str> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => Some(self.skip()),
            _ => None,
        }
    }

    /// Reads an integer from 0 to 2⁶⁴ − 1. `None` where the value is none.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        self.integer()?.parse().ok()
    }

    /// Reads a boolean. `None` where the value is none.
    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.peek() {
            Some(b't' | b'f') => Some(self.skip() == "true"),
            _ => None,
        }
    }

    /// Passes over a value and returns its text.
    pub(crate) fn skip(&mut self) -> &'a str {
        let start = self.at;
        let mut depth = 0_u32;
        loop {
            match self.peek() {
                Some(b'"') => {
                    if self.string().is_none() {
                        self.at = self.text.len();
                    }
                }
                Some(b'{' | b'[') => {
                    depth = depth.saturating_add(1);
                    self.advance(1);
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.advance(1);
                }
                Some(b',' | b':') => self.advance(1),
                Some(_) => self.scalar(),
                None => break,
            }
            if depth == 0 {
                break;
            }
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Passes over a number or a literal.
    fn scalar(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|byte| matches!(byte, b',' | b']' | b'}'));
        self.advance(end.unwrap_or(rest.len()));
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.advance(1))
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }
}
