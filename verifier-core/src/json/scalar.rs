//! Strings, numbers and literals of received JSON text become canonical.

use super::canonicalizer::{Canonicalizer, JsonError};

impl Canonicalizer<'_> {
    pub(super) fn string(&mut self) -> Result<(), JsonError> {
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

    pub(super) fn number(&mut self) -> Result<(), JsonError> {
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

    pub(super) fn literal(&mut self, word: &'static str) -> Result<(), JsonError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return self.fail("no JSON value");
        }
        self.advance(word.len());
        self.out.push_str(word);
        Ok(())
    }
}
