//! The library's parts one by one, and the built commands with the real cargo.

mod install;
mod world;
