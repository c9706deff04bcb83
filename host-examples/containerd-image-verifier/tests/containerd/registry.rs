//! Debian's docker-registry on a loopback port that the system chooses.

use std::fs;
use std::path::Path;

use crate::parts::Parts;
use crate::process::Service;

/// A running registry, empty at first.
#[derive(Debug)]
pub(crate) struct Registry {
    _service: Service,
    address: String,
}

impl Registry {
    /// Starts one that keeps its files below `folder`.
    pub(crate) fn start(parts: &Parts, folder: &Path) -> Self {
        let configuration = folder.join("registry.yml");
        let storage = folder.join("registry");
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {storage:?}}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n"
        );
        fs::write(&configuration, text).expect("a configuration");
        let mut command = parts.tied_command("docker-registry");
        command.arg("serve").arg(configuration);
        let mut service = Service::start(&mut command, &folder.join("registry.log"));
        let address = service.wait_for(|log| {
            let (_, rest) = log.split_once("msg=\"listening on ")?;
            Some(rest.split_once('"')?.0.to_owned())
        });
        Self { _service: service, address }
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}
