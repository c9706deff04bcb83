//! `tufrepo key export`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use tuf_repository::metadata::Key;
use tuf_repository::{Error, KeyFile};

use crate::cli::failure::Failure;
use crate::cli::key_args::{KeyExport, PublicForm};
use crate::cli::output::remember;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Prints a public key, or writes it or a private key file to a new file.
pub(crate) fn run(args: &KeyExport, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let known = workspace.keys.named(&args.name)?;
    let Some(out) = &args.out else {
        let text = text(&known.public, args.form)?;
        remember(std::io::stdout().write_all(text.as_bytes()));
        return Ok(());
    };
    if !args.private {
        write(out, &text(&known.public, args.form)?)?;
        shell.status("Exported", format_args!("the public key {} to {}", args.name, out.display()));
        return Ok(());
    }
    let Some(private) = &known.private else {
        return Err(match &known.entry {
            Some(entry) => Failure::new(format!("the private key {} stays in {}", args.name, entry.uri)),
            None => Failure::no_private_key(&args.name),
        }
        .next("only a private key in a file can be exported"));
    };
    let file = KeyFile::read(private)?;
    file.copy_new(out)?;
    shell.status("Exported", format_args!("the private key {} to {}", args.name, out.display()));
    if !file.is_encrypted() {
        shell.warning("the key is not encrypted: whoever reads the file can sign");
    }
    Ok(())
}

fn text(key: &Key, form: PublicForm) -> Result<String, Failure> {
    match form {
        PublicForm::Pem => key.to_spki_pem().map_err(|error| {
            Failure::from(Error::from(error)).next("`--form tuf` writes the key object of metadata")
        }),
        PublicForm::Tuf => {
            let text = serde_json::to_string_pretty(key);
            text.map(|text| text + "\n").map_err(|error| Failure::new(error.to_string()))
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|cause| Failure::new(format!("could not create {}: {cause}", path.display())))
}
