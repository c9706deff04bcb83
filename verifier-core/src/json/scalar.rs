//! Strings, numbers and literals of received JSON text become canonical.

use super::canonicalizer::{Canonicalizer, JsonError};
use super::scan::plain_run;

impl Canonicalizer {
    pub(super) fn string(&mut self) -> Result<(), JsonError> {
        self.keep(1);
        loop {
            let run = plain_run(self.rest());
            if !run.is_ascii {
                self.characters(run.length)?;
            }
            self.keep(run.length);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return self.fail("a control character inside of a string"),
                None => return self.fail("the text ends inside of a string"),
            }
        }
        self.keep(1);
        Ok(())
    }

    /// Sees that the next bytes are characters.
    fn characters(&self, bytes: usize) -> Result<(), JsonError> {
        let run = self.rest().get(..bytes).unwrap_or_default();
        core::str::from_utf8(run).map(drop).map_err(|error| JsonError {
            words: "invalid UTF-8",
            offset: self.at.saturating_add(error.valid_up_to()),
        })
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.skip(1);
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
        self.skip(1);
        self.write(plain.as_bytes());
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<(), JsonError> {
        let high = self.code_unit()?;
        let character = match high {
            0xd800..=0xdbff => {
                if !self.rest().starts_with(b"\\u") {
                    return self.fail("a lone surrogate in a string");
                }
                self.skip(1);
                let low = self.code_unit()?;
                char::decode_utf16([high, low]).next().and_then(Result::ok)
            }
            unit => char::from_u32(u32::from(unit)),
        };
        match character {
            Some('"') => self.write(b"\\\""),
            Some('\\') => self.write(b"\\\\"),
            Some(plain) => self.write(plain.encode_utf8(&mut [0; 4]).as_bytes()),
            None => return self.fail("a lone surrogate in a string"),
        }
        Ok(())
    }

    /// Reads `u` and four hexadecimal digits.
    fn code_unit(&mut self) -> Result<u16, JsonError> {
        self.skip(1);
        let mut unit = 0_u16;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit.and_then(|digit| u16::try_from(digit).ok()) else {
                return self.fail("no four hexadecimal digits after \\u");
            };
            unit = (unit << 4) | digit;
            self.skip(1);
        }
        Ok(unit)
    }

    pub(super) fn number(&mut self) -> Result<(), JsonError> {
        let is_negative = self.peek() == Some(b'-');
        if is_negative {
            self.keep(1);
        }
        match self.peek() {
            Some(b'0') if is_negative => return self.fail("a number that begins with -0"),
            Some(b'0') => self.keep(1),
            Some(b'1'..=b'9') => {
                let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
                self.keep(digits);
            }
            _ => return self.fail("no digit in a number"),
        }
        match self.peek() {
            Some(b'.' | b'e' | b'E') => self.fail("a number with a fraction or an exponent"),
            Some(b'0'..=b'9') => self.fail("a number that begins with 0"),
            _ => Ok(()),
        }
    }

    pub(super) fn literal(&mut self, word: &'static str) -> Result<(), JsonError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return self.fail("no JSON value");
        }
        self.keep(word.len());
        Ok(())
    }
}
