//! The containerd of this machine: which process it is, how it is configured, and what it says of itself.

mod api;
mod config;
mod daemon;
mod duration;
mod error;
mod imports;
mod messages;
mod program;

pub(crate) use api::{Api, StoredImage};
pub(crate) use config::Config;
pub(crate) use daemon::{ADDRESS, Daemon};
pub(crate) use error::NodeError;
pub(crate) use imports::imports;
pub(crate) use program::Program;
