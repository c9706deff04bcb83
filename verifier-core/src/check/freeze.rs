//! Check for a freeze attack (5.3.10, 5.4.4, 5.5.6, 5.6.5).

use crate::failure::Refusal;
use crate::role::{Header, UnixTime};

/// Sees that the expiry is after the fixed update start time.
pub(crate) fn current(role: &str, header: Header, now: UnixTime) -> Result<(), Refusal> {
    match header.expires > now {
        true => Ok(()),
        false => {
            Err(Refusal::Freeze { role: role.into(), version: header.version, expires: header.expires, now })
        }
    }
}
