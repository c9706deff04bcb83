//! The three implementations, as writers and as readers.

use anyhow::{Context, Result};

use crate::{Journey, Peer, Plan, Visit, ours};

/// One implementation.
#[derive(Debug)]
pub enum Implementation {
    /// This project: `tuf-repository` writes, `tuf-verifier-host` reads.
    Ours(ours::Keys),
    /// python-tuf.
    Python(Peer),
    /// tuf-js.
    Node(Peer),
}

impl Implementation {
    /// This project.
    #[must_use]
    pub fn ours() -> Self {
        Self::Ours(ours::Keys::default())
    }

    /// The name in the names of tests.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => "ours",
            Self::Python(_) => "python",
            Self::Node(_) => "node",
        }
    }

    /// Writes the repository of a plan.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn write(&self, plan: &Plan) -> Result<()> {
        match self {
            Self::Ours(keys) => ours::write(keys, plan),
            Self::Python(peer) | Self::Node(peer) => peer.write(plan),
        }
        .with_context(|| format!("{} cannot write the plan", self.name()))
    }

    /// Follows a journey.
    ///
    /// # Errors
    /// Where it comes to no verdict.
    pub fn read(&self, journey: &Journey) -> Result<Vec<Visit>> {
        match self {
            Self::Ours(_) => ours::read(journey),
            Self::Python(peer) | Self::Node(peer) => peer.read(journey),
        }
        .with_context(|| format!("{} comes to no verdict", self.name()))
    }
}
