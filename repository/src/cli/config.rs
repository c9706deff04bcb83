//! `tufrepo.toml`: what metadata cannot say about itself.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tuf_repository::clients::{ClientProfile, ClientRules, UnknownClient};
use tuf_repository::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP, sha256_hex};
use tuf_repository::{LeadTimes, Periods, check_own};

use crate::cli::failure::Failure;

/// `tufrepo.toml`: what metadata cannot say about itself. Who signs what is in the metadata.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Version of this format.
    format: u32,
    /// Folder of private keys, relative to the repository.
    keys: Option<PathBuf>,
    /// Whether a journal is kept.
    #[serde(default)]
    journal: bool,
    #[serde(default)]
    expires: Expires,
    #[serde(default)]
    renew: Expires,
    #[serde(default)]
    store: Store,
    #[serde(default)]
    clients: Clients,
    /// SHA-256 of the file, if the repository has one.
    #[serde(skip)]
    digest: Option<String>,
}

/// A period for each role, before it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expires {
    root: Option<String>,
    targets: Option<String>,
    snapshot: Option<String>,
    timestamp: Option<String>,
    delegated: Option<String>,
    #[serde(default)]
    roles: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Store {
    /// What is published is there, and not in the repository's folder.
    url: Option<String>,
}

/// The clients that a publish is checked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Clients {
    check: Vec<String>,
    require: Vec<String>,
}

impl Default for Clients {
    fn default() -> Self {
        let all = ClientProfile::ALL.iter().map(|client| client.name.to_owned());
        Self { check: all.collect(), require: Vec::new() }
    }
}

/// What `tufrepo init` writes, but for the folder of keys.
const TEMPLATE: &str = "\
# Settings of `tufrepo`. Who signs what is in the metadata itself: see `tufrepo status`.
format = 1

# Folder of private keys, relative to this file. Outside of the repository's folder, nobody serves it by mistake.
# keys = \"keys\"

# Keep a journal of who published what, in `journal.jsonl`: see `tufrepo journal`.
# journal = true

# How long metadata is valid once it is signed, in days (d), hours (h), minutes (m) or seconds (s).
[expires]
root = \"365d\"
targets = \"90d\"
snapshot = \"7d\"
timestamp = \"1d\"
delegated = \"90d\"

# Delegated roles with a period of their own.
[expires.roles]
# index = \"7d\"

# How long before its expiry a role is renewed by `tufrepo refresh --due` and `--loop`. Otherwise when a third of its period
# is left.
[renew]
# timestamp = \"8h\"

# Object store that is published to, instead of metadata/ and targets/ beside this file.
[store]
# url = \"s3://bucket/prefix\"

# Other clients. `check` warns of what they would refuse; `require` keeps it from being published.
[clients]
check = [\"python-tuf\", \"tuf-js\", \"go-tuf\", \"tough\"]
require = []
";

/// Name of the file in the folder of a repository.
pub(crate) const FILE: &str = "tufrepo.toml";

/// Name of the file in the state folder of a repository that has settings.
const MARK: &str = "has-settings";

impl Config {
    /// Reads the file of a repository. If there is none, the template holds.
    ///
    /// # Errors
    /// Somebody else can change the file, or make one: they could have metadata signed that is valid for a century.
    /// `metadata/` and `targets/` may be writable by others, the folder above them not.
    pub(crate) fn load(repository: &Path) -> Result<Self, Failure> {
        let path = repository.join(FILE);
        check_own(&path).map_err(|error| {
            Failure::from(error).next(format!(
                "the folder of {FILE} decides what is signed: make it yours alone (`chown`, `chmod go-w`); \
                 metadata and targets in it may be writable by others"
            ))
        })?;
        let (text, digest) = match fs::read_to_string(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => (TEMPLATE.to_owned(), None),
            text => {
                let text = text.map_err(|cause| Failure::reading(&path, cause))?;
                let digest = sha256_hex(text.as_bytes());
                (text, Some(digest))
            }
        };
        let config = Self::parse(&path, &text)?;
        if config.format != 1 {
            let reason = format!("format {} is not known here", config.format);
            return Err(broken(&path, &reason).next("use a newer tufrepo"));
        }
        config.lead_times().map_err(|reason| broken(&path, &reason))?;
        config.periods().map_err(|reason| broken(&path, &reason))?;
        config.client_rules().map_err(|unknown| broken(&path, &unknown.to_string()))?;
        Ok(Self { digest, ..config })
    }

    /// The object store that is published to, where there is one.
    pub(crate) fn store(&self) -> Option<&str> {
        self.store.url.as_deref()
    }

    /// Reads settings, for the file that they are or are to be.
    ///
    /// # Errors
    /// A text that is none.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let shown = error.to_string();
            // The place, the line and what points into it; the sentence after them is the message.
            let shown =
                shown.lines().enumerate().filter(|(number, line)| *number == 0 || line.contains(" | "));
            let shown = shown.map(|(_, line)| line.to_owned()).collect();
            broken(path, error.message()).excerpt(shown)
        })
    }

    /// Whether the repository has settings of its own.
    pub(crate) fn is_found(&self) -> bool {
        self.digest.is_some()
    }

    /// SHA-256 of the file in hexadecimal digits, if the repository has one.
    pub(crate) fn digest(&self) -> Option<&String> {
        self.digest.as_ref()
    }

    /// What names the folder of keys: empty for that beside the repository's folder, however it is named.
    pub(crate) fn named_keys(&self, repository: &Path) -> String {
        if real_path(&self.key_folder(repository)) == real_path(&beside(repository).unwrap_or_default()) {
            return String::new();
        }
        self.keys.as_ref().map_or_else(|| "keys".to_owned(), |keys| keys.to_string_lossy().into_owned())
    }

    /// As [`Config::named_keys`], but as it is written, also where that is the folder beside the repository's.
    pub(crate) fn written_keys(&self, repository: &Path) -> String {
        let written = self.keys.as_ref().map(|keys| keys.to_string_lossy().into_owned());
        written.unwrap_or_else(|| self.named_keys(repository))
    }

    /// Whether it is remembered in the publisher's state folder that the repository has settings.
    pub(crate) fn is_known(state: &Path) -> bool {
        state.join(MARK).exists()
    }

    /// Says that the settings of a repository were there once.
    pub(crate) fn gone(repository: &Path) -> Failure {
        Failure::new(format!("{} is gone [settings-gone]", repository.join(FILE).display())).next(format!(
            "put it back from a copy of your own; a {FILE} with the line `format = 1` has default periods"
        ))
    }

    /// The folder of private keys. Who can change it is checked when it is read.
    pub(crate) fn key_folder(&self, repository: &Path) -> PathBuf {
        self.keys.as_ref().map_or_else(|| default_keys(repository), |keys| repository.join(keys))
    }

    /// Remembers in the publisher's state folder that a repository has settings. A repository that had some and has none
    /// is refused: default periods and another folder of keys would be used without a word.
    ///
    /// # Errors
    /// The settings are gone; the state folder cannot be written.
    pub(crate) fn remember(&self, repository: &Path, state: &Path) -> Result<(), Failure> {
        let mark = state.join(MARK);
        let is_known = mark.try_exists().map_err(|cause| Failure::reading(&mark, cause))?;
        match (self.is_found(), is_known) {
            (false, true) => Err(Self::gone(repository)),
            // A repository that is not adopted yet has no state folder.
            (true, false) if state.is_dir() => fs::write(&mark, "")
                .map_err(|cause| Failure::new(format!("could not create {}: {cause}", mark.display()))),
            _ => Ok(()),
        }
    }

    /// Whether a folder of keys is part of the repository's folder: served where that is.
    pub(crate) fn is_inside(repository: &Path, keys: &Path) -> bool {
        real_path(keys).starts_with(real_path(repository))
    }

    /// How long before their expiry roles are renewed.
    ///
    /// # Errors
    /// A text that is no period; a role that would be renewed again as soon as it is signed.
    pub(crate) fn lead_times(&self) -> Result<LeadTimes, String> {
        let said = &self.renew;
        let top_level = [
            (ROOT, &said.root),
            (TARGETS, &said.targets),
            (SNAPSHOT, &said.snapshot),
            (TIMESTAMP, &said.timestamp),
        ];
        let named = top_level.into_iter().filter_map(|(role, text)| Some((role, text.as_ref()?)));
        let roles = said.roles.iter().map(|(role, text)| (role.as_str(), text));
        let mut leads = LeadTimes {
            roles: BTreeMap::new(),
            delegated: said.delegated.as_deref().map(seconds).transpose()?,
        };
        for (role, text) in named.chain(roles) {
            leads.roles.insert(role.to_owned(), seconds(text)?);
        }
        let (periods, any_delegated) = (self.periods()?, "delegated");
        let roles = leads.roles.keys().map(String::as_str).chain([any_delegated]);
        match leads.too_long(roles.chain(self.expires.roles.keys().map(String::as_str)), &periods) {
            None => Ok(leads),
            Some(role) => Err(format!(
                "role {role} would be renewed as soon as it is signed: its time in [renew] must be shorter than that in [expires]"
            )),
        }
    }

    /// Whether a journal is kept.
    pub(crate) fn keeps_journal(&self) -> bool {
        self.journal
    }

    /// The periods that metadata is signed for.
    ///
    /// # Errors
    /// A text that is no period.
    pub(crate) fn periods(&self) -> Result<Periods, String> {
        let default = Periods::default();
        let or = |text: &Option<String>, default| text.as_deref().map_or(Ok(default), seconds);
        Ok(Periods {
            root: or(&self.expires.root, default.root)?,
            targets: or(&self.expires.targets, default.targets)?,
            snapshot: or(&self.expires.snapshot, default.snapshot)?,
            timestamp: or(&self.expires.timestamp, default.timestamp)?,
            delegated: or(&self.expires.delegated, default.delegated)?,
            roles: self
                .expires
                .roles
                .iter()
                .map(|(role, text)| Ok((role.clone(), seconds(text)?)))
                .collect::<Result<_, String>>()?,
        })
    }
}

impl Config {
    /// The clients that a publish is checked for.
    ///
    /// # Errors
    /// A name that no client has.
    pub(crate) fn client_rules(&self) -> Result<ClientRules, UnknownClient> {
        let named = |names: &[String]| {
            names.iter().map(|name| ClientProfile::named(name)).collect::<Result<Vec<_>, _>>()
        };
        Ok(ClientRules { check: named(&self.clients.check)?, require: named(&self.clients.require)? })
    }
}

/// What a repository's file says at first: with keys where they are.
pub(crate) fn template(repository: &Path) -> String {
    let keys = match default_keys(repository) {
        folder if folder == repository.join("keys") => "keys".to_owned(),
        folder => format!("../{}", folder.file_name().unwrap_or_default().to_string_lossy()),
    };
    TEMPLATE.replace("# keys = \"keys\"", &format!("keys = {}", toml::Value::String(keys)))
}

/// As [`template`], with other periods.
pub(crate) fn template_with(repository: &Path, periods: &str) -> String {
    let template = template(repository);
    let head = template.split_once("[expires]").map_or(template.as_str(), |(head, _)| head);
    format!("{head}{periods}")
}

/// `REPOSITORY-keys` beside the repository's folder: whoever serves that folder does not serve the keys. Where there are
/// keys inside, as earlier versions put them, they are used.
fn default_keys(repository: &Path) -> PathBuf {
    let inside = repository.join("keys");
    // A name that TOML cannot hold, or the root of a file system, has no folder beside it.
    beside(repository).filter(|_| !inside.exists()).unwrap_or(inside)
}

/// How settings name the folder of keys beside the repository's folder.
pub(crate) fn default_name(repository: &Path) -> String {
    let folder = beside(repository).unwrap_or_default();
    format!("../{}", folder.file_name().unwrap_or_default().to_string_lossy())
}

/// `REPOSITORY-keys` beside the repository's folder.
fn beside(repository: &Path) -> Option<PathBuf> {
    let is_link = fs::symlink_metadata(repository).is_ok_and(|found| found.is_symlink());
    let plain = repository.file_name().is_some() && !is_link;
    let real = if plain { repository.to_owned() } else { real_path(repository) };
    let name = real.file_name().and_then(|name| name.to_str())?;
    Some(real.with_file_name(format!("{name}-keys")))
}

/// The path without links, as far as it is there: its last part may be missing.
pub(crate) fn real_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let of_parent = || {
        let parent = fs::canonicalize(absolute.parent()?).ok()?;
        Some(parent.join(absolute.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(of_parent).unwrap_or_else(|| absolute.clone())
}

fn broken(path: &Path, reason: &str) -> Failure {
    Failure::new(format!("{}: {reason} [bad-settings]", path.display())).next(
        "`format`, `keys` and `journal` stand before the first line in brackets; `tufrepo init` of a new repository writes a file \
         with every setting",
    )
}

/// `90d`, `12h`, `30m` or `45s` become seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let wrong =
        || format!("{text:?} is no period: expected a number above 0 with d, h, m or s, such as \"90d\"");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit = match unit {
        "d" => 86_400,
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    // A century is as good as for ever, and no date overflows.
    let seconds = number.checked_mul(unit).filter(|seconds| (1..=36_525 * 86_400).contains(seconds));
    seconds.ok_or_else(wrong)
}
