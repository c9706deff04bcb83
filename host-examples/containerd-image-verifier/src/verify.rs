//! Asks a repository for targets: over the network, or of the trusted store where the network does not answer.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use tuf_verifier_host::source::Timeouts;
use tuf_verifier_host::{
    Client, Error, FolderStore, HttpSource, Lookup, OciSource, Report, SandboxLimits, Session, Settings,
    Source, SourceError, StoreError, with_causes,
};

use crate::bounded::Bounded;
use crate::policy::{RepositoryPolicy, Unreachable};
use crate::state::State;
use crate::verdict::{Metadata, Verdict};

/// Bytes of the pinned root that are read at most.
pub(crate) const MAX_ROOT: u64 = 512_000;

/// What a repository says of some target paths.
#[derive(Debug)]
pub(crate) struct Consulted {
    pub(crate) report: Report,
    /// In the order of the paths.
    pub(crate) lookups: Vec<Lookup>,
    /// Why the trusted store alone was used.
    pub(crate) unreachable: Option<String>,
}

/// Looks paths up, with metadata as fresh as the policy asks for.
///
/// A verdict of the verifier is final. Where the network gave none, the trusted store serves as long as all of it is
/// unexpired, if the policy says so; it is verified again from the pinned root.
///
/// # Errors
/// The verdict that blocks the pull.
pub(crate) fn consult(
    repository: &RepositoryPolicy,
    state: &State,
    deadline: Duration,
    started: Instant,
    paths: &[String],
) -> Result<Consulted, Verdict> {
    let root = read_root(&repository.root).map_err(|error| {
        let words = format!("cannot read the root {}: {error}", repository.root.display());
        Verdict::block("policy-unusable", words)
    })?;
    let times = Times { started, deadline };
    let settings = Settings { fresh_for: repository.refresh_interval.as_secs(), ..Settings::default() };
    match online(repository, state, times, root.clone(), settings, paths) {
        Ok((report, lookups)) => Ok(Consulted { report, lookups, unreachable: None }),
        Err(Error::Source(error)) if is_a_setting(&error) => Err(refused(&error.into())),
        Err(Error::Source(error)) if repository.unreachable == Unreachable::CachedUnexpired => {
            let why = with_causes(&error);
            match offline(state, times, root, paths) {
                Ok((report, lookups)) => Ok(Consulted { report, lookups, unreachable: Some(why) }),
                Err(stored) => Err(neither(&stored, &why)),
            }
        }
        Err(Error::Source(error)) => Err(unreachable(&with_causes(&error))),
        Err(error) => Err(refused(&error)),
    }
}

/// Replaces the line of roots of a repository's store by that of its pinned root, whatever it was, and says what is
/// trusted then. A pinned root of the store's own line keeps the store with its floors.
///
/// # Errors
/// The verdict, with the store as it was.
pub(crate) fn replace_root_line(
    repository: &RepositoryPolicy,
    state: &State,
    deadline: Duration,
    started: Instant,
) -> Result<Report, Verdict> {
    let root = read_root(&repository.root).map_err(|error| {
        let words = format!("cannot read the root {}: {error}", repository.root.display());
        Verdict::block("policy-unusable", words)
    })?;
    let settings = Settings { replace_root_line: true, ..Settings::default() };
    let (report, _) = online(repository, state, Times { started, deadline }, root, settings, &[])
        .map_err(|error| refused(&error))?;
    Ok(report)
}

/// The pinned root of a repository.
///
/// # Errors
/// It cannot be read, or is too long.
pub(crate) fn read_root(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_ROOT + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_ROOT {
        true => Err(io::Error::other(format!("it is longer than {MAX_ROOT} bytes"))),
        false => Ok(bytes),
    }
}

/// How the time of one decision is shared out: half for the last request to begin, 5/16 for one request, and the rest
/// for the trusted store.
#[derive(Clone, Copy)]
struct Times {
    started: Instant,
    deadline: Duration,
}

impl Times {
    fn begin(self) -> Duration {
        self.deadline / 2
    }

    /// When the last request to the mirror of this number (0 is the first that is asked) may begin, of as many mirrors: each
    /// has its part of the time, so that a slow one leaves the rest to the others. What it does not use is theirs.
    fn begin_at(self, number: usize, mirrors: u32) -> Duration {
        let before = u32::try_from(number).unwrap_or(mirrors).min(mirrors - 1);
        self.begin() * (before + 1) / mirrors
    }

    /// The limits of each of some requests that make one answer together, of one of some mirrors.
    fn within(self, requests: u32, mirrors: u32) -> Timeouts {
        let request = self.deadline * 5 / (16 * requests * mirrors);
        Timeouts {
            connect: request,
            response: request,
            idle: request,
            window: request,
            min_bytes: 1,
            metadata: request,
            target: Some(request),
        }
    }
}

type Answers = (Report, Vec<Lookup>);

fn online(
    repository: &RepositoryPolicy,
    state: &State,
    times: Times,
    root: Vec<u8>,
    settings: Settings,
    paths: &[String],
) -> Result<Answers, Error> {
    let store = FolderStore::open(state.store())?.patience(times.begin());
    let remembers = repository.unreachable == Unreachable::CachedUnexpired;
    let source = |(number, url): (usize, &String)| -> Result<_, SourceError> {
        let limit = times.begin_at(number, repository.mirrors());
        Ok(Bounded {
            source: open(repository, url, times)?,
            until: times.started + limit,
            limit,
            outage: remembers.then(|| state.outage(number)),
        })
    };
    let mut sources = repository.metadata.iter().enumerate().map(source);
    let first = sources.next().ok_or_else(|| nowhere(&repository.name))??;
    let mut client = Client::new(root, first, store);
    for mirror in sources {
        client = client.mirror(mirror?);
    }
    let client = client.settings(settings).sandbox_limits(limits(times));
    answer(client.refresh()?, paths)
}

/// The source behind a base URL, or behind the name of a repository in a registry.
fn open(repository: &RepositoryPolicy, url: &str, times: Times) -> Result<Box<dyn Source>, SourceError> {
    if !url.starts_with("oci") {
        let mut source = HttpSource::builder(url, url).timeouts(times.within(1, repository.mirrors()));
        if let Some(file) = &repository.ca_file {
            source = source.ca_file(file);
        }
        return Ok(Box::new(source.retries(0).user_agent(USER_AGENT).build()?));
    }
    // A tag and a blob, and perhaps a token before.
    let mut source = OciSource::builder(url).timeouts(times.within(3, repository.mirrors()));
    if let Some(file) = &repository.ca_file {
        source = source.ca_file(file);
    }
    if let Some(file) = &repository.auth_file {
        source = source.auth_file(file);
    }
    Ok(Box::new(source.retries(0).user_agent(USER_AGENT).build()?))
}

fn offline(state: &State, times: Times, root: Vec<u8>, paths: &[String]) -> Result<Answers, Error> {
    let store = FolderStore::read_only(state.store())?.patience(times.deadline / 8);
    answer(Client::offline(root, store).sandbox_limits(limits(times)).refresh()?, paths)
}

fn answer(session: Session, paths: &[String]) -> Result<Answers, Error> {
    let lookups = paths.iter().map(|path| session.find(path)).collect::<Result<_, _>>()?;
    Ok((session.report().clone(), lookups))
}

fn limits(times: Times) -> SandboxLimits {
    SandboxLimits { computation: times.deadline, ..SandboxLimits::default() }
}

fn nowhere(name: &str) -> SourceError {
    SourceError::Unusable { location: name.to_owned(), reason: "the policy names no URL".to_owned() }
}

/// Whether nothing was asked because of what the policy or the metadata says.
fn is_a_setting(error: &SourceError) -> bool {
    matches!(error, SourceError::Unusable { .. } | SourceError::Name { .. })
}

/// What kept the verifier from accepting something, under its own code.
fn refused(error: &Error) -> Verdict {
    Verdict::block(error.code(), with_causes(error)).with(Metadata::NotAccepted)
}

fn unreachable(why: &str) -> Verdict {
    Verdict::block("unreachable", why).with(Metadata::NotAccepted)
}

/// Neither the network nor the trusted store: a store that lacks something says nothing more than the network.
///
/// Offline, nobody offers anything: a stored file that does not fit the stored metadata that lists it was not fetched any
/// more, when a refresh ended before its end. That is no attack, and the file that is needed is not in the store.
fn neither(stored: &Error, why: &str) -> Verdict {
    if stored.code() == "mix-and-match" {
        return unreachable(&format!(
            "{why}; the trusted store cannot answer in its place: not-in-store: the last refresh was not finished"
        ));
    }
    let lacking = matches!(stored, Error::Offline { .. } | Error::Store(StoreError::Open { .. }));
    if lacking || stored.code() == "not-in-store" {
        return unreachable(&format!(
            "{why}; the trusted store cannot answer in its place: {}",
            with_causes(stored)
        ));
    }
    let words = format!("{}; the repository is unreachable: {why}", with_causes(stored));
    Verdict::block(stored.code(), words).with(Metadata::NotAccepted)
}

const USER_AGENT: &str = concat!("tuf-image-verifier/", env!("CARGO_PKG_VERSION"));
