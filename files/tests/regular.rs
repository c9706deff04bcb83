//! What is read is a regular file, and no longer than it may be.

use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::symlink;
use std::process::Command;

use tuf_files::{open_regular, read_regular};

#[test]
fn rejects_pipes_and_devices() {
    let folder = tempfile::tempdir().expect("a folder");
    let (pipe, link) = (folder.path().join("pipe"), folder.path().join("link"));
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    symlink("/dev/zero", &link).expect("a link");
    for path in [&pipe, &link, folder.path()] {
        let refused = open_regular(path).map(drop).expect_err("refused");
        assert_eq!(refused.to_string(), "it is not a regular file", "{}", path.display());
    }
}

#[test]
fn accepts_a_file_behind_a_link_up_to_its_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, b"bytes").expect("a file");
    symlink(&file, &link).expect("a link");
    let mut read = String::new();
    open_regular(&link).expect("a file").read_to_string(&mut read).expect("read");
    assert_eq!(read, "bytes");
    assert_eq!(read_regular(&link, 5).expect("a file"), b"bytes");
    let refused = read_regular(&link, 4).expect_err("refused");
    assert_eq!(
        (refused.kind(), &*refused.to_string()),
        (ErrorKind::FileTooLarge, "it is longer than 4 bytes")
    );
}
