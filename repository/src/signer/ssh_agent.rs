//! `ssh-agent:` signers: a key of the user's agent (draft-ietf-sshm-ssh-agent).
//!
//! The agent signs the bytes themselves. Ed25519 and ECDSA keys sign as metadata wants it. RSA keys sign by PKCS #1 v1.5 alone.
//! FIDO keys sign a counter besides the bytes, and certificates are no keys.

use std::env;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ssh_encoding::{Decode as _, Encode as _};

use crate::metadata::Key;
use crate::signer::SignerProblem;
use crate::signer::checked::Holder;
use crate::signer::ssh_key::{SshKey, signature};

/// Bytes of the longest message of the protocol, in OpenSSH's agent.
const MOST_MESSAGE: usize = 256 * 1024;

/// Most keys that an agent may have.
const MOST_KEYS: u32 = 1024;

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

/// A key of the agent, by its name in a URI.
#[derive(Debug)]
pub(super) struct AgentKey {
    wanted: String,
    patience: Duration,
}

/// A key of the agent that signs for a public key.
#[derive(Debug)]
pub(super) struct AgentSigner {
    key: AgentKey,
    public: Key,
    keyid: String,
}

impl AgentKey {
    pub(super) fn new(wanted: &str, patience: Duration) -> Self {
        Self { wanted: wanted.to_owned(), patience }
    }

    /// The public key. An RSA key has the scheme `rsa-pkcs1v15-sha256` if none is given.
    pub(super) fn public(&self, scheme: Option<&str>) -> Result<Key, SignerProblem> {
        let keys = self.fitting(&mut Agent::connect(self.patience)?)?;
        match <[_; 1]>::try_from(keys) {
            Ok([key]) => key.public(scheme),
            Err(keys) => Err(SignerProblem::Several { number: keys.len(), what: "keys of the agent" }),
        }
    }

    /// The signer of a public key, if the agent has such a key now.
    pub(super) fn signer(self, public: &Key, keyid: String) -> Result<AgentSigner, SignerProblem> {
        self.fitting(&mut Agent::connect(self.patience)?)?;
        Ok(AgentSigner { key: self, public: public.clone(), keyid })
    }

    /// The keys of the agent with this comment, fingerprint or keyid; at least one.
    fn fitting(&self, agent: &mut Agent) -> Result<Vec<SshKey>, SignerProblem> {
        let keys = agent.keys()?;
        let comments = keys.iter().map(|key| format!("{:?}", key.comment)).collect();
        let fitting: Vec<_> = keys.into_iter().filter(|key| key.is_called(&self.wanted)).collect();
        match fitting.is_empty() {
            true => Err(SignerProblem::NoSuchKey { found: comments }),
            false => Ok(fitting),
        }
    }
}

impl Holder for AgentSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerProblem> {
        let flags = match self.public.scheme.as_str() {
            "rsa-pkcs1v15-sha256" => RSA_SHA2_256,
            "rsa-pkcs1v15-sha512" => RSA_SHA2_512,
            _ => 0,
        };
        let mut agent = Agent::connect(self.key.patience)?;
        let keys = self.key.fitting(&mut agent)?;
        // Keys of the same comment are told apart by the public key.
        let mut reason = SignerProblem::AnotherKey { keyid: self.keyid.clone() };
        let number = keys.len();
        let mut of_public = None;
        for key in keys {
            match key.public(Some(&self.public.scheme)) {
                Ok(public) if is_same(&public, &self.public) => of_public = Some(key),
                // The only one says why it cannot sign.
                Err(problem) if number == 1 => reason = problem,
                _ => {}
            }
        }
        let Some(key) = of_public else { return Err(reason) };
        let answer = agent.sign(&key.blob, message, flags)?;
        signature(&self.public.scheme, &answer)
    }
}

fn is_same(one: &Key, other: &Key) -> bool {
    matches!((one.to_spki_pem(), other.to_spki_pem()), (Ok(one), Ok(other)) if one == other)
}

/// A connection to the user's agent.
struct Agent {
    stream: UnixStream,
    patience: Duration,
    /// Everything that is asked over this connection is answered by then: an agent that says a little now and then would be
    /// waited for without an end, while this process has the repository's lock.
    end: Instant,
}

impl Agent {
    /// Connects to the socket that SSH_AUTH_SOCK names, if a process of this user or of root answers there: another user's
    /// agent would learn what is signed, and when.
    fn connect(patience: Duration) -> Result<Self, SignerProblem> {
        let none = |reason: String| SignerProblem::NoAgent(reason);
        let end = Instant::now() + patience;
        let path = env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).map(PathBuf::from);
        let path = path.ok_or_else(|| none("SSH_AUTH_SOCK is not set".to_owned()))?;
        if !path.is_absolute() {
            return Err(none(format!("SSH_AUTH_SOCK is no absolute path: {}", path.display())));
        }
        let stream = UnixStream::connect(&path)
            .map_err(|cause| none(format!("nobody answers at {}: {cause}", path.display())))?;
        let peer = peer(&stream).map_err(|cause| none(format!("{}: {cause}", path.display())))?;
        if peer != 0 && peer != nix::unistd::geteuid().as_raw() {
            return Err(none(format!("who answers at {} is user {peer}", path.display())));
        }
        Ok(Self { stream, patience, end })
    }

    fn keys(&mut self) -> Result<Vec<SshKey>, SignerProblem> {
        let answer = self.ask(&[REQUEST_IDENTITIES])?;
        let mut rest = match answer.split_first() {
            Some((&IDENTITIES_ANSWER, rest)) => rest,
            _ => return Err(malformed()),
        };
        let number = u32::decode(&mut rest).map_err(|_| malformed())?;
        if number > MOST_KEYS {
            return Err(malformed());
        }
        let mut key = || -> Result<SshKey, ssh_encoding::Error> {
            let blob = Vec::decode(&mut rest)?;
            let comment = Vec::decode(&mut rest)?;
            Ok(SshKey { blob, comment: String::from_utf8_lossy(&comment).into_owned() })
        };
        (0..number).map(|_| key().map_err(|_| malformed())).collect()
    }

    /// Gives the signature as the agent writes it: a format and bytes.
    fn sign(&mut self, blob: &[u8], message: &[u8], flags: u32) -> Result<Vec<u8>, SignerProblem> {
        let mut request = vec![SIGN_REQUEST];
        let encoded = blob
            .encode(&mut request)
            .and_then(|()| message.encode(&mut request))
            .and_then(|()| flags.encode(&mut request));
        encoded.map_err(|_| malformed())?;
        let answer = self.ask(&request)?;
        match answer.split_first() {
            Some((&SIGN_RESPONSE, mut rest)) => Vec::decode(&mut rest).map_err(|_| malformed()),
            Some((&FAILURE, _)) => Err(SignerProblem::AgentRefused),
            _ => Err(malformed()),
        }
    }

    fn ask(&mut self, request: &[u8]) -> Result<Vec<u8>, SignerProblem> {
        if request.len() > MOST_MESSAGE {
            let reason = format!("what is to be signed has more bytes than agents take ({MOST_MESSAGE})");
            return Err(SignerProblem::WrongKind(reason));
        }
        self.exchange(request).map_err(|cause| match cause.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => SignerProblem::TimedOut(self.patience),
            _ => SignerProblem::NoAgent(format!("it broke off: {cause}")),
        })
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        let length = u32::try_from(request.len()).map_err(io::Error::other)?;
        self.write_all(&[&length.to_be_bytes()[..], request].concat())?;
        let mut length = [0; 4];
        self.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
        if length > MOST_MESSAGE {
            return Err(io::Error::other("its answer is too long"));
        }
        let mut answer = vec![0; length];
        self.read_exact(&mut answer)?;
        Ok(answer)
    }
}

impl Agent {
    /// The time that is left.
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Agent {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(bytes)
    }
}

impl Write for Agent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The user of the process that answers.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn peer(stream: &UnixStream) -> io::Result<u32> {
    Ok(nix::sys::socket::getsockopt(stream, nix::sys::socket::sockopt::PeerCredentials)?.uid())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn peer(stream: &UnixStream) -> io::Result<u32> {
    Ok(nix::unistd::getpeereid(stream)?.0.as_raw())
}

fn malformed() -> SignerProblem {
    SignerProblem::NoAgent("its answer is malformed".to_owned())
}

impl SshKey {
    /// Whether a URI means this key: its comment, its fingerprint, or the keyid of its public key.
    fn is_called(&self, wanted: &str) -> bool {
        self.comment == wanted
            || self.fingerprint() == wanted
            || self
                .public(None)
                .and_then(|public| public.keyid().map_err(|_| malformed()))
                .is_ok_and(|id| id == wanted)
    }
}
