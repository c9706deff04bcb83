//! Debian's `docker-registry`, the reference implementation of the distribution protocol, in a process of its own.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::skip::skip;

/// A registry at a loopback port that the system chooses, without TLS. Dropping it ends its process.
#[derive(Debug)]
pub struct DockerRegistry {
    process: Child,
    host: String,
}

impl DockerRegistry {
    /// Starts a registry that keeps what it is given in `folder`. `more` is YAML that is added to its configuration, such
    /// as a section `auth`. The program is what the variable `TUF_DOCKER_REGISTRY` names, or what `cargo xtask setup` has
    /// unpacked, or the system's `docker-registry`.
    ///
    /// Where the program is not there, says that `test` is skipped, also in the file that `TUF_TEST_SKIPS` names, and
    /// gives none.
    ///
    /// # Panics
    /// Where the program is there and does not start.
    #[must_use]
    pub fn start(test: &str, folder: &Path, more: &str) -> Option<Self> {
        let program = env::var_os("TUF_DOCKER_REGISTRY").map_or_else(prepared, PathBuf::from);
        let data = folder.join("registry");
        let configuration = folder.join("registry.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: info}}\nhttp: {{addr: '127.0.0.1:0'}}\n\
             storage: {{filesystem: {{rootdirectory: '{}'}}}}\n{more}",
            data.display()
        );
        fs::write(&configuration, text).expect("the registry's configuration is written");
        let started = Command::new(program)
            .arg("serve")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        match started {
            Ok(process) => Some(Self::listening(process)),
            Err(error) => {
                skip(test, &format!("docker-registry does not start: {error}"));
                None
            }
        }
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    fn listening(mut process: Child) -> Self {
        let log = process.stderr.take().expect("its standard error is piped");
        let mut lines = BufReader::new(log).lines();
        let mut said = String::new();
        let host = loop {
            let line = lines.next().unwrap_or_else(|| panic!("docker-registry ended: {said}"));
            let line = line.expect("its log is UTF-8");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split('"').next().unwrap_or_default().to_owned();
            }
            said.push_str(&line);
        };
        // It stops where nobody reads its log.
        thread::spawn(move || lines.for_each(drop));
        Self { process, host }
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn prepared() -> PathBuf {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers");
    let unpacked = peers.join("containerd/usr/bin/docker-registry");
    if unpacked.is_file() { unpacked } else { PathBuf::from("docker-registry") }
}
