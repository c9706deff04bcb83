//! moto, which speaks the APIs of AWS, in a process of its own. It keeps everything in memory. It answers one request at
//! a time, so that its conditional writes are atomic.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;

use crate::plain::{Object, request};
use crate::skip::skip;

/// moto at a loopback port that the system chooses, without TLS. Dropping it ends its process.
#[derive(Debug)]
pub struct Moto {
    process: Child,
    host: String,
}

/// The one that other tests of this process use at the moment.
static SHARED: Mutex<Weak<Moto>> = Mutex::new(Weak::new());

/// Taken for any credentials, and for the name of the region.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, \
                             Signature=0";

impl Moto {
    /// Starts moto, or gives the one that another test of this process has started. The variable `TUF_MOTO` names a Python
    /// that has it; otherwise it is the one that `cargo xtask setup` has made.
    ///
    /// Where the program is not there, says that `test` is skipped, also in the file that `TUF_TEST_SKIPS` names, and
    /// gives none.
    ///
    /// # Panics
    /// Where the program is there and does not start.
    #[must_use]
    pub fn start(test: &str) -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let program = env::var_os("TUF_MOTO").map_or_else(prepared, PathBuf::from);
        let started = Command::new(program)
            .arg(tests().join("oracle/moto/one_at_a_time.py"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        match started {
            Ok(process) => {
                let moto = Arc::new(Self::listening(process));
                *shared = Arc::downgrade(&moto);
                Some(moto)
            }
            Err(error) => {
                skip(test, &format!("moto does not start: {error}"));
                None
            }
        }
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.host)
    }

    /// Makes a bucket.
    ///
    /// # Panics
    /// Where moto does not.
    pub fn make_bucket(&self, name: &str) {
        let answer = self.request("PUT", &format!("/{name}"), &[]);
        assert_eq!(answer.status(), 200);
    }

    /// An object by its bucket and key, as a client without credentials sees it; none where there is no such object.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Object> {
        let answer = self.request("GET", &format!("/{path}"), &[]);
        (answer.status() == 200).then_some(answer)
    }

    /// Writes an object, whatever is there.
    ///
    /// # Panics
    /// Where moto does not.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        let answer = self.request("PUT", &format!("/{path}"), bytes);
        assert_eq!(answer.status(), 200);
    }

    /// Removes an object.
    ///
    /// # Panics
    /// Where moto does not.
    pub fn delete(&self, path: &str) {
        let answer = self.request("DELETE", &format!("/{path}"), &[]);
        assert_eq!(answer.status(), 204);
    }

    /// Keys of a bucket that begin with a prefix: a thousand at most.
    ///
    /// # Panics
    /// Where moto does not answer.
    #[must_use]
    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let listing = self.get(&format!("{bucket}?list-type=2&prefix={prefix}")).expect("a listing");
        let text = String::from_utf8(listing.bytes).expect("XML is UTF-8");
        let key = |part: &str| part.split_once("</Key>").map(|(key, _)| key.to_owned());
        text.split("<Key>").skip(1).filter_map(key).collect()
    }

    fn request(&self, method: &str, path: &str, body: &[u8]) -> Object {
        request(&self.host, method, path, &format!("Authorization: {AUTHORIZATION}\r\n"), body)
    }

    fn listening(mut process: Child) -> Self {
        let log = process.stderr.take().expect("its standard error is piped");
        let mut lines = BufReader::new(log).lines();
        let mut said = String::new();
        let host = loop {
            let line = lines.next().unwrap_or_else(|| panic!("moto ended: {said}"));
            let line = line.expect("its log is UTF-8");
            if let Some((_, host)) = line.split_once("Running on http://") {
                break host.trim().to_owned();
            }
            said.push_str(&line);
        };
        // It stops where nobody reads its log.
        thread::spawn(move || lines.for_each(drop));
        Self { process, host }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn prepared() -> PathBuf {
    tests().join("../target/peers/moto/bin/python")
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
