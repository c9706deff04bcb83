//! Words for one line.

use std::error::Error;

/// Bytes of a line at most. containerd keeps 32 KiB of what it is told.
const LONGEST: usize = 4_096;

/// Printable ASCII on one line: parts come from registries and repositories, and end in terminals and logs.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for character in text.chars() {
        match character {
            ' '..='~' => line.push(character),
            '\n' | '\r' | '\t' => line.push(' '),
            _ => line.extend(character.escape_unicode()),
        }
        if line.len() > LONGEST {
            line.push_str("...");
            break;
        }
    }
    line
}

/// The error with everything that caused it.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(": {error}"));
        cause = error.source();
    }
    words
}
