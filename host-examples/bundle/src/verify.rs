//! `tuf-bundle verify`.

use std::error::Error;
use std::fs;

use tuf_verifier_host::bundle::BundleSource;
use tuf_verifier_host::{Client, FolderStore, MemoryStore, Settings};

use crate::arguments::VerifyArguments;
use crate::report;

/// Verifies a bundle as if its files were fetched.
///
/// # Errors
/// What was not verified, read or written first.
pub(crate) fn run(arguments: &VerifyArguments) -> Result<(), Box<dyn Error>> {
    let trusted_root = fs::read(&arguments.trusted_root)
        .map_err(|error| format!("cannot read {}: {error}", arguments.trusted_root.display()))?;
    let bundle = BundleSource::open(&arguments.bundle)?;
    let client = match &arguments.store {
        Some(folder) => Client::new(trusted_root, bundle, FolderStore::open(folder)?),
        None => Client::new(trusted_root, bundle, MemoryStore::new()),
    };
    let settings = Settings {
        target_file_max_length: arguments.max_target_length,
        replace_root_line: arguments.replace_root_line,
        ..Settings::default()
    };
    let session = client.settings(settings).refresh()?;
    report::print(&session);
    match &arguments.output_dir {
        Some(folder) => {
            fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
            report::take(&session, &arguments.paths, folder)
        }
        None => report::take(&session, &arguments.paths, tempfile::tempdir()?.path()),
    }
}
