//! A user's machine with a repository of tiny packages: real crate files, really signed, built by the real cargo.

mod krate;
mod machine;
mod published;

pub(crate) use krate::Krate;
pub(crate) use machine::{Machine, PlainRegistry, Run, run};
pub(crate) use published::{FAR, Published};

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
