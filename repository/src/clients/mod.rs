//! What other clients read, and what they would refuse of a repository that our own client accepts.
//!
//! The specification leaves limits and the choice of signature schemes to each client. [`ClientProfile::ALL`] is the table
//! of what the others chose.

mod check;
mod profiles;

pub use check::{Obstacle, ObstacleKind, Tree, TreeFile};
pub use profiles::{ClientProfile, UnknownClient, UnknownKey};

/// Which clients a publisher checks a new tree for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientRules {
    /// Obstacles for these are told.
    pub check: Vec<&'static ClientProfile>,
    /// Obstacles for these keep a tree from being published.
    pub require: Vec<&'static ClientProfile>,
}
