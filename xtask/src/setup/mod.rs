//! `cargo xtask setup`: prepares what a plain `cargo build` and the tests need.
//!
//! Every step looks first whether it is done, so a second run takes no time. What cannot be prepared for want of
//! a program is recorded with its reason: the tests that need it skip and say so. Only the component is
//! indispensable.

mod chromium;
mod containerd;
mod debian;
mod node;
mod python;
mod record;
mod rust;
mod signers;
mod small_programs;
mod systemd;

use anyhow::Result;

use crate::{component, npm};
pub use debian::source_of_suite;
pub use node::install as node_packages;
pub use record::reason_missing;

/// Prepares everything.
///
/// # Errors
/// Where the wasm target or the component cannot be prepared.
pub fn run() -> Result<()> {
    rust::add_targets()?;
    // What is fetched waits for the network, the component for the processor: neither waits for the other.
    std::thread::scope(|scope| {
        let fetched = scope.spawn(|| prepare_all(&FETCHED));
        let built = component::build();
        let fetched = fetched.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        built.and(fetched)
    })?;
    prepare_all(&BUILT)
}

fn prepare_all(peers: &[(&str, Prepare)]) -> Result<()> {
    peers.iter().try_for_each(|(peer, prepare)| record::keep(peer, prepare()))
}

/// Prepares what a build needs, and no more.
///
/// # Errors
/// Where the wasm target or the component cannot be prepared.
pub fn for_build() -> Result<()> {
    rust::add_targets()?;
    component::build()
}

type Prepare = fn() -> Result<()>;

/// What some tests need and what comes from elsewhere: the peers that the oracle tests and the benchmark compare with, the host in
/// Python, containerd, a clock that can be set, what kills programs and what counts their instructions, what holds the keys of signers, object stores, and
/// systemd's reader of units.
const FETCHED: [(&str, Prepare); 14] = [
    ("python", python::prepare),
    ("python-host", python::prepare_host),
    ("moto", python::prepare_moto),
    ("node", node::prepare_peer),
    ("azurite", node::prepare_azurite),
    ("npms", node::prepare_npms),
    ("vite", node::prepare_vite),
    ("chromium", chromium::prepare),
    ("containerd", containerd::prepare),
    ("faketime", small_programs::prepare_faketime),
    ("strace", small_programs::prepare_strace),
    ("valgrind", small_programs::prepare_valgrind),
    ("signers", signers::prepare),
    ("systemd", systemd::prepare),
];

/// What is made of the component.
const BUILT: [(&str, Prepare); 1] = [("npm", npm::build)];

fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}
