//! `tufrepo key`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tuf_files::make_private_folder;
use tuf_repository::metadata::Key;
use tuf_repository::{KeyFile, Pbkdf2Iterations, SigningKey};

use crate::cli::failure::Failure;
use crate::cli::key_args::KeyNew;
use crate::cli::key_import::{Place, secret};
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Makes a private key. Prints its keyid.
pub(crate) fn new(args: &KeyNew, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let place = Place::of(private_path(args, workspace)?);
    refuse_existing([&place.private, &place.public, &place.entry])?;
    let source = secret(args.secret.as_ref())?;
    let passphrase = match args.unencrypted {
        true => None,
        false => Some(workspace.passphrases.for_new_key(&place.private, source.as_ref())?),
    };
    let key = SigningKey::generate(args.kind).map_err(|error| Failure::new(error.to_string()))?;
    let key = match &args.scheme {
        Some(scheme) => key.with_scheme(scheme).map_err(|error| Failure::new(error.to_string()))?,
        None => key,
    };
    if let Some(folder) = place.private.parent() {
        make_folder(folder)?;
    }
    KeyFile::create_new(&place.private, &key, passphrase.as_ref(), Pbkdf2Iterations::FLOOR)?;
    if let Some(source) = source {
        place.write_entry(source)?;
    }
    write_public(&place.public, key.public())?;
    shell.status("Created", format_args!("{} key {}", args.kind, place.private.display()));
    if args.unencrypted {
        shell.warning("the key is not encrypted: whoever reads the file can sign");
    }
    outln!("{}", key.keyid());
    Ok(())
}

/// Prints name, keyid, scheme, and where the private key is or whether it is at hand, one key a line.
pub(crate) fn list(workspace: &Workspace) -> Result<(), Failure> {
    for known in workspace.keys.keys() {
        let private = match (&known.entry, &known.private) {
            (Some(entry), _) => entry.uri.to_string(),
            (None, Some(_)) => "private".to_owned(),
            (None, None) => "public".to_owned(),
        };
        outln!("{}\t{}\t{}\t{private}", known.name, known.keyid, known.public.scheme);
    }
    Ok(())
}

fn private_path(args: &KeyNew, workspace: &Workspace) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.out {
        return match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") | None => Err(Failure::new(format!("{} has no ending `.pem`", path.display()))
                .next("the private key ends in `.pem`, its public key beside it in `.json`")),
            Some(_) => Ok(path.clone()),
        };
    }
    let name = args.name.as_deref().unwrap_or_default();
    check_name(name)?;
    Ok(workspace.folder_of_new_keys()?.join(format!("{name}.pem")))
}

/// Refuses a name that cannot be that of a key in every file system, and in a URI.
pub(crate) fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    match !name.is_empty() && name.chars().all(plain) {
        true => Ok(()),
        false => Err(Failure::new(format!("{name:?} is no name for a key"))
            .next("use the characters A-Z a-z 0-9 - _, or a file with `--out FILE`")),
    }
}

pub(crate) fn refuse_existing<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Failure> {
    match paths.into_iter().find(|path| path.exists()) {
        Some(path) => Err(Failure::new(format!("{} exists already", path.display()))
            .next("choose another name: a key is never overwritten")),
        None => Ok(()),
    }
}

pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    make_private_folder(folder)
        .map_err(|cause| Failure::new(format!("could not create the folder {}: {cause}", folder.display())))
}

/// Writes a public key to a new file.
pub(crate) fn write_public(path: &Path, key: &Key) -> Result<(), Failure> {
    let failed =
        |cause: &dyn std::fmt::Display| Failure::new(format!("could not create {}: {cause}", path.display()));
    let mut text = serde_json::to_string_pretty(key).map_err(|error| failed(&error))?;
    text.push('\n');
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Whoever can change it chooses whom a repository trusts: not the group, whatever the umask says.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|cause| failed(&cause))
}
