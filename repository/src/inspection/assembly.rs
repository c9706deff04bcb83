//! From judged files and their documents to what is said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tuf_verifier_core::UnixTime;

use super::Question;
use super::documents::{Shown, ShownRotation};
use super::findings::{MOST_PATHS, disagreements, findings};
use super::judgement::{Judged, Judgement, State, Verdict};
use super::report::{
    BinsReport, Inspection, KeyReport, NextExpiry, RoleReport, RootReport, RotationReport, SharedKey,
    TargetsReport,
};
use crate::clients::{ClientProfile, Obstacle, Tree, TreeFile};
use crate::metadata::{
    Delegations, Key, ROOT, Rotate, SNAPSHOT, Scope, SuccinctRoles, TARGETS, TIMESTAMP, Targets, sha256_hex,
};
use crate::review::duties::{Materials, duties, roles_of_keys};
use crate::review::{Documents, KeyNames};
use crate::source::Source;

/// Root metadata that the judgement starts from.
#[derive(Debug)]
pub(super) struct Start {
    /// Its file in the repository; none if somebody gave it.
    pub(super) file: Option<String>,
    pub(super) bytes: Rc<[u8]>,
}

/// Fields of keys in which tools write who has them.
const OWNER_FIELDS: [&str; 2] = ["x-tuf-on-ci-keyowner", "x-tuf-on-ci-online-uri"];

/// The names that are known here, and otherwise those that the repository itself gives its keys.
pub(super) fn names(documents: &Documents, known: &KeyNames) -> KeyNames {
    let mut names = known.clone();
    let of_root = documents.root.iter().flat_map(|root| &root.keys);
    let delegations = documents.targets.values().filter_map(|targets| targets.delegations.as_ref());
    let of_rotations = documents.rotated.values().flat_map(|rotated| &rotated.keys);
    let listed = of_root.chain(delegations.flat_map(|delegations| &delegations.keys));
    for (keyid, key) in listed.chain(of_rotations) {
        let owner = OWNER_FIELDS.iter().find_map(|field| key.unrecognized.get(*field)?.as_str());
        if let Some(owner) = owner {
            names.add(keyid, &shortened(owner));
        }
    }
    names
}

/// Names of cloud keys are long, and differ at their end.
fn shortened(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    match characters.len().checked_sub(40) {
        None | Some(0) => name.to_owned(),
        Some(_) => {
            let (beginning, end) = (&characters[..15], &characters[characters.len() - 24..]);
            beginning.iter().chain(&['…']).chain(end).collect()
        }
    }
}

/// What a report is made of.
pub(super) struct Material<'m> {
    pub(super) source: &'m dyn Source,
    pub(super) question: &'m Question,
    pub(super) start: &'m Start,
    /// Judged at the time of the question.
    pub(super) current: Judgement,
    /// Judged as if nothing could expire.
    pub(super) authentic: Judgement,
    pub(super) shown: &'m Shown,
    pub(super) names: &'m KeyNames,
}

/// Who may sign for a role, and what it is trusted with, as one document says it.
struct Listing<'m> {
    role: &'m str,
    delegator: Option<&'m str>,
    depth: usize,
    keyids: &'m [String],
    threshold: u64,
    keys: &'m BTreeMap<String, Key>,
    scope: Option<String>,
    terminating: bool,
    /// How many roles must agree, and which.
    agreement: Option<String>,
}

impl Material<'_> {
    pub(super) fn report(&self) -> Inspection {
        let documents = &self.shown.documents;
        let mut roles: Vec<RoleReport> = self.listings().iter().map(|listing| self.role(listing)).collect();
        let bins = self.bins();
        let shared_keys = self.shared_keys();
        let next_expiry = next_expiry(&roles, &bins, self.question.at);
        let refused = self.authentic.files.iter().filter(|judged| judged.verdict.state != State::Accepted);
        let refused = refused.map(|judged| judged.role.as_str()).collect();
        let (disagreements, all_paths) = disagreements(documents, &refused);
        let mut findings = findings(documents, self.names, self.question.at);
        findings.extend(disagreements);
        // A role with several delegators is in the list for each.
        roles.dedup_by(|one, other| one.role == other.role && one.delegator == other.delegator);
        Inspection {
            location: self.source.location(),
            at: self.question.at,
            verdict: self.verdict(),
            root_confirmed: self.start.file.is_none(),
            roots: self.roots(),
            roles,
            bins,
            shared_keys,
            next_expiry,
            findings,
            other_clients: self.other_clients(),
            not_checked: self.not_checked(all_paths),
        }
    }

    /// What is wrong with signatures weighs more than what has expired.
    fn verdict(&self) -> Verdict {
        let failure = self.authentic.first_failure().or_else(|| self.current.first_failure());
        failure.map_or_else(Verdict::accepted, |judged| judged.verdict.clone())
    }

    fn roots(&self) -> Vec<RootReport> {
        let expired = self.current.roots.last().map(|root| &root.file);
        let report = |root: &Judged| {
            let verdict = match expired == Some(&root.file) {
                true => self.current.roots.last().map_or_else(Verdict::accepted, |root| root.verdict.clone()),
                false => root.verdict.clone(),
            };
            let sha256 = root.bytes.as_ref().map(|bytes| sha256_hex(bytes));
            RootReport { file: root.file.clone(), sha256, verdict }
        };
        self.authentic.roots.iter().map(report).collect()
    }

    /// Every role that is not a bin, in the order in which clients look.
    fn listings(&self) -> Vec<Listing<'_>> {
        let documents = &self.shown.documents;
        let mut found = Vec::new();
        if let Some(root) = &documents.root {
            for name in [ROOT, TIMESTAMP, SNAPSHOT, TARGETS] {
                if let Some(role) = root.roles.get(name) {
                    found.push(Listing {
                        role: name,
                        delegator: None,
                        depth: 0,
                        keyids: &role.keyids,
                        threshold: role.threshold,
                        keys: &root.keys,
                        scope: None,
                        terminating: false,
                        agreement: None,
                    });
                }
            }
        }
        self.delegated(&mut found);
        found
    }

    /// Each role stands beneath the first one that delegates to it.
    fn delegated<'s>(&'s self, found: &mut Vec<Listing<'s>>) {
        let all = &self.shown.documents.targets;
        let roles_of = |delegations: &'s Delegations| {
            let roles =
                delegations.listed().flat_map(|listed| listed.roles().map(move |role| (listed, role)));
            roles.collect::<Vec<_>>().into_iter()
        };
        let delegations = |role: &str| {
            all.get_key_value(role)
                .and_then(|(name, targets)| Some((name.as_str(), targets.delegations.as_ref()?)))
        };
        let mut seen = BTreeSet::from([TARGETS]);
        let mut to_visit = Vec::new();
        to_visit.extend(delegations(TARGETS).map(|(name, below)| (name, below, 1, roles_of(below))));
        while let Some((delegator, delegations_of, depth, mut roles)) = to_visit.pop() {
            let Some((listed, role)) = roles.next() else { continue };
            to_visit.push((delegator, delegations_of, depth, roles));
            found.push(Listing {
                role: role.name,
                delegator: Some(delegator),
                depth,
                keyids: role.keyids,
                threshold: role.threshold,
                keys: &delegations_of.keys,
                scope: Some(scope(listed.scope())),
                terminating: listed.terminating(),
                agreement: listed.agreement(),
            });
            if seen.insert(role.name)
                && let Some((name, below)) = delegations(role.name)
            {
                to_visit.push((name, below, depth + 1, roles_of(below)));
            }
        }
    }

    fn role(&self, listing: &Listing<'_>) -> RoleReport {
        let documents = &self.shown.documents;
        let head = match listing.role {
            ROOT => documents.root.as_ref().map(|root| (root.version, root.expires)),
            TIMESTAMP => documents.timestamp.as_ref().map(|timestamp| (timestamp.version, timestamp.expires)),
            SNAPSHOT => documents.snapshot.as_ref().map(|snapshot| (snapshot.version, snapshot.expires)),
            role => documents.targets.get(role).map(|targets| (targets.version, targets.expires)),
        };
        let targets = documents.targets.get(listing.role).map(count);
        let rotated = documents.rotated.get(listing.role);
        let listed = (listing.threshold, listing.keyids, listing.keys);
        let (threshold, keyids, keys) =
            rotated.map_or(listed, |it| (it.threshold, it.keyids.as_slice(), &it.keys));
        RoleReport {
            role: listing.role.to_owned(),
            delegator: listing.delegator.map(str::to_owned),
            depth: listing.depth,
            version: head.map(|(version, _)| version),
            expires: head.map(|(_, expires)| expires),
            length: self.shown.files.get(listing.role).map(|file| file.bytes.len()),
            threshold,
            keys: self.keys(listing.role, keyids, keys),
            rotations: self.rotations(listing.role),
            scope: listing.scope.clone(),
            terminating: listing.terminating,
            agreement: listing.agreement.clone(),
            targets,
            verdict: self.verdict_of(listing.role),
        }
    }

    fn rotations(&self, role: &str) -> Vec<RotationReport> {
        let is_revoked = self.shown.documents.rotated.get(role).is_some_and(|rotated| rotated.is_revoked);
        let files = self.shown.rotations.get(role).map(Vec::as_slice).unwrap_or_default();
        let report = |(index, file): (usize, &ShownRotation)| {
            let revokes = is_revoked && index + 1 == files.len();
            let rotate = file.rotate.as_ref().filter(|_| !revokes);
            let described = |rotate: &Rotate| {
                rotate.keys.iter().map(|(keyid, key)| self.names.describe(keyid, Some(key))).collect()
            };
            RotationReport {
                version: u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1),
                threshold: rotate.map_or(1, |rotate| rotate.threshold),
                keys: rotate.map(described).unwrap_or_default(),
                signed_by: file.signatures.iter().map(|one| self.names.short(&one.keyid)).collect(),
                revokes,
            }
        };
        files.iter().enumerate().map(report).collect()
    }

    /// The worst that is said of a role's files.
    fn verdict_of(&self, role: &str) -> Verdict {
        let of = |judgement: &Judgement| -> Option<Verdict> {
            let files = judgement.roots.iter().chain(&judgement.files).filter(|judged| judged.role == role);
            files.map(|judged| judged.verdict.clone()).max_by_key(|verdict| verdict.state)
        };
        let authentic = of(&self.authentic);
        let worst = authentic.filter(|verdict| verdict.state != State::Accepted);
        let expired = |judgement: &Judgement| of(judgement).filter(|verdict| verdict.state == State::Expired);
        if let Some(verdict) = worst.or_else(|| expired(&self.current)) {
            return verdict;
        }
        // The judgement at that time ended before it came to this role.
        let expires = self.expires(role);
        match (of(&self.authentic), expires) {
            (Some(_), Some(expires)) if expires.0 <= self.question.at.0 => {
                Verdict { state: State::Expired, code: None, message: None }
            }
            (Some(verdict), _) => verdict,
            (None, _) => Verdict { state: State::Unread, code: None, message: None },
        }
    }

    fn expires(&self, role: &str) -> Option<UnixTime> {
        let documents = &self.shown.documents;
        match role {
            ROOT => documents.root.as_ref().map(|root| root.expires),
            TIMESTAMP => documents.timestamp.as_ref().map(|timestamp| timestamp.expires),
            SNAPSHOT => documents.snapshot.as_ref().map(|snapshot| snapshot.expires),
            role => documents.targets.get(role).map(|targets| targets.expires),
        }
    }

    fn keys(&self, role: &str, keyids: &[String], keys: &BTreeMap<String, Key>) -> Vec<KeyReport> {
        let signatures =
            self.shown.files.get(role).map(|file| file.signatures.as_slice()).unwrap_or_default();
        let signed: BTreeSet<&String> =
            signatures.iter().filter(|one| !one.sig.is_empty()).map(|one| &one.keyid).collect();
        let report = |keyid: &String| KeyReport {
            keyid: keyid.clone(),
            name: self.names.name(keyid).map(str::to_owned),
            scheme: keys.get(keyid).map(|key| key.scheme.clone()),
            has_signed: signed.contains(keyid),
        };
        keyids.iter().map(report).collect()
    }

    fn bins(&self) -> Vec<BinsReport> {
        let delegations = self.shown.documents.targets.iter();
        let delegations =
            delegations.filter_map(|(role, targets)| Some((role, targets.delegations.as_ref()?)));
        let bins = delegations.filter_map(|(role, delegations)| {
            Some(self.bins_of(role, delegations.bins()?, &delegations.keys))
        });
        bins.collect()
    }

    fn bins_of(&self, delegator: &str, bins: &SuccinctRoles, keys: &BTreeMap<String, Key>) -> BinsReport {
        let prefix = format!("{}-", bins.name_prefix);
        let mut report = BinsReport {
            delegator: delegator.to_owned(),
            name_prefix: bins.name_prefix.clone(),
            count: 1_u64.checked_shl(bins.bit_length).unwrap_or(u64::MAX),
            read: 0,
            unpublished: 0,
            threshold: bins.threshold,
            keys: self.keys("", &bins.keyids, keys),
            targets: TargetsReport::default(),
            longest: 0,
            expires: None,
            failed: Vec::new(),
        };
        for judged in self.authentic.files.iter().filter(|judged| judged.role.starts_with(&prefix)) {
            match judged.verdict.state {
                State::Unpublished => report.unpublished += 1,
                State::Accepted => {}
                _ => report.failed.push((judged.role.clone(), judged.verdict.clone())),
            }
            let Some(targets) = self.shown.documents.targets.get(&judged.role) else { continue };
            let counted = count(targets);
            report.read += 1;
            report.targets.count += counted.count;
            report.targets.bytes = report.targets.bytes.saturating_add(counted.bytes);
            report.longest = report.longest.max(judged.bytes.as_ref().map_or(0, |bytes| bytes.len()));
            let earliest =
                report.expires.into_iter().chain([targets.expires]).min_by_key(|expires| expires.0);
            report.expires = earliest;
        }
        // Any signature stands for all of them: the core has counted those of each.
        let signed = self.shown.files.iter().find(|(role, _)| role.starts_with(&prefix));
        if let Some((role, _)) = signed {
            report.keys = self.keys(role, &bins.keyids, keys);
        }
        report
    }

    /// Keys by what they are made of, whatever their keyids: a keyid is a name within one document, and may be another key's in
    /// the next one.
    fn shared_keys(&self) -> Vec<SharedKey> {
        let materials = Materials::of(&self.shown.documents);
        let duties = duties(&self.shown.documents, &materials);
        let mut first: BTreeMap<&[u8], &str> = BTreeMap::new();
        for (keyid, material) in duties.values().flat_map(|duty| duty.materials()) {
            first.entry(material).or_insert(keyid);
        }
        let shared = roles_of_keys(&duties).into_iter().filter(|(_, roles)| roles.len() > 1);
        let mut shared: Vec<SharedKey> = shared
            .map(|(material, roles)| SharedKey {
                key: self.names.short(first.get(material).copied().unwrap_or_default()),
                roles: roles.into_iter().collect(),
            })
            .collect();
        // By what is shown: nobody can see how public keys are ordered.
        shared.sort_by(|one, other| (&one.key, &one.roles).cmp(&(&other.key, &other.roles)));
        shared
    }

    fn other_clients(&self) -> Vec<Obstacle> {
        let files = self.shown.files.iter();
        let files = files.map(|(role, file)| TreeFile { role, bytes: &file.bytes }).collect();
        let rotations = u64::try_from(self.authentic.roots.len().saturating_sub(1)).unwrap_or(u64::MAX);
        let tree = Tree { documents: &self.shown.documents, files, root_rotations: rotations };
        ClientProfile::ALL.into_iter().flat_map(|client| tree.check(client)).collect()
    }

    fn not_checked(&self, all_paths: bool) -> Vec<String> {
        let mut found = Vec::new();
        if !all_paths {
            found.push(format!(
                "whether roles that must agree list more than {MOST_PATHS} targets alike: only so many are looked at"
            ));
        }
        if let Some(file) = &self.start.file {
            found.push(format!(
                "whether {file} is the right root metadata: it comes from the repository itself, which proves nothing. \
                 `--root FILE` starts from root metadata that you have from elsewhere"
            ));
        }
        found.push("the bytes of target files: only what metadata says of them".to_owned());
        found.push("whether an older or a newer state was served before: nothing is remembered".to_owned());
        if self.authentic.unread_roles {
            found.push(format!(
                "some delegated roles: there are more than the {} that are read",
                self.question.most_roles
            ));
        }
        if self.authentic.unread_roots {
            found.push("the newest root metadata: there is more than is followed".to_owned());
        }
        for (file, reason) in &self.shown.unreadable {
            found.push(format!("what is in {file}, which cannot be shown: {reason}"));
        }
        for waiver in &self.authentic.waivers {
            found.push(format!("the strict form of metadata: {waiver}"));
        }
        found
    }
}

/// The scope of a delegation in words.
fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Paths(patterns) if patterns.is_empty() => "no path".to_owned(),
        Scope::Paths(patterns) => patterns.join(", "),
        Scope::PathHashPrefixes(prefixes) => format!("hash prefixes {}", prefixes.join(", ")),
    }
}

fn count(targets: &Targets) -> TargetsReport {
    let bytes = targets.targets.values().fold(0_u64, |sum, target| sum.saturating_add(target.length));
    TargetsReport { count: targets.targets.len(), bytes }
}

/// What has expired already is told by its verdict. Nobody renews a role that has revoked itself.
fn next_expiry(roles: &[RoleReport], bins: &[BinsReport], at: UnixTime) -> Option<NextExpiry> {
    let roles = roles.iter().filter(|role| role.verdict.state != State::Revoked);
    let of_roles = roles.filter_map(|role| Some((role.role.clone(), role.expires?)));
    let of_bins = bins.iter().filter_map(|bins| Some((format!("{}-*", bins.name_prefix), bins.expires?)));
    let to_come = of_roles.chain(of_bins).filter(|(_, expires)| expires.0 > at.0);
    let next = to_come.min_by_key(|(_, expires)| expires.0)?;
    Some(NextExpiry { role: next.0, expires: next.1 })
}
