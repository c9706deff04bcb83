//! The journal: who published what, one line each, chained by digests.
//!
//! Each line of `journal.jsonl` has the SHA-256 of the line before. The last digest, the head, is listed as a target by the
//! role `targets` whenever that role changes: whoever has signed it vouches for every line before. So nobody can take a
//! line out, or write one anew, without its being seen by whoever has an older head: the publisher's state folder, the
//! published metadata, a client that keeps it.
//!
//! A publish of nothing but snapshot and timestamp has no line: it happens every day, and nobody decides it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Map;
use thiserror::Error;
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::metadata::{SNAPSHOT, Signed, TARGETS, TIMESTAMP, TargetFile, format_expiry, sha256_hex};
use crate::repository::Repository;
use crate::repository::draft::{Draft, Drafts};
use crate::repository::foreign_lines;
use crate::repository::layout::{Layout, fetch_path};
use crate::repository::pending::Disks;
use crate::repository::plan::PlannedFile;
use crate::repository::state::State;
use crate::store::Disk;

/// Why a journal is not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A line is no line of a journal, or does not follow from the one before.
    #[error("line {line} of the journal: {reason}")]
    Broken {
        /// Number of the line, from 1 on.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// It is not the journal that was written: lines are gone, or are others.
    #[error("the journal has been rewritten: its first {lines} lines are not those that {known} knows")]
    Rewritten {
        /// Number of lines that are known.
        lines: u64,
        /// Who knows them.
        known: &'static str,
    },
    /// A line that this publisher does not remember says something else than what is published.
    #[error("line {line} of the journal is not of a publish that is known here: {reason}")]
    NotPublished {
        /// Number of the line, from 1 on.
        line: u64,
        /// What it says, and what is published.
        reason: String,
    },
    /// Somebody has compared another head than that of the journal.
    #[error("the journal's head is {head}, after {lines} lines, and not the one that was compared")]
    OtherHead {
        /// SHA-256 of the last line.
        head: String,
        /// Number of lines.
        lines: u64,
    },
    /// It is longer than any journal.
    #[error("the journal has more than {0} bytes")]
    TooLong(u64),
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// SHA-256 of the line before, without its line break; of nothing for the first line.
    pub previous: String,
    /// When it was published.
    pub time: String,
    /// SHA-256 of the timestamp metadata that was published before.
    pub base: Option<String>,
    /// The metadata files, in the order of writing.
    pub published: Vec<JournalFile>,
    /// The events that they are of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

/// A metadata file that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalFile {
    /// The role.
    pub role: String,
    /// Its version.
    pub version: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Keyids of its signatures.
    pub keyids: Vec<String>,
}

/// How far a journal is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalHead {
    /// SHA-256 of the last line, without its line break; of nothing where there is none.
    pub head: String,
    /// Number of lines.
    pub lines: u64,
}

/// The target path of the head.
pub(crate) const HEAD: &str = "journal-head.json";

/// Bytes of the longest journal.
const MOST_BYTES: u64 = 256 << 20;

/// A journal whose chain is whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    text: String,
    entries: Vec<JournalEntry>,
    /// SHA-256 of each line.
    digests: Vec<String>,
}

impl JournalError {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "journal-broken",
            Self::Rewritten { .. } => "journal-rewritten",
            Self::NotPublished { .. } => "journal-not-published",
            Self::OtherHead { .. } => "journal-other-head",
            Self::TooLong(_) => "journal-too-long",
        }
    }
}

impl JournalEntry {
    /// Whether nobody has decided anything: such a publish has no line.
    pub(super) fn is_routine(&self) -> bool {
        self.published.iter().all(|file| [SNAPSHOT, TIMESTAMP].contains(&file.role.as_str()))
    }
}

impl JournalHead {
    /// What this publisher remembers: nothing of a journal that is new to it.
    fn remembered(layout: &Layout) -> Result<Self, Error> {
        let path = layout.journal_head();
        match layout.read_state(&path)? {
            Some(text) => serde_json::from_slice(&text).map_err(|error| Error::unreadable(&path, error)),
            None => Ok(Self { head: sha256_hex(b""), lines: 0 }),
        }
    }

    fn remember(&self, layout: &Layout, state: &Disk) -> Result<(), Error> {
        let head = serde_json::to_vec(self).map_err(Error::NotJson)?;
        state.replace(&layout.journal_head(), &head)
    }

    fn bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(Error::NotJson)
    }

    /// As the role `targets` lists it.
    fn target(&self) -> Result<TargetFile, Error> {
        let bytes = self.bytes()?;
        let custom = Map::from_iter([
            ("head".to_owned(), self.head.clone().into()),
            ("lines".to_owned(), self.lines.into()),
        ]);
        Ok(TargetFile {
            length: bytes.len() as u64,
            hashes: BTreeMap::from([("sha256".to_owned(), sha256_hex(&bytes))]),
            custom: Some(custom),
            unrecognized: Map::new(),
        })
    }

    /// The head that a target says; none for a target that is no head.
    fn of(target: &TargetFile) -> Option<Self> {
        let head: Self = serde_json::from_value(target.custom.clone()?.into()).ok()?;
        (head.target().ok()? == *target).then_some(head)
    }
}

impl Journal {
    fn load(layout: &Layout) -> Result<Self, Error> {
        let path = layout.journal();
        let Some(bytes) = layout.own().read(&path, MOST_BYTES)? else { return Ok(Self::default()) };
        if bytes.len() as u64 > MOST_BYTES {
            return Err(JournalError::TooLong(MOST_BYTES).into());
        }
        let text = String::from_utf8(bytes).map_err(|error| Error::unreadable(&path, error))?;
        let mut journal = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let broken = |reason: String| JournalError::Broken { line: number, reason };
            let entry: JournalEntry =
                serde_json::from_str(line).map_err(|error| broken(error.to_string()))?;
            if entry.previous != journal.head().head {
                return Err(broken("it does not follow from the line before".to_owned()).into());
            }
            journal.digests.push(sha256_hex(line.as_bytes()));
            journal.entries.push(entry);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            let line = journal.digests.len() as u64;
            return Err(JournalError::Broken { line, reason: "its end is missing".to_owned() }.into());
        }
        journal.text = text;
        Ok(journal)
    }

    fn head(&self) -> JournalHead {
        let head = self.digests.last().cloned().unwrap_or_else(|| sha256_hex(b""));
        JournalHead { head, lines: self.digests.len() as u64 }
    }

    /// Sees that the journal goes on from an older head.
    fn check(&self, older: &JournalHead, known: &'static str) -> Result<(), Error> {
        let nothing = older.lines == 0 && older.head == sha256_hex(b"");
        let at = usize::try_from(older.lines).ok().and_then(|lines| lines.checked_sub(1));
        let is_there = at.and_then(|at| self.digests.get(at)) == Some(&older.head);
        match nothing || is_there {
            true => Ok(()),
            false => Err(JournalError::Rewritten { lines: older.lines, known }.into()),
        }
    }

    /// Sees that it goes on from the head that this publisher remembers, and from the one that is published. Gives the number
    /// of lines that one of them vouches for.
    fn check_known(&self, layout: &Layout, state: &State) -> Result<u64, Error> {
        let remembered = JournalHead::remembered(layout)?;
        self.check(&remembered, "this publisher")?;
        let listed = state.targets(TARGETS).and_then(|targets| targets.signed.targets.get(HEAD));
        let listed = listed.and_then(JournalHead::of);
        listed.as_ref().map_or(Ok(()), |head| self.check(head, "the published metadata"))?;
        Ok(remembered.lines.max(listed.map_or(0, |head| head.lines)))
    }
}

impl Repository {
    /// Keeps a journal from now on: `journal.jsonl` in the repository's folder, with its head as a target.
    #[must_use]
    pub fn keep_journal(mut self) -> Self {
        self.keeps_journal = true;
        self
    }

    /// Verifies the journal, from its first line to its last, and from the heads that are known. Returns its head and its
    /// lines.
    ///
    /// # Errors
    /// [`JournalError`], above all [`JournalError::NotPublished`]; where what is published cannot be read.
    pub fn verify_journal(&self) -> Result<(JournalHead, Vec<JournalEntry>), Error> {
        let _lock = self.lock()?;
        let journal = self.checked_journal(&State::load(&self.layout)?)?;
        Ok((journal.head(), journal.entries))
    }

    /// As [`Repository::verify_journal`], where lines cannot be compared with what is published, for that is gone: somebody has
    /// compared the head with the publisher who wrote them, `head` is its SHA-256, and it is remembered from now on.
    ///
    /// # Errors
    /// As [`Repository::verify_journal`]; [`JournalError::OtherHead`].
    pub fn verify_journal_up_to(&self, head: &str) -> Result<(JournalHead, Vec<JournalEntry>), Error> {
        let _lock = self.lock()?;
        let journal = Journal::load(&self.layout)?;
        journal.check_known(&self.layout, &State::load(&self.layout)?)?;
        let found = journal.head();
        if !found.head.eq_ignore_ascii_case(head) {
            return Err(JournalError::OtherHead { head: found.head, lines: found.lines }.into());
        }
        found.remember(&self.layout, &self.state_disk)?;
        Ok((found, journal.entries))
    }

    /// The journal as it is known. Nothing is published that no line could be added for.
    pub(super) fn check_journal(&self, state: &State) -> Result<Journal, Error> {
        if self.keeps_journal { self.checked_journal(state) } else { Ok(Journal::default()) }
    }

    /// The journal, all of whose lines are remembered, vouched for by published metadata, or of what is published. They are
    /// remembered from now on: what they are compared with may be gone tomorrow.
    fn checked_journal(&self, state: &State) -> Result<Journal, Error> {
        let journal = Journal::load(&self.layout)?;
        let known = journal.check_known(&self.layout, state)?;
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        foreign_lines::check(&journal.entries, known, &self.layout, state)?;
        if journal.head() != JournalHead::remembered(&self.layout)? {
            journal.head().remember(&self.layout, &self.state_disk)?;
        }
        Ok(journal)
    }

    /// Lists the head of the journal in a change of the role `targets`, if there is one and a journal is kept.
    pub(super) fn list_head(&self, drafts: &mut Drafts, state: &State) -> Result<(), Error> {
        if !self.keeps_journal {
            return Ok(());
        }
        let journal = self.check_journal(state)?;
        if let Some(draft) = drafts.targets.get_mut(TARGETS) {
            draft.signed.targets.insert(HEAD.to_owned(), journal.head().target()?);
            // The journal is the repository's, whoever the path is delegated to; its bytes are made when they are needed.
            draft.shadowing.insert(HEAD.to_owned());
            draft.elsewhere.insert(HEAD.to_owned());
        }
        Ok(())
    }

    /// A role `targets` that is signed anew lists the head too.
    pub(super) fn renew_head(&self, state: &State) -> Drafts {
        let mut drafts = Drafts::default();
        if let Some(published) = state.targets(TARGETS).filter(|_| self.keeps_journal) {
            let draft = Draft::of(state.version(TARGETS), &published.signed);
            drafts.targets.insert(TARGETS.to_owned(), draft);
        }
        drafts
    }

    /// Puts the bytes of a listed head to where the publish finds them.
    pub(super) fn stage_head(&self, drafts: &Drafts) -> Result<(), Error> {
        let listed = drafts.targets.get(TARGETS).and_then(|draft| draft.signed.targets.get(HEAD));
        let Some(head) = listed.and_then(JournalHead::of) else { return Ok(()) };
        let bytes = head.bytes()?;
        let path = self.layout.staged_target(&fetch_path(HEAD, &sha256_hex(&bytes)));
        self.disk.create(&path, &bytes).map(drop)
    }

    /// The line for a publish; none if no journal is kept, or if nobody has decided anything.
    pub(super) fn journal_line(
        &self,
        base: Option<&str>,
        files: &[PlannedFile],
        events: Vec<String>,
        now: UnixTime,
    ) -> Result<Option<String>, Error> {
        if !self.keeps_journal {
            return Ok(None);
        }
        let previous = Journal::load(&self.layout)?.head().head;
        let published = files.iter().map(describe).collect::<Result<_, Error>>()?;
        let base = base.map(str::to_owned);
        let entry = JournalEntry { previous, time: format_expiry(now), base, published, events };
        if entry.is_routine() {
            return Ok(None);
        }
        serde_json::to_string(&entry).map(Some).map_err(Error::NotJson)
    }
}

fn describe(file: &PlannedFile) -> Result<JournalFile, Error> {
    let signed: Signed<serde_json::Value> = serde_json::from_slice(&file.bytes).map_err(Error::NotJson)?;
    Ok(JournalFile {
        role: file.role.clone(),
        version: file.version,
        sha256: sha256_hex(&file.bytes),
        keyids: signed.signatures.into_iter().map(|signature| signature.keyid).collect(),
    })
}

/// Adds a line, and remembers the head, unless somebody has added lines that were not compared with what is published. May be
/// repeated: a line that is there already stays the last one.
pub(crate) fn append(line: &str, layout: &Layout, disks: Disks<'_>) -> Result<(), Error> {
    let mut journal = Journal::load(layout)?;
    let remembered = JournalHead::remembered(layout)?;
    let digest = sha256_hex(line.as_bytes());
    if journal.digests.last() != Some(&digest) {
        journal.text.push_str(line);
        journal.text.push('\n');
        disks.own.replace(&layout.journal(), journal.text.as_bytes())?;
        journal.digests.push(digest);
    }
    let lines_before = journal.digests.len().saturating_sub(1);
    let before = lines_before.checked_sub(1).and_then(|at| journal.digests.get(at));
    // A recovery publishes whatever the journal says, and others write to it between the check and this line.
    let is_known = before.map_or_else(|| sha256_hex(b""), String::clone) == remembered.head;
    if is_known { journal.head().remember(layout, disks.state) } else { Ok(()) }
}
