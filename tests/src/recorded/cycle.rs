//! Update cycles, which are recorded as a client takes them.

use std::cell::RefCell;
use std::rc::Rc;

use tuf_verifier_core::client::{AtHand, TargetHasher};
use tuf_verifier_core::{Failure, Hash, Misuse, Request, Settings, UnixTime};

use super::course::{Change, Course, End, Step};

/// [`tuf_verifier_core::UpdateCycle`].
#[derive(Debug)]
pub struct UpdateCycle {
    inner: tuf_verifier_core::UpdateCycle,
    course: Noted,
}

/// [`tuf_verifier_core::TargetCheck`].
#[derive(Debug)]
pub struct TargetCheck {
    inner: tuf_verifier_core::TargetCheck,
    course: Noted,
    hasher: TargetHasher,
}

/// The course of a cycle, if it is recorded.
#[derive(Clone, Debug)]
struct Noted(Option<Rc<RefCell<Course>>>);

impl Noted {
    fn note(&self, step: impl FnOnce() -> Step) {
        if let Some(course) = &self.0 {
            course.borrow_mut().note(step());
        }
    }
}

impl UpdateCycle {
    /// [`tuf_verifier_core::UpdateCycle::start`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn start(trusted_root: &[u8], now: UnixTime, settings: Settings) -> Result<Self, Failure> {
        let course = Course::begin(trusted_root, now, settings);
        let inner = tuf_verifier_core::UpdateCycle::start(trusted_root, now, settings)?;
        Ok(Self { inner, course: Noted(course.map(|course| Rc::new(RefCell::new(course)))) })
    }

    /// [`tuf_verifier_core::UpdateCycle::next`].
    #[allow(clippy::should_implement_trait, reason = "the name is the core's")]
    pub fn next(&mut self) -> Request {
        let request = self.inner.next();
        match &request {
            Request::Load { .. } | Request::Fetch { .. } => {}
            Request::Persist { name, .. } => {
                self.course.note(|| Step::Changed(Change::Written(name.clone())))
            }
            Request::Forget { name } => self.course.note(|| Step::Changed(Change::Deleted(name.clone()))),
            Request::Ready(report) => self.course.note(|| Step::Ended(End::Ready(report.clone()))),
            Request::Found(target) => self.course.note(|| Step::Ended(End::Found(target.clone()))),
            Request::NotFound(reason) => self.course.note(|| Step::Ended(End::NotFound(reason.clone()))),
            Request::SearchFailed(why) => self.course.note(|| Step::Ended(End::Failed(why.clone()))),
        }
        request
    }

    /// [`tuf_verifier_core::UpdateCycle::offer`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn offer(&mut self, answer: Option<Vec<u8>>) -> Result<(), Failure> {
        self.course.note(|| match self.inner.next() {
            request @ (Request::Load { .. } | Request::Fetch { .. }) => {
                Step::Offered(request, answer.clone())
            }
            _ => Step::Astray,
        });
        let outcome = self.inner.offer(answer);
        if let Err(why) = &outcome {
            self.course.note(|| Step::Ended(End::Failed(why.clone())));
        }
        outcome
    }

    /// [`tuf_verifier_core::UpdateCycle::find`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn find(&mut self, path: &str) -> Result<(), Failure> {
        self.course.note(|| Step::Found(path.to_owned()));
        self.inner.find(path)
    }

    /// [`tuf_verifier_core::UpdateCycle::check`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn check(&self) -> Result<TargetCheck, Failure> {
        let inner = self.inner.check()?;
        let hasher = TargetHasher::new(["sha256", "sha384", "sha512"]);
        Ok(TargetCheck { inner, course: self.course.clone(), hasher })
    }
}

impl TargetCheck {
    /// [`tuf_verifier_core::TargetCheck::write`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.hasher.write(chunk);
        let outcome = self.inner.write(chunk);
        if outcome.is_err() {
            self.note(self.hasher.at_hand(), &outcome);
        }
        outcome
    }

    /// [`tuf_verifier_core::TargetCheck::finish`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn finish(&mut self) -> Result<(), Failure> {
        let outcome = self.inner.finish();
        self.note(self.hasher.at_hand(), &outcome);
        outcome
    }

    /// [`tuf_verifier_core::TargetCheck::check_digests`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn check_digests(&mut self, length: u64, hashes: &[Hash]) -> Result<(), Failure> {
        let outcome = self.inner.check_digests(length, hashes);
        self.note(AtHand { length, digests: hashes.to_vec() }, &outcome);
        outcome
    }

    /// Notes a verdict. A check that was finished before gives no second one.
    fn note(&self, at_hand: AtHand, verdict: &Result<(), Failure>) {
        if *verdict != Err(Failure::Misuse(Misuse::CheckFinished)) {
            self.course.note(|| Step::Checked(at_hand, verdict.clone()));
        }
    }
}
