//! Attacks on pulls, with a real containerd, a real registry and the built verifier. The tables of them are
//! [`attacks::ROWS`] and [`doctor::ROWS`]: one test a row, of the row's name.
//!
//! Each test has a containerd of its own, with its own policy, state and images; the registry is one for all, with a
//! repository for each test. `cargo xtask setup` unpacks the programs. Without them, or without root's rights, every
//! row is skipped with the reason.

mod attacks;
mod containerd;
mod ctr;
mod doctor;
mod hostile_registry;
mod image;
mod metadata;
mod parts;
mod process;
mod publisher;
mod registry;
mod world;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::parts::Parts;
use crate::world::Site;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if arguments.list {
        return libtest_mimic::run(&arguments, trials(|name, _| skipped(name, "listed"))).exit_code();
    }
    let trials = match Parts::find() {
        Ok(parts) => {
            // The registry lives as long as the thread that started it: this one.
            let site = Arc::new(Site::open(parts));
            trials(|name, row| {
                let site = Arc::clone(&site);
                Trial::test(name, move || {
                    row(&site);
                    Ok(())
                })
            })
        }
        Err(reason) => trials(|name, _| skipped(name, &reason)),
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(trial: impl Fn(&'static str, fn(&Site)) -> Trial) -> Vec<Trial> {
    attacks::ROWS.iter().chain(doctor::ROWS).map(|&(name, row)| trial(name, row)).collect()
}

fn skipped(name: &'static str, reason: &str) -> Trial {
    let reason = reason.to_owned();
    Trial::test(name, move || {
        tuf_tests::skip(name, &reason);
        Ok(())
    })
}
