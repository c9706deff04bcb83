//! Packages in a signed repository, as files that a server or a folder source reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cargo_tuf::package::PackageName;
use tuf_tests::{Authority, Delegation, Header, Repository};

use super::Krate;

/// 2100-01-01, an expiry that no test run sees.
const FAR: i64 = 4_102_444_800;

/// A signed repository of packages.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) repository: Repository,
    indexes: BTreeMap<String, Vec<String>>,
}

impl Published {
    /// A repository of these packages, with the roles `index` and `crates`.
    pub(crate) fn new(packages: &[Krate]) -> Self {
        Self::signed_by("targets", packages)
    }

    /// Another repository of these packages, whose top-level keys have other labels.
    pub(crate) fn by_a_stranger(packages: &[Krate]) -> Self {
        Self::signed_by("stranger", packages)
    }

    fn signed_by(label: &str, packages: &[Krate]) -> Self {
        let mut repository = Repository::new();
        for role in ["root", "timestamp", "snapshot", "targets"] {
            if label != "targets" {
                repository.rotate(role, Authority::one(&format!("{label}-{role}")));
            }
        }
        let far = Header { version: 1, expires: FAR };
        (repository.root, repository.timestamp, repository.snapshot) = (far, far, far);
        repository.role("targets").header = far;
        for (role, patterns) in [("index", &["index/*/*", "index/*/*/*"][..]), ("crates", &["crates/*/*"])] {
            repository.delegate("targets", Delegation::paths(role, patterns).terminating());
            repository.role(role).header = far;
        }
        let mut published = Self { repository, indexes: BTreeMap::new() };
        packages.iter().for_each(|package| published.add(package));
        published.repository.mirror.metadata.clear();
        published.repository.write_root();
        published.repository.publish();
        published
    }

    /// Adds a package, which the next publication lists.
    pub(crate) fn add(&mut self, package: &Krate) {
        let lines = self.indexes.entry(package.name.clone()).or_default();
        lines.push(package.index_line());
        let index = lines.join("\n") + "\n";
        self.set_index(&package.name, &index);
        self.repository.add_target("crates", &package.crate_path(), &package.bytes());
    }

    /// Signs these bytes as the index file of a package.
    pub(crate) fn set_index(&mut self, name: &str, content: &str) {
        let name: PackageName = name.parse().expect("a name");
        self.repository.add_target("index", &name.index_path(), content.as_bytes());
    }

    /// Replaces the bytes of a package's index file without signing them.
    pub(crate) fn tamper_target(&mut self, name: &str, content: &str) {
        let name: PackageName = name.parse().expect("a name");
        let path = name.index_path();
        let (folder, file) = path.rsplit_once('/').expect("a folder");
        let is_file = |known: &str| known.starts_with(folder) && known.ends_with(file);
        let files = self.repository.mirror.targets.iter_mut().filter(|(known, _)| is_file(known));
        files.for_each(|(_, bytes)| *bytes = content.as_bytes().to_vec());
    }

    /// Publishes the next version of every role.
    pub(crate) fn release(&mut self) {
        for role in ["index", "crates"] {
            self.repository.role(role).header.version += 1;
        }
        self.repository.release();
    }

    /// The trusted root.
    pub(crate) fn root(&self) -> &[u8] {
        self.repository.mirror.file("1.root.json")
    }

    /// Writes `metadata/` and `targets/` into a folder, in place of what is there.
    pub(crate) fn write(&self, folder: &Path) {
        for (part, files) in
            [("metadata", &self.repository.mirror.metadata), ("targets", &self.repository.mirror.targets)]
        {
            let part = folder.join(part);
            if part.exists() {
                fs::remove_dir_all(&part).expect("an old folder");
            }
            for (name, bytes) in files {
                let decoded = percent_encoding::percent_decode_str(name).decode_utf8().expect("UTF-8");
                let path = part.join(&*decoded);
                fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                fs::write(path, bytes).expect("a file");
            }
        }
    }
}
