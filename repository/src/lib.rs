//! The publisher's side of The Update Framework (specification 1.0, chapters 3, 4 and 6): targets and keys become
//! signed metadata, and a publish leaves either the old or the new repository whole.
//!
//! [`Repository`] is a folder: `metadata/` and `targets/` in it are what is published, or below a prefix of an object store
//! ([`Site`]). Beside it is the publisher's state folder,
//! which nobody else can write to: what is remembered of the repository, and what is not published yet.
//! Time is always an argument. [`metadata`] has the documents themselves, for those who build repositories by hand.

mod bucket;
pub mod clients;
pub mod crates;
mod error;
pub mod event;
pub mod images;
pub mod inspection;
mod key;
pub mod map;
pub mod metadata;
mod repository;
pub mod review;
pub mod signer;
pub mod simulation;
pub mod source;
mod store;
pub mod unattended;

#[cfg(feature = "object-store")]
pub use bucket::{Bucket, Examination, examine};
pub use bucket::{Property, StoreError};
pub use error::{Difference, Error, GivenUpBy, KeyError, NoSelfRotation, RehearsalError};
pub use key::{
    KeyFile, KeyRing, KeyType, OtherForm, Passphrase, Pbkdf2Iterations, RsaScheme, Signer, Signers,
    SigningKey,
};
pub use repository::rebase;
pub use repository::{
    Added, Admission, Admitted, Adoption, BuildOn, Change, ClientKind, Contradiction, CopyState, Delegation,
    Disagreement, EarlierRole, EventRequest, Forecast, ForecastStep, FoundIn, Handover, JournalEntry,
    JournalError, JournalFile, JournalHead, Keep, LastRoot, LeadTimes, LeftRole, ListedTarget, Newer,
    OlderCopy, Periods, Pruned, Published, Rebased, Recovery, Renewed, Replaced, Repository, Restored,
    RoleKeys, RoleStatus, Seen, Setup, SharedKey, Site, Staged, StagedFolder, Status, StoreCheck,
    TargetDescription, TargetEntry, TargetFiles, UploadError, Uploaded, Versions, Waiting,
};
pub use store::{PassedOver, Write, WriteObserver, check_own};
pub use tuf_files::{Exposed, Exposure};
pub use tuf_verifier_core::UnixTime;
