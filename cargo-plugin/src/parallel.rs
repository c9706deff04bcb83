//! Work on many items at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::failure::Failure;

/// Items that are worked on at the same time.
const WORKERS: usize = 8;

/// Calls `work` on every item, several at a time, and ends with the first failure in the order of the items.
///
/// # Errors
/// What `work` fails with. Items after that one may not have been begun.
pub(crate) fn for_each<T: Sync>(
    items: &[T],
    work: impl Fn(&T) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let first: Mutex<Option<(usize, Failure)>> = Mutex::new(None);
    let first_failure = || first.lock().unwrap_or_else(PoisonError::into_inner);
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number).filter(|_| first_failure().is_none()) else { return };
            if let Err(failure) = work(item) {
                let mut first = first_failure();
                if first.as_ref().is_none_or(|(earlier, _)| number < *earlier) {
                    *first = Some((number, failure));
                }
            }
        }
    };
    thread::scope(|scope| (0..items.len().min(WORKERS)).for_each(|_| drop(scope.spawn(worker))));
    match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, failure)) => Err(failure),
        None => Ok(()),
    }
}
