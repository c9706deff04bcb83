//! The command line of `tufrepo image` as it is written.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Subcommand};

use crate::cli::registry::Access;

#[derive(Debug, Subcommand)]
pub(crate) enum ImageCommand {
    /// Stage the delegation that the images of one repository need: every tag and every digest of it.
    Delegate(ImageDelegate),
    /// Stage what an image is: its tag, its digest, and the digests of everything that it names.
    Add(ImageAdd),
    /// Stage the removal of a tag or a digest. What else the image names stays listed.
    Remove(ImageRemove),
}

/// The delegation that the images of one repository need.
#[derive(Debug, ClapArgs)]
pub(crate) struct ImageDelegate {
    /// Registry and repository, such as `registry.example/team/app`.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Name of the role.
    #[arg(long, default_value = "images")]
    pub(crate) role: String,
    /// Key of the role: the name of a key of the repository, or a file. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    /// Signatures that the role needs.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) threshold: u64,
}

/// An image.
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("from").required(true).args(["from_registry", "layout", "digests"])))]
pub(crate) struct ImageAdd {
    /// What runtimes ask for: registry, repository, and a tag, a digest or both.
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// Role that lists it.
    #[arg(long, default_value = "images")]
    pub(crate) role: String,
    /// Ask the reference's registry what it is now. Look at what it answers: it is what you sign.
    #[arg(long)]
    pub(crate) from_registry: bool,
    /// Read it from a folder in the OCI image layout.
    #[arg(long, value_name = "DIR")]
    pub(crate) layout: Option<PathBuf>,
    /// Read it from a list: `DIGEST SIZE MEDIA-TYPE` a line, the image first and then what it names.
    #[arg(long, value_name = "FILE")]
    pub(crate) digests: Option<PathBuf>,
    /// Ask the registry without TLS.
    #[arg(long, requires = "from_registry")]
    pub(crate) plain_http: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// A tag or a digest that goes.
#[derive(Debug, ClapArgs)]
pub(crate) struct ImageRemove {
    /// Registry, repository, and a tag, a digest or both.
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// Role that lists it.
    #[arg(long, default_value = "images")]
    pub(crate) role: String,
}
