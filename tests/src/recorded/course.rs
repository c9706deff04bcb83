//! An update cycle as a client takes it: that is what is recorded of it.

use std::collections::VecDeque;

use tuf_verifier_core::client::{
    Action, AtHand, ClientError, ClientOptions, Instant, Mirror, MirrorKind, Outcome, RequestId, Response,
    Retry, SearchId,
};
use tuf_verifier_core::{Access, Failure, NotFound, Report, Request, Settings, Target, UnixTime};

use super::client::Client;
use super::recording::Recording;

/// What an update cycle was asked, and what it was answered. When it is dropped, a client with one mirror is led the same
/// way, and comes to the same: its calls are the world.
///
/// The client is led until it would have to do what no client does: offer other bytes after a refusal, or call out of order.
#[derive(Debug)]
pub(super) struct Course {
    recording: Recording,
    trusted_root: Vec<u8>,
    now: UnixTime,
    settings: Settings,
    steps: VecDeque<Step>,
}

/// What happened next.
#[derive(Debug)]
pub(super) enum Step {
    /// A file of the store or of the repository was asked for and offered.
    Offered(Request, Option<Vec<u8>>),
    /// The store was changed.
    Changed(Change),
    /// A search began with this path.
    Found(String),
    /// A target file of this length and these digests was checked, with this verdict.
    Checked(AtHand, Result<(), Failure>),
    /// A refresh or a search came to its end.
    Ended(End),
    /// A call was made that no client makes.
    Astray,
}

/// A change of a file of the store, by its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Written(String),
    Deleted(String),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Ready(Report),
    Found(Target),
    NotFound(NotFound),
    Failed(Failure),
}

impl Course {
    /// The course of a cycle that begins now; `None` if nothing is recorded.
    pub(super) fn begin(trusted_root: &[u8], now: UnixTime, settings: Settings) -> Option<Self> {
        let recording = Recording::begin();
        let (trusted_root, steps) = (trusted_root.to_vec(), VecDeque::new());
        recording.is_on().then_some(Self { recording, trusted_root, now, settings, steps })
    }

    /// Notes what happened next. The end of a search or of a refresh is noted once, however often it is asked for.
    pub(super) fn note(&mut self, step: Step) {
        let is_known = matches!(step, Step::Ended(_)) && matches!(self.steps.back(), Some(Step::Ended(_)));
        if !is_known {
            self.steps.push_back(step);
        }
    }

    fn options(&self) -> ClientOptions {
        let kind = match self.settings.access {
            Access::Repository => Some(MirrorKind::Repository),
            Access::Bundle => Some(MirrorKind::Bundle),
            Access::Store => None,
        };
        let mirrors = kind.map(|kind| Mirror { kind, retry: Retry::NEVER }).into_iter().collect();
        ClientOptions { settings: self.settings, mirrors, parallel: 1, seed: 0, resumes: false }
    }

    /// Leads a client until the course or its likeness to a client's ends.
    fn lead(&mut self) {
        let (root, now, options) = (&self.trusted_root, self.now, self.options());
        let Ok(mut client) = Client::start_in(self.recording.clone(), root, now, &options) else { return };
        let mut is_searching = false;
        loop {
            match client.poll(Instant(0)) {
                Action::Load { id, name } => {
                    let Some(Step::Offered(Request::Load { name: asked }, file)) = self.steps.pop_front()
                    else {
                        return;
                    };
                    assert_eq!(asked, name, "the client loads what the cycle did");
                    answer(&mut client, id, file);
                }
                Action::Get { id, name, max_length, .. } => {
                    let Some(Step::Offered(request, file)) = self.steps.pop_front() else { return };
                    assert_eq!(
                        request,
                        Request::Fetch { name, max_length },
                        "the client fetches what the cycle did"
                    );
                    answer(&mut client, id, file);
                }
                Action::Keep { name, .. } | Action::Write { name, .. } => {
                    if !self.changed(&Change::Written(name)) {
                        return;
                    }
                }
                Action::Forget { name } => {
                    if !self.changed(&Change::Deleted(name)) {
                        return;
                    }
                }
                Action::Ended(outcome) => {
                    let Some(Step::Ended(end)) = self.steps.pop_front() else { return };
                    let found = self.compare(outcome, &end, is_searching);
                    if matches!(end, End::Failed(_)) && !is_searching {
                        return;
                    }
                    match self.go_on(&mut client, found) {
                        true => is_searching = true,
                        false => return,
                    }
                }
                Action::Release { .. } | Action::Tell(_) => {}
                other => panic!("a client with one mirror never does this: {other:?}"),
            }
        }
    }

    /// Compares a change of the store with the cycle's. `false` if the course ends before it.
    fn changed(&mut self, change: &Change) -> bool {
        match self.steps.pop_front() {
            Some(Step::Changed(expected)) => {
                assert_eq!(&expected, change, "the client changes what the cycle did")
            }
            None | Some(Step::Astray) => return false,
            other => panic!("the client asks for {change:?}, and the cycle went on with {other:?}"),
        }
        true
    }

    /// Compares what the client and the cycle came to. A target that was found has the number of its search.
    fn compare(&self, outcome: Outcome, end: &End, is_searching: bool) -> Option<SearchId> {
        let (reached, search) = match outcome {
            Outcome::Refreshed(report) => (End::Ready(report), None),
            Outcome::Found { search, target } => (End::Found(target), Some(search)),
            Outcome::NotFound { reason, .. } => (End::NotFound(reason), None),
            Outcome::RefreshFailed(ClientError::Failure(why)) if !is_searching => (End::Failed(why), None),
            Outcome::SearchFailed { error: ClientError::Failure(why), .. } => (End::Failed(why), None),
            other => panic!("the cycle ended with {end:?}, the client with {other:?}"),
        };
        assert_eq!(&reached, end, "the client comes to what the cycle did");
        search
    }

    /// Checks what was checked and begins the next search. `false` if the course ends here.
    fn go_on(&mut self, client: &mut Client, found: Option<SearchId>) -> bool {
        loop {
            match self.steps.pop_front() {
                Some(Step::Checked(at_hand, verdict)) => {
                    let Some(found) = found else { return false };
                    assert_eq!(
                        client.check(found, &at_hand),
                        verdict,
                        "the client judges bytes as the cycle did"
                    );
                }
                Some(Step::Found(path)) if client.find(&path).is_ok() => return true,
                Some(Step::Found(_)) => {}
                _ => return false,
            }
        }
    }
}

fn answer(client: &mut Client, id: RequestId, file: Option<Vec<u8>>) {
    let response = file.map_or(Response::Absent, Response::Bytes);
    client.answer(id, response, Instant(0)).expect("the request is outstanding");
}

impl Drop for Course {
    /// A test that has failed has not shown what the core answers.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.lead();
        }
    }
}
