//! The command line: commands, options, exit statuses.

use std::fs;
use std::path::Path;

use tuf_verifier_host::{component_digest, verifier_digest};

use crate::program::{Program, Run};
use crate::world::World;

fn init_keeps_the_trusted_root_and_asks_for_nothing(program: Program) {
    let world = World::new(program);
    assert_eq!(world.requests(), Vec::<String>::new());
    let stored = fs::read(world.path("metadata/root.json")).expect("written by init");
    assert_eq!(stored, world.repository.mirror.file("1.root.json"));
    assert_eq!(world.versions(), [1, 0, 0, 0]);
}

fn refresh_brings_every_top_level_role(program: Program) {
    let world = World::new(program);
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.versions(), [1, 1, 1, 1]);
    assert_eq!(world.requests(), ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]);
    for (name, published) in
        [("timestamp", "timestamp"), ("snapshot", "1.snapshot"), ("targets", "1.targets")]
    {
        let stored = fs::read(world.path(&format!("metadata/{name}.json"))).expect("stored");
        assert_eq!(stored, world.repository.mirror.file(&format!("{published}.json")), "{name}");
    }
}

fn accepts_a_base_url_with_a_slash_at_its_end(program: Program) {
    let world = World::new(program);
    let mut arguments = world.refreshing();
    arguments[3] = world.url("metadata/").into();
    assert_eq!(program.run(&arguments), Run::success());
}

fn rejects_a_refresh_before_init(program: Program) {
    let world = World::new(program);
    let empty = world.path("empty");
    let mut arguments = world.refreshing();
    arguments[1] = empty.clone().into();
    let line = format!("{} has no root.json: `init` comes first", empty.display());
    assert_eq!(program.run(&arguments), Run::failure(&line));
    assert_eq!(world.requests(), Vec::<String>::new());
}

fn rejects_a_trusted_root_that_cannot_be_read(program: Program) {
    let folder = tempfile::tempdir().expect("a folder");
    let (metadata, root) = (folder.path().join("metadata"), folder.path().join("root.json"));
    let arguments = ["--metadata-dir".as_ref(), metadata.as_os_str(), "init".as_ref(), root.as_os_str()];
    let init = || program.run(&arguments);
    let line = |why: &str| format!("cannot read the trusted root {}: {why}", root.display());
    assert_eq!(init(), Run::failure(&line(&no_such_file(program, &root))));
    fs::write(&root, vec![b' '; 512_001]).expect("written");
    assert_eq!(init(), Run::failure(&line("it is longer than 512000 bytes")));
    assert!(!metadata.join("root.json").exists());
}

/// What the runtime of each says of a file that is not there.
fn no_such_file(program: Program, path: &Path) -> String {
    match program {
        Program::Rust => "No such file or directory (os error 2)".to_owned(),
        Program::Python => "No such file or directory".to_owned(),
        Program::Node => format!("ENOENT: no such file or directory, open '{}'", path.display()),
    }
}

fn rejects_command_lines_that_are_not_of_the_protocol(program: Program) {
    let world = World::new(program);
    let metadata = world.path("metadata");
    let folder = metadata.to_str().expect("UTF-8");
    let url = world.url("metadata");
    let cases: [(&[&str], &str); 9] = [
        (
            &[],
            "'tuf-conformance-client' requires a subcommand but one was not provided [subcommands: init, refresh, download]",
        ),
        (&["refresh"], "the following required arguments were not provided: --metadata-dir <DIR>"),
        (
            &["--metadata-dir", folder],
            "'tuf-conformance-client' requires a subcommand but one was not provided [subcommands: init, refresh, download]",
        ),
        (&["--metadata-dir", folder, "update"], "unrecognized subcommand 'update'"),
        (
            &["--metadata-dir", folder, "init"],
            "the following required arguments were not provided: <TRUSTED_ROOT>",
        ),
        (&["--metadata-dir", folder, "refresh"], "this command needs --metadata-url"),
        (
            &["--metadata-dir", folder, "--metadata-url", "ftp://127.0.0.1/", "refresh"],
            "ftp://127.0.0.1/: only http and https URLs are supported",
        ),
        (
            &["--metadata-dir", folder, "--metadata-url", &url, "download"],
            "this command needs --target-base-url",
        ),
        (
            &[
                "--metadata-dir",
                folder,
                "--metadata-url",
                &url,
                "--target-base-url",
                &url,
                "--target-dir",
                folder,
                "download",
            ],
            "this command needs --target-name",
        ),
    ];
    for (arguments, line) in cases {
        assert_eq!(program.run(arguments), Run::failure(line), "{arguments:?}");
    }
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[test]
fn all_programs_refuse_the_same_command_lines_in_the_same_words() {
    let test = "all_programs_refuse_the_same_command_lines_in_the_same_words";
    let others: Vec<_> =
        [Program::Node, Program::Python].into_iter().filter(|program| program.is_there(test)).collect();
    let lines: [&[&str]; 26] = [
        &["--bogus", "refresh"],
        &["--metadata-dir"],
        &["--metadata-dir", "a", "--metadata-dir", "b", "refresh"],
        &["--metadata-dir", "a", "refresh", "x"],
        &["--metadata-dir", "a", "refresh", "--bogus"],
        &["--metadata-dir", "a", "refresh", "--", "x"],
        &["--metadata-dir", "a", "init", "root", "x"],
        &["--metadata-dir", "a", "init", "-x"],
        &["--metadata-dir", "a", "init", "--"],
        &["--metadata-dir", "a", "init", ""],
        &["--metadata-dir", "--metadata-url", "x", "refresh"],
        &["--metadata-dir", "-a", "refresh"],
        &["--metadata-dir", "", "refresh"],
        &["--metadata-dir", "a", "-x", "refresh"],
        &["--metadata-dir", "a", "--", "refresh"],
        &["--metadata-dir", "a", "-"],
        &["--metadata-dir", "a", "help"],
        &["--metadata-di", "a", "refresh"],
        &["--metadata-url", "x"],
        &["--target-name"],
        &["--target-name", "--", "--metadata-dir", "a", "refresh"],
        &["refresh", "--metadata-dir", "a"],
        &["init"],
        &["init", "root"],
        &["--"],
        &[""],
    ];
    for line in lines {
        let run = Program::Rust.run(line);
        assert_eq!((run.status, run.stderr.lines().count()), (Some(1), 1), "{line:?}");
        for program in &others {
            assert_eq!(program.run(line), run, "{program:?} {line:?}");
        }
    }
}

fn prints_its_help(program: Program) {
    let help = program.run(&["--help"]);
    assert_eq!(help.status, Some(0));
    assert!(help.stdout.contains("Begin to trust this root metadata"), "{help:?}");
}

fn names_the_verifier_in_it(program: Program) {
    let printed = |option: &str| {
        let ended = program.run(&[option]);
        assert_eq!((ended.status, ended.stderr), (Some(0), String::new()));
        ended.stdout
    };
    let name = concat!("tuf-conformance-client ", env!("CARGO_PKG_VERSION"));
    assert_eq!(printed("-V"), format!("{name}\n"));
    let component = format!("component sha256:{}\n", component_digest());
    let verifier = format!("verifier sha256:{}\n", verifier_digest());
    let verified_by = match program {
        Program::Rust => component + &verifier,
        // The npm package has the component's module and calls it by itself.
        Program::Node => verifier,
        // The host in Python has the component, and never looks inside.
        Program::Python => component,
    };
    assert_eq!(printed("--version"), format!("{name}\n{verified_by}"));
}

for_each_program! {
    init_keeps_the_trusted_root_and_asks_for_nothing,
    refresh_brings_every_top_level_role,
    accepts_a_base_url_with_a_slash_at_its_end,
    rejects_a_refresh_before_init,
    rejects_a_trusted_root_that_cannot_be_read,
    rejects_command_lines_that_are_not_of_the_protocol,
    prints_its_help,
    names_the_verifier_in_it,
}
