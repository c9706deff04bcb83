//! JSON read again, by another parser and into a tree.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Levels of arrays and objects that the verifier reads.
const MAX_DEPTH: usize = 128;

/// A value of the strict subset: no name twice in one object, no fraction, no exponent, no `-0`, at most 128 levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A number or a literal, as it is written.
    Scalar(String),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Tree>),
    /// An object, in the order in which it is written.
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// Bytes become a tree. `None` where they are not JSON of the strict subset.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        grown(serde_json::from_str(text).ok()?, 0)
    }

    /// OLPC canonical JSON: members sorted by code point, no white space, two escapes.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Scalar(text) => text.clone(),
            Self::Text(text) => quoted(text),
            Self::Array(items) => {
                format!("[{}]", items.iter().map(Self::canonical).collect::<Vec<_>>().join(","))
            }
            Self::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by_key(|(name, _)| name.chars().collect::<Vec<_>>());
                let member =
                    |(name, value): &(String, Self)| format!("{}:{}", quoted(name), value.canonical());
                format!("{{{}}}", sorted.into_iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// Whether a string of the tree has a control character below U+0020, which canonical JSON writes as it is.
    #[must_use]
    pub fn has_control_characters(&self) -> bool {
        let controls = |text: &str| text.chars().any(|character| character < ' ');
        match self {
            Self::Scalar(_) => false,
            Self::Text(text) => controls(text),
            Self::Array(items) => items.iter().any(Self::has_control_characters),
            Self::Object(members) => {
                members.iter().any(|(name, value)| controls(name) || value.has_control_characters())
            }
        }
    }

    /// The member of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    #[must_use]
    pub fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// The string that this is.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number that this is, from 0 to 2⁶⁴ − 1.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Scalar(text) => text.parse().ok(),
            _ => None,
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn grown(raw: &RawValue, depth: usize) -> Option<Tree> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'{' | b'[' if depth >= MAX_DEPTH => None,
        b'{' => {
            let Members(members) = serde_json::from_str(text).ok()?;
            let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            if names.windows(2).any(|pair| pair[0] == pair[1]) {
                return None;
            }
            let grow = |(name, value)| Some((name, grown(value, depth + 1)?));
            members.into_iter().map(grow).collect::<Option<_>>().map(Tree::Object)
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            items.into_iter().map(|item| grown(item, depth + 1)).collect::<Option<_>>().map(Tree::Array)
        }
        b'"' => serde_json::from_str(text).ok().map(Tree::Text),
        b't' | b'f' | b'n' => Some(Tree::Scalar(text.into())),
        _ => (text != "-0" && !text.contains(['.', 'e', 'E'])).then(|| Tree::Scalar(text.into())),
    }
}

/// The members of an object as they are written, a name that is there twice included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
