//! Checks that were not made as the specification demands.

use std::collections::BTreeSet;
use std::fmt;

use wasmtime::component::{ComponentType, Lift};

/// A check that was not made as the specification demands, and why. Prints the component's own sentence.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Waiver {
    /// Stable kebab-case code of the check.
    pub code: String,
    /// One English sentence for a person.
    pub message: String,
    /// The check.
    pub check: Waived,
    /// Why it was not made.
    pub why: Basis,
}

/// A check that was not made as the specification demands.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
pub enum Waived {
    /// Whether there is newer root metadata was not asked (5.3.3).
    #[component(name = "newer-root")]
    NewerRoot,
    /// Whether there is newer timestamp metadata was not asked (5.4.1).
    #[component(name = "newer-timestamp")]
    NewerTimestamp,
    /// The root chain ended at the limit, before its newest root metadata (5.3.3). The next refresh goes on from there
    /// if the root that it reached is kept.
    #[component(name = "root-limit")]
    RootLimit,
    /// The expiry of this role's metadata is not written in the specification's form (4.2.3).
    #[component(name = "date-form")]
    DateForm(String),
    /// A key whose signature was counted is not written in the specification's form (4.2.2).
    #[component(name = "key-form")]
    KeyForm(SigningKey),
}

/// A key that signed a role.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct SigningKey {
    /// Role.
    pub role: String,
    /// Keyid.
    pub keyid: String,
}

/// Why a check was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
pub enum Basis {
    /// [`Access::Store`](crate::Access::Store): the trusted store alone was used.
    #[component(name = "offline")]
    Offline,
    /// The last full refresh is younger than [`Settings::fresh_for`](crate::Settings::fresh_for); when it was, in seconds
    /// since 1970-01-01T00:00:00Z.
    #[component(name = "fresh")]
    Fresh(i64),
    /// [`Access::Bundle`](crate::Access::Bundle): a bundle answered in place of the repository.
    #[component(name = "bundle")]
    Bundle,
    /// So many root metadata files were accepted: [`Settings::max_root_updates`](crate::Settings::max_root_updates).
    #[component(name = "limit")]
    Limit(u32),
    /// [`Profile::Compatible`](crate::Profile::Compatible) reads this form as well. It says the same thing.
    #[component(name = "compatible")]
    Compatible,
}

impl Waiver {
    /// Whether it is about the form in which a key or a date is written. It says the same thing as the specification's form,
    /// so every check was made.
    #[must_use]
    pub fn is_form(&self) -> bool {
        matches!(self.check, Waived::DateForm(_) | Waived::KeyForm(_))
    }

    /// One sentence about all forms among these waivers, for a program that says it once. None if there are none.
    #[must_use]
    pub fn forms_in_words(waivers: &[Self]) -> Option<String> {
        let (mut dates, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for waiver in waivers {
            match &waiver.check {
                Waived::DateForm(role) => _ = dates.insert(role),
                Waived::KeyForm(key) => _ = keys.insert(&key.keyid),
                Waived::NewerRoot | Waived::NewerTimestamp | Waived::RootLimit => {}
            }
        }
        let counted = [(keys.len(), "key"), (dates.len(), "date")];
        let words = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, name)| match count {
            1 => format!("1 {name}"),
            _ => format!("{count} {name}s"),
        });
        let words: Vec<_> = words.collect();
        (!words.is_empty()).then(|| {
            format!("{} in other forms than the specification's; they mean the same", words.join(" and "))
        })
    }
}

impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
