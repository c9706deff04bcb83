//! Path patterns and hash prefixes.

use tuf_verifier_core::{Defect, NotFound};

use super::row::Answer::{Absent, Refuses, Takes, Unknown};
use super::row::{Row, Section};
use super::world::{End, World};
use crate::digest::sha256;
use crate::key::Key;
use crate::repository::Repository;
use crate::role::{Authority, Delegation, Succinct};

pub(super) fn section() -> Section {
    Section {
        title: "Path patterns and hash prefixes",
        about: "A pattern and a path are split at `/`; within a segment `*` is any characters, `?` is one, `[…]` one of a \
                set (ADR 0006). Each row is a delegation of the pattern to a role that lists the path.",
        rows: [separators(), literals(), sets(), prefixes()].into_iter().flatten().collect(),
    }
}

fn separators() -> Vec<Row> {
    const WHY: &str = "4.5: a `*` or `?` never stands for `/`";
    vec![
        outside("star-across-a-separator", "`*` and `a*` for `a/b`", &[("*", "a/b"), ("a*", "a/b")], WHY)
            .peers([Absent, Absent, Absent, Unknown, Unknown]),
        outside("question-mark-across-a-separator", "`a?b` for `a/b`", &[("a?b", "a/b")], WHY),
        outside(
            "set-across-a-separator",
            "`a[/]b` and `a[!x]b` for `a/b`",
            &[("a[/]b", "a/b"), ("a[!x]b", "a/b")],
            WHY,
        ),
        outside(
            "two-stars",
            "`**` and `a/**` for paths deeper than the pattern",
            &[("**", "a/b"), ("a/**", "a/b/c")],
            WHY,
        ),
        inside("star-within-a-segment", "`a/*.tgz` for `a/b.tgz`", &[("a/*.tgz", "a/b.tgz")], "4.5"),
        inside(
            "question-mark-for-a-character",
            "`?` for `a` and for `ü`",
            &[("?", "a"), ("?", "ü")],
            "4.5: one character, not one byte",
        ),
        outside(
            "trailing-slash-in-a-pattern",
            "`a/` for `a` and for `a/b`",
            &[("a/", "a"), ("a/", "a/b")],
            "4.5: a slash at the end is not special",
        ),
        outside(
            "windows-separator-in-a-pattern",
            "`a\\*` for `a/b`",
            &[("a\\*", "a/b")],
            "4.5: `/` alone separates",
        ),
    ]
}

fn literals() -> Vec<Row> {
    const WHY: &str = "4.5: `*`, `?` and glob(7) sets are special, nothing else is";
    vec![
        outside("braces", "`{a,b}` for `a`", &[("{a,b}", "a")], WHY).measured(Absent, Takes),
        outside("negation-of-a-pattern", "`!a` for `b`", &[("!a", "b")], WHY).measured(Absent, Takes),
        outside("extended-glob", "`+(a|b)` and `@(a)` for `a`", &[("+(a|b)", "a"), ("@(a)", "a")], WHY)
            .measured(Absent, Takes),
        outside("regular-expression", "`.*` and `a|b` for `a`", &[(".*", "a"), ("a|b", "a")], WHY),
        outside(
            "case-of-a-pattern",
            "`Foo/*` for `foo/a`",
            &[("Foo/*", "foo/a")],
            "4.5: on every system a path is what it says",
        ),
        inside(
            "hidden-file",
            "`*` for `.hidden`",
            &[("*", ".hidden")],
            "4.5: a leading `.` is a character like others",
        )
        .measured(Takes, Absent),
        outside(
            "normal-form-of-a-pattern",
            "`e\u{301}` for `\u{e9}`",
            &[("e\u{301}", "\u{e9}")],
            "nothing is normalised",
        ),
        outside(
            "percent-encoding-in-a-pattern",
            "`a%2Fb` for `a/b`",
            &[("a%2Fb", "a/b")],
            "nothing is decoded",
        ),
        outside("empty-list-of-patterns", "no pattern at all", &[], "4.5: nothing is delegated").worlds(
            || {
                let mut repository = Repository::new();
                repository.delegate("targets", Delegation::paths("role", &[])).add_target("role", "a", b"1");
                vec![World::of(repository.publish()).missing("a")]
            },
        ),
    ]
}

fn sets() -> Vec<Row> {
    vec![
        inside(
            "set-of-characters",
            "`[ab]`, `[a-c]`, `[!a]`",
            &[("[ab]", "a"), ("[a-c]x", "bx"), ("[!a]", "d")],
            "ADR 0006: as in glob(7), to which 4.5 points",
        )
        .peers([Takes, Takes, Takes, Unknown, Unknown]),
        outside(
            "set-without-the-character",
            "`[ab]` for `c`, `[!a]` for `a`",
            &[("[ab]", "c"), ("[!a]", "a")],
            "ADR 0006",
        ),
        inside(
            "set-that-nothing-closes",
            "`[a` for `[a`",
            &[("[a", "[a")],
            "ADR 0006: it stands for itself, as in glob(7)",
        ),
    ]
}

fn prefixes() -> Vec<Row> {
    vec![
        Row::of("hash-prefix", "a prefix of SHA-256(path) in lower-case hexadecimal")
            .measured(Takes, Takes)
            .because("4.5: hexadecimal digits")
            .worlds(|| vec![by_prefix(sha256(b"x/app")[..3].to_owned()).finding("x/app", "bin")]),
        Row::of("hash-prefix-in-upper-case", "the prefix in upper-case hexadecimal")
            .measured(Absent, Absent)
            .because("4.5 has the digest in lower case; whether this prefix covers the path cannot be said, so the search ends (ADR 0054)")
            .worlds(|| {
                let hash = sha256(b"x/app").to_ascii_uppercase();
                let letter =
                    hash.find(|digit: char| digit.is_ascii_alphabetic()).expect("a letter among 64 digits");
                vec![not_understood(hash[..=letter].to_owned())]
            }),
        Row::of("hash-prefix-in-base64", "the prefix of the digest in base64, as one peer once read it")
            .measured(Absent, Absent)
            .because("4.5: hexadecimal digits; the same")
            .worlds(|| vec![not_understood(base64_of_digest("x/app"))]),
        Row::of("hash-prefix-from-the-middle", "digits of the digest that are not its first ones")
            .measured(Absent, Absent)
            .because("4.5: a prefix")
            .worlds(|| vec![by_prefix(sha256(b"x/app")[1..5].to_owned()).missing("x/app")]),
        Row::of("succinct-bins", "eight succinct hashed bins")
            .measured(Takes, Takes)
            .because("TAP 15; one peer does not support them, one cannot parse them (measured 2026-11)")
            .worlds(|| {
                let bins =
                    Succinct { authority: Authority::one("bins"), bit_length: 3, name_prefix: "bin".into() };
                let mut repository = Repository::new();
                repository.delegate_bins("targets", bins.clone()).add_target(&bins.bin_of("a"), "a", b"1");
                let bin: &'static str = Box::leak(bins.bin_of("a").into_boxed_str());
                vec![World::of(repository.publish()).finding("a", bin)]
            }),
        Row::of("succinct-bit-length-out-of-range", "`bit_length` 0 and 33")
            .measured(Refuses, Refuses)
            .because("TAP 15: from 1 to 32")
            .worlds(|| ["0", "33"].map(bits).into()),
    ]
}

/// Patterns, each with a path.
type Cases = &'static [(&'static str, &'static str)];

/// The role may not speak for the path, for each pattern and path.
fn outside(name: &'static str, input: &'static str, cases: Cases, why: &'static str) -> Row {
    Row::of(name, input)
        .measured(Absent, Absent)
        .because(why)
        .worlds(move || cases.iter().map(|(pattern, path)| by_pattern(pattern, path).missing(path)).collect())
}

/// The role speaks for the path, for each pattern and path.
fn inside(name: &'static str, input: &'static str, cases: Cases, why: &'static str) -> Row {
    Row::of(name, input).measured(Takes, Takes).because(why).worlds(move || {
        cases.iter().map(|(pattern, path)| by_pattern(pattern, path).finding(path, "role")).collect()
    })
}

fn by_pattern(pattern: &str, path: &str) -> World {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("role", &[pattern])).add_target("role", path, b"1");
    World::of(repository.publish())
}

fn not_understood(prefix: String) -> World {
    let answer = NotFound::UnsupportedDelegation { role: "bin".into() };
    by_prefix(prefix).looking_for("x/app", End::NotFound(answer))
}

fn by_prefix(prefix: String) -> World {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::prefixes("bin", &[&prefix])).add_target("bin", "x/app", b"1");
    World::of(repository.publish())
}

/// Bins of a number of bits that there is not.
fn bits(bit_length: &'static str) -> World {
    let bins =
        Succinct { authority: Authority::any_of(&[Key::new("b")]), bit_length: 1, name_prefix: "bin".into() };
    let mut repository = Repository::new();
    repository.delegate_bins("targets", bins);
    repository.edit("targets", move |signed| {
        signed.at(&["delegations", "succinct_roles"]).set("bit_length", crate::json::Json::raw(bit_length));
    });
    let defect = Defect::Field { field: "bit_length", expected: "an integer from 1 to 32" };
    World::of(repository.publish()).malformed("1.targets.json", defect)
}

/// The first four digits of the path's digest in base64.
fn base64_of_digest(path: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let leading = u32::from_str_radix(&sha256(path.as_bytes())[..6], 16).expect("hexadecimal digits");
    [18, 12, 6, 0].map(|shift| char::from(DIGITS[(leading >> shift & 63) as usize])).iter().collect()
}
