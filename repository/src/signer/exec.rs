//! `exec:` signers: a program gets what is to be signed, and writes the signature.
//!
//! | call | standard input | standard output |
//! |---|---|---|
//! | `PROGRAM ARGUMENTS… sign KEYID SCHEME` | the bytes that are signed: canonical JSON | the signature |
//! | `PROGRAM ARGUMENTS… public` | nothing | the public key: PEM, or a key object of metadata |
//!
//! The program is one that nobody else can change. It runs in the root of the file system, with PATH, HOME and the variables
//! that its entry names; without a terminal, in a process group of its own; with a limit of time and of output.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::Document;
use pkcs8::der::pem::PemLabel as _;
use tuf_files::{Exposure, Owners, SearchPath};

use crate::error::KeyError;
use crate::metadata::Key;
use crate::signer::checked::Holder;
use crate::signer::{EcdsaForm, Entry, OutputForm, SignerProblem, ecdsa};

/// Bytes of the longest output: a signature of ML-DSA-87 in hexadecimal has 9254.
const MOST_OUTPUT: usize = 64 * 1024;

/// Bytes of the end of standard error that are kept.
const MOST_SAID: usize = 4096;

/// Characters of the last line of standard error that are repeated.
const MOST_REPEATED: usize = 300;

/// How often a program that has closed its output is looked at, until it ends.
const GLANCE: Duration = Duration::from_millis(5);

/// A program that signs with one key.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    entry: Entry,
    keyid: String,
    scheme: String,
}

/// What a program says its public key is.
pub(super) enum PublicAnswer {
    Spki(Document),
    Object(Key),
}

impl Program {
    pub(super) fn new(path: &Path, entry: &Entry, public: &Key) -> Result<Self, KeyError> {
        let (keyid, scheme) = (public.keyid()?, public.scheme.clone());
        Ok(Self { path: path.to_owned(), entry: entry.clone(), keyid, scheme })
    }

    /// Asks a program for its public key.
    pub(super) fn public(path: &Path, entry: &Entry) -> Result<PublicAnswer, SignerProblem> {
        let output = run(path, entry, &["public"], b"")?;
        let no_key = || SignerProblem::BadOutput("neither a PEM \"PUBLIC KEY\" nor a key object".to_owned());
        let text = std::str::from_utf8(&output).map_err(|_| no_key())?;
        match Document::from_pem(text.trim()) {
            Ok((SubjectPublicKeyInfoRef::PEM_LABEL, document)) => Ok(PublicAnswer::Spki(document)),
            _ => serde_json::from_str(text).map(PublicAnswer::Object).map_err(|_| no_key()),
        }
    }
}

impl PublicAnswer {
    /// As a key object, with a scheme for a key that may have several.
    pub(super) fn key(self, scheme: Option<&str>) -> Result<Key, KeyError> {
        match self {
            Self::Spki(document) => Key::from_spki(document.as_bytes(), scheme),
            Self::Object(key) => {
                // Whether clients read it.
                key.verify(b"", b"")?;
                match scheme {
                    Some(scheme) if scheme != key.scheme => {
                        Err(KeyError::OtherScheme { kind: key.keytype, scheme: scheme.to_owned() })
                    }
                    _ => Ok(key),
                }
            }
        }
    }
}

impl Holder for Program {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerProblem> {
        let output = run(&self.path, &self.entry, &["sign", &self.keyid, &self.scheme], message)?;
        let signature = decode(&output, self.entry.output)?;
        match (self.entry.ecdsa, self.scheme.starts_with("ecdsa")) {
            (EcdsaForm::RS, true) => ecdsa::der(&self.scheme, &signature),
            _ => Ok(signature),
        }
    }
}

fn decode(output: &[u8], form: OutputForm) -> Result<Vec<u8>, SignerProblem> {
    // Programs end their lines, and break long ones.
    let text: Vec<u8> = output.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let decoded = match form {
        OutputForm::Raw => Some(output.to_vec()),
        OutputForm::Hex => base16ct::mixed::decode_vec(&text).ok(),
        OutputForm::Base64 => [STANDARD, URL_SAFE].iter().find_map(|alphabet| {
            let any = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
            GeneralPurpose::new(alphabet, any).decode(&text).ok()
        }),
    };
    let name = match form {
        OutputForm::Raw => "a signature",
        OutputForm::Hex => "hexadecimal",
        OutputForm::Base64 => "base64",
    };
    decoded
        .filter(|signature| !signature.is_empty())
        .ok_or_else(|| SignerProblem::BadOutput(format!("not {name}: {} bytes", output.len())))
}

/// Runs a program to its end. Gives what it wrote to standard output.
fn run(path: &Path, entry: &Entry, call: &[&str], input: &[u8]) -> Result<Vec<u8>, SignerProblem> {
    Owners::user().check(path).map_err(|exposed| match exposed.exposure {
        Exposure::Unknown(cause) => SignerProblem::NotStarted(cause),
        _ => exposed.into(),
    })?;
    let deadline = Instant::now() + entry.timeout;
    let mut running = Running::start(command(path, entry, call))?;
    let (output, said) = running.talk(input)?;
    let output = match output.recv_timeout(entry.timeout) {
        Ok(output) => output.map_err(SignerProblem::NotStarted)?,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            return Err(SignerProblem::TimedOut(entry.timeout));
        }
    };
    if output.len() > MOST_OUTPUT {
        return Err(SignerProblem::BadOutput(format!("longer than {MOST_OUTPUT} bytes")));
    }
    let status = running.end(deadline)?.ok_or(SignerProblem::TimedOut(entry.timeout))?;
    if status.success() {
        return Ok(output);
    }
    // What it started may keep standard error open. What was written by now is enough.
    let said = said.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap_or_default();
    Err(SignerProblem::Failed { status: status.to_string(), said: last_line(&said) })
}

fn command(path: &Path, entry: &Entry, call: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.args(&entry.arguments).args(call);
    command.env_clear();
    let search_path = SearchPath::of_this_process().without(|folder| Owners::user().check(folder).is_err());
    command.env("PATH", search_path.to_value());
    let named = entry.environment.iter().map(OsString::from).chain([OsString::from("HOME")]);
    command.envs(named.filter_map(|name| env::var_os(&name).map(|value| (name, value))));
    command.current_dir(path.ancestors().last().unwrap_or(path));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // So that what it starts ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// A program that runs. It is ended when this is dropped.
struct Running {
    child: Child,
    is_ended: bool,
}

type Output = io::Result<Vec<u8>>;

impl Running {
    fn start(mut command: Command) -> Result<Self, SignerProblem> {
        Ok(Self { child: command.spawn().map_err(SignerProblem::NotStarted)?, is_ended: false })
    }

    /// Writes its input, and reads what it writes, at the same time: whoever waits for one of them would wait for ever.
    fn talk(&mut self, input: &[u8]) -> Result<(Receiver<Output>, Receiver<Vec<u8>>), SignerProblem> {
        let closed = || SignerProblem::NotStarted(io::Error::other("a pipe is missing"));
        let mut stdin = self.child.stdin.take().ok_or_else(closed)?;
        let stdout = self.child.stdout.take().ok_or_else(closed)?;
        let stderr = self.child.stderr.take().ok_or_else(closed)?;
        let input = input.to_vec();
        // A program need not read its input: its output says whether it did.
        thread::spawn(move || drop(stdin.write_all(&input)));
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(MOST_OUTPUT as u64 + 1).read_to_end(&mut bytes);
            sender.send(read.map(|_| bytes))
        });
        let (sender, said) = mpsc::channel();
        thread::spawn(move || sender.send(end_of(stderr)));
        Ok((output, said))
    }

    /// Waits until it ends, or until the deadline.
    fn end(&mut self, deadline: Instant) -> Result<Option<std::process::ExitStatus>, SignerProblem> {
        loop {
            if let Some(status) = self.child.try_wait().map_err(SignerProblem::NotStarted)? {
                self.is_ended = true;
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(GLANCE);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_ended {
            return;
        }
        // It is not waited for yet, so its number is nobody else's.
        #[cfg(unix)]
        if let Ok(group) = i32::try_from(self.child.id()) {
            let _gone = nix::sys::signal::killpg(
                nix::unistd::Pid::from_raw(group),
                nix::sys::signal::Signal::SIGKILL,
            );
        }
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// The last bytes of a stream.
fn end_of(mut stream: impl Read) -> Vec<u8> {
    let (mut kept, mut block) = (Vec::new(), [0; MOST_SAID]);
    while let Ok(length @ 1..) = stream.read(&mut block) {
        kept.extend_from_slice(block.get(..length).unwrap_or_default());
        kept.drain(..kept.len().saturating_sub(MOST_SAID));
    }
    kept
}

/// The last line with something on it, without what a terminal obeys.
fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|character| !character.is_control()).take(MOST_REPEATED).collect()
}
