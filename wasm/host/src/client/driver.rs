//! The loop: what the component asks for is loaded, fetched, received and stored; what has ended is handed out.
//!
//! Several threads may wait for outcomes at the same time. Whoever polls does what is asked for, for whomever it is; bytes of
//! a target alone are received by the thread that waits for them. Nobody waits for a network, or hashes, while others are
//! kept from the component.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::client::Progress;
use crate::client::reception::Reception;
use crate::client::running::{Handle, Running, Task};
use crate::error::Error;
use crate::report::Report;
use crate::sandbox::{
    Action, AtHand, ClientEvent, GetAction, KeepAction, LoadAction, MirrorFailure, Outcome, Response,
    SandboxError, SandboxLimits,
};
use crate::settings::Settings;
use crate::source::{Source, SourceError};
use crate::store::{Guard, Store};
use crate::target::{NotFound, Target};
use crate::time::UnixTime;

/// Everything outside of the sandbox.
pub(crate) struct Effects {
    pub(crate) mirrors: Vec<Mirror>,
    pub(crate) store: Box<dyn Store>,
    pub(crate) progress: Mutex<Box<Tell>>,
}

/// Tells a person what is going on.
type Tell = dyn Fn(Progress<'_>) + Send;

/// One mirror.
pub(crate) struct Mirror {
    /// As a person knows it: its location, or its place in the list.
    pub(crate) name: String,
    pub(crate) source: Box<dyn Source>,
}

/// What clients of the component begin with.
pub(crate) struct Beginning {
    pub(crate) trusted_root: Vec<u8>,
    pub(crate) now: UnixTime,
    pub(crate) settings: Settings,
    pub(crate) limits: SandboxLimits,
}

/// A client of the component, and what it is driven with.
pub(crate) struct Driver {
    effects: Arc<Effects>,
    beginning: Beginning,
    running: Mutex<Running>,
    /// Held by the thread that has another instance refresh.
    refreshing: Mutex<()>,
    /// Shared by operations that go on side by side; held alone by one that is tried again.
    turns: RwLock<()>,
    /// Operations that are going on, and all that ever began.
    active: AtomicUsize,
    begun: AtomicUsize,
    /// Threads that are outside of the component and will answer it.
    working: AtomicUsize,
    /// Told of everything that another thread may wait for.
    changed: Condvar,
    clock: Instant,
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Awaited {
    /// The refresh of this instance.
    Refresh(u64),
    Search(Handle),
    Transfer(Handle),
}

/// Why a thread does not wait any longer.
pub(super) enum Stopped {
    Failed(Error),
    /// Another thread has broken the instance off, or has replaced it.
    Elsewhere,
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What a search ended with.
pub(super) enum Found {
    Target(Handle, Target),
    Nothing(NotFound),
}

/// A thread that is outside of the component and will answer it.
struct Work<'a>(&'a Driver);

impl<'a> Work<'a> {
    fn begin(driver: &'a Driver) -> Self {
        driver.working.fetch_add(1, Ordering::SeqCst);
        Self(driver)
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_all();
    }
}

/// An operation that is going on.
struct Active<'a> {
    driver: &'a Driver,
    /// Which of all operations it is, from 1.
    number: usize,
}

impl<'a> Active<'a> {
    /// An operation begins, beside so many others.
    fn begin(driver: &'a Driver) -> (Self, usize) {
        let others = driver.active.fetch_add(1, Ordering::SeqCst);
        let number = driver.begun.fetch_add(1, Ordering::SeqCst) + 1;
        (Self { driver, number }, others)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.driver.active.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Driver {
    /// Refreshes the trusted metadata: with one instance, and if an answer of a mirror breaks it off, with another one that
    /// asks this mirror last, led by one that has not led.
    pub(super) fn refresh(effects: Arc<Effects>, beginning: Beginning) -> Result<(Self, Report), Error> {
        let mut order: Vec<usize> = (0..effects.mirrors.len()).collect();
        let running = Running::start(&effects, &beginning, order.clone(), false, 1)?;
        let driver = Self {
            effects,
            beginning,
            running: Mutex::new(running),
            refreshing: Mutex::default(),
            turns: RwLock::default(),
            active: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            changed: Condvar::new(),
            clock: Instant::now(),
        };
        let mut first = None;
        for leader in 1.. {
            let error = match driver.refreshed() {
                Ok(report) => return Ok((driver, report)),
                Err(error) => error,
            };
            let mut running = driver.running();
            let another = running.sender_that_stopped_it().filter(|_| leader < order.len());
            let error = first.take().unwrap_or(error);
            let Some(sender) = another else { return Err(error) };
            first = Some(error);
            order.retain(|place| *place != leader && *place != sender);
            order.insert(0, leader);
            order.extend((sender != leader).then_some(sender));
            *running = driver.start(order.clone(), false, running.instance + 1)?;
        }
        Err(first.unwrap_or_else(|| out_of_order().into()))
    }

    /// Runs an operation, beside those of other threads. If the component breaks off meanwhile, nobody can tell on whose
    /// account: then it is run again alone, in another instance, and fails if that breaks off as well.
    pub(super) fn run<T>(&self, mut operation: impl FnMut() -> Result<T, Stopped>) -> Result<T, Error> {
        {
            let _shared = self.turns.read().unwrap_or_else(PoisonError::into_inner);
            self.go_on()?;
            let (operation_began, others) = Active::begin(self);
            let result = operation();
            let was_alone = others == 0 && self.begun.load(Ordering::SeqCst) == operation_began.number;
            match result {
                Ok(value) => return Ok(value),
                Err(Stopped::Failed(Error::Sandbox(_))) if !was_alone => {}
                Err(Stopped::Failed(error)) => return Err(error),
                Err(Stopped::Elsewhere) => {}
            }
        }
        let _alone = self.turns.write().unwrap_or_else(PoisonError::into_inner);
        self.go_on()?;
        operation().map_err(|stopped| match stopped {
            Stopped::Failed(error) => error,
            Stopped::Elsewhere => out_of_order().into(),
        })
    }

    /// Goes on in a new instance if the last one was broken off: whoever signs for some paths must not keep the others from
    /// being found. It begins with what the refresh has stored, at the same time, and under a lock as that was. If the store
    /// does not do, it asks the repository.
    fn go_on(&self) -> Result<(), Error> {
        let _turn = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut running = self.running();
            if !running.is_lost() {
                return Ok(());
            }
            let mut order = running.order.clone();
            if let Some(sender) = running.sender_that_stopped_it() {
                order.retain(|place| *place != sender);
                order.push(sender);
            }
            *running = self.start(order, true, running.instance + 1)?;
        }
        let _guard = self.effects.lock()?;
        self.refreshed().map(drop)
    }

    fn start(&self, order: Vec<usize>, resumes: bool, instance: u64) -> Result<Running, Error> {
        Running::start(&self.effects, &self.beginning, order, resumes, instance)
    }

    /// Waits for the end of the refresh that has begun.
    fn refreshed(&self) -> Result<Report, Error> {
        let instance = self.running().instance;
        match self.wait(Awaited::Refresh(instance), None) {
            Ok(Outcome::Refreshed(report)) => {
                self.running().is_ready = true;
                Ok(report)
            }
            Ok(Outcome::RefreshFailed(error)) => Err(self.running().error(error)),
            Ok(_) | Err(Stopped::Elsewhere) => Err(out_of_order().into()),
            Err(Stopped::Failed(error)) => Err(error),
        }
    }

    /// Searches for a target.
    pub(super) fn search(&self, path: &str) -> Result<Found, Stopped> {
        let handle = self.running().begin(|sandbox| sandbox.find(path))?;
        match self.wait(Awaited::Search(handle), None)? {
            Outcome::Found(found) => Ok(Found::Target(handle, found.target)),
            Outcome::NotFound(end) => Ok(Found::Nothing(end.reason)),
            Outcome::SearchFailed(failure) => Err(self.running().error(failure.error).into()),
            _ => Err(out_of_order().into()),
        }
    }

    /// Receives what is left of a target that was found, until the whole is verified.
    pub(super) fn receive(&self, found: Handle, reception: &mut Reception<'_>) -> Result<(), Stopped> {
        let at_hand = reception.at_hand();
        let mut running = self.running();
        let found = running.number(found)?;
        let transfer = running.begin(|sandbox| sandbox.receive(found, at_hand, self.at()))?;
        drop(running);
        match self.wait(Awaited::Transfer(transfer), Some(reception)) {
            Ok(Outcome::Verified(_)) => Ok(()),
            Ok(Outcome::TransferFailed(failure)) => Err(self.running().error(failure.error).into()),
            Ok(_) => Err(out_of_order().into()),
            Err(stopped) => {
                self.running().abandon(transfer);
                Err(stopped)
            }
        }
    }

    /// Has a length and digests judged against those of a target that was found.
    pub(super) fn check(&self, found: Handle, at_hand: AtHand) -> Result<(), Stopped> {
        let mut running = self.running();
        let found = running.number(found)?;
        let checked = running.sandbox.check(found, at_hand);
        self.unless_stopped(checked)
    }

    /// Drops a target that was found. What an instance has found that is broken off is dropped with it.
    pub(super) fn drop_target(&self, found: Handle) {
        let mut running = self.running();
        if let Ok(found) = running.number(found) {
            // A component that breaks off here says so when it is next used.
            let _ = running.sandbox.drop_target(found);
        }
    }

    /// Whether a target that was found is still known to the component.
    pub(super) fn knows(&self, found: Handle) -> bool {
        self.running().number(found).is_ok()
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        // Whoever panicked in it, such as a source of the user's, has left no call of the component half done.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the client was made.
    fn at(&self) -> u64 {
        self.clock.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }

    /// Does what the component asks for until what is awaited has ended.
    fn wait(&self, awaited: Awaited, mut reception: Option<&mut Reception<'_>>) -> Result<Outcome, Stopped> {
        let mut running = self.running();
        loop {
            if running.instance != awaited.instance() {
                return Err(Stopped::Elsewhere);
            }
            if let Some(outcome) = running.take_outcome(awaited) {
                return Ok(outcome);
            }
            if let Some(reception) = reception.as_deref_mut()
                && let Some(task) = running.take_task(awaited)
            {
                running = self.work_on(running, task, reception)?;
                continue;
            }
            if running.sandbox.is_stopped() {
                return Err(Stopped::Elsewhere);
            }
            let polled = running.sandbox.poll(self.at());
            let action = self.unless_stopped(polled)?;
            running = match action {
                Action::Get(action) => self.get(running, action)?,
                Action::Await(until) => self.sleep(running, until)?,
                action => {
                    self.act(&mut running, action)?;
                    running
                }
            };
        }
    }

    /// Wakes the others if the component broke off, so that they do not wait for it.
    fn unless_stopped<T, E: Into<Error>>(&self, result: Result<T, E>) -> Result<T, Stopped> {
        result.map_err(|error| {
            self.changed.notify_all();
            error.into().into()
        })
    }

    /// Waits for another thread, or for the time at which the component wants to be polled.
    fn sleep<'a>(
        &'a self,
        running: MutexGuard<'a, Running>,
        until: Option<u64>,
    ) -> Result<MutexGuard<'a, Running>, Stopped> {
        let Some(until) = until else {
            if self.working.load(Ordering::SeqCst) == 0 && running.has_no_tasks() {
                // Nobody would ever come to an end.
                return Err(out_of_order().into());
            }
            return Ok(self.changed.wait(running).unwrap_or_else(PoisonError::into_inner));
        };
        let left = Duration::from_millis(until.saturating_sub(self.at()));
        let (running, _) = self.changed.wait_timeout(running, left).unwrap_or_else(PoisonError::into_inner);
        Ok(running)
    }

    /// Does what takes no long time.
    fn act(&self, running: &mut Running, action: Action) -> Result<(), Stopped> {
        match action {
            Action::Load(action) => return self.load(running, action),
            Action::Keep(KeepAction { answer, name }) => {
                let bytes = running.held.get(&answer).ok_or_else(out_of_order)?;
                self.effects.store.persist(&name, bytes)?;
            }
            Action::Write(file) => self.effects.store.persist(&file.name, &file.bytes)?,
            Action::Forget(name) => self.effects.store.forget(&name)?,
            Action::Release(answer) => running.release(answer),
            Action::Tell(event) => self.tell(running, event),
            Action::Receive(action) => {
                running.leave_task(action.transfer, Task::Receive(action));
                self.changed.notify_all();
            }
            Action::Discard(transfer) => {
                running.leave_task(transfer, Task::Discard);
                self.changed.notify_all();
            }
            Action::Ended(outcome) => {
                running.leave_outcome(outcome);
                self.changed.notify_all();
            }
            Action::Get(_) | Action::Await(_) => {}
        }
        Ok(())
    }

    fn load(&self, running: &mut Running, action: LoadAction) -> Result<(), Stopped> {
        let response = match self.effects.store.load(&action.name) {
            Ok(Some(bytes)) => Response::Bytes(running.hold(action.id, bytes)),
            Ok(None) => Response::Absent,
            Err(error) => {
                running.note(action.id, error.into());
                Response::Unreadable
            }
        };
        let answered = running.sandbox.answer(action.id, response, self.at());
        self.unless_stopped(answered)
    }

    /// Fetches a metadata file, while others may enter the component.
    fn get<'a>(
        &'a self,
        running: MutexGuard<'a, Running>,
        action: GetAction,
    ) -> Result<MutexGuard<'a, Running>, Stopped> {
        let instance = running.instance;
        let place = running.place(action.mirror).ok_or_else(out_of_order)?;
        let work = Work::begin(self);
        drop(running);
        let fetched = self.effects.fetch(place, &action);
        let mut running = self.running();
        drop(work);
        if running.instance != instance || running.sandbox.is_stopped() {
            return Ok(running);
        }
        let response = match fetched {
            Ok(Some(bytes)) => Response::Bytes(running.hold(action.id, bytes)),
            Ok(None) => Response::Absent,
            Err(error) => Response::Failed(running.note_transport(action.id, error)),
        };
        running.sender = Some(place);
        let answered = running.sandbox.answer(action.id, response, self.at());
        self.unless_stopped(answered)?;
        running.sender = None;
        Ok(running)
    }

    /// Receives bytes of a target, or drops them, while others may enter the component.
    fn work_on<'a>(
        &'a self,
        running: MutexGuard<'a, Running>,
        task: Task,
        reception: &mut Reception<'_>,
    ) -> Result<MutexGuard<'a, Running>, Stopped> {
        let instance = running.instance;
        let Task::Receive(action) = task else {
            drop(running);
            reception.discard()?;
            return Ok(self.running());
        };
        let place = running.place(action.mirror).ok_or_else(out_of_order)?;
        let work = Work::begin(self);
        drop(running);
        let received = self.effects.receive(place, &action, reception);
        let mut running = self.running();
        drop(work);
        let received = received?;
        if running.instance != instance || running.sandbox.is_stopped() {
            return Ok(running);
        }
        let response = running.response(action.id, received);
        let answered = running.sandbox.answer(action.id, response, self.at());
        self.unless_stopped(answered)?;
        Ok(running)
    }

    fn tell(&self, running: &Running, event: ClientEvent) {
        let name_of = |mirror| running.place(mirror).and_then(|place| self.effects.mirrors.get(place));
        match event {
            ClientEvent::Accepted(file) => {
                let Some(Mirror { name: mirror, .. }) = name_of(file.mirror) else { return };
                self.effects.tell(Progress::Verified { mirror, name: &file.name });
            }
            ClientEvent::Failed(MirrorFailure { mirror, name, error }) => {
                let Some(Mirror { name: mirror, .. }) = name_of(mirror) else { return };
                let reason = running.reason(&error);
                self.effects.tell(Progress::Failed {
                    mirror,
                    name: &name,
                    code: &error.code,
                    reason: &reason,
                });
            }
        }
    }
}

impl Effects {
    /// The lock of the store.
    pub(super) fn lock(&self) -> Result<Box<dyn Guard + '_>, Error> {
        Ok(self.store.lock(&mut || self.tell(Progress::WaitingForLock))?)
    }

    pub(super) fn tell(&self, progress: Progress<'_>) {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)(progress);
    }

    fn fetch(&self, place: usize, action: &GetAction) -> Result<Option<Vec<u8>>, SourceError> {
        let GetAction { name, max_length, .. } = action;
        let Some(Mirror { name: mirror, source }) = self.mirrors.get(place) else { return Ok(None) };
        self.tell(Progress::Fetching { mirror, name });
        let fetched = source.metadata(name, *max_length)?;
        self.tell(match &fetched {
            Some(bytes) => {
                Progress::Fetched { mirror, name, bytes: bytes.len().try_into().unwrap_or(u64::MAX) }
            }
            None => Progress::Absent { mirror, name },
        });
        Ok(fetched)
    }
}

impl Awaited {
    fn instance(self) -> u64 {
        match self {
            Self::Refresh(instance) => instance,
            Self::Search(handle) | Self::Transfer(handle) => handle.instance,
        }
    }
}

/// The component asked for something that cannot be, or answered something else than was asked.
pub(super) fn out_of_order() -> SandboxError {
    SandboxError::Trapped { reason: "it answered out of order".to_owned() }
}
