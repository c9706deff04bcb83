//! The bytes of a target: received from the mirrors, hashed by the host, judged here (5.7).
//!
//! A transfer that breaks off goes on where it stopped, at the same mirror or at the next. If the whole is refused and has
//! come from several, nobody can tell who was wrong: then each of them is asked for all of it. Bytes that were refused are
//! discarded.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use super::{
    Action, AtHand, Client, ClientError, Instant, MirrorIndex, Outcome, Outstanding, RequestId, SearchId,
    Stream, TransferId, TransportError, TransportKind,
};
use crate::failure::{Failure, Misuse};
use crate::target::TargetCheck;
use crate::workflow::Target;

/// Times that one mirror may break off before the next one is asked.
const RESUMES: u32 = 3;

/// A mirror that broke off after this many further bytes may break off once more.
const WORTH_A_RESUME: u64 = 1 << 20;

/// A target file as far as it was received.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    id: TransferId,
    target: Target,
    /// All bytes that are at hand, whoever sent them.
    at_hand: AtHand,
    /// Whether an earlier transfer left the first of them.
    left_over: bool,
    /// The mirrors that sent the others.
    senders: Vec<MirrorIndex>,
    /// What the last sender calls the state of the file.
    validator: Option<String>,
    /// Mirrors that sent a part of bytes that were refused as a whole, or that cannot send the end alone.
    doubted: Vec<MirrorIndex>,
    /// The mirrors that were not asked yet, and before them the one that is asked now.
    left: VecDeque<MirrorIndex>,
    /// The doubted mirrors are asked, each for all of it.
    alone: bool,
    /// Times that the mirror may still break off.
    patience: u32,
    /// Failed tries at the mirror that is asked now.
    failed: u32,
    worst: Option<ClientError>,
    /// When the mirror is asked again; none while it is asked.
    due: Option<Instant>,
}

/// What is said of all that is at hand.
enum Verdict {
    /// These are the target's bytes.
    Verified,
    /// They are not, and one mirror sent all of them.
    Refused(ClientError),
    /// They are not, and nobody can tell who was wrong.
    Doubted,
}

impl Client {
    /// Begins to receive the target that a search found. `at_hand` is what an earlier transfer of it has left.
    ///
    /// # Errors
    /// [`Misuse::NothingFound`] if the search has found no target, or it was dropped.
    ///
    /// # Specification
    /// 5.7.
    pub fn receive(&mut self, found: SearchId, at_hand: AtHand, at: Instant) -> Result<TransferId, Misuse> {
        let target = self.found.get(&found).cloned().ok_or(Misuse::NothingFound)?;
        let id = TransferId(self.next_number());
        let left_over = at_hand.length > 0;
        let mut transfer = Transfer {
            id,
            target,
            at_hand,
            left_over,
            senders: Vec::new(),
            validator: None,
            doubted: Vec::new(),
            left: self.mirrors.in_order(),
            alone: false,
            patience: RESUMES,
            failed: 0,
            worst: None,
            due: Some(at),
        };
        if left_over && transfer.is_whole() {
            match self.judge(&mut transfer) {
                Ok(Verdict::Verified) => {
                    self.end(Outcome::Verified { transfer: id });
                    return Ok(id);
                }
                Ok(_) => {}
                Err(failure) => {
                    self.end(Outcome::TransferFailed { transfer: id, error: failure.into() });
                    return Ok(id);
                }
            }
        }
        self.receive_next(transfer, at);
        Ok(id)
    }

    /// Gives a transfer up, such as for want of room. Nothing more is asked or said of it; one that has ended is given up.
    pub fn abandon(&mut self, transfer: TransferId) {
        self.outstanding
            .retain(|_, request| !matches!(request, Outstanding::Receive(own, _) if own.id == transfer));
        self.transfers.retain(|own| own.id != transfer);
        self.actions.retain(|action| match action {
            Action::Receive { transfer: own, .. }
            | Action::Discard { transfer: own }
            | Action::Ended(
                Outcome::Verified { transfer: own } | Outcome::TransferFailed { transfer: own, .. },
            ) => *own != transfer,
            _ => true,
        });
    }

    /// Asks the mirror whose turn it is.
    fn receive_next(&mut self, mut transfer: Transfer, at: Instant) {
        let Some(mirror) = transfer.left.front().copied() else {
            return self.receive_alone(transfer, at);
        };
        if transfer.due.is_some_and(|due| due > at) {
            return self.transfers.push(transfer);
        }
        transfer.due = None;
        let is_same = transfer.senders.last() == Some(&mirror);
        let id = RequestId(self.next_number());
        self.actions.push_back(Action::Receive {
            id,
            transfer: transfer.id,
            mirror,
            fetch_path: transfer.target.fetch_path.clone(),
            offset: transfer.at_hand.length,
            length: transfer.target.length,
            validator: transfer.validator.clone().filter(|_| is_same),
        });
        self.outstanding.insert(id, Outstanding::Receive(transfer, mirror));
    }

    /// Asks each mirror that was doubted for all of it; then there is nobody left.
    fn receive_alone(&mut self, mut transfer: Transfer, at: Instant) {
        if !transfer.alone && !transfer.doubted.is_empty() {
            transfer.alone = true;
            transfer.left = core::mem::take(&mut transfer.doubted).into();
            self.begin_anew(&mut transfer);
            return self.receive_next(transfer, at);
        }
        // Each mirror that was asked has left an error by now.
        let nobody_asked = || ClientError::Offline { name: transfer.target.path.clone() };
        let error = transfer.worst.take().unwrap_or_else(nobody_asked);
        self.end(Outcome::TransferFailed { transfer: transfer.id, error });
    }

    /// Asks again wherever the time has come.
    pub(super) fn receive_again(&mut self, at: Instant) {
        for transfer in core::mem::take(&mut self.transfers) {
            self.receive_next(transfer, at);
        }
    }

    /// The mirror has no such file.
    pub(super) fn no_file(&mut self, mut transfer: Transfer, mirror: MirrorIndex, at: Instant) {
        let error = transfer.missing();
        self.blame(mirror, &transfer.target.path, error, &mut transfer.worst);
        self.receive_from_another(transfer, at);
    }

    /// No byte came.
    pub(super) fn not_begun(
        &mut self,
        mut transfer: Transfer,
        mirror: MirrorIndex,
        request: RequestId,
        error: TransportError,
        at: Instant,
    ) {
        transfer.failed = transfer.failed.saturating_add(1);
        transfer.due = self.mirrors.retry_of(mirror).after(&error, transfer.failed, at, &mut self.spread);
        match transfer.due {
            Some(_) => self.transfers.push(transfer),
            None => {
                transfer.doubt_end_of(mirror, &error);
                let error = ClientError::Transport { request, error };
                self.blame(mirror, &transfer.target.path, error, &mut transfer.worst);
                self.receive_from_another(transfer, at);
            }
        }
    }

    /// A stream has ended, or broken off.
    pub(super) fn ended_stream(
        &mut self,
        mut transfer: Transfer,
        mirror: MirrorIndex,
        request: RequestId,
        stream: Stream,
        at: Instant,
    ) {
        let Stream { start, at_hand, validator, broken } = stream;
        let offset = transfer.at_hand.length;
        if start != offset {
            transfer.left_over = false;
            transfer.senders.clear();
        }
        transfer.senders.retain(|sender| *sender != mirror);
        transfer.senders.push(mirror);
        (transfer.at_hand, transfer.validator, transfer.failed) = (at_hand, validator, 0);
        let Some(error) = broken.filter(|_| !transfer.is_whole()) else {
            return self.judge_whole(transfer, mirror, at);
        };
        if offset > 0 {
            transfer.doubt_end_of(mirror, &error);
        }
        let came = transfer.at_hand.length.saturating_sub(start);
        if !error.kind.breaks_off() || came == 0 || transfer.patience == 0 {
            let error = ClientError::Transport { request, error };
            self.blame(mirror, &transfer.target.path, error, &mut transfer.worst);
            return self.receive_from_another(transfer, at);
        }
        // Whoever begins anew each time, or sends byte by byte, is not waited for without end.
        if start < offset || came < WORTH_A_RESUME {
            transfer.patience = transfer.patience.saturating_sub(1);
        }
        self.receive_next(transfer, at);
    }

    fn judge_whole(&mut self, mut transfer: Transfer, mirror: MirrorIndex, at: Instant) {
        match self.judge(&mut transfer) {
            Ok(Verdict::Verified) => self.end(Outcome::Verified { transfer: transfer.id }),
            Ok(Verdict::Doubted) => self.receive_from_another(transfer, at),
            Ok(Verdict::Refused(error)) => {
                self.blame(mirror, &transfer.target.path, error, &mut transfer.worst);
                self.receive_from_another(transfer, at);
            }
            Err(failure) => {
                self.end(Outcome::TransferFailed { transfer: transfer.id, error: failure.into() });
            }
        }
    }

    /// Judges what is at hand. Bytes that are refused are discarded.
    ///
    /// # Errors
    /// Misuse: the host gave no digest that could be compared.
    fn judge(&mut self, transfer: &mut Transfer) -> Result<Verdict, Failure> {
        let AtHand { length, digests } = &transfer.at_hand;
        let judged =
            TargetCheck::new(&transfer.target).and_then(|mut check| check.check_digests(*length, digests));
        match judged {
            Ok(()) => Ok(Verdict::Verified),
            Err(failure @ Failure::Misuse(_)) => Err(failure),
            Err(failure) => {
                let mixed = transfer.left_over || transfer.senders.len() > 1;
                if mixed {
                    transfer.doubted.append(&mut transfer.senders);
                }
                self.begin_anew(transfer);
                Ok(if mixed { Verdict::Doubted } else { Verdict::Refused(failure.into()) })
            }
        }
    }

    fn begin_anew(&mut self, transfer: &mut Transfer) {
        if transfer.at_hand.length > 0 {
            self.actions.push_back(Action::Discard { transfer: transfer.id });
        }
        transfer.at_hand = AtHand::default();
        transfer.left_over = false;
        transfer.senders.clear();
        transfer.validator = None;
    }

    fn receive_from_another(&mut self, mut transfer: Transfer, at: Instant) {
        transfer.left.pop_front();
        (transfer.patience, transfer.failed, transfer.due) = (RESUMES, 0, Some(at));
        if transfer.alone {
            self.begin_anew(&mut transfer);
        }
        self.receive_next(transfer, at);
    }
}

impl Transfer {
    /// When the mirror is asked again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether no more bytes are to come. Of an empty target it cannot be told before it is asked for.
    fn is_whole(&self) -> bool {
        self.target.length > 0 && self.at_hand.length == self.target.length
    }

    fn missing(&self) -> ClientError {
        let Target { path, fetch_path, .. } = &self.target;
        ClientError::MissingTarget { path: path.clone(), fetch_path: fetch_path.clone() }
    }

    /// Perhaps the mirror can send the whole, and only not its end.
    fn doubt_end_of(&mut self, mirror: MirrorIndex, error: &TransportError) {
        if error.kind == TransportKind::Protocol && self.at_hand.length > 0 {
            self.doubted.push(mirror);
        }
    }
}
