//! A repository for a static host, kept alive by one scheduled job.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use tuf_repository::metadata::{Key, sha256_hex};

use crate::cli::config::FILE;
use crate::cli::failure::Failure;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

const WORKFLOW: &str = include_str!("workflow.yml");

/// Where the workflow is, below the folder of the repository.
const WORKFLOW_FILE: &str = ".github/workflows/tuf.yml";

/// Periods for a job that runs once a day and may be down for a week: a role is signed anew when two weeks are left.
pub(super) const SETTINGS: &str = "\
[expires]
root = \"730d\"
targets = \"365d\"
delegated = \"365d\"
snapshot = \"28d\"
timestamp = \"21d\"

# Delegated roles with a period of their own.
[expires.roles]

# How long before its expiry a role is renewed by the daily job: a week without it, and a week more is left.
[renew]
snapshot = \"14d\"
timestamp = \"14d\"
targets = \"60d\"
delegated = \"60d\"
root = \"90d\"
";

/// Refuses keys that one scheduled job cannot hold: the two online roles must have one key, the same.
pub(super) fn online_key(snapshot: &[Key], timestamp: &[Key]) -> Result<Key, Failure> {
    match (snapshot, timestamp) {
        ([snapshot], [timestamp]) if snapshot == timestamp => Ok(timestamp.clone()),
        _ => Err(Failure::new("a static repository has one key for both the snapshot and the timestamp role")
            .next("name the same key with `--snapshot-key` and `--timestamp-key`; other roles may have as many as you like")),
    }
}

/// Writes the workflow and what git must not keep. A file that is there already stays.
pub(super) fn write(online: &Key, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let folder = &workspace.folder;
    let path = folder.join("metadata/1.root.json");
    let root = fs::read(&path).map_err(|cause| Failure::reading(&path, cause))?;
    let settings = folder.join(FILE);
    let settings = fs::read(&settings).map_err(|cause| Failure::reading(&settings, cause))?;
    let key = serde_json::to_string(online)
        .map_err(|error| Failure::new(format!("the public key cannot be written: {error}")))?;
    let workflow = WORKFLOW
        .replace("@ROOT@", &sha256_hex(&root))
        .replace("@SETTINGS@", &sha256_hex(&settings))
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@KEY@", &key);
    create(&folder.join(WORKFLOW_FILE), &workflow, shell)?;
    create(&folder.join(".gitignore"), "/staged/\n/_site/\n", shell)?;
    explain(shell);
    Ok(())
}

fn explain(shell: &Shell) {
    shell.note(format_args!(
        "commit everything here to a git repository's `main`; {WORKFLOW_FILE} publishes it, and signs the timestamp anew once a week"
    ));
    shell.note(
        "it needs the online key as the secrets TUF_ONLINE_KEY (the .pem file) and TUF_ONLINE_PASSPHRASE of an environment `tuf`; \
         the comment on top of it names what else is possible, and what that costs",
    );
    shell.note(format_args!(
        "the job goes by this {FILE} alone: after a change of it, write its SHA-256 into SETTINGS_SHA256 of the workflow"
    ));
    shell.note("keep the root and targets keys off that service: no job needs them");
}

fn create(path: &Path, text: &str, shell: &Shell) -> Result<(), Failure> {
    let failed = |cause| Failure::new(format!("could not create {}: {cause}", path.display()));
    // It decides what runs beside the key: not for everybody to change, whatever the umask says.
    if let Some(folder) = path.parent() {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
        builder.recursive(true).create(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    match options.open(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {
            shell.warning(format_args!("{} is there already and stays as it is", path.display()));
            Ok(())
        }
        file => {
            file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
            shell.status("Created", path.display());
            Ok(())
        }
    }
}
