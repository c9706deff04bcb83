//! What is going on, for a person who waits.

/// What is going on. Nothing here is a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Another process is refreshing the same store.
    WaitingForLock,
    /// A metadata file is being fetched.
    Fetching {
        /// The mirror: its location, or `mirror` and its number.
        mirror: &'a str,
        /// File name, relative to the metadata base URL.
        name: &'a str,
    },
    /// A metadata file was fetched. It has not been verified.
    Fetched {
        /// The mirror: its location, or `mirror` and its number.
        mirror: &'a str,
        /// File name, relative to the metadata base URL.
        name: &'a str,
        /// Bytes.
        bytes: u64,
    },
    /// The repository has no such metadata file.
    Absent {
        /// The mirror: its location, or `mirror` and its number.
        mirror: &'a str,
        /// File name, relative to the metadata base URL.
        name: &'a str,
    },
    /// The component accepted the fetched metadata file.
    Verified {
        /// The mirror: its location, or `mirror` and its number.
        mirror: &'a str,
        /// File name, relative to the metadata base URL.
        name: &'a str,
    },
    /// A mirror did not serve a file, or what it served was not accepted. The next one is asked, if there is one.
    Failed {
        /// The mirror: its location, or `mirror` and its number.
        mirror: &'a str,
        /// Name of the metadata file, or the target path.
        name: &'a str,
        /// [`Error::code`](crate::Error::code).
        code: &'a str,
        /// The error's text.
        reason: &'a str,
    },
    /// A target is received behind the bytes that are there already.
    Resuming {
        /// The mirror: its location, or `mirror` and its number.
        mirror: &'a str,
        /// Target path.
        path: &'a str,
        /// Bytes that are there already.
        offset: u64,
    },
    /// More bytes of a target were received. They have not been verified.
    TargetBytes {
        /// The mirror: its location, or `mirror` and its number.
        mirror: &'a str,
        /// Target path.
        path: &'a str,
        /// Bytes received so far.
        received: u64,
        /// Bytes of the target file.
        length: u64,
    },
}
