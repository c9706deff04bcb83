//! Checks that were not made as the specification demands.

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
    /// [`Profile::Legacy`](crate::Profile::Legacy).
    #[component(name = "legacy")]
    Legacy,
}

impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
