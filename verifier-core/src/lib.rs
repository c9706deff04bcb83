//! The client workflow of The Update Framework (TUF), specification 1.0, as a state machine.
//!
//! Bytes and time come in, requests and verdicts go out: no I/O, no clock, no `unsafe`, no panics.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod check;
mod crypto;
mod failure;
mod json;
mod role;
mod target;
mod workflow;

pub use failure::{Defect, Failure, Malformed, Mismatch, Missing, Misuse, Refusal};
pub use json::canonicalize;
pub use role::UnixTime;
pub use target::TargetCheck;
pub use workflow::stage;
pub use workflow::{Hash, NotFound, Notice, Report, Request, RoleState, Settings, Target, UpdateCycle};
