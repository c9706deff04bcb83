//! A world as a client takes it: a refresh, searches and checks, as far as a client can follow.

use serde_json::Value;

use crate::files::Bytes;

/// What a client does in a world.
pub(crate) struct Course<'a> {
    pub(crate) trusted_root: &'a [u8],
    pub(crate) now: &'a Value,
    pub(crate) settings: &'a Value,
    pub(crate) acts: Vec<Act<'a>>,
}

/// A refresh, or what follows it.
pub(crate) struct Act<'a> {
    pub(crate) kind: Kind<'a>,
    /// What was asked for, written and forgotten meanwhile.
    pub(crate) effects: Vec<Effect<'a>>,
    pub(crate) end: End<'a>,
}

pub(crate) enum Kind<'a> {
    Refresh,
    /// The path.
    Find(&'a str),
    /// The bytes.
    Check(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect<'a> {
    /// Name and answer.
    Load(&'a str, Option<&'a [u8]>),
    /// Name, maximum length and answer.
    Fetch(&'a str, u64, Option<&'a [u8]>),
    /// Name and bytes.
    Persist(&'a str, &'a [u8]),
    /// Name.
    Forget(&'a str),
}

/// What an act ends with.
#[derive(Debug)]
pub(crate) enum End<'a> {
    /// The world goes no further.
    Abandoned,
    /// What was reported or found.
    Answered(&'a Value),
    /// The target's bytes are those that are listed.
    Verified,
    /// A failure.
    Failed(&'a Value),
}

impl<'a> Course<'a> {
    /// The course of an update cycle; `None` for a client, which asks in an order of its own, and for a map.
    pub(crate) fn of(world: &'a Value, bytes: &'a Bytes) -> Option<Self> {
        let calls = world["calls"].as_array().expect("a world has calls");
        let (start, rest) = calls.split_first().expect("a world begins");
        match text(&start["call"]) {
            "update-cycle.start" => {}
            "client.start" | "repository-map.parse" => return None,
            other => panic!("no world begins with {other}"),
        }
        let with = &start["with"];
        let mut follower = Follower { bytes, acts: vec![Act::new(Kind::Refresh)], asked: None };
        match start["gives"].get("err") {
            Some(failure) => follower.end(End::Failed(failure)),
            None => rest.iter().try_for_each(|call| follower.call(call)).unwrap_or_default(),
        }
        let mut acts = follower.acts;
        // A check that nobody finished has no verdict.
        acts.retain(|act| !matches!((&act.kind, &act.end), (Kind::Check(_), End::Abandoned)));
        Some(Self { trusted_root: bytes.of(text(&with[0])), now: &with[1], settings: &with[2], acts })
    }
}

impl<'a> Act<'a> {
    fn new(kind: Kind<'a>) -> Self {
        Self { kind, effects: Vec::new(), end: End::Abandoned }
    }
}

/// Follows the calls of a cycle.
struct Follower<'a> {
    bytes: &'a Bytes,
    acts: Vec<Act<'a>>,
    /// The request that waits for an answer.
    asked: Option<&'a Value>,
}

impl<'a> Follower<'a> {
    /// `None` where a client does not follow: after a refused answer it gives up, and it calls nothing out of order.
    fn call(&mut self, call: &'a Value) -> Option<()> {
        let (with, gives) = (&call["with"][0], &call["gives"]);
        match text(&call["call"]) {
            "update-cycle.next" => self.next(gives),
            "update-cycle.offer" => self.offer(with, gives),
            "update-cycle.find" => self.find(text(with), gives),
            "update-cycle.check" => {
                let found = matches!(&self.act().end, End::Answered(answer) if answer["tag"] == "found");
                (found && gives.get("err").is_none())
                    .then(|| self.acts.push(Act::new(Kind::Check(Vec::new()))))
            }
            "target-check.write" => self.write(self.bytes.of(text(with)), gives),
            "target-check.finish" => self.finish(gives),
            _ => None,
        }
    }

    fn act(&mut self) -> &mut Act<'a> {
        self.acts.last_mut().expect("a refresh, at least")
    }

    fn end(&mut self, end: End<'a>) {
        self.act().end = end;
    }

    fn next(&mut self, request: &'a Value) -> Option<()> {
        let value = &request["val"];
        match text(&request["tag"]) {
            "load" | "fetch" => self.asked = Some(request),
            "persist" => {
                let file = self.bytes.of(text(&value["bytes"]));
                self.act().effects.push(Effect::Persist(text(&value["name"]), file));
            }
            "forget" => self.act().effects.push(Effect::Forget(text(value))),
            "search-failed" => self.end(End::Failed(value)),
            _ => self.end(End::Answered(request)),
        }
        Some(())
    }

    fn offer(&mut self, answer: &'a Value, gives: &'a Value) -> Option<()> {
        let request = self.asked.take()?;
        let answer = answer.as_str().map(|digest| self.bytes.of(digest));
        let value = &request["val"];
        self.act().effects.push(match text(&request["tag"]) {
            "load" => Effect::Load(text(value), answer),
            _ => {
                let most = text(&value["max-length"]).parse().expect("a number");
                Effect::Fetch(text(&value["name"]), most, answer)
            }
        });
        match gives.get("err") {
            Some(failure) => {
                self.end(End::Failed(failure));
                None
            }
            None => Some(()),
        }
    }

    /// A client searches once its refresh has succeeded.
    fn find(&mut self, path: &'a str, gives: &'a Value) -> Option<()> {
        let ready = matches!(self.acts[0].end, End::Answered(_));
        if !ready || matches!(self.act().end, End::Abandoned) {
            return None;
        }
        self.acts.push(Act::new(Kind::Find(path)));
        if let Some(failure) = gives.get("err") {
            self.end(End::Failed(failure));
        }
        Some(())
    }

    fn write(&mut self, chunk: &[u8], gives: &'a Value) -> Option<()> {
        let act = self.act();
        match (&mut act.kind, &act.end) {
            (Kind::Check(bytes), End::Abandoned) => bytes.extend(chunk),
            _ => return None,
        }
        if let Some(failure) = gives.get("err") {
            self.end(End::Failed(failure));
        }
        Some(())
    }

    fn finish(&mut self, gives: &'a Value) -> Option<()> {
        if !matches!(self.act(), Act { kind: Kind::Check(_), end: End::Abandoned, .. }) {
            return None;
        }
        self.end(gives.get("err").map_or(End::Verified, End::Failed));
        Some(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
