//! The checks of the workflow, one a file: each says yes, or names the attack that it stopped.

pub(crate) mod agreement;
pub(crate) mod freeze;
pub(crate) mod length;
pub(crate) mod listing;
pub(crate) mod path;
pub(crate) mod rollback;
pub(crate) mod signature;
pub(crate) mod threshold;
mod witness;

pub(crate) use witness::{Authentic, Current, key_form_waivers};
