//! Repositories whose published files are in a bucket of moto.

pub(crate) mod forgetful;

use std::path::Path;
use std::sync::Arc;

use tuf_repository::{Bucket, Error, KeyRing, Periods, Repository, Site};
use tuf_test_server::Moto;

use crate::world::{NOW, World};

/// A bucket of its own.
pub(crate) struct Shelf {
    pub(crate) moto: Arc<Moto>,
    pub(crate) bucket: String,
}

impl Shelf {
    /// None where there is no moto: the test is skipped, and says so.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let moto = Moto::start(test)?;
        let bucket = test.replace('_', "-").chars().take(60).collect::<String>().trim_matches('-').to_owned();
        moto.make_bucket(&bucket);
        Some(Self { moto, bucket })
    }

    /// A place in the bucket, with the settings that a publisher's environment would have.
    pub(crate) fn place(&self, prefix: &str) -> Bucket {
        Bucket::open_with(&format!("s3://{}/{prefix}", self.bucket), settings(&self.moto.endpoint()))
            .expect("usable settings")
    }

    pub(crate) fn site(&self, home: &Path, prefix: &str) -> Site {
        Site::from(&home.join("repo")).with_bucket(self.place(prefix))
    }

    /// Makes a repository with the keys of a world.
    pub(crate) fn init(&self, world: &World, prefix: &str) -> Result<Repository, Error> {
        let (site, state) = (self.site(world.home(), prefix), world.state());
        Repository::init(site, &state, &world.setup(), world.ring(), Periods::default(), NOW)
    }

    pub(crate) fn open(&self, world: &World, home: &Path, prefix: &str) -> Repository {
        self.open_with(home, prefix, world.ring()).expect("a repository")
    }

    pub(crate) fn open_with(&self, home: &Path, prefix: &str, ring: KeyRing) -> Result<Repository, Error> {
        let opened = Repository::open(self.site(home, prefix), &home.join("state"), ring, Periods::default());
        // Nothing is waited for in tests but a turn.
        opened.map(|repository| repository.on_contention(|_| std::thread::yield_now()))
    }

    /// What clients of the place are served.
    pub(crate) fn served(&self, prefix: &str) -> impl Fn(&str) -> Option<Vec<u8>> {
        move |name| self.moto.get(&format!("{}/{prefix}/{name}", self.bucket)).map(|object| object.bytes)
    }

    /// Names below a prefix.
    pub(crate) fn names(&self, prefix: &str) -> Vec<String> {
        let whole = format!("{prefix}/");
        let keys = self.moto.keys(&self.bucket, &whole);
        keys.iter().filter_map(|key| key.strip_prefix(&whole)).map(str::to_owned).collect()
    }

    /// Copies everything below a prefix.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        for name in self.names(from) {
            let object = self.moto.get(&format!("{}/{from}/{name}", self.bucket)).expect("an object");
            self.moto.put(&format!("{}/{to}/{name}", self.bucket), &object.bytes);
        }
    }

    pub(crate) fn put(&self, prefix: &str, name: &str, bytes: &[u8]) {
        self.moto.put(&format!("{}/{prefix}/{name}", self.bucket), bytes);
    }

    pub(crate) fn delete(&self, prefix: &str, name: &str) {
        self.moto.delete(&format!("{}/{prefix}/{name}", self.bucket));
    }
}

/// Settings for an endpoint on the loopback interface that takes any credentials.
pub(crate) fn settings(endpoint: &str) -> Vec<(String, String)> {
    [
        ("AWS_ENDPOINT", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
