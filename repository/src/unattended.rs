//! Work that is done again and again without a person.
//!
//! Time is an argument here too: a [`Clock`] says what time it is and waits, so a test lets a year pass in a moment.

use tuf_verifier_core::UnixTime;

/// What time it is, and waiting.
pub trait Clock {
    /// The time.
    fn now(&mut self) -> UnixTime;

    /// Waits so many seconds, or until somebody wants the work to end.
    fn wait(&mut self, seconds: u64) -> Waited;
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The time is over.
    Elapsed,
    /// The work is to end.
    Stopped,
}

/// What is to be known of a round that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many rounds have failed in a row.
    pub failures: u32,
    /// Seconds until the next one.
    pub seconds: u64,
}

/// Seconds between a round that failed and the next one. Each further failure doubles them, up to the regular time
/// between two rounds.
const FIRST_RETRY: u64 = 30;

/// Does rounds of work until the clock says that they are to end: one every so many seconds, and one whenever the last
/// round says that the next one is needed. A round is always finished. No failure ends the work: what is wrong with a
/// network or a disk passes, and a person hears of everything else by `failed`.
pub fn run<E>(
    every: u64,
    clock: &mut impl Clock,
    mut round: impl FnMut(UnixTime) -> Result<Option<UnixTime>, E>,
    mut failed: impl FnMut(E, Retry),
) {
    let every = every.max(1);
    let mut failures = 0_u32;
    loop {
        let seconds = match round(clock.now()) {
            Ok(next) => {
                failures = 0;
                until(next, clock.now()).map_or(every, |seconds| seconds.clamp(1, every))
            }
            Err(error) => {
                let doubled = FIRST_RETRY.saturating_mul(2_u64.saturating_pow(failures));
                failures = failures.saturating_add(1);
                let seconds = doubled.min(every);
                failed(error, Retry { failures, seconds });
                seconds
            }
        };
        if clock.wait(seconds) == Waited::Stopped {
            return;
        }
    }
}

fn until(next: Option<UnixTime>, now: UnixTime) -> Option<u64> {
    next.and_then(|next| u64::try_from(next.0.saturating_sub(now.0)).ok())
}
