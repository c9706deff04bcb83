//! The command line of `tufrepo map` as it is written.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// Make a map file with repositories, and no mapping yet.
    New(MapNew),
    /// Add repositories, mirrors, or a mapping to a map file.
    Add(MapAdd),
    /// Check a map file as clients do, and print it.
    Show(MapShow),
}

/// A new map file.
#[derive(Debug, ClapArgs)]
pub(crate) struct MapNew {
    /// The file. It must not be there yet.
    pub(crate) file: PathBuf,
    /// A repository: its name, and the URL of the folder with `metadata/` and `targets/`. May be repeated; the same name again
    /// names a mirror.
    #[arg(long, required = true, value_name = "NAME=URL", value_parser = pair)]
    pub(crate) url: Vec<(String, String)>,
}

/// More of a map.
#[derive(Debug, ClapArgs)]
pub(crate) struct MapAdd {
    /// The map file.
    pub(crate) file: PathBuf,
    /// A repository, or a mirror of one. May be repeated.
    #[arg(long, value_name = "NAME=URL", value_parser = pair, required_unless_present = "paths")]
    pub(crate) url: Vec<(String, String)>,
    /// Pattern of target paths of a new mapping. `*` alone covers every path; `*` and `?` in others stand for anything but `/`.
    /// May be repeated.
    #[arg(long, value_name = "PATTERN", requires = "ask")]
    pub(crate) paths: Vec<String>,
    /// Repository that the new mapping asks, in this order. May be repeated.
    #[arg(long, value_name = "NAME", requires = "paths")]
    pub(crate) ask: Vec<String>,
    /// Repositories that must agree on a target. All that are asked where nothing is said.
    #[arg(long, value_name = "N", requires = "paths")]
    pub(crate) threshold: Option<u64>,
    /// Consult no later mapping for these paths.
    #[arg(long, requires = "paths")]
    pub(crate) terminating: bool,
    /// Put the new mapping before the one of this number, as `tufrepo map show` prints it. It is the last one where nothing is
    /// said.
    #[arg(long, value_name = "N", requires = "paths")]
    pub(crate) before: Option<usize>,
}

/// A map that is looked at.
#[derive(Debug, ClapArgs)]
pub(crate) struct MapShow {
    /// The map file.
    pub(crate) file: PathBuf,
    /// Print the repositories that clients ask for this target path, one a line, instead of the map.
    #[arg(long, value_name = "PATH")]
    pub(crate) target: Option<String>,
    /// Root metadata that clients pin for a repository: repositories that must agree may not be under the same keys. May be
    /// repeated.
    #[arg(long, value_name = "NAME=FILE", value_parser = pair)]
    pub(crate) root: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}
