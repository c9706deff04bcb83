//! Three implementations write repositories and read each other's: this project, python-tuf and tuf-js.
//!
//! A [`Scenario`] is a [`Plan`] of what is published, what is then spoiled, and what every client must answer. Each
//! [`Implementation`] writes the plan with keys of each type; each follows the same [`Journey`] through it. A peer that
//! answers otherwise is either wrong in a way that is written down in the scenario, or the test fails.

mod history;
mod implementation;
mod journey;
mod ours;
mod peer;
mod plan;
pub mod real;
pub mod scenario;
mod spoil;
pub mod verdicts;
pub mod worlds;

pub use history::History;
pub use implementation::Implementation;
pub use journey::{Journey, Outcome, Stop, Visit};
pub use ours::Keys;
pub use peer::Peer;
pub use plan::{Bins, KeyType, Lies, Plan, Release, Role};
pub use scenario::{Expected, Looked, Scenario};
