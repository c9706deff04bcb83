//! Three implementations write repositories and read each other's: this project, python-tuf and tuf-js.
//!
//! A [`Scenario`] is a [`Plan`] of what is published, what is then spoiled, and what every client must answer. Each
//! [`Implementation`] writes the plan with keys of each type; each follows the same [`Journey`] through it. A peer that
//! answers otherwise is either wrong in a way that is written down in the scenario, or the test fails.

#[cfg(feature = "hosts")]
mod history;
#[cfg(feature = "hosts")]
mod implementation;
mod journey;
#[cfg(feature = "hosts")]
mod ours;
mod peer;
mod plan;
#[cfg(feature = "hosts")]
pub mod real;
#[cfg(feature = "hosts")]
pub mod scenario;
#[cfg(feature = "hosts")]
mod spoil;
#[cfg(feature = "hosts")]
pub mod verdicts;
pub mod worlds;

#[cfg(feature = "hosts")]
pub use history::History;
#[cfg(feature = "hosts")]
pub use implementation::Implementation;
pub use journey::{Journey, Outcome, Stop, Visit};
#[cfg(feature = "hosts")]
pub use ours::Keys;
pub use peer::Peer;
pub use plan::{Bins, KeyType, Lies, Plan, Release, Role};
#[cfg(feature = "hosts")]
pub use scenario::{Expected, Looked, Scenario};
