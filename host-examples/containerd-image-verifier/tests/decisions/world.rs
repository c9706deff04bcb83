//! A machine with a policy and a state folder, and a TUF repository.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;
use tuf_test_server::Server;
use tuf_tests::{Delegation, Json, Repository, TargetFile, sha256};

/// 2100-01-01T00:00:00Z.
pub(crate) const FAR: i64 = 4_102_444_800;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What a registry offers.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: usize,
}

impl Offer {
    /// A manifest with these bytes.
    pub(crate) fn of(content: &[u8]) -> Self {
        Self {
            media_type: MANIFEST.to_owned(),
            digest: format!("sha256:{}", sha256(content)),
            size: content.len(),
        }
    }

    pub(crate) fn json(&self) -> String {
        let Self { media_type, digest, size } = self;
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
    }
}

/// What the verifier said of a pull.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) allowed: bool,
    /// The code and the words.
    pub(crate) reason: String,
    /// What it said of the metadata, last.
    pub(crate) metadata: String,
}

pub(crate) struct World {
    pub(crate) repository: Repository,
    pub(crate) server: Option<Server>,
    pub(crate) folder: TempDir,
    url: String,
}

impl World {
    /// A repository that delegates `h.example/team/*` to the role `team`, which lists `app:v1` of the bytes "one".
    pub(crate) fn new() -> Self {
        let mut repository = Repository::new();
        for header in [&mut repository.timestamp, &mut repository.snapshot, &mut repository.root] {
            header.expires = FAR;
        }
        repository.role("targets").header.expires = FAR;
        let patterns = ["oci/h.example/team/*/_tags/*", "oci/h.example/team/*/_digests/sha256/*"];
        repository.delegate("targets", Delegation::paths("team", &patterns));
        repository.role("team").header.expires = FAR;
        list(&mut repository, "oci/h.example/team/app/_tags/v1", &Offer::of(b"one"));
        repository.write_root().publish();
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::folder(folder.path().join("published")).expect("a port");
        let url = format!("{}/metadata", server.url());
        let world = Self { repository, server: Some(server), folder, url };
        fs::write(world.path("root.json"), world.repository.mirror.file("1.root.json")).expect("written");
        world.publish();
        world.policy("", "");
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Brings what the repository says to the server.
    pub(crate) fn publish(&self) {
        self.repository.mirror.publish_to(&self.path("published")).expect("written");
    }

    /// Publishes the next version of every role but root.
    pub(crate) fn release(&mut self) {
        self.repository.role("team").header.version += 1;
        self.repository.release();
        self.publish();
    }

    /// Lists an offer at a target path, with the next release.
    pub(crate) fn list(&mut self, path: &str, offer: &Offer) {
        list(&mut self.repository, path, offer);
    }

    /// A policy with these lines at its top and for the repository, and a rule for `h.example/team`.
    pub(crate) fn policy(&self, top: &str, repository: &str) {
        self.policy_with(&self.url, top, repository, "");
    }

    /// The same, with other rules after that one.
    pub(crate) fn rules(&self, rules: &str) {
        self.policy_with(&self.url, "", "", rules);
    }

    /// The same, with another base URL of the metadata.
    pub(crate) fn policy_with(&self, url: &str, top: &str, repository: &str, rules: &str) {
        let (state, root) = (self.path("state"), self.path("root.json"));
        let interval = if repository.contains("refresh_interval") { "" } else { "refresh_interval = \"0s\"" };
        let log = if top.contains("log") { "" } else { "log = \"\"" };
        let text = format!(
            r#"version = 1
default = "reject"
state_dir = {state:?}
{log}
{top}
[repositories.acme]
metadata = ["{url}"]
root = {root:?}
{interval}
{repository}
[[rule]]
prefix = "h.example/team"
action = "verify"
repository = "acme"
{rules}"#
        );
        fs::write(self.path("policy.toml"), text).expect("written");
    }

    /// Begins a pull, without its standard input.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.program();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it runs")
    }

    /// Begins a pull as containerd does.
    pub(crate) fn begin(&self, name: &str, offer: &Offer) -> Child {
        let mut child = self.start(&flags(name, &offer.digest));
        feed(&mut child, &offer.json());
        child
    }

    /// What is said of a pull.
    pub(crate) fn pull(&self, name: &str, offer: &Offer) -> Told {
        told(&self.begin(name, offer).wait_with_output().expect("it ends"))
    }

    /// What is said where the arguments and the input are these.
    pub(crate) fn call(&self, arguments: &[&str], input: &str) -> Told {
        let mut child = self.start(arguments);
        feed(&mut child, input);
        told(&child.wait_with_output().expect("it ends"))
    }

    /// What a command prints, and its exit status.
    pub(crate) fn command(&self, arguments: &[&str]) -> (Vec<String>, i32) {
        let output = self.program().args(arguments).output().expect("it runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        (text.lines().map(str::to_owned).collect(), output.status.code().expect("a status"))
    }

    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tuf-image-verifier"));
        command.env("TUF_IMAGE_VERIFIER_POLICY", self.path("policy.toml"));
        command
    }

    /// Every file of the trusted store, by name.
    pub(crate) fn stored(&self) -> Vec<(String, Vec<u8>)> {
        let folder = self.path("state/repositories/acme/trusted");
        let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(read).collect();
        files.retain(|(name, _)| name.ends_with(".json"));
        files.sort();
        files
    }
}

fn read(entry: std::io::Result<fs::DirEntry>) -> (String, Vec<u8>) {
    let path = entry.expect("an entry").path();
    (file_name(&path), fs::read(&path).unwrap_or_default())
}

fn file_name(path: &Path) -> String {
    path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned()
}

fn list(repository: &mut Repository, path: &str, offer: &Offer) {
    let (algorithm, hex) = offer.digest.split_once(':').expect("a digest");
    let members = [("v", Json::from(1_u64)), ("mediaType", offer.media_type.as_str().into())];
    let target = TargetFile {
        path: path.to_owned(),
        length: offer.size as u64,
        hashes: vec![(algorithm.to_owned(), hex.to_owned())],
        custom: Some(Json::object([("oci", Json::object(members))])),
    };
    let targets = &mut repository.role("team").targets;
    targets.retain(|listed| listed.path != path);
    targets.push(target);
}

/// containerd's flags.
pub(crate) fn flags<'a>(name: &'a str, digest: &'a str) -> [&'a str; 6] {
    ["-name", name, "-digest", digest, "-stdin-media-type", "application/vnd.oci.descriptor.v1+json"]
}

/// Writes the standard input and ends it. A verifier that does not read it has decided without.
pub(crate) fn feed(child: &mut Child, input: &str) {
    let mut stdin = child.stdin.take().expect("a standard input");
    let _ = stdin.write_all(input.as_bytes());
}

/// One line on standard output, and the exit status that belongs to it.
#[track_caller]
pub(crate) fn told(output: &Output) -> Told {
    let text = str::from_utf8(&output.stdout).expect("UTF-8");
    let line = text.strip_suffix('\n').unwrap_or_else(|| panic!("{output:?}"));
    assert!(line.chars().all(|character| matches!(character, ' '..='~')), "{line:?}");
    let status = output.status.code();
    assert!(matches!(status, Some(0 | 1)), "{output:?}");
    let (reason, metadata) = line.rsplit_once("; ").unwrap_or_else(|| panic!("{line}"));
    Told { allowed: status == Some(0), reason: reason.to_owned(), metadata: metadata.to_owned() }
}

#[track_caller]
pub(crate) fn allowed(told: &Told, reason: &str) {
    assert_eq!((told.allowed, told.reason.as_str()), (true, reason), "{told:?}");
}

#[track_caller]
pub(crate) fn blocked(told: &Told, reason: &str) {
    assert_eq!((told.allowed, told.reason.as_str()), (false, reason), "{told:?}");
}

/// The code, of a refusal whose words are not all known.
#[track_caller]
pub(crate) fn blocked_by(told: &Told, code: &str) {
    let (found, _) = told.reason.split_once(": ").expect("a code");
    assert_eq!((told.allowed, found), (false, code), "{told:?}");
}
