//! What to do next after a failure.

use tuf_verifier_host::Error as VerifierError;
use tuf_verifier_host::records::{Cause, Missing, Place, Refusal};

use crate::cargo_config::CargoConfigError;
use crate::failure::Failure;

/// Sentences for the user, most useful first: what to do next.
#[must_use]
pub fn advice(failure: &Failure) -> Vec<String> {
    let text = match failure {
        Failure::Spec(_) | Failure::Version(_) => "see `cargo tuf-install --help`",
        Failure::Config(error) => return vec![error.advice()],
        Failure::CargoConfig(CargoConfigError::Exposed { .. }) => {
            "make it a file of your own that nobody else can write to, or set CARGO_HOME, or CARGO for the program, to another path of your own"
        }
        Failure::CargoConfig(_) => {
            "correct the file, or set CARGO_HOME to a folder with another configuration"
        }
        Failure::Conflict(conflict) => return vec![conflict.advice()],
        Failure::TrustedRoot { .. } => {
            "check --trusted-root or trusted-root; the file is root.json, as the repository's publisher gives it out"
        }
        Failure::Verifier(error) => return verifier_advice(error),
        Failure::NotInRepository { reason, .. } if reason.code == "absent" => {
            "check the name; the publisher of the repository decides which packages are in it"
        }
        Failure::NotInRepository { reason, .. } => &reason.advice,
        Failure::NoVersion(_) => "choose another version with NAME@VERSION",
        Failure::NotInIndex { .. } => "ask the publisher of the repository to add this version",
        Failure::Index(_) | Failure::CrateFile(_) | Failure::Lock { .. } | Failure::Checksum(_) => {
            "nothing was built; tell the publisher of the repository"
        }
        Failure::Exposed { .. } => {
            "make it a folder that only you can write to, or set CARGO_HOME to one; delete what others left in its folder `tuf`"
        }
        Failure::Makeable { .. } => {
            "set CARGO_HOME to a folder that is not in a temporary or shared folder, such as one in your home"
        }
        Failure::ForeignConfig { .. } => "look at who put it there, and delete it",
        Failure::ForeignDependency { .. } | Failure::NotCovered(_) | Failure::Manifest(_) => {
            "nothing was built; only packages of the default registry are covered by the repository"
        }
        Failure::OtherSource { .. } => {
            "nothing was installed; a build script started a cargo with another source, or wanted a git repository"
        }
        Failure::NoLock { .. } => {
            "pass --unlocked: cargo then chooses the newest versions, and each is verified when cargo asks for it"
        }
        Failure::Cache(_) | Failure::File { .. } => {
            "make the folder usable, or set CARGO_HOME to another one"
        }
        Failure::Offline { .. } => {
            "run once without --offline (and without net.offline in cargo's configuration)"
        }
        Failure::Proxy(_) => "the loopback interface must allow a listener on 127.0.0.1",
        Failure::CargoMissing { .. } => "install cargo, or set CARGO to its path",
        Failure::NothingInstalled { .. } => "check that CARGO and PATH lead to a real cargo",
        Failure::Cargo(_) => "the reason is in cargo's own messages above",
        Failure::Stdout(_) | Failure::Interrupted => return Vec::new(),
    };
    vec![text.to_owned()]
}

fn verifier_advice(error: &VerifierError) -> Vec<String> {
    let text = match error {
        VerifierError::Failure(failure) => failure_advice(failure),
        VerifierError::Source(error) => error.advice(),
        VerifierError::Offline { .. } => "run once with the network",
        VerifierError::Store(_) => {
            "the trusted store must be writable: it is what a rollback is noticed by; set CARGO_HOME to move it"
        }
        VerifierError::MissingTarget { .. } => {
            "nothing was built; check targets-url, and tell the publisher of the repository"
        }
        VerifierError::Sandbox(_) => {
            "the verifier gave no verdict, so nothing is trusted; tell the publisher"
        }
        _ => "nothing was built",
    };
    vec![text.to_owned()]
}

/// The verifier's own advice, unless this program knows more: the names of its settings, and that nothing was built.
fn failure_advice(failure: &tuf_verifier_host::Failure) -> &str {
    match &failure.cause {
        Cause::Refused(Refusal::ArbitrarySoftware(_) | Refusal::Rollback(_) | Refusal::Freeze(_))
        | Cause::Misuse(_) => &failure.advice,
        Cause::Refused(Refusal::OtherRootLine(_)) => {
            "check --trusted-root or trusted-root: it does not belong to what was trusted before; tell the publisher"
        }
        Cause::Refused(_) => "do not go on; nothing was built; tell the publisher of the repository",
        Cause::Unsupported(_) => {
            "nothing was built, and no attack was seen; update cargo-tuf, or ask the publisher for keys, hashes and dates that \
             it supports"
        }
        Cause::Malformed(_) => {
            "the trusted root file or the repository is broken; check trusted-root and metadata-url"
        }
        Cause::Missing(Missing { place: Place::Store, .. }) => "run once with the network",
        Cause::Missing(_) => {
            "check metadata-url; if it is right, the repository is broken or someone withholds its files"
        }
    }
}
