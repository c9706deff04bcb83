//! JSON that may be wrong on purpose: members in any order, any number of times, and any text as a value.

/// A JSON value, or what a test wants to stand in the place of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// Text that is written as it is: numbers, booleans, null, or anything that is no JSON at all.
    Raw(String),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object: its members in the order in which they are written.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Text that is written as it is.
    #[must_use]
    pub fn raw(text: &str) -> Self {
        Self::Raw(text.into())
    }

    /// An object of these members.
    pub fn object<K: Into<String>, V: Into<Json>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// An array of these elements.
    pub fn array<V: Into<Json>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::Array(elements.into_iter().map(Into::into).collect())
    }

    /// The member at the end of this path of keys and array indices.
    ///
    /// # Panics
    /// Where there is none.
    pub fn at(&mut self, path: &[&str]) -> &mut Self {
        let Some((step, rest)) = path.split_first() else { return self };
        let next = match self {
            Self::Object(members) => members.iter_mut().find(|(key, _)| key == step).map(|(_, value)| value),
            Self::Array(elements) => step.parse().ok().and_then(|index: usize| elements.get_mut(index)),
            Self::Raw(_) | Self::Text(_) => None,
        };
        next.unwrap_or_else(|| panic!("no member {step}")).at(rest)
    }

    /// Sets a member, in its place or at the end.
    ///
    /// # Panics
    /// Where this is no object.
    pub fn set(&mut self, key: &str, value: impl Into<Json>) -> &mut Self {
        let value = value.into();
        match self.members().iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => return self.push(key, value),
        }
        self
    }

    /// Adds a member at the end, even where there is one of this name.
    ///
    /// # Panics
    /// Where this is no object.
    pub fn push(&mut self, key: &str, value: impl Into<Json>) -> &mut Self {
        self.members().push((key.into(), value.into()));
        self
    }

    /// Removes every member of this name.
    ///
    /// # Panics
    /// Where this is no object.
    pub fn remove(&mut self, key: &str) -> &mut Self {
        self.members().retain(|(known, _)| known != key);
        self
    }

    /// The elements of an array.
    ///
    /// # Panics
    /// Where this is no array.
    pub fn elements(&mut self) -> &mut Vec<Json> {
        match self {
            Self::Array(elements) => elements,
            other => panic!("no array: {other:?}"),
        }
    }

    /// The members of an object.
    ///
    /// # Panics
    /// Where this is no object.
    pub fn members(&mut self) -> &mut Vec<(String, Json)> {
        match self {
            Self::Object(members) => members,
            other => panic!("no object: {other:?}"),
        }
    }

    /// This value as JSON text, in its own order.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Raw(text) => text.clone(),
            Self::Text(text) => quoted(text),
            Self::Array(elements) => {
                format!("[{}]", elements.iter().map(Self::text).collect::<Vec<_>>().join(", "))
            }
            Self::Object(members) => {
                let member = |(key, value): &(String, Json)| format!("{}: {}", quoted(key), value.text());
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// This value in OLPC canonical form: members sorted by code point, no space, only `"` and `\` escaped.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Raw(text) => text.clone(),
            Self::Text(text) => canonical_text(text),
            Self::Array(elements) => {
                format!("[{}]", elements.iter().map(Self::canonical).collect::<Vec<_>>().join(","))
            }
            Self::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
                let member =
                    |(key, value): &(String, Json)| format!("{}:{}", canonical_text(key), value.canonical());
                format!("{{{}}}", sorted.into_iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }
}

fn canonical_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Raw(number.to_string())
    }
}

impl From<bool> for Json {
    fn from(truth: bool) -> Self {
        Self::Raw(truth.to_string())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
