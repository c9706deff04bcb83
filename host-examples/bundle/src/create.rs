//! `tuf-bundle create`.

use std::error::Error;
use std::fs;
use std::path::Path;

use tuf_verifier_host::bundle::{BundleSource, Recorder, Recording};
use tuf_verifier_host::{Client, FolderSource, HttpSource, MemoryStore, Settings, Source};

use crate::arguments::CreateArguments;
use crate::report;

/// Records what a client with an empty store asks for, and writes the bundle once another client has verified it.
///
/// # Errors
/// What was not verified, fetched or written first.
pub(crate) fn run(arguments: &CreateArguments) -> Result<(), Box<dyn Error>> {
    let trusted_root = fs::read(&arguments.trusted_root)
        .map_err(|error| format!("cannot read {}: {error}", arguments.trusted_root.display()))?;
    let (metadata, targets) = (&arguments.metadata, &arguments.targets);
    let settings = Settings { target_file_max_length: arguments.max_target_length, ..Settings::default() };
    let recording = match metadata.contains("://") {
        true => {
            record(HttpSource::builder(metadata, targets).build()?, &trusted_root, settings, &arguments.paths)
        }
        false => record(FolderSource::new(metadata, targets), &trusted_root, settings, &arguments.paths),
    }?;
    let output = &arguments.output;
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let rehearsal = tempfile::Builder::new().prefix(".tuf-bundle-").tempdir_in(folder)?;
    let written = rehearsal.path().join("bundle.tar");
    recording.save(&written)?;
    let client = Client::new(trusted_root, BundleSource::open(&written)?, MemoryStore::new());
    let session = client.settings(settings).refresh()?;
    report::print(&session);
    report::take(&session, &arguments.paths, rehearsal.path())?;
    fs::rename(&written, output).map_err(|error| format!("cannot write {}: {error}", output.display()))?;
    println!("wrote {} ({} bytes)", output.display(), fs::metadata(output)?.len());
    Ok(())
}

fn record(
    source: impl Source + 'static,
    trusted_root: &[u8],
    settings: Settings,
    paths: &[String],
) -> Result<Recording, Box<dyn Error>> {
    let (recorder, recording) = Recorder::new(source)?;
    let client = Client::new(trusted_root.to_vec(), recorder, MemoryStore::new());
    let session = client.settings(settings).refresh()?;
    let folder = tempfile::tempdir()?;
    for path in paths {
        report::fetch(&session, path, folder.path())?;
    }
    Ok(recording)
}
