//! Repositories that are in use, as they were published. They are beside a checkout, not in it.

use std::fs;
use std::path::{Path, PathBuf};

use tuf_tests::skip;
use tuf_verifier_host::{Client, FolderSource, FolderStore, Report, UnixTime};

use crate::world::{found, verdict};

struct Published {
    folder: PathBuf,
    /// When it was current.
    time: UnixTime,
}

impl Published {
    /// The repository, unless it is not there.
    fn of(name: &str, test: &str) -> Option<Self> {
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real-repositories");
        let folder = real.join(name);
        let Ok(time) = fs::read_to_string(folder.join("faketime")) else {
            skip(test, &format!("the repository {name} is not in {}", real.display()));
            return None;
        };
        Some(Self { folder, time: unix_time(time.trim()) })
    }

    fn client(&self, store: &Path) -> Client {
        let trusted_root = fs::read(self.folder.join("initial_root.json")).unwrap();
        let source = FolderSource::new(self.folder.join("metadata"), self.folder.join("targets"));
        Client::new(trusted_root, source, FolderStore::open(store).unwrap()).reference_time(self.time)
    }

    /// Refreshes twice, and downloads the repository's example target in between.
    fn updates(&self) -> Report {
        let place = tempfile::tempdir().unwrap();
        let (store, to) = (place.path().join("store"), place.path().join("target"));
        let session = self.client(&store).refresh().unwrap();
        let path = fs::read_to_string(self.folder.join("targetpath")).unwrap();
        let target = found(&session, path.trim());
        session.download(&target, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap().len() as u64, target.length);
        let again = self.client(&store).refresh().unwrap();
        assert_eq!(again.report().notices, []);
        assert!(again.report().timestamp_unchanged);
        session.report().clone()
    }
}

/// `YYYY-MM-DDTHH:MM:SS+00:00` becomes a time.
fn unix_time(text: &str) -> UnixTime {
    let time = tuf_verifier_core::UnixTime::parse(&text.replace("+00:00", "Z")).expect("a date-time");
    assert_eq!(UnixTime::from_seconds(time.0).to_string(), time.to_string());
    UnixTime::from_seconds(time.0)
}

#[test]
fn docker() {
    let Some(published) = Published::of("docker", "docker") else { return };
    let report = published.updates();
    assert_eq!((report.root.version, report.targets.version), (1, 7));
}

#[test]
fn tuf_demo() {
    let Some(published) = Published::of("tuf-demo", "tuf_demo") else { return };
    let report = published.updates();
    assert_eq!((report.root.version, report.targets.version), (5, 7));
}

#[test]
fn expired_repositories_are_refused() {
    let Some(published) = Published::of("docker", "expired_repositories_are_refused") else { return };
    let place = tempfile::tempdir().unwrap();
    let years_later = UnixTime::from_seconds(published.time.seconds() + 20 * 365 * 86_400);
    let client = published.client(place.path()).reference_time(years_later);
    assert_eq!(verdict(client.refresh()), "freeze");
}
