//! URLs, redirects, statuses, encodings: with the real HTTP source against a real server.

use tuf_verifier_core::{Failure, Misuse};

use super::row::{Row, Section};
use super::world::{End, World};
use crate::repository::Repository;

pub(super) fn section() -> Section {
    Section {
        title: "Transport and URLs",
        about: "A target path never leaves the base URL. \"There is no such file\" is an answer; whatever keeps the source \
                from an answer is a network error, never a verdict.",
        rows: [paths(), answers(), bodies()].into_iter().flatten().collect(),
    }
}

fn paths() -> Vec<Row> {
    let unsafe_paths = |name, input, paths: &'static [&'static str]| {
        Row::of(name, input)
            .because("4.5: a path relative to the base URL of the targets")
            .our_worlds(move || paths.iter().map(|path| refused_path(path)).collect())
    };
    vec![
        unsafe_paths(
            "absolute-url-as-a-target-path",
            "`https://example.com/x`, `//example.com/x`",
            &["https://example.com/x", "//example.com/x"],
        ),
        unsafe_paths("absolute-target-path", "`/etc/passwd`", &["/etc/passwd", "/"]),
        unsafe_paths(
            "dot-segments-in-a-target-path",
            "`../x`, `a/../../x`, `./a`, `a/.`",
            &["..", "../x", "a/../../x", "a/..", "./a", "a/."],
        ),
        unsafe_paths("backslash-in-a-target-path", "`a\\b`, `..\\x`, `C:\\x`", &["a\\b", "..\\x", "C:\\x"]),
        unsafe_paths("empty-segment-in-a-target-path", "an empty path, `a//b`, `a/`", &["", "a//b", "a/"]),
        unsafe_paths(
            "control-character-in-a-target-path",
            "U+0000, a line feed, U+0085",
            &["a\0b", "a\nb", "a\u{85}b"],
        ),
        Row::of("percent-encoded-dots-in-a-target-path", "`%2e%2e/x`, which is a name of seven characters")
            .because("4.5: nothing is decoded; it is fetched as `%252e%252e/…`")
            .our_worlds(|| {
                let mut repository = Repository::new();
                repository.add_target("targets", "%2e%2e/x", b"1");
                vec![World::of(repository.publish()).finding("%2e%2e/x", "targets")]
            }),
        Row::of(
            "fetch-path-stays-below-the-base",
            "`%2e%2e/x`, `a?b#c`, `https:x`: what the server is asked for",
        )
        .because("RFC 3986, 2.1: every character of a segment that could be read otherwise is encoded")
        .real_parts("asks below `/targets/`, each character encoded"),
    ]
}

/// A repository really lists the path, and it is refused before anything is asked for.
fn refused_path(path: &str) -> World {
    let mut repository = Repository::new();
    repository.add_target("targets", path, b"1");
    let misuse = Failure::Misuse(Misuse::UnsafePath(path.into()));
    World::of(repository.publish()).looking_for(path, End::Refused(misuse))
}

fn answers() -> Vec<Row> {
    let row = |name, input, why, answer| Row::of(name, input).because(why).real_parts(answer);
    const ABSENT: &str = "ADR 0010: what a server without the file answers";
    vec![
        row("next-root-404", "404 for the next root", ABSENT, "takes: no newer root"),
        row("next-root-403", "403 for the next root", ABSENT, "takes: no newer root"),
        row("next-root-410", "410 for the next root", ABSENT, "takes: no newer root"),
        row(
            "next-root-500",
            "500 for the next root",
            "5.3.3: a newer root may be there",
            "no verdict: `source-status`",
        ),
        row(
            "next-root-401",
            "401 for the next root",
            "the same: the answer is about the client",
            "no verdict: `source-status`",
        ),
        row(
            "timestamp-404",
            "404 for the timestamp",
            "5.4.1: a repository without a timestamp is none",
            "refuses: `missing-metadata`",
        ),
        row(
            "target-404",
            "404 for a target that is listed",
            "5.7.3: listed and not there is not absent",
            "refuses: `missing-target`",
        ),
        row("redirect-within-the-origin", "302 to another path of the same origin", "ADR 0010", "takes"),
        row(
            "redirect-to-another-origin",
            "302 to another port",
            "a mirror cannot make the client ask elsewhere",
            "no verdict: `source-redirect`; the other origin is not asked",
        ),
        row(
            "redirect-to-an-allowed-origin",
            "302 to another port that the application allows",
            "ADR 0010",
            "takes",
        ),
        row(
            "server-that-is-not-there",
            "no server at the port",
            "a network failure is never a bad signature",
            "no verdict: `source-unreachable`",
        ),
    ]
}

fn bodies() -> Vec<Row> {
    let row = |name, input, why, answer| Row::of(name, input).because(why).real_parts(answer);
    vec![
        row(
            "endless-metadata-over-http",
            "a timestamp without length that never ends",
            "5.4.1: enforced while reading",
            "refuses: `endless-data`",
        ),
        row(
            "compressed-metadata",
            "`Content-Encoding: gzip` of a timestamp, which was not asked for",
            "lengths count the bytes of the transfer; nothing is inflated",
            "no verdict: `source-protocol`",
        ),
        row(
            "compressed-target",
            "`Content-Encoding: gzip` of a target",
            "the listed length and hash are those of the bytes served",
            "refuses: `wrong-software`",
        ),
        row(
            "gzip-file-as-a-target",
            "a `.tar.gz` target, served as it is",
            "the same: it is not inflated",
            "takes",
        ),
        row(
            "metadata-cut-off-on-its-way",
            "a timestamp whose connection closes before its Content-Length",
            "half a file is a network failure, not a malformed one",
            "no verdict: `source-unreadable`",
        ),
    ]
}
