//! A step while it is being made: the repository, the role that is attacked, and what is done to its files.

use tuf_tests::{Header, Json, Mirror, Repository};

use super::random::Random;

type Spoil = Box<dyn FnOnce(&mut Mirror)>;

/// A step while it is being made.
pub(super) struct Scene<'r> {
    pub(super) repository: Repository,
    pub(super) random: &'r mut Random,
    /// The attacked role.
    pub(super) role: String,
    /// The fixed update start time of this step.
    pub(super) now: i64,
    /// What the repository offered at earlier steps.
    pub(super) earlier: &'r [Mirror],
    /// The target paths that the client will look for.
    pub(super) targets: &'r mut Vec<String>,
    spoils: Vec<Spoil>,
}

impl<'r> Scene<'r> {
    pub(super) fn new(
        repository: Repository,
        random: &'r mut Random,
        role: &str,
        now: i64,
        earlier: &'r [Mirror],
        targets: &'r mut Vec<String>,
    ) -> Self {
        Self { repository, random, role: role.to_owned(), now, earlier, targets, spoils: Vec::new() }
    }

    /// Changes the signed part of the attacked role before it is signed by those who may.
    pub(super) fn signed(&mut self, edit: impl Fn(&mut Json) + 'static) {
        self.repository.edit(&self.role.clone(), edit);
    }

    /// Changes the file of the attacked role after it was signed.
    pub(super) fn envelope(&mut self, edit: impl Fn(&mut Json) + 'static) {
        self.repository.edit_envelope(&self.role.clone(), edit);
    }

    /// Changes the text of the attacked role's file after it was signed.
    pub(super) fn text(&mut self, edit: impl Fn(String) -> String + 'static) {
        self.envelope(move |json| *json = Json::raw(&edit(json.text())));
    }

    /// Changes what is offered, after everything was published.
    pub(super) fn spoil(&mut self, spoil: impl FnOnce(&mut Mirror) + 'static) {
        self.spoils.push(Box::new(spoil));
    }

    /// Changes the bytes of the attacked role's file, after everything was published.
    pub(super) fn bytes(&mut self, change: impl FnOnce(Vec<u8>) -> Vec<u8> + 'static) {
        let file = self.file();
        self.spoil(move |mirror| {
            if let Some(bytes) = mirror.metadata.get_mut(&file) {
                *bytes = change(std::mem::take(bytes));
            }
        });
    }

    /// The name of the attacked role's file.
    pub(super) fn file(&self) -> String {
        self.file_of(&self.role)
    }

    /// The name of a role's file.
    pub(super) fn file_of(&self, role: &str) -> String {
        match role {
            "root" => format!("{}.root.json", self.repository.root.version),
            "timestamp" => "timestamp.json".to_owned(),
            "snapshot" => self.repository.file_name(role, self.repository.snapshot.version),
            other => self.repository.file_name(other, self.repository.targets[other].header.version),
        }
    }

    /// Version and expiry of the attacked role.
    pub(super) fn header(&mut self) -> &mut Header {
        header(&mut self.repository, &self.role)
    }

    /// Publishes everything as it is now, and then spoils what was published.
    pub(super) fn publish(mut self) -> Repository {
        if self.role == "root" {
            self.repository.write_root();
        }
        self.repository.publish();
        for spoil in self.spoils {
            spoil(&mut self.repository.mirror);
        }
        self.repository
    }
}

/// Version and expiry of a role.
pub(super) fn header<'a>(repository: &'a mut Repository, role: &str) -> &'a mut Header {
    match role {
        "root" => &mut repository.root,
        "timestamp" => &mut repository.timestamp,
        "snapshot" => &mut repository.snapshot,
        other => &mut repository.role(other).header,
    }
}

/// Gives a role and all that list it the next version, so that every client fetches them.
pub(super) fn touch(repository: &mut Repository, role: &str) {
    let chain: &[&str] = match role {
        "root" => &["root", "timestamp"],
        "timestamp" => &["timestamp"],
        "snapshot" => &["snapshot", "timestamp"],
        other => &[other, "snapshot", "timestamp"],
    };
    for name in chain {
        header(repository, name).version += 1;
    }
}

/// The member at the end of this path, where there is one.
pub(super) fn member<'a>(json: &'a mut Json, path: &[&str]) -> Option<&'a mut Json> {
    let Some((step, rest)) = path.split_first() else { return Some(json) };
    let next = match json {
        Json::Object(members) => members.iter_mut().find(|(key, _)| key == step).map(|(_, value)| value),
        Json::Array(elements) => step.parse().ok().and_then(|index: usize| elements.get_mut(index)),
        Json::Raw(_) | Json::Text(_) => None,
    }?;
    member(next, rest)
}

/// Sets the member at the end of this path, where the object around it is there. Raw text is signed without its blanks.
pub(super) fn set(json: &mut Json, path: &[&str], value: impl Into<Json>) {
    if let Some((name, around)) = path.split_last()
        && let Some(object @ Json::Object(_)) = member(json, around)
    {
        let value = match value.into() {
            Json::Raw(text) => Json::Raw(text.replace(' ', "")),
            other => other,
        };
        object.set(name, value);
    }
}

/// Removes the member at the end of this path.
pub(super) fn remove(json: &mut Json, path: &[&str]) {
    if let Some((name, around)) = path.split_last()
        && let Some(object @ Json::Object(_)) = member(json, around)
    {
        object.remove(name);
    }
}

/// Adds a member in front of all others, even where there is one of its name.
pub(super) fn push_front(json: &mut Json, path: &[&str], value: Json) {
    if let Some((name, around)) = path.split_last()
        && let Some(Json::Object(members)) = member(json, around)
    {
        members.insert(0, ((*name).to_owned(), value));
    }
}
