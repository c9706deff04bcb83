//! Chains of root metadata: five bytes describe one version ([`Plan`]), and a model says what becomes of it.

mod document;
mod plan;

use tuf_verifier_core::{Failure, Refusal, Request, Settings, UnixTime, UpdateCycle};

pub use plan::{Plan, Step};

use document::{EXPIRED, document};

/// The fixed update start time of every cycle.
const NOW: i64 = 1_800_000_000;
/// Versions accepted from the repository in one cycle.
const MAX_ROOT_UPDATES: u32 = 6;
/// Files of the store by which its line of roots is told. There are none here.
const IN_STORE: [&str; 3] = ["root.json", "floors/root", "root_history/1.root.json"];
/// Versions that one input describes; what is behind them is not read.
const MOST: usize = 12;

/// A root is accepted where a threshold of the distinct keys of the one before it and a threshold of its own signed
/// it, and its version is the next, and nowhere else; a refusal is the one that the model says; a refused answer
/// leaves the request; accepted bytes are what is persisted; a rotation of the timestamp key forgets what the old
/// one vouched for before the new root is written; the chain ends at its limit, and with an expired root in a
/// freeze.
///
/// # Panics
/// Where that does not hold for this input.
pub fn check(input: &[u8]) {
    let (records, _) = input.as_chunks();
    let mut plans = records.iter().take(MOST).map(|record| Plan::read(*record));
    let Some(pinned) = plans.next() else { return };
    let settings = Settings { max_root_updates: MAX_ROOT_UPDATES, ..Settings::default() };
    let started = UpdateCycle::start(&document(&pinned, 1), UnixTime(NOW), settings);
    let sound = pinned.well_formed() && pinned.valid_for(&pinned) >= pinned.threshold;
    match started {
        Err(failure) => assert!(!sound, "the pinned root was refused: {failure}: {pinned:?}"),
        Ok(cycle) => {
            assert!(sound, "the pinned root was accepted: {pinned:?}");
            Chain { cycle, trusted: pinned, version: 1, fetched: 0 }.walk(&mut plans);
        }
    }
}

/// A cycle in its root walk, beside what the model trusts.
struct Chain {
    cycle: UpdateCycle,
    trusted: Plan,
    version: u64,
    /// Versions accepted from the repository.
    fetched: u32,
}

impl Chain {
    fn walk(mut self, plans: &mut impl Iterator<Item = Plan>) {
        let mut plans = plans.peekable();
        loop {
            match self.cycle.next() {
                Request::Load { name } if name == self.in_history() => {
                    match plans.next_if(|plan| plan.stored) {
                        Some(plan) => self.offer_stored(plan),
                        None => self.offer_nothing(),
                    }
                }
                Request::Load { name } if IN_STORE.contains(&&*name) => self.offer_nothing(),
                Request::Fetch { name, max_length } if name == self.in_repository() => {
                    assert_eq!(max_length, Settings::default().root_max_length);
                    match plans.next() {
                        Some(plan) if self.fetched < MAX_ROOT_UPDATES => self.offer_next(plan),
                        more => return self.finish(more),
                    }
                }
                Request::Persist { name, .. } | Request::Forget { name } => {
                    panic!("{name} is changed without an accepted root")
                }
                other => panic!("the chain of {:?} ended by itself: {other:?}", self.trusted),
            }
        }
    }

    fn in_history(&self) -> String {
        format!("root_history/{}.root.json", self.version + 1)
    }

    fn in_repository(&self) -> String {
        format!("{}.root.json", self.version + 1)
    }

    fn offer_nothing(&mut self) {
        assert_eq!(self.cycle.offer(None), Ok(()), "nothing in the store is an answer");
    }

    /// Offers a root as the store's: no error, and what is refused is passed over. A good root that the trusted one's keys
    /// did not sign shows that the store is of another line.
    fn offer_stored(&mut self, plan: Plan) {
        let bytes = document(&plan, self.version + 1);
        let expected = self.expected(&plan);
        let other_line = expected.is_some() && self.is_good(&plan);
        match self.cycle.offer(Some(bytes)) {
            Ok(()) => assert!(!other_line, "{plan:?} is of another line than {:?}", self.trusted),
            Err(failure) => {
                assert_eq!(failure.code(), "other-root-line", "{plan:?} after {:?}", self.trusted);
                assert!(other_line, "{plan:?} is of the line of {:?}", self.trusted);
                return self.offer_nothing();
            }
        }
        if expected.is_none() {
            self.trust(plan);
        }
    }

    /// Whether a plan is that of the next version, signed by its own keys.
    fn is_good(&self, plan: &Plan) -> bool {
        let is_next = plan.version_after(self.version) == self.version + 1;
        plan.well_formed() && is_next && plan.valid_for(plan) >= plan.threshold
    }

    /// Offers a root as the repository's.
    fn offer_next(&mut self, plan: Plan) {
        let bytes = document(&plan, self.version + 1);
        let request = self.cycle.next();
        let outcome = self.cycle.offer(Some(bytes.clone()));
        let expected = self.expected(&plan);
        assert_eq!(outcome.clone().err().map(kind), expected, "{plan:?} after {:?}", self.trusted);
        match outcome {
            Err(_) => assert_eq!(self.cycle.next(), request, "a refused answer leaves the request"),
            Ok(()) => {
                self.written(&plan, &bytes);
                self.trust(plan);
                self.fetched += 1;
            }
        }
    }

    fn trust(&mut self, plan: Plan) {
        self.trusted = plan;
        self.version += 1;
    }

    /// Why the model refuses the next root.
    fn expected(&self, next: &Plan) -> Option<Kind> {
        let version = next.version_after(self.version);
        let below = |of: &Plan| {
            let valid = next.valid_for(of);
            (valid < of.threshold).then_some(Kind::ArbitrarySoftware { valid, threshold: of.threshold })
        };
        if !next.well_formed() || version == 0 {
            return Some(Kind::Malformed);
        }
        let went_back = (version != self.version + 1).then_some(Kind::Rollback);
        below(&self.trusted).or_else(|| below(next)).or(went_back)
    }

    /// Sees what an accepted root changes in the store.
    fn written(&mut self, plan: &Plan, bytes: &[u8]) {
        let (mut forgotten, mut persisted) = (Vec::new(), Vec::new());
        loop {
            match self.cycle.next() {
                Request::Forget { name } => {
                    assert!(!persisted.contains(&"root.json".to_owned()), "{name} outlives the old root");
                    forgotten.push(name);
                }
                Request::Persist { name, bytes: written } => {
                    assert_eq!(written, bytes, "{name} is not what was accepted");
                    persisted.push(name);
                }
                _ => break,
            }
        }
        assert_eq!(persisted, [self.in_history(), "floors/root".into(), "root.json".into()]);
        for name in ["timestamp.json", "snapshot.json"] {
            let rotated = plan.other_timestamp_key != self.trusted.other_timestamp_key;
            assert_eq!(forgotten.iter().any(|other| other == name), rotated, "{name}: {forgotten:?}");
        }
    }

    /// Ends the chain, with no more versions or at the limit.
    fn finish(mut self, more: Option<Plan>) {
        let request = self.cycle.next();
        let bytes = more.map(|plan| document(&plan, self.version + 1));
        match self.cycle.offer(bytes) {
            Ok(()) => {
                assert!(!self.trusted.expired, "an expired root ended the chain");
                assert_ne!(self.cycle.next(), request, "the chain goes on");
            }
            Err(failure) => {
                let Failure::Refused(Refusal::Freeze { role, version, expires, now }) = failure else {
                    panic!("the end of the chain was refused: {failure:?}");
                };
                assert!(self.trusted.expired, "a current root was refused");
                assert_eq!((&*role, version, expires.0, now.0), ("root", self.version, EXPIRED, NOW));
                assert_eq!(self.cycle.next(), request, "a refused answer leaves the request");
            }
        }
    }
}

/// A failure, as far as the model knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Malformed,
    ArbitrarySoftware { valid: u64, threshold: u64 },
    Rollback,
    Other(Failure),
}

fn kind(failure: Failure) -> Kind {
    match failure {
        Failure::Malformed(_) => Kind::Malformed,
        Failure::Refused(Refusal::ArbitrarySoftware { valid, threshold, .. }) => {
            Kind::ArbitrarySoftware { valid, threshold }
        }
        Failure::Refused(Refusal::Rollback { .. }) => Kind::Rollback,
        other => Kind::Other(other),
    }
}
