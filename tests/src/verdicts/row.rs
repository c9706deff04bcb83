//! One input, what five clients answer to it, and what we answer.

use super::world::World;

/// The clients that ours is compared with, in the order of a row's answers, in the versions of 2026-11.
pub const PEERS: [&str; 5] =
    ["python-tuf 7.0.1", "tuf-js 6.0.2", "go-tuf 2.x", "tough 0.24.0", "sigstore-tuf 0.15.1"];

/// Makes the worlds of a row anew.
pub type Worlds = Box<dyn Fn() -> Vec<World> + Send + Sync>;

/// Rows of one subject.
pub struct Section {
    /// Title in the document.
    pub title: &'static str,
    /// What holds for all of it, in one or two sentences.
    pub about: &'static str,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One input and the answers to it.
pub struct Row {
    /// Stable name, kebab-case: the name of the test.
    pub name: &'static str,
    /// The input in words.
    pub input: &'static str,
    /// What each of [`PEERS`] answers.
    pub peers: [Answer; 5],
    /// The section of the specification that decides, or the reason.
    pub reason: &'static str,
    /// How our answer is found out.
    pub case: Case,
}

/// What a client answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It accepts the metadata, or finds and verifies the target.
    Takes,
    /// It accepts the metadata, and says that there is no such target.
    Absent,
    /// It does not accept the metadata or the target.
    Refuses,
    /// It takes some of the inputs of this row and refuses others.
    Mixed,
    /// Not measured.
    Unknown,
}

/// How our answer is found out.
pub enum Case {
    /// In these worlds, which the oracle shows to python-tuf and tuf-js as well.
    Worlds(Worlds),
    /// In these worlds, which say nothing about a peer: our API alone knows the question, or the time is another.
    OurWorlds(Worlds),
    /// By a function that panics where the answer is another than these words.
    Story(&'static str, Box<dyn Fn() + Send + Sync>),
    /// By a test of the row's name with real parts: the component, files, HTTP. These words are the answer.
    RealParts(&'static str),
}

impl Row {
    /// A row about this input, of which nothing is known yet.
    pub(super) fn of(name: &'static str, input: &'static str) -> Self {
        Self { name, input, peers: [Answer::Unknown; 5], reason: "", case: Case::RealParts("") }
    }

    /// What the peers answer.
    pub(super) fn peers(self, peers: [Answer; 5]) -> Self {
        Self { peers, ..self }
    }

    /// What python-tuf and tuf-js answer, as the oracle measures it.
    pub(super) fn measured(self, python: Answer, js: Answer) -> Self {
        let [_, _, rest @ ..] = self.peers;
        let [go, tough, sigstore] = rest;
        Self { peers: [python, js, go, tough, sigstore], ..self }
    }

    /// What decides.
    pub(super) fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }

    /// The worlds that every client can be shown.
    pub(super) fn worlds(self, worlds: impl Fn() -> Vec<World> + Send + Sync + 'static) -> Self {
        Self { case: Case::Worlds(Box::new(worlds)), ..self }
    }

    /// The worlds that only our client can be shown.
    pub(super) fn our_worlds(self, worlds: impl Fn() -> Vec<World> + Send + Sync + 'static) -> Self {
        Self { case: Case::OurWorlds(Box::new(worlds)), ..self }
    }

    /// Our answer in words, and the function that finds it out.
    pub(super) fn story(self, answer: &'static str, story: impl Fn() + Send + Sync + 'static) -> Self {
        Self { case: Case::Story(answer, Box::new(story)), ..self }
    }

    /// Our answer in words; the test with real parts of this name finds it out.
    pub(super) fn real_parts(self, answer: &'static str) -> Self {
        Self { case: Case::RealParts(answer), ..self }
    }

    /// Our answer, as the document shows it: what the worlds end with, each end once.
    #[must_use]
    pub fn ours(&self) -> String {
        let worlds = match &self.case {
            Case::Worlds(worlds) | Case::OurWorlds(worlds) => worlds(),
            Case::Story(answer, _) | Case::RealParts(answer) => return (*answer).into(),
        };
        let mut answers: Vec<String> = Vec::new();
        for answer in worlds.iter().map(World::answer) {
            if !answers.contains(&answer) {
                answers.push(answer);
            }
        }
        answers.join("; ")
    }

    /// Whether the oracle asks python-tuf and tuf-js.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        matches!(self.case, Case::Worlds(_))
    }
}

impl Answer {
    /// The answer in one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Takes => "takes",
            Self::Absent => "absent",
            Self::Refuses => "refuses",
            Self::Mixed => "mixed",
            Self::Unknown => "–",
        }
    }

    /// One answer to several inputs.
    #[must_use]
    pub fn to_all(answers: &[Self]) -> Self {
        match answers {
            [] => Self::Unknown,
            [first, rest @ ..] if rest.iter().all(|answer| answer == first) => *first,
            _ => Self::Mixed,
        }
    }
}
