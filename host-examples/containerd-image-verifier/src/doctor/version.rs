//! `containerd-version`: whether this containerd asks verifiers at all.

use super::finding::Finding;
use super::machine::Machine;

const CHECK: &str = "containerd-version";

/// The CRI of older ones asks none.
const OLDEST: (u32, u32) = (2, 1);

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let version = match machine.api.version() {
        Ok(version) => version,
        Err(error) => return vec![Finding::untried(CHECK, error.to_string())],
    };
    let found = match parse(&version) {
        Some(numbers) if numbers >= OLDEST => Finding::ok(CHECK, version),
        Some(_) => Finding::open(
            CHECK,
            format!("{version}: before {}.{} not every pull asks a verifier", OLDEST.0, OLDEST.1),
        ),
        None => Finding::untried(CHECK, format!("{version:?} is no version that is understood")),
    };
    vec![found]
}

/// `v2.1.9`, `2.1.9~ds1`, `2.2.0-rc.1+unknown` become major and minor.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('v').unwrap_or(version).split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    Some((major, minor.get(..digits)?.parse().ok()?))
}
