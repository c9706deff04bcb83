//! What one version of the root metadata says and who signed it, as five bytes.

/// Keys that may be listed and may sign. The keyid of a key is its number.
pub(super) const KEYS: u8 = 6;

/// One version of the root metadata.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    /// The keys that it lists for the root role, one bit each.
    pub listed: u8,
    /// It lists key 0 under a second keyid, `twin`.
    pub lists_twin: bool,
    /// It lists a keyid without a key.
    pub lists_ghost: bool,
    /// Threshold of the root role.
    pub threshold: u64,
    /// It lists its first keyid twice, which is malformed.
    pub repeats_keyid: bool,
    /// Keys whose signatures stand under it, one bit each.
    pub signers: u8,
    /// Of these, the keys whose signatures are of other bytes.
    pub broken: u8,
    /// A signature by key 0 stands under it with the keyid `twin`.
    pub signed_by_twin: bool,
    /// Its first signature stands there twice, which is malformed.
    pub repeats_signature: bool,
    /// How its version differs from the next one.
    pub step: Step,
    /// It has expired.
    pub expired: bool,
    /// The timestamp role has its second key.
    pub other_timestamp_key: bool,
    /// It is offered as the store's, where the store is asked.
    pub stored: bool,
}

/// How the version of a root differs from the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// It is the next.
    Next,
    /// It is the trusted version again.
    Same,
    /// It leaves one out.
    Skip,
    /// It is the one before.
    Back,
}

impl Plan {
    /// A root that keys 0 and 1 sign, both of which it demands.
    pub const GOOD: Self = Self {
        listed: 0b11,
        lists_twin: false,
        lists_ghost: false,
        threshold: 2,
        repeats_keyid: false,
        signers: 0b11,
        broken: 0,
        signed_by_twin: false,
        repeats_signature: false,
        step: Step::Next,
        expired: false,
        other_timestamp_key: false,
        stored: false,
    };

    /// Five bytes become a plan; all bytes do.
    #[must_use]
    pub fn read([listed, threshold, signers, broken, rest]: [u8; 5]) -> Self {
        let keys = (1 << KEYS) - 1;
        let bit = |byte: u8, bit: u32| byte >> bit & 1 == 1;
        Self {
            listed: listed & keys,
            lists_twin: bit(listed, 6),
            lists_ghost: bit(listed, 7),
            threshold: u64::from(threshold & 7),
            repeats_keyid: bit(threshold, 3),
            signers: signers & keys,
            broken: broken & keys,
            signed_by_twin: bit(signers, 6),
            repeats_signature: bit(signers, 7),
            step: [Step::Next, Step::Same, Step::Skip, Step::Back][usize::from(rest & 3)],
            expired: bit(rest, 2),
            other_timestamp_key: bit(rest, 3),
            stored: bit(rest, 4),
        }
    }

    /// The five bytes that become this plan.
    #[must_use]
    pub fn bytes(&self) -> [u8; 5] {
        let bit = |flag: bool, bit: u32| u8::from(flag) << bit;
        [
            self.listed | bit(self.lists_twin, 6) | bit(self.lists_ghost, 7),
            self.threshold as u8 | bit(self.repeats_keyid, 3),
            self.signers | bit(self.signed_by_twin, 6) | bit(self.repeats_signature, 7),
            self.broken,
            self.step as u8 | bit(self.expired, 2) | bit(self.other_timestamp_key, 3) | bit(self.stored, 4),
        ]
    }

    /// Whether it is metadata at all.
    #[must_use]
    pub fn well_formed(&self) -> bool {
        let lists_some = self.listed != 0 || self.lists_twin || self.lists_ghost;
        let signed = self.signers != 0 || self.signed_by_twin;
        self.threshold > 0 && !(self.repeats_keyid && lists_some) && !(self.repeats_signature && signed)
    }

    /// The distinct keys of another root, or of this one, whose good signatures stand under this one.
    #[must_use]
    pub fn valid_for(&self, lister: &Self) -> u64 {
        let twin = lister.lists_twin && self.signed_by_twin;
        let keys = lister.listed & self.signers & !self.broken | u8::from(twin);
        keys.count_ones().into()
    }

    /// Its version, where this one is trusted.
    #[must_use]
    pub fn version_after(&self, trusted: u64) -> u64 {
        match self.step {
            Step::Next => trusted + 1,
            Step::Same => trusted,
            Step::Skip => trusted + 2,
            Step::Back => trusted - 1,
        }
    }
}
