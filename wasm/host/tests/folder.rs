//! The source in folders of this machine.

use std::fs;
use std::io::Read;
use std::path::Path;

use tempfile::TempDir;
use tuf_verifier_host::{FolderSource, Source, SourceError};

/// A repository with some files, in a folder that has a secret beside it.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["metadata", "targets/dir"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        fs::write(folder.path().join("secret.json"), "secret").expect("a file");
        Self { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("a file");
    }

    fn source(&self) -> FolderSource {
        FolderSource::new(self.path("metadata"), self.path("targets"))
    }

    fn metadata(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.source().metadata(name, 100)
    }

    fn target(&self, path: &str) -> Result<Option<String>, SourceError> {
        let source = self.source();
        let Some(mut stream) = source.target(path)? else { return Ok(None) };
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("the file can be read");
        Ok(Some(text))
    }
}

#[test]
fn reads_files() {
    let repository = Repository::new();
    repository.write("metadata/1.root.json", "{}");
    repository.write("targets/dir/ab.a file", "bytes");
    assert_eq!(repository.metadata("1.root.json").expect("an answer"), Some(b"{}".to_vec()));
    assert_eq!(repository.target("dir/ab.a%20file").expect("an answer").as_deref(), Some("bytes"));
}

#[test]
fn reads_a_name_as_a_web_server_would_and_then_as_it_is() {
    let repository = Repository::new();
    fs::create_dir(repository.path("metadata/2.a")).expect("a folder");
    repository.write("metadata/2.a/b.json", "nested");
    repository.write("metadata/2.c%2Fd.json", "flat");
    repository.write("metadata/..%2Frole.json", "dots");
    assert_eq!(repository.metadata("2.a%2Fb.json").expect("an answer"), Some(b"nested".to_vec()));
    assert_eq!(repository.metadata("2.c%2Fd.json").expect("an answer"), Some(b"flat".to_vec()));
    assert_eq!(repository.metadata("..%2Frole.json").expect("an answer"), Some(b"dots".to_vec()));
}

#[test]
fn stops_one_byte_past_the_allowed_length() {
    let repository = Repository::new();
    repository.write("metadata/a.json", &"x".repeat(5_000));
    assert_eq!(repository.metadata("a.json").expect("an answer").map(|bytes| bytes.len()), Some(101));
    repository.write("metadata/a.json", &"x".repeat(100));
    assert_eq!(repository.metadata("a.json").expect("an answer").map(|bytes| bytes.len()), Some(100));
}

#[test]
fn a_file_that_is_not_there_is_absent() {
    let repository = Repository::new();
    repository.write("metadata/file", "");
    for name in
        ["2.root.json", "no/such/folder.json", "file/below.json", &"a".repeat(300), "..%2Fsecret.json"]
    {
        assert!(repository.metadata(name).expect("an answer").is_none(), "{name}");
    }
    assert_eq!(repository.target("a/b").expect("an answer"), None);
}

#[test]
fn refuses_names_that_lead_elsewhere() {
    let repository = Repository::new();
    for name in
        ["", "../secret.json", "/secret.json", "%2e%2e/secret.json", "a/../../secret.json", "..\\secret.json"]
    {
        assert!(matches!(repository.metadata(name), Err(SourceError::Name { .. })), "{name}");
        assert!(matches!(repository.target(name), Err(SourceError::Name { .. })), "{name}");
    }
    // Encoded separators may not lead out either: nothing is found.
    for name in ["x%2F..%2F..%2Fsecret.json", "%2Fetc%2Fpasswd", "..%5Csecret.json", "a%00b"] {
        assert!(repository.metadata(name).expect("an answer").is_none(), "{name}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_no_absent_file() {
    let repository = Repository::new();
    let source = FolderSource::new(repository.path("no-such-folder"), repository.path("secret.json/x"));
    let error = source.metadata("timestamp.json", 100).expect_err("there is no folder");
    assert!(matches!(error, SourceError::Unusable { .. }), "{error:?}");
    assert!(error.to_string().contains("no-such-folder"), "{error}");
    assert!(source.target("a").is_err());
}

#[test]
fn reports_what_is_no_file() {
    let repository = Repository::new();
    let error = repository.target("dir").expect_err("a folder");
    assert!(matches!(error, SourceError::Read { .. }), "{error:?}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn link(to: &Path, from: &Path) {
        symlink(to, from).expect("a link");
    }

    #[test]
    fn follows_a_link_within_the_folder_alone() {
        let repository = Repository::new();
        repository.write("metadata/1.root.json", "{}");
        link(Path::new("1.root.json"), &repository.path("metadata/root.json"));
        assert_eq!(repository.metadata("root.json").expect("an answer"), Some(b"{}".to_vec()));
        link(&repository.path("secret.json"), &repository.path("metadata/2.root.json"));
        link(Path::new("../secret.json"), &repository.path("targets/a"));
        link(repository.folder.path(), &repository.path("targets/up"));
        link(&repository.path("metadata"), &repository.path("targets/beside"));
        assert!(matches!(repository.metadata("2.root.json"), Err(SourceError::Name { .. })));
        for name in ["a", "up/secret.json", "beside/1.root.json"] {
            assert!(matches!(repository.target(name), Err(SourceError::Name { .. })), "{name}");
        }
    }

    #[test]
    fn reads_a_repository_behind_a_link() {
        let repository = Repository::new();
        repository.write("metadata/1.root.json", "{}");
        link(&repository.path("metadata"), &repository.path("current"));
        let source = FolderSource::new(repository.path("current"), repository.path("targets"));
        assert!(source.metadata("1.root.json", 10).expect("an answer").is_some());
    }

    #[test]
    fn waits_for_no_pipe_and_reads_no_device() {
        let repository = Repository::new();
        nix::unistd::mkfifo(&repository.path("targets/pipe"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        assert!(matches!(repository.target("pipe"), Err(SourceError::Read { .. })));
        let devices = FolderSource::new("/dev", "/dev");
        assert!(matches!(devices.metadata("zero", 100), Err(SourceError::Read { .. })));
    }

    #[test]
    fn a_loop_of_links_is_an_error() {
        let repository = Repository::new();
        link(Path::new("b"), &repository.path("targets/a"));
        link(Path::new("a"), &repository.path("targets/b"));
        assert!(matches!(repository.target("a"), Err(SourceError::Read { .. })));
    }

    #[test]
    fn a_file_that_may_not_be_read_is_no_absent_file() {
        let repository = Repository::new();
        repository.write("metadata/1.root.json", "{}");
        let path = repository.path("metadata/1.root.json");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("permissions");
        match repository.metadata("1.root.json") {
            Err(SourceError::Read { source, .. }) => {
                assert_eq!(source.kind(), std::io::ErrorKind::PermissionDenied)
            }
            // The superuser may read everything.
            Ok(Some(_)) if nix::unistd::geteuid().is_root() => {}
            other => panic!("{other:?}"),
        }
    }
}
