//! Words for one line.

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
