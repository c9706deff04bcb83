//! `stored-images`: images in containerd's store that the policy would refuse now. Nobody is asked about them any more.

use std::time::Instant;

use tuf_oci::{Descriptor, Reference};

use super::finding::Finding;
use super::machine::Machine;
use crate::call::Call;
use crate::decision::judge;
use crate::node::{NodeError, StoredImage};
use crate::policy::Policy;

const CHECK: &str = "stored-images";

/// How many are named; the others are counted.
const NAMED: usize = 10;

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let Ok(policy) = &machine.policy else { return Vec::new() };
    let (total, refused) = match of(machine, policy) {
        Ok(found) => found,
        Err(error) => return vec![Finding::untried(CHECK, error.to_string())],
    };
    if refused.is_empty() {
        return vec![Finding::ok(CHECK, format!("the policy would allow all {total}"))];
    }
    let named = refused.iter().take(NAMED).map(|words| Finding::warning(CHECK, words.as_str()));
    let count = refused.len().saturating_sub(NAMED);
    let rest = (count > 0).then(|| Finding::warning(CHECK, format!("and {count} more")));
    named.chain(rest).collect()
}

/// How many images there are, and what the policy says of those that it refuses.
fn of(machine: &Machine, policy: &Policy) -> Result<(usize, Vec<String>), NodeError> {
    let (mut total, mut refused) = (0, Vec::new());
    for namespace in machine.api.namespaces()? {
        let images = machine.api.images(&namespace)?;
        for image in images.iter().filter(|image| !is_second(image, &images)) {
            total += 1;
            if let Err(why) = allowed(policy, image) {
                let name = &image.name;
                refused.push(format!("{namespace}/{name} can be run, though it would be refused now: {why}"));
            }
        }
    }
    Ok((total, refused))
}

/// The CRI keeps each image a second time, under its ID.
fn is_second(image: &StoredImage, images: &[StoredImage]) -> bool {
    let is_id = |image: &StoredImage| image.name.starts_with("sha256:");
    is_id(image) && images.iter().any(|other| !is_id(other) && other.digest == image.digest)
}

fn allowed(policy: &Policy, image: &StoredImage) -> Result<(), String> {
    let reference = Reference::parse(&image.name).map_err(|error| error.to_string())?;
    let descriptor = Descriptor {
        media_type: image.media_type.parse().map_err(|_| format!("it is {:?}", image.media_type))?,
        digest: image.digest.parse().map_err(|_| format!("its digest is {:?}", image.digest))?,
        size: u64::try_from(image.size).unwrap_or_default(),
    };
    let verdict = judge(policy, &Call { reference, descriptor }, Instant::now());
    if verdict.allowed { Ok(()) } else { Err(verdict.to_string()) }
}
