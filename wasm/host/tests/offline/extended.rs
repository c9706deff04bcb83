//! Extended headers in the archive of a bundle: they give the next entry another name.

use tar::EntryType;

use crate::archive::{archive, defect, entry, file, opened, target};

/// One record of an extended header.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let digits = (1..20).find(|digits| (digits + rest.len()).to_string().len() == *digits).expect("a length");
    format!("{}{rest}", digits + rest.len()).into_bytes()
}

#[test]
fn takes_long_names_from_extended_headers() {
    let long = format!("targets/{}", "long/".repeat(50) + "name");
    let gnu = entry(EntryType::GNULongName, b"././@LongLink", format!("{long}\0").as_bytes());
    let pax =
        entry(EntryType::XHeader, b"PaxHeader/x", &[record("mtime", "1.5"), record("path", &long)].concat());
    for header in [gnu, pax] {
        let global = entry(EntryType::XGlobalHeader, b"pax_global_header", &record("comment", "a commit"));
        let (_folder, source) = opened(&archive(&[global, header, file("targets/short", "content")]));
        let source = source.expect("a bundle");
        assert_eq!(target(&source, &long["targets/".len()..]).as_deref(), Some(&b"content"[..]));
        assert_eq!(target(&source, "short"), None);
    }
}

#[test]
fn rejects_extended_headers_that_could_be_read_in_two_ways() {
    let name = |name: &str| entry(EntryType::GNULongName, b"././@LongLink", name.as_bytes());
    let pax = |key: &str, value: &str| entry(EntryType::XHeader, b"PaxHeader/x", &record(key, value));
    let content = file("targets/a", "a");
    let cases = [
        (vec![name("targets/b"), name("targets/c"), content.clone()], "two names belong to one file"),
        (vec![name("targets/b"), pax("path", "targets/c"), content.clone()], "two names belong to one file"),
        (vec![content.clone(), name("targets/b")], "a name at its end belongs to no file"),
        (vec![pax("size", "0"), content.clone()], "an extended header changes the length of a file"),
        (vec![pax("GNU.sparse.major", "1"), content.clone()], "it has a sparse file"),
        (vec![name("../b"), content.clone()], "\"../b\": its name could lead elsewhere"),
        (vec![name(&"x".repeat(66_000)), content.clone()], "an extended header is too long"),
        (vec![entry(EntryType::XHeader, b"x", b"99 no record"), content], "malformed pax extension"),
    ];
    for (entries, reason) in cases {
        assert_eq!(defect(&archive(&entries)), reason);
    }
    let longer = format!("targets/{}", "x/".repeat(2048));
    assert_eq!(
        defect(&archive(&[name(&longer), file("targets/a", "")])),
        format!("{longer:?}: its name is too long")
    );
}
