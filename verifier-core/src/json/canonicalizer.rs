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

struct Canonicalizer<'a> {
    input: &'a str,
    /// Bytes of `input` already read.
    at: usize,
    out: String,
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
    fn fail<T>(&self, words: &'static str) -> Result<T, JsonError> {
        Err(JsonError { words, offset: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.input.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.input.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    fn expect(&mut self, byte: u8, words: &'static str) -> Result<(), JsonError> {
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
        self.expect(b':', "no `:` after a name")?;
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

    fn string(&mut self) -> Result<(), JsonError> {
        self.advance(1);
        self.out.push('"');
        loop {
            let run = self.rest().iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let Some(run) = run else {
                return self.fail("the text ends inside of a string");
            };
            let end = self.at.saturating_add(run);
            self.out.push_str(self.input.get(self.at..end).unwrap_or_default());
            self.at = end;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                _ => return self.fail("a control character inside of a string"),
            }
        }
        self.advance(1);
        self.out.push('"');
        Ok(())
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.advance(1);
        let plain = match self.peek() {
            Some(b'"') => "\\\"",
            Some(b'\\') => "\\\\",
            Some(b'/') => "/",
            Some(b'b') => "\u{8}",
            Some(b'f') => "\u{c}",
            Some(b'n') => "\n",
            Some(b'r') => "\r",
            Some(b't') => "\t",
            Some(b'u') => return self.unicode_escape(),
            _ => return self.fail("an unknown escape in a string"),
        };
        self.advance(1);
        self.out.push_str(plain);
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<(), JsonError> {
        let high = self.code_unit()?;
        let character = match high {
            0xd800..=0xdbff => {
                if !self.rest().starts_with(b"\\u") {
                    return self.fail("a lone surrogate in a string");
                }
                self.advance(1);
                let low = self.code_unit()?;
                char::decode_utf16([high, low]).next().and_then(Result::ok)
            }
            unit => char::from_u32(u32::from(unit)),
        };
        match character {
            Some(quoted @ ('"' | '\\')) => {
                self.out.push('\\');
                self.out.push(quoted);
            }
            Some(plain) => self.out.push(plain),
            None => return self.fail("a lone surrogate in a string"),
        }
        Ok(())
    }

    /// Reads `u` and four hexadecimal digits.
    fn code_unit(&mut self) -> Result<u16, JsonError> {
        self.advance(1);
        let mut unit = 0_u16;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit.and_then(|digit| u16::try_from(digit).ok()) else {
                return self.fail("no four hexadecimal digits after \\u");
            };
            unit = (unit << 4) | digit;
            self.advance(1);
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.advance(1);
        }
        match self.peek() {
            Some(b'0') if self.at > start => return self.fail("a number that begins with -0"),
            Some(b'0') => self.advance(1),
            Some(b'1'..=b'9') => {
                let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
                self.advance(digits);
            }
            _ => return self.fail("no digit in a number"),
        }
        match self.peek() {
            Some(b'.' | b'e' | b'E') => return self.fail("a number with a fraction or an exponent"),
            Some(b'0'..=b'9') => return self.fail("a number that begins with 0"),
            _ => {}
        }
        self.out.push_str(self.input.get(start..self.at).unwrap_or_default());
        Ok(())
    }

    fn literal(&mut self, word: &'static str) -> Result<(), JsonError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return self.fail("no JSON value");
        }
        self.advance(word.len());
        self.out.push_str(word);
        Ok(())
    }
}
