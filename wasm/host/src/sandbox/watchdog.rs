//! Stops computations that take too long.
//!
//! Compiled code compares an epoch with its deadline. The epoch advances in a thread that is there only while calls
//! are under way, and for one tick after the last.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// How often the epoch advances while a call is under way.
const TICK: Duration = Duration::from_millis(50);

/// The number of ticks after which `time` has surely passed; none are left of no time.
pub(crate) fn ticks(time: Duration) -> u64 {
    if time.is_zero() {
        return 0;
    }
    // The first tick may come at once.
    u64::try_from(time.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX - 1).saturating_add(1)
}

/// A call under way: as long as it is there, the epoch of the engine advances.
pub(crate) struct Watch;

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// The operating system gives no thread: a call without its limit is not made.
    pub(crate) fn begin(engine: &Engine) -> io::Result<Self> {
        let mut state = lock();
        if !state.ticking {
            let engine = engine.clone();
            thread::Builder::new().name("tuf-verifier-watchdog".into()).spawn(move || tick(&engine))?;
            state.ticking = true;
        }
        state.calls += 1;
        Ok(Self)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock().calls -= 1;
    }
}

struct State {
    /// Calls under way.
    calls: usize,
    /// Whether the thread is there.
    ticking: bool,
}

static STATE: Mutex<State> = Mutex::new(State { calls: 0, ticking: false });

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tick(engine: &Engine) {
    loop {
        thread::sleep(TICK);
        engine.increment_epoch();
        let mut state = lock();
        if state.calls == 0 {
            state.ticking = false;
            return;
        }
    }
}
