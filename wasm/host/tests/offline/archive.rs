//! The archive of a bundle, honest and hostile.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use tar::{EntryType, Header};
use tempfile::TempDir;
use tuf_tests::skip;
use tuf_verifier_host::bundle::{BundleError, BundleSource, BundleWriter};
use tuf_verifier_host::source::Resume;
use tuf_verifier_host::{Source, SourceError};

/// One entry, whatever its name.
pub(crate) fn entry(kind: EntryType, name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    finished(header, content)
}

fn finished(mut header: Header, content: &[u8]) -> Vec<u8> {
    header.set_cksum();
    let mut bytes = [header.as_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub(crate) fn file(name: &str, content: &str) -> Vec<u8> {
    entry(EntryType::Regular, name.as_bytes(), content.as_bytes())
}

/// An archive of these entries, ended as it should be.
pub(crate) fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

/// A file with these bytes, in a folder of its own.
fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bundle.tar");
    fs::write(&path, bytes).expect("written");
    (folder, path)
}

pub(crate) fn opened(bytes: &[u8]) -> (TempDir, Result<BundleSource, BundleError>) {
    let (folder, path) = written(bytes);
    let opened = BundleSource::open(path);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "something was extracted");
    (folder, opened)
}

/// Why these bytes are no bundle.
pub(crate) fn defect(bytes: &[u8]) -> String {
    match opened(bytes).1 {
        Err(error @ BundleError::Malformed { .. }) => {
            assert_eq!(error.code(), "bundle-malformed");
            let BundleError::Malformed { reason, .. } = error else { unreachable!("just matched") };
            reason
        }
        other => panic!("no defect: {other:?}"),
    }
}

pub(crate) fn target(source: &BundleSource, fetch_path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut stream = source.target(fetch_path).expect("an answer")?;
    stream.read_to_end(&mut bytes).expect("read");
    Some(bytes)
}

#[test]
fn serves_what_is_in_it() {
    let bytes = archive(&[
        file("metadata/1.root.json", "{}"),
        file("targets/a/b", "content"),
        file("targets/empty", ""),
    ]);
    let (_folder, source) = opened(&bytes);
    let source = source.expect("a bundle");
    assert_eq!(source.metadata("1.root.json", 100).expect("an answer").as_deref(), Some(&b"{}"[..]));
    assert_eq!(source.metadata("2.root.json", 100).expect("an answer"), None);
    assert_eq!(source.metadata("a/b", 100).expect("an answer"), None, "targets are no metadata");
    assert_eq!(target(&source, "a/b").as_deref(), Some(&b"content"[..]));
    assert_eq!(target(&source, "empty").as_deref(), Some(&b""[..]));
    assert_eq!(target(&source, "1.root.json"), None, "metadata is no target");
    assert_eq!(target(&source, "a"), None);
}

#[test]
fn reads_one_byte_more_than_allowed_and_no_further() {
    let (_folder, source) = opened(&archive(&[file("metadata/long.json", "0123456789")]));
    let source = source.expect("a bundle");
    assert_eq!(source.metadata("long.json", 3).expect("an answer").as_deref(), Some(&b"0123"[..]));
    assert_eq!(source.metadata("long.json", u64::MAX).expect("an answer").map(|bytes| bytes.len()), Some(10));
}

#[test]
fn begins_where_a_transfer_broke_off() {
    let (_folder, source) = opened(&archive(&[file("targets/a", "0123456789")]));
    let source = source.expect("a bundle");
    for (offset, start, expected) in
        [(0, 0, "0123456789"), (4, 4, "456789"), (10, 10, ""), (11, 0, "0123456789")]
    {
        let resume = Resume { offset, length: 10, validator: None };
        let mut stream = source.target_from("a", resume).expect("an answer").expect("a file");
        let mut bytes = String::new();
        stream.bytes.read_to_string(&mut bytes).expect("read");
        assert_eq!((stream.start, bytes.as_str()), (start, expected), "{offset}");
    }
}

#[test]
fn looks_names_up_as_in_a_published_folder() {
    let entries = [
        file("targets/a b", "blank"),
        file("targets/..%2Frole", "as it is"),
        file("targets/a%20c", "escape"),
    ];
    let (_folder, source) = opened(&archive(&entries));
    let source = source.expect("a bundle");
    assert_eq!(target(&source, "a%20b").as_deref(), Some(&b"blank"[..]));
    assert_eq!(target(&source, "..%2Frole").as_deref(), Some(&b"as it is"[..]));
    assert_eq!(target(&source, "a%2520c").as_deref(), Some(&b"escape"[..]));
    for name in ["../a", "/a", "a//b", "%2e%2e/a", "a b", "a%2"] {
        assert!(matches!(source.target(name).map(drop), Err(SourceError::Name { .. })), "{name}");
        assert!(matches!(source.metadata(name, 1), Err(SourceError::Name { .. })), "{name}");
    }
}

#[test]
fn rejects_what_is_no_regular_file() {
    let kinds = [
        (EntryType::Symlink, '2'),
        (EntryType::Link, '1'),
        (EntryType::Fifo, '6'),
        (EntryType::Char, '3'),
        (EntryType::Block, '4'),
        (EntryType::Continuous, '7'),
        (EntryType::GNUSparse, 'S'),
        (EntryType::GNULongLink, 'K'),
    ];
    for (kind, letter) in kinds {
        let bytes = archive(&[file("targets/a", "a"), entry(kind, b"targets/b", b"")]);
        assert_eq!(defect(&bytes), format!("targets/b is no regular file (type '{letter}')"));
    }
}

#[test]
fn rejects_names_that_lead_elsewhere() {
    let elsewhere = "its name could lead elsewhere";
    let outside = "it is beneath neither metadata/ nor targets/";
    let cases = [
        ("../metadata/a", elsewhere),
        ("/metadata/a", elsewhere),
        ("metadata/../../a", elsewhere),
        ("metadata//a", elsewhere),
        ("metadata/a/", elsewhere),
        ("metadata/./a", elsewhere),
        ("targets/a\\b", elsewhere),
        ("././targets/a", elsewhere),
        ("root.json", outside),
        ("metadatax/a", outside),
        ("Metadata/a", outside),
    ];
    for (name, reason) in cases {
        assert_eq!(defect(&archive(&[file(name, "a")])), format!("{name:?}: {reason}"));
    }
    let no_text = archive(&[entry(EntryType::Regular, b"targets/\xff", b"")]);
    assert_eq!(defect(&no_text), "\"targets/\u{fffd}\": its name is no UTF-8");
}

#[test]
fn rejects_a_name_that_occurs_twice() {
    let entries = [file("targets/a", "one"), file("targets/b", ""), file("./targets/a", "other")];
    assert_eq!(defect(&archive(&entries)), "\"./targets/a\": it is there twice");
}

#[test]
fn rejects_an_archive_that_was_cut_off() {
    let mut writer = BundleWriter::new(Vec::new());
    writer.metadata("1.root.json", b"{}").expect("written");
    writer.target(&format!("long/{}", "x".repeat(200)), 600, &[7; 600][..]).expect("written");
    let whole = writer.finish().expect("written");
    assert!(opened(&whole).1.is_ok());
    for length in (0..whole.len()).step_by(128) {
        let reason = defect(&whole[..length]);
        assert!(!reason.is_empty(), "{length} of {} bytes", whole.len());
    }
    let one_block = &whole[..whole.len() - 512];
    assert_eq!(defect(one_block), "its end is not there");
}

#[test]
fn rejects_headers_that_are_no_headers() {
    let mut spoiled = archive(&[file("targets/a", "a")]);
    spoiled[0] ^= 1;
    assert_eq!(defect(&spoiled), "archive header checksum mismatch");
    defect(&[b'x'; 4096]);
    assert_eq!(defect(b"PK\x03\x04 something else"), "failed to read entire block");
    assert_eq!(defect(b""), "its end is not there");
}

#[test]
fn rejects_lengths_that_no_file_has() {
    let cases = [
        (513, "its end is not there"),
        (1025, "it is cut off"),
        (1 << 40, "it is cut off"),
        (u64::MAX - 511, "size overflow"),
        (u64::MAX, "size overflow"),
    ];
    for (size, reason) in cases {
        let mut header = Header::new_gnu();
        header.set_path("targets/a").expect("a name");
        header.set_size(size);
        assert_eq!(defect(&archive(&[finished(header, b"")])), reason, "{size}");
    }
}

#[test]
fn rejects_more_entries_than_allowed() {
    let entries =
        [entry(EntryType::Directory, b"targets/", b""), file("targets/a", ""), file("targets/b", "")];
    let (_folder, path) = written(&archive(&entries));
    BundleSource::open_bounded(&path, 3).expect("as many as allowed");
    match BundleSource::open_bounded(&path, 2) {
        Err(BundleError::Malformed { reason, .. }) => assert_eq!(reason, "it has more than 2 entries"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rejects_files_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().join("absent"), folder.path().to_owned()] {
        let error = BundleSource::open(&path).expect_err("no file");
        assert_eq!(error.code(), "bundle-unreadable");
        assert_eq!(error.to_string(), format!("cannot read the bundle {}", path.display()));
    }
}

#[test]
fn a_bundle_that_became_shorter_is_no_verdict() {
    let (_folder, path) = written(&archive(&[file("metadata/a.json", "{}"), file("targets/a", "content")]));
    let source = BundleSource::open(&path).expect("a bundle");
    fs::OpenOptions::new().write(true).open(&path).expect("a file").set_len(600).expect("cut off");
    assert!(matches!(source.metadata("a.json", 9), Ok(Some(_))));
    let mut stream = source.target("a").expect("an answer").expect("a file");
    let error = SourceError::from_read("a", stream.read(&mut [0; 9]).expect_err("it is gone"));
    assert_eq!(error.code(), "source-unreadable");
}

#[test]
fn opens_what_tar_makes_of_a_published_folder() {
    if Command::new("tar").arg("--version").output().is_err() {
        return skip("opens_what_tar_makes_of_a_published_folder", "there is no program tar");
    }
    let published = tempfile::tempdir().expect("a folder");
    let long = "a long/name/".repeat(20);
    for (name, content) in
        [("metadata/1.root.json", "{}"), (&format!("targets/{long}x"), "long"), ("targets/ä b", "short")]
    {
        let path = published.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("written");
    }
    let made = tempfile::tempdir().expect("a folder");
    for (format, what) in
        [("gnu", "."), ("posix", "."), ("gnu", "metadata targets"), ("posix", "metadata targets")]
    {
        let path = made.path().join("bundle.tar");
        tar(published.path(), format, what, &path);
        let source = BundleSource::open(&path).expect("a bundle");
        assert_eq!(target(&source, "%C3%A4%20b").as_deref(), Some(&b"short"[..]), "{format} {what}");
        assert_eq!(
            target(&source, &(long.replace(' ', "%20") + "x")).as_deref(),
            Some(&b"long"[..]),
            "{format} {what}"
        );
    }
}

fn tar(folder: &Path, format: &str, what: &str, to: &Path) {
    let mut command = Command::new("tar");
    command.current_dir(folder).arg(format!("--format={format}")).arg("-cf").arg(to).args(what.split(' '));
    assert!(command.status().expect("it runs").success());
}
