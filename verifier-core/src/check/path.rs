//! Target paths: which are safe, and which a path pattern covers (4.5, PATHPATTERN and TARGETPATH).

/// Whether a target path stays below its base: relative, of non-empty segments that are neither `.` nor `..`,
/// without backslash and control characters.
///
/// # Specification
/// 4.5, TARGETPATH.
#[must_use]
pub fn is_safe(path: &str) -> bool {
    let segment = |segment: &str| !matches!(segment, "" | "." | "..");
    path.split('/').all(segment) && !path.chars().any(|character| character == '\\' || character.is_control())
}

/// Whether a pattern covers a path.
///
/// Both are split at `/`; each segment of the pattern covers one segment of the path. In a segment `*` stands for
/// any characters, `?` for one, and `[…]` for one of a set, as in glob(7): `[!…]` for one outside of it, `a-z` for a
/// range, `]` at the beginning for itself. Nothing else is special, a leading `.` neither.
///
/// # Specification
/// 4.5, PATHPATTERN.
#[must_use]
pub fn covers(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if segment_covers(pattern, segment) => {}
            _ => return false,
        }
    }
}

/// Whether a pattern without `/` covers a segment. After a mismatch only the last `*` is stretched, so the time is
/// at most the product of the lengths.
fn segment_covers(pattern: &str, segment: &str) -> bool {
    let (mut pattern, mut characters) = (pattern, segment.chars());
    let mut stretch = None;
    loop {
        if let Some(rest) = pattern.strip_prefix('*') {
            stretch = Some((rest, characters.clone()));
            pattern = rest;
            continue;
        }
        match (Wildcard::read(pattern), characters.next()) {
            (None, None) => return true,
            (Some((wildcard, rest)), Some(character)) if wildcard.covers(character) => pattern = rest,
            _ => match &mut stretch {
                Some((rest, resume)) => {
                    if resume.next().is_none() {
                        return false;
                    }
                    pattern = rest;
                    characters = resume.clone();
                }
                None => return false,
            },
        }
    }
}

/// What one element of a pattern covers.
enum Wildcard<'a> {
    Any,
    One(char),
    Set { members: &'a str, complement: bool },
}

impl<'a> Wildcard<'a> {
    /// The first element of a pattern, which is no `*`, and the rest.
    fn read(pattern: &'a str) -> Option<(Self, &'a str)> {
        let mut characters = pattern.chars();
        let wildcard = match characters.next()? {
            '?' => Self::Any,
            '[' => match Self::set(characters.as_str()) {
                Some(found) => return Some(found),
                None => Self::One('['),
            },
            character => Self::One(character),
        };
        Some((wildcard, characters.as_str()))
    }

    /// The set after `[`. `None` where no `]` ends it: the `[` then stands for itself.
    fn set(after: &'a str) -> Option<(Self, &'a str)> {
        let complement = after.starts_with('!');
        let members = after.strip_prefix('!').unwrap_or(after);
        let mut rest = members.char_indices().skip(1);
        let (end, _) = rest.find(|(_, character)| *character == ']')?;
        let (members, rest) = members.split_at_checked(end)?;
        Some((Self::Set { members, complement }, rest.strip_prefix(']')?))
    }

    fn covers(&self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => *one == character,
            Self::Set { members, complement } => in_set(members, character) != *complement,
        }
    }
}

/// Whether a character is among the members of a set: characters and ranges.
fn in_set(members: &str, character: char) -> bool {
    let mut rest = members.chars();
    while let Some(first) = rest.next() {
        let mut range = rest.clone();
        let last = match (range.next(), range.next()) {
            (Some('-'), Some(last)) => {
                rest = range;
                last
            }
            _ => first,
        };
        if (first..=last).contains(&character) {
            return true;
        }
    }
    false
}
