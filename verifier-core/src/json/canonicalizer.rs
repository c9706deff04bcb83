//! Received JSON text becomes canonical text, in one pass and in the memory that it was received in.
//!
//! Canonical text is never longer than the text that it comes from: white space goes, escapes become what they stand for, and
//! nothing is added. So it is written over what was read before. Text that is canonical already is only read.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Range;

use super::text::cmp_escaped;

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

/// Canonical text.
pub(crate) struct Canonical {
    pub(crate) text: String,
    /// Where the members of the outermost object stand, names and values, in their order; none if the value is no object.
    pub(crate) members: Vec<Range<usize>>,
}

/// Received bytes become canonical text.
pub(crate) fn canonical(received: Vec<u8>) -> Result<Canonical, JsonError> {
    let mut canonicalizer = Canonicalizer {
        text: received,
        at: 0,
        from: 0,
        written: 0,
        open: Vec::new(),
        members: Vec::new(),
        depth: 0,
    };
    canonicalizer.white_space();
    canonicalizer.value()?;
    canonicalizer.white_space();
    match canonicalizer.peek() {
        None => canonicalizer.finish(),
        Some(_) => canonicalizer.fail("text after the end of the JSON value"),
    }
}

/// Where the reader and the writer are.
pub(super) struct Canonicalizer {
    /// Canonical text up to `written`, what was received from `from` on.
    pub(super) text: Vec<u8>,
    /// Bytes already read.
    pub(super) at: usize,
    /// Where the bytes begin that were read and that stay as they are, but were not moved yet. They are moved together: most
    /// tokens are a few bytes long.
    from: usize,
    /// Bytes already written: at most as many as were read.
    written: usize,
    /// Members of the objects that are open, the innermost last.
    open: Vec<Member>,
    /// Members of the outermost object, once it is closed.
    members: Vec<Range<usize>>,
    depth: u32,
}

/// Where one member of an object stands in the canonical text.
#[derive(Clone, Copy)]
struct Member {
    /// The opening quote of its name.
    start: usize,
    /// The closing quote of its name: names are compared often where they come unsorted.
    name_end: usize,
    /// After its value.
    end: usize,
}

impl Canonicalizer {
    /// The error of this place, unless what stands here is no character at all.
    pub(super) fn fail<T>(&self, words: &'static str) -> Result<T, JsonError> {
        let character = self.rest().get(..4).unwrap_or(self.rest());
        let is_none = core::str::from_utf8(character).is_err_and(|error| error.valid_up_to() == 0);
        Err(JsonError { words: if is_none { "invalid UTF-8" } else { words }, offset: self.at })
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Leaves the next bytes out.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.flush();
        self.at = self.at.saturating_add(bytes);
        self.from = self.at;
    }

    /// Lets the next bytes stay as they are.
    pub(super) fn keep(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// Moves the bytes that stay to where they belong.
    fn flush(&mut self) {
        if self.from != self.written && self.at <= self.text.len() && self.from <= self.at {
            self.text.copy_within(self.from..self.at, self.written);
        }
        self.written = self.place();
        self.from = self.at;
    }

    /// Where the next byte belongs.
    fn place(&self) -> usize {
        self.written.saturating_add(self.at.saturating_sub(self.from))
    }

    /// Writes bytes in the place of at least as many that were left out.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let end = self.written.saturating_add(bytes.len());
        if let Some(place) = self.text.get_mut(self.written..end) {
            place.copy_from_slice(bytes);
        }
        self.written = end;
    }

    fn finish(mut self) -> Result<Canonical, JsonError> {
        self.flush();
        self.text.truncate(self.written);
        // Every string was checked where it was read; the rest is ASCII.
        let text = String::from_utf8(self.text).map_err(|error| JsonError {
            words: "invalid UTF-8",
            offset: error.utf8_error().valid_up_to(),
        })?;
        Ok(Canonical { text, members: self.members })
    }

    fn white_space(&mut self) {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let bytes = self.rest().iter().take_while(blank).count();
        if bytes > 0 {
            self.skip(bytes);
        }
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

    /// Reads an object or an array, and its opening bracket.
    fn nested(&mut self, read: fn(&mut Self) -> Result<(), JsonError>) -> Result<(), JsonError> {
        if self.depth >= MAX_DEPTH {
            return self.fail("nested more than 128 levels deep");
        }
        self.depth = self.depth.saturating_add(1);
        self.keep(1);
        self.white_space();
        read(self)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn array(&mut self) -> Result<(), JsonError> {
        if self.peek() == Some(b']') {
            self.keep(1);
            return Ok(());
        }
        loop {
            self.white_space();
            self.value()?;
            self.white_space();
            match self.peek() {
                Some(b',') => self.keep(1),
                Some(b']') => break,
                _ => return self.fail("neither `,` nor `]` after an item of an array"),
            }
        }
        self.keep(1);
        Ok(())
    }

    fn object(&mut self) -> Result<(), JsonError> {
        if self.peek() == Some(b'}') {
            self.keep(1);
            return Ok(());
        }
        let first = self.open.len();
        let mut previous: Option<Range<usize>> = None;
        let mut sorted = true;
        loop {
            self.white_space();
            let start = self.place();
            let name = self.name()?;
            if let Some(previous) = previous {
                self.flush();
                match cmp_escaped(self.slice(&previous), self.slice(&name)) {
                    Ordering::Less => {}
                    Ordering::Equal => return self.fail("the same name twice in one object"),
                    Ordering::Greater => sorted = false,
                }
            }
            let name_end = name.end;
            previous = Some(name);
            self.value()?;
            self.open.push(Member { start, name_end, end: self.place() });
            self.white_space();
            match self.peek() {
                Some(b',') => self.keep(1),
                Some(b'}') => break,
                _ => return self.fail("neither `,` nor `}` after a member of an object"),
            }
        }
        if !sorted {
            self.sort(first)?;
        }
        if self.depth == 1 {
            self.members = self.open.iter().map(|member| member.start..member.end).collect();
        }
        self.open.truncate(first);
        self.keep(1);
        Ok(())
    }

    /// Reads the name of a member and what stands between it and the value. Returns where the name's content is written.
    fn name(&mut self) -> Result<Range<usize>, JsonError> {
        let start = self.place().saturating_add(1);
        if self.peek() != Some(b'"') {
            return self.fail("no name where a member of an object should be");
        }
        self.string()?;
        let name = start..self.place().saturating_sub(1);
        self.white_space();
        if self.peek() != Some(b':') {
            return self.fail("no `:` after a name");
        }
        self.keep(1);
        self.white_space();
        Ok(name)
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The content of the name of a member.
    fn name_of(&self, member: &Member) -> &[u8] {
        self.slice(&(member.start.saturating_add(1)..member.name_end))
    }

    /// Puts the members of the innermost object, which begin at `first`, in the order of their names.
    fn sort(&mut self, first: usize) -> Result<(), JsonError> {
        self.flush();
        let mut members = self.open.split_off(first);
        members.sort_unstable_by(|one, other| cmp_escaped(self.name_of(one), self.name_of(other)));
        let twice = |(one, other)| cmp_escaped(self.name_of(one), self.name_of(other)).is_eq();
        if members.iter().zip(members.iter().skip(1)).any(twice) {
            return self.fail("the same name twice in one object");
        }
        let body = members.iter().map(|member| member.start).min().unwrap_or(self.written);
        match members.as_slice() {
            // Such is the envelope of many repositories, which is the whole file: no second copy of it is made.
            [now_first, _] => self.swap(body, now_first.start),
            _ => self.reorder(body, &members),
        }
        let mut start = body;
        self.open.extend(members.iter().map(|member| {
            let end = start.saturating_add(member.end.saturating_sub(member.start));
            let name_end = start.saturating_add(member.name_end.saturating_sub(member.start));
            let moved = Member { start, name_end, end };
            start = end.saturating_add(1);
            moved
        }));
        Ok(())
    }

    /// Swaps two members, the second of which begins at `second`, and the comma between them.
    fn swap(&mut self, body: usize, second: usize) {
        let (length, middle) = (self.written.saturating_sub(second), second.saturating_sub(body));
        if let Some(members) = self.text.get_mut(body..self.written) {
            members.rotate_left(middle);
            if let Some(before) = members.get_mut(length..) {
                before.rotate_right(1);
            }
        }
    }

    /// Writes members in another order, with commas between them.
    fn reorder(&mut self, body: usize, members: &[Member]) {
        let mut ordered = Vec::with_capacity(self.written.saturating_sub(body));
        for member in members {
            if !ordered.is_empty() {
                ordered.push(b',');
            }
            ordered.extend_from_slice(self.slice(&(member.start..member.end)));
        }
        self.written = body;
        self.write(&ordered);
    }
}
