//! The project's own tasks, run as `cargo xtask TASK`.
//!
//! Nothing here is part of what ships. The package depends on none of the verifier's packages: it builds in
//! seconds, and the tasks build what they need by name.

pub mod bench;
mod cargo_tool;
pub mod children;
pub mod component;
pub mod costs;
pub mod coverage;
pub mod deb;
pub mod demo;
pub mod fuzz;
pub mod mutants;
pub mod npm;
pub mod page;
pub mod setup;
pub mod shared_worlds;
pub mod test;
pub mod verdicts;
pub mod workspace;
pub mod worlds;
