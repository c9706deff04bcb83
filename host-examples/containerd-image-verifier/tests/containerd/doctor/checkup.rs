//! What `doctor` says of a machine.

use crate::world::World;

/// What it said.
#[derive(Debug)]
pub(super) struct Checkup {
    lines: Vec<String>,
    status: i32,
}

impl Checkup {
    /// Lets `doctor` look.
    pub(super) fn of(world: &World<'_>) -> Self {
        let (lines, status) = world.verifier(&["doctor"]);
        Self { lines, status }
    }

    /// A line begins so.
    pub(super) fn finds(&self, state: &str, check: &str, words: &str) -> &Self {
        let begin = format!("{state:<8} {check}: {words}");
        let found = self.lines.iter().any(|line| line.starts_with(&begin));
        assert!(found, "expected {begin}\nfound\n{}", self.lines.join("\n"));
        self
    }

    /// Some line of a check has these words.
    pub(super) fn says(&self, check: &str, words: &str) -> &Self {
        let found =
            self.lines.iter().any(|line| line.contains(&format!(" {check}: ")) && line.contains(words));
        assert!(found, "{check} does not say {words}\n{}", self.lines.join("\n"));
        self
    }

    /// No line of a check has these words.
    pub(super) fn says_not(&self, check: &str, words: &str) -> &Self {
        let found =
            self.lines.iter().any(|line| line.contains(&format!(" {check}: ")) && line.contains(words));
        assert!(!found, "{check} says {words}\n{}", self.lines.join("\n"));
        self
    }

    /// Nothing is amiss but what a line says.
    pub(super) fn only_finds(&self, expected: &[(&str, &str, &str)]) -> &Self {
        for (state, check, words) in expected {
            self.finds(state, check, words);
        }
        let amiss = self.lines.iter().filter(|line| !line.starts_with("ok ") && !line.starts_with("note "));
        let amiss: Vec<&String> = amiss.collect();
        // The last line sums up.
        assert_eq!(amiss.len(), expected.len() + 1, "{amiss:#?}");
        self
    }

    /// Pulls are verified.
    pub(super) fn is_sound(&self) -> &Self {
        let sum = "sound: containerd pulls what the policy allows, and nothing else";
        assert_eq!((self.lines.last().map(String::as_str), self.status), (Some(sum), 0), "{self:#?}");
        self
    }

    /// The last line counts what is open, what is blocked, and what could not be tried.
    pub(super) fn is_not_sound(&self, open: usize, blocked: usize, untried: usize) -> &Self {
        let sum = format!("not sound: {open} open, {blocked} blocked, {untried} untried");
        assert_eq!((self.lines.last(), self.status), (Some(&sum), 1), "{self:#?}");
        self
    }

    /// The checks that were made, in their order.
    pub(super) fn checks(&self) -> Vec<&str> {
        let names = self.lines.iter().filter_map(|line| line.get(9..)?.split_once(": "));
        names.map(|(name, _)| name).filter(|name| !name.contains(' ')).collect()
    }
}
