//! Child processes.

use std::process::Command;

use xtask::children;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn passes_on_lines_of_both_outputs_in_the_order_written() {
    let mut lines = Vec::new();
    let mut command = shell("echo one; echo two >&2; echo three; printf four; exit 3");
    let status = children::lines(&mut command, |line| lines.push(line.to_owned())).expect("a shell");
    assert_eq!(lines, ["one", "two", "three", "four"]);
    assert_eq!(status.code(), Some(3));
}

#[test]
fn names_the_command_and_what_it_said_when_it_fails() {
    let error = children::output(&mut shell("echo why >&2; exit 4")).expect_err("a failure");
    assert_eq!(error.to_string(), "sh -c echo why >&2; exit 4 ended with exit status: 4\nwhy");
    let error = children::succeed(&mut Command::new("no-such-program-here")).expect_err("nothing to start");
    assert_eq!(error.to_string(), "cannot start no-such-program-here");
}

#[test]
fn keeps_both_outputs_apart() {
    let finished = children::finished(&mut shell("echo out; echo err >&2")).expect("a shell");
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
    assert_eq!(children::stdout(&mut shell("echo out")).expect("a shell"), "out\n");
}
