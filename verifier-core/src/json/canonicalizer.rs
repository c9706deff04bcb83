//! Received JSON text becomes canonical text, in one pass.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::text::Text;

/// Levels of arrays and objects that are read.
const MAX_DEPTH: u32 = 128;

/// Why text is not JSON of the strict subset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// What is wrong, in words.
    pub(crate) words: &'static str,
    /// Bytes of the received text before the place.
    pub(crate) offset: usize,
}

/// Received bytes become canonical text.
pub(crate) fn canonical(received: &[u8]) -> Result<String, JsonError> {
    let input = core::str::from_utf8(received)
        .map_err(|error| JsonError { words: "invalid UTF-8", offset: error.valid_up_to() })?;
    let mut canonicalizer = Canonicalizer {
        input,
        at: 0,
        out: String::with_capacity(input.len()),
        members: Vec::new(),
        depth: 0,
    };
    canonicalizer.white_space();
    canonicalizer.value()?;
    canonicalizer.white_space();
    match canonicalizer.peek() {
        None => Ok(canonicalizer.out),
        Some(_) => canonicalizer.fail("text after the end of the JSON value"),
    }
}

/// Where the reader and the writer are.
pub(super) struct Canonicalizer<'a> {
    pub(super) input: &'a str,
    /// Bytes of `input` already read.
    pub(super) at: usize,
    pub(super) out: String,
    /// Members of the objects that are open, the innermost last.
    members: Vec<Member>,
    depth: u32,
}

/// Where one member of an object stands in the output.
#[derive(Clone, Copy)]
struct Member {
    /// The opening quote of its name.
    start: usize,
    /// After the closing quote of its name.
    name_end: usize,
    /// After its value.
    end: usize,
}

impl Canonicalizer<'_> {
    pub(super) fn fail<T>(&self, words: &'static str) -> Result<T, JsonError> {
        Err(JsonError { words, offset: self.at })
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.input.as_bytes().get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.input.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    fn demand(&mut self, byte: u8, words: &'static str) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return self.fail(words);
        }
        self.advance(1);
        Ok(())
    }

    fn value(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(_) => self.fail("no JSON value"),
            None => self.fail("the text ends where a JSON value should be"),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<(), JsonError>) -> Result<(), JsonError> {
        if self.depth >= MAX_DEPTH {
            return self.fail("nested more than 128 levels deep");
        }
        self.depth = self.depth.saturating_add(1);
        self.advance(1);
        self.white_space();
        read(self)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn array(&mut self) -> Result<(), JsonError> {
        self.out.push('[');
        if self.peek() == Some(b']') {
            self.advance(1);
            self.out.push(']');
            return Ok(());
        }
        loop {
            self.white_space();
            self.value()?;
            self.white_space();
            match self.peek() {
                Some(b',') => self.out.push(','),
                Some(b']') => break,
                _ => return self.fail("neither `,` nor `]` after an item of an array"),
            }
            self.advance(1);
        }
        self.advance(1);
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self) -> Result<(), JsonError> {
        self.out.push('{');
        if self.peek() == Some(b'}') {
            self.advance(1);
            self.out.push('}');
            return Ok(());
        }
        let first = self.members.len();
        let mut sorted = true;
        loop {
            self.white_space();
            let member = self.member()?;
            if let Some(previous) = self.members.get(first..).and_then(|open| open.last()) {
                match self.compare(previous, &member) {
                    Ordering::Less => {}
                    Ordering::Equal => return self.fail("the same name twice in one object"),
                    Ordering::Greater => sorted = false,
                }
            }
            self.members.push(member);
            self.white_space();
            match self.peek() {
                Some(b',') => self.out.push(','),
                Some(b'}') => break,
                _ => return self.fail("neither `,` nor `}` after a member of an object"),
            }
            self.advance(1);
        }
        if !sorted {
            self.sort(first)?;
        }
        self.members.truncate(first);
        self.advance(1);
        self.out.push('}');
        Ok(())
    }

    fn member(&mut self) -> Result<Member, JsonError> {
        let start = self.out.len();
        if self.peek() != Some(b'"') {
            return self.fail("no name where a member of an object should be");
        }
        self.string()?;
        let name_end = self.out.len();
        self.white_space();
        self.demand(b':', "no `:` after a name")?;
        self.out.push(':');
        self.white_space();
        self.value()?;
        Ok(Member { start, name_end, end: self.out.len() })
    }

    fn name(&self, member: &Member) -> Text<'_> {
        let quoted = self.out.get(member.start..member.name_end).unwrap_or_default();
        Text::quoted(quoted)
    }

    /// Compares two names by code point.
    fn compare(&self, one: &Member, other: &Member) -> Ordering {
        self.name(one).cmp(&self.name(other))
    }

    /// Puts the members of the innermost object, which begin at `first`, in the order of their names.
    fn sort(&mut self, first: usize) -> Result<(), JsonError> {
        let mut open = self.members.split_off(first);
        let body = open.first().map_or(self.out.len(), |member| member.start);
        open.sort_unstable_by(|one, other| self.compare(one, other));
        if open.iter().zip(open.iter().skip(1)).any(|(one, other)| self.compare(one, other).is_eq()) {
            return self.fail("the same name twice in one object");
        }
        let mut ordered = String::with_capacity(self.out.len().saturating_sub(body));
        for member in &open {
            if !ordered.is_empty() {
                ordered.push(',');
            }
            ordered.push_str(self.out.get(member.start..member.end).unwrap_or_default());
        }
        self.out.truncate(body);
        self.out.push_str(&ordered);
        Ok(())
    }
}
