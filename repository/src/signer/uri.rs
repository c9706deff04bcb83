//! The URIs of signers.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::signer::SignerProblem;

/// Where a private key is. No such URI has a secret in it: it is shown in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerUri {
    /// `pkcs8:FILE`: a PKCS#8 PEM file.
    Pkcs8(PathBuf),
    /// `pkcs11:…?module-path=…`: a key of a token (RFC 7512).
    Pkcs11(Pkcs11Uri),
    /// `ssh-agent:KEY`: a key of the user's agent, by its comment, by `SHA256:…`, or by its keyid.
    SshAgent(String),
    /// `exec:/FILE`: a program that signs.
    Exec(PathBuf),
}

/// A key of a token, as RFC 7512 names it. A token is chosen by what is written on it: slots move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    text: String,
    /// The library that is loaded: an absolute path.
    pub module_path: PathBuf,
    /// The token's label.
    pub token: Option<String>,
    /// The token's serial number.
    pub serial: Option<String>,
    /// The token's manufacturer.
    pub manufacturer: Option<String>,
    /// The token's model.
    pub model: Option<String>,
    /// The key's label.
    pub object: Option<String>,
    /// The key's identifier.
    pub id: Option<Vec<u8>>,
    /// The file that has the PIN in its first line: `pin-source=file:…`.
    pub pin_source: Option<PathBuf>,
}

impl FromStr for SignerUri {
    type Err = SignerProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |reason: &str| Err(SignerProblem::BadEntry(format!("{text:?}: {reason}")));
        let Some((scheme, rest)) = text.split_once(':') else {
            return bad("it is no URI: expected pkcs8:, pkcs11:, ssh-agent: or exec:");
        };
        match scheme {
            _ if text.chars().any(char::is_control) => bad("it has control characters"),
            // A PIN may be in it, where it does not belong, so it is not repeated.
            "pkcs11" => Pkcs11Uri::parse(rest).map(Self::Pkcs11),
            "pkcs8" | "ssh-agent" | "exec" if rest.is_empty() => bad("nothing follows the colon"),
            "pkcs8" => Ok(Self::Pkcs8(PathBuf::from(rest))),
            "ssh-agent" => Ok(Self::SshAgent(rest.to_owned())),
            // A name would be looked for, and a relative path depends on where this is run.
            "exec" if !Path::new(rest).is_absolute() => bad("the program needs an absolute path"),
            "exec" => Ok(Self::Exec(PathBuf::from(rest))),
            _ => bad("signers are pkcs8:, pkcs11:, ssh-agent: and exec:"),
        }
    }
}

impl fmt::Display for SignerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pkcs8(path) => write!(f, "pkcs8:{}", path.display()),
            Self::Pkcs11(uri) => uri.fmt(f),
            Self::SshAgent(key) => write!(f, "ssh-agent:{key}"),
            Self::Exec(path) => write!(f, "exec:{}", path.display()),
        }
    }
}

impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Pkcs11Uri {
    /// Reads what follows `pkcs11:`.
    fn parse(rest: &str) -> Result<Self, SignerProblem> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut attributes = attributes(path, ';')?;
        for (name, value) in self::attributes(query, '&')? {
            if attributes.insert(name.clone(), value).is_some() {
                return Err(bad(&format!("the attribute {name} is there twice")));
            }
        }
        let mut uri = Self { text: format!("pkcs11:{rest}"), ..Self::default() };
        for (name, value) in attributes {
            uri.set(&name, value)?;
        }
        if !uri.module_path.is_absolute() {
            return Err(bad("the module is missing: add `?module-path=/FILE.so`, with an absolute path"));
        }
        if uri.object.is_none() && uri.id.is_none() {
            return Err(bad("the key is missing: name it with `object=LABEL` or `id=%01`"));
        }
        if uri.token.is_none() && uri.serial.is_none() {
            return Err(bad("the token is missing: name it with `token=LABEL` or `serial=NUMBER`"));
        }
        Ok(uri)
    }

    fn set(&mut self, name: &str, value: Vec<u8>) -> Result<(), SignerProblem> {
        if name == "id" {
            self.id = Some(value);
            return Ok(());
        }
        let value =
            String::from_utf8(value).map_err(|_| bad(&format!("the attribute {name} is not UTF-8")))?;
        match name {
            "module-path" => self.module_path = PathBuf::from(value),
            "token" => self.token = Some(value),
            "serial" => self.serial = Some(value),
            "manufacturer" => self.manufacturer = Some(value),
            "model" => self.model = Some(value),
            "object" => self.object = Some(value),
            "type" if value == "private" => {}
            "type" => return Err(bad("only `type=private` signs")),
            "pin-source" => match value.strip_prefix("file:") {
                Some(path) if Path::new(path).is_absolute() => self.pin_source = Some(PathBuf::from(path)),
                _ => return Err(bad("only `pin-source=file:/FILE` is supported")),
            },
            "pin-value" => {
                return Err(bad(
                    "a PIN in a URI is shown in process lists and messages: use `secret` or `pin-source`",
                ));
            }
            "module-name" => return Err(bad("a module is named by its file: `module-path=/FILE.so`")),
            "slot-id" | "slot-description" | "slot-manufacturer" => {
                return Err(bad("slots move: name the token with `token` or `serial`"));
            }
            // RFC 7512, 2.3: "vendor-specific attributes".
            vendor if vendor.starts_with("x-") => {}
            "library-manufacturer" | "library-description" | "library-version" => {}
            other => return Err(bad(&format!("the attribute {other:?} is not known"))),
        }
        Ok(())
    }
}

/// The attributes of one part of the URI, decoded.
fn attributes(text: &str, separator: char) -> Result<BTreeMap<String, Vec<u8>>, SignerProblem> {
    let mut found = BTreeMap::new();
    for attribute in text.split(separator).filter(|attribute| !attribute.is_empty()) {
        let (name, value) =
            attribute.split_once('=').ok_or_else(|| bad("an attribute has no value: expected NAME=VALUE"))?;
        if found.insert(name.to_owned(), percent_decode_str(value).collect()).is_some() {
            return Err(bad(&format!("the attribute {name} is there twice")));
        }
    }
    Ok(found)
}

fn bad(reason: &str) -> SignerProblem {
    SignerProblem::BadEntry(format!("pkcs11: {reason}"))
}
