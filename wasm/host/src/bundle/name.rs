//! Names in the archive of a bundle.

use crate::source::name;

/// Bytes of a name in the archive.
pub(super) const LONGEST: usize = 4096;

/// The folders of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    Metadata,
    Targets,
}

impl Folder {
    /// Its name, with a slash.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Metadata => "metadata/",
            Self::Targets => "targets/",
        }
    }

    /// The names that the file `name` of a repository may have in the archive: those that it may have in a published
    /// folder.
    pub(super) fn names_of(self, name: &str) -> impl Iterator<Item = String> {
        name::in_folder(name).map(move |name| format!("{}{name}", self.prefix()))
    }
}

/// The name of a file in the archive as it is kept: without `./` at its beginning.
///
/// # Errors
/// What is wrong with it.
pub(super) fn of_entry(bytes: &[u8]) -> Result<&str, &'static str> {
    let name = str::from_utf8(bytes).map_err(|_| "its name is no UTF-8")?;
    let name = name.strip_prefix("./").unwrap_or(name);
    if name.len() > LONGEST {
        return Err("its name is too long");
    }
    let is_plain = |segment: &str| !matches!(segment, "" | "." | "..");
    if !name.split('/').all(is_plain) || name.contains(['\0', '\\']) {
        return Err("its name could lead elsewhere");
    }
    match [Folder::Metadata, Folder::Targets].iter().any(|folder| name.starts_with(folder.prefix())) {
        true => Ok(name),
        false => Err("it is beneath neither metadata/ nor targets/"),
    }
}
