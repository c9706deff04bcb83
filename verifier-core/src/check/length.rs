//! Check for an endless data attack (5.3.3, 5.4.1, 5.5.1, 5.6.1, 5.7.3).

use crate::failure::Refusal;

/// Bytes that a file may have, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) bytes: u64,
    /// Name of the setting that the number comes from. None where it is the listed length.
    pub(crate) setting: Option<&'static str>,
}

impl Limit {
    /// The limit of a setting.
    pub(crate) fn set(bytes: u64, setting: &'static str) -> Self {
        Self { bytes, setting: Some(setting) }
    }

    /// The listed length of a file, which governs where it is not longer than this limit.
    ///
    /// # Errors
    /// Endless data, before a byte is asked for: whoever signs metadata may list any length.
    pub(crate) fn listed(self, name: &str, listed: u64) -> Result<Self, Refusal> {
        match listed <= self.bytes {
            true => Ok(Self { bytes: listed, setting: None }),
            false => Err(self.met(name, Some(listed))),
        }
    }

    /// Sees that received bytes are not longer than allowed.
    pub(crate) fn allows(self, name: &str, received: &[u8]) -> Result<(), Refusal> {
        match u64::try_from(received.len()).is_ok_and(|length| length <= self.bytes) {
            true => Ok(()),
            false => Err(self.met(name, None)),
        }
    }

    fn met(self, name: &str, listed: Option<u64>) -> Refusal {
        Refusal::EndlessData { name: name.into(), limit: self.bytes, listed, setting: self.setting }
    }
}
