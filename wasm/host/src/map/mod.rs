//! Several repositories: a map file says which are asked for a target, and how many must agree (TAP 4).

mod error;
mod lookup;

pub use crate::records::MappedRepository;
pub use error::MapError;
pub use lookup::{Listed, MapLookup, MapNotFound, MapTarget, Unlisted};

use std::fmt;
use std::path::{Path, PathBuf};

use crate::client::{Client, Downloaded, Lookup, Session};
use crate::error::Error;
use crate::records::{Listing, MapRequest, NotFound, NotFoundReason, Report, Target};
use crate::sandbox::{Map, MapSearch, SandboxError, SandboxLimits};
use lookup::Answers;

/// The repositories of a map file, each with a client, a trusted store and a root of trust of its own.
///
/// A repository is connected to and refreshed when a search first needs it, and once: later searches are under the same
/// metadata. A program that runs for long opens the map again for each update.
///
/// ```no_run
/// use std::path::Path;
/// use tuf_verifier_host::{Client, Error, FolderStore, HttpSource, Source, SourceError};
/// use tuf_verifier_host::map::{MapError, MapLookup, MappedRepository, Repositories};
///
/// /// The source at one of the URLs of a repository.
/// fn source(url: &str) -> Result<HttpSource, SourceError> {
///     let url = url.trim_end_matches('/');
///     HttpSource::builder(&format!("{url}/metadata"), &format!("{url}/targets")).build()
/// }
///
/// /// A client of one repository, which knows its pinned root metadata and keeps what it trusts in this folder.
/// fn connect(repository: &MappedRepository, root: Vec<u8>, store: &Path) -> Result<Client, Error> {
///     let client = Client::new(root, source(&repository.urls[0])?, FolderStore::open(store)?);
///     repository.urls[1..].iter().try_fold(client, |client, mirror| Ok(client.mirror(source(mirror)?)))
/// }
///
/// /// The firmware that both repositories vouch for, where the map demands both.
/// fn update(map: Vec<u8>, image_root: Vec<u8>, director_root: Vec<u8>) -> Result<Option<Vec<u8>>, MapError> {
///     let mut repositories = Repositories::open(map, "trusted", move |repository, store| {
///         let root = if repository.name == "image" { &image_root } else { &director_root };
///         connect(repository, root.clone(), store)
///     })?;
///     match repositories.find("brakes.bin")? {
///         MapLookup::Found(target) => repositories.read(&target).map(Some),
///         MapLookup::NotFound(_) => Ok(None),
///     }
/// }
/// ```
pub struct Repositories {
    map: Map,
    folder: PathBuf,
    connect: Box<Connect>,
    members: Vec<Member>,
}

type Connect = dyn FnMut(&MappedRepository, &Path) -> Result<Client, Error> + Send;

/// A repository, and its session once it was refreshed.
struct Member {
    repository: MappedRepository,
    session: Option<Session>,
}

impl Repositories {
    /// Reads a map file (UTF-8 JSON) and prepares its repositories. Nothing is fetched and no folder made yet.
    ///
    /// The map is trusted like pinned root metadata: it comes to the caller out of band.
    ///
    /// `connect` makes the client of a repository: with the root metadata that is pinned for it, sources at its URLs, and a
    /// store in the folder that it is given, which is `folder` with the repository's name. No two repositories of a map get
    /// the same one. It is called when the repository is first asked, and again after a refresh that failed.
    ///
    /// # Errors
    /// [`Error::Failure`] where the map is not accepted; [`Error::Sandbox`] where there is no verdict.
    pub fn open(
        map: Vec<u8>,
        folder: impl Into<PathBuf>,
        connect: impl FnMut(&MappedRepository, &Path) -> Result<Client, Error> + Send + 'static,
    ) -> Result<Self, MapError> {
        let mut map = Map::parse(map, SandboxLimits::default()).map_err(MapError::of_the_map)?;
        let repositories = map.repositories().map_err(MapError::of_the_map)?;
        let members = repositories.into_iter().map(|repository| Member { repository, session: None });
        Ok(Self { map, folder: folder.into(), connect: Box::new(connect), members: members.collect() })
    }

    /// The repositories of the map, in the order of their names.
    pub fn repositories(&self) -> impl Iterator<Item = &MappedRepository> {
        self.members.iter().map(|member| &member.repository)
    }

    /// What the refresh of a repository established; none where it was not asked yet, or is not in the map.
    #[must_use]
    pub fn report(&self, repository: &str) -> Option<&Report> {
        let member = self.members.iter().find(|member| member.repository.name == repository)?;
        member.session.as_ref().map(Session::report)
    }

    /// Searches a target: asks the repositories in the order of the map until as many agree on it as the map demands.
    ///
    /// A repository that cannot be reached, or whose metadata is refused, ends the search with that error, even if another
    /// lists the target: whoever can block a repository must not choose the one that the search turns to. Those after the
    /// threshold is met are not asked.
    ///
    /// # Errors
    /// [`MapError`], with the repository that gave no answer. [`Error::Failure`] in it is a verdict, of the path or of the
    /// repository's metadata.
    ///
    /// # Specification
    /// TAP 4, Searching for Files on Multiple Repositories.
    pub fn find(&mut self, path: &str) -> Result<MapLookup, MapError> {
        let search = self.map.search(path).map_err(MapError::of_the_map)?;
        let outcome = self.drive(&search, path);
        let ended = self.map.end(search).map_err(MapError::of_the_map);
        outcome.and_then(|outcome| ended.map(|()| outcome))
    }

    /// Fetches a target into memory and verifies it (5.7), from the first of the agreeing repositories that has its bytes.
    ///
    /// # Errors
    /// [`MapError`] where none of them has: the first verdict, where one of them sent other bytes, and else the first error.
    pub fn read(&mut self, target: &MapTarget) -> Result<Vec<u8>, MapError> {
        self.first_of(target, |session, listed| session.read(listed))
    }

    /// Fetches a target into a file and verifies it, as [`Session::download`], from the first of the agreeing repositories
    /// that has its bytes.
    ///
    /// # Errors
    /// As [`Repositories::read`]; a file that cannot be written ends the download at once.
    pub fn download(&mut self, target: &MapTarget, to: &Path) -> Result<Downloaded, MapError> {
        self.first_of(target, |session, listed| session.download(listed, to))
    }

    /// Asks repositories until the component has come to an end.
    fn drive(&mut self, search: &MapSearch, path: &str) -> Result<MapLookup, MapError> {
        let mut answers = Answers::default();
        loop {
            match self.map.next(search).map_err(MapError::of_the_map)? {
                MapRequest::Ask(repository) => {
                    let lookup =
                        self.ask(&repository, path).map_err(|error| MapError::of(&repository, error))?;
                    let listing = match &lookup {
                        Lookup::Found(target) => Some(Listing::from(target)),
                        Lookup::NotFound(NotFound { reason: NotFoundReason::Absent, .. }) => None,
                        // It may list the target. As one that gives no answer at all, it must not turn the search to
                        // another repository.
                        Lookup::NotFound(reason) => {
                            let undecided = Unlisted { repository, reason: reason.clone() };
                            return Ok(MapLookup::NotFound(MapNotFound::Undecided(undecided)));
                        }
                    };
                    self.map.answer(search, listing).map_err(MapError::of_the_map)?;
                    answers.push(repository, lookup);
                }
                MapRequest::Found(repositories) => {
                    return answers.agreed(&repositories).map(MapLookup::Found).map_err(MapError::of_the_map);
                }
                MapRequest::NotFound(reason) => return Ok(MapLookup::NotFound(answers.not_found(reason))),
            }
        }
    }

    fn ask(&mut self, repository: &str, path: &str) -> Result<Lookup, Error> {
        let member = self.members.iter_mut().find(|member| member.repository.name == repository);
        member.ok_or_else(out_of_order)?.session(&self.folder, &mut *self.connect, &mut self.map)?.find(path)
    }

    /// What the first repository gives that has the target's bytes. All list the same length and hashes: which of them the
    /// bytes come from does not matter.
    fn first_of<T>(
        &mut self,
        target: &MapTarget,
        mut get: impl FnMut(&Session, &Target) -> Result<T, Error>,
    ) -> Result<T, MapError> {
        let MapTarget { first, others } = target;
        let mut outcome = self.get_from(first, &mut get);
        for other in others {
            match outcome {
                Err(error) if error.concerns_one_repository() => {
                    outcome = self.get_from(other, &mut get).map_err(|next| error.or_worse(next));
                }
                _ => break,
            }
        }
        outcome
    }

    fn get_from<T>(
        &mut self,
        listed: &Listed,
        get: &mut impl FnMut(&Session, &Target) -> Result<T, Error>,
    ) -> Result<T, MapError> {
        let Listed { repository, target } = listed;
        let member = self.members.iter_mut().find(|member| member.repository.name == *repository);
        let foreign = || Error::ForeignTarget { path: target.path.clone() };
        let session = member.and_then(|member| member.session.as_ref()).ok_or_else(foreign);
        session.and_then(|session| get(session, target)).map_err(|error| MapError::of(repository, error))
    }
}

impl Member {
    /// The session, which is made where there is none.
    fn session(&mut self, folder: &Path, connect: &mut Connect, map: &mut Map) -> Result<&Session, Error> {
        match &mut self.session {
            Some(session) => Ok(session),
            none => {
                let client = connect(&self.repository, &folder.join(&self.repository.name))?;
                map.pin(&self.repository.name, client.trusted_root())?;
                Ok(none.insert(client.refresh()?))
            }
        }
    }
}

impl fmt::Debug for Repositories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.repositories().map(|repository| repository.name.as_str()).collect();
        f.debug_struct("Repositories")
            .field("folder", &self.folder)
            .field("repositories", &names)
            .finish_non_exhaustive()
    }
}

/// The component named a repository that it may not name.
fn out_of_order() -> Error {
    SandboxError::Trapped { reason: "it answered out of order".to_owned() }.into()
}
