//! Our own client, in memory: the verifier's core.

use std::collections::BTreeMap;

use tuf_repository::metadata::sha256_hex;
use tuf_verifier_core::{Failure, Request, Settings, UpdateCycle};

use super::{Served, Visit};

/// Our client with its trusted store.
#[derive(Clone, Default)]
pub(crate) struct Core {
    pub(crate) store: BTreeMap<String, Vec<u8>>,
}

impl Core {
    /// Updates from the first root metadata, and looks for every target.
    pub(crate) fn visit(&mut self, root: &[u8], served: &Served, look_up: &[&str]) -> Visit {
        match self.judge(root, served, look_up) {
            Ok(visit) => visit,
            Err(failure) => Visit::Refused(failure.to_string()),
        }
    }

    fn judge(&mut self, root: &[u8], served: &Served, look_up: &[&str]) -> Result<Visit, Failure> {
        let mut cycle = UpdateCycle::start(root, served.now, Settings::default())?;
        let Request::Ready(report) = self.drive(&mut cycle, served)? else { panic!("not ready") };
        let roles = [report.root, report.timestamp, report.snapshot, report.targets];
        let mut found = BTreeMap::new();
        for path in look_up {
            cycle.find(path)?;
            let digest = match self.drive(&mut cycle, served)? {
                Request::Found(target) => {
                    let bytes = &served.targets[&*target.fetch_path];
                    let mut check = cycle.check()?;
                    check.write(bytes)?;
                    check.finish()?;
                    Some(sha256_hex(bytes))
                }
                _ => None,
            };
            found.insert((*path).to_owned(), digest);
        }
        Ok(Visit::Accepted { versions: roles.map(|role| role.version), found })
    }

    fn drive(&mut self, cycle: &mut UpdateCycle, served: &Served) -> Result<Request, Failure> {
        loop {
            match cycle.next() {
                Request::Load { name } => cycle.offer(self.store.get(&name).cloned())?,
                Request::Fetch { name, .. } => cycle.offer(served.metadata.get(&name).cloned())?,
                Request::Persist { name, bytes } => drop(self.store.insert(name, bytes)),
                Request::Forget { name } => drop(self.store.remove(&name)),
                answer => return Ok(answer),
            }
        }
    }
}
