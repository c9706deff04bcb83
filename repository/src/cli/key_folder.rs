//! Folders of keys: `NAME.json` is a public key, `NAME.pem` its private one, unless `NAME.signer` says where that is. The private
//! key may be in another folder than the public one, such as on a removable disk.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use tuf_repository::metadata::Key;
use tuf_repository::signer::{Entry, SignerError, SignerProblem, SignerUri, entry_beside, signer_of};
use tuf_repository::{Error, Signer, Signers, check_own};

use crate::cli::config::FILE;
use crate::cli::failure::Failure;
use crate::cli::passphrase::Passphrases;

/// A folder of keys, and who has chosen it.
#[derive(Clone, Debug)]
pub(crate) struct KeyFolder {
    path: PathBuf,
    /// Whether the command line names it. It must be there then.
    is_named: bool,
    /// Whether other people's changes come into it, such as by `git pull`: nothing of it is started or loaded.
    is_shared: bool,
}

impl KeyFolder {
    /// A folder that the command line names.
    pub(crate) fn named(path: PathBuf) -> Self {
        Self { path, is_named: true, is_shared: false }
    }

    /// The folder of the settings.
    pub(crate) fn of_settings(path: PathBuf, is_shared: bool) -> Self {
        Self { path, is_named: false, is_shared }
    }
}

/// A key in a folder. Its private part may be elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct KnownKey {
    pub(crate) name: String,
    pub(crate) keyid: String,
    pub(crate) public: Key,
    /// File of the private key, where it is there.
    pub(crate) private: Option<PathBuf>,
    /// Where the private key is, if a file says so.
    pub(crate) entry: Option<Entry>,
    /// The folder with that file, if other people's changes come into it.
    shared: Option<PathBuf>,
}

/// Folders of keys. A private key is opened when it has to sign, and once.
#[derive(Clone, Debug)]
pub(crate) struct KeyFolders {
    keys: Vec<KnownKey>,
    passphrases: Rc<Passphrases>,
    opened: Rc<RefCell<BTreeMap<String, Arc<dyn Signer>>>>,
}

impl KeyFolders {
    /// Reads the public keys of folders. A folder that only the settings name need not be there.
    ///
    /// # Errors
    /// Somebody else can change a folder or a file in it: they would choose whose key is trusted under which name.
    pub(crate) fn load(folders: &[KeyFolder], passphrases: Rc<Passphrases>) -> Result<Self, Failure> {
        let mut keys = Vec::new();
        for folder in folders {
            check_folder(&folder.path)?;
            match fs::read_dir(&folder.path) {
                Err(cause) if !folder.is_named && cause.kind() == io::ErrorKind::NotFound => {}
                entries => {
                    let entries = entries.map_err(|cause| {
                        Failure::reading(&folder.path, cause).next(
                            "`--keys` names a folder that is there: mount its disk, or make the folder first",
                        )
                    })?;
                    read_folder(folder, entries, &mut keys)?;
                }
            }
        }
        find_elsewhere(&mut keys, folders)?;
        keys.sort_by(|one: &KnownKey, other| one.name.cmp(&other.name));
        Ok(Self { keys, passphrases, opened: Rc::default() })
    }

    /// Every key, by name.
    pub(crate) fn keys(&self) -> &[KnownKey] {
        &self.keys
    }

    /// A key by its name.
    pub(crate) fn named(&self, name: &str) -> Result<&KnownKey, Failure> {
        self.keys.iter().find(|known| known.name == name).ok_or_else(|| Failure::no_key(name))
    }

    /// A key's name with the beginning of its keyid, or the keyid of a key that is not known.
    pub(crate) fn name_of(&self, keyid: &str) -> String {
        let known = self.keys.iter().find(|known| known.keyid == keyid);
        known.map_or_else(
            || keyid.to_owned(),
            |known| format!("{}:{}", known.name, keyid.get(..8).unwrap_or(keyid)),
        )
    }

    /// A public key by the name of a known one, or by one of its files. A name alone is never a file: it would be whoever's
    /// can write to the current folder.
    pub(crate) fn public(&self, name: &str) -> Result<Key, Failure> {
        if let Some(known) = self.keys.iter().find(|known| known.name == name) {
            return Ok(known.public.clone());
        }
        let unknown = || Failure::no_key(name);
        if !is_file(name) {
            return Err(unknown()
                .next(format!("`tufrepo key new {name}` makes one; a file is named as `./{name}.json`")));
        }
        let path = Path::new(name).with_extension("json");
        match path.try_exists() {
            Ok(false) => {
                Err(unknown().next("`tufrepo key list` lists the keys, `tufrepo key new` makes one"))
            }
            _ => read_public(&path),
        }
    }
}

impl KnownKey {
    /// Whether there is a way to its private key.
    pub(crate) fn can_sign(&self) -> bool {
        self.private.is_some() || self.entry.is_some()
    }

    /// Refuses a program or a module that an entry in a shared folder names: whoever can push it would run it as the publisher.
    fn refuse_shared_code(&self) -> Result<(), SignerError> {
        match (&self.shared, &self.entry) {
            (Some(folder), Some(Entry { uri, .. }))
                if matches!(uri, SignerUri::Exec(_) | SignerUri::Pkcs11(_)) =>
            {
                let problem = SignerProblem::FromSharedFolder { folder: folder.clone() };
                Err(SignerError { signer: uri.to_string(), problem })
            }
            _ => Ok(()),
        }
    }

    /// Opens the way to its private key.
    fn signer(&self, passphrases: &Passphrases) -> Result<Option<Arc<dyn Signer>>, Error> {
        self.refuse_shared_code()?;
        let signer = match (&self.entry, &self.private) {
            // A file without a source of its own is opened with what has opened others.
            (None, Some(path)) | (Some(Entry { uri: SignerUri::Pkcs8(_), secret: None, .. }), Some(path)) => {
                let key = passphrases.open(path).map_err(|error| error.into_error(path))?;
                signer_of(key, path, &self.public)?
            }
            (Some(entry), _) => entry.open(&self.public, passphrases)?,
            (None, None) => return Ok(None),
        };
        Ok(Some(signer))
    }
}

impl Signers for KeyFolders {
    fn signer(&self, keyid: &str) -> Result<Option<Arc<dyn Signer>>, Error> {
        if let Some(key) = self.opened.borrow().get(keyid) {
            return Ok(Some(Arc::clone(key)));
        }
        let mut known = self.keys.iter().filter(|known| known.keyid == keyid && known.can_sign());
        // An entry that somebody has pushed hides no other one of the same key.
        let own = known.clone().find(|known| known.refuse_shared_code().is_ok());
        let Some(known) = own.or_else(|| known.next()) else { return Ok(None) };
        let Some(key) = known.signer(&self.passphrases)? else { return Ok(None) };
        self.opened.borrow_mut().insert(keyid.to_owned(), Arc::clone(&key));
        Ok(Some(key))
    }
}

/// Whether a key is named by one of its files: with a folder, or with an ending.
fn is_file(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    name.contains(std::path::is_separator) || matches!(ending, Some("json" | "pem"))
}

fn check_folder(folder: &Path) -> Result<(), Failure> {
    check_own(folder).map_err(|error| {
        Failure::from(error).next(format!(
            "whoever can change a folder of keys chooses whom this repository trusts: make it yours alone (`chown`, \
             `chmod go-w`), or name another one with `keys` in {FILE}"
        ))
    })
}

fn read_folder(folder: &KeyFolder, entries: fs::ReadDir, keys: &mut Vec<KnownKey>) -> Result<(), Failure> {
    for entry in entries {
        let path = entry.map_err(|cause| Failure::reading(&folder.path, cause))?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let (Some(name), Some("json")) = (name, path.extension().and_then(|extension| extension.to_str()))
        else {
            continue;
        };
        let public = read_public(&path)?;
        let keyid = public.keyid().map_err(|error| Failure::reading(&path, error))?;
        let entry = Entry::read(&entry_beside(&path))?;
        let private = match &entry {
            None => Some(path.with_extension("pem")).filter(|path| path.exists()),
            Some(Entry { uri: SignerUri::Pkcs8(path), .. }) => Some(path.clone()),
            Some(_) => None,
        };
        let shared = folder.is_shared.then(|| folder.path.clone());
        keys.push(KnownKey { name: name.to_owned(), keyid, public, private, entry, shared });
    }
    Ok(())
}

/// Pairs keys whose private file is not in their own folder with `NAME.pem` of another folder, which has no `NAME.json` of its
/// own. Whether it is the same key shows when it is opened.
fn find_elsewhere(keys: &mut [KnownKey], folders: &[KeyFolder]) -> Result<(), Failure> {
    for known in keys {
        let is_of_file = known.entry.as_ref().is_none_or(|entry| matches!(entry.uri, SignerUri::Pkcs8(_)));
        if !is_of_file || known.private.as_ref().is_some_and(|path| path.exists()) {
            continue;
        }
        let named = |folder: &KeyFolder| folder.path.join(format!("{}.pem", known.name));
        let found = folders.iter().map(|folder| (folder, named(folder)));
        let mut found = found.filter(|(_, path)| !path.with_extension("json").exists());
        let Some((folder, private)) = found.find(|(_, path)| path.exists()) else { continue };
        // Where its passphrase comes from may have been moved with it.
        let beside = Entry::read(&entry_beside(&private))?;
        if let Some(entry) = &mut known.entry {
            entry.uri = SignerUri::Pkcs8(private.clone());
        }
        if beside.is_some() {
            known.shared = folder.is_shared.then(|| folder.path.clone());
        }
        known.entry = beside.or(known.entry.take());
        known.private = Some(private);
    }
    Ok(())
}

/// Reads a public key that is about to be trusted under its name.
fn read_public(path: &Path) -> Result<Key, Failure> {
    check_own(path).map_err(|error| {
        Failure::from(error)
            .next("whoever can change it chooses whom this repository trusts: copy it to a folder of your own, and compare its keyid with its owner's")
    })?;
    let text = fs::read(path).map_err(|cause| Failure::reading(path, cause))?;
    serde_json::from_slice(&text).map_err(|error| {
        Failure::new(format!("{} is no public key: {error}", path.display()))
            .next("expected a key object of metadata, such as `tufrepo key new` writes")
    })
}
