//! Check that enough roles, or repositories, say the same of a target (TAP 3, TAP 4).

use crate::workflow::Hash;

/// What one role says of a target: bytes of the file, and its hashes in the order of the algorithms' names.
pub(crate) type Description<'a> = (u64, &'a [Hash]);

/// The index of the earliest answer that at least `threshold` answers, itself among them, give exactly: the same length
/// and the same set of hashes. `None` where there is no such answer. An answer that is none agrees with nothing.
///
/// The earliest wins, not the most frequent: which roles must be asked, and what follows, is then the same for every
/// client.
///
/// # Specification
/// TAP 3, Resolving multi-role delegations; TAP 4, Searching for Files on Multiple Repositories, step 2.
pub(crate) fn earliest(answers: &[Option<Description<'_>>], threshold: u64) -> Option<usize> {
    answers.iter().position(|answer| {
        let agreeing = answers.iter().filter(|other| *other == answer).count();
        answer.is_some() && u64::try_from(agreeing).is_ok_and(|agreeing| agreeing >= threshold)
    })
}
