//! Which statuses are answers, and what the server is asked for.

use tuf_test_server::Answer;
use tuf_tests::Repository;
use tuf_verifier_host::{Client, Error, HttpSource, MemoryStore, Session, UnixTime};

use crate::RealParts;
use crate::site::{CONTENT, Site, code, found, read, repository};

pub(crate) const TESTS: &[RealParts] = &[
    ("next-root-404", || takes_as_no_newer_root(404)),
    ("next-root-403", || takes_as_no_newer_root(403)),
    ("next-root-410", || takes_as_no_newer_root(410)),
    ("next-root-500", || gives_no_verdict(500)),
    ("next-root-401", || gives_no_verdict(401)),
    ("timestamp-404", timestamp_404),
    ("target-404", target_404),
    ("server-that-is-not-there", server_that_is_not_there),
    ("fetch-path-stays-below-the-base", fetch_path_stays_below_the_base),
];

fn with_status_for(part: &'static str, status: u16) -> Site {
    let answer = move |path: &str| path.contains(part).then_some(Answer::Status(status));
    Site::answering(&repository().mirror, answer)
}

fn takes_as_no_newer_root(status: u16) {
    let site = with_status_for("2.root.json", status);
    assert_eq!(read(&site).expect("no newer root"), CONTENT);
    assert_eq!(site.requests()[0], "/metadata/2.root.json");
}

fn gives_no_verdict(status: u16) {
    let site = with_status_for("2.root.json", status);
    let error = site.refresh().map(drop).expect_err("a newer root may be there");
    assert_eq!(error.code(), "source-status");
    assert!(matches!(error, Error::Source(_)), "no verdict: {error:?}");
}

fn timestamp_404() {
    assert_eq!(code(with_status_for("timestamp.json", 404).refresh()), "missing-metadata");
}

fn target_404() {
    assert_eq!(code(read(&with_status_for("/targets/", 404))), "missing-target");
}

fn server_that_is_not_there() {
    // Not a port that was free a moment ago: another test's server may have it by now.
    let base = "http://127.0.0.1:1/";
    let source = HttpSource::builder(base, base).direct().retries(0).build().expect("usable");
    let root = repository().mirror.file("1.root.json").to_vec();
    let client = Client::new(root, source, MemoryStore::new());
    let error = client.reference_time(UnixTime::from_seconds(tuf_tests::NOW)).refresh().map(drop);
    let error = error.expect_err("nobody answers");
    assert_eq!(error.code(), "source-unreachable");
    assert!(matches!(error, Error::Source(_)), "no verdict: {error:?}");
}

fn fetch_path_stays_below_the_base() {
    const PATHS: [(&str, &str); 4] =
        [("%2e%2e/x", "%252e%252e/"), ("a?b#c", ""), ("https:x", ""), ("@host/x", "%40host/")];
    let mut repository = Repository::new();
    for (path, _) in PATHS {
        repository.add_target("targets", path, CONTENT);
    }
    let site = Site::of(&repository.publish().mirror);
    let session = site.refresh().expect("an honest repository");
    for (path, folder) in PATHS {
        read_below(&session, &site, path, folder);
    }
}

fn read_below(session: &Session, site: &Site, path: &str, folder: &str) {
    let target = found(session, path);
    assert_eq!(session.read(&target).expect("the bytes are there"), CONTENT, "{path}");
    let asked = site.requests().pop().expect("something was asked for");
    let rest = asked.strip_prefix(&format!("/targets/{folder}")).unwrap_or_else(|| panic!("{path}: {asked}"));
    assert!(!rest.contains(['/', '?', '#', '@']), "{path}: {asked}");
}
