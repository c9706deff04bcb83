//! Every role of a repository, verified from the top down. Expiry is left aside: what has expired is to be named too.

use std::collections::BTreeSet;

use serde::Deserialize;
use tuf_verifier_core::stage::{MetadataFile, Refused, RootUpdate, Step, Trusted};
use tuf_verifier_core::{Failure, Missing, Place, RoleState, Settings, UnixTime};

use super::{ObservedRole, Once};
use crate::error::Error;
use crate::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP, parse_time};

/// Before every expiry.
const LONG_AGO: UnixTime = UnixTime(i64::MIN);

/// Roles that are looked at.
const MOST_ROLES: usize = 1 << 16;

/// Adds the roles, root metadata first. The failure is that of the first file that is refused.
pub(super) fn roles(
    root: &[u8],
    source: &Once<'_>,
    roles: &mut Vec<ObservedRole>,
) -> Result<Result<(), Failure>, Error> {
    match top_level(root, source)? {
        Err(failure) => Ok(Err(failure)),
        Ok(trusted) => {
            let [root, timestamp, snapshot, targets] = trusted.states();
            let states = [(ROOT, root), (TIMESTAMP, timestamp), (SNAPSHOT, snapshot), (TARGETS, targets)];
            roles.extend(states.into_iter().map(|(role, RoleState { version, expires })| ObservedRole {
                role: role.to_owned(),
                version,
                expires: Some(expires),
            }));
            delegated(trusted, source, roles)
        }
    }
}

/// Ends a step with the failure that a client would end with.
macro_rules! judged {
    ($verdict:expr) => {
        match $verdict {
            Ok(accepted) => accepted,
            Err(refused) => return Ok(Err(failure(refused))),
        }
    };
}

fn top_level(root: &[u8], source: &Once<'_>) -> Result<Result<Trusted, Failure>, Error> {
    let mut update = judged!(RootUpdate::start(root, Settings::default()));
    let file = |file: MetadataFile| source.read(&file.name, file.max_length).map(|bytes| found(file, bytes));
    loop {
        let next = update.next_file();
        match source.read(&next.name, next.max_length)? {
            Some(bytes) => update = judged!(update.accept(bytes)),
            None => break,
        }
    }
    let stage = judged!(update.finish(LONG_AGO));
    let bytes = judged!(file(stage.file())?);
    let (stage, _) = judged!(stage.accept(&bytes));
    let bytes = judged!(file(stage.file())?);
    let mut stage = judged!(stage.accept(&bytes));
    while let Some(next) = stage.next_file() {
        let bytes = judged!(file(next)?);
        stage = judged!(stage.accept(&bytes));
    }
    let stage = judged!(stage.finish());
    let next = judged!(stage.file());
    let bytes = judged!(file(next)?);
    Ok(Ok(judged!(stage.accept(&bytes))))
}

fn delegated(
    mut trusted: Trusted,
    source: &Once<'_>,
    roles: &mut Vec<ObservedRole>,
) -> Result<Result<(), Failure>, Error> {
    let mut seen = BTreeSet::from([TARGETS.to_owned()]);
    let mut to_visit = trusted.delegated(&Step::top_level(), MOST_ROLES).unwrap_or_default();
    to_visit.reverse();
    while let Some(step) = to_visit.pop() {
        let mut last = None;
        while let Some(needed) = judged!(trusted.needed(&step)) {
            let next = match trusted.file(&needed) {
                // Delegated to, and not published yet.
                Err(Failure::Missing(_)) => break,
                next => judged!(next),
            };
            let bytes = judged!(source.read(&next.name, next.max_length).map(|bytes| found(next, bytes))?);
            judged!(trusted.accept(&needed, &bytes));
            last = Some(bytes);
        }
        let Some(bytes) = last else { continue };
        if seen.insert(step.role().to_owned()) {
            roles.extend(described(step.role(), &bytes));
            let mut children = trusted.delegated(&step, MOST_ROLES).unwrap_or_default();
            children.reverse();
            to_visit.extend(children);
        }
    }
    Ok(Ok(()))
}

fn described(role: &str, bytes: &[u8]) -> Option<ObservedRole> {
    #[derive(Deserialize)]
    struct Document {
        signed: Head,
    }
    #[derive(Deserialize)]
    struct Head {
        version: u64,
        expires: String,
    }
    let Document { signed } = serde_json::from_slice(bytes).ok()?;
    let expires = parse_time(&signed.expires);
    Some(ObservedRole { role: role.to_owned(), version: signed.version, expires })
}

fn found(file: MetadataFile, bytes: Option<Vec<u8>>) -> Result<Vec<u8>, Failure> {
    bytes.ok_or_else(|| Failure::Missing(Missing { name: file.name.into(), place: Place::Repository }))
}

/// What a stage or a file is refused for.
trait Cause {
    fn failure(self) -> Failure;
}

impl Cause for Failure {
    fn failure(self) -> Failure {
        self
    }
}

impl<Stage> Cause for Refused<Stage> {
    fn failure(self) -> Failure {
        self.failure
    }
}

fn failure(refused: impl Cause) -> Failure {
    refused.failure()
}
