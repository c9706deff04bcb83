//! Text of others, as a terminal and the log of a job may have it.

/// The text on one line, with everything that a terminal obeys, that cannot be seen, or that turns the direction of writing,
/// shown as an escape. A second `#` is one too: `##[error]` and `##vso[…]` within a line are commands to the runners of jobs.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            '#' if shown.ends_with('#') => shown.extend(character.escape_unicode()),
            hidden if is_hidden(hidden) => shown.extend(hidden.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

/// As [`printable`], of a line whose columns are separated by tabs, and as [`at_line_start`].
pub(crate) fn printable_line(text: &str) -> String {
    let columns: Vec<String> = text.split('\t').map(printable).collect();
    at_line_start(columns.join("\t"))
}

/// A text that begins a line: `::` there is a command to the runner of a GitHub job, after spaces too.
pub(crate) fn at_line_start(text: String) -> String {
    let rest = text.trim_start();
    match rest.strip_prefix("::") {
        Some(after) => format!("{}\\u{{3a}}:{after}", &text[..text.len() - rest.len()]),
        None => text,
    }
}

/// JSON that says the same, with everything that [`printable`] escapes as JSON has it.
pub(crate) fn printable_json(text: &str) -> String {
    let has_command = text.contains("##");
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            '#' if has_command => shown.push_str("\\u0023"),
            hidden if is_hidden(hidden) => shown.push_str(&escaped(hidden)),
            plain => shown.push(plain),
        }
    }
    shown
}

fn escaped(character: char) -> String {
    character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// Whether a character moves the cursor, or cannot be told from nothing or from a space.
fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    let after = HIDDEN.partition_point(|(first, _)| *first <= code);
    let range = after.checked_sub(1).and_then(|at| HIDDEN.get(at));
    character.is_control() || range.is_some_and(|(_, last)| code <= *last)
}

/// First and last character of each range, in order: the property `Default_Ignorable_Code_Point` and the general categories
/// Cf, Zl, Zp and Zs without U+0020, of DerivedCoreProperties.txt and UnicodeData.txt of Unicode 16.0; and U+2800, a blank of
/// category So.
const HIDDEN: [(u32, u32); 29] = [
    (0x00a0, 0x00a0),
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0600, 0x0605),
    (0x061c, 0x061c),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x0890, 0x0891),
    (0x08e2, 0x08e2),
    (0x115f, 0x1160),
    (0x1680, 0x1680),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
];
