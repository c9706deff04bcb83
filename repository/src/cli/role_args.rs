//! The command line of `tufrepo role` as it is written.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// Stage who signs for a role: all its keys, and how many of them must sign.
    Set(RoleSet),
    /// Stage other keys for a delegated role, as its own key holders: they sign a rotate file (TAP 8), and the roles that
    /// delegate to it sign nothing.
    RotateSelf(RoleRotateSelf),
    /// Stage the end of the trust in a delegated role, as its own key holders: they rotate to no key (TAP 20). Final once it is
    /// published.
    RevokeSelf(RoleRevokeSelf),
}

/// Other keys that a role gives itself.
#[derive(Debug, ClapArgs)]
pub(crate) struct RoleRotateSelf {
    /// Name of the delegated role.
    pub(crate) role: String,
    /// New key: the name of a key of the repository, or a file such as `./NAME.json`. May be repeated.
    #[arg(long, value_name = "KEY", required_unless_present = "keep")]
    pub(crate) new_key: Vec<String>,
    /// Key that the role keeps, by keyid, its beginning, or name. May be repeated; no other one is kept.
    #[arg(long, value_name = "KEY")]
    pub(crate) keep: Vec<String>,
    /// Signatures that the role needs. As before where nothing is said.
    #[arg(long, value_name = "N")]
    pub(crate) threshold: Option<u64>,
}

/// A role that ends the trust in itself.
#[derive(Debug, ClapArgs)]
pub(crate) struct RoleRevokeSelf {
    /// Name of the delegated role.
    pub(crate) role: String,
}

/// Who signs for a role.
#[derive(Debug, ClapArgs)]
pub(crate) struct RoleSet {
    /// Name of the role, top-level or delegated.
    pub(crate) role: String,
    /// Key of the role: the name of a key of the repository, or a file such as `./NAME.json`. May be repeated. Other keys are
    /// taken from the role. Its keys stay as they are if none is named.
    #[arg(long, value_name = "KEY", required_unless_present = "threshold")]
    pub(crate) key: Vec<String>,
    /// Signatures that the role needs. As before where nothing is said.
    #[arg(long, value_name = "N")]
    pub(crate) threshold: Option<u64>,
    /// Keys that are taken from the role are lost or stolen: they sign nothing any more. Without this, old and new keys sign
    /// one publish together, so that no client fails at any moment.
    #[arg(long)]
    pub(crate) abrupt: bool,
}
