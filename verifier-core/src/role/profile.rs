//! How strictly metadata is read.

/// How strictly metadata is read. Both profiles make every check of the specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// As real repositories carry it: beside the specification's forms, elliptic-curve keys as hexadecimal points, key
    /// types that are named after their scheme, and expiry with a fraction of a second or an offset from UTC. Such a form
    /// says the same thing in other characters, so it weakens no check. Each use is reported as a
    /// [`Waiver`](crate::Waiver).
    #[default]
    Compatible,
    /// In the specification's forms alone.
    Strict,
}

/// Whether something has the specification's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The specification's.
    Specified,
    /// One that [`Profile::Compatible`] takes as well.
    Compatible,
}
