//! A string of canonical text.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The content of a string of canonical text: only `"` and `\` are escaped, by a `\` before them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// The empty string.
    pub(crate) const EMPTY: Self = Self("");

    /// The escaped content between the quotes.
    pub(super) fn escaped(content: &'a str) -> Self {
        Self(content)
    }

    /// The string that is meant.
    pub(crate) fn plain(self) -> Cow<'a, str> {
        if !self.0.contains('\\') {
            return Cow::Borrowed(self.0);
        }
        let mut plain = String::with_capacity(self.0.len());
        let mut characters = self.0.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => plain.extend(characters.next()),
                other => plain.push(other),
            }
        }
        Cow::Owned(plain)
    }

    /// Whether this is the string meant by `plain`.
    pub(crate) fn is(self, plain: &str) -> bool {
        self.cmp_plain(plain).is_eq()
    }

    /// Compares with a plain string, by code point.
    pub(crate) fn cmp_plain(self, plain: &str) -> Ordering {
        self.bytes().cmp(plain.bytes())
    }

    /// Compares with two plain strings, one behind the other, by code point.
    pub(crate) fn cmp_joined(self, first: &str, second: &str) -> Ordering {
        self.bytes().cmp(first.bytes().chain(second.bytes()))
    }

    /// Compares two strings, by code point.
    pub(crate) fn cmp(&self, other: &Self) -> Ordering {
        cmp_escaped(self.0.as_bytes(), other.0.as_bytes())
    }

    /// Whether a string is there twice.
    pub(crate) fn any_twice(mut texts: Vec<Self>) -> bool {
        texts.sort_unstable_by(Self::cmp);
        texts.iter().zip(texts.iter().skip(1)).any(|(one, other)| one.cmp(other).is_eq())
    }

    /// The bytes of the string that is meant. UTF-8 keeps the order of code points.
    fn bytes(self) -> impl Iterator<Item = u8> + 'a {
        unescaped(self.0.as_bytes())
    }
}

/// Compares the escaped contents of two strings, by code point of what is meant.
pub(super) fn cmp_escaped(one: &[u8], other: &[u8]) -> Ordering {
    match one.contains(&b'\\') || other.contains(&b'\\') {
        false => one.cmp(other),
        true => unescaped(one).cmp(unescaped(other)),
    }
}

fn unescaped(content: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut bytes = content.iter().copied();
    core::iter::from_fn(move || match bytes.next() {
        Some(b'\\') => bytes.next(),
        other => other,
    })
}
