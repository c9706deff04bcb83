//! Folders that tell containerd where a registry is.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that sends the requests for every host to one registry, as that of a mirror does.
pub(super) fn everything_to(registry: SocketAddr) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    write(&folder.path().join("_default"), registry)?;
    Ok(folder)
}

/// An entry for a registry itself among the CRI's folders of hosts, so that no mirror for all hosts is asked in its
/// place. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Entry(PathBuf);

impl Entry {
    /// `paths` is the CRI's `registry.config_path`: folders with colons between them, of which the first is looked in
    /// first. None where there is no folder.
    pub(super) fn in_first_of(paths: &str, registry: SocketAddr) -> io::Result<Option<Self>> {
        let Some(folder) = paths.split(':').map(Path::new).find(|folder| folder.is_dir()) else {
            return Ok(None);
        };
        let entry = Self(folder.join(registry.to_string()));
        write(&entry.0, registry)?;
        Ok(Some(entry))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // What cannot be removed names a port on which nobody listens any more.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(folder: &Path, registry: SocketAddr) -> io::Result<()> {
    fs::create_dir(folder)?;
    let url = format!("http://{registry}");
    let text = format!("server = {url:?}\n[host.{url:?}]\ncapabilities = [\"pull\", \"resolve\"]\n");
    fs::write(folder.join("hosts.toml"), text)
}
