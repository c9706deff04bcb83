//! Generated worlds: repositories with a history, attacks on them, and what three clients answer.
//!
//! A [`World`] depends on its seed alone. It is a row of steps: the repository changes honestly, or somebody who has
//! its keys, or none, spoils it; then a client refreshes and looks for targets. This project, python-tuf and tuf-js
//! follow it, each with one store. The first step at which they do not answer alike is a [`Difference`]: a [`Rule`]
//! explains it by the specification, or the test fails. What comes after is not compared, since the stores differ
//! from there on.

mod difference;
mod document;
mod honest;
mod mutation;
mod ours;
mod random;
mod readers;
mod rules;
mod scene;
mod stored;
mod tally;
mod verdict;
mod world;

pub use difference::{Difference, Place};
pub use document::{Counts, document, without_counts};
pub use mutation::names as mutations;
pub use ours::follow as follow_alone;
pub use readers::{Readers, Verdicts};
pub use rules::{Rule, explain, rules};
pub use stored::Stored;
pub use tally::Tally;
pub use verdict::{Trio, Verdict, Versions};
pub use world::{Applied, Step, World};
