//! When a request is made again, and how long is waited before.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::Duration;

use crate::source::SourceError;
use crate::source::error::Phase;

/// The rule for tries after the first.
#[derive(Clone)]
pub(super) struct Retries {
    /// Tries after the first.
    pub(super) count: u32,
    /// Wait before the first of them, on average three quarters of it.
    pub(super) first: Duration,
    /// No wait is longer.
    pub(super) longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { count: 2, first: Duration::from_millis(500), longest: Duration::from_secs(20) }
    }
}

impl Retries {
    /// Runs `attempt` until it gives an answer, fails for good, or no try is left. The last error is returned.
    pub(super) fn run<T>(&self, attempt: impl Fn() -> Result<T, SourceError>) -> Result<T, SourceError> {
        let mut made = 0;
        loop {
            let error = match attempt() {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match self.wait_before(made, &error) {
                Some(wait) if made < self.count => thread::sleep(wait),
                _ => return Err(error),
            }
            made += 1;
        }
    }

    /// The wait before the next try, or none where another try makes no sense.
    fn wait_before(&self, made: u32, error: &SourceError) -> Option<Duration> {
        if !is_transient(error) {
            return None;
        }
        match error {
            SourceError::Status { retry_after: Some(wait), .. } => (*wait <= self.longest).then_some(*wait),
            _ => {
                let doubled = self.first.saturating_mul(2u32.saturating_pow(made)).min(self.longest);
                Some(doubled.mul_f64(0.5 + 0.5 * random_fraction()))
            }
        }
    }
}

/// A slow transfer is not tried again: the next is as slow, and whoever slows it would gain time by it.
fn is_transient(error: &SourceError) -> bool {
    match error {
        SourceError::Unreachable { .. } | SourceError::Read { .. } => true,
        SourceError::Timeout { phase, .. } => *phase != Phase::End,
        SourceError::Status { status, .. } => *status == 429 || (500..600).contains(status),
        _ => false,
    }
}

/// From 0 to 1. Spreads the tries of many clients; nothing secret depends on it.
fn random_fraction() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}
