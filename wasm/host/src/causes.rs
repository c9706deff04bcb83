//! Errors in words.

use std::error::Error;

/// The error with everything that caused it, for people: one line that a terminal shows as it is.
///
/// Each cause follows its effect, after a colon. Servers and metadata have a say in the text: ends of lines and tabs
/// become spaces; other control characters, and those that turn the direction of writing, are shown as escapes.
///
/// ```
/// use tuf_verifier_host::{SourceError, with_causes};
///
/// let error = SourceError::from_read("https://repository.example/a", std::io::Error::other("reset"));
/// assert_eq!(with_causes(&error), "cannot read https://repository.example/a: reset");
/// ```
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(": {error}"));
        cause = error.source();
    }
    on_one_line(&words)
}

fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => line.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                line.extend(character.escape_unicode())
            }
            control if control.is_control() => line.extend(control.escape_unicode()),
            plain => line.push(plain),
        }
    }
    line
}
