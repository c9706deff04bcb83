//! What is going on, for a person who waits.

/// What is going on. Nothing here is a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Another process is refreshing the same store.
    WaitingForLock,
    /// A metadata file is being fetched.
    Fetching {
        /// File name, relative to the metadata base URL.
        name: &'a str,
    },
    /// A metadata file was fetched. It has not been verified.
    Fetched {
        /// File name, relative to the metadata base URL.
        name: &'a str,
        /// Bytes.
        bytes: u64,
    },
    /// The repository has no such metadata file.
    Absent {
        /// File name, relative to the metadata base URL.
        name: &'a str,
    },
    /// The component accepted the fetched metadata file.
    Verified {
        /// File name, relative to the metadata base URL.
        name: &'a str,
    },
    /// More bytes of a target were received. They have not been verified.
    TargetBytes {
        /// Target path.
        path: &'a str,
        /// Bytes received so far.
        received: u64,
        /// Bytes of the target file.
        length: u64,
    },
}
