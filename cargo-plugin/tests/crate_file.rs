//! The Cargo.lock in a `.crate` file.

use std::io::Write;

use cargo_tuf::crate_file::{Defect, embedded_lock};
use cargo_tuf::package::PackageId;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

fn package() -> PackageId {
    PackageId { name: "greet".parse().expect("a name"), version: "1.0.0".parse().expect("a version") }
}

/// A gzipped tar file of these entries, with the names as they stand, however wrong.
fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    for (name, kind, content) in entries {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_cksum();
        gzip.write_all(header.as_bytes()).expect("memory");
        gzip.write_all(content).expect("memory");
        gzip.write_all(&vec![0; content.len().next_multiple_of(512) - content.len()]).expect("memory");
    }
    gzip.write_all(&[0; 1024]).expect("memory");
    gzip.finish().expect("memory")
}

fn lock_of(entries: &[(&str, EntryType, &[u8])]) -> Result<Option<String>, Defect> {
    embedded_lock(&package(), &archive(entries)).map_err(|error| error.defect)
}

const FILE: EntryType = EntryType::Regular;

#[test]
fn finds_the_lock_of_the_package_itself() {
    let entries = [
        ("greet-1.0.0/Cargo.toml", FILE, &b"[package]"[..]),
        ("greet-1.0.0/fixtures/Cargo.lock", FILE, b"another"),
        ("greet-1.0.0/Cargo.lock", FILE, b"version = 4"),
    ];
    assert_eq!(lock_of(&entries), Ok(Some("version = 4".into())));
    assert_eq!(lock_of(&entries[..2]), Ok(None));
}

#[test]
fn rejects_a_lock_of_which_it_depends_on_the_reader_which_counts() {
    let lock = ("greet-1.0.0/Cargo.lock", FILE, &b"version = 4"[..]);
    for second in [
        lock,
        ("greet-1.0.0/./Cargo.lock", FILE, b""),
        ("greet-1.0.0/cargo.LOCK", FILE, b""),
        ("greet-1.0.0/Cargo.lock", EntryType::Symlink, b""),
    ] {
        assert_eq!(lock_of(&[lock, second]), Err(Defect::AmbiguousLock), "{second:?}");
    }
    assert_eq!(lock_of(&[("greet-1.0.0/Cargo.lock", EntryType::Symlink, b"")]), Err(Defect::AmbiguousLock));
}

#[test]
fn rejects_files_outside_of_the_folder() {
    for name in
        ["Cargo.lock", "greet-2.0.0/Cargo.lock", "/greet-1.0.0/Cargo.lock", "greet-1.0.0/../x", "../x"]
    {
        assert_eq!(lock_of(&[(name, FILE, b"")]), Err(Defect::Outside(name.into())));
    }
}

#[test]
fn rejects_bytes_that_are_no_crate_file() {
    assert!(matches!(embedded_lock(&package(), b"no gzip").map_err(|e| e.defect), Err(Defect::Archive(_))));
    let whole = archive(&[("greet-1.0.0/Cargo.lock", FILE, &[b'x'; 4096])]);
    let half = &whole[..whole.len() / 2];
    assert!(matches!(embedded_lock(&package(), half).map_err(|e| e.defect), Err(Defect::Archive(_))));
    let latin = [("greet-1.0.0/Cargo.lock", FILE, &[0xff][..])];
    assert_eq!(lock_of(&latin), Err(Defect::LockNotText));
    let long = vec![b'#'; 16 * 1024 * 1024 + 1];
    assert_eq!(lock_of(&[("greet-1.0.0/Cargo.lock", FILE, &long)]), Err(Defect::LongLock));
}
