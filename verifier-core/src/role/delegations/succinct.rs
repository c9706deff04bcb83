//! Succinct delegations to hashed bins (TAP 15).

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::{Delegated, Delegation, short};
use crate::crypto::PathHash;
use crate::failure::Defect;
use crate::json::{Cursor, Text};
use crate::role::authority::{Signers, SignersReader};
use crate::role::{Authority, field};

/// The `succinct_roles` object.
pub(super) struct Succinct<'a> {
    signers: Signers<'a>,
    /// From 1 to 32.
    bit_length: u32,
    name_prefix: Text<'a>,
}

impl<'a> Succinct<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("succinct_roles", "an object"))?;
        let mut signers = SignersReader::default();
        let (mut bit_length, mut name_prefix) = (None, None);
        while let Some(name) = cursor.name() {
            if name.is("bit_length") {
                let bits = cursor.unsigned().and_then(|bits| u32::try_from(bits).ok());
                let bits = bits.filter(|bits| (1..=32).contains(bits));
                bit_length = Some(bits.ok_or(field("bit_length", "an integer from 1 to 32"))?);
            } else if name.is("name_prefix") {
                name_prefix = Some(short(cursor.string().ok_or(field("name_prefix", "a string"))?)?);
            } else {
                signers.read(name, cursor)?;
            }
        }
        Ok(Self {
            signers: signers.finish()?,
            bit_length: bit_length.ok_or(Defect::MissingField("bit_length"))?,
            name_prefix: name_prefix.ok_or(Defect::MissingField("name_prefix"))?,
        })
    }

    /// The delegation to the bin that a path belongs to. It never terminates.
    pub(super) fn delegation(
        self,
        hash: &PathHash,
        authority: impl Fn(Signers<'a>) -> Authority,
    ) -> Delegation {
        let to = Delegated::Role(authority(self.signers));
        Delegation { name: self.bin(hash), terminating: false, to }
    }

    /// Every bin, in order; none for more than `most`.
    pub(super) fn all(
        self,
        most: usize,
        authority: impl Fn(Signers<'a>) -> Authority,
    ) -> Option<Vec<(Box<str>, Authority)>> {
        let bins = 1_u64.checked_shl(self.bit_length)?;
        if bins > u64::try_from(most).unwrap_or(u64::MAX) {
            return None;
        }
        let authority = authority(self.signers);
        Some((0..bins).map(|bin| (self.name(bin), authority.clone())).collect())
    }

    fn bin(&self, hash: &PathHash) -> Box<str> {
        self.name(u64::from(hash.leading_bits(self.bit_length)))
    }

    fn name(&self, bin: u64) -> Box<str> {
        let digits = usize::try_from(self.bit_length.div_ceil(4)).unwrap_or_default();
        format!("{}-{bin:0digits$x}", self.name_prefix.plain()).into()
    }
}
