//! One package: its `.crate` file and its index line.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tuf_tests::sha256;

/// The source that a lock names for the default registry.
const DEFAULT_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// One package of one version.
#[derive(Clone, Debug)]
pub(crate) struct Krate {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) yanked: bool,
    files: Vec<(String, Vec<u8>)>,
    dependencies: Vec<(String, String)>,
    lock: Option<String>,
    /// TOML after the generated manifest.
    manifest: String,
    /// Symbolic links and what they lead to.
    links: Vec<(String, String)>,
    /// What the archive has at its end: path, mode and content.
    entries: Vec<(String, u32, Vec<u8>)>,
}

impl Krate {
    /// A library of one source file, without a lock.
    pub(crate) fn library(name: &str, version: &str, source: &str) -> Self {
        Self::new(name, version, "src/lib.rs", source)
    }

    /// A binary of one source file, with a lock that names itself alone.
    pub(crate) fn binary(name: &str, version: &str, source: &str) -> Self {
        Self::new(name, version, "src/main.rs", source).locking(&[])
    }

    fn new(name: &str, version: &str, path: &str, source: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            yanked: false,
            files: vec![(path.into(), source.into())],
            dependencies: Vec::new(),
            lock: None,
            manifest: String::new(),
            links: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// The same package with another file.
    pub(crate) fn with_file(mut self, path: &str, content: &str) -> Self {
        self.files.retain(|(known, _)| known != path);
        self.files.push((path.into(), content.into()));
        self
    }

    /// The same package with a dependency on this version.
    pub(crate) fn depending_on(mut self, other: &Self) -> Self {
        self.dependencies.push((other.name.clone(), other.version.clone()));
        self
    }

    /// The same package with a Cargo.lock of itself and these packages.
    pub(crate) fn locking(mut self, packages: &[&Self]) -> Self {
        let mut entries: Vec<String> = packages.iter().map(|package| package.lock_entry()).collect();
        entries.push(self.own_lock_entry());
        entries.sort();
        self.lock = Some(format!("version = 4\n\n{}", entries.join("\n")));
        self
    }

    /// The same package with this Cargo.lock, or none.
    pub(crate) fn with_lock(mut self, lock: Option<String>) -> Self {
        self.lock = lock;
        self
    }

    /// The same package with this text at the end of its manifest.
    pub(crate) fn with_manifest(mut self, text: &str) -> Self {
        self.manifest += text;
        self
    }

    /// The same package with a symbolic link before its files.
    pub(crate) fn with_link(mut self, path: &str, target: &str) -> Self {
        self.links.push((path.into(), target.into()));
        self
    }

    /// The same package with one more entry at the end of its archive, whatever is there already: a folder if there is no content.
    pub(crate) fn with_entry(mut self, path: &str, mode: u32, content: &str) -> Self {
        self.entries.push((path.into(), mode, content.into()));
        self
    }

    /// What a lock says of this package of the default registry.
    pub(crate) fn lock_entry(&self) -> String {
        let checksum = self.checksum();
        let own = self.own_lock_entry();
        let (head, dependencies) = own.split_at(own.find("dependencies").unwrap_or(own.len()));
        format!("{head}source = \"{DEFAULT_REGISTRY}\"\nchecksum = \"{checksum}\"\n{dependencies}")
    }

    fn own_lock_entry(&self) -> String {
        let mut entry = format!("[[package]]\nname = \"{}\"\nversion = \"{}\"\n", self.name, self.version);
        if !self.dependencies.is_empty() {
            let names: Vec<String> =
                self.dependencies.iter().map(|(name, _)| format!(" \"{name}\",\n")).collect();
            entry += &format!("dependencies = [\n{}]\n", names.concat());
        }
        entry
    }

    /// The target path of the `.crate` file.
    pub(crate) fn crate_path(&self) -> String {
        format!("crates/{0}/{0}-{1}.crate", self.name, self.version)
    }

    /// SHA-256 of the `.crate` file.
    pub(crate) fn checksum(&self) -> String {
        sha256(&self.bytes())
    }

    /// The `.crate` file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let manifest = ("Cargo.toml".to_owned(), self.manifest().into_bytes());
        let lock = self.lock.iter().map(|lock| ("Cargo.lock".to_owned(), lock.clone().into_bytes()));
        for (path, target) in &self.links {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            let path = format!("{}-{}/{path}", self.name, self.version);
            archive.append_link(&mut header, path, target).expect("a tar entry");
        }
        for (path, content) in [manifest].into_iter().chain(lock).chain(self.files.clone()) {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            let path = format!("{}-{}/{path}", self.name, self.version);
            archive.append_data(&mut header, path, content.as_slice()).expect("a tar entry");
        }
        for (path, mode, content) in &self.entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(match content.is_empty() {
                true => tar::EntryType::Directory,
                false => tar::EntryType::Regular,
            });
            header.set_size(content.len() as u64);
            header.set_mode(*mode);
            let path = format!("{}-{}/{path}", self.name, self.version);
            archive.append_data(&mut header, path, content.as_slice()).expect("a tar entry");
        }
        let mut gzip = archive.into_inner().expect("a tar file");
        gzip.flush().expect("memory");
        gzip.finish().expect("a gzip file")
    }

    fn manifest(&self) -> String {
        let (name, version) = (&self.name, &self.version);
        let mut manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n");
        for (name, version) in &self.dependencies {
            manifest += &format!("[dependencies.{name}]\nversion = \"{version}\"\n");
        }
        manifest + &self.manifest
    }

    /// The index line.
    pub(crate) fn index_line(&self) -> String {
        self.index_line_with(&self.dependencies)
    }

    /// An index line with one dependency more than the package has, and the right checksum.
    pub(crate) fn index_line_adding(&self, other: &Self) -> String {
        let added = (other.name.clone(), other.version.clone());
        self.index_line_with(&[self.dependencies.as_slice(), &[added]].concat())
    }

    fn index_line_with(&self, dependencies: &[(String, String)]) -> String {
        let dependency = |(name, version): &(String, String)| {
            format!(
                r#"{{"name":"{name}","req":"^{version}","features":[],"optional":false,"default_features":true,"target":null,"kind":"normal"}}"#
            )
        };
        let dependencies: Vec<String> = dependencies.iter().map(dependency).collect();
        format!(
            r#"{{"name":"{}","vers":"{}","deps":[{}],"cksum":"{}","features":{{}},"yanked":{}}}"#,
            self.name,
            self.version,
            dependencies.join(","),
            self.checksum(),
            self.yanked
        )
    }
}
