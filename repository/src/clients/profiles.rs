//! Limits and signature schemes of other clients.

use thiserror::Error;

/// A client, as it is with its default settings.
///
/// The numbers are read from the client's own source of the version that is named. `tests/clients.rs` runs python-tuf and
/// tuf-js just below and just above them.
#[derive(Debug, PartialEq, Eq)]
pub struct ClientProfile {
    /// Name, as `tufrepo.toml` writes it.
    pub name: &'static str,
    /// Version that the facts were read from.
    pub version: &'static str,
    /// Bytes of a root metadata file.
    pub root_max_length: u64,
    /// Bytes of a timestamp metadata file.
    pub timestamp_max_length: u64,
    /// Bytes of a snapshot metadata file that is listed without a length. A listed length governs.
    pub snapshot_max_length: u64,
    /// Bytes of a targets metadata file that is listed without a length. A listed length governs.
    pub targets_max_length: u64,
    /// Root metadata files that are followed in one update.
    pub max_root_rotations: u64,
    /// Pairs of `keytype` and `scheme` that are verified.
    pub keys: &'static [(&'static str, &'static str)],
    /// What becomes of metadata with another key.
    pub unknown_key: UnknownKey,
    /// Whether succinct roles (TAP 15) are read.
    pub succinct_roles: bool,
    /// Whether delegations to several roles (TAP 3) are read.
    pub multi_role_delegations: bool,
    /// Whether rotate files (TAP 8) are followed.
    pub rotate_files: bool,
    /// Whether an expiry may have a fraction of a second or an offset from UTC.
    pub lenient_expiry: bool,
}

/// What becomes of metadata that names a key which the client cannot use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownKey {
    /// The document is refused, even if nobody needs the key.
    RefusesDocument,
    /// Its signature is not counted.
    NotCounted,
}

/// A name that no client of the table has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no client is known by the name {0:?}: python-tuf, tuf-js, go-tuf and tough are")]
pub struct UnknownClient(pub String);

const COMMON: [(&str, &str); 3] =
    [("ed25519", "ed25519"), ("ecdsa", "ecdsa-sha2-nistp256"), ("rsa", "rsassa-pss-sha256")];

impl ClientProfile {
    /// Every client of the table.
    pub const ALL: [&'static Self; 4] = [&PYTHON_TUF, &TUF_JS, &GO_TUF, &TOUGH];

    /// The client of a name.
    ///
    /// # Errors
    /// [`UnknownClient`].
    pub fn named(name: &str) -> Result<&'static Self, UnknownClient> {
        let found = Self::ALL.into_iter().find(|profile| profile.name == name);
        found.ok_or_else(|| UnknownClient(name.to_owned()))
    }

    /// Whether signatures by such a key are verified.
    #[must_use]
    pub fn reads(&self, keytype: &str, scheme: &str) -> bool {
        self.keys.contains(&(keytype, scheme))
    }
}

/// With securesystemslib 1.6.0.
static PYTHON_TUF: ClientProfile = ClientProfile {
    name: "python-tuf",
    version: "7.0.1",
    root_max_length: 512_000,
    timestamp_max_length: 16_384,
    snapshot_max_length: 2_000_000,
    targets_max_length: 5_000_000,
    max_root_rotations: 256,
    keys: &[
        COMMON[0],
        COMMON[1],
        COMMON[2],
        ("ecdsa", "ecdsa-sha2-nistp384"),
        ("ecdsa", "ecdsa-sha2-nistp521"),
        ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"),
        ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"),
        ("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"),
        ("ml-dsa", "ml-dsa-44/1"),
        ("ml-dsa", "ml-dsa-65/1"),
        ("ml-dsa", "ml-dsa-87/1"),
        ("rsa", "rsassa-pss-sha384"),
        ("rsa", "rsassa-pss-sha512"),
        ("rsa", "rsa-pkcs1v15-sha256"),
        ("rsa", "rsa-pkcs1v15-sha384"),
        ("rsa", "rsa-pkcs1v15-sha512"),
    ],
    unknown_key: UnknownKey::RefusesDocument,
    succinct_roles: true,
    multi_role_delegations: false,
    rotate_files: false,
    lenient_expiry: false,
};

/// With `@tufjs/models` 5.0.2.
static TUF_JS: ClientProfile = ClientProfile {
    name: "tuf-js",
    version: "6.0.2",
    root_max_length: 512_000,
    timestamp_max_length: 16_384,
    snapshot_max_length: 2_000_000,
    targets_max_length: 5_000_000,
    max_root_rotations: 256,
    keys: &[
        COMMON[0],
        COMMON[1],
        COMMON[2],
        ("ecdsa", "ecdsa-sha2-nistp384"),
        ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"),
        ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"),
        ("rsa", "rsassa-pss-sha384"),
        ("rsa", "rsassa-pss-sha512"),
    ],
    unknown_key: UnknownKey::NotCounted,
    succinct_roles: true,
    multi_role_delegations: false,
    rotate_files: false,
    lenient_expiry: true,
};

/// Read from its documentation and source, and not run.
static GO_TUF: ClientProfile = ClientProfile {
    name: "go-tuf",
    version: "2.1",
    root_max_length: 512_000,
    timestamp_max_length: 16_384,
    snapshot_max_length: 2_000_000,
    targets_max_length: 5_000_000,
    max_root_rotations: 256,
    keys: &[
        COMMON[0],
        COMMON[1],
        COMMON[2],
        ("ecdsa", "ecdsa-sha2-nistp384"),
        ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"),
    ],
    unknown_key: UnknownKey::NotCounted,
    succinct_roles: true,
    multi_role_delegations: false,
    rotate_files: false,
    lenient_expiry: true,
};

/// Read from its documentation and source, and not run.
static TOUGH: ClientProfile = ClientProfile {
    name: "tough",
    version: "0.21",
    root_max_length: 1 << 20,
    timestamp_max_length: 1 << 20,
    snapshot_max_length: 1 << 20,
    targets_max_length: 10 << 20,
    max_root_rotations: 1024,
    keys: &[COMMON[0], COMMON[1], COMMON[2], ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256")],
    unknown_key: UnknownKey::RefusesDocument,
    succinct_roles: false,
    multi_role_delegations: false,
    rotate_files: false,
    lenient_expiry: true,
};
