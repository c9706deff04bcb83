//! Follows a world with the core, as `tuf-tests` drives it: the promises of the cycle are asserted on the way.
//!
//! That the component answers as the core does is tested beside the host library.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tuf_tests::{Answer, Device, Drive, Mirror};
use tuf_verifier_core::{Failure, NotFound, Target};

use super::rules::PANICKED;
use super::{Step, Stored, Verdict, World};
use crate::Outcome;

/// What this project alone answers: one verdict a step.
#[must_use]
pub fn follow(world: &World) -> Vec<Verdict> {
    let Some(first) = world.steps.first() else { return Vec::new() };
    let mut device = Device::new_for(&first.mirror);
    let visit = |step: &Step| {
        device.now = step.now;
        // A broken promise is a verdict that no rule explains.
        let answer = catch_unwind(AssertUnwindSafe(|| visit(&mut device, step)));
        let answer = answer.unwrap_or_else(|panic| {
            let words = panic.downcast_ref::<String>().cloned();
            let words = words.or_else(|| panic.downcast_ref::<&str>().map(|&words| words.to_owned()));
            refused(format!("{PANICKED}: {}", words.unwrap_or_default()))
        });
        Verdict { stored: stored(&device), ..answer }
    };
    world.steps.iter().map(visit).collect()
}

fn visit(device: &mut Device, step: &Step) -> Verdict {
    let refreshed =
        device.start().and_then(|mut drive| drive.refresh(&step.mirror).map(|report| (drive, report)));
    let (mut drive, report) = match refreshed {
        Ok(refreshed) => refreshed,
        Err(failure) => return refused(failure.code().to_owned()),
    };
    let look = |path: &String| (path.clone(), look_up(&mut drive, &step.mirror, path));
    let targets: BTreeMap<String, Outcome> = step.targets.iter().map(look).collect();
    let states = [report.root, report.timestamp, report.snapshot, report.targets];
    let versions = Some(states.map(|state| state.version.into()));
    Verdict { refresh: Outcome::Accepted, targets, versions, stored: Stored::default() }
}

fn refused(reason: String) -> Verdict {
    let refresh = Outcome::Refused { reason };
    Verdict { refresh, targets: BTreeMap::new(), versions: None, stored: Stored::default() }
}

/// The peers keep the newest trusted root metadata in `root.json`; we have it last in the history.
fn stored(device: &Device) -> Stored {
    let version =
        |name: &str| name.strip_prefix("root_history/")?.strip_suffix(".root.json")?.parse::<u64>().ok();
    let history = device.store.iter().filter_map(|(name, bytes)| Some((version(name)?, bytes)));
    let newest = history.max_by_key(|(version, _)| *version).map_or(&device.pinned, |(_, bytes)| bytes);
    let digest = |name: &str| device.store.get(name).map(|bytes| tuf_tests::sha256(bytes));
    Stored {
        root: Some(tuf_tests::sha256(newest)),
        timestamp: digest("timestamp.json"),
        snapshot: digest("snapshot.json"),
    }
}

/// The peers have one word for each search that ends without the target: absent.
fn look_up(drive: &mut Drive<'_>, mirror: &Mirror, path: &str) -> Outcome {
    let outcome = match drive.find(mirror, path) {
        Ok(Answer::Found(target)) => fetch(drive, mirror, &target),
        Ok(Answer::NotFound(NotFound::UnsupportedDelegation { .. })) => {
            return Outcome::Refused { reason: "unsupported-delegation".to_owned() };
        }
        Ok(Answer::NotFound(_)) => return Outcome::Absent,
        Err(failure) => Err(failure),
    };
    outcome.unwrap_or_else(|failure| Outcome::Refused { reason: failure.code().to_owned() })
}

fn fetch(drive: &Drive<'_>, mirror: &Mirror, target: &Target) -> Result<Outcome, Failure> {
    let mut check = drive.check()?;
    let Some(bytes) = mirror.targets.get(&target.fetch_path) else {
        return Ok(Outcome::Refused { reason: "missing-target".to_owned() });
    };
    check.write(bytes)?;
    check.finish()?;
    Ok(Outcome::Verified { sha256: tuf_tests::sha256(bytes) })
}
