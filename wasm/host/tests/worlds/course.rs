//! A world as the client of a host takes it: a refresh and searches, as far as it can follow.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::files::Bytes;

/// What a client does in a world.
pub(crate) struct Course<'a> {
    pub(crate) trusted_root: &'a [u8],
    pub(crate) now: &'a Value,
    pub(crate) settings: &'a Value,
    pub(crate) acts: Vec<Act<'a>>,
}

/// A refresh, or a search with its path.
pub(crate) struct Act<'a> {
    pub(crate) path: Option<&'a str>,
    /// What was asked for, written and forgotten meanwhile.
    pub(crate) effects: Vec<Effect<'a>>,
    pub(crate) end: End<'a>,
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
    /// A failure.
    Failed(&'a Value),
}

impl<'a> Course<'a> {
    /// The course of a client with one mirror, or of the store alone, which never asks twice; `None` for any other client, which asks in an
    /// order of its own, and for a map.
    pub(crate) fn of(world: &'a Value, bytes: &'a Bytes) -> Option<Self> {
        let calls = world["calls"].as_array().expect("a world has calls");
        let (start, rest) = calls.split_first().expect("a world begins");
        match text(&start["call"]) {
            "client.start" => {}
            "repository-map.parse" => return None,
            other => panic!("no world begins with {other}"),
        }
        let (root, now, options) = (&start["with"][0], &start["with"][1], &start["with"][2]);
        let mirrors = options["mirrors"].as_array().expect("a client has mirrors");
        let asks_once = mirrors.iter().all(|mirror| mirror["retry"]["count"] == 0);
        let has_one = mirrors.len() == 1 || options["settings"]["access"] == "store";
        if !has_one || !asks_once || options["resumes"] == true {
            return None;
        }
        let trusted_root = bytes.of(text(root));
        let held = [("0", trusted_root)].into();
        let mut follower = Follower { bytes, acts: vec![Act::new(None)], asked: BTreeMap::new(), held };
        match start["gives"].get("err") {
            Some(failure) => follower.end(End::Failed(failure)),
            None => rest.iter().try_for_each(|call| follower.call(call)).unwrap_or_default(),
        }
        Some(Self { trusted_root, now, settings: &options["settings"], acts: follower.acts })
    }
}

impl<'a> Act<'a> {
    fn new(path: Option<&'a str>) -> Self {
        Self { path, effects: Vec::new(), end: End::Abandoned }
    }
}

/// Follows the calls of a client.
struct Follower<'a> {
    bytes: &'a Bytes,
    acts: Vec<Act<'a>>,
    /// The requests that wait for an answer, by their numbers.
    asked: BTreeMap<&'a str, &'a Value>,
    /// The bytes of answers.
    held: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Follower<'a> {
    /// `None` if what follows is not between a client and its mirror and store.
    fn call(&mut self, call: &'a Value) -> Option<()> {
        let (with, gives) = (&call["with"], &call["gives"]);
        match text(&call["call"]) {
            "client.poll" => self.polled(gives),
            "client.answer" => return self.answered(text(&with[0]), &with[1]),
            "client.find" => self.acts.push(Act {
                end: gives.get("err").map_or(End::Abandoned, End::Failed),
                ..Act::new(Some(text(&with[0])))
            }),
            // Of the bytes that are checked a world has the digests alone.
            "client.check" | "client.drop-target" => {}
            _ => return None,
        }
        Some(())
    }

    fn act(&mut self) -> &mut Act<'a> {
        self.acts.last_mut().expect("a refresh, at least")
    }

    fn end(&mut self, end: End<'a>) {
        self.act().end = end;
    }

    fn polled(&mut self, action: &'a Value) {
        let value = &action["val"];
        match text(&action["tag"]) {
            "load" | "get" => _ = self.asked.insert(text(&value["id"]), action),
            "keep" => {
                let kept = Effect::Persist(text(&value["name"]), self.held[text(&value["answer"])]);
                self.act().effects.push(kept);
            }
            "write" => {
                let file = self.bytes.of(text(&value["bytes"]));
                self.act().effects.push(Effect::Persist(text(&value["name"]), file));
            }
            "forget" => self.act().effects.push(Effect::Forget(text(value))),
            "ended" => self.end(match text(&value["tag"]) {
                "refresh-failed" => End::Failed(&value["val"]),
                "search-failed" => End::Failed(&value["val"]["error"]),
                "found" => End::Answered(&value["val"]["target"]),
                "not-found" => End::Answered(&value["val"]["why"]),
                _ => End::Answered(&value["val"]),
            }),
            _ => {}
        }
    }

    /// `None` for an answer that is neither `bytes` nor `absent`.
    fn answered(&mut self, id: &'a str, response: &'a Value) -> Option<()> {
        let request = self.asked.remove(id)?;
        let answer = match text(&response["tag"]) {
            "bytes" => Some(self.bytes.of(text(&response["val"]))),
            "absent" => None,
            _ => return None,
        };
        self.held.extend(answer.map(|bytes| (id, bytes)));
        let name = text(&request["val"]["name"]);
        self.act().effects.push(match text(&request["tag"]) {
            "load" => Effect::Load(name, answer),
            _ => {
                let most = text(&request["val"]["max-length"]).parse().expect("a number");
                Effect::Fetch(name, most, answer)
            }
        });
        Some(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
