//! Path patterns matched by a table: slow, and plainly right.

/// One element of a pattern.
enum Element {
    /// `*`
    Many,
    /// `?`
    Any,
    /// A character that stands for itself.
    One(char),
    /// `[…]`: ranges of characters.
    Among(Vec<(char, char)>),
    /// `[!…]`
    Outside(Vec<(char, char)>),
}

/// Whether a pattern covers a path: segment by segment, as glob(7) says.
#[must_use]
pub fn covers(pattern: &str, path: &str) -> bool {
    let patterns: Vec<&str> = pattern.split('/').collect();
    let segments: Vec<&str> = path.split('/').collect();
    patterns.len() == segments.len()
        && patterns.iter().zip(&segments).all(|(pattern, segment)| covers_segment(pattern, segment))
}

/// `reached[n]`: the elements so far cover the first `n` characters.
fn covers_segment(pattern: &str, segment: &str) -> bool {
    let characters: Vec<char> = segment.chars().collect();
    let mut reached = vec![false; characters.len() + 1];
    reached[0] = true;
    for element in elements(&pattern.chars().collect::<Vec<_>>()) {
        let mut next = vec![false; characters.len() + 1];
        for (at, _) in reached.iter().enumerate().filter(|(_, reached)| **reached) {
            if let Element::Many = element {
                next[at..].fill(true);
            } else if characters.get(at).is_some_and(|character| element.covers(*character)) {
                next[at + 1] = true;
            }
        }
        reached = next;
    }
    reached[characters.len()]
}

impl Element {
    fn covers(&self, character: char) -> bool {
        let among = |ranges: &[(char, char)]| {
            ranges.iter().any(|(first, last)| *first <= character && character <= *last)
        };
        match self {
            Self::Many | Self::Any => true,
            Self::One(one) => *one == character,
            Self::Among(ranges) => among(ranges),
            Self::Outside(ranges) => !among(ranges),
        }
    }
}

fn elements(pattern: &[char]) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut at = 0;
    while let Some(character) = pattern.get(at) {
        let (element, length) = match character {
            '*' => (Element::Many, 1),
            '?' => (Element::Any, 1),
            '[' => set(&pattern[at..]).unwrap_or((Element::One('['), 1)),
            other => (Element::One(*other), 1),
        };
        elements.push(element);
        at += length;
    }
    elements
}

/// The set that a pattern begins with, and its length. A set has one member at least, so that `]` may be its first.
fn set(pattern: &[char]) -> Option<(Element, usize)> {
    let outside = pattern.get(1) == Some(&'!');
    let first = if outside { 2 } else { 1 };
    let end = (first + 1..pattern.len()).find(|at| pattern[*at] == ']')?;
    let ranges = ranges(&pattern[first..end]);
    Some((if outside { Element::Outside(ranges) } else { Element::Among(ranges) }, end + 1))
}

fn ranges(members: &[char]) -> Vec<(char, char)> {
    match members {
        [first, '-', last, rest @ ..] => [vec![(*first, *last)], ranges(rest)].concat(),
        [one, rest @ ..] => [vec![(*one, *one)], ranges(rest)].concat(),
        [] => Vec::new(),
    }
}
