//! A user's machine with a repository of tiny packages: real crate files, really signed, built by the real cargo.

mod krate;
mod machine;
mod plain_registry;
mod published;

pub(crate) use krate::Krate;
pub(crate) use machine::{Machine, Run, run};
pub(crate) use plain_registry::PlainRegistry;
pub(crate) use published::Published;

/// An address that nothing listens at. A port that was free a moment ago may be another test's server by now.
pub(crate) const CLOSED: &str = "127.0.0.1:1";

/// `greet` 1.0.0, a binary that prints a word of `words` 1.0.0, which has it from `letters` 1.0.0.
#[must_use]
pub(crate) fn greeting_packages() -> Vec<Krate> {
    let letters = Krate::library("letters", "1.0.0", "pub fn letter() -> &'static str { \"h\" }");
    let words = Krate::library(
        "words",
        "1.0.0",
        "pub fn word() -> String { format!(\"{}ello\", letters::letter()) }",
    )
    .depending_on(&letters);
    let greet = Krate::binary("greet", "1.0.0", "fn main() { println!(\"{} from greet\", words::word()); }")
        .depending_on(&words)
        .locking(&[&letters, &words]);
    vec![letters, words, greet]
}

/// `words` 1.0.0 as an attacker would have it.
#[must_use]
pub(crate) fn evil_words() -> Krate {
    let source = "pub fn word() -> String { letters::letter(); String::from(\"owned\") }";
    Krate::library("words", "1.0.0", source).depending_on(&greeting_packages()[0])
}

/// The packages of [`greeting_packages`] with the attacker's `words`, which the lock of the attacker's `greet` names.
#[must_use]
pub(crate) fn evil_packages() -> Vec<Krate> {
    let mut packages = greeting_packages();
    packages[1] = evil_words();
    packages[2] = greeting_packages()[2].clone().locking(&[&greeting_packages()[0], &evil_words()]);
    packages
}
