//! Bundles of what a client asked for.

use std::io::Read;
use std::sync::Arc;

use tuf_tests::NOW;
use tuf_verifier_host::bundle::{BundleError, BundleSource, BundleWriter, Recorder, Recording};
use tuf_verifier_host::source::Resume;
use tuf_verifier_host::{HttpSource, MemoryStore, Source};

use crate::world::{APP, APP_CONTENT, Published, TOOL, TOOL_CONTENT, at, both, found};

/// What a client records that asks for these targets in this order.
fn record(published: &Published, paths: &[&str]) -> Recording {
    let (recorder, recording) = Recorder::new(published.clone()).expect("a temporary file");
    let session = published.client_of(recorder, MemoryStore::new()).refresh().expect("accepted");
    for path in paths {
        let target = found(&session, path);
        session.read(&target).expect("verified");
    }
    recording
}

#[test]
fn a_wrapped_source_is_asked_again_as_by_itself() {
    let url = "http://127.0.0.1:1/";
    let source = HttpSource::builder(url, url).direct().retries(7).build().expect("usable settings");
    let (recorder, _) = Recorder::new(Arc::new(source)).expect("a temporary file");
    assert_eq!(recorder.retry().count, 7);
}

fn bytes(recording: &Recording) -> Vec<u8> {
    recording.write(Vec::new()).expect("written")
}

fn names(bundle: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(bundle);
    let path = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        entry.expect("an entry").path().expect("a path").display().to_string()
    };
    archive.entries().expect("entries").map(path).collect()
}

#[test]
fn records_what_a_refresh_and_the_chosen_targets_need() {
    let published = Published::new();
    let bundle = bytes(&record(&published, &[TOOL]));
    let names = names(&bundle);
    assert_eq!(
        names[..4],
        [
            "metadata/1.snapshot.json",
            "metadata/1.targets.json",
            "metadata/1.team.json",
            "metadata/timestamp.json"
        ]
    );
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(names[4].starts_with("targets/team/") && names[4].ends_with(".a tool"), "{names:?}");
}

#[test]
fn the_same_files_are_the_same_bytes() {
    let published = Published::new();
    let one = bytes(&record(&published, &[APP, TOOL]));
    assert_eq!(one, bytes(&record(&published, &[TOOL, APP, APP])));
    assert_ne!(one, bytes(&record(&published, &[APP])));
}

#[test]
fn another_client_verifies_what_was_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bundle.tar");
    let published = Published::new();
    record(&published, &[APP, TOOL]).save(&path).expect("written");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    let bundle = BundleSource::open(&path).expect("a bundle");
    let session = published.client_of(bundle, MemoryStore::new()).refresh().expect("accepted");
    assert_eq!(both(&session), [APP_CONTENT, TOOL_CONTENT]);
    let again = BundleSource::open(&path).expect("a bundle");
    let (recorder, recording) = Recorder::new(again).expect("a temporary file");
    assert!(recorder.is_bundle());
    let session = published.client_of(recorder, MemoryStore::new()).refresh().expect("accepted");
    both(&session);
    assert_eq!(
        bytes(&recording),
        std::fs::read(path).expect("written"),
        "a bundle of a bundle is the same bundle"
    );
}

#[test]
fn keeps_no_target_that_was_not_read_to_its_end() {
    let (recorder, recording) = Recorder::new(Published::new()).expect("a temporary file");
    let fetch_path = Published::new().mirror.targets.keys().next().expect("a target").clone();
    let mut stream = recorder.target(&fetch_path).expect("an answer").expect("a file");
    stream.read_exact(&mut [0; 4]).expect("read");
    drop(stream);
    assert_eq!(names(&bytes(&recording)), Vec::<String>::new());
    let resume = Resume { offset: 4, length: 9, validator: None };
    let mut stream = recorder.target_from(&fetch_path, resume).expect("an answer").expect("a file");
    assert_eq!(stream.start, 0, "the beginning is recorded too");
    stream.bytes.read_to_end(&mut Vec::new()).expect("read");
    drop(stream);
    assert_eq!(names(&bytes(&recording)).len(), 1);
}

#[test]
fn keeps_apart_what_is_read_at_once() {
    let published = Published::new();
    let (recorder, recording) = Recorder::new(published.clone()).expect("a temporary file");
    let mut streams: Vec<_> = published
        .mirror
        .targets
        .keys()
        .map(|path| recorder.target(path).expect("an answer").expect("a file"))
        .collect();
    while streams.iter_mut().map(|stream| stream.read(&mut [0; 5]).expect("read")).sum::<usize>() > 0 {}
    let mut writer = BundleWriter::new(Vec::new());
    for (path, content) in &published.mirror.targets {
        writer.target(path, content.len() as u64, content.as_slice()).expect("written");
    }
    drop(streams);
    assert_eq!(bytes(&recording), writer.finish().expect("written"));
}

#[test]
fn keeps_no_metadata_that_is_too_long() {
    let (recorder, recording) = Recorder::new(Published::new()).expect("a temporary file");
    assert_eq!(
        recorder.metadata("timestamp.json", 10).expect("an answer").map(|bytes| bytes.len()),
        Some(11)
    );
    assert_eq!(names(&bytes(&recording)), Vec::<String>::new());
}

#[test]
fn rejects_names_that_one_folder_cannot_hold() {
    let mut writer = BundleWriter::new(Vec::new());
    writer.metadata("1.%2E%2E%2Frole.json", b"{}").expect("written");
    let conflict = writer.metadata("1.%2E%2E%2Frole.json", b"[]").expect_err("there already");
    assert!(
        matches!(&conflict, BundleError::Conflict { name } if name == "metadata/1.../role.json"),
        "{conflict}"
    );
    let mut writer = BundleWriter::new(Vec::new());
    writer.metadata("..%2Frole.json", b"{}").expect("written");
    let conflict = writer.metadata("..%252Frole.json", b"{}").expect_err("a folder has one of them");
    assert_eq!(conflict.code(), "bundle-conflict");
    let unsafe_name = writer.metadata("../role.json", b"{}").expect_err("it leads elsewhere");
    assert_eq!(unsafe_name.code(), "bundle-unwritable");
}

#[test]
fn rejects_a_target_of_another_length() {
    let mut writer = BundleWriter::new(Vec::new());
    let error = writer.target("a", 5, &b"1234"[..]).expect_err("too short");
    assert_eq!(error.code(), "bundle-unwritable");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "targets/a is 1 bytes shorter than 5");
}

#[test]
fn a_recording_at_another_time_differs_in_nothing_but_its_files() {
    let published = Published::new();
    let (recorder, recording) = Recorder::new(published.clone()).expect("a temporary file");
    published
        .client_of(recorder, MemoryStore::new())
        .reference_time(at(NOW + 60))
        .refresh()
        .expect("accepted");
    assert_eq!(bytes(&recording), bytes(&record(&published, &[])));
}
