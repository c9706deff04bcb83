//! The trusted store: its files, its lock, many processes at once, and processes that are killed.

mod crowd;
mod files;
#[cfg(target_os = "linux")]
mod kill;
mod lock;
mod names;
#[cfg(target_os = "linux")]
mod read_only;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tuf_verifier_host::store::Guard;
use tuf_verifier_host::{FolderStore, Store};

fn open(folder: &Path) -> FolderStore {
    FolderStore::open(folder).expect("the folder can be used")
}

/// Locks a store that nobody else holds.
fn lock(store: &FolderStore) -> Box<dyn Guard + '_> {
    store.lock(&mut || panic!("nobody holds the lock")).expect("the lock is free")
}

/// Every file below the folder, by its relative path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        for entry in fs::read_dir(folder.join(&relative)).expect("a folder").flatten() {
            let path = relative.join(entry.file_name());
            match entry.file_type().expect("a type").is_dir() {
                true => folders.push(path),
                false => {
                    let content = fs::read(folder.join(&path)).expect("a file");
                    found.insert(path.to_string_lossy().into_owned(), content);
                }
            }
        }
    }
    found
}

/// Runs an ignored test of this program in a process of its own, with pipes to its input and output.
fn child(test: &str, store: &Path) -> Child {
    command(test, store).spawn().expect("this program runs again")
}

fn command(test: &str, store: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--ignored", "--nocapture", "--quiet"]).env("TUF_TEST_STORE", store);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// The store of a child.
fn store_of_child() -> FolderStore {
    open(Path::new(&std::env::var_os("TUF_TEST_STORE").expect("run by another test")))
}
