//! Folders that tell containerd where a registry is.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::registry::{Registry, SECRET};

/// A folder that sends the requests for every host to one registry, as that of a mirror does.
pub(super) fn everything_to(registry: &Registry) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let entry = folder.path().join("_default");
    make(&entry)?;
    fill(&entry, registry)?;
    Ok(folder)
}

/// An entry for a registry itself among the CRI's folders of hosts, so that no mirror for all hosts is asked in its
/// place. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Entry(PathBuf);

impl Entry {
    /// `paths` is the CRI's `registry.config_path`: folders with colons between them, of which the first is looked in
    /// first. None where there is no folder.
    pub(super) fn in_first_of(paths: &str, registry: &Registry) -> io::Result<Option<Self>> {
        let Some(folder) = paths.split(':').map(Path::new).find(|folder| folder.is_dir()) else {
            return Ok(None);
        };
        let folder = folder.join(registry.address().to_string());
        // What is there already is somebody's: only a folder that was made here is removed.
        make(&folder)?;
        let entry = Self(folder);
        fill(&entry.0, registry)?;
        Ok(Some(entry))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // What cannot be removed names a port on which nobody listens any more.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn make(folder: &Path) -> io::Result<()> {
    // The secret in it is for containerd, which is root's.
    fs::DirBuilder::new().mode(0o700).create(folder)
}

/// Requests for a host go to the registry, with its secret: by it the registry knows them from those of other users.
fn fill(folder: &Path, registry: &Registry) -> io::Result<()> {
    let (url, secret) = (format!("http://{}", registry.address()), registry.secret());
    let text = format!(
        "server = {url:?}\n[header]\n{SECRET} = {secret:?}\n[host.{url:?}]\ncapabilities = [\"pull\", \"resolve\"]\n\
         [host.{url:?}.header]\n{SECRET} = {secret:?}\n"
    );
    fs::write(folder.join("hosts.toml"), text)
}
