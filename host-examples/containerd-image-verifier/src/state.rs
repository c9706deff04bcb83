//! What is kept between pulls: one trusted store a repository, shared by all processes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::OFlag;
use tempfile::NamedTempFile;
use tuf_verifier_host::UnixTime;

use crate::policy::{Policy, RepositoryPolicy};

/// The state of one repository.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
}

impl State {
    /// That of a repository of a policy: a folder of its name.
    pub(crate) fn of(policy: &Policy, repository: &RepositoryPolicy) -> Self {
        Self { folder: policy.state_dir.join("repositories").join(&repository.name) }
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the trusted store.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join("trusted")
    }

    /// Where it is kept that a mirror did not answer.
    pub(crate) fn outage(&self, mirror: usize) -> Outage {
        Outage { file: self.folder.join(format!("outage-{mirror}")) }
    }
}

/// That a mirror did not answer a while ago, so that other pulls do not wait for it in turn.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    file: PathBuf,
}

/// How long a mirror that did not answer is left alone.
const REST: Duration = Duration::from_secs(10);

/// Bytes of a time that are read: one more than the longest has.
const LONGEST: u64 = 21;

impl Outage {
    /// Whether the mirror did not answer in the last ten seconds. What cannot be read says nothing.
    pub(crate) fn is_recent(&self) -> bool {
        let since = self.read().ok().and_then(|text| text.parse::<i64>().ok());
        let age = since.and_then(|since| UnixTime::now().seconds().checked_sub(since));
        age.and_then(|age| u64::try_from(age).ok()).is_some_and(|age| age < REST.as_secs())
    }

    /// Keeps that the mirror did not answer just now. Where that fails, the next pull waits as this one did.
    pub(crate) fn begin(&self) {
        let _ = self.write(&UnixTime::now().seconds().to_string());
    }

    /// Renamed into place: what a link of its name leads to is not written to.
    fn write(&self, text: &str) -> io::Result<()> {
        let folder = self.file.parent().ok_or(io::ErrorKind::NotFound)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&self.file).map(drop).map_err(|error| error.error)
    }

    /// A link is not followed, a pipe not waited for, and of a longer file enough is read to see that it is no time.
    fn read(&self) -> io::Result<String> {
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let file = File::options().read(true).custom_flags(flags.bits()).open(&self.file)?;
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text)?;
        Ok(text)
    }

    /// The mirror answered.
    pub(crate) fn end(&self) {
        // Mostly there is nothing to delete.
        let _ = fs::remove_file(&self.file);
    }
}
