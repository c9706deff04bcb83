//! The command line as it is written.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, ColorChoice, Parser, Subcommand};
use tuf_repository::Versions;

use crate::cli::event_args::{EventArgs, EventsToPublish};
use crate::cli::image_args::ImageCommand;
use crate::cli::inspect_args::{Diff, Inspect};
use crate::cli::journal::JournalCommand;
use crate::cli::key_args::KeyCommand;
use crate::cli::map_args::MapCommand;
use crate::cli::monitor_args::MonitorArgs;
use crate::cli::recover_args::RecoverCommand;
use crate::cli::refresh_args::Refresh;
use crate::cli::registry::Destination;
use crate::cli::role_args::RoleCommand;
use crate::cli::simulate_args::Simulate;
use crate::cli::status_args::StatusArgs;
use crate::cli::store_args::{DoctorCommand, Gc, Prune};
use crate::cli::target_list_args::TargetList;

/// Makes, changes and publishes a repository of The Update Framework.
///
/// Changes are staged beside what is published. `tufrepo publish` signs them, checks the result as a client would,
/// and publishes it: an interruption leaves the old or the new repository whole.
#[derive(Debug, Parser)]
#[command(name = "tufrepo", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder of the repository.
    #[arg(
        short = 'C',
        long,
        global = true,
        value_name = "DIR",
        default_value = ".",
        env = "TUFREPO_REPOSITORY"
    )]
    pub(crate) repository: PathBuf,
    /// Object store that is published to, instead of `metadata/` and `targets/` of the folder: `s3://BUCKET/PREFIX`,
    /// `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX`. Credentials come from the environment or from the machine. Otherwise
    /// `url` of `[store]` in tufrepo.toml.
    #[arg(long, global = true, value_name = "URL", env = "TUFREPO_STORE")]
    pub(crate) store: Option<String>,
    /// Folder for what publishers on this computer remember of their repositories, and for what is staged: outside of
    /// everything that is served, where nobody else can write. Otherwise `tufrepo` in the folder that XDG_STATE_HOME
    /// names, or in `.local/state` of the home folder.
    #[arg(long, global = true, value_name = "DIR", env = "TUFREPO_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// Name of this repository in that folder, instead of one that its path makes: for jobs that check it out at another path
    /// each time. Lower-case letters, digits, `-` and `_`. Two repositories, or two publishers of one, never have one name.
    #[arg(long, global = true, value_name = "NAME", env = "TUFREPO_STATE_NAME", value_parser = state_name)]
    pub(crate) state_name: Option<String>,
    /// Another folder with private keys, such as one on a removable disk: new keys go there, to the first one if there are
    /// several. Nobody else may be able to change it. A folder of keys in tufrepo.toml that is not the one remembered here is not
    /// used then.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) keys: Vec<PathBuf>,
    /// SHA-256 of tufrepo.toml: refuse any other. It takes a folder of keys or a store that is not the one remembered here, and
    /// remembers it once the command has succeeded.
    #[arg(long, global = true, value_name = "SHA256", value_parser = sha256)]
    pub(crate) settings_sha256: Option<String>,
    /// File whose first line is the passphrase of the private keys. Otherwise the environment variable
    /// TUFREPO_PASSPHRASE, or a prompt on the terminal.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print errors and results only.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

fn sha256(text: &str) -> Result<String, String> {
    match text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("a SHA-256 has 64 hexadecimal digits".to_owned()),
    }
}

/// One part of a path. It ends in no digest, so that it is the name of no path.
fn state_name(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let is_digest = |end: &str| end.len() == 16 && end.bytes().all(|digit| digit.is_ascii_hexdigit());
    let is_name = (1..=64).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with(['-', '_']);
    match is_name && !text.rsplit_once('-').is_some_and(|(_, end)| is_digest(end)) {
        true => Ok(text.to_owned()),
        false => Err("a name has 1 to 64 lower-case letters, digits, `-` and `_`".to_owned()),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new repository, published and empty.
    Init(Init),
    /// Begin to publish a repository that this computer or user does not know yet. Prints version and SHA-256 of its root
    /// metadata, and believes nothing of it before the first and the last are confirmed. Gives up what is remembered of it
    /// only if that is named.
    Adopt(Adopt),
    /// Keys: those in files, and those of tokens, agents and programs.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Stage targets.
    #[command(subcommand)]
    Target(TargetCommand),
    /// Stage a delegation: trust a role with some target paths.
    Delegate(Delegate),
    /// Stage the end of a delegation.
    Revoke(Revoke),
    /// Stage other keys for a role.
    Rotate(Rotate),
    /// Who signs for a role.
    #[command(subcommand)]
    Role(RoleCommand),
    /// Sign and publish whatever is staged, or finish an interrupted publish.
    Publish(Publish),
    /// Sign and publish roles anew with a new expiry. What is staged stays staged.
    Refresh(Refresh),
    /// Replace keys that are stolen or lost, and get out of versions that a thief has planted.
    #[command(subcommand)]
    Recover(RecoverCommand),
    /// Put back what is gone or changed of the published metadata, from verified copies in the state folder. Prints what was
    /// done to each file. Target files are not kept.
    Restore,
    /// Forget whatever is staged, an interrupted publish included.
    Discard,
    /// Show a repository of anybody: who signs what, what expires next, what clients say of it.
    Inspect(Inspect),
    /// Show what changed between two repositories, or two states of one.
    Diff(Diff),
    /// Show what is published and what is staged.
    Status(StatusArgs),
    /// Verify a published repository from outside, as a client does, and say when its roles expire. Needs no key.
    Monitor(MonitorArgs),
    /// Find out whether what is published to can be trusted.
    #[command(subcommand)]
    Doctor(DoctorCommand),
    /// Remove old snapshots, old targets metadata and target files that no client needs any more. Root metadata stays. Prints
    /// what goes.
    Prune(Prune),
    /// Remove files that interrupted publishes have left, and that nothing lists. Prints what goes.
    Gc(Gc),
    /// Changes that several people sign before they are published.
    Event(EventArgs),
    /// Show what thieves of keys could do, before a key is stolen.
    Simulate(Simulate),
    /// Who published what.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Map files, which say what clients ask several repositories for (TAP 4).
    #[command(subcommand)]
    Map(MapCommand),
    /// Crates of cargo's registry as targets.
    #[command(subcommand)]
    Crates(CratesCommand),
    /// Container images as targets.
    #[command(subcommand)]
    Image(ImageCommand),
}

/// A new repository.
#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// Key of the root role: the name of a key of the repository, or a file such as `./NAME.json`. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) root_key: Vec<String>,
    /// Key of the top-level targets role. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) targets_key: Vec<String>,
    /// Key of the snapshot role. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) snapshot_key: Vec<String>,
    /// Key of the timestamp role. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) timestamp_key: Vec<String>,
    /// Signatures that a role needs, such as `root=2`. 1 where nothing is said.
    #[arg(long, value_name = "ROLE=N", value_parser = threshold)]
    pub(crate) threshold: Vec<(String, u64)>,
    /// For a static host, such as a git forge's pages, that one scheduled job keeps alive: writes its workflow
    /// (`.github/workflows/tuf.yml`), and periods that a week without the job does not exceed.
    #[arg(long = "static")]
    pub(crate) static_host: bool,
}

/// A repository that is not known here.
#[derive(Debug, ClapArgs)]
pub(crate) struct Adopt {
    /// SHA-256 of root metadata that you have compared with what clients start from. Once for that of version 1, once for
    /// that of the last version.
    #[arg(long, value_name = "SHA256")]
    pub(crate) root_sha256: Vec<String>,
    /// Versions of root and timestamp that are remembered, such as `2:31`, and are given up for the older state that is
    /// published. Clients that have seen the newer state refuse everything that follows, until a timestamp with a higher version
    /// than that is published.
    #[arg(long, value_name = "ROOT:TIMESTAMP")]
    pub(crate) go_back_from: Option<Versions>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TargetCommand {
    /// Stage a target: a new one, or other bytes for one that is listed.
    Add(TargetAdd),
    /// Stage every file of a folder as a target, with SHA-256 and SHA-512.
    AddFolder(TargetAddFolder),
    /// Stage the removal of a target.
    Remove(TargetRemove),
    /// List targets: those that are published, or what the next publish changes.
    List(TargetList),
}

/// A target.
#[derive(Debug, ClapArgs)]
pub(crate) struct TargetAdd {
    /// Target path, as clients ask for it.
    pub(crate) path: String,
    /// File with the bytes.
    pub(crate) file: PathBuf,
    /// Role that lists it.
    #[arg(long, default_value = "targets")]
    pub(crate) role: String,
    /// JSON object for the application, without fractions.
    #[arg(long, value_name = "JSON")]
    pub(crate) custom: Option<String>,
    /// Let files with private keys in them become targets, such as keys that tests or examples use.
    #[arg(long)]
    pub(crate) allow_private_keys: bool,
    /// List a path that the role delegates to another one. Clients take this target, and never ask the other role: whoever
    /// signs for the path with the other role's keys loses it.
    #[arg(long)]
    pub(crate) shadow_delegated: bool,
    /// Let a target have up to this many bytes, instead of 1 GiB. Clients refuse a longer one unless they are told otherwise.
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_length: Option<u64>,
}

/// The files of a folder.
#[derive(Debug, ClapArgs)]
pub(crate) struct TargetAddFolder {
    /// The folder. A file's path relative to it is its target path.
    pub(crate) folder: PathBuf,
    /// Let files with private keys in them become targets, such as keys that tests or examples use.
    #[arg(long)]
    pub(crate) allow_private_keys: bool,
    /// Let a target have up to this many bytes, instead of 1 GiB. Clients refuse a longer one unless they are told otherwise.
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_length: Option<u64>,
    /// Role that lists them.
    #[arg(long, default_value = "targets")]
    pub(crate) role: String,
}

/// A target that goes.
#[derive(Debug, ClapArgs)]
pub(crate) struct TargetRemove {
    /// Target path.
    pub(crate) path: String,
    /// Role that lists it.
    #[arg(long, default_value = "targets")]
    pub(crate) role: String,
}

/// A delegation.
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("scope").required(true).args(["paths", "hash_prefixes", "bins"])))]
#[command(group(ArgGroup::new("signers").required(true).args(["key", "combine"])))]
pub(crate) struct Delegate {
    /// Name of the role; with --bins, what the names of the bins begin with; with --combine, a name for the roles together.
    pub(crate) name: String,
    /// Pattern of target paths. `*` and `?` stand for anything but `/`. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) paths: Vec<String>,
    /// Hexadecimal prefix of the SHA-256 of target paths. May be repeated.
    #[arg(long, value_name = "HEX")]
    pub(crate) hash_prefixes: Vec<String>,
    /// Bins by the hash of the target path: 2 to the power of this many (TAP 15).
    #[arg(long, value_name = "BITS", conflicts_with_all = ["terminating", "combine"])]
    pub(crate) bins: Option<u32>,
    /// Key of the role: the name of a key of the repository, or a file such as `./NAME.json`. May be repeated.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    /// Signatures that the role needs.
    #[arg(long, default_value_t = 1, value_name = "N", conflicts_with = "combine")]
    pub(crate) threshold: u64,
    /// One of several roles that must list a target alike before clients take it (TAP 3), and a key of it. Repeated for each
    /// role, in the order of their priority, and for each key of a role.
    #[arg(long, value_name = "ROLE=KEY")]
    pub(crate) combine: Vec<String>,
    /// Signatures that a role of --combine needs: 1 where nothing is said. May be repeated.
    #[arg(long, value_name = "ROLE=N", requires = "combine")]
    pub(crate) combine_threshold: Vec<String>,
    /// How many of the roles of --combine must list a target alike: all of them where nothing is said.
    #[arg(long, value_name = "N", requires = "combine")]
    pub(crate) agreeing: Option<u64>,
    /// End the search with this role, for the paths that it is trusted with.
    #[arg(long)]
    pub(crate) terminating: bool,
    /// Role that delegates.
    #[arg(long, default_value = "targets", value_name = "ROLE")]
    pub(crate) delegator: String,
}

/// A delegation that ends.
#[derive(Debug, ClapArgs)]
pub(crate) struct Revoke {
    /// Name of the role, or of several roles together, which go with it. The name of one of several takes that one alone out.
    pub(crate) name: String,
}

/// Other keys for a role.
#[derive(Debug, ClapArgs)]
pub(crate) struct Rotate {
    /// Name of the role, top-level or delegated.
    pub(crate) role: String,
    /// New key: the name of a key of the repository, or a file such as `./NAME.json`. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) new_key: Vec<String>,
    /// Old key that the role keeps, by keyid, its beginning, or name. May be repeated; no other old key is kept.
    #[arg(long, value_name = "KEY")]
    pub(crate) keep: Vec<String>,
    /// Signatures that the role needs. As before where nothing is said.
    #[arg(long, value_name = "N")]
    pub(crate) threshold: Option<u64>,
    /// Old keys are lost or stolen: they sign nothing any more. Without this, old and new keys sign one publish
    /// together, so that no client fails at any moment.
    #[arg(long)]
    pub(crate) abrupt: bool,
}

/// A publish.
#[derive(Debug, ClapArgs)]
pub(crate) struct Publish {
    /// Sign and check everything, and write nothing.
    #[arg(long, conflicts_with = "to")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) events: EventsToPublish,
    #[command(flatten)]
    pub(crate) destination: Destination,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CratesCommand {
    /// Stage the delegations that crates need: role `index` for `index/…`, role `crates` for `crates/…`.
    Delegate(CratesDelegate),
    /// Stage crates with everything that they depend on, and their index files.
    Add(CratesAdd),
}

/// The delegations that crates need.
#[derive(Debug, ClapArgs)]
pub(crate) struct CratesDelegate {
    /// Key of the role `index`. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) index_key: Vec<String>,
    /// Key of the role `crates`. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) crates_key: Vec<String>,
}

/// Crates.
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["krate", "lock"])))]
pub(crate) struct CratesAdd {
    /// A crate with its version, such as `ripgrep@14.1.1`, and every package of its Cargo.lock.
    #[arg(value_name = "NAME@VERSION")]
    pub(crate) krate: Option<String>,
    /// Every package of this Cargo.lock. With NAME@VERSION: instead of the Cargo.lock inside of the crate. Without:
    /// its Cargo.toml must be beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
    /// Go on where packages come from git, from a folder, or from another registry. They are not published.
    #[arg(long)]
    pub(crate) allow_uncovered: bool,
}

fn threshold(text: &str) -> Result<(String, u64), String> {
    let wrong = || format!("{text:?} is not ROLE=N, such as root=2");
    let (role, number) = text.split_once('=').ok_or_else(wrong)?;
    if !tuf_repository::metadata::TOP_LEVEL.contains(&role) {
        return Err(format!("{role:?} is no top-level role: expected root, targets, snapshot or timestamp"));
    }
    Ok((role.to_owned(), number.parse().map_err(|_| wrong())?))
}
