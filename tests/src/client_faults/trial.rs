//! One client in one fault.

use crate::device::Device;
use crate::mirror::Mirror;
use crate::network::{Missing, Network, Server};
use crate::repository::Repository;
use crate::role::Delegation;

/// Milliseconds of every request.
const LATENCY: u64 = 50;

/// The target that is received, and its bytes.
const TARGET: (&str, &[u8]) = ("team/tool", b"a tool, as it is now");

/// A repository at four times, and a device that has refreshed at the second.
pub(super) struct Scene {
    /// What was published at each time, the first one first. Files of the third are missing from the fourth.
    pub(super) published: Vec<Mirror>,
    device: Device,
}

/// A fault: of the mirror that is asked first, or of the device.
#[derive(Clone)]
pub(super) struct Trial {
    pub(super) faulty: Server,
    pub(super) device: Device,
    /// A file that the store cannot read.
    pub(super) unreadable: Option<String>,
    /// Whether answers come in the reverse order.
    pub(super) reorders: bool,
}

/// What a client came to.
pub(super) struct Came {
    pub(super) outcome: String,
    pub(super) requests: u64,
    pub(super) milliseconds: u64,
}

impl Scene {
    pub(super) fn new() -> Self {
        let mut repository = Repository::new();
        for role in ["team", "other"] {
            repository.delegate("targets", Delegation::paths(role, &[&format!("{role}/*")]));
        }
        repository.add_target("team", TARGET.0, b"a tool").add_target("other", "other/tool", b"another");
        let mut published = vec![repository.publish().mirror.clone()];
        for _ in 1..4 {
            repository.role("team").header.version += 1;
            repository.role("other").header.version += 1;
            if published.len() == 3 {
                repository.add_target("team", TARGET.0, TARGET.1);
            }
            published.push(repository.next_root().release().mirror.clone());
        }
        let mut device = Device::new_for(&published[0]);
        let _ = device.find(&published[1], TARGET.0).expect("an honest repository");
        for file in ["3.snapshot.json", "3.targets.json"] {
            published[3] = published[3].clone().withholding(file);
        }
        Self { published, device }
    }

    /// An honest mirror of now.
    pub(super) fn honest(&self) -> Server {
        Server::honest(&self.published[3]).taking(LATENCY)
    }

    /// No fault but this mirror's.
    pub(super) fn trial(&self, faulty: Server) -> Trial {
        Trial { faulty, device: self.device.clone(), unreadable: None, reorders: false }
    }

    /// A mirror with these files.
    pub(super) fn serving(&self, files: &Mirror) -> Vec<Trial> {
        vec![self.trial(Server::honest(files).taking(LATENCY))]
    }

    /// Metadata files that a client asks for, of each kind.
    pub(super) fn kinds(&self) -> [(&'static str, &[u8]); 5] {
        ["4.root.json", "timestamp.json", "4.snapshot.json", "4.targets.json", "4.team.json"]
            .map(|name| (name, self.published[3].file(name)))
    }

    /// Where the file of the target is, and its bytes.
    pub(super) fn target() -> (String, &'static [u8]) {
        (format!("team/{}.tool", crate::digest::sha256(TARGET.1)), TARGET.1)
    }

    pub(super) fn run(&self, trial: &Trial, honest_behind: bool) -> Came {
        let Trial { faulty, mut device, unreadable, reorders } = trial.clone();
        let servers = [faulty].into_iter().chain(honest_behind.then(|| self.honest())).collect();
        let mut network = Network::start(&mut device, servers).expect("good root metadata");
        network.unreadable.extend(unreadable);
        network.reorders = reorders;
        let begun = network.at.0;
        let outcome = update(&mut network).unwrap_or_else(|failed| failed);
        let requests = u64::try_from(network.requests()).expect("a count");
        Came { outcome, requests, milliseconds: network.at.0 - begun }
    }
}

/// A refresh, three searches and a transfer.
fn update(network: &mut Network<'_>) -> Result<String, String> {
    let report = network.refresh().map_err(|error| format!("`{}`, refresh", error.code()))?;
    let paths = ["app-1.0.tar.gz", "other/tool", TARGET.0].map(str::to_owned);
    let found: Result<Vec<_>, Missing> = network.find_all(&paths).into_iter().collect();
    let found = found.map_err(|missing| match missing {
        Missing::Failed(error) => format!("`{}`, search", error.code()),
        Missing::NotFound(reason) => format!("{reason:?}, search"),
    })?;
    let received =
        network.receive(&found[2], b"").map_err(|error| format!("`{}`, transfer", error.code()))?;
    let version = report.timestamp.version;
    assert!(version < 4 || received == TARGET.1, "other bytes are verified");
    Ok(format!("takes {version}"))
}
