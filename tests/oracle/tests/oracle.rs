//! Every comparison is a test of its own: `<writer>/<key type>/<scenario>/<reader>`.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;
use tuf_oracle_tests::{History, Implementation, KeyType, Keys, Peer, Plan, Scenario, real, scenario};
use tuf_test_server::Server;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let implementations = implementations(&mut trials);
    for writer in &implementations {
        for key_type in KeyType::ALL {
            for scenario in scenario::all() {
                let published = Arc::new(Published::of(writer, key_type, scenario));
                trials.extend(implementations.iter().map(|reader| published.read_by(reader)));
            }
        }
    }
    trials.extend(histories(&implementations));
    trials.extend(interchanged_stores(&implementations));
    trials.extend(real_repositories(&implementations));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Those that can be had. A peer that cannot is one skipped test, which says how much it stands for.
fn implementations(trials: &mut Vec<Trial>) -> Vec<Arc<Implementation>> {
    let mut found = vec![Arc::new(Implementation::ours())];
    let comparisons = scenario::all().len() * KeyType::ALL.len() * 3;
    let peers = [
        ("python", Peer::python().map(Implementation::Python)),
        ("node", Peer::node().map(Implementation::Node)),
    ];
    for (name, peer) in peers {
        match peer {
            Ok(peer) => found.push(Arc::new(peer)),
            Err(reason) => {
                trials.push(skipped(name, &format!("more than {comparisons} comparisons: {reason:#}")))
            }
        }
    }
    found
}

/// A scenario that one implementation has written, once, when the first reader asks for it.
struct Published {
    writer: Arc<Implementation>,
    key_type: KeyType,
    scenario: Scenario,
    written: OnceLock<Result<Written, String>>,
}

struct Written {
    folder: TempDir,
    plan: Plan,
    server: Server,
}

impl Published {
    fn of(writer: &Arc<Implementation>, key_type: KeyType, scenario: Scenario) -> Self {
        Self { writer: Arc::clone(writer), key_type, scenario, written: OnceLock::new() }
    }

    fn read_by(self: &Arc<Self>, reader: &Arc<Implementation>) -> Trial {
        let (published, reader) = (Arc::clone(self), Arc::clone(reader));
        let name = format!(
            "{}/{}/{}/{}",
            self.writer.name(),
            self.key_type.name(),
            self.scenario.name,
            reader.name()
        );
        Trial::test(name, move || Ok(published.compare(&reader).map_err(|error| format!("{error:#}"))?))
    }

    fn compare(&self, reader: &Implementation) -> Result<()> {
        let written = self.written.get_or_init(|| self.write().map_err(|error| format!("{error:#}")));
        let written = written.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
        let store = written.folder.path().join(format!("store-{}", reader.name()));
        let visits = reader.read(&self.scenario.journey(&written.plan, &written.server.url(), store))?;
        self.scenario.judge(reader.name(), &visits)
    }

    fn write(&self) -> Result<Written> {
        let folder = tempfile::tempdir()?;
        let mut plan = self.scenario.plan();
        plan.folder = folder.path().join("published");
        plan.key_type = self.key_type;
        self.writer.write(&plan)?;
        self.scenario.spoil(&plan)?;
        let server = Server::folder(&plan.folder)?;
        Ok(Written { folder, plan, server })
    }
}

/// What the publisher publishes by itself, for clients that follow it and for new ones.
fn histories(implementations: &[Arc<Implementation>]) -> Vec<Trial> {
    type Check = fn(&History, &Implementation) -> Result<()>;
    let checks: [(&str, Check); 2] = [("returning", History::check_returning), ("new", History::check_new)];
    let keys = Arc::new(Keys::default());
    let mut trials = Vec::new();
    for key_type in KeyType::ALL {
        let published: Arc<OnceLock<Result<History, String>>> = Arc::default();
        for (kind, check) in checks {
            for reader in implementations {
                let (published, keys, reader) =
                    (Arc::clone(&published), Arc::clone(&keys), Arc::clone(reader));
                let name = format!("publisher/{}/{kind}/{}", key_type.name(), reader.name());
                trials.push(Trial::test(name, move || {
                    let history = published.get_or_init(|| {
                        History::publish(&keys, key_type).map_err(|error| format!("{error:#}"))
                    });
                    let history = history.as_ref().map_err(Clone::clone)?;
                    Ok(check(history, &reader).map_err(|error| format!("{error:#}"))?)
                }));
            }
        }
    }
    trials
}

/// A store that one client has filled is the other's: it updates, and it still refuses what is older.
fn interchanged_stores(implementations: &[Arc<Implementation>]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for first in implementations {
        for second in implementations.iter().filter(|second| second.name() != first.name()) {
            let (first, second) = (Arc::clone(first), Arc::clone(second));
            let name = format!("store/{}/{}", first.name(), second.name());
            trials.push(Trial::test(name, move || {
                Ok(interchange(&first, &second).map_err(|error| format!("{error:#}"))?)
            }));
        }
    }
    trials
}

fn interchange(first: &Implementation, second: &Implementation) -> Result<()> {
    let scenario = scenario::replayed_timestamp();
    let folder = tempfile::tempdir()?;
    let mut plan = scenario.plan();
    plan.folder = folder.path().join("published");
    first.write(&plan)?;
    let server = Server::folder(&plan.folder)?;
    let whole = scenario.journey(&plan, &server.url(), folder.path().join("store"));
    let mut visits = Vec::new();
    for (stop, reader) in whole.stops.iter().zip([first, second, first]) {
        let mut journey = whole.clone();
        journey.stops = vec![stop.clone()];
        visits.extend(reader.read(&journey)?);
    }
    let (_, last) = visits.split_at(visits.len() - 1);
    scenario.judge("any", &[&visits[..2], last].concat())
}

fn real_repositories(implementations: &[Arc<Implementation>]) -> Vec<Trial> {
    let repositories = match real::repositories() {
        Ok(repositories) => repositories,
        Err(reason) => return vec![skipped("real", &format!("{reason:#}"))],
    };
    let mut trials = Vec::new();
    for repository in repositories {
        for reader in implementations {
            let (repository, reader) = (repository.clone(), Arc::clone(reader));
            let name = format!("real/{}/{}", repository.name, reader.name());
            trials.push(Trial::test(name, move || {
                Ok(repository.check(&reader).map_err(|error| format!("{error:#}"))?)
            }));
        }
    }
    trials
}

/// A test that reports why it cannot run, as the runner of all suites counts it.
fn skipped(name: &str, reason: &str) -> Trial {
    let (test, line) = (name.to_owned(), format!("SKIPPED {name}: {reason}\n"));
    Trial::test(test, move || {
        eprint!("{line}");
        let Some(path) = std::env::var_os("TUF_TEST_SKIPS") else { return Ok(()) };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| std::io::Write::write_all(&mut file, line.as_bytes())).map_err(Failed::from)
    })
}
