//! Check for an endless data attack (5.3.3, 5.4.1, 5.5.1, 5.6.1).

use crate::failure::Refusal;

/// Sees that received bytes are not longer than allowed.
pub(crate) fn at_most(name: &str, received: &[u8], limit: u64) -> Result<(), Refusal> {
    match u64::try_from(received.len()).is_ok_and(|length| length <= limit) {
        true => Ok(()),
        false => Err(Refusal::EndlessData { name: name.into(), limit }),
    }
}
