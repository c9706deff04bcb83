//! The publisher's side, as `tufrepo image` does it: images of a layout become targets, which are published.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tuf_oci::Reference;
use tuf_repository::images::{Image, delegation, stage, unstage};
use tuf_repository::{KeyRing, KeyType, Periods, Repository, RoleKeys, Setup, SigningKey, UnixTime};
use tuf_tests::Mirror;

use crate::metadata::now;

/// The role that lists images.
const ROLE: &str = "images";

/// A repository in a folder, whose targets role delegates the images of one name.
pub(crate) struct Publisher {
    folder: TempDir,
    repository: Repository,
}

impl Publisher {
    /// Makes the repository. `name` is a registry and a repository in it.
    pub(crate) fn of(name: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let [key, images] = [(), ()].map(|()| SigningKey::generate(KeyType::Ed25519).expect("a key"));
        let keys = |key: &SigningKey| RoleKeys { keys: vec![key.public().clone()], threshold: 1 };
        let setup =
            Setup { root: keys(&key), targets: keys(&key), snapshot: keys(&key), timestamp: keys(&key) };
        let delegated = keys(&images);
        let ring: KeyRing = [key, images].map(Arc::new).into_iter().collect();
        let (published, state) = (folder.path().join("repository"), folder.path().join("state"));
        let now = UnixTime(now());
        let repository = Repository::init(&published, &state, &setup, ring, Periods::default(), now);
        let repository = repository.expect("a repository");
        let reference = parsed(&format!("{name}:any"));
        let delegation = delegation(ROLE, reference.host(), reference.repository(), delegated);
        repository.delegate("targets", delegation).expect("a delegation");
        Self { folder, repository }
    }

    /// The first root, which is pinned.
    pub(crate) fn root(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("repository/metadata/1.root.json")).expect("a root")
    }

    /// Lists the image with the digest of this reference, found in a layout, under its tag as well.
    pub(crate) fn add(&self, reference: &str, layout: &Path) -> &Self {
        let image = Image::from_layout(&parsed(reference), layout).expect("an image of the layout");
        let mut staged = self.repository.stage().expect("a draft");
        stage(&image, ROLE, &mut staged).expect("targets");
        staged.save().expect("the draft is kept");
        self
    }

    /// No longer lists what a reference names.
    pub(crate) fn remove(&self, reference: &str) -> &Self {
        let mut staged = self.repository.stage().expect("a draft");
        unstage(&parsed(reference), ROLE, &mut staged).expect("a target that is listed");
        staged.save().expect("the draft is kept");
        self
    }

    /// Publishes, and gives the metadata that is there then.
    pub(crate) fn publish(&self) -> Mirror {
        self.repository.publish(UnixTime(now())).expect("a publication");
        let mut mirror = Mirror::default();
        for entry in fs::read_dir(self.folder.path().join("repository/metadata")).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            mirror.metadata.insert(name.to_owned(), fs::read(&path).expect("a file"));
        }
        mirror
    }
}

fn parsed(reference: &str) -> Reference {
    Reference::parse(reference).expect("a reference")
}
