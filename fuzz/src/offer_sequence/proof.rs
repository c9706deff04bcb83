//! Whether files prove a verdict: thresholds, versions, listings and expiries, judged again over whole files.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use tuf_tests::{Authority, Succinct, sha256};
use tuf_verifier_core::{Report, Target, UnixTime};

use crate::glob;
use crate::signed::Signed;
use crate::tree::Tree;

/// The files that a cycle was offered and accepted.
#[derive(Clone)]
pub(super) struct Offered {
    files: Vec<Rc<File>>,
    now: i64,
    report: Option<Report>,
}

struct File {
    bytes: Vec<u8>,
    signed: Signed,
}

/// One way in which the top-level files prove a report.
pub(super) struct Line<'a> {
    offered: &'a Offered,
    snapshot: &'a File,
    targets: &'a File,
}

impl Offered {
    /// The pinned root, and the fixed update start time.
    pub(super) fn new(pinned: &[u8], now: i64) -> Self {
        let mut offered = Self { files: Vec::new(), now, report: None };
        offered.extend([pinned.to_vec()]);
        offered
    }

    /// Takes files that were accepted. What is no metadata proves nothing.
    pub(super) fn extend(&mut self, bytes: impl IntoIterator<Item = Vec<u8>>) {
        for bytes in bytes {
            if self.files.iter().all(|file| file.bytes != bytes) {
                self.files.extend(File::read(bytes));
            }
        }
    }

    /// Remembers what the refresh ended with.
    pub(super) fn refreshed(&mut self, report: &Report) {
        self.report = Some(report.clone());
    }

    /// What the refresh ended with.
    pub(super) fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Every way in which the files prove a report.
    pub(super) fn lines(&self, report: &Report) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        for root in self.roots(report.root.version).into_iter().filter(|root| self.current(root)) {
            for timestamp in self.of("timestamp", report.timestamp.version).filter(|file| meets(file, root)) {
                let snapshots = self.of("snapshot", report.snapshot.version).filter(|file| meets(file, root));
                for snapshot in snapshots.filter(|file| listed(timestamp, "snapshot.json", file)) {
                    let line = |targets| Line { offered: self, snapshot, targets };
                    let top = line(root);
                    let targets = top.metadata("targets", role_of(root, "targets"));
                    let targets =
                        targets.into_iter().filter(|file| file.is("targets", report.targets.version));
                    lines.extend(targets.map(line));
                }
            }
        }
        lines
    }

    /// The roots of this version to which a chain leads from the pinned one, which is the first file.
    fn roots(&self, version: u64) -> Vec<&File> {
        let mut trusted: Vec<&File> = self.files.first().map(|file| &**file).into_iter().collect();
        let pinned = trusted.first().and_then(|file| file.signed.version()).unwrap_or_default();
        for next in pinned + 1..=version {
            let candidates = self.files.iter().map(|file| &**file);
            let candidates = candidates.filter(|file| file.is("root", next) && meets(file, file));
            trusted = candidates.filter(|file| trusted.iter().any(|before| meets(file, before))).collect();
        }
        trusted
    }

    /// The files of a kind and a version that have not expired.
    fn of(&self, kind: &str, version: u64) -> impl Iterator<Item = &File> {
        let files = self.files.iter().map(|file| &**file);
        files.filter(move |file| file.is(kind, version) && self.current(file))
    }

    fn current(&self, file: &File) -> bool {
        let expires = file.signed.part.get("expires").and_then(Tree::text);
        expires.and_then(UnixTime::parse).is_some_and(|expires| expires.0 > self.now)
    }
}

/// Files that are kept, at most.
const KEPT: usize = 4_000;

thread_local! {
    /// Most files of an input are those of others too: what was read and compared is kept.
    static READ: RefCell<HashMap<Vec<u8>, Option<Rc<File>>>> = RefCell::default();
}

impl File {
    /// Bytes become a file. `None` where they are no metadata.
    fn read(bytes: Vec<u8>) -> Option<Rc<Self>> {
        READ.with_borrow_mut(|read| {
            if read.len() >= KEPT {
                read.clear();
            }
            let file = read.entry(bytes).or_insert_with_key(|bytes| {
                let signed = Signed::read(bytes)?;
                Some(Rc::new(Self { bytes: bytes.clone(), signed }))
            });
            file.clone()
        })
    }

    fn is(&self, kind: &str, version: u64) -> bool {
        self.signed.kind() == Some(kind) && self.signed.version() == Some(version)
    }
}

/// Who may sign: what has `keyids` and `threshold`, and the keys by keyid.
type Signers = (Tree, Tree);

/// Whether a file is signed as a root says of the role that the file is of.
fn meets(file: &File, root: &File) -> bool {
    file.signed
        .kind()
        .and_then(|kind| role_of(root, kind))
        .is_some_and(|(role, keys)| file.signed.meets(&role, &keys))
}

/// Who may sign for a top-level role.
fn role_of(root: &File, role: &str) -> Option<Signers> {
    let listed = root.signed.part.get("roles").and_then(|roles| roles.get(role));
    Some((listed?.clone(), root.signed.part.get("keys")?.clone()))
}

/// Whether a file is what another lists under a name: version, and length and SHA-256 where they are listed.
fn listed(lister: &File, name: &str, file: &File) -> bool {
    let Some(entry) = lister.signed.part.get("meta").and_then(|meta| meta.get(name)) else { return false };
    let length = entry.get("length").and_then(Tree::number);
    let digest = entry.get("hashes").and_then(|hashes| hashes.get("sha256")).and_then(Tree::text);
    entry.get("version").and_then(Tree::number) == file.signed.version()
        && length.is_none_or(|length| length == file.bytes.len() as u64)
        && digest.is_none_or(|digest| digest == sha256(&file.bytes))
}

impl<'a> Line<'a> {
    /// Whether delegations lead from the top-level targets role to the role that lists a target as it was found.
    pub(super) fn lead_to(&self, target: &Target) -> bool {
        self.leads("targets", self.targets, target, &mut BTreeSet::new())
    }

    fn leads(&self, role: &str, file: &File, target: &Target, before: &mut BTreeSet<String>) -> bool {
        if *role == *target.role && lists(file, target) {
            return true;
        }
        if !before.insert(role.to_owned()) {
            return false;
        }
        let Some(delegations) = file.signed.part.get("delegations") else { return false };
        let keys = delegations.get("keys").unwrap_or(delegations);
        delegated(delegations, &target.path).into_iter().any(|(name, authority)| {
            self.metadata(&name, Some((authority.clone(), keys.clone())))
                .into_iter()
                .any(|file| self.leads(&name, file, target, &mut before.clone()))
        })
    }

    /// The files of a targets role that the snapshot lists and that those signed who may, after all rotations.
    fn metadata(&self, role: &str, signers: Option<Signers>) -> Vec<&'a File> {
        let name = format!("{role}.json");
        let entry = self.snapshot.signed.part.get("meta").and_then(|meta| meta.get(&name));
        let version = entry.and_then(|entry| entry.get("version")).and_then(Tree::number).unwrap_or_default();
        let Some((role, keys)) = signers.and_then(|signers| self.rotated(role, signers)) else {
            return Vec::new();
        };
        let files = self.offered.of("targets", version);
        files.filter(|file| listed(self.snapshot, &name, file) && file.signed.meets(&role, &keys)).collect()
    }

    /// Who may sign for a role after the rotations that the snapshot lists. `None` where one of them is missing, is not
    /// signed by those who might until then, or leads to no key.
    fn rotated(&self, role: &str, signers: Signers) -> Option<Signers> {
        let mut current = signers;
        for version in 1.. {
            let name = format!("rotate/{role}.rotate.{version}");
            if self.snapshot.signed.part.get("meta").and_then(|meta| meta.get(&name)).is_none() {
                break;
            }
            let mut files = self.offered.files.iter().filter(|file| file.is("rotate", version));
            let file = files.find(|file| {
                file.signed.part.get("role").and_then(Tree::text) == Some(role)
                    && listed(self.snapshot, &name, file)
                    && file.signed.meets(&current.0, &current.1)
            })?;
            let keys = file.signed.part.get("keys").filter(|keys| !keys.members().is_empty())?;
            let keyids = keys.members().iter().map(|(keyid, _)| Tree::Text(keyid.clone())).collect();
            let threshold = file.signed.part.get("threshold")?.clone();
            let members = [("keyids", Tree::Array(keyids)), ("threshold", threshold)];
            let members = members.map(|(name, value)| (name.to_owned(), value)).into();
            current = (Tree::Object(members), keys.clone());
        }
        Some(current)
    }
}

/// Whether a file lists a target with the length and the hashes that were found.
fn lists(file: &File, target: &Target) -> bool {
    let entry = file.signed.part.get("targets").and_then(|targets| targets.get(&target.path));
    entry.is_some_and(|entry| {
        let hashes = entry.get("hashes").map(Tree::members).unwrap_or_default();
        let same = |hash: &tuf_verifier_core::Hash| {
            hashes
                .iter()
                .any(|(name, digest)| *name == *hash.algorithm && digest.text() == Some(&hash.digest))
        };
        entry.get("length").and_then(Tree::number) == Some(target.length)
            && hashes.len() == target.hashes.len()
            && target.hashes.iter().all(same)
    })
}

/// The delegations that cover a path: each the name of the role, and what says who may sign for it.
fn delegated<'a>(delegations: &'a Tree, path: &str) -> Vec<(String, &'a Tree)> {
    let mut found = Vec::new();
    for role in delegations.get("roles").map(Tree::items).unwrap_or_default() {
        let texts = |name: &str| role.get(name).map(Tree::items).unwrap_or_default().iter();
        let by_path = texts("paths").filter_map(Tree::text).any(|pattern| glob::covers(pattern, path));
        let hash = sha256(path.as_bytes());
        let by_hash =
            texts("path_hash_prefixes").filter_map(Tree::text).any(|prefix| hash.starts_with(prefix));
        if by_path || by_hash {
            found.extend(role.get("name").and_then(Tree::text).map(|name| (name.to_owned(), role)));
        }
    }
    found.extend(delegations.get("succinct_roles").and_then(|bins| Some((bin(bins, path)?, bins))));
    found
}

/// The name of the bin that a path belongs to.
fn bin(bins: &Tree, path: &str) -> Option<String> {
    let bit_length = bins.get("bit_length")?.number()?.try_into().ok()?;
    let name_prefix = bins.get("name_prefix")?.text()?.to_owned();
    Some(Succinct { authority: Authority::any_of(&[]), bit_length, name_prefix }.bin_of(path))
}
