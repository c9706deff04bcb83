//! The Cargo.lock in a `.crate` file.

use std::io::Write;

use cargo_tuf::crate_file::{Defect, texts};
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
    texts(&package(), &archive(entries)).map(|texts| texts.lock).map_err(|error| error.defect)
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
fn rejects_a_name_twice_in_any_spelling() {
    let lock = ("greet-1.0.0/Cargo.lock", FILE, &b"version = 4"[..]);
    for second in [
        "greet-1.0.0/Cargo.lock",
        "greet-1.0.0/./Cargo.lock",
        "greet-1.0.0//Cargo.lock",
        "greet-1.0.0/cargo.LOCK",
        "greet-1.0.0/Cargo.lock/",
    ] {
        let kind = if second.ends_with('/') { EntryType::Directory } else { FILE };
        assert_eq!(lock_of(&[lock, (second, kind, b"")]), Err(Defect::Twice(second.into())), "{second}");
    }
    let source = ("greet-1.0.0/src/main.rs", FILE, &b""[..]);
    let other = ("greet-1.0.0/SRC/main.rs", FILE, &b""[..]);
    assert_eq!(lock_of(&[source, other]), Err(Defect::Twice(other.0.into())));
}

#[test]
fn rejects_a_lock_or_manifest_that_only_some_file_systems_find() {
    for name in ["greet-1.0.0/cargo.lock", "greet-1.0.0/Cargo.TOML"] {
        assert_eq!(lock_of(&[(name, FILE, b"")]), Err(Defect::Misnamed(name.into())));
    }
}

#[test]
fn rejects_links_and_devices() {
    let (link, lock) = ("greet-1.0.0/d", ("greet-1.0.0/d/Cargo.lock", FILE, &b""[..]));
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char] {
        assert_eq!(lock_of(&[(link, kind, b""), lock]), Err(Defect::NotPlain(link.into())), "{kind:?}");
    }
}

#[test]
fn accepts_folders() {
    let folder = ("greet-1.0.0/src/", EntryType::Directory, &b""[..]);
    assert_eq!(lock_of(&[folder, folder, ("greet-1.0.0/src/main.rs", FILE, b"")]), Ok(None));
}

/// `Read::take` would end silently, and a second lock behind it would be cargo's.
#[test]
fn rejects_more_bytes_than_are_looked_at() {
    let lock = ("greet-1.0.0/Cargo.lock", FILE, &b"version = 4"[..]);
    let zeros = vec![0; 512 * 1024 * 1024];
    assert_eq!(lock_of(&[lock, ("greet-1.0.0/zeros", FILE, &zeros), lock]), Err(Defect::TooLong));
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
    assert!(matches!(texts(&package(), b"no gzip").map_err(|e| e.defect), Err(Defect::Archive(_))));
    let whole = archive(&[("greet-1.0.0/Cargo.lock", FILE, &[b'x'; 4096])]);
    let half = &whole[..whole.len() / 2];
    assert!(matches!(texts(&package(), half).map_err(|e| e.defect), Err(Defect::Archive(_))));
    let latin = [("greet-1.0.0/Cargo.lock", FILE, &[0xff][..])];
    assert_eq!(lock_of(&latin), Err(Defect::NotText("greet-1.0.0/Cargo.lock".into())));
    let long = vec![b'#'; 16 * 1024 * 1024 + 1];
    assert_eq!(
        lock_of(&[("greet-1.0.0/Cargo.lock", FILE, &long)]),
        Err(Defect::LongText("greet-1.0.0/Cargo.lock".into()))
    );
}
