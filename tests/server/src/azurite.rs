//! azurite, which speaks the API of Azure Blob Storage, in a process of its own. It keeps everything in memory.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::plain::request;
use crate::skip::skip;

/// azurite at a loopback port that the system chooses, without TLS. Dropping it ends its process.
#[derive(Debug)]
pub struct Azurite {
    process: Child,
    host: String,
}

/// The account that every azurite has, and its key, which everybody knows.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// What that key has signed: everything is allowed until 2099.
const SIGNATURE: &str = "sv=2020-12-06&ss=b&srt=sco&sp=rwdlac&se=2099-01-01T00%3A00%3A00Z&spr=https%2Chttp&\
                         sig=wuAW2s2z8U7NhHG8Efazfqb52Qnj74OIPXvd3nVp8a4%3D";

impl Azurite {
    /// Starts azurite. The program is what the variable `TUF_AZURITE` names, a JavaScript file for Node, or what
    /// `cargo xtask setup` has installed.
    ///
    /// Where the program is not there, says that `test` is skipped, also in the file that `TUF_TEST_SKIPS` names, and
    /// gives none.
    ///
    /// # Panics
    /// Where the program is there and does not start.
    #[must_use]
    pub fn start(test: &str) -> Option<Self> {
        let program = env::var_os("TUF_AZURITE").map_or_else(prepared, PathBuf::from);
        if !program.is_file() {
            skip(test, &format!("azurite is not there: {}", program.display()));
            return None;
        }
        let started = Command::new("node")
            .arg(program)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"])
            .args(["--skipApiVersionCheck", "--disableTelemetry"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(process) => Some(Self::listening(process)),
            Err(error) => {
                skip(test, &format!("node does not start: {error}"));
                None
            }
        }
    }

    /// Makes a container.
    ///
    /// # Panics
    /// Where azurite does not.
    pub fn make_container(&self, name: &str) {
        let answer =
            request(&self.host, "PUT", &format!("/{ACCOUNT}/{name}?restype=container&{SIGNATURE}"), "", &[]);
        assert_eq!(answer.status(), 201);
    }

    /// An object by its container and name; none where there is no such object.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Vec<u8>> {
        let answer = request(&self.host, "GET", &format!("/{ACCOUNT}/{path}?{SIGNATURE}"), "", &[]);
        (answer.status() == 200).then_some(answer.bytes)
    }

    /// Variables with which a client finds it, and may do everything.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let endpoint = format!("http://{}/{ACCOUNT}", self.host);
        [
            ("AZURE_ENDPOINT", endpoint.as_str()),
            ("AZURE_ALLOW_HTTP", "true"),
            ("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT),
            ("AZURE_STORAGE_ACCOUNT_KEY", KEY),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn listening(mut process: Child) -> Self {
        let log = process.stdout.take().expect("its standard output is piped");
        let mut lines = BufReader::new(log).lines();
        let mut said = String::new();
        let host = loop {
            let line = lines.next().unwrap_or_else(|| panic!("azurite ended: {said}"));
            let line = line.expect("its log is UTF-8");
            if let Some((_, host)) = line.split_once("successfully listens on http://") {
                break host.trim().to_owned();
            }
            said.push_str(&line);
        };
        // It stops where nobody reads its log.
        thread::spawn(move || lines.for_each(drop));
        Self { process, host }
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn prepared() -> PathBuf {
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oracle/azurite");
    oracle.join("node_modules/azurite/dist/src/blob/main.js")
}
