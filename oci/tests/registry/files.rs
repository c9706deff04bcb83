//! How files of a repository lie in a registry.

use std::collections::BTreeSet;

use tuf_oci::registry::{FileLayer, RepositoryFile};
use tuf_oci::{Algorithm, Digest};

#[test]
fn a_name_that_is_a_tag_is_the_tag() {
    for name in ["timestamp.json", "1.root.json", "12.a-b_c.json"] {
        assert_eq!(RepositoryFile::metadata(name).tag().as_str(), name);
    }
}

#[test]
fn every_other_name_is_hashed() {
    let long = "a".repeat(129);
    for (file, named) in [
        (RepositoryFile::metadata("1.ä.json"), "metadata/1.ä.json".to_owned()),
        (RepositoryFile::metadata("../role.json"), "metadata/../role.json".to_owned()),
        (RepositoryFile::metadata("_x.json"), "metadata/_x.json".to_owned()),
        (RepositoryFile::metadata(long.clone()), format!("metadata/{long}")),
        (RepositoryFile::target("app"), "targets/app".to_owned()),
        (RepositoryFile::target("bin/ab.app"), "targets/bin/ab.app".to_owned()),
    ] {
        let hex = Digest::of(Algorithm::Sha256, named.as_bytes()).hex().to_owned();
        assert_eq!(file.tag().as_str(), format!("_sha256-{hex}"));
    }
}

#[test]
fn two_files_never_have_one_tag() {
    let hashed = RepositoryFile::target("a").tag();
    let names = ["a", "A", "a.json", "_a", "b/a", "", "-a", ".a", hashed.as_str()];
    let files =
        names.iter().flat_map(|name| [RepositoryFile::metadata(*name), RepositoryFile::target(*name)]);
    let tags: BTreeSet<_> = files.map(|file| file.tag()).collect();
    assert_eq!(tags.len(), 2 * names.len());
}

#[test]
fn a_manifest_names_its_blob() {
    let layer = FileLayer { digest: Digest::of(Algorithm::Sha256, b"bytes"), size: 5 };
    let manifest = RepositoryFile::target("dir/a \"name\"").manifest(&layer);
    assert_eq!(RepositoryFile::layer(&manifest), Ok(layer));
    let text = String::from_utf8(manifest).expect("UTF-8");
    assert!(text.contains(r#""org.opencontainers.image.title":"a \"name\"""#), "{text}");
}

#[test]
fn rejects_manifests_that_are_no_file() {
    let layer = FileLayer { digest: Digest::of(Algorithm::Sha256, b"bytes"), size: 5 };
    let good = String::from_utf8(RepositoryFile::target("a").manifest(&layer)).expect("UTF-8");
    let digest = layer.digest.to_string();
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{good}");
        RepositoryFile::layer(good.replace(from, to).as_bytes()).expect_err(to)
    };
    assert_eq!(
        changed("application/vnd.theupdateframework.file.v1", "application/x"),
        "it is \"application/x\", and no file of a repository"
    );
    assert_eq!(changed("\"layers\":[", "\"layers\":[],\"x\":["), "it has 0 layers, and not one");
    assert_eq!(changed(&digest, "md5:00"), "the algorithm of a digest is sha256, sha384 or sha512");
    assert!(changed("\"size\":5", "\"size\":-5").starts_with("it is no manifest of a file: "));
    assert!(RepositoryFile::layer(b"").is_err());
}
