//! `tufrepo event`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::PathBuf;

use tuf_repository::event::{
    self, ConfirmedEvent, DutyProgress, Event, EventError, Invited, Progress, RootTrust, Signing, Verdict,
};
use tuf_repository::metadata::format_expiry;
use tuf_repository::{Admission, Admitted, Error, EventRequest, Rebased, Repository, Signers as _};

use crate::cli::event_args::{
    EventAccept, EventAdmit, EventArgs, EventAttach, EventCommand, EventInvite, EventName, EventNew,
    EventRead, EventSign, FOLDER, Trust,
};
use crate::cli::event_review::{self, Line};
use crate::cli::failure::Failure;
use crate::cli::key::write_public;
use crate::cli::next_command::NextCommand;
use crate::cli::output::outln;
use crate::cli::printable::printable;
use crate::cli::shell::Shell;
use crate::cli::workspace::{Workspace, now};

/// Bytes of the longest file with a signature that is attached.
const MOST_SIGNATURE: u64 = 64 << 10;

/// Runs a command about events.
pub(crate) fn run(args: &EventArgs, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let events = args.events.clone().unwrap_or_else(|| workspace.folder.join(FOLDER));
    let next = NextCommand::new(&workspace.folder, args.events.as_deref(), args.command.event());
    let table = Table { events, workspace, shell, next };
    table.run(&args.command).map_err(|failure| table.next.complete_failure(failure))
}

fn is_of_event(error: &Error) -> bool {
    matches!(error, Error::Event(_))
}

/// A folder of events, and who looks at it.
struct Table<'t> {
    events: PathBuf,
    workspace: &'t Workspace,
    shell: &'t Shell,
    next: NextCommand,
}

/// How an event stands to what is published.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It goes on from what is published, as far as is known here.
    AsMade,
    /// It was made from something else.
    Moved,
    /// All of it is published.
    Published,
}

impl Table<'_> {
    fn run(&self, command: &EventCommand) -> Result<(), Failure> {
        match command {
            EventCommand::New(new) => self.make(new),
            EventCommand::List => self.list(),
            EventCommand::Status(read) => self.status(read),
            EventCommand::Diff(read) => self.diff(read),
            EventCommand::Sign(sign) => self.sign(sign),
            EventCommand::Attach(attach) => self.attach(attach),
            EventCommand::Rebase(name) => self.rebase(name),
            EventCommand::Invite(invite) => self.invite(invite),
            EventCommand::Accept(accept) => self.accept(accept),
            EventCommand::Admit(admit) => self.admit(admit),
            EventCommand::Discard(name) => self.discard(name),
        }
    }

    /// Says what to do next, with the options of this command.
    fn note(&self, what: &str) {
        self.shell.note(self.next.complete(what));
    }

    /// Takes what is staged into an event. Prints role and version of each document, one a line.
    fn make(&self, args: &EventNew) -> Result<(), Failure> {
        let keys = self.workspace.keys.keys().iter();
        let names = keys.map(|known| (known.keyid.clone(), known.name.clone())).collect();
        let renewed = args.renew.iter().cloned().collect();
        let request = EventRequest { id: args.id.clone(), title: args.title.clone(), names, renewed };
        let event = self.workspace.repository()?.new_event(&self.events, &request, now()?)?;
        self.shell.status("Created", format_args!("event {} in {}", args.id, event.path().display()));
        for role in event.progress() {
            outln!("{} {}", role.role, role.version);
        }
        self.note(&format!("those who are asked sign with `tufrepo event sign {}`", args.id));
        Ok(())
    }

    /// Prints id, state and title of each event, tab-separated, one a line. The state is `complete`, `open`, or the code of
    /// what is wrong.
    fn list(&self) -> Result<(), Failure> {
        let now = now()?;
        for id in event::ids(&self.events)? {
            match Event::open(&self.events, &id, now) {
                Ok(event) => {
                    let state = match event.is_complete() {
                        false => "open",
                        true => self
                            .difference(&event)?
                            .filter(is_of_event)
                            .map_or("complete", |error| error.code()),
                    };
                    outln!("{id}\t{state}\t{}", printable(event.title().unwrap_or("-")));
                }
                Err(error) => {
                    outln!("{id}\t{}\t-", error.code());
                    self.shell.warning(format_args!("event {id}: {error}"));
                }
            }
        }
        Ok(())
    }

    /// Prints role, versions before and after, expiry, who demands signatures, how many there are of how many, who has
    /// signed, and who may still sign, tab-separated, one duty a line.
    fn status(&self, args: &EventRead) -> Result<(), Failure> {
        let event = self.open(&args.id)?;
        let standing = self.about(&event, &args.trust)?;
        outln!("role\tversion\texpires\tdemanded\tsignatures\tsigned\tmay still sign");
        for role in event.progress() {
            for duty in &role.duties {
                self.print_duty(&event, &role, duty);
            }
        }
        self.warn_of_signatures(&event);
        self.tell_of_invited(&event)?;
        match event.is_complete() {
            _ if standing == Standing::Published => {
                self.note(&format!("published: `tufrepo event discard {}` throws the event away", args.id));
            }
            // The keys that have signed may be those of delegators that are not published any more.
            true if standing == Standing::Moved => {
                self.note(&format!("cannot be published: `tufrepo event rebase {}` makes it anew", args.id));
            }
            true => self.note(&format!("complete: `tufrepo publish --event {}` publishes it", args.id)),
            false => self.note(&format!("not complete: `tufrepo event sign {}` adds signatures", args.id)),
        }
        Ok(())
    }

    fn say_invited(&self, event: &Event, invited: Invited) -> Result<(), Error> {
        let is_admitted = event.has_admitted(&invited)?;
        let roles: Vec<_> = invited.roles.into_iter().collect();
        let keyid = invited.key.map(|key| key.keyid()).transpose()?;
        let (name, roles) = (invited.name, roles.join(", "));
        match keyid {
            None => self.shell.note(format_args!("invited: {name} to sign for {roles}, not accepted yet")),
            Some(keyid) if is_admitted => self.shell.note(format_args!(
                "admitted: {name} to sign for {roles}, with key {}",
                self.name_of(event, &keyid)
            )),
            // Whole: it is compared with its owner.
            Some(keyid) => {
                self.shell.note(format_args!("invited: {name} to sign for {roles}, brings key {keyid}"));
            }
        }
        Ok(())
    }

    fn tell_of_invited(&self, event: &Event) -> Result<(), Failure> {
        for (name, invited) in event.invited()? {
            if let Err(error) = invited.and_then(|invited| self.say_invited(event, invited)) {
                let code = error.code();
                self.shell.warning(format_args!("the invitation of {name} cannot be used: {error} [{code}]"));
            }
        }
        Ok(())
    }

    fn print_duty(&self, event: &Event, role: &Progress<'_>, duty: &DutyProgress<'_>) {
        let names = |keyids: &[&str]| -> String {
            let names: Vec<_> = keyids.iter().map(|keyid| self.name_of(event, keyid)).collect();
            if names.is_empty() { "-".to_owned() } else { names.join(",") }
        };
        outln!(
            "{}\t{}->{}\t{}\t{}\t{}/{}\t{}\t{}",
            role.role,
            role.before,
            role.version,
            format_expiry(role.expires),
            duty.duty.by,
            duty.count,
            duty.duty.threshold,
            names(&duty.signed),
            names(&duty.missing)
        );
    }

    /// Prints the weight of each change, and the change, tab-separated, one a line.
    fn diff(&self, args: &EventRead) -> Result<(), Failure> {
        let event = self.open(&args.id)?;
        self.about(&event, &args.trust)?;
        self.print_changes(&event);
        Ok(())
    }

    /// Prints the changes, asks, and signs. Prints role and keyid of each signature, one a line.
    fn sign(&self, args: &EventSign) -> Result<(), Failure> {
        let only = args.key.iter().map(|name| {
            let key = self.workspace.keys.public(name)?;
            key.keyid().map_err(|error| Failure::new(error.to_string()))
        });
        let only: Vec<String> = only.collect::<Result<_, _>>()?;
        // Everything is shown before a key is touched.
        let confirmed = self.confirmed(args)?;
        if !args.yes {
            self.ask(&args.id)?;
        }
        let signed = confirmed.sign(&self.workspace.keys, &only);
        let Signing { made, absent } =
            signed.map_err(|error| self.signed_already(confirmed.event(), &only, error))?;
        for (keyid, error) in absent {
            let (name, code) = (self.name_of(confirmed.event(), &keyid), error.problem.code());
            let error = printable(&error.to_string());
            self.shell.warning(format_args!("{name} has not signed: {error} [{code}]"));
        }
        for (role, keyid) in made {
            self.shell
                .status("Signed", format_args!("{role} with {}", self.name_of(confirmed.event(), &keyid)));
            outln!("{role} {keyid}");
        }
        Ok(())
    }

    /// Prints the changes of an event whose root metadata is known to be the right one. A person at a terminal who has not said
    /// which one that is sees the changes first, and is asked then.
    fn confirmed(&self, args: &EventSign) -> Result<ConfirmedEvent, Failure> {
        let trust = self.trust(&args.trust)?;
        let shown = |event: &Event| {
            self.refuse_if_moved(event)?;
            self.print_changes(event);
            Ok::<_, Failure>(())
        };
        match self.open(&args.id)?.confirm(&trust) {
            Err(Error::Event(EventError::NotConfirmed { version, was_compared: false, .. }))
                if !args.yes && event_review::is_attended() =>
            {
                let event = self.open(&args.id)?;
                shown(&event)?;
                // Its own digest is not shown: whoever copies it has compared it with nothing.
                let question = format!(
                    "Event {} goes on from root metadata version {version}. Write the SHA-256 of that version, or of one \
                     before it, as you have it from what clients start from or from others of the team: ",
                    args.id
                );
                let sha256 = event_review::question(&question, &unsigned(&args.id))?;
                Ok(event.confirm(&RootTrust::Compared(vec![sha256]))?)
            }
            confirmed => {
                let confirmed = confirmed?;
                shown(confirmed.event())?;
                Ok(confirmed)
            }
        }
    }

    /// Whoever signs twice has nothing to sign, and needs no other key.
    fn signed_already(&self, event: &Event, only: &[String], error: Error) -> Failure {
        let is_own = |keyid: &str| match only.is_empty() {
            true => self.workspace.keys.keys().iter().any(|own| own.keyid == keyid && own.can_sign()),
            false => only.iter().any(|only| only == keyid),
        };
        let progress = event.progress();
        let mut signed = progress.iter().flat_map(|role| {
            let keyids = role.duties.iter().flat_map(|duty| &duty.signed);
            keyids.map(|keyid| (role.role, *keyid))
        });
        match (&error, signed.find(|(_, keyid)| is_own(keyid))) {
            (Error::Event(EventError::NothingToSign { .. }), Some((role, keyid))) => {
                let code = EventError::AlreadySigned { role: role.to_owned(), keyid: keyid.to_owned() };
                let name = self.name_of(event, keyid);
                Failure::new(format!("key {name} has signed for role {role} already [{}]", code.code()))
                    .next(format!("`tufrepo event status {}` shows who may still sign", event.id()))
            }
            _ => error.into(),
        }
    }

    fn attach(&self, args: &EventAttach) -> Result<(), Failure> {
        let event = self.open(&args.id)?;
        let keyid = self.asked(&event, args)?;
        let (path, mut bytes) = (&args.file, Vec::new());
        let file = tuf_files::open_regular(path).map_err(|cause| Failure::reading(path, cause))?;
        let read = file.take(MOST_SIGNATURE + 1).read_to_end(&mut bytes);
        read.map_err(|cause| Failure::reading(path, cause))?;
        if bytes.len() as u64 > MOST_SIGNATURE {
            return Err(Failure::reading(
                path,
                format_args!("a signature has at most {MOST_SIGNATURE} bytes"),
            ));
        }
        event.attach(&args.role, &keyid, &bytes, &path.display().to_string())?;
        self.shell.status("Attached", format_args!("{} of {}", args.role, self.name_of(&event, &keyid)));
        Ok(())
    }

    /// Prints each role with a new payload and its version, one a line.
    fn rebase(&self, args: &EventName) -> Result<(), Failure> {
        let before = Event::open(&self.events, &args.id, now()?).ok();
        let rebased = self.workspace.repository()?.rebase_event(&self.events, &args.id, now()?)?;
        self.report(&args.id, &rebased, before.as_ref());
        // What it says may be somebody else's, and from now on it is what this publisher made.
        event_review::tell(&self.open(&args.id)?, &self.workspace.keys, self.shell);
        Ok(())
    }

    fn report(&self, id: &str, rebased: &Rebased, before: Option<&Event>) {
        for (role, from, to) in &rebased.renewed {
            match from == to {
                true => {
                    self.shell.status("Renewed", format_args!("{role}: version {to} has other contents now"))
                }
                false => self.shell.status("Renewed", format_args!("{role}: version {to} instead of {from}")),
            }
            outln!("{role} {to}");
        }
        for role in &rebased.dropped {
            self.shell.status("Dropped", format_args!("{role}: the same is published"));
        }
        for (role, keyid) in &rebased.lapsed {
            let name = before.map_or_else(|| keyid.clone(), |event| self.name_of(event, keyid));
            self.shell
                .warning(format_args!("the signature of {role} by {name} has lapsed: it has to sign anew"));
        }
        if rebased.renewed.is_empty() && rebased.dropped.is_empty() {
            self.shell.status("Unchanged", format_args!("event {id} goes on from what is published"));
        }
    }

    fn invite(&self, args: &EventInvite) -> Result<(), Failure> {
        self.open(&args.id)?.invite(&args.role, &args.name)?;
        // Whoever admits the key later gives it these roles, and not those that somebody writes into the event.
        if self.has_repository()? {
            self.workspace.repository()?.remember_invitation(&args.id, &args.role, &args.name)?;
        }
        self.shell.status("Invited", format_args!("{} to sign for {}", args.name, args.role));
        let (id, name) = (&args.id, &args.name);
        self.note(&format!("{name} accepts with `tufrepo event accept {id} --name {name} --key KEY`"));
        Ok(())
    }

    /// Prints the keyid: whoever admits the key compares it.
    fn accept(&self, args: &EventAccept) -> Result<(), Failure> {
        let event = self.open(&args.id)?;
        let keyid = self.workspace.keys.public(&args.key)?.keyid();
        let keyid = keyid.map_err(|error| Failure::new(error.to_string()))?;
        let signer = self.workspace.keys.signer(&keyid)?.ok_or_else(|| {
            Failure::new(format!("the private key of {} is not at hand", args.key))
                .next("say where it is with `--keys DIR`")
        })?;
        let roles: Vec<_> = event.accept(&args.name, &*signer)?.into_iter().collect();
        self.shell.status("Accepted", format_args!("to sign for {}", roles.join(", ")));
        let file = event.acceptance_file(&args.name);
        self.shell.status("Wrote", format_args!("{}: send or push it", file.display()));
        self.shell.note("tell this keyid to whoever admits you, on the telephone or in person");
        outln!("{keyid}");
        Ok(())
    }

    /// Prints as `rebase` does.
    fn admit(&self, args: &EventAdmit) -> Result<(), Failure> {
        let before = self.open(&args.id)?;
        let (id, name) = (&args.id, &args.name);
        let repository = self.workspace.repository()?;
        let roles = match args.role.is_empty() {
            true => repository.invited_roles(id, name)?,
            false => args.role.iter().cloned().collect(),
        };
        let thresholds = thresholds(&args.threshold, &roles)?;
        let admission = Admission { name: name.clone(), keyid: args.keyid.clone(), roles, thresholds };
        let Admitted { rebased, key } = repository.admit(&self.events, id, &admission, now()?)?;
        let roles: Vec<_> = admission.roles.into_iter().collect();
        self.shell.status("Admitted", format_args!("{name} to sign for {}", roles.join(", ")));
        self.report(id, &rebased, Some(&before));
        // From now on the key has its owner's name here, unless another key has it.
        let Ok(folder) = self.workspace.folder_of_new_keys() else { return Ok(()) };
        let public = folder.join(format!("{name}.json"));
        match public.exists() {
            true => Ok(()),
            // Whoever can write to the event may have put another one in its folder by now.
            false => write_public(&public, &key),
        }
    }

    fn discard(&self, args: &EventName) -> Result<(), Failure> {
        self.workspace.repository()?.discard_event(&self.events, &args.id)?;
        self.shell.status("Discarded", format_args!("event {}", args.id));
        Ok(())
    }

    fn open(&self, id: &str) -> Result<Event, Failure> {
        Ok(Event::open(&self.events, id, now()?)?)
    }

    /// How it is known which root metadata is the right one: what was compared, else what is remembered of the repository.
    fn trust(&self, trust: &Trust) -> Result<RootTrust, Failure> {
        if !trust.root_sha256.is_empty() {
            return Ok(RootTrust::Compared(trust.root_sha256.clone()));
        }
        let remembered = match self.has_repository()? {
            true => self.workspace.repository()?.root_trust()?,
            false => None,
        };
        Ok(remembered.unwrap_or(RootTrust::Compared(Vec::new())))
    }

    /// Whether the repository is at hand: in its folder, or in an object store and known here.
    fn has_repository(&self) -> Result<bool, Failure> {
        if self.workspace.folder.join("metadata").join("1.root.json").exists() {
            return Ok(true);
        }
        // Without a home folder, nothing is remembered.
        match self.workspace.state_folder() {
            Ok(state) => Ok(Repository::is_known(&self.workspace.folder, &state)?),
            Err(_) => Ok(false),
        }
    }

    /// Says what the event is, and what it hangs on.
    fn about(&self, event: &Event, trust: &Trust) -> Result<Standing, Failure> {
        let title = event.title().map(|title| format!(": {title}")).unwrap_or_default();
        self.shell.status("Event", format_args!("{}{title} ({})", event.id(), event.created()));
        if self.is_published(event)? {
            return Ok(Standing::Published);
        }
        let (version, sha256) = event.root();
        let difference = self.difference(event)?;
        let said = difference.as_ref().map(ToString::to_string);
        let opened = self.open(event.id())?;
        match opened.confirm(&self.trust(trust)?) {
            Ok(_) => {
                self.shell.status("Root", format_args!("version {version} is the one that is known here"))
            }
            Err(Error::Event(EventError::NotConfirmed { was_compared: false, .. })) => {
                self.shell.warning(format_args!(
                    "root version {version} was compared with nothing here; its SHA-256 is {sha256}"
                ))
            }
            Err(error) if said == Some(error.to_string()) => {}
            Err(error) => self.shell.warning(format_args!("{error} [{}]", error.code())),
        }
        if let Some(error) = &difference {
            self.shell.warning(format_args!("{error} [{}]", error.code()));
        }
        match difference.is_some_and(|error| is_of_event(&error)) {
            true => Ok(Standing::Moved),
            false => Ok(Standing::AsMade),
        }
    }

    /// Whether everything that the event changes is published, where the repository is at hand.
    fn is_published(&self, event: &Event) -> Result<bool, Failure> {
        if !self.has_repository()? {
            return Ok(false);
        }
        let Ok(repository) = self.workspace.repository() else { return Ok(false) };
        // Why what is published cannot be read is said elsewhere.
        Ok(repository.has_published(event).unwrap_or(false))
    }

    /// In what the event differs from what is published, where the repository is at hand.
    fn difference(&self, event: &Event) -> Result<Option<Error>, Failure> {
        if !self.has_repository()? {
            return Ok(None);
        }
        let Ok(repository) = self.workspace.repository() else { return Ok(None) };
        Ok(repository.check_event(event).err())
    }

    /// Refuses what was made from something else than what is published, where the repository is at hand: what is shown would
    /// not be all that changes.
    fn refuse_if_moved(&self, event: &Event) -> Result<(), Failure> {
        match self.difference(event)? {
            Some(error) if is_of_event(&error) => Err(error.into()),
            Some(error) => {
                self.shell.warning(format_args!("{error} [{}]", error.code()));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn print_changes(&self, event: &Event) {
        for Line { severity, text } in event_review::lines(event, &self.workspace.keys) {
            outln!("{}\t{text}", severity.code());
        }
    }

    fn warn_of_signatures(&self, event: &Event) {
        for file in event.signatures() {
            let name = self.name_of(event, &file.keyid);
            let what = match &file.verdict {
                Verdict::Valid => continue,
                Verdict::Stale => "is of an earlier payload: it has to be made anew".to_owned(),
                Verdict::Bad => "does not verify".to_owned(),
                Verdict::NotAsked => "is by a key that nobody asks".to_owned(),
                Verdict::Duplicate(other) => {
                    format!("is by the same key as {}: both count once", self.name_of(event, other))
                }
                Verdict::Unusable(error) => error.to_string(),
                _ => "does not count".to_owned(),
            };
            let code = file.verdict.code();
            self.shell.warning(format_args!("the signature of {} by {name} {what} [{code}]", file.role));
        }
        for name in event.strays() {
            self.shell.warning(format_args!("{name:?} among the signatures is none"));
        }
    }

    /// A key's own name here, else the one that the event's maker gave it, with the beginning of its keyid.
    fn name_of(&self, event: &Event, keyid: &str) -> String {
        let own = self.workspace.keys.keys().iter().find(|known| known.keyid == keyid);
        let name = own.map(|known| known.name.as_str()).or_else(|| event.name_of(keyid));
        let begins = keyid.get(..8).unwrap_or(keyid);
        printable(&name.map_or_else(|| keyid.to_owned(), |name| format!("{name}:{begins}")))
    }

    /// The one key that is asked for and has this name, this keyid, or a keyid that begins so.
    fn asked(&self, event: &Event, args: &EventAttach) -> Result<String, Failure> {
        let named = self.workspace.keys.keys().iter().find(|known| known.name == args.key);
        let wanted = named.map_or(args.key.as_str(), |known| known.keyid.as_str());
        let asked = event.asked(&args.role);
        let mut found = asked.iter().filter(|keyid| !wanted.is_empty() && keyid.starts_with(wanted));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => {
                Err(Failure::new(format!("several keys begin with {wanted:?}"))
                    .next("write more of the keyid"))
            }
            (Some(keyid), None) => Ok((*keyid).to_owned()),
            // The library says why.
            _ => Ok(wanted.to_owned()),
        }
    }

    fn ask(&self, id: &str) -> Result<(), Failure> {
        match event_review::is_attended() {
            true => event_review::ask("Sign these changes?", &unsigned(id)),
            false => Err(Failure::new(format!("{}: there is no terminal to ask on", unsigned(id)))
                .next("read `tufrepo event diff`, then say `--yes`")),
        }
    }
}

fn unsigned(id: &str) -> String {
    format!("event {id} was not signed")
}

/// `ROLE=N`, or `N` if one role is meant.
fn thresholds(texts: &[String], roles: &BTreeSet<String>) -> Result<BTreeMap<String, u64>, Failure> {
    let mut found = BTreeMap::new();
    for text in texts {
        let refused = |why: &str| {
            Failure::new(format!("`--threshold {text}`: {why}"))
                .next("write `--threshold ROLE=N` for each role")
        };
        let (role, number) = match (text.split_once('='), roles.len()) {
            (Some((role, number)), _) => (role.to_owned(), number),
            (None, 1) => (roles.iter().next().cloned().unwrap_or_default(), text.as_str()),
            (None, _) => return Err(refused("it does not say for which role")),
        };
        let number = number.parse().map_err(|_| refused("that is no number of signatures"))?;
        if !roles.contains(&role) {
            return Err(refused("the key does not get this role"));
        }
        if found.insert(role, number).is_some() {
            return Err(refused("the role has another threshold already"));
        }
    }
    Ok(found)
}
