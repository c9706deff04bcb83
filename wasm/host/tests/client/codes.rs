//! One list of codes and limits: the core's, the component's, the host's and the documentation's.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::time::Duration;

use tuf_verifier_core as core;
use tuf_verifier_host::bundle::BundleError;
use tuf_verifier_host::source::{Phase, Retry};
use tuf_verifier_host::{Access, Error, Profile, SandboxError, Settings, SourceError, StoreError};
use wit_parser::TypeDefKind;

use crate::component;

/// Names of the cases of a variant of the component.
fn cases(variant: &str) -> Vec<String> {
    let (resolve, _) = component::world();
    let (_, found) = resolve.types.iter().find(|(_, found)| found.name.as_deref() == Some(variant)).unwrap();
    let TypeDefKind::Variant(found) = &found.kind else { panic!("{variant} is no variant") };
    found.cases.iter().map(|case| case.name.clone()).collect()
}

fn refusals() -> [core::Refusal; 9] {
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
        core::Refusal::EndlessData { name: role(), limit: 1, listed: None, setting: None },
        core::Refusal::WrongSoftware { path: role(), mismatch: unlisted() },
        core::Refusal::Revoked { role: role(), version: 1 },
        core::Refusal::EndlessRotation { role: role(), limit: 1 },
        core::Refusal::OtherRootLine { stored: 1, pinned: 1 },
    ]
}

fn unsupported() -> [core::Unsupported; 4] {
    let (name, found) = (|| Box::<str>::from("snapshot"), || Box::<str>::from("2.0.0"));
    [
        core::Unsupported::Keys {
            role: name(),
            delegator: name(),
            delegator_version: 1,
            threshold: 1,
            listed: 1,
            unusable: Vec::new(),
        },
        core::Unsupported::Hashes { name: name(), listed: Vec::new() },
        core::Unsupported::Date { name: name(), found: found() },
        core::Unsupported::SpecVersion { name: name(), found: found() },
    ]
}

#[test]
fn refusals_are_called_the_same_in_the_core_and_in_the_component() {
    assert_eq!(cases("refusal"), refusals().map(|refusal| refusal.code().to_owned()));
}

/// One failure of each code, in the order of the page.
fn failures() -> Vec<core::Failure> {
    let malformed = |defect| core::Malformed { name: "root.json".into(), defect, offset: None }.into();
    let malformed = [
        core::Defect::Json("not JSON"),
        core::Defect::MissingField("signed"),
        core::Defect::TooMany { what: "signatures", limit: 1 },
    ]
    .map(malformed);
    let misuse = [
        core::Misuse::NothingToAnswer,
        core::Misuse::NotReady,
        core::Misuse::NothingFound,
        core::Misuse::UnsafePath(String::new()),
        core::Misuse::CheckFinished,
        core::Misuse::DigestNotGiven("sha256".into()),
        core::Misuse::SameRoot { one: "image".into(), other: "director".into() },
    ];
    let missing = [core::Place::Repository, core::Place::Store]
        .map(|place| core::Failure::from(core::Missing { name: "snapshot.json".into(), place }));
    let refused = refusals().map(core::Failure::from).into_iter();
    let unsupported = unsupported().map(core::Failure::from);
    refused
        .chain(unsupported)
        .chain(malformed)
        .chain(missing)
        .chain(misuse.map(core::Failure::from))
        .collect()
}

/// One error of each code of the host, in the order of the page.
fn errors() -> Vec<Error> {
    let path = || String::from("bin/app");
    let own = [
        Error::MissingTarget { path: path(), fetch_path: path(), advice: String::new() },
        Error::ForeignTarget { path: path() },
        Error::Offline { name: path(), advice: String::new() },
        Error::Output { path: path().into(), source: refused() },
    ];
    let sandbox = [
        SandboxError::OutOfMemory { limit: 0 },
        SandboxError::OutOfTime { limit: Duration::ZERO },
        SandboxError::Trapped { reason: path() },
        SandboxError::Unusable { reason: path() },
    ];
    own.into_iter()
        .chain(source_errors().map(Error::from))
        .chain(bundle_errors().map(Error::from))
        .chain(store_errors().map(Error::from))
        .chain(sandbox.map(Error::from))
        .collect()
}

fn source_errors() -> [SourceError; 11] {
    let location = || String::from("https://example.com/");
    let reason = location;
    [
        SourceError::Unusable { location: location(), reason: reason() },
        SourceError::Name { name: "..".into(), reason: "it leaves" },
        SourceError::Unreachable { location: location(), source: refused() },
        SourceError::Timeout { location: location(), phase: Phase::Response, limit: Duration::ZERO },
        SourceError::TooSlow { location: location(), received: 0, minimum: 1, window: Duration::ZERO },
        SourceError::Tls { location: location(), reason: reason() },
        SourceError::Proxy { location: location(), proxy: location(), reason: reason() },
        SourceError::Read { location: location(), source: refused() },
        SourceError::Protocol { location: location(), reason: reason() },
        SourceError::Status { location: location(), status: 500, retry_after: None },
        SourceError::Redirect { location: location(), to: location(), reason: "another origin" },
    ]
}

fn bundle_errors() -> [BundleError; 4] {
    [
        BundleError::Read { path: "bundle.tar".into(), source: refused() },
        BundleError::Malformed { path: "bundle.tar".into(), reason: "it is cut off".into() },
        BundleError::Conflict { name: "metadata/a".into() },
        BundleError::Write { source: refused() },
    ]
}

fn store_errors() -> [StoreError; 7] {
    let path = || "store".into();
    [
        StoreError::Open { path: path(), source: refused() },
        StoreError::Busy { path: path(), waited: Duration::ZERO, holder: None },
        StoreError::NotAStore { path: path(), evidence: String::new() },
        StoreError::Read { path: path(), source: refused() },
        StoreError::Write { path: path(), source: refused() },
        StoreError::TooLong { path: path(), limit: 1 },
        StoreError::Name { name: "..".into() },
    ]
}

fn refused() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

#[test]
fn the_page_of_failures_lists_every_code_once() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/failures.md");
    let page = std::fs::read_to_string(page).unwrap();
    let listed: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let (verdicts, errors) = (failures(), errors());
    let verdicts = verdicts.iter().map(|failure| failure.code());
    let codes: Vec<&str> = verdicts.chain(errors.iter().map(|error| error.code())).collect();
    assert_eq!(listed, codes);
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    assert!(codes.iter().all(|code| code.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())));
}

#[test]
fn the_hosts_default_settings_are_the_cores() {
    let core::Settings {
        root_max_length,
        timestamp_max_length,
        snapshot_max_length,
        targets_max_length,
        listed_max_length,
        target_file_max_length,
        max_root_updates,
        max_delegations,
        max_rotations,
        access: core::Access::Repository,
        fresh_for,
        profile: core::Profile::Compatible,
        replace_root_line,
    } = core::Settings::default()
    else {
        panic!("the core's defaults are another access or profile")
    };
    let expected = Settings {
        root_max_length,
        timestamp_max_length,
        snapshot_max_length,
        targets_max_length,
        listed_max_length,
        target_file_max_length,
        max_root_updates,
        max_delegations,
        max_rotations,
        access: Access::Repository,
        fresh_for,
        profile: Profile::Compatible,
        replace_root_line,
    };
    assert_eq!(Settings::default(), expected);
}

#[test]
fn the_hosts_default_retry_is_the_cores() {
    let core::client::Retry { count, first, longest } = core::client::Retry::default();
    assert_eq!(Retry::default(), Retry { count, first, longest });
}
