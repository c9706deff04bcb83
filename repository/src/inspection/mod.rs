//! A repository of anybody, as its readers want to know it: who signs what, what expires next, what clients say of it.
//!
//! Everything is read and nothing is trusted. The verifier's core judges each file; what it refuses is shown too, with the
//! verdict in front.

mod assembly;
mod documents;
mod findings;
mod judgement;
mod report;

use std::rc::Rc;

use tuf_verifier_core::UnixTime;

pub use findings::{DISAGREEMENT, Finding};
pub use judgement::{State, Verdict};
pub use report::{
    BinsReport, Inspection, KeyReport, NextExpiry, RoleReport, RootReport, RotationReport, SharedKey,
    TargetsReport,
};

use crate::review::{Documents, KeyNames};
use crate::source::{Cache, Source, SourceError};
use assembly::{Material, Start, names};
use documents::Shown;
use judgement::{LONG_AGO, judge};

/// Bytes of root metadata to start from.
const MOST_ROOT: u64 = 512_000;

/// What an inspection starts from, and how far it goes.
#[derive(Clone, Debug)]
pub struct Question {
    /// Root metadata that somebody has confirmed. Otherwise the oldest one that is there, which nobody has confirmed.
    pub root: Option<Vec<u8>>,
    /// The time at which expiry is judged.
    pub at: UnixTime,
    /// Names of keys.
    pub names: KeyNames,
    /// Delegated roles that are read at most.
    pub most_roles: usize,
}

/// A repository that was read, and what is said of it.
#[derive(Debug)]
pub struct Inspected {
    /// What is said of it.
    pub inspection: Inspection,
    /// Its documents.
    pub documents: Documents,
    /// Names of its keys, those that the repository itself gives them among them.
    pub names: KeyNames,
}

/// Reads a repository and judges it.
///
/// # Errors
/// [`SourceError`] if its root metadata cannot be read. Any other file that cannot be read is part of the report.
pub fn inspect(source: &dyn Source, question: &Question) -> Result<Inspected, SourceError> {
    let cache = Cache::new(source);
    let start = match &question.root {
        Some(root) => Start { file: None, bytes: Rc::from(root.as_slice()) },
        None => {
            let no_root = || SourceError::NoRoot { location: source.location() };
            let name = source.oldest_root()?.ok_or_else(no_root)?;
            let bytes = cache.file(&name, MOST_ROOT)?.ok_or_else(no_root)?;
            Start { file: Some(name), bytes }
        }
    };
    let current = judge(&cache, &start.bytes, question.at, question.most_roles);
    let authentic = judge(&cache, &start.bytes, LONG_AGO, question.most_roles);
    let shown = Shown::collect(&authentic, &cache);
    let names = names(&shown.documents, &question.names);
    let material =
        Material { source, question, start: &start, current, authentic, shown: &shown, names: &names };
    let inspection = material.report();
    Ok(Inspected { inspection, documents: shown.documents, names })
}
