//! The world of one test: an operator's machine with containerd and the verifier, a registry, a TUF repository.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tuf_test_server::Server;
use tuf_tests::{Mirror, Repository};
use walkdir::WalkDir;

use crate::containerd::{Containerd, Settings, socket};
use crate::ctr::Ctr;
use crate::hostile_registry::HostileRegistry;
use crate::image::{Image, Layout};
use crate::metadata::{self, MetadataServer};
use crate::parts::Parts;
use crate::process::Run;
use crate::registry::Registry;

/// The registry's name, which only the configured mirror resolves.
const HOST: &str = "registry.acme.test";

/// What all tests share.
pub(crate) struct Site {
    parts: Parts,
    registry: Registry,
    pub(crate) layout: Layout,
    verifier: PathBuf,
    _folder: TempDir,
}

impl Site {
    /// Makes the images and starts the registry. The verifier is copied, so that one is tested and no other, whatever
    /// is built in the meantime.
    pub(crate) fn open(parts: Parts) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let layout = Layout::make(&parts, folder.path());
        let registry = Registry::start(&parts, folder.path());
        let verifier = folder.path().join("tuf-image-verifier");
        fs::copy(env!("CARGO_BIN_EXE_tuf-image-verifier"), &verifier).expect("a copy");
        Self { parts, registry, layout, verifier, _folder: folder }
    }

    /// The image of this name.
    pub(crate) fn image(&self, name: &str) -> Image {
        self.layout.image(name)
    }

    /// The program that all tests install.
    pub(crate) fn verifier(&self) -> &Path {
        &self.verifier
    }

    /// The containerd of all tests.
    pub(crate) fn containerd(&self) -> PathBuf {
        self.parts.program("containerd").expect("a program that was found")
    }

    /// A containerd from before image verifiers, where there is one.
    pub(crate) fn older_containerd(&self) -> Result<PathBuf, String> {
        self.parts.older_containerd()
    }

    /// An archive of the image of this name.
    pub(crate) fn archive(&self, name: &str) -> PathBuf {
        self.layout.archive(&self.parts, name)
    }
}

/// One machine, one TUF repository, and a part of the registry's names.
pub(crate) struct World<'site> {
    site: &'site Site,
    team: String,
    /// What the TUF repository says; [`publish`](Self::publish) brings it to the metadata server.
    pub(crate) repository: Repository,
    /// Where its metadata comes from; none where the server is down.
    pub(crate) server: Option<MetadataServer>,
    pub(crate) ctr: Ctr,
    containerd: Option<Containerd>,
    folder: TempDir,
}

impl<'site> World<'site> {
    /// A machine that trusts the repository's root, and its cache where the repository is unreachable.
    pub(crate) fn new(site: &'site Site, team: &str) -> Self {
        Self::unreachable(site, team, "cached-unexpired")
    }

    /// A machine that trusts the repository's root, with this policy for where the repository is unreachable.
    pub(crate) fn unreachable(site: &'site Site, team: &str, unreachable: &str) -> Self {
        let repository = metadata::empty();
        let root = repository.mirror.file("1.root.json").to_vec();
        Self::start(site, team, repository, &root, unreachable, &Settings::default())
    }

    /// A machine that trusts the repository's root, with a containerd of these settings.
    pub(crate) fn with(site: &'site Site, team: &str, settings: &Settings) -> Self {
        let repository = metadata::empty();
        let root = repository.mirror.file("1.root.json").to_vec();
        Self::start(site, team, repository, &root, "cached-unexpired", settings)
    }

    /// A machine that trusts this root, whatever the repository's is.
    pub(crate) fn trusting(site: &'site Site, team: &str, root: &[u8]) -> Self {
        Self::start(site, team, metadata::empty(), root, "cached-unexpired", &Settings::default())
    }

    fn start(
        site: &'site Site,
        team: &str,
        repository: Repository,
        root: &[u8],
        unreachable: &str,
        settings: &Settings,
    ) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let server = MetadataServer::start(repository.mirror.clone());
        fs::write(folder.path().join("root.json"), root).expect("a root");
        let policy = folder.path().join("policy.toml");
        fs::write(&policy, policy_text(folder.path(), &server.url(), unreachable)).expect("a policy");
        let named = settings.policy.map_or(policy.as_os_str(), OsStr::new);
        let environment = [("TUF_IMAGE_VERIFIER_POLICY", named)];
        let containerd =
            Containerd::start(&site.parts, folder.path(), &site.verifier, &environment, settings);
        let ctr = Ctr::new(&site.parts, folder.path());
        ctr.mirror_everything_to(&format!("http://{}", site.registry.address()));
        Self {
            site,
            team: team.into(),
            repository,
            server: Some(server),
            ctr,
            containerd: Some(containerd),
            folder,
        }
    }

    /// `registry.acme.test/TEAM/NAME`
    pub(crate) fn reference(&self, name: &str) -> String {
        format!("{HOST}/{}/{name}", self.team)
    }

    /// Puts an image into the registry, as `NAME:TAG`.
    pub(crate) fn push(&self, image: &str, name: &str) -> &Self {
        let reference = format!("{}/{name}", self.team);
        self.site.layout.push(&self.site.parts, image, self.site.registry.address(), &reference);
        self
    }

    /// The image of this name.
    pub(crate) fn image(&self, name: &str) -> Image {
        self.site.image(name)
    }

    /// Pulls come from a registry that lies, as long as the returned server lives.
    pub(crate) fn pull_from(&self, registry: HostileRegistry) -> Server {
        let server = registry.serve(&self.site.layout);
        self.ctr.mirror_everything_to(&server.url());
        server
    }

    /// Lists an image under a tag and by its digest.
    pub(crate) fn list(&mut self, image: &Image, name: &str, tag: &str) -> &mut Self {
        self.list_tag("targets", image, name, tag).list_digest(image, name)
    }

    /// Lets a role list an image under a tag.
    pub(crate) fn list_tag(&mut self, role: &str, image: &Image, name: &str, tag: &str) -> &mut Self {
        self.list_path(role, image, &format!("{name}/_tags/{tag}"))
    }

    /// Lists an image by its digest.
    pub(crate) fn list_digest(&mut self, image: &Image, name: &str) -> &mut Self {
        self.list_path("targets", image, &format!("{name}/_digests/{}", image.digest().replace(':', "/")))
    }

    fn list_path(&mut self, role: &str, image: &Image, rest: &str) -> &mut Self {
        let path = self.target_path(rest);
        let listed = &mut self.repository.role(role).targets;
        listed.retain(|known| known.path != path);
        listed.push(metadata::target(&path, image));
        self
    }

    /// No longer lists an image by its digest.
    pub(crate) fn remove_digest(&mut self, image: &Image) -> &mut Self {
        let end = image.digest().replace(':', "/");
        self.repository.role("targets").targets.retain(|target| !target.path.ends_with(&end));
        self
    }

    /// `oci/registry.acme.test/TEAM/REST`
    pub(crate) fn target_path(&self, rest: &str) -> String {
        format!("oci/{}", self.reference(rest))
    }

    /// Publishes the next version of targets, snapshot and timestamp.
    pub(crate) fn release(&mut self) -> &Self {
        self.repository.release();
        self.publish()
    }

    /// Brings what the repository has published to the metadata server.
    pub(crate) fn publish(&self) -> &Self {
        self.serve(&self.repository.mirror)
    }

    /// Brings these files to the metadata server.
    pub(crate) fn serve(&self, mirror: &Mirror) -> &Self {
        self.server.as_ref().expect("a server that is not down").serve(mirror);
        self
    }

    /// Pulls an image, which must be allowed and then be in the store with all its content.
    pub(crate) fn pulls(&self, name: &str) -> &Self {
        let reference = self.reference(name);
        let pull = self.ctr.pull(&reference);
        assert!(pull.succeeded, "{reference} is refused: {}", pull.stderr);
        assert!(self.ctr.images().contains(&reference), "{reference} has no record");
        self
    }

    /// Pulls an image that the verifier must refuse with a reason that begins with `reason`; no record of it is left.
    pub(crate) fn refuses(&self, name: &str, digest: &str, reason: &str) -> &Self {
        self.refuses_reference(&self.reference(name), digest, reason)
    }

    /// As [`refuses`](Self::refuses), by the whole reference.
    pub(crate) fn refuses_reference(&self, reference: &str, digest: &str, reason: &str) -> &Self {
        let before = self.ctr.images();
        let pull = self.ctr.pull(reference);
        let begin = format!(
            "ctr: image verifier bindir blocked pull of {reference} with digest {digest} for reason: verifier \
             tuf-image-verifier rejected image (exit code 1): {reason}"
        );
        assert!(!pull.succeeded, "{reference} is allowed");
        assert!(pull.stderr.starts_with(&begin), "expected {begin}\nfound    {}", pull.stderr);
        assert_eq!(pull.stderr.trim_end().lines().count(), 1, "more than a line: {}", pull.stderr);
        assert_eq!(self.ctr.images(), before, "the store's images changed");
        self
    }

    /// Pulls an image again and again until the first refusal. A pull that begins when metadata has expired must not
    /// be allowed.
    pub(crate) fn pull_until_expired(&self, name: &str, expires: i64) {
        let reference = self.reference(name);
        loop {
            let began = metadata::now();
            if !self.ctr.pull(&reference).succeeded {
                assert!(metadata::now() >= expires, "refused before the expiry");
                return;
            }
            assert!(began < expires, "allowed after the expiry");
        }
    }

    /// Pulls an image that the verifier must allow and containerd itself refuse.
    pub(crate) fn containerd_refuses(&self, name: &str) -> Run {
        let before = self.ctr.images();
        let pull = self.ctr.pull(&self.reference(name));
        assert!(!pull.succeeded, "{name} is pulled");
        assert_eq!(self.ctr.images(), before, "the store's images changed");
        let log = self.containerd.as_ref().expect("a running containerd").log();
        let allowed = log.lines().any(|line| line.contains("Image verifier allowed pull"));
        assert!(allowed && !log.contains("Image verifier blocked pull"), "blocked: {}", pull.stderr);
        pull
    }

    /// The verifier's reason for the last pull that it allowed, as containerd logged it.
    pub(crate) fn last_reason(&self) -> String {
        let log = self.containerd.as_ref().expect("a running containerd").log();
        let line = log.lines().rfind(|line| line.contains("Image verifier allowed pull"));
        line.expect("a pull that was allowed").to_owned()
    }

    /// Ends containerd.
    pub(crate) fn stop(&mut self) {
        self.containerd = None;
    }

    /// A path in the machine's folder: `policy.toml`, `root.json`, `verifiers`, `verifier-state`, `containerd.toml`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the program among containerd's verifiers prints for a command about this containerd, and its exit status. It
    /// has nothing of containerd's environment.
    pub(crate) fn verifier(&self, arguments: &[&str]) -> (Vec<String>, i32) {
        let mut command = self.site.parts.prepared(Command::new(&self.site.verifier));
        command.args(arguments).arg("--address").arg(socket(self.folder.path()));
        let output = command.stdin(Stdio::null()).output().expect("a program that starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        (text.lines().map(String::from).collect(), output.status.code().expect("a status"))
    }

    /// The metadata that the verifier has stored, by path.
    pub(crate) fn stored(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files =
            WalkDir::new(self.folder.path().join("verifier-state")).into_iter().filter_map(Result::ok);
        let files = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
        let read = files.map(|path| (path.clone(), fs::read(path).expect("a file of the store")));
        read.filter(|(_, bytes)| bytes.windows(8).any(|part| part == b"\"signed\"")).collect()
    }
}

fn policy_text(folder: &Path, url: &str, unreachable: &str) -> String {
    format!(
        r#"version = 1
default = "reject"
state_dir = "{state}"
log = ""

[repositories.acme]
metadata = ["{url}"]
root = "{root}"
refresh_interval = "0s"
unreachable = "{unreachable}"

[[rule]]
prefix = "{HOST}"
action = "verify"
repository = "acme"
"#,
        state = folder.join("verifier-state").display(),
        root = folder.join("root.json").display(),
    )
}
