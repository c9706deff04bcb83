//! The vectors whose key is not usable in any form, by the last part of their names.

use tuf_verifier_core::KeyProblem;

/// Why the key of a vector is not usable. None if it is, so that the signature is wrong.
pub(crate) fn why(name: &str) -> Option<KeyProblem> {
    let ends = |defect: &&str| name.strip_suffix(*defect).is_some_and(|rest| rest.ends_with('_'));
    let unreadable = UNREADABLE.iter().any(ends).then_some(KeyProblem::Unreadable);
    unreadable.or_else(|| UNKNOWN_SCHEMES.contains(&name).then_some(KeyProblem::UnknownScheme))
}

/// The text of the key is no key of its scheme.
const UNREADABLE: [&str; 0] = [];

/// The type is known, and the scheme is none of it.
const UNKNOWN_SCHEMES: [&str; 0] = [];
