//! One case of a rule: what was mutated, and what each client answered.

use crate::Outcome;
use crate::worlds::stored::{Brought, Peer};
use crate::worlds::{Difference, Trio};

/// What was mutated, and what each client answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// One of these shows at the step; any step will do where there is none.
    pub(super) mutations: &'static [&'static str],
    /// Whether the mutation may be of an earlier step, which a client has stored.
    pub(super) earlier: bool,
    pub(super) ours: Says,
    pub(super) python: Says,
    pub(super) node: Says,
    /// What else must hold.
    pub(super) when: fn(&Difference<'_>) -> bool,
    /// What must hold of what each peer that answers otherwise than we do had stored.
    pub(super) brought: fn(&Brought<'_>) -> bool,
}

/// What one client answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Says {
    /// Anything.
    Anything,
    /// No refusal: accepted, verified or absent.
    Takes,
    /// The target, verified.
    Finds,
    /// That there is no such target.
    Absent,
    /// A refusal whose reason has one of these in it.
    Refuses(&'static [&'static str]),
}

/// One of the mutations shows at the step, and this is answered by us, python-tuf and tuf-js.
pub(super) const fn case(mutations: &'static [&'static str], ours: Says, python: Says, node: Says) -> Case {
    Case { mutations, earlier: false, ours, python, node, when: |_| true, brought: |_| true }
}

impl Case {
    /// The mutation may be of an earlier step.
    pub(super) const fn since(self) -> Self {
        Self { earlier: true, ..self }
    }

    /// Only where this holds too.
    pub(super) const fn when(self, when: fn(&Difference<'_>) -> bool) -> Self {
        Self { when, ..self }
    }

    /// Only where this holds of what each peer that answers otherwise than we do had stored.
    pub(super) const fn brought(self, brought: fn(&Brought<'_>) -> bool) -> Self {
        Self { brought, ..self }
    }

    /// Whether it is what all three answered.
    pub(super) fn fits(&self, difference: &Difference<'_>) -> bool {
        let Trio { ours, python, node } = &difference.answers;
        // A peer that takes what we take, while the other does not, takes the same.
        let alike = match (self.ours.takes(), self.python.takes(), self.node.takes()) {
            (true, true, false) => ours.same_verdict(python),
            (true, false, true) => ours.same_verdict(node),
            _ => true,
        };
        let brought = |peer| !difference.dissents(peer) || (self.brought)(&Brought::new(difference, peer));
        self.holds(difference)
            && alike
            && self.python.fits(python)
            && self.node.fits(node)
            && [Peer::Python, Peer::Node].into_iter().all(brought)
    }

    /// Whether it is what we and python-tuf answered, whatever tuf-js did.
    pub(super) fn fits_python(&self, difference: &Difference<'_>) -> bool {
        self.holds(difference)
            && self.is_about(self.python, self.node)
            && self.python.fits(&difference.answers.python)
            && (self.brought)(&Brought::new(difference, Peer::Python))
    }

    /// Whether it is what we and tuf-js answered, whatever python-tuf did.
    pub(super) fn fits_node(&self, difference: &Difference<'_>) -> bool {
        self.holds(difference)
            && self.is_about(self.node, self.python)
            && self.node.fits(&difference.answers.node)
            && (self.brought)(&Brought::new(difference, Peer::Node))
    }

    /// Whether this peer is one that answers otherwise than we do: not where it takes what we take, and the other does not.
    fn is_about(&self, peer: Says, other: Says) -> bool {
        !(self.ours.takes() && peer.takes() && !other.takes())
    }

    /// Whether the mutation shows, we answered so, and what else must hold does.
    fn holds(&self, difference: &Difference<'_>) -> bool {
        let shows = |mutation: &&str| match self.earlier {
            true => difference.had(mutation),
            false => difference.has(mutation),
        };
        (self.mutations.is_empty() || self.mutations.iter().any(shows))
            && self.ours.fits(&difference.answers.ours)
            && (self.when)(difference)
    }
}

impl Says {
    fn takes(self) -> bool {
        matches!(self, Self::Takes | Self::Finds)
    }

    fn fits(self, outcome: &Outcome) -> bool {
        match self {
            Self::Anything => true,
            Self::Takes => !outcome.is_refused(),
            Self::Finds => matches!(outcome, Outcome::Verified { .. }),
            Self::Absent => matches!(outcome, Outcome::Absent),
            Self::Refuses(reasons) => {
                outcome.is_refused() && reasons.iter().any(|reason| outcome.reason().contains(reason))
            }
        }
    }
}
