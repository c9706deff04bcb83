//! How strictly metadata is read.

/// How strictly metadata is read. What a profile takes beyond the specification is reported where it was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// As the specification writes it.
    #[default]
    Specification,
    /// As old repositories carry it as well: elliptic-curve keys as hexadecimal points, key types that are named after
    /// their scheme, expiry with a fraction of a second or an offset from UTC.
    Legacy,
}

/// Whether something has the specification's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The specification's.
    Specified,
    /// One that [`Profile::Legacy`] takes.
    Legacy,
}
