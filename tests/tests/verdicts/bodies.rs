//! Bodies: without end, compressed, cut off.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tuf_test_server::Answer;
use tuf_tests::Repository;
use tuf_verifier_host::Error;

use crate::RealParts;
use crate::site::{CONTENT, PATH, Site, code, found, read, repository};

pub(crate) const TESTS: &[RealParts] = &[
    ("endless-metadata-over-http", endless_metadata),
    ("target-longer-than-listed", endless_target),
    ("compressed-metadata", compressed_metadata),
    ("compressed-target", compressed_target),
    ("gzip-file-as-a-target", gzip_file_as_a_target),
    ("metadata-cut-off-on-its-way", metadata_cut_off),
];

fn with(part: &'static str, answer: fn() -> Answer) -> Site {
    Site::answering(&repository().mirror, move |path| path.contains(part).then(answer))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory holds it");
    encoder.finish().expect("memory holds it")
}

/// 200 with this body, said to be compressed.
fn said_to_be_gzip(body: &[u8]) -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
    Answer::Raw([head.as_bytes(), body].concat())
}

fn endless_metadata() {
    assert_eq!(code(with("timestamp.json", || Answer::Endless).refresh()), "endless-data");
}

fn endless_target() {
    assert_eq!(code(read(&with("/targets/", || Answer::Endless))), "endless-data");
}

fn compressed_metadata() {
    let timestamp = || said_to_be_gzip(&gzip(repository().mirror.file("timestamp.json")));
    let error = with("timestamp.json", timestamp).refresh().map(drop).expect_err("it was not asked for");
    assert_eq!(error.code(), "source-protocol");
    assert!(matches!(error, Error::Source(_)), "no verdict: {error:?}");
}

fn compressed_target() {
    // Shorter than the target, once compressed and once not: neither is what is listed.
    let site = with("/targets/", || said_to_be_gzip(b"\x1f\x8b\x08 no more"));
    assert_eq!(code(read(&site)), "wrong-software");
    let bomb = with("/targets/", || said_to_be_gzip(&gzip(&vec![0; 20_000_000])));
    assert_eq!(code(read(&bomb)), "endless-data");
}

fn gzip_file_as_a_target() {
    let file = gzip(CONTENT);
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, &file).publish();
    let served = file.clone();
    let site = Site::answering(&repository.mirror, move |path| {
        path.starts_with("/targets/").then(|| said_to_be_gzip(&served))
    });
    let session = site.refresh().expect("an honest repository");
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).expect("the bytes that are listed"), file);
}

fn metadata_cut_off() {
    let site = with("timestamp.json", || {
        Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"signed\": {".to_vec())
    });
    let error = site.refresh().map(drop).expect_err("half a file is none");
    assert_eq!(error.code(), "source-unreadable");
    assert!(matches!(error, Error::Source(_)), "no verdict: {error:?}");
}
