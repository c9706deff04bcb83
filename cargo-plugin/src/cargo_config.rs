//! The user's cargo configuration, as far as it matters here.
//!
//! Files are found as `cargo install` finds them: from `$CARGO_HOME` upward, never from the current folder.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::{Table, Value};
use tuf_files::{Exposed, Owners};

use crate::environment::is_relative;

/// Deepest chain of files that include each other.
const MAX_INCLUDES: usize = 16;

/// The user's cargo configuration.
#[derive(Clone, Debug)]
pub struct CargoConfig {
    home: PathBuf,
    layers: Vec<Layer>,
    /// The `--config` arguments as a cargo in any other folder takes them.
    arguments: Vec<OsString>,
    environment: Environment,
}

/// One file of the configuration, or one `--config` argument.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What to call it.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
    /// The folder that its relative paths start from.
    pub base: PathBuf,
    /// Its tables.
    pub table: Table,
}

/// Where a part of the configuration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file that cargo finds.
    File,
    /// A `--config` argument, or a file that one names.
    Argument,
}

/// Where variables are looked up: the process environment, or a test's own.
pub type Environment = fn(&str) -> Option<OsString>;

impl CargoConfig {
    /// Reads `$CARGO_HOME/config.toml`, the files above it and those they include, below the `--config` arguments.
    ///
    /// # Errors
    /// No home folder, or a file or argument that is no configuration.
    pub fn load(
        current: &Path,
        arguments: &[String],
        environment: Environment,
    ) -> Result<Self, CargoConfigError> {
        let home = cargo_home(current, environment)?;
        let mut layers = Vec::new();
        let mut passed_on = Vec::new();
        for argument in arguments.iter().rev() {
            passed_on.push(read_argument(argument, current, &mut layers)?);
        }
        passed_on.reverse();
        for file in files(&home) {
            read_file(&file, Origin::File, &mut Vec::new(), &mut layers)?;
        }
        Ok(Self { home, layers, arguments: passed_on, environment })
    }

    /// `$CARGO_HOME`, absolute.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The user's own configuration file, where there is one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        config_file(&self.home)
    }

    /// The layers, the one that counts first before the others.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The `--config` arguments, in the user's order, as a cargo in any other folder takes them. Whether one is a file was
    /// decided when it was read: a file that somebody makes later is not taken.
    #[must_use]
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// Paths of the programs that cargo starts by these settings in the place of others. A program without a folder comes from
    /// PATH.
    #[must_use]
    pub fn programs(&self) -> Vec<PathBuf> {
        self.layers.iter().flat_map(Layer::programs).collect()
    }

    /// `http.proxy`.
    #[must_use]
    pub fn proxy(&self) -> Option<String> {
        self.text("CARGO_HTTP_PROXY", &["http", "proxy"]).filter(|proxy| !proxy.is_empty())
    }

    /// `http.cainfo`.
    #[must_use]
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.path("CARGO_HTTP_CAINFO", &["http", "cainfo"])
    }

    /// `http.timeout`.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.number("CARGO_HTTP_TIMEOUT", &["http", "timeout"]).map(Duration::from_secs)
    }

    /// `net.retry`.
    #[must_use]
    pub fn retries(&self) -> Option<u32> {
        self.number("CARGO_NET_RETRY", &["net", "retry"]).and_then(|retries| u32::try_from(retries).ok())
    }

    /// `net.offline`.
    #[must_use]
    pub fn offline(&self) -> bool {
        match self.variable("CARGO_NET_OFFLINE") {
            Some(value) => value == "true" || value == "1",
            None => self.value(&["net", "offline"]).and_then(|(value, _)| value.as_bool()).unwrap_or(false),
        }
    }

    /// Where `cargo install` would install to without `--root`.
    #[must_use]
    pub fn install_root(&self, current: &Path) -> PathBuf {
        if let Some(root) = (self.environment)("CARGO_INSTALL_ROOT").filter(|root| !root.is_empty()) {
            return current.join(root);
        }
        self.value(&["install", "root"])
            .and_then(|(value, layer)| Some(layer.base.join(value.as_str()?)))
            .unwrap_or_else(|| self.home.clone())
    }

    /// `term.color`, `always`, `auto` or `never`.
    #[must_use]
    pub fn color(&self) -> Option<String> {
        self.text("CARGO_TERM_COLOR", &["term", "color"])
    }

    /// `term.progress.when`, `always`, `auto` or `never`.
    #[must_use]
    pub fn progress(&self) -> Option<String> {
        self.text("CARGO_TERM_PROGRESS_WHEN", &["term", "progress", "when"])
    }

    fn value(&self, keys: &[&str]) -> Option<(&Value, &Layer)> {
        self.layers.iter().find_map(|layer| Some((layer.value(keys)?, layer)))
    }

    fn text(&self, variable: &str, keys: &[&str]) -> Option<String> {
        self.variable(variable).or_else(|| Some(self.value(keys)?.0.as_str()?.to_owned()))
    }

    fn number(&self, variable: &str, keys: &[&str]) -> Option<u64> {
        match self.variable(variable) {
            Some(value) => value.parse().ok(),
            None => self.value(keys)?.0.as_integer()?.try_into().ok(),
        }
    }

    fn path(&self, variable: &str, keys: &[&str]) -> Option<PathBuf> {
        if let Some(value) = self.variable(variable) {
            return Some(value.into());
        }
        let (value, layer) = self.value(keys)?;
        Some(layer.base.join(value.as_str()?))
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name)?.into_string().ok()
    }
}

impl Layer {
    /// The value at this path of keys.
    #[must_use]
    pub fn value(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(*key))
    }

    fn programs(&self) -> Vec<PathBuf> {
        let tables = self.table.get("build").into_iter();
        let targets = self.table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        let values = tables.chain(targets).flat_map(|table| PATHS.map(|key| table.get(key))).flatten();
        // A runner may be a list, with what it is given.
        let texts = values.filter_map(|value| value.get(0).unwrap_or(value).as_str());
        texts.filter_map(|text| program_in(text, &self.base)).collect()
    }
}

/// The configuration files for `cargo install` with this CARGO_HOME, the one that counts first before the others.
#[must_use]
pub fn files(home: &Path) -> Vec<PathBuf> {
    let folders = home.ancestors().map(|folder| folder.join(".cargo")).chain([home.to_path_buf()]);
    let mut seen = HashSet::new();
    folders.filter(|folder| seen.insert(folder.clone())).filter_map(|folder| config_file(&folder)).collect()
}

/// Why the user's cargo configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CargoConfigError {
    /// There is no CARGO_HOME, and no home folder to find it in.
    #[error("there is no home folder, and CARGO_HOME is not set")]
    NoHome,
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file that cargo reads can be changed by somebody else, who then chooses the compiler and where code comes from.
    #[error("{} is not used: {exposed}", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// What can be changed, and by whom.
        exposed: Exposed,
    },
    /// A file or argument is not of the format.
    #[error("{name} is no cargo configuration: {reason}")]
    Malformed {
        /// What to call it.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

fn cargo_home(current: &Path, environment: Environment) -> Result<PathBuf, CargoConfigError> {
    if let Some(home) = environment("CARGO_HOME").filter(|home| !home.is_empty()) {
        return Ok(current.join(home));
    }
    let home = std::env::home_dir().filter(|home| home.is_absolute()).ok_or(CargoConfigError::NoHome)?;
    Ok(home.join(".cargo"))
}

/// The configuration file of a folder; the name without extension is the older one and wins.
fn config_file(folder: &Path) -> Option<PathBuf> {
    ["config", "config.toml"].map(|name| folder.join(name)).into_iter().find(|file| file.is_file())
}

fn read_file(
    path: &Path,
    origin: Origin,
    above: &mut Vec<PathBuf>,
    layers: &mut Vec<Layer>,
) -> Result<(), CargoConfigError> {
    let name = path.display().to_string();
    if above.len() >= MAX_INCLUDES || above.iter().any(|file| file == path) {
        return Err(CargoConfigError::Malformed { name, reason: "it includes itself".to_owned() });
    }
    check_owner(path, origin)?;
    let text = std::fs::read_to_string(path)
        .map_err(|source| CargoConfigError::Read { path: path.to_path_buf(), source })?;
    let table: Table = toml::from_str(&text).map_err(|error| CargoConfigError::Malformed {
        name: name.clone(),
        reason: error.message().to_owned(),
    })?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let includes = includes(&table, folder).ok_or_else(|| CargoConfigError::Malformed {
        name: name.clone(),
        reason: "include is no list of paths".into(),
    })?;
    layers.push(Layer { name, origin, base: folder.parent().unwrap_or(folder).to_path_buf(), table });
    above.push(path.to_path_buf());
    for (file, optional) in includes.into_iter().rev() {
        if !optional || file.is_file() {
            read_file(&file, origin, above, layers)?;
        } else {
            // Cargo would read it if somebody made it before cargo starts.
            check_owner(&file, origin)?;
        }
    }
    above.pop();
    Ok(())
}

/// Cargo goes up from its home to the root of the file system: a folder on the way may be anybody's. Files that an argument
/// names are the user's choice.
fn check_owner(path: &Path, origin: Origin) -> Result<(), CargoConfigError> {
    if origin == Origin::Argument {
        return Ok(());
    }
    let checked = Owners::of_this_process().check(path);
    checked.map_err(|exposed| CargoConfigError::Exposed { path: path.to_path_buf(), exposed })
}

/// The included files, each with whether it may be absent; none where the value has another shape.
fn includes(table: &Table, folder: &Path) -> Option<Vec<(PathBuf, bool)>> {
    let entry = |value: &Value| match value {
        Value::String(path) => Some((folder.join(path), false)),
        Value::Table(entry) => {
            let optional = entry.get("optional").and_then(Value::as_bool).unwrap_or(false);
            Some((folder.join(entry.get("path")?.as_str()?), optional))
        }
        _ => None,
    };
    match table.get("include") {
        None => Some(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(entry).collect(),
        Some(value) => Some(vec![entry(value)?]),
    }
}

/// `--config KEY=VALUE`, or `--config FILE`. Returns it as a cargo in any other folder takes it.
fn read_argument(
    argument: &str,
    current: &Path,
    layers: &mut Vec<Layer>,
) -> Result<OsString, CargoConfigError> {
    let file = current.join(argument);
    let parsed = toml::from_str::<Table>(argument);
    if file.is_file() {
        // As for cargo, a file goes before a setting. In a folder such as `/tmp` anybody can make one with the name of a setting.
        let origin = if parsed.is_ok() { Origin::File } else { Origin::Argument };
        check_owner(&file, origin)?;
        read_file(&file, Origin::Argument, &mut Vec::new(), layers)?;
        return Ok(file.into());
    }
    let name = format!("--config {argument}");
    let table = parsed.map_err(|error| CargoConfigError::Malformed {
        name: name.clone(),
        reason: error.message().to_owned(),
    })?;
    let passed_on = setting_from(argument, &table, current);
    layers.push(Layer { name, origin: Origin::Argument, base: current.to_path_buf(), table });
    Ok(passed_on)
}

/// The path of a program, where it is more than a name. What follows a space is taken for arguments if no such file is there.
pub(crate) fn program_in(text: &str, base: &Path) -> Option<PathBuf> {
    let whole = base.join(text);
    let program = if whole.exists() { Some(text) } else { text.split_whitespace().next() }?;
    (Path::new(program).components().count() > 1).then(|| base.join(program))
}

/// Settings that name a file or a program, whose relative path in an argument starts from the current folder.
const PATHS: [&str; 6] = ["rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc", "linker", "runner"];

/// A `--config KEY=VALUE` whose relative paths start from `current`.
fn setting_from(argument: &str, table: &Table, current: &Path) -> OsString {
    let table = table.clone();
    // Cargo takes one dotted key alone.
    let (mut keys, mut value) = (Vec::new(), &Value::Table(table));
    while let Some((key, inner)) =
        value.as_table().filter(|table| table.len() == 1).and_then(|t| t.iter().next())
    {
        keys.push(key.as_str());
        value = inner;
    }
    let names_path =
        keys.last().is_some_and(|key| PATHS.contains(key)) && matches!(keys[0], "build" | "target");
    let path = value.as_str().map(Path::new).filter(|path| names_path && is_relative(path));
    let Some(path) = path.and_then(|path| current.join(path).into_os_string().into_string().ok()) else {
        return argument.into();
    };
    let keys: Vec<String> = keys.into_iter().map(|key| Value::String(key.to_owned()).to_string()).collect();
    format!("{}={}", keys.join("."), Value::String(path)).into()
}
