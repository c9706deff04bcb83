//! Follows a journey with `tuf-verifier-host`: the real component in its sandbox, a real store, real HTTP.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use sha2::{Digest, Sha256};
use tuf_verifier_host::records::NotFoundReason;
use tuf_verifier_host::{Client, Error, FolderStore, HttpSource, Lookup, NotFound, Session, UnixTime};

use crate::{Journey, Outcome, Stop, Visit};

/// Refreshes from each stop in turn with one store, and looks for every target there.
pub(crate) fn read(journey: &Journey) -> Result<Vec<Visit>> {
    let root = fs::read(&journey.root)?;
    journey.stops.iter().map(|stop| visit(journey, &root, stop)).collect()
}

fn visit(journey: &Journey, root: &[u8], stop: &Stop) -> Result<Visit> {
    let source = HttpSource::builder(&stop.metadata_url, &stop.targets_url).direct().retries(0).build()?;
    let mut client = Client::new(root.to_vec(), source, FolderStore::open(&journey.store)?);
    if let Some(seconds) = journey.reference_time {
        client = client.reference_time(UnixTime::from_seconds(seconds));
    }
    let mut session = match client.refresh() {
        Ok(session) => session,
        Err(error) => return Ok(Visit { refresh: refused(error)?, targets: BTreeMap::new() }),
    };
    let mut targets = BTreeMap::new();
    for path in &journey.targets {
        targets.insert(path.clone(), look_up(&mut session, path)?);
    }
    Ok(Visit { refresh: Outcome::Accepted, targets })
}

fn look_up(session: &mut Session, path: &str) -> Result<Outcome> {
    let target = match session.find(path) {
        Ok(Lookup::Found(target)) => target,
        Ok(Lookup::NotFound(NotFound { reason: NotFoundReason::Absent, .. })) => return Ok(Outcome::Absent),
        Ok(Lookup::NotFound(other)) => anyhow::bail!("no answer that the peers have: {other:?}"),
        Err(error) => return refused(error),
    };
    match session.read(&target) {
        Ok(bytes) => {
            let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(Outcome::Verified { sha256 })
        }
        Err(error) => refused(error),
    }
}

/// Only verdicts count as refusals: where the network, the store or the sandbox fails, there is none.
fn refused(error: Error) -> Result<Outcome> {
    match error {
        Error::Failure(_) | Error::MissingTarget { .. } => {
            Ok(Outcome::Refused { reason: error.code().to_owned() })
        }
        other => Err(other.into()),
    }
}
