//! The library's parts one by one, and the built commands with the real cargo.

mod attacks;
mod bad_input;
mod bypass;
mod cargo_config;
mod config;
mod crate_file;
mod index;
mod install;
#[cfg(unix)]
mod interruption;
mod lines;
mod lock;
mod mirrors;
mod offline;
mod package;
mod proxy;
#[cfg(unix)]
mod unpacked;
mod version;
mod world;
