//! When a request is made again, and how long is waited before.

use super::{Instant, TransportError};

/// The rule for tries of one request at one mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Tries after the first.
    pub count: u32,
    /// Milliseconds before the first of them, on average three quarters of it; doubled before each further one.
    pub first: u64,
    /// No wait is longer, in milliseconds. A server that asks for more is not waited for.
    pub longest: u64,
}

impl Default for Retry {
    /// Two tries after the first; half a second before the first of them; twenty seconds at most.
    fn default() -> Self {
        Self { count: 2, first: 500, longest: 20_000 }
    }
}

impl Retry {
    /// No try after the first.
    pub const NEVER: Self = Self { count: 0, first: 0, longest: 0 };

    /// When to try again after so many failed tries, or none if another try makes no sense.
    pub(super) fn after(
        self,
        error: &TransportError,
        failed: u32,
        at: Instant,
        spread: &mut Spread,
    ) -> Option<Instant> {
        if failed > self.count || !error.kind.is_transient() {
            return None;
        }
        let wait = match error.retry_after {
            Some(wait) if wait > self.longest => return None,
            Some(wait) => wait,
            None => {
                let doublings = failed.saturating_sub(1);
                let doubled = self.first.saturating_mul(2_u64.saturating_pow(doublings)).min(self.longest);
                spread.between(doubled / 2, doubled)
            }
        };
        Some(Instant(at.0.saturating_add(wait)))
    }
}

/// Spreads the tries of many clients over time; nothing secret depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread(u64);

impl Spread {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from `least` to `most`.
    fn between(&mut self, least: u64, most: u64) -> u64 {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        let range = most.saturating_sub(least).saturating_add(1);
        least.saturating_add(bits.checked_rem(range).unwrap_or_default())
    }
}
