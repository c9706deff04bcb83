//! The calls of one world, in order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;

use super::sink;
use crate::json::Json;

thread_local! {
    static STORY: RefCell<Option<String>> = const { RefCell::new(None) };
    static ASIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs what tells this story: worlds that begin in it bear its name. Elsewhere they bear that of their thread, which is
/// that of the test.
pub fn within<T>(story: &str, tell: impl FnOnce() -> T) -> T {
    let before = STORY.replace(Some(story.to_owned()));
    let told = tell();
    STORY.set(before);
    told
}

/// Runs what is not recorded: there would be thousands of worlds that differ in one number.
pub fn aside<T>(run: impl FnOnce() -> T) -> T {
    let before = ASIDE.replace(true);
    let done = run();
    ASIDE.set(before);
    done
}

/// A world that is written when the last resource of it is dropped, or none where nothing is recorded.
#[derive(Clone, Debug)]
pub(super) struct Recording(Option<Rc<World>>);

/// What was called on which resource of the world, and what it answered.
pub(super) struct Call {
    /// The function, as WIT names it.
    pub(super) function: &'static str,
    /// The resource; none for a function that makes the first one.
    pub(super) on: Option<u64>,
    /// The arguments.
    pub(super) with: Vec<Json>,
    /// The result.
    pub(super) gives: Json,
}

#[derive(Debug)]
struct World {
    story: String,
    resources: Cell<u64>,
    calls: RefCell<Vec<Json>>,
}

impl Recording {
    pub(super) fn begin() -> Self {
        if ASIDE.get() || !sink::is_open() {
            return Self(None);
        }
        let story = STORY.with_borrow(Clone::clone).or_else(|| thread::current().name().map(str::to_owned));
        Self(Some(Rc::new(World {
            story: story.unwrap_or_else(|| "unnamed".to_owned()),
            resources: Cell::new(0),
            calls: RefCell::new(Vec::new()),
        })))
    }

    /// Whether anything is written down.
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The number of a resource that is made now: they are counted from 0.
    pub(super) fn resource(&self) -> u64 {
        self.0.as_ref().map_or(0, |world| world.resources.replace(world.resources.get() + 1))
    }

    /// Writes a call down, where that is done at all.
    pub(super) fn note(&self, call: impl FnOnce() -> Call) {
        let Some(world) = &self.0 else { return };
        let Call { function, on, with, gives } = call();
        let mut noted = Json::object([("call", function)]);
        if let Some(on) = on {
            noted.push("on", on);
        }
        if !with.is_empty() {
            noted.push("with", Json::Array(with));
        }
        noted.push("gives", gives);
        world.calls.borrow_mut().push(noted);
    }
}

impl Drop for World {
    /// A test that has failed has not shown what the core answers.
    fn drop(&mut self) {
        if thread::panicking() {
            return sink::lose(&self.story);
        }
        sink::write(&self.story, Json::Array(self.calls.take()));
    }
}
