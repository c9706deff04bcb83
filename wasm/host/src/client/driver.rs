//! The loop: what the component asks for is loaded, fetched, received and stored; what has ended is handed out.
//!
//! Several threads may wait for outcomes at the same time. The thread that polls performs the action it gets, even if only
//! another thread needs it. Target bytes are the exception: each thread receives its own. No thread waits for the network or
//! hashes while it keeps the others from the component.

use std::io::Read;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::client::reception::Reception;
use crate::client::running::{Handle, Running, Task};
use crate::client::{Progress, held};
use crate::error::Error;
use crate::records::{
    Action, AtHand, ClientEvent, GetAction, KeepAction, LoadAction, MirrorFailure, NotFound, Outcome, Report,
    Response, Settings, Target, TransportError, TransportKind,
};
use crate::sandbox::{SandboxError, SandboxLimits};
use crate::source::{Source, SourceError};
use crate::store::{Guard, Store, Stored};
use crate::time::UnixTime;

/// Longest time after which a thread that waits looks again: another one may have panicked before it could tell.
const HEARTBEAT: Duration = Duration::from_secs(1);

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
    /// The last instance of which a request will never be answered.
    abandoned: AtomicU64,
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

/// A request of the component that must be answered. If it is not, such as for a panic of a source, its instance is lost: what
/// waits for the answer would wait for ever.
struct Owed<'a> {
    driver: &'a Driver,
    instance: u64,
}

impl<'a> Owed<'a> {
    fn by(driver: &'a Driver, running: &Running) -> Self {
        Self { driver, instance: running.instance }
    }

    /// Whether nobody needs the answer any more.
    fn is_moot(&self, running: &Running) -> bool {
        running.instance != self.instance || running.sandbox.is_stopped()
    }

    /// It was answered, or nobody needs it any more.
    fn settled(self) {
        std::mem::forget(self);
    }

    /// Answers it.
    fn answer(self, running: &mut Running, id: u64, response: Arc<Response>) -> Result<(), Stopped> {
        let answered = running.sandbox.answer(id, response, self.driver.at());
        self.driver.unless_stopped(answered)?;
        self.settled();
        Ok(())
    }
}

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        self.driver.abandoned.fetch_max(self.instance, Ordering::SeqCst);
        self.driver.changed.notify_all();
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
            abandoned: AtomicU64::new(0),
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
            let another = running.last_sender().filter(|_| leader < order.len());
            let Some(sender) = another else {
                // What keeps the store or the machine from its work says more than that the component broke off.
                let says_less =
                    matches!(error, Error::Failure(_) | Error::Source(_) | Error::MissingTarget { .. });
                return Err(first.filter(|_| says_less || running.sandbox.is_stopped()).unwrap_or(error));
            };
            first = Some(first.unwrap_or(error));
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
            if !self.is_lost(&running) {
                return Ok(());
            }
            let mut order = running.asked.clone();
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

    /// Whether another instance has to go on.
    fn is_lost(&self, running: &Running) -> bool {
        running.is_lost() || running.instance <= self.abandoned.load(Ordering::SeqCst)
    }

    /// Waits for the end of the refresh that has begun.
    fn refreshed(&self) -> Result<Report, Error> {
        let awaited = Awaited::Refresh(self.running().instance);
        let outcome = self.wait(awaited, None);
        let mut running = self.running();
        match outcome {
            Ok(Outcome::Refreshed(report)) => {
                running.is_ready = true;
                Ok(report)
            }
            Ok(Outcome::RefreshFailed(error)) => Err(running.error(error)),
            Ok(_) | Err(Stopped::Elsewhere) => Err(out_of_order().into()),
            Err(Stopped::Failed(error)) => Err(error),
        }
    }

    /// Searches for a target.
    pub(super) fn search(&self, path: &str) -> Result<Found, Stopped> {
        let handle = self.usable()?.begin_search(path)?;
        let outcome = self.wait(Awaited::Search(handle), None);
        let mut running = self.running();
        let found = match outcome {
            Ok(Outcome::Found(found)) => Ok(Found::Target(handle, found.target)),
            Ok(Outcome::NotFound(end)) => Ok(Found::Nothing(end.why)),
            Ok(Outcome::SearchFailed(failure)) => Err(running.error(failure.error).into()),
            Ok(_) => Err(out_of_order().into()),
            Err(stopped) => Err(stopped),
        };
        running.end(Awaited::Search(handle));
        found
    }

    /// Receives what is left of a target that was found, until the whole is verified.
    pub(super) fn receive(&self, found: Handle, reception: &mut Reception<'_>) -> Result<(), Stopped> {
        let transfer = self.usable()?.begin_transfer(found, reception.at_hand(), self.at())?;
        let outcome = self.wait(Awaited::Transfer(transfer), Some(reception));
        let mut running = self.running();
        let received = match outcome {
            Ok(Outcome::Verified(_)) => Ok(()),
            Ok(Outcome::TransferFailed(failure)) => Err(running.error(failure.error).into()),
            Ok(_) => Err(out_of_order().into()),
            Err(stopped) => {
                running.abandon(transfer);
                Err(stopped)
            }
        };
        running.end(Awaited::Transfer(transfer));
        received
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
        self.usable().is_ok_and(|running| running.number(found).is_ok())
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        // Whoever panicked in it, such as a source of the user's, has left no call of the component half done.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instance, if operations may begin in it.
    fn usable(&self) -> Result<MutexGuard<'_, Running>, Stopped> {
        let running = self.running();
        if self.is_lost(&running) { Err(Stopped::Elsewhere) } else { Ok(running) }
    }

    /// Does something that takes its time while others may enter the component.
    fn outside<'a, T>(
        &'a self,
        running: MutexGuard<'a, Running>,
        act: impl FnOnce() -> T,
    ) -> (MutexGuard<'a, Running>, T) {
        let work = Work::begin(self);
        drop(running);
        let done = act();
        let running = self.running();
        drop(work);
        (running, done)
    }

    /// Milliseconds since the client was made.
    fn at(&self) -> u64 {
        self.clock.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }

    /// Does what the component asks for until what is awaited has ended.
    fn wait(&self, awaited: Awaited, mut reception: Option<&mut Reception<'_>>) -> Result<Outcome, Stopped> {
        let mut running = self.running();
        loop {
            if running.instance != awaited.instance()
                || running.instance <= self.abandoned.load(Ordering::SeqCst)
            {
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
            if let Some(error) = running.take_store_error(awaited) {
                return Err(error.into());
            }
            running = self.go_on_for(running, awaited)?;
        }
    }

    /// Does what the component asks for next.
    fn go_on_for<'a>(
        &'a self,
        mut running: MutexGuard<'a, Running>,
        awaited: Awaited,
    ) -> Result<MutexGuard<'a, Running>, Stopped> {
        let polled = running.sandbox.poll(self.at());
        let action = self.unless_stopped(polled).map_err(|stopped| awaited.blames(stopped))?;
        match action {
            Action::Get(action) => self.get(running, action).map_err(|stopped| awaited.blames(stopped)),
            Action::Await(until) => self.sleep(running, until),
            Action::Tell(event) => Ok(self.tell(running, event)),
            action => {
                match self.act(&mut running, action).map_err(|stopped| awaited.blames(stopped)) {
                    // A transfer needs nothing of the store.
                    Err(Stopped::Failed(error @ Error::Store(_)))
                        if matches!(awaited, Awaited::Transfer(_)) =>
                    {
                        running.store_error = Some(error);
                        self.changed.notify_all();
                    }
                    other => other?,
                }
                Ok(running)
            }
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
        let left = match until {
            Some(until) => Duration::from_millis(until.saturating_sub(self.at())).min(HEARTBEAT),
            None if self.working.load(Ordering::SeqCst) == 0 && running.has_no_tasks() => {
                // Nobody would ever come to an end.
                drop(Owed::by(self, &running));
                return Err(out_of_order().into());
            }
            None => HEARTBEAT,
        };
        let (running, _) = self.changed.wait_timeout(running, left).unwrap_or_else(PoisonError::into_inner);
        Ok(running)
    }

    /// Does what takes no long time.
    fn act(&self, running: &mut Running, action: Action) -> Result<(), Stopped> {
        match action {
            Action::Load(action) => return self.load(running, action),
            Action::Keep(KeepAction { answer, name }) => {
                running.keep(answer, &name, &*self.effects.store)?;
            }
            Action::Write(file) => self.effects.store.persist(&file.name, &file.bytes)?,
            Action::Forget(name) => self.effects.store.forget(&name)?,
            Action::Release(answer) => running.release(answer),
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
            // These give the instance up for a while: see `go_on_for`.
            Action::Get(_) | Action::Await(_) | Action::Tell(_) => {}
        }
        Ok(())
    }

    fn load(&self, running: &mut Running, action: LoadAction) -> Result<(), Stopped> {
        let owed = Owed::by(self, running);
        let response = match self.effects.store.load_file(&action.name) {
            Ok(Some(file)) => match running.hold(action.id, &action.name, file) {
                Err(error @ Error::Store(_)) => {
                    running.note(action.id, error);
                    Response::Unreadable.into()
                }
                held => self.unless_stopped(held)?,
            },
            Ok(None) => Response::Absent.into(),
            Err(error) => {
                running.note(action.id, error.into());
                Response::Unreadable.into()
            }
        };
        owed.answer(running, action.id, response)
    }

    /// Fetches a metadata file, while others may enter the component.
    fn get<'a>(
        &'a self,
        running: MutexGuard<'a, Running>,
        action: GetAction,
    ) -> Result<MutexGuard<'a, Running>, Stopped> {
        let owed = Owed::by(self, &running);
        let place = running.place(action.mirror).ok_or_else(out_of_order)?;
        let (mut running, fetched) = self.outside(running, || self.effects.fetch(place, &action));
        if owed.is_moot(&running) {
            owed.settled();
            return Ok(running);
        }
        running.begin_to_read(place);
        let response = match fetched {
            Ok(Some(file)) => match running.hold(action.id, &action.name, file) {
                // What this machine has lost says nothing about the mirror, whose file it was.
                Err(error @ Error::Store(_)) => {
                    let text = error.to_string();
                    running.note(action.id, error);
                    Response::Failed(TransportError { kind: TransportKind::Read, retry_after: None, text })
                        .into()
                }
                held => self.unless_stopped(held)?,
            },
            Ok(None) => Response::Absent.into(),
            Err(error) => Response::Failed(running.note_transport(action.id, error)).into(),
        };
        owed.answer(&mut running, action.id, response)?;
        running.has_read();
        Ok(running)
    }

    /// Receives bytes of a target, or drops them, while others may enter the component.
    fn work_on<'a>(
        &'a self,
        running: MutexGuard<'a, Running>,
        task: Task,
        reception: &mut Reception<'_>,
    ) -> Result<MutexGuard<'a, Running>, Stopped> {
        let Task::Receive(action) = task else {
            drop(running);
            reception.discard()?;
            return Ok(self.running());
        };
        let owed = Owed::by(self, &running);
        let place = running.place(action.mirror).ok_or_else(out_of_order)?;
        let (mut running, received) =
            self.outside(running, || self.effects.receive(place, &action, reception));
        let received = match received {
            Ok(received) if !owed.is_moot(&running) => received,
            other => {
                // A transfer that cannot be written is given up.
                owed.settled();
                return Ok(other.map(|_| running)?);
            }
        };
        let response = running.response(action.id, received);
        owed.answer(&mut running, action.id, response.into())?;
        Ok(running)
    }

    /// Tells a person, while others may enter the component.
    fn tell<'a>(
        &'a self,
        mut running: MutexGuard<'a, Running>,
        event: ClientEvent,
    ) -> MutexGuard<'a, Running> {
        let (mirror, name, failed) = match event {
            ClientEvent::Accepted(file) => (file.mirror, file.name, None),
            ClientEvent::Failed(MirrorFailure { mirror, name, error }) => {
                running.ask_last(mirror);
                let reason = running.reason(&error);
                (mirror, name, Some((error.code, reason)))
            }
        };
        let place = running.place(mirror);
        let Some(Mirror { name: mirror, .. }) = place.and_then(|place| self.effects.mirrors.get(place))
        else {
            return running;
        };
        drop(running);
        let name = name.as_str();
        self.effects.tell(match &failed {
            None => Progress::Verified { mirror, name },
            Some((code, reason)) => Progress::Failed { mirror, name, code, reason },
        });
        self.running()
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

    fn fetch(&self, place: usize, action: &GetAction) -> Result<Option<Stored>, SourceError> {
        let GetAction { name, max_length, .. } = action;
        let Some(Mirror { name: mirror, source }) = self.mirrors.get(place) else { return Ok(None) };
        self.tell(Progress::Fetching { mirror, name });
        let Some(stream) = source.metadata_stream(name, *max_length)? else {
            self.tell(Progress::Absent { mirror, name });
            return Ok(None);
        };
        let file = held::collect(stream.take(max_length.saturating_add(1)), &*self.store)
            .map_err(|error| SourceError::from_read(name, error))?;
        let bytes = match &file {
            Stored::Bytes(bytes) => bytes.len().try_into().unwrap_or(u64::MAX),
            Stored::File(file) => file.metadata().map_or(0, |metadata| metadata.len()),
        };
        self.tell(Progress::Fetched { mirror, name, bytes });
        Ok(Some(file))
    }
}

impl Awaited {
    /// Why it stops when the component has broken off while this thread did what others may have asked for. No transfer breaks
    /// it off there.
    fn blames(self, stopped: Stopped) -> Stopped {
        match stopped {
            Stopped::Failed(Error::Sandbox(_)) if matches!(self, Self::Transfer(_)) => Stopped::Elsewhere,
            stopped => stopped,
        }
    }

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
