//! The archive that the machine uses, for another suite of it.

use xtask::setup::source_of_suite;

#[test]
fn paragraphs_keep_everything_but_the_suite_of_the_first() {
    let sources = "\
# Made by an installer.

Types: deb
# A comment in between.
URIs: https://archive.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: https://security.example/debian
Suites: bookworm-security
Components: main
";
    let expected = "\
Types: deb
URIs: https://archive.example/debian
Suites: sid
Components: main
Signed-By: /usr/share/keyrings/archive.gpg
";
    assert_eq!(source_of_suite(sources, "sid").as_deref(), Some(expected));
}

#[test]
fn lines_keep_their_options_and_components() {
    let sources = "\
# deb https://commented.example/debian bookworm main
deb-src https://archive.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/archive.gpg] https://archive.example/debian  bookworm main contrib
deb https://security.example/debian bookworm-security main
";
    let expected = "\
deb [arch=amd64 signed-by=/usr/share/keyrings/archive.gpg] https://archive.example/debian sid main contrib
";
    assert_eq!(source_of_suite(sources, "sid").as_deref(), Some(expected));
}

#[test]
fn a_file_without_an_archive_gives_none() {
    for sources in ["", "# Moved to another file.\n", "Types: deb\nURIs: https://archive.example/debian\n"] {
        assert_eq!(source_of_suite(sources, "sid"), None, "{sources:?}");
    }
}
