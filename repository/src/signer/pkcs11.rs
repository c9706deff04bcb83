//! `pkcs11:` signers: a key of a token, which never leaves it.
//!
//! The module is loaded into this process: whoever can change its file is this process. A PIN is tried once: a token locks
//! itself after a few wrong ones.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use tuf_files::{Exposure, Owners};

use crate::error::KeyError;
use crate::metadata::Key;
use crate::signer::checked::Holder;
use crate::signer::pkcs11_mechanism::{Preparation, preparation};
use crate::signer::pkcs11_public;
use crate::signer::{Pkcs11Uri, SecretSource, Secrets, SignerProblem, ecdsa};

/// The modules that are loaded. A module may be initialized once in a process, and stays until the process ends.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// A key of a token that is logged in.
pub(super) struct TokenKey {
    /// A session is used by one thread at a time.
    session: Mutex<Session>,
    private: ObjectHandle,
    kind: KeyType,
}

/// A key of a token, which signs by one scheme.
#[derive(Debug)]
pub(super) struct TokenSigner {
    key: TokenKey,
    scheme: String,
}

impl TokenKey {
    /// Loads the module, finds the token, logs in, and finds the key. `source` is where the PIN comes from; without one, from
    /// the URI or from a prompt, and from nothing that is another key's.
    pub(super) fn open(
        uri: &Pkcs11Uri,
        source: Option<&SecretSource>,
        secrets: &dyn Secrets,
    ) -> Result<Self, SignerProblem> {
        let module = module(&uri.module_path)?;
        let (slot, token) = find_token(&module, uri)?;
        let session = module.open_ro_session(slot).map_err(failed)?;
        if is_logged_out(&session)? {
            let of_uri = uri.pin_source.clone().map(SecretSource::File);
            let source = source.or(of_uri.as_ref());
            log_in(&module, slot, &token, &session, source, secrets)?;
        }
        let private = find_key(&session, uri)?;
        let kind = kind_of(&session, private)?;
        Ok(Self { session: Mutex::new(session), private, kind })
    }

    /// The public key that belongs to it, with a scheme for an RSA key.
    pub(super) fn public(&self, scheme: Option<&str>) -> Result<Key, SignerProblem> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let der = pkcs11_public::spki(&session, self.private, self.kind)?;
        Key::from_spki(&der, scheme).map_err(|error: KeyError| SignerProblem::Key(Box::new(error)))
    }

    /// The signer by the scheme of a public key.
    pub(super) fn signer(self, public: &Key) -> Result<TokenSigner, SignerProblem> {
        let wanted = match public.scheme.as_str() {
            "ed25519" => KeyType::EC_EDWARDS,
            scheme if scheme.starts_with("ecdsa-") => KeyType::EC,
            scheme if scheme.starts_with("rsa") => KeyType::RSA,
            other => {
                return Err(SignerProblem::WrongKind(format!(
                    "tokens have no keys of the scheme {other} here"
                )));
            }
        };
        if self.kind != wanted {
            let reason = format!(
                "the token's key is of the type {}, the public key's scheme is {}",
                self.kind, public.scheme
            );
            return Err(SignerProblem::WrongKind(reason));
        }
        Ok(TokenSigner { key: self, scheme: public.scheme.clone() })
    }
}

impl Holder for TokenSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerProblem> {
        let Preparation { mechanism, data, is_two_numbers } = preparation(&self.scheme, message)?;
        let session = self.key.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = session.sign(&mechanism, self.key.private, &data).map_err(|error| match error {
            ModuleError::Pkcs11(RvError::MechanismInvalid | RvError::KeyFunctionNotPermitted, _) => {
                SignerProblem::WrongKind(format!(
                    "the token's key does not sign by the scheme {}",
                    self.scheme
                ))
            }
            // A key that wants the PIN before each signature, as that of the signature slot of a PIV card.
            ModuleError::Pkcs11(RvError::UserNotLoggedIn, _) => SignerProblem::WrongKind(
                "the token wants the PIN again for each signature of this key: choose another key or slot"
                    .to_owned(),
            ),
            other => failed(other),
        })?;
        if is_two_numbers { ecdsa::der(&self.scheme, &signature) } else { Ok(signature) }
    }
}

/// Loads and initializes a module, once.
fn module(path: &Path) -> Result<Pkcs11, SignerProblem> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    Owners::user().check(path).map_err(|exposed| match exposed.exposure {
        Exposure::Unknown(cause) => SignerProblem::Module(format!("{}: {cause}", path.display())),
        _ => exposed.into(),
    })?;
    let module = Pkcs11::new(path).map_err(failed)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(ModuleError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(failed(error)),
    }
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

/// The one token that fits.
fn find_token(module: &Pkcs11, uri: &Pkcs11Uri) -> Result<(Slot, TokenInfo), SignerProblem> {
    let (mut fitting, mut found) = (Vec::new(), Vec::new());
    for slot in module.get_slots_with_token().map_err(failed)? {
        // One that was removed in the meantime does not keep the others from being found.
        let Ok(token) = module.get_token_info(slot) else { continue };
        let is = |wanted: &Option<String>, is: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.trim_end() == is.trim_end())
        };
        let fits = is(&uri.token, token.label())
            && is(&uri.serial, token.serial_number())
            && is(&uri.manufacturer, token.manufacturer_id())
            && is(&uri.model, token.model());
        if token.token_initialized() {
            found.push(format!("{:?} (serial {})", token.label(), token.serial_number()));
        }
        if fits {
            fitting.push((slot, token));
        }
    }
    match <[_; 1]>::try_from(fitting) {
        Ok([one]) => Ok(one),
        Err(fitting) if fitting.is_empty() => Err(SignerProblem::NoToken { found }),
        Err(fitting) => Err(SignerProblem::Several { number: fitting.len(), what: "tokens" }),
    }
}

/// Whether nobody is logged in. Whoever has logged in by another session of this process is logged in in all of them.
fn is_logged_out(session: &Session) -> Result<bool, SignerProblem> {
    let state = session.get_session_info().map_err(failed)?.session_state();
    Ok(matches!(state, SessionState::RoPublic | SessionState::RwPublic))
}

/// Logs in with the PIN, once. A token with its own keypad asks for it there.
fn log_in(
    module: &Pkcs11,
    slot: Slot,
    token: &TokenInfo,
    session: &Session,
    source: Option<&SecretSource>,
    secrets: &dyn Secrets,
) -> Result<(), SignerProblem> {
    if token.user_pin_locked() {
        return Err(SignerProblem::PinLocked);
    }
    let pin = match (token.protected_authentication_path(), source) {
        (true, None) => None,
        // What is usual for key files is not tried on a token.
        (_, source) => {
            let name = format!("the token {:?}", token.label());
            let secret = secrets.secret(&name, Some(source.unwrap_or(&SecretSource::Prompt)))?;
            Some(AuthPin::from(secret.as_str()))
        }
    };
    match session.login(UserType::User, pin.as_ref()) {
        Ok(()) | Err(ModuleError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(ModuleError::Pkcs11(RvError::PinLocked, _)) => Err(SignerProblem::PinLocked),
        Err(ModuleError::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
            let token = module.get_token_info(slot);
            Err(SignerProblem::WrongPin { last_try: token.is_ok_and(|token| token.user_pin_final_try()) })
        }
        Err(error) => Err(failed(error)),
    }
}

/// The one private key that fits.
fn find_key(session: &Session, uri: &Pkcs11Uri) -> Result<ObjectHandle, SignerProblem> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    template.extend(uri.object.as_ref().map(|label| Attribute::Label(label.clone().into_bytes())));
    template.extend(uri.id.as_ref().map(|id| Attribute::Id(id.clone())));
    let fitting = session.find_objects(&template).map_err(failed)?;
    match <[_; 1]>::try_from(fitting) {
        Ok([one]) => Ok(one),
        Err(fitting) if fitting.is_empty() => Err(SignerProblem::NoSuchKey { found: labels(session)? }),
        Err(fitting) => Err(SignerProblem::Several { number: fitting.len(), what: "keys of the token" }),
    }
}

/// The labels of a token's private keys.
fn labels(session: &Session) -> Result<Vec<String>, SignerProblem> {
    let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).map_err(failed)?;
    let mut labels = Vec::new();
    for key in keys {
        for attribute in session.get_attributes(key, &[AttributeType::Label]).map_err(failed)? {
            if let Attribute::Label(label) = attribute {
                labels.push(format!("{:?}", String::from_utf8_lossy(&label)));
            }
        }
    }
    Ok(labels)
}

fn kind_of(session: &Session, private: ObjectHandle) -> Result<KeyType, SignerProblem> {
    let attributes = session.get_attributes(private, &[AttributeType::KeyType]).map_err(failed)?;
    match attributes.first() {
        Some(Attribute::KeyType(kind)) => Ok(*kind),
        _ => Err(SignerProblem::WrongKind("the token does not say of which type its key is".to_owned())),
    }
}

/// What the module said, without the sentences of the standard that follow.
pub(super) fn failed(error: ModuleError) -> SignerProblem {
    match error {
        ModuleError::Pkcs11(code, function) => SignerProblem::Module(format!("{function} answered {code:?}")),
        other => SignerProblem::Module(other.to_string()),
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").field("kind", &self.kind).finish_non_exhaustive()
    }
}
