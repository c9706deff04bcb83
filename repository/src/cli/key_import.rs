//! `tufrepo key import`.

use std::path::{Path, PathBuf};

use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::Document;
use pkcs8::der::pem::PemLabel as _;
use tuf_repository::metadata::Key;
use tuf_repository::signer::{Entry, SecretSource, Secrets as _, SignerUri, entry_beside};
use tuf_repository::{Error, KeyError, KeyFile, OtherForm, Pbkdf2Iterations, SigningKey, check_own};

use crate::cli::failure::Failure;
use crate::cli::key::{check_name, make_folder, refuse_existing, write_public};
use crate::cli::key_args::KeyImport;
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// The longest file that may be a public key.
const MOST_PUBLIC: u64 = 64 * 1024;

/// Takes a key that is there already. Prints its keyid.
pub(crate) fn run(args: &KeyImport, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let is_uri =
        ["pkcs8:", "pkcs11:", "ssh-agent:", "exec:"].iter().any(|scheme| args.source.starts_with(scheme));
    let public = match is_uri {
        true => import_uri(args, workspace, shell)?,
        false => import_file(args, Path::new(&args.source), workspace, shell)?,
    };
    outln!("{}", public.keyid().map_err(|error| Failure::from(Error::from(error)))?);
    Ok(())
}

/// The private key stays where it is; what is kept is its public key, and where it is.
fn import_uri(args: &KeyImport, workspace: &Workspace, shell: &Shell) -> Result<Key, Failure> {
    let name = args.name.as_deref().ok_or_else(|| {
        Failure::new("the key has no name yet").next("say how it is called here with `--name NAME`")
    })?;
    let place = Place::new(name, workspace)?;
    refuse_existing([&place.public, &place.entry])?;
    let entry = entry(args)?;
    let public = entry.public(args.scheme.as_deref(), workspace.passphrases.as_ref())?;
    make_folder(workspace.folder_of_new_keys()?)?;
    // If the second file cannot be written, the key is one whose private part is elsewhere.
    write_public(&place.public, &public)?;
    entry.create_new(&place.entry)?;
    shell.status("Imported", format_args!("{} key {} as {name}", public.scheme, entry.uri));
    shell.note(format_args!("`tufrepo key test {name}` shows that it signs"));
    Ok(public)
}

fn entry(args: &KeyImport) -> Result<Entry, Failure> {
    let problem = |problem: tuf_repository::signer::SignerProblem| {
        Failure::from(Error::from(tuf_repository::signer::SignerError {
            signer: "to import".to_owned(),
            problem,
        }))
    };
    let uri: SignerUri = args.source.parse().map_err(problem)?;
    let uri = match uri {
        SignerUri::Pkcs8(path) => SignerUri::Pkcs8(absolute(&path)?),
        other => other,
    };
    let mut entry = Entry::new(uri);
    entry.secret = secret(args.secret.as_ref())?;
    entry.arguments.clone_from(&args.arguments);
    entry.environment.clone_from(&args.environment);
    entry.output = args.output.into();
    entry.ecdsa = args.ecdsa.into();
    if let Some(seconds) = args.timeout_seconds {
        entry.timeout = std::time::Duration::from_secs(seconds);
    }
    entry.check().map_err(problem)?;
    Ok(entry)
}

/// A private key file is copied into the folder of keys, unless it is there.
fn import_file(args: &KeyImport, path: &Path, workspace: &Workspace, shell: &Shell) -> Result<Key, Failure> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned(),
    };
    let place = Place::new(&name, workspace)?;
    refuse_existing([&place.public, &place.entry])?;
    let is_in_place = same_file(path, &place.private);
    let file = match KeyFile::read(path) {
        Err(Error::Key { cause: KeyError::OtherForm(OtherForm::Public), .. }) => {
            return import_public(args, path, &place, &name, shell);
        }
        Err(Error::Key { cause: KeyError::OtherForm(OtherForm::TufJson), .. })
            if has_public_object(path)? =>
        {
            return import_public(args, path, &place, &name, shell);
        }
        file => file?,
    };
    if !is_in_place {
        refuse_existing([&place.private])?;
    }
    let source = secret(args.secret.as_ref())?;
    let key = with_scheme(open(&file, path, source.as_ref(), workspace)?, args.scheme.as_deref())?;
    make_folder(workspace.folder_of_new_keys()?)?;
    let is_encrypted = match (is_in_place, file.is_encrypted(), args.unencrypted) {
        (true, is_encrypted, _) => is_encrypted,
        (false, true, _) => file.copy_new(&place.private).map(|()| true)?,
        (false, false, true) => file.copy_new(&place.private).map(|()| false)?,
        (false, false, false) => {
            let passphrase = workspace.passphrases.for_new_key(&place.private, source.as_ref())?;
            KeyFile::create_new(&place.private, &key, Some(&passphrase), Pbkdf2Iterations::FLOOR)?;
            true
        }
    };
    if let Some(source) = source.filter(|_| is_encrypted) {
        place.write_entry(source)?;
    }
    write_public(&place.public, key.public())?;
    shell.status("Imported", format_args!("{} key {} as {name}", key.kind(), path.display()));
    if !is_encrypted {
        shell.warning("the key is not encrypted: whoever reads the file can sign");
    }
    if !is_in_place {
        shell.note(format_args!("remove {} if it is not needed: whoever has it can sign", path.display()));
    }
    Ok(key.public().clone())
}

/// Whether a file is the key object of metadata, with nothing private in it: other tools have written private keys so.
fn has_public_object(path: &Path) -> Result<bool, Failure> {
    let bytes = tuf_files::read_regular(path, MOST_PUBLIC).map_err(|cause| Failure::reading(path, cause))?;
    Ok(serde_json::from_slice::<Key>(&bytes)
        .is_ok_and(|key| !key.keyval.unrecognized.contains_key("private")))
}

/// A public key object as it is, if clients read it.
fn public_object(bytes: &[u8], scheme: Option<&str>, path: &Path) -> Result<Key, Failure> {
    let public: Key = serde_json::from_slice(bytes)
        .map_err(|error| Failure::new(format!("{} is no public key: {error}", path.display())))?;
    if let Some(other) = scheme.filter(|scheme| *scheme != public.scheme) {
        return Err(Failure::new(format!(
            "{} has the scheme {}, not {other}",
            path.display(),
            public.scheme
        ))
        .next("leave `--scheme` out: the keyid stands for the scheme too"));
    }
    public
        .verify(b"", b"")
        .map(|_| public.clone())
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// A public key of somebody else, in PEM or as the key object of metadata, or of a private key that is elsewhere.
fn import_public(
    args: &KeyImport,
    path: &Path,
    place: &Place,
    name: &str,
    shell: &Shell,
) -> Result<Key, Failure> {
    check_own(path).map_err(|error| {
        Failure::from(error).next(
            "whoever can change it chooses whom this repository trusts: copy it to a folder of your own",
        )
    })?;
    let bytes = tuf_files::read_regular(path, MOST_PUBLIC).map_err(|cause| Failure::reading(path, cause))?;
    let public = match bytes.trim_ascii_start().starts_with(b"{") {
        true => public_object(&bytes, args.scheme.as_deref(), path)?,
        false => public_pem(&bytes, args.scheme.as_deref(), path)?,
    };
    if let Some(folder) = place.public.parent() {
        make_folder(folder)?;
    }
    write_public(&place.public, &public)?;
    shell.status("Imported", format_args!("public {} key {} as {name}", public.scheme, path.display()));
    shell.note("it is a public key: roles can trust it, and nothing is signed with it here");
    Ok(public)
}

fn public_pem(bytes: &[u8], scheme: Option<&str>, path: &Path) -> Result<Key, Failure> {
    let text = String::from_utf8_lossy(bytes);
    let document = match Document::from_pem(text.trim()) {
        Ok((SubjectPublicKeyInfoRef::PEM_LABEL, document)) => document,
        _ => {
            return Err(Failure::new(format!("{} has no PEM \"PUBLIC KEY\"", path.display())).next(
                "`ssh-keygen -e -m PKCS8 -f FILE.pub`, or `openssl rsa -RSAPublicKey_in -in FILE -pubout`, makes one of it",
            ));
        }
    };
    let public = Key::from_spki(document.as_bytes(), scheme);
    public.map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn open(
    file: &KeyFile,
    path: &Path,
    source: Option<&SecretSource>,
    workspace: &Workspace,
) -> Result<SigningKey, Failure> {
    match (file.is_encrypted(), source) {
        (true, Some(_)) => {
            let secret = workspace.passphrases.secret(&format!("the key {}", path.display()), source);
            let secret = secret.map_err(|problem| {
                let signer = format!("pkcs8:{}", path.display());
                Error::from(tuf_repository::signer::SignerError { signer, problem })
            })?;
            Ok(file.open(Some(&secret))?)
        }
        (true, None) => workspace.passphrases.open(path).map_err(|error| {
            let error = error.into_error(path);
            let is_wrong = matches!(error, Error::Key { cause: KeyError::WrongPassphrase, .. });
            let failure = Failure::from(error);
            match is_wrong {
                true => failure.next("check the passphrase; `--secret file:PATH` names the one of this key, now and whenever it signs"),
                false => failure,
            }
        }),
        (false, _) => Ok(file.open(None)?),
    }
}

fn with_scheme(key: SigningKey, scheme: Option<&str>) -> Result<SigningKey, Failure> {
    match scheme {
        Some(scheme) => key.with_scheme(scheme).map_err(|error| Failure::from(Error::from(error))),
        None => Ok(key),
    }
}

/// The files of a key in the repository's folder of keys.
pub(crate) struct Place {
    pub(crate) private: PathBuf,
    pub(crate) public: PathBuf,
    pub(crate) entry: PathBuf,
}

impl Place {
    fn new(name: &str, workspace: &Workspace) -> Result<Self, Failure> {
        check_name(name)?;
        Ok(Self::of(workspace.folder_of_new_keys()?.join(format!("{name}.pem"))))
    }

    /// The files beside that of a private key.
    pub(crate) fn of(private: PathBuf) -> Self {
        let public = private.with_extension("json");
        Self { entry: entry_beside(&public), public, private }
    }

    /// Remembers where the passphrase of the private key comes from.
    pub(crate) fn write_entry(&self, source: SecretSource) -> Result<(), Failure> {
        let name = self.private.file_name().unwrap_or_default();
        let mut entry = Entry::new(SignerUri::Pkcs8(PathBuf::from(name)));
        entry.secret = Some(source);
        Ok(entry.create_new(&self.entry)?)
    }
}

/// A source with an absolute path: it is read from another folder next time.
pub(crate) fn secret(source: Option<&SecretSource>) -> Result<Option<SecretSource>, Failure> {
    Ok(match source {
        Some(SecretSource::File(path)) => Some(SecretSource::File(absolute(path)?)),
        other => other.cloned(),
    })
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|cause| Failure::reading(path, cause))
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
