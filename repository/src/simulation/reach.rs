//! With which target paths clients come to each role.
//!
//! A hostile repository may have thousands of roles that delegate to each other: each delegation is looked at once.

use std::collections::{BTreeMap, VecDeque};

use tuf_verifier_core::Settings;

use crate::metadata::{ListedDelegation, Scope, TARGETS};
use crate::review::Documents;

/// Bytes of what one delegation trusts with that are repeated.
const MOST_OF_SCOPE: usize = 2000;

/// How clients come to the roles of a repository.
pub(super) struct Reach<'d> {
    pub(super) documents: &'d Documents,
    /// What each role is trusted with, by delegator and role; bins are `PREFIX-*`.
    trusted: BTreeMap<&'d str, BTreeMap<String, Trust<'d>>>,
    /// The role by which clients come to each role that may delegate, on the shortest way, and how long that is.
    above: BTreeMap<&'d str, (&'d str, u32)>,
}

/// What a delegated role is trusted with.
#[derive(Clone, Copy)]
enum Trust<'d> {
    Listed(ListedDelegation<'d>),
    Bins,
}

/// A delegation to several roles on the way to a role, and which of its roles is on that way: what the role signs is the voice of
/// that one, and no more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Voice<'d> {
    pub(super) delegator: &'d str,
    pub(super) delegation: &'d str,
    pub(super) role: String,
}

impl<'d> Reach<'d> {
    pub(super) fn of(documents: &'d Documents) -> Self {
        let trusted =
            documents.targets.keys().map(|role| (role.as_str(), trusted(documents, role))).collect();
        let mut reach = Self { documents, trusted, above: BTreeMap::new() };
        let mut ahead = VecDeque::from([(TARGETS, 0_u32)]);
        // Clients visit no more delegated roles in one search.
        let most = Settings::default().max_delegations;
        while let Some((delegator, length)) = ahead.pop_front() {
            for role in reach.delegators_below(delegator) {
                if length + 1 < most && role != TARGETS && !reach.above.contains_key(role) {
                    reach.above.insert(role, (delegator, length + 1));
                    ahead.push_back((role, length + 1));
                }
            }
        }
        reach
    }

    /// The roles below a role that have metadata, and so may delegate further.
    fn delegators_below(&self, delegator: &str) -> Vec<&'d str> {
        let Some(trusted) = self.trusted.get(delegator) else { return Vec::new() };
        let is_bins = |trust: &Trust<'_>| matches!(trust, Trust::Bins);
        let mut below: Vec<&str> = trusted
            .keys()
            .filter_map(|role| Some(self.documents.targets.get_key_value(role)?.0.as_str()))
            .collect();
        for (bins, _) in trusted.iter().filter(|(_, trust)| is_bins(trust)) {
            let prefix = bins.trim_end_matches('*');
            let after = self.documents.targets.range(prefix.to_owned()..);
            below.extend(after.map(|(role, _)| role.as_str()).take_while(|role| role.starts_with(prefix)));
        }
        below
    }

    /// What a role is trusted with, and within what its delegators are, up to the top-level role; none if no client comes
    /// to it.
    pub(super) fn scope(&self, delegator: &str, role: &str) -> Option<String> {
        let way = self.way(delegator, role)?;
        let scopes: Option<Vec<_>> =
            way.iter().map(|(delegator, role)| self.own_scope(delegator, role)).collect();
        Some(scopes?.join(", within "))
    }

    /// The delegations on the way to a role whose roles must agree.
    pub(super) fn voices(&self, delegator: &str, role: &str) -> Vec<Voice<'d>> {
        let way = self.way(delegator, role).unwrap_or_default();
        let voices = way.into_iter().filter_map(|(delegator, role)| {
            let (delegator, trusted) = self.trusted.get_key_value(delegator.as_str())?;
            match trusted.get(&role)? {
                Trust::Listed(listed) if listed.min_roles_in_agreement() > 1 => {
                    Some(Voice { delegator, delegation: listed.name(), role })
                }
                _ => None,
            }
        });
        voices.collect()
    }

    /// The delegation that a voice is heard in.
    pub(super) fn agreement(&self, voice: &Voice<'d>) -> Option<ListedDelegation<'d>> {
        match self.trusted.get(voice.delegator)?.get(&voice.role)? {
            Trust::Listed(listed) => Some(*listed),
            Trust::Bins => None,
        }
    }

    /// Delegators and roles from a role up to the top-level one.
    fn way(&self, delegator: &str, role: &str) -> Option<Vec<(String, String)>> {
        let mut way = vec![(delegator.to_owned(), role.to_owned())];
        let mut delegator = delegator;
        while delegator != TARGETS {
            // Clients visit a role once: the way to it does not lead through itself.
            let (above, _) = self.above.get(delegator).filter(|_| delegator != role)?;
            way.push(((*above).to_owned(), delegator.to_owned()));
            delegator = above;
        }
        Some(way)
    }

    fn own_scope(&self, delegator: &str, role: &str) -> Option<String> {
        let trusted = self.trusted.get(delegator)?;
        let bins = || trusted.iter().find(|(bins, _)| role.starts_with(bins.trim_end_matches('*')));
        match trusted.get(role).or_else(|| Some(bins()?.1).filter(|trust| matches!(trust, Trust::Bins)))? {
            Trust::Listed(listed) => Some(match listed.scope() {
                Scope::Paths(patterns) => some_of(patterns),
                Scope::PathHashPrefixes(prefixes) => {
                    format!("every path whose hash begins with {}", some_of(prefixes))
                }
            }),
            Trust::Bins => Some("every path".to_owned()),
        }
    }
}

/// The texts, or the beginning of them: they are repeated for every role below.
fn some_of(texts: &[String]) -> String {
    let mut shown = String::new();
    for text in texts {
        let between = if shown.is_empty() { "" } else { " or " };
        if shown.len() + text.len() > MOST_OF_SCOPE {
            return shown + between + "…";
        }
        shown = shown + between + text;
    }
    shown
}

/// A delegator has bins or a list, never both. Of two roles of one name the first one counts that needs no other role.
fn trusted<'d>(documents: &'d Documents, delegator: &str) -> BTreeMap<String, Trust<'d>> {
    let delegations = documents.targets.get(delegator).and_then(|targets| targets.delegations.as_ref());
    let Some(delegations) = delegations else { return BTreeMap::new() };
    let mut listed: Vec<_> = delegations.listed().collect();
    listed.reverse();
    listed.sort_by_key(|listed| std::cmp::Reverse(listed.min_roles_in_agreement()));
    let roles = listed
        .into_iter()
        .flat_map(|listed| listed.roles().map(move |role| (role.name.to_owned(), Trust::Listed(listed))));
    let bins = delegations.bins().map(|bins| (format!("{}-*", bins.name_prefix), Trust::Bins));
    roles.chain(bins).collect()
}
