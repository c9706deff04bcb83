//! The policy as it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tuf_oci::Digest;

use super::rule::{Prefix, Rewrite};
use super::{Action, DEADLINE, Mode, Policy, PolicyError, RepositoryPolicy, Unreachable, time};

/// Longest deadline. A limit that is longer than any runtime's patience is none.
const LONGEST_DEADLINE: Duration = Duration::from_secs(120);

/// What metadata may come over. A registry without TLS must be asked for, as everywhere.
const SCHEMES: [&str; 4] = ["https://", "http://", "oci://", "oci+http://"];

/// The text of a policy file becomes a policy.
///
/// # Errors
/// The first thing in it that is not understood.
pub(super) fn parse(text: &str) -> Result<Policy, PolicyError> {
    let written: Written = toml::from_str(text).map_err(|error| PolicyError::form(text, &error))?;
    if written.version != 1 {
        return Err(PolicyError::value("version", "only version 1 is known"));
    }
    let repositories = written.repositories.into_iter().map(|(name, repository)| {
        let repository = repository.checked(&name)?;
        Ok((name, Arc::new(repository)))
    });
    let repositories: BTreeMap<_, _> = repositories.collect::<Result<_, PolicyError>>()?;
    let mut rules = BTreeMap::new();
    for (number, rule) in written.rule.into_iter().enumerate() {
        let key = format!("rule {}", number + 1);
        let prefix = Prefix::parse(&rule.prefix)
            .map_err(|reason| PolicyError::value(format!("{key}, prefix {:?}", rule.prefix), reason))?;
        if rules.contains_key(&prefix) {
            return Err(PolicyError::value(
                key,
                format!("another rule has the prefix {:?}", prefix.as_str()),
            ));
        }
        let action = rule.action(&key, &prefix, &repositories)?;
        rules.insert(prefix, action);
    }
    Ok(Policy {
        mode: written.mode.into(),
        state_dir: absolute("state_dir", written.state_dir)?,
        deadline: deadline(written.deadline.as_deref())?,
        log: match written.log {
            Some(log) if log.is_empty() => None,
            Some(log) => Some(absolute("log", log.into())?),
            None => Some("/dev/log".into()),
        },
        repositories,
        default: match written.default {
            WrittenDefault::Reject => Action::Reject,
            WrittenDefault::Allow => Action::Allow,
        },
        rules,
    })
}

fn absolute(key: &str, path: PathBuf) -> Result<PathBuf, PolicyError> {
    if path.is_absolute() {
        return Ok(path);
    }
    Err(PolicyError::value(key, "the path must be absolute: nobody knows the runtime's current folder"))
}

fn deadline(written: Option<&str>) -> Result<Duration, PolicyError> {
    let Some(text) = written else { return Ok(DEADLINE) };
    match time::parse(text) {
        Some(time) if !time.is_zero() && time <= LONGEST_DEADLINE => Ok(time),
        _ => Err(PolicyError::value("deadline", "a time such as \"8s\" or \"500ms\", at most two minutes")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u64,
    #[serde(default)]
    mode: WrittenMode,
    default: WrittenDefault,
    state_dir: PathBuf,
    deadline: Option<String>,
    log: Option<String>,
    #[serde(default)]
    repositories: BTreeMap<String, WrittenRepository>,
    #[serde(default)]
    rule: Vec<WrittenRule>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WrittenMode {
    #[default]
    Enforce,
    Audit,
}

impl From<WrittenMode> for Mode {
    fn from(mode: WrittenMode) -> Self {
        match mode {
            WrittenMode::Enforce => Self::Enforce,
            WrittenMode::Audit => Self::Audit,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WrittenDefault {
    Reject,
    Allow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRepository {
    metadata: Vec<String>,
    root: PathBuf,
    refresh_interval: Option<String>,
    #[serde(default)]
    unreachable: WrittenUnreachable,
    ca_file: Option<PathBuf>,
    auth_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WrittenUnreachable {
    CachedUnexpired,
    #[default]
    Deny,
}

impl WrittenRepository {
    fn checked(self, name: &str) -> Result<RepositoryPolicy, PolicyError> {
        let key = |key: &str| format!("repositories.{name}.{key}");
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            return Err(PolicyError::value(
                format!("repositories.{name:?}"),
                "a name has up to 64 of a-z, 0-9, - and _: its state is in a folder of that name",
            ));
        }
        let is_known = |url: &String| SCHEMES.iter().any(|scheme| url.starts_with(scheme));
        if self.metadata.is_empty() || !self.metadata.iter().all(is_known) {
            let words = format!("one or more base URLs: {}", SCHEMES.join(", "));
            return Err(PolicyError::value(key("metadata"), words));
        }
        let interval = self.refresh_interval.as_deref().map_or(Some(Duration::from_secs(60)), time::parse);
        Ok(RepositoryPolicy {
            name: name.to_owned(),
            metadata: self.metadata,
            root: absolute(&key("root"), self.root)?,
            refresh_interval: interval.ok_or_else(|| {
                PolicyError::value(key("refresh_interval"), "a time such as \"60s\", \"5m\" or \"1h\"")
            })?,
            unreachable: match self.unreachable {
                WrittenUnreachable::CachedUnexpired => Unreachable::CachedUnexpired,
                WrittenUnreachable::Deny => Unreachable::Deny,
            },
            auth_file: self.auth_file.map(|path| absolute(&key("auth_file"), path)).transpose()?,
            ca_file: self.ca_file.map(|path| absolute(&key("ca_file"), path)).transpose()?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    prefix: String,
    action: WrittenAction,
    repository: Option<String>,
    rewrite: Option<String>,
    digests: Option<Vec<String>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum WrittenAction {
    Verify,
    Digests,
    Reject,
    Allow,
}

impl WrittenRule {
    fn action(
        self,
        key: &str,
        prefix: &Prefix,
        repositories: &BTreeMap<String, Arc<RepositoryPolicy>>,
    ) -> Result<Action, PolicyError> {
        let key = format!("{key} ({})", prefix.as_str());
        let wrong = |reason: &str| Err(PolicyError::value(&*key, reason));
        if self.action != WrittenAction::Verify && (self.repository.is_some() || self.rewrite.is_some()) {
            return wrong("repository and rewrite are for the action \"verify\"");
        }
        if self.action != WrittenAction::Digests && self.digests.is_some() {
            return wrong("digests are for the action \"digests\"");
        }
        match self.action {
            WrittenAction::Reject => Ok(Action::Reject),
            WrittenAction::Allow => Ok(Action::Allow),
            WrittenAction::Digests => match self.digests.unwrap_or_default() {
                digests if digests.is_empty() => wrong("digests are missing"),
                digests => Ok(Action::Digests(checked(&key, &digests)?)),
            },
            WrittenAction::Verify => {
                let Some(name) = self.repository else { return wrong("repository is missing") };
                let Some(repository) = repositories.get(&name) else {
                    return wrong(&format!("there is no repository {name:?}"));
                };
                let rewrite = self.rewrite.map(|to| match Prefix::parse(&to) {
                    Ok(to) => Ok(Rewrite { from: prefix.clone(), to }),
                    Err(reason) => Err(PolicyError::value(format!("{key}, rewrite {to:?}"), reason)),
                });
                Ok(Action::Verify { repository: Arc::clone(repository), rewrite: rewrite.transpose()? })
            }
        }
    }
}

fn checked(key: &str, digests: &[String]) -> Result<BTreeSet<Digest>, PolicyError> {
    let parse = |text: &String| {
        text.parse()
            .map_err(|error| PolicyError::value(format!("{key}, digest {text:?}"), format!("{error}")))
    };
    digests.iter().map(parse).collect()
}
