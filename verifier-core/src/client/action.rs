//! What a client asks of its host, and what the host answers.

use alloc::string::String;
use alloc::vec::Vec;

use super::{ClientError, TransportError};
use crate::workflow::{Hash, NotFound, Report, Target};

/// Milliseconds since some moment of the host's own choice, by a clock that never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub u64);

/// Number of a request. It is never used twice by one client. 0 is the trusted root that the client was started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Number of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchId(pub u64);

/// Number of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransferId(pub u64);

/// Place of a mirror in the list that the client was started with, from 0.
pub type MirrorIndex = usize;

/// What a client asks of its host. Actions are done in their order; only [`Load`](Self::Load), [`Get`](Self::Get) and
/// [`Receive`](Self::Receive) are answered, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Answer with this file of the trusted store: [`Response::Bytes`], [`Response::Absent`] or [`Response::Unreadable`].
    /// Hold the bytes until they are [released](Self::Release).
    Load {
        /// Number of the request.
        id: RequestId,
        /// File name relative to the store, with `/` as separator.
        name: String,
    },
    /// Answer with this metadata file of a mirror: [`Response::Bytes`], [`Response::Absent`] or [`Response::Failed`]. Hold
    /// the bytes until they are [released](Self::Release).
    Get {
        /// Number of the request.
        id: RequestId,
        /// The mirror.
        mirror: MirrorIndex,
        /// File name relative to the metadata base URL, percent-encoded.
        name: String,
        /// Bytes after which the host stops reading; a host that has read more answers with what it has read.
        max_length: u64,
    },
    /// Receive bytes of a target from a mirror, behind those that are at hand, and answer with [`Response::Stream`],
    /// [`Response::Absent`], or [`Response::Failed`] if no byte came.
    Receive {
        /// Number of the request.
        id: RequestId,
        /// The transfer.
        transfer: TransferId,
        /// The mirror.
        mirror: MirrorIndex,
        /// Where the target is, relative to the targets base URL, percent-encoded.
        fetch_path: String,
        /// Bytes that are at hand: the mirror is asked for those behind them.
        offset: u64,
        /// Bytes of the whole target. A host that has read one more stops.
        length: u64,
        /// What the mirror called the state of the file when it sent what is at hand.
        validator: Option<String>,
    },
    /// Drop the bytes of this transfer that are at hand.
    Discard {
        /// The transfer.
        transfer: TransferId,
    },
    /// Write the bytes of this answer to the trusted store, so that a reader and a crash see the old file or the new one.
    Keep {
        /// The answer that brought the bytes.
        answer: RequestId,
        /// File name relative to the store, with `/` as separator.
        name: String,
    },
    /// Write these bytes to the trusted store, as [`Keep`](Self::Keep) does.
    Write {
        /// File name relative to the store.
        name: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Delete this file of the trusted store; one that is not there is deleted.
    Forget {
        /// File name relative to the store, with `/` as separator.
        name: String,
    },
    /// The bytes of this answer are not needed again.
    Release {
        /// The answer.
        answer: RequestId,
    },
    /// For a person who waits. Nothing is to be done.
    Tell(Event),
    /// Something came to its end.
    Ended(Outcome),
    /// Nothing can be done before an answer comes, or before this time.
    Await {
        /// When to poll again without an answer.
        until: Option<Instant>,
    },
}

/// What a person may want to know. Nothing here is a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The metadata file of this mirror was accepted.
    Accepted {
        /// The mirror.
        mirror: MirrorIndex,
        /// File name relative to the metadata base URL.
        name: String,
    },
    /// A mirror did not serve a file, or what it served was not accepted. The next one is asked, if there is one.
    Failed {
        /// The mirror.
        mirror: MirrorIndex,
        /// Name of the metadata file, or the target path.
        name: String,
        /// Why.
        error: ClientError,
    },
}

/// What came to its end, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The refresh: top-level metadata is authentic and current. The lock of the store may be released.
    Refreshed(Report),
    /// The refresh, without success. The lock of the store may be released. What was accepted before stays in the store.
    RefreshFailed(ClientError),
    /// A search, with the target. Its number is the handle for [`receive`](super::Client::receive) and
    /// [`check`](super::Client::check) until the target is [dropped](super::Client::drop_target).
    Found {
        /// The search.
        search: SearchId,
        /// The target.
        target: Target,
    },
    /// A search, without the target. An answer, not a failure.
    NotFound {
        /// The search.
        search: SearchId,
        /// Why.
        reason: NotFound,
    },
    /// A search that could not be finished.
    SearchFailed {
        /// The search.
        search: SearchId,
        /// Why.
        error: ClientError,
    },
    /// A transfer: the bytes at hand are the target's.
    Verified {
        /// The transfer.
        transfer: TransferId,
    },
    /// A transfer, without success. What is still at hand may be kept for the next one.
    TransferFailed {
        /// The transfer.
        transfer: TransferId,
        /// Why.
        error: ClientError,
    },
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The file.
    Bytes(Vec<u8>),
    /// The file, which was [supplied](super::Client::supply) in parts; an empty one if none came.
    Supplied,
    /// There is no such file, says the store or the mirror.
    Absent,
    /// There is no answer.
    Failed(TransportError),
    /// The store did not work. What needs the file fails with [`ClientError::Store`].
    Unreadable,
    /// Bytes of a target came, perhaps not all.
    Stream(Stream),
}

/// What is at hand of a target after a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// Where the stream began: at the offset that was asked for, or at 0. Then it has replaced what was at hand.
    pub start: u64,
    /// All bytes that are at hand now.
    pub at_hand: AtHand,
    /// What the mirror calls the state of the file.
    pub validator: Option<String>,
    /// Why the stream broke off, if it did.
    pub broken: Option<TransportError>,
}

/// Bytes of a target that a host has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtHand {
    /// How many.
    pub length: u64,
    /// Their digests, by every algorithm that the target lists and the host has.
    pub digests: Vec<Hash>,
}
