//! Cargo.lock of every format.

use cargo_tuf::lock::{Lock, LockError, PackageSource};
use cargo_tuf::package::PackageId;

const DEFAULT: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn id(text: &str) -> PackageId {
    let (name, version) = text.split_once(' ').expect("a name and a version");
    PackageId { name: name.parse().expect("a name"), version: version.parse().expect("a version") }
}

#[test]
fn reads_checksums_and_sources() {
    let text = format!(
        "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{DEFAULT}\"\nchecksum = \"00\"\n\
         [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"sparse+https://host/\"\n\
         [[package]]\nname = \"c\"\nversion = \"1.0.0\"\nsource = \"git+https://host/c#01\"\n\
         [[package]]\nname = \"d\"\nversion = \"1.0.0\"\n"
    );
    let lock = Lock::parse(&text).expect("a lock");
    let sources: Vec<_> = lock.packages().iter().map(|package| package.source.clone()).collect();
    let other = PackageSource::OtherRegistry("https://host/".into());
    let git = PackageSource::Git("https://host/c#01".into());
    assert_eq!(sources, [PackageSource::DefaultRegistry, other, git, PackageSource::Path]);
    assert_eq!(lock.packages()[0].checksum.as_deref(), Some("00"));
}

#[test]
fn reads_the_checksums_of_format_1() {
    let text = format!(
        "[root]\nname = \"own\"\nversion = \"0.1.0\"\ndependencies = [\"a 1.0.0 ({DEFAULT})\"]\n\
         [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{DEFAULT}\"\n\
         [metadata]\n\"checksum a 1.0.0 ({DEFAULT})\" = \"11\"\n"
    );
    let lock = Lock::parse(&text).expect("a lock");
    assert_eq!(lock.packages()[0].checksum.as_deref(), Some("11"));
    assert_eq!(lock.packages()[1].id, id("own 0.1.0"));
    assert_eq!(
        lock.packages()[1].dependencies,
        [("a".to_owned(), Some("1.0.0".parse().expect("a version")))]
    );
}

#[test]
fn follows_the_edges_that_every_build_needs() {
    let entry = |name: &str, version: &str, dependencies: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [{dependencies}]\n")
    };
    let text = [
        entry("own", "1.0.0", "\"a\", \"dev\""),
        entry("a", "1.0.0", "\"b 2.0.0\", \"own\""),
        entry("b", "1.0.0", ""),
        entry("b", "2.0.0", "\"optional\""),
        entry("dev", "1.0.0", ""),
        entry("optional", "1.0.0", ""),
    ];
    let lock = Lock::parse(&text.concat()).expect("a lock");
    let needs = |package: &PackageId| match package.name.as_str() {
        "own" => vec!["a".to_owned()],
        "a" => vec!["b".to_owned(), "own".to_owned()],
        _ => Vec::new(),
    };
    let reached: Vec<_> =
        lock.always_needed(&id("own 1.0.0"), needs).iter().map(|p| p.id.to_string()).collect();
    assert_eq!(reached, ["a v1.0.0", "b v2.0.0", "own v1.0.0"]);
    assert!(lock.always_needed(&id("other 1.0.0"), needs).is_empty());
}

#[test]
fn rejects_text_that_is_no_lock() {
    assert!(matches!(Lock::parse("package"), Err(LockError::Toml(_))));
    assert!(matches!(Lock::parse("[[package]]\nname = \"a\""), Err(LockError::Toml(_))));
    let named = |name: &str, version: &str, source: &str| {
        Lock::parse(&format!("[[package]]\nname = {name:?}\nversion = {version:?}\nsource = {source:?}"))
            .err()
    };
    assert!(matches!(named("../a", "1.0.0", DEFAULT), Some(LockError::Package { .. })));
    assert!(matches!(named("a", "1", DEFAULT), Some(LockError::Package { .. })));
    assert!(matches!(named("a", "1.0.0", "mercurial+https://host"), Some(LockError::Source { .. })));
}
