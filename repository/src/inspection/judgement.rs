//! What the verifier's core says of every file that clients can be led to.
//!
//! The stages are a client's (specification, 5.3 to 5.6), and every reachable role is judged, not only those that one
//! target needs. A refused delegated role does not end the judgement, because clients meet it only on the way to some of
//! the targets.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;
use tuf_verifier_core::stage::{RootUpdate, Step, TargetsUpdate, Trusted};
use tuf_verifier_core::{Failure, Missing, Place, Refusal, Settings, UnixTime, Waiver};

use crate::metadata::{ROOT, SNAPSHOT, Snapshot, TARGETS, TIMESTAMP, format_expiry};
use crate::source::{Cache, SourceError};

/// Before every expiry.
pub(super) const LONG_AGO: UnixTime = UnixTime(i64::MIN);

/// Root metadata files that are followed.
const MOST_ROOTS: u64 = 4096;

/// What the core says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// In one word.
    pub state: State,
    /// The code of the failure, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The failure in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A verdict in one word, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// Authentic and current.
    Accepted,
    /// Delegated to, and not in the snapshot: the role has not been published.
    Unpublished,
    /// Its own keys have revoked it (TAP 20). Clients refuse its targets, as its holders want it.
    Revoked,
    /// Authentic, and expired.
    Expired,
    /// It could not be read, so nothing is known of it.
    Unread,
    /// It needs what this verifier does not have. Nothing speaks for an attack.
    Unsupported,
    /// It is not there.
    Missing,
    /// It is no metadata.
    Malformed,
    /// Clients refuse it as an attack.
    Refused,
}

impl Verdict {
    pub(super) fn accepted() -> Self {
        Self { state: State::Accepted, code: None, message: None }
    }

    fn unpublished() -> Self {
        Self { state: State::Unpublished, code: None, message: None }
    }

    fn failed(failure: &Failure) -> Self {
        let state = match failure {
            Failure::Refused(Refusal::Freeze { .. }) => State::Expired,
            Failure::Refused(Refusal::Revoked { .. }) => State::Revoked,
            Failure::Refused(_) => State::Refused,
            Failure::Unsupported(_) | Failure::Misuse(_) => State::Unsupported,
            Failure::Malformed(_) => State::Malformed,
            Failure::Missing(_) => State::Missing,
        };
        let message = match failure {
            // What expires in peace is no attack. A client cannot know the difference, and its code stays.
            Failure::Refused(Refusal::Freeze { role, version, expires, .. }) => {
                format!("{role} version {version} expired on {}", format_expiry(*expires))
            }
            failure => failure.to_string(),
        };
        Self { state, code: Some(failure.code()), message: Some(message) }
    }

    fn unread(error: &SourceError) -> Self {
        Self { state: State::Unread, code: Some(error.code()), message: Some(error.to_string()) }
    }
}

/// A file that was judged.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) role: String,
    /// Name of the file.
    pub(super) file: String,
    pub(super) verdict: Verdict,
    /// What was read of it.
    pub(super) bytes: Option<Rc<[u8]>>,
}

/// Everything that was judged, in the order of the workflow.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// Root metadata, the first one last confirmed.
    pub(super) roots: Vec<Judged>,
    /// The other files: timestamp, snapshot, targets roles; one entry for each delegator of a role.
    pub(super) files: Vec<Judged>,
    /// The rotate files of each role that were followed (TAP 8), from the first one on.
    pub(super) rotations: BTreeMap<String, Vec<Rc<[u8]>>>,
    /// Roles that have revoked themselves (TAP 20).
    pub(super) revoked: BTreeSet<String>,
    /// Forms that only lenient clients read.
    pub(super) waivers: Vec<Waiver>,
    /// Roles that were not read because there are too many.
    pub(super) unread_roles: bool,
    /// Root metadata that was not read because there is too much.
    pub(super) unread_roots: bool,
}

impl Judgement {
    /// The first file that a client would not accept.
    pub(super) fn first_failure(&self) -> Option<&Judged> {
        // A delegated role that revokes itself takes its own targets away, the top-level one everything.
        let ends_alone = |judged: &Judged| judged.verdict.state == State::Revoked && judged.role != TARGETS;
        let is_fine = |judged: &Judged| {
            matches!(judged.verdict.state, State::Accepted | State::Unpublished) || ends_alone(judged)
        };
        self.roots.iter().chain(&self.files).find(|judged| !is_fine(judged))
    }
}

/// Judges a repository from root metadata on.
pub(super) fn judge(files: &Cache<'_>, root: &Rc<[u8]>, now: UnixTime, most_roles: usize) -> Judgement {
    let mut judging =
        Judging { files, settings: Settings::default(), most_roles, found: Judgement::default() };
    // The failure is in the list; there is nothing after it that clients would read.
    let _ended = judging.run(root, now);
    judging.found
}

struct Judging<'a> {
    files: &'a Cache<'a>,
    settings: Settings,
    most_roles: usize,
    found: Judgement,
}

/// The judgement is over: the last entry of the list says why.
struct Ended;

impl Judging<'_> {
    fn run(&mut self, root: &Rc<[u8]>, now: UnixTime) -> Result<(), Ended> {
        let update = self.roots(root)?;
        let last = format!("{}.root.json", update.version());
        let stage = match update.finish(now) {
            Ok(stage) => stage,
            Err(refused) => {
                if let Some(judged) = self.found.roots.last_mut() {
                    judged.verdict = Verdict::failed(&refused.failure);
                } else {
                    self.found.roots.push(judged(ROOT, &last, Verdict::failed(&refused.failure), None));
                }
                return Err(Ended);
            }
        };

        let file = stage.file();
        let bytes = self.read(TIMESTAMP, &file.name, file.max_length)?;
        let accepted = stage.accept(&bytes);
        let (stage, _) = self.record(TIMESTAMP, &file.name, bytes, accepted)?;

        let file = stage.file();
        let bytes = self.read(SNAPSHOT, &file.name, file.max_length)?;
        let snapshot = bytes.clone();
        let accepted = stage.accept(&bytes);
        let mut stage = self.record(SNAPSHOT, &file.name, bytes, accepted)?;
        while let Some(file) = stage.next_file() {
            let bytes = self.read(TARGETS, &file.name, file.max_length)?;
            let accepted = stage.accept(&bytes);
            stage = self.record(TARGETS, &file.name, Rc::clone(&bytes), accepted)?;
            self.found.rotations.entry(TARGETS.to_owned()).or_default().push(bytes);
        }
        let finished = stage.finish();
        let stage = finished.map_err(|refused| self.end(TARGETS, "targets.json", &refused.failure))?;
        let listed = listed_versions(&snapshot);
        self.targets(stage, &listed)
    }

    /// Follows the chain of root metadata.
    fn roots(&mut self, root: &Rc<[u8]>) -> Result<RootUpdate, Ended> {
        let started = RootUpdate::start(root, self.settings);
        let name = started
            .as_ref()
            .map_or_else(|_| "root.json".to_owned(), |root| format!("{}.root.json", root.version()));
        let mut update = match started {
            Ok(update) => update,
            Err(failure) => {
                let verdict = Verdict::failed(&failure);
                self.found.roots.push(judged(ROOT, &name, verdict, Some(root)));
                return Err(Ended);
            }
        };
        self.found.roots.push(judged(ROOT, &name, Verdict::accepted(), Some(root)));
        for _ in 0..MOST_ROOTS {
            let next = update.next_file();
            let bytes = match self.files.file(&next.name, next.max_length) {
                Ok(None) => return Ok(update),
                Ok(Some(bytes)) => bytes,
                Err(error) => {
                    self.found.roots.push(judged(ROOT, &next.name, Verdict::unread(&error), None));
                    return Err(Ended);
                }
            };
            match update.accept(bytes.to_vec()) {
                Ok(accepted) => update = accepted,
                Err(refused) => {
                    let verdict = Verdict::failed(&refused.failure);
                    self.found.roots.push(judged(ROOT, &next.name, verdict, Some(&bytes)));
                    return Err(Ended);
                }
            }
            self.found.roots.push(judged(ROOT, &next.name, Verdict::accepted(), Some(&bytes)));
        }
        self.found.unread_roots = true;
        Ok(update)
    }

    /// Judges top-level targets metadata and every role below it.
    fn targets(&mut self, stage: TargetsUpdate, listed: &BTreeMap<String, u64>) -> Result<(), Ended> {
        let file = stage.file().map_err(|failure| self.end(TARGETS, "targets.json", &failure))?;
        let bytes = self.read(TARGETS, &file.name, file.max_length)?;
        let accepted = stage.accept(&bytes);
        let mut trusted = self.record(TARGETS, &file.name, bytes, accepted)?;
        self.found.waivers = trusted.waivers();
        let mut to_visit = self.delegated(&trusted, &Step::top_level());
        let mut expanded = BTreeSet::from([TARGETS.to_owned()]);
        let mut visited = 0;
        while let Some(step) = to_visit.pop() {
            visited += 1;
            if visited > self.most_roles {
                self.found.unread_roles = true;
                return Ok(());
            }
            let role = step.role().to_owned();
            if !listed.contains_key(&format!("{role}.json")) {
                self.found.files.push(judged(&role, "", Verdict::unpublished(), None));
                continue;
            }
            if self.role(&mut trusted, &step) && expanded.insert(role.clone()) {
                to_visit.extend(self.delegated(&trusted, &step));
            }
        }
        Ok(())
    }

    /// Judges one delegated role. Whether it was accepted.
    fn role(&mut self, trusted: &mut Trusted, step: &Step) -> bool {
        let role = step.role();
        loop {
            let next = trusted
                .needed(step)
                .and_then(|needed| needed.map(|needed| Ok((trusted.file(&needed)?, needed))).transpose());
            let (file, needed) = match next {
                Ok(Some(next)) => next,
                Ok(None) => return true,
                Err(failure) => {
                    if matches!(failure, Failure::Refused(Refusal::Revoked { .. })) {
                        self.found.revoked.insert(role.to_owned());
                    }
                    self.end(role, "", &failure);
                    return false;
                }
            };
            let Ok(bytes) = self.read(role, &file.name, file.max_length) else { return false };
            let accepted = trusted.accept(&needed, &bytes);
            let verdict = accepted.as_ref().map_or_else(Verdict::failed, |()| Verdict::accepted());
            if needed.rotation().is_none() || accepted.is_err() {
                self.found.files.push(judged(role, &file.name, verdict, Some(&bytes)));
            }
            if accepted.is_err() {
                return false;
            }
            if let Some(version) = needed.rotation() {
                let followed = self.found.rotations.entry(role.to_owned()).or_default();
                // Once for each delegator that lists other keys.
                if followed.len() as u64 + 1 == version {
                    followed.push(bytes);
                }
            }
        }
    }

    /// The roles that a role delegates to, the first one last.
    fn delegated(&mut self, trusted: &Trusted, step: &Step) -> Vec<Step> {
        let Some(mut steps) = trusted.delegated(step, self.most_roles) else {
            self.found.unread_roles = true;
            return Vec::new();
        };
        steps.reverse();
        steps
    }

    fn read(&mut self, role: &str, name: &str, most: u64) -> Result<Rc<[u8]>, Ended> {
        match self.files.file(name, most) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => {
                let missing = Missing { name: name.into(), place: Place::Repository };
                Err(self.end(role, name, &missing.into()))
            }
            Err(error) => {
                self.found.files.push(judged(role, name, Verdict::unread(&error), None));
                Err(Ended)
            }
        }
    }

    fn record<S, T>(
        &mut self,
        role: &str,
        name: &str,
        bytes: Rc<[u8]>,
        accepted: Result<S, tuf_verifier_core::stage::Refused<T>>,
    ) -> Result<S, Ended> {
        let (verdict, result) = match accepted {
            Ok(stage) => (Verdict::accepted(), Ok(stage)),
            Err(refused) => (Verdict::failed(&refused.failure), Err(Ended)),
        };
        self.found.files.push(judged(role, name, verdict, Some(&bytes)));
        result
    }

    fn end(&mut self, role: &str, name: &str, failure: &Failure) -> Ended {
        self.found.files.push(judged(role, name, Verdict::failed(failure), None));
        Ended
    }
}

fn judged(role: &str, file: &str, verdict: Verdict, bytes: Option<&Rc<[u8]>>) -> Judged {
    Judged { role: role.to_owned(), file: file.to_owned(), verdict, bytes: bytes.cloned() }
}

/// Versions of the files that an accepted snapshot lists.
fn listed_versions(snapshot: &[u8]) -> BTreeMap<String, u64> {
    let parsed = super::documents::parse::<Snapshot>(snapshot);
    let listed = parsed.map(|parsed| parsed.signed.meta).unwrap_or_default();
    listed.into_iter().map(|(name, file)| (name, file.version)).collect()
}
