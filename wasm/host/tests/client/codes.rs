//! One list of codes and limits: the core's, the component's and the host's.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use tuf_verifier_core as core;
use tuf_verifier_host::{Error, SandboxError, Settings};
use wit_parser::TypeDefKind;

use crate::component;

/// Names of the cases of a variant of the component.
fn cases(variant: &str) -> Vec<String> {
    let (resolve, _) = component::world();
    let (_, found) = resolve.types.iter().find(|(_, found)| found.name.as_deref() == Some(variant)).unwrap();
    let TypeDefKind::Variant(found) = &found.kind else { panic!("{variant} is no variant") };
    found.cases.iter().map(|case| case.name.clone()).collect()
}

fn refusals() -> [core::Refusal; 6] {
    let (role, time) = (|| Box::<str>::from("snapshot"), core::UnixTime(0));
    let unlisted = || core::Mismatch::Unlisted;
    [
        core::Refusal::ArbitrarySoftware {
            role: role(),
            delegator: role(),
            delegator_version: 1,
            threshold: 1,
            valid: 0,
        },
        core::Refusal::Rollback { role: role(), subject: role(), trusted: 2, offered: None },
        core::Refusal::Freeze { role: role(), version: 1, expires: time, now: time },
        core::Refusal::MixAndMatch { role: role(), mismatch: unlisted() },
        core::Refusal::EndlessData { name: role(), limit: 1 },
        core::Refusal::WrongSoftware { path: role(), mismatch: unlisted() },
    ]
}

#[test]
fn refusals_are_called_the_same_in_the_core_and_in_the_component() {
    assert_eq!(cases("refusal"), refusals().map(|refusal| refusal.code().to_owned()));
}

#[test]
fn codes_of_the_host_are_its_own() {
    let path = String::from("bin/app");
    let errors = [
        Error::MissingTarget { path: path.clone(), fetch_path: path.clone() },
        Error::ForeignTarget { path: path.clone() },
        Error::Output { path: PathBuf::from(path), source: std::io::ErrorKind::NotFound.into() },
        SandboxError::OutOfMemory { limit: 0 }.into(),
        SandboxError::OutOfTime { limit: Duration::ZERO }.into(),
        SandboxError::Trapped { reason: String::new() }.into(),
        SandboxError::Unusable { reason: String::new() }.into(),
    ];
    let own: BTreeSet<&str> = errors.iter().map(Error::code).collect();
    assert_eq!(own.len(), errors.len());
    assert!(own.iter().all(|code| code.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())));
    let verdicts: BTreeSet<&str> = refusals().map(|refusal| refusal.code()).into();
    assert!(own.is_disjoint(&verdicts));
}

#[test]
fn the_hosts_default_settings_are_the_cores() {
    let core::Settings {
        root_max_length,
        timestamp_max_length,
        snapshot_max_length,
        targets_max_length,
        max_root_updates,
        max_delegations,
    } = core::Settings::default();
    let expected = Settings {
        root_max_length,
        timestamp_max_length,
        snapshot_max_length,
        targets_max_length,
        max_root_updates,
        max_delegations,
    };
    assert_eq!(Settings::default(), expected);
}
