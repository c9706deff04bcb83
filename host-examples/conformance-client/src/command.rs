//! What the commands do.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use tuf_verifier_host::{Client, FolderStore, HttpSource, Lookup, Session, Settings, Store};

use crate::arguments::{Arguments, Command};

/// Why a command failed: an error of the host library, or a sentence.
type Failure = Box<dyn Error>;

/// Runs one command.
///
/// # Errors
/// The first thing that did not succeed.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Init { trusted_root } => init(&arguments.metadata_dir, trusted_root),
        Command::Refresh => {
            let url = demanded(arguments.metadata_url.as_deref(), "--metadata-url")?;
            refresh(&arguments.metadata_dir, url, url).map(drop)
        }
        Command::Download => download(arguments),
    }
}

/// Writes the root metadata to the store, as it is. The first refresh judges it.
fn init(metadata_dir: &Path, trusted_root: &Path) -> Result<(), Failure> {
    let bytes = read_root(trusted_root)
        .map_err(|error| format!("cannot read the trusted root {}: {error}", trusted_root.display()))?;
    let store = FolderStore::open(metadata_dir)?;
    let guard = store.lock(&mut || ())?;
    store.persist("root.json", &bytes)?;
    drop(guard);
    Ok(())
}

/// Reads a file that is no longer than root metadata may be (5.3.3).
fn read_root(path: &Path) -> io::Result<Vec<u8>> {
    let limit = Settings::default().root_max_length;
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {limit} bytes")))
}

/// Brings the store up to date. Trust begins with its `root.json`.
fn refresh(metadata_dir: &Path, metadata_url: &str, target_base_url: &str) -> Result<Session, Failure> {
    let source = HttpSource::builder(metadata_url, target_base_url).build()?;
    let store = FolderStore::open(metadata_dir)?;
    let Some(trusted_root) = store.load("root.json")? else {
        return Err(format!("{} has no root.json: `init` comes first", metadata_dir.display()).into());
    };
    Ok(Client::new(trusted_root, source, store).refresh()?)
}

/// Downloads every target under one snapshot, in the order given, up to the first that fails.
fn download(arguments: &Arguments) -> Result<(), Failure> {
    let metadata_url = demanded(arguments.metadata_url.as_deref(), "--metadata-url")?;
    let target_base_url = demanded(arguments.target_base_url.as_deref(), "--target-base-url")?;
    let target_dir = demanded(arguments.target_dir.as_deref(), "--target-dir")?;
    demanded(arguments.target_names.first(), "--target-name")?;
    let session = refresh(&arguments.metadata_dir, metadata_url, target_base_url)?;
    fs::create_dir_all(target_dir)
        .map_err(|error| format!("cannot make the folder {}: {error}", target_dir.display()))?;
    arguments.target_names.iter().try_for_each(|path| download_one(&session, path, target_dir))
}

fn download_one(session: &Session, path: &str, target_dir: &Path) -> Result<(), Failure> {
    match session.find(path)? {
        Lookup::Found(target) => {
            session.download(&target, &target_dir.join(target.file_name()))?;
            Ok(())
        }
        Lookup::NotFound(reason) => Err(format!("no target {path:?}: {reason}").into()),
    }
}

/// The value of an option that the command cannot do without.
fn demanded<T>(value: Option<T>, option: &str) -> Result<T, Failure> {
    value.ok_or_else(|| format!("this command needs {option}").into())
}
