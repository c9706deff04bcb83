//! Names in the archive of a bundle.

use crate::source::name;

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
